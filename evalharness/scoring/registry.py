"""The explicit list of scorers, the catalogue of metrics, and the one call that scores.

Pure: the same recording, script and spec give the same scores in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from evalharness.dataset.models import ScenarioScript
from evalharness.recording.recording import Recording
from evalharness.scoring.conversation import Conversation, read_conversation
from evalharness.scoring.cost import score_cost
from evalharness.scoring.latency import score_latency
from evalharness.scoring.outcome import score_outcome
from evalharness.scoring.score import Kind, Metric, Score
from evalharness.scoring.spec import ScoringSpec
from evalharness.scoring.transcripts import score_transcripts

SCORERS: tuple[Callable[[Conversation], Iterator[Score]], ...] = (
    score_outcome,
    score_transcripts,
    score_latency,
    score_cost,
)


def score_recording(
    scenario: ScenarioScript, recording: Recording, spec: ScoringSpec
) -> list[Score]:
    """Every score of one recording, in a fixed order."""
    conversation = read_conversation(scenario, recording, spec)
    return [score for scorer in SCORERS for score in scorer(conversation)]


def _higher(
    name: str, title: str, formula: str, *, primary: bool = False, says: str = ""
) -> Metric:
    gain, loss = (f"{says.format('more')}", f"{says.format('fewer')}") if says else ("", "")
    return Metric(name, title, "ratio", "higher", formula, primary, gain, loss)


def _lower(name: str, title: str, formula: str, *, gain: str = "", loss: str = "") -> Metric:
    return Metric(name, title, "ratio", "lower", formula, primary=False, gain=gain, loss=loss)


def _ms(name: str, title: str, formula: str) -> Metric:
    return Metric(name, title, "duration_ms", "lower", formula)


def _count(name: str, title: str) -> Metric:
    kind: Kind = "count"
    return Metric(
        name, title, kind, "neither", "sum of the server's reported usage per conversation"
    )


_CATALOGUE = (
    _higher(
        "task_success",
        "Task success",
        "conversations in which every check passed / conversations",
        primary=True,
        says="completes {} conversations",
    ),
    _higher(
        "exact_call_accuracy",
        "Function calls",
        "expected calls made with exactly the right arguments / expected calls",
        primary=True,
        says="gets {} calls right",
    ),
    Metric(
        "wer",
        "Word error rate",
        "ratio",
        "lower",
        "(substitutions + deletions + insertions) / words said",
        primary=True,
        gain="mishears callers less",
        loss="mishears callers more",
    ),
    _lower(
        "caller_cut_off",
        "Caller cut off",
        "turns ended by the server while the caller was speaking / spoken turns",
        gain="cuts callers off less",
        loss="cuts callers off more",
    ),
    Metric(
        "v2v",
        "First audio",
        "duration_ms",
        "lower",
        "caller's last sound to assistant's first audible sound; turns without calls",
        primary=True,
        gain="answers faster",
        loss="answers slower",
    ),
    Metric(
        "v2v_tool",
        "First audio, with calls",
        "duration_ms",
        "lower",
        "the same for turns with function calls, to the answer after their results",
        gain="answers faster after calls",
        loss="answers slower after calls",
    ),
    _higher("response_rate", "Turns answered", "turns answered / turns expecting an answer"),
    _higher("reply_pass", "Reply checks", "reply checks passed / declared"),
    Metric(
        "cost_usd", "Cost per call", "money_usd", "lower", "price table x usage", False, "-", "-"
    ),
    _ms("v2v_first_byte", "First byte", "caller's last sound to the first audio delta"),
    _ms("endpoint_delay", "End of turn", "caller's last sound to speech_stopped"),
    _ms("transcript_delay", "Transcript", "caller's last sound to the finished transcript"),
    _ms("ttft", "First token", "response.created to the first delta of any kind"),
    _ms("ttfa", "First audio delta", "response.created to the first audio delta"),
    _ms("create_to_created", "Response created", "our response.create to response.created"),
    _ms("session_ready", "Session ready", "connection to session.updated"),
    _higher("turn_calls_pass", "Turns with right calls", "turns whose calls are right / scored"),
    _higher("call_precision", "Call precision", "calls expected and made / calls made"),
    _higher("call_recall", "Call recall", "calls expected and made / calls expected"),
    _higher("call_f1", "Call F1", "2 tp / (2 tp + fp + fn)"),
    _higher("arg_accuracy", "Arguments right", "argument slots right / slots of made calls"),
    _higher("arg_recall", "Argument recall", "argument slots right / slots of expected calls"),
    _higher("call_when_needed", "Called when needed", "turns with a call / turns needing one"),
    _higher("no_call_accuracy", "Quiet when not", "turns without a call / turns needing none"),
    _higher("schema_valid_rate", "Valid calls", "calls valid under their schema / calls made"),
    _lower("hallucinated_tool_rate", "Unknown tools", "calls of unknown tools / calls made"),
    _lower("forbidden_call_rate", "Forbidden calls", "turns with a forbidden call / turns"),
    _lower("hallucination_rate", "Words out of silence", "silent turns with words / silent turns"),
    _lower(
        "unprompted_response_rate", "Unprompted answers", "silent turns answered / silent turns"
    ),
    _count("tokens_in_text", "Text tokens in"),
    _count("tokens_in_audio", "Audio tokens in"),
    _count("tokens_in_image", "Image tokens in"),
    _count("tokens_in_cached", "Cached tokens in"),
    _count("tokens_out_text", "Text tokens out"),
    _count("tokens_out_audio", "Audio tokens out"),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _CATALOGUE}
HEADLINES = tuple(metric.name for metric in _CATALOGUE[:9])
"""What a comparison shows unless it is asked for more."""
