"""Turn timing on the recording's one clock, and whether each figure can be believed.

Voice-to-voice runs from the caller's last scripted sample on the wire to the first audible sample
on a playback clock; the server's own idea of when speech ended plays no part in it. A turn that
was never answered is censored at the timeout, not dropped. A turn in which the harness itself was
late has no figure, and says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalharness.audio.activity import first_audible_ms
from evalharness.audio.formats import AudioFormat, decode
from evalharness.recording.frame import OUTPUT_TRACK
from evalharness.recording.timeline import Response
from evalharness.scoring.conversation import Conversation, PlayedTurn
from evalharness.scoring.score import Score

SCORER = "latency"
MS = 1e6


def score_latency(conversation: Conversation) -> Iterator[Score]:
    yield from _session_ready(conversation)
    for turn in conversation.turns:
        if turn.script.kind == "silence":
            yield _rate(turn, "unprompted_response_rate", yes=turn.answered)
            continue
        if turn.expects_response:
            yield _rate(turn, "response_rate", yes=turn.answered)
        yield from _turn(conversation, turn)


def _rate(turn: PlayedTurn, metric: str, *, yes: bool) -> Score:
    return Score(turn.index, SCORER, metric, float(yes), 1.0, float(yes))


def _session_ready(conversation: Conversation) -> Iterator[Score]:
    ready = [
        frame.at_ns for frame in conversation.recording.frames if frame.type == "session.updated"
    ]
    if ready:
        yield _duration(None, "session_ready", ready[0] / MS, {})


def _duration(turn: int | None, metric: str, ms: float, detail: Mapping[str, Any]) -> Score:
    return Score(turn, SCORER, metric, ms, 1.0, ms, detail)


def _invalid(turn: int, metric: str, reason: str, **detail: float) -> Score:
    return Score(turn, SCORER, metric, None, None, None, {"invalid": reason, **detail})


def _turn(conversation: Conversation, turn: PlayedTurn) -> Iterator[Score]:
    reason = _why_invalid(conversation, turn)
    if reason is not None:
        yield _invalid(turn.index, "v2v", reason)
        return
    for response in turn.responses[:1]:
        yield from _generation(turn.index, response)
    span = turn.span
    if span is None or span.clip is None or span.clip.speech_end_ns is None:
        return
    speech_end_ns = span.clip.speech_end_ns
    stopped = [item.speech_stopped_ns for item in span.inputs if item.speech_stopped_ns]
    if stopped:
        yield _duration(turn.index, "endpoint_delay", (stopped[-1] - speech_end_ns) / MS, {})
    told = [item.transcript_ns for item in span.inputs if item.transcript_ns]
    if told:
        yield _duration(turn.index, "transcript_delay", (max(told) - speech_end_ns) / MS, {})
    yield _cut_off(conversation, turn, speech_end_ns)
    if turn.expects_response:
        yield from _voice_to_voice(conversation, turn, speech_end_ns)


def _why_invalid(conversation: Conversation, turn: PlayedTurn) -> str | None:
    """What makes this turn's latencies worthless; None when nothing does."""
    spec, span = conversation.spec, turn.span
    if not conversation.recording.header.realtime:
        return "audio was not paced"
    if span is None:
        return "the turn was not played"
    if span.clip is not None and span.clip.lateness_ms > spec.lateness_budget_ms:
        return f"the caller's audio was {span.clip.lateness_ms:.1f} ms late"
    if span.loop_lag_ms_max > spec.loop_lag_budget_ms:
        return f"the harness stalled for {span.loop_lag_ms_max:.1f} ms"
    return None


def _generation(turn: int, response: Response) -> Iterator[Score]:
    if response.requested_ns is not None:
        wait_ms = (response.created_ns - response.requested_ns) / MS
        yield _duration(turn, "create_to_created", wait_ms, {})
    if response.first_output_ns is not None:
        wait_ms = (response.first_output_ns - response.created_ns) / MS
        yield _duration(turn, "ttft", wait_ms, {})
    if response.first_audio_ns is not None:
        wait_ms = (response.first_audio_ns - response.created_ns) / MS
        yield _duration(turn, "ttfa", wait_ms, {})


def _cut_off(conversation: Conversation, turn: PlayedTurn, speech_end_ns: int) -> Score:
    """Whether the server ended the turn while the caller was still speaking."""
    assert turn.span is not None
    limit_ns = speech_end_ns - conversation.spec.premature_margin_ms * MS
    early = [
        item.committed_ns
        for item in turn.span.inputs
        if item.committed_ns is not None and item.committed_ns < limit_ns
    ]
    detail = {"early_ms": [round((speech_end_ns - at) / MS, 1) for at in early]} if early else {}
    cut = float(bool(early))
    return Score(turn.index, SCORER, "caller_cut_off", cut, 1.0, cut, detail)


def _voice_to_voice(
    conversation: Conversation, turn: PlayedTurn, speech_end_ns: int
) -> Iterator[Score]:
    """To the first audible sample. A turn in which none came waited in vain, whatever else the
    server did: it is censored at the timeout."""
    first_byte = [one.first_audio_ns for one in turn.responses if one.first_audio_ns is not None]
    if first_byte:
        yield _duration(turn.index, "v2v_first_byte", (first_byte[0] - speech_end_ns) / MS, {})
    elif not _speaks(conversation, speech_end_ns):
        return
    # With a call before the answer, the wait includes our mock's own time: told apart. What is
    # said before the results are known ("let me look") is no answer yet.
    metric = "v2v_tool" if turn.calls else "v2v"
    known_ns = max((call.answered_ns or 0 for call in turn.calls), default=0)
    answers = [one for one in turn.responses if one.created_ns >= known_ns]
    heard = (first_audible_ns(conversation, one) for one in answers)
    audible_ns = next((at_ns for at_ns in heard if at_ns is not None), None)
    if audible_ns is None:
        censored = conversation.spec.response_timeout_ms
        yield Score(turn.index, SCORER, metric, None, None, None, {"censored_ms": censored})
        return
    detail = {"premature": True} if audible_ns < speech_end_ns else {}
    yield _duration(turn.index, metric, (audible_ns - speech_end_ns) / MS, detail)


def _speaks(conversation: Conversation, at_ns: int) -> bool:
    """Whether the session was to answer in audio then, as sessions do that do not say."""
    changes = [change for change in conversation.timeline.configs if change.at_ns <= at_ns]
    told = [change.effective for change in changes if change.effective]
    modalities = told[-1].get("output_modalities") if told else None
    return not isinstance(modalities, list) or "audio" in modalities


def first_audible_ns(conversation: Conversation, response: Response) -> int | None:
    """When the response's first audible sample would have been heard; None when all is silent.

    Playback starts with the first delta and stalls when the next one has not come.
    """
    header = conversation.recording.header
    fmt = AudioFormat.from_wire({"type": header.output_format, "rate": header.output_rate})
    track = conversation.recording.audio.get(OUTPUT_TRACK, b"")
    plays_ns = 0.0
    for arrival in response.audio:
        plays_ns = max(plays_ns, arrival.at_ns)
        data = track[arrival.offset : arrival.offset + arrival.length]
        audible_ms = first_audible_ms(decode(data, fmt), conversation.spec.audible_dbfs)
        if audible_ms is not None:
            return int(plays_ns + audible_ms * MS)
        plays_ns += arrival.length / fmt.bytes_per_ms * MS
    return None
