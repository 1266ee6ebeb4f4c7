"""Tokens by modality and what they cost.

The arithmetic follows the usage that the server reports: cached tokens are part of the input and
billed at their own rate, and every response bills the whole context again. A model without a price
has no cost; it is not free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evalharness.recording.timeline import Response
from evalharness.scoring.conversation import Conversation
from evalharness.scoring.prices import MILLION, rates, reported, transcription_cost
from evalharness.scoring.score import Score

SCORER = "cost"
INPUT_KINDS = ("text", "audio", "image")
OUTPUT_KINDS = ("text", "audio")


def score_cost(conversation: Conversation) -> Iterator[Score]:
    usages = _usages(conversation)
    if not usages and _responses(conversation):
        # A server that reports no usage is not a server that is free.
        hint = "the server reported no usage by modality"
        yield Score(None, SCORER, "cost_usd", None, None, None, {"hint": hint})
        return
    for kind in INPUT_KINDS:
        yield _tokens(f"tokens_in_{kind}", [_in(usage, kind) for usage in usages])
    yield _tokens(
        "tokens_in_cached", [_number(_details(usage), "cached_tokens") for usage in usages]
    )
    for kind in OUTPUT_KINDS:
        yield _tokens(f"tokens_out_{kind}", [_out(usage, kind) for usage in usages])
    yield _money(conversation, usages)


def _tokens(metric: str, counts: Sequence[float]) -> Score:
    count = float(sum(counts))
    return Score(None, SCORER, metric, count, 1.0, count)


def _usages(conversation: Conversation) -> Sequence[Mapping[str, Any]]:
    return [one.usage for one in _responses(conversation) if one.usage and _tells(one.usage)]


def _tells(usage: Mapping[str, Any]) -> bool:
    """Whether it says of what the tokens were: totals alone have no price."""
    sides = (_details(usage), INPUT_KINDS), (_mapping(usage, "output_token_details"), OUTPUT_KINDS)
    return any(
        reported(side, f"{kind}_tokens") is not None for side, kinds in sides for kind in kinds
    )


def _responses(conversation: Conversation) -> Sequence[Response]:
    timeline = conversation.timeline
    responses = [one for span in timeline.turns for one in span.responses]
    return [*responses, *timeline.unattributed_responses]


def _money(conversation: Conversation, usages: Sequence[Mapping[str, Any]]) -> Score:
    model = conversation.recording.header.model or _session(conversation).get("model")
    prices = rates(str(model))
    if prices is None:
        hint = "the price table does not have it"
        return Score(None, SCORER, "cost_usd", None, None, None, {"model": model, "hint": hint})
    spent = 0.0
    for usage in usages:
        for kind in INPUT_KINDS:
            cached = _number(_mapping(_details(usage), "cached_tokens_details"), f"{kind}_tokens")
            spent += (_in(usage, kind) - cached) * prices[kind].fresh + cached * prices[kind].cached
        for kind in OUTPUT_KINDS:
            spent += _out(usage, kind) * prices[kind].out
    transcribed, unpriced = _transcriptions(conversation)
    total = spent / MILLION + transcribed
    detail: dict[str, Any] = {"model": model, "transcription_usd": transcribed}
    if unpriced:
        detail["unpriced_transcription"] = unpriced
    silent = len(_responses(conversation)) - len(usages)
    if silent:
        detail["responses_without_usage"] = silent
    return Score(None, SCORER, "cost_usd", total, 1.0, total, detail)


def _transcriptions(conversation: Conversation) -> tuple[float, str | None]:
    """US dollars of all input transcripts, and the model whose price is not known, if any."""
    timeline = conversation.timeline
    items = [item for span in timeline.turns for item in span.inputs]
    usages = [
        item.transcription_usage
        for item in (*items, *timeline.unattributed_inputs)
        if item.transcription_usage
    ]
    if not usages:
        return 0.0, None
    model = str(_transcription_model(conversation))
    costs = [transcription_cost(model, usage) for usage in usages]
    known = [cost for cost in costs if cost is not None]
    return sum(known), model if len(known) < len(costs) else None


def _session(conversation: Conversation) -> Mapping[str, Any]:
    """The last session the server confirmed."""
    found = [change.effective for change in conversation.timeline.configs if change.effective]
    return found[-1] if found else {}


def _transcription_model(conversation: Conversation) -> Any:
    audio = _mapping(_session(conversation), "audio")
    return _mapping(_mapping(audio, "input"), "transcription").get("model")


def _details(usage: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(usage, "input_token_details")


def _in(usage: Mapping[str, Any], kind: str) -> float:
    return _number(_details(usage), f"{kind}_tokens")


def _out(usage: Mapping[str, Any], kind: str) -> float:
    return _number(_mapping(usage, "output_token_details"), f"{kind}_tokens")


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _number(value: Mapping[str, Any], key: str) -> float:
    return reported(value, key) or 0.0
