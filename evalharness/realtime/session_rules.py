"""Rules of a session that concern two fields at once: which model knows which field.

They read the raw object and skip what has the wrong shape, so that they speak up beside the
faults of single fields. A model not listed here is newer than this file: it may do anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evalharness.realtime.problems import FieldProblem, Path, listed

REASONING_MODELS = ("gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-2")
PLAIN_MODELS = (
    "gpt-realtime",
    "gpt-realtime-1.5",
    "gpt-realtime-2025-08-28",
    "gpt-realtime-mini",
    "gpt-realtime-mini-2025-10-06",
    "gpt-realtime-mini-2025-12-15",
    "gpt-audio-1.5",
    "gpt-audio-mini",
    "gpt-audio-mini-2025-10-06",
    "gpt-audio-mini-2025-12-15",
    "gpt-4o-realtime-preview",
    "gpt-4o-realtime-preview-2024-10-01",
    "gpt-4o-realtime-preview-2024-12-17",
    "gpt-4o-realtime-preview-2025-06-03",
    "gpt-4o-mini-realtime-preview",
    "gpt-4o-mini-realtime-preview-2024-12-17",
)
"""Models that refuse an update with `reasoning` or `parallel_tool_calls`."""

TRANSCRIPTION_MODELS = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-live-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe",
    "gpt-4o-transcribe-diarize",
    "gpt-realtime-whisper",
)
_GUIDED = ("gpt-transcribe", "gpt-live-transcribe")
_STREAMING = ("gpt-live-transcribe", "gpt-realtime-whisper")
_PROMPTLESS = ("gpt-4o-transcribe-diarize", "gpt-realtime-whisper")

_SUPPORT: Mapping[str, tuple[str, ...]] = {
    "languages": _GUIDED,
    "keywords": _GUIDED,
    "prompt": tuple(model for model in TRANSCRIPTION_MODELS if model not in _PROMPTLESS),
    # The types name gpt-realtime-whisper alone; gpt-live-transcribe's page promises it as well.
    "delay": _STREAMING,
}
"""Transcription fields that not every model takes, and the models that do."""

MCP_ADDRESSES = ("server_url", "connector_id", "tunnel_id")


def session_rule_problems(
    data: Mapping[str, Any], *, mid_session: bool = False
) -> Iterator[FieldProblem]:
    """The faults between fields of a session; `mid_session` as in `session_problems`."""
    yield from reasoning_problems(data, data.get("model"))
    yield from _transcription_problems(data)
    yield from mcp_problems(data.get("tools"), label_alone=mid_session)


def reasoning_problems(data: Mapping[str, Any], model: Any) -> Iterator[FieldProblem]:
    """`reasoning` or `parallel_tool_calls` for a model that has neither."""
    if model not in PLAIN_MODELS:
        return
    for field in ("reasoning", "parallel_tool_calls"):
        if data.get(field) is not None:
            yield FieldProblem(
                (field,),
                f"{model} does not take {field}",
                f"take it out, or use {listed(REASONING_MODELS)}",
            )


def mcp_problems(tools: Any, *, label_alone: bool) -> Iterator[FieldProblem]:
    """MCP tools with no address or several; `label_alone` allows none."""
    if not isinstance(tools, list):
        return
    for index, tool in enumerate(tools):
        if not (isinstance(tool, Mapping) and tool.get("type") == "mcp"):
            continue
        given = [name for name in MCP_ADDRESSES if tool.get(name) is not None]
        if len(given) > 1:
            message = f"an MCP tool takes one of {listed(MCP_ADDRESSES)}, not {len(given)} of them"
            yield FieldProblem(("tools", index), message, f"keep one of {listed(given)}")
        elif not given and not label_alone:
            message = f"an MCP tool needs one of {listed(MCP_ADDRESSES)}"
            code = "missing_required_parameter"
            yield FieldProblem(("tools", index), message, "add server_url", code)


def _transcription_problems(data: Mapping[str, Any]) -> Iterator[FieldProblem]:
    settings = _at(data, ("audio", "input", "transcription"))
    if not isinstance(settings, Mapping):
        return
    model = settings.get("model")
    if model not in TRANSCRIPTION_MODELS:
        return
    for field, models in _SUPPORT.items():
        if settings.get(field) is not None and model not in models:
            yield FieldProblem(
                ("audio", "input", "transcription", field),
                f"{model} does not take {field}",
                f"take it out, or use {listed(models)}",
            )
    if data.get("type") == "transcription" and model in _STREAMING:
        path: Path = ("audio", "input", "turn_detection")
        if _at(data, path) is not None:
            yield FieldProblem(
                path, f"{model} has no turn detection here", "write null and commit each turn"
            )


def _at(data: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(part)
    return data
