"""What the offline assistant says and calls: rules over words, no language model.

An utterance is matched against the session's tools by their words, and the arguments are read
from it by their schemas. What is missing is asked for; a correction repeats the last call with the
new value. All state is read from the history, so the same history gives the same reply.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from evalharness.server.engine import PlannedCall, Reply
from evalharness.server.speech import answers
from evalharness.server.speech.calendar_words import today_said
from evalharness.server.speech.concepts import FILLERS, concepts_in
from evalharness.server.speech.intent import best_match, name_concepts
from evalharness.server.speech.slots import Context, fill
from evalharness.server.speech.spoken import words_of
from evalharness.server.speech.tools import Parameter, Tool, tools_of


def respond(
    history: Sequence[Mapping[str, Any]],
    session: Mapping[str, Any],
    today: Callable[[], date] = date.today,
) -> Reply:
    """The reply to the conversation so far, `history` being its items in the wire's form."""
    instructions = session.get("instructions") or ""
    mind = _Mind(
        tools=_callable_tools(session),
        today=today_said(instructions, today()),
        forced=_call_is_forced(session),
    )
    for item in history:
        mind.take(item)
    return mind.reply(one_at_a_time=session.get("parallel_tool_calls") is False)


def _callable_tools(session: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The tools `tool_choice` leaves: all, none, or the one it names."""
    choice = session.get("tool_choice", "auto")
    tools = tools_of(session)
    if choice == "none":
        return ()
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        named = choice.get("name") or choice.get("function", {}).get("name")
        return tuple(tool for tool in tools if tool.name == named)
    return tools


def _call_is_forced(session: Mapping[str, Any]) -> bool:
    choice = session.get("tool_choice", "auto")
    return choice == "required" or (
        isinstance(choice, Mapping) and choice.get("type") == "function"
    )


@dataclass(frozen=True, slots=True)
class _Task:
    """A tool to be called and what is known for it. `asked`: the parameter asked for last."""

    tool: Tool
    values: Mapping[str, Any] = field(default_factory=dict)
    asked: str | None = None

    @property
    def missing(self) -> Parameter | None:
        return next(
            (p for p in self.tool.parameters if p.required and p.name not in self.values), None
        )


class _Mind:
    """The conversation's state, made by taking its items one by one."""

    def __init__(self, tools: Sequence[Tool], today: date, *, forced: bool) -> None:
        self._tools = tools
        self._today = today
        self._forced = forced
        self._due: list[_Task] = []
        self._open: _Task | None = None
        self._done: _Task | None = None
        self._failed = False
        self._outputs: list[str] = []
        self._said = answers.GREETING

    def take(self, item: Mapping[str, Any]) -> None:
        match item.get("type"):
            case "message" if item.get("role") == "user":
                self._outputs.clear()
                self._hear(_text_of(item))
            case "function_call":
                self._called(item)
            case "function_call_output":
                output = str(item.get("output", ""))
                self._failed = answers.is_failure(output)
                self._outputs.append(answers.answer(output))
            case _:
                pass  # the assistant's own words and items of other kinds change nothing

    def reply(self, *, one_at_a_time: bool) -> Reply:
        if self._due:
            calls = [PlannedCall(task.tool.name, dict(task.values)) for task in self._due]
            return Reply(" ".join(self._outputs), calls[:1] if one_at_a_time else calls)
        said = list(self._outputs)
        if self._open is not None and self._open.missing is not None:
            said.append(answers.question(self._open.missing))
        return Reply(" ".join(said) or self._said)

    def _called(self, item: Mapping[str, Any]) -> None:
        """A call that was made; its arguments hold, whoever planned it."""
        tool = next((t for t in self._tools if t.name == item.get("name")), None)
        self._due = [task for task in self._due if task.tool is not tool]
        if tool is None:
            return
        try:
            values = json.loads(item.get("arguments") or "{}")
        except ValueError:
            values = {}  # cut off in mid-call by an interruption
        self._done = _Task(tool, values if isinstance(values, dict) else {})

    def _hear(self, text: str) -> None:
        if self._due:  # planned, but the caller spoke before they were made
            self._done = self._due[-1]
        self._due = []
        self._said = answers.UNHEARD
        for clause in _clauses(words_of(text)):
            self._hear_clause(clause)
        if self._forced and not self._due and self._tools:
            self._force(words_of(text))

    def _hear_clause(self, tokens: list[str]) -> None:
        match = best_match(self._tools, tokens)
        if self._open is not None and _drops(tokens) and match is None:
            self._open, self._said = None, answers.DROPPED
        elif self._open is not None and (match is None or self._answers_question(tokens)):
            self._fill(self._open, tokens)
        elif match is not None and not _is_small_talk(tokens):
            self._begin(match.tool, tokens)
        elif self._done is not None and self._corrects(self._done, tokens):
            pass
        else:
            self._said = _small_talk(tokens)

    def _answers_question(self, tokens: list[str]) -> bool:
        """Whether the words give the value asked for and name no other tool in passing."""
        task = self._open
        if task is None or task.asked is None:
            return False
        match = best_match(self._tools, tokens)
        named = name_concepts(match.tool) & set(concepts_in(tokens)) if match else set()
        other = match is not None and match.tool is not task.tool and bool(named)
        return not other and task.asked in fill(task.tool, tokens, self._context(task)).values

    def _begin(self, tool: Tool, tokens: list[str]) -> None:
        """A new request; a correction of the last call to the same tool keeps its other values."""
        task = _Task(tool)
        if self._open is not None and self._open.tool is tool:
            task = self._open
        elif self._done is not None and self._done.tool is tool and _is_correction(tokens):
            task = replace(self._done, asked=None)
        self._fill(task, tokens)

    def _fill(self, task: _Task, tokens: list[str]) -> None:
        found = fill(task.tool, tokens, self._context(task)).values
        self._settle(replace(task, values={**task.values, **found}))

    def _settle(self, task: _Task) -> None:
        missing = task.missing
        if missing is None:
            self._due.append(task)
            self._open = None
        else:
            self._open = replace(task, asked=missing.name)

    def _corrects(self, task: _Task, tokens: list[str]) -> bool:
        """Plan the last call anew when the words give one of its values another value."""
        filled = fill(task.tool, tokens, self._context(task))
        changed = {k: v for k, v in filled.values.items() if task.values.get(k) != v}
        meant = _is_correction(tokens) or (
            len(filled.left) <= 1 and not _is_small_talk(tokens) and self._failed
        )
        if not (changed and meant):
            return False
        self._settle(replace(task, values={**task.values, **changed}, asked=None))
        return True

    def _force(self, tokens: list[str]) -> None:
        """`tool_choice` demands a call, so the likeliest is made with what there is."""
        if self._open is None:
            match = best_match(self._tools, tokens, forced=True)
            if match is None:
                return
            self._fill(_Task(match.tool), tokens)
        if self._open is not None:
            self._due.append(self._open)
            self._open = None

    def _context(self, task: _Task) -> Context:
        spent = frozenset(name_concepts(task.tool) | set(task.tool.words))
        return Context(self._today, before=task.values, asked=task.asked, spent=spent)


def _text_of(item: Mapping[str, Any]) -> str:
    parts = item.get("content") or ()
    return " ".join(part.get("transcript") or part.get("text") or "" for part in parts).strip()


_JOINTS = ("and also", "and then", "and could you", "and can you", "and please", "and i", "also",
           "and then also", "and cancel", "and book", "and tell", "and transfer", "and what",
           "and where")  # fmt: skip


def _clauses(tokens: list[str]) -> list[list[str]]:
    """The utterance parted where a new request may begin."""
    clauses: list[list[str]] = [[]]
    for at, word in enumerate(tokens):
        if any(tokens[at : at + len(j)] == j for j in _JOINT_WORDS) and clauses[-1]:
            clauses.append([])
        clauses[-1].append(word)
    return clauses


_JOINT_WORDS = tuple(joint.split() for joint in _JOINTS)

_CORRECTIONS = (
    "no", "sorry", "actually", "meant", "instead", "wrong", "rather", "wait", "not", "correction",
    "change", "make it", "make that", "i said",
)  # fmt: skip


def _is_correction(tokens: Sequence[str]) -> bool:
    text = f" {' '.join(tokens)} "
    return any(f" {sign} " in text for sign in _CORRECTIONS)


_DROPS = ("never mind", "forget it", "cancel that", "cancel it", "forget about it", "stop")


def _drops(tokens: Sequence[str]) -> bool:
    text = " ".join(tokens)
    return any(drop in text for drop in _DROPS)


_GOODBYES = frozenset({"bye", "goodbye"})
_THANKS = frozenset({"thanks", "thank"})
_GREETINGS = frozenset({"hello", "hi", "hey", "morning", "afternoon", "evening"})
_ACKNOWLEDGEMENTS = FILLERS | {"all", "everything", "else", "nothing", "good", "sounds", "done"}
_POLITE_WORDS = frozenset((
    "for", "your", "help", "have", "a", "nice", "day", "you", "so", "very", "much", "that", "lot",
    "see", "then", "later", "again", "is", "i'm", "fine", "the", "how", "are", "and", "to", "no",
    "yes", "call", "calling", "appreciate", "it", "there", "anybody", "anyone", "can", "hear",
    "me",
))  # fmt: skip
_SMALL_TALK = _GOODBYES | _THANKS | _GREETINGS | _ACKNOWLEDGEMENTS | _POLITE_WORDS


def _is_small_talk(tokens: Sequence[str]) -> bool:
    return all(word in _SMALL_TALK for word in tokens)


def _small_talk(tokens: Sequence[str]) -> str:
    said = set(tokens)
    if not said:
        return answers.UNHEARD
    if said & _GOODBYES:
        return answers.GOODBYE
    if said & _THANKS:
        return answers.WELCOME
    if said & _GREETINGS:
        return answers.GREETING
    if said <= _ACKNOWLEDGEMENTS:
        return answers.ANYTHING_ELSE
    return answers.UNKNOWN
