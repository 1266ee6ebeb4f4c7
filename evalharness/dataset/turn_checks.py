"""What the models alone cannot see in a turn: its kind, its clip, and whether what it expects can
be met.

The checks read the raw values and skip what has the wrong shape, so that they speak up beside
the faults of single fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import regex

from evalharness.dataset.alternatives import BadAlternatives, readings
from evalharness.dataset.clips import Clip, Clips
from evalharness.dataset.codes import DatasetFault, Fault
from evalharness.dataset.matchers import matcher_problem
from evalharness.dataset.models import Turn
from evalharness.dataset.source import Place
from evalharness.errors import Problem
from evalharness.realtime.problems import listed, nearest

KINDS = ("say", "text", "silence")


def turn_problems(
    turn: Place, clips: Clips, tools: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Everything wrong with one turn; `tools` are the dataset's functions by name."""
    yield from _kind_problems(turn)
    yield from _say_problems(turn.at("say"), clips)
    expect = turn.at("expect")
    yield from _contradictions(expect)
    yield from _reply_problems(expect.at("reply"))
    yield from _calls_problems(expect.at("calls"), tools)


def _kind_problems(turn: Place) -> Iterator[Problem]:
    if not isinstance(turn.value, dict):
        return
    given = [kind for kind in KINDS if turn.at(kind).value is not None]
    if len(given) > 1:
        message = f"a turn is one of {listed(KINDS)}, not {' and '.join(given)}"
        yield turn.problem(DatasetFault.TURN_KIND, message, "make it two turns")
        return
    # A misspelt kind is an unknown field, reported as such.
    misspelt = any(nearest(key, KINDS) for key in turn.value if key not in Turn.model_fields)
    if not given and not misspelt:
        message = f"a turn must be one of {listed(KINDS)}"
        yield turn.problem(DatasetFault.TURN_KIND, message, f"add {listed(KINDS)}")


def _say_problems(say: Place, clips: Clips) -> Iterator[Problem]:
    audio = say.at("audio")
    if not isinstance(audio.value, str):
        return
    looked = clips.look_up(audio)
    if isinstance(looked, Problem):
        yield looked
    text = say.at("text")
    if isinstance(text.value, str):
        try:
            readings(text.value)
        except BadAlternatives as fault:
            hint = "alternatives are written {one/two/@}, a literal brace \\{"
            yield text.problem(DatasetFault.BAD_ALTERNATIVES, str(fault), hint)
    yield from _span_problems(say.at("speech_ms"), looked if isinstance(looked, Clip) else None)


def _span_problems(spans: Place, clip: Clip | None) -> Iterator[Problem]:
    """Spans must be sorted, apart, and inside the clip."""
    last_end = 0
    for span in spans.entries():
        match span.value:
            case [int() as start, int() as end]:
                pass
            case _:
                continue
        if start >= end:
            message = f"speech that starts at {start} ms cannot end at {end} ms"
            yield span.problem(DatasetFault.SPEECH_SPANS, message, "write [start, end]")
        elif start < last_end:
            message = f"speech from {start} ms begins before the last ended at {last_end} ms"
            yield span.problem(DatasetFault.SPEECH_SPANS, message, "sort and join the spans")
        # Annotation rounds to whole ms, so the end may exceed the clip by less than one.
        if clip is not None and end >= clip.duration_ms + 1:
            message = f"speech ends at {end} ms, the clip at {clip.duration_ms:.0f} ms"
            hint = "measure it with: evalharness dataset annotate --overwrite"
            yield span.problem(DatasetFault.SPEECH_SPANS, message, hint)
        last_end = end


def _contradictions(expect: Place) -> Iterator[Problem]:
    calls = expect.at("calls")
    wanted = bool(calls.at("expected").value or calls.at("any_of").value)
    if expect.at("no_calls").value is True and wanted:
        message = "no_calls stands beside calls that are expected"
        yield expect.at("no_calls").problem(
            DatasetFault.CONTRADICTION, message, "keep one of them", key=True
        )
    if expect.at("response").value is False and (wanted or expect.at("reply").value):
        message = "response: false stands beside an expected " + ("call" if wanted else "reply")
        yield expect.at("response").problem(
            DatasetFault.CONTRADICTION, message, "keep one of them", key=True
        )


def _reply_problems(reply: Place) -> Iterator[Problem]:
    pattern = reply.at("regex")
    if not isinstance(pattern.value, str):
        return
    try:
        regex.compile(pattern.value)
    except regex.error as error:
        yield pattern.problem(DatasetFault.BAD_MATCHER, f"not a regular expression: {error}")


def _calls_problems(calls: Place, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    alternatives = [calls, *calls.at("any_of").entries()]
    for alternative in alternatives:
        expected = alternative.at("expected").entries()
        yield from _id_problems(expected)
        for call in expected:
            yield from _call_problems(call, tools)
    for call in calls.at("forbidden").entries():
        yield from _call_problems(call, tools)
    for name in calls.at("extra").entries():
        yield from tool_name_problems(name, tools)


def _call_problems(call: Place, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    yield from tool_name_problems(call.at("name"), tools)
    yield from argument_problems(call.at("args"), tools.get(str(call.at("name").value)))


def tool_name_problems(name: Place, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """A function the dataset does not offer. Only a warning where it offers none at all: then
    the variants bring them."""
    if not isinstance(name.value, str) or name.value in tools:
        return
    if tools:
        hint = nearest(name.value, tools) or f"the dataset's tools are {listed(list(tools))}"
        yield name.problem(DatasetFault.UNKNOWN_TOOL, f"unknown tool {name.value}", hint)
    else:
        message = f"{name.value} is expected, but the dataset has no tools"
        hint = "add tools to dataset.yaml unless every variant brings its own"
        yield name.problem(DatasetFault.UNCHECKED_TOOL, message, hint, warning=True)


def argument_problems(args: Place, tool: Mapping[str, Any] | None) -> Iterator[Problem]:
    """Matchers that match nothing or mean nothing, and arguments the tool does not declare."""
    known = _declared_arguments(tool)
    for arg in args.fields():
        fault = matcher_problem(arg.value)
        if fault is not None:
            yield arg.problem(DatasetFault.BAD_MATCHER, fault)
        name = str(arg.path[-1])
        if known is not None and name not in known:
            hint = nearest(name, known) or f"declared are {listed(known)}"
            message = f"the tool declares no argument {name}"
            yield arg.problem(DatasetFault.UNKNOWN_ARGUMENT, message, hint, warning=True, key=True)


def _declared_arguments(tool: Mapping[str, Any] | None) -> list[str] | None:
    """The names in a tool's schema; None where it declares none, or not all of them."""
    schema = tool.get("parameters") if tool else None
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or not properties:
        return None
    return [str(name) for name in properties]


def _id_problems(expected: Sequence[Place]) -> Iterator[Problem]:
    """Ids given twice, and `after` that names none of them."""
    ids: list[str] = []
    for call in expected:
        given = call.at("id")
        if isinstance(given.value, str):
            if given.value in ids:
                message = f"two calls have the id {given.value}"
                yield given.problem(Fault.DUPLICATE_NAME, message, "rename one")
            ids.append(given.value)
    for call in expected:
        for name in call.at("after").entries():
            if isinstance(name.value, str) and name.value not in ids:
                hint = nearest(name.value, ids) or "give the earlier call this id"
                message = f"no call here has the id {name.value}"
                yield name.problem(DatasetFault.UNKNOWN_CALL_ID, message, hint)
