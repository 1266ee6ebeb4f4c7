"""The arguments an utterance gives for a tool's parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, assert_never

from evalharness.server.speech.calendar_words import TIME_CUES, Calendar, Lean, dates_in, times_in
from evalharness.server.speech.choices import choices_in
from evalharness.server.speech.concepts import FILLERS, FUNCTION_WORDS, concept, stem
from evalharness.server.speech.names import emails_in, names_in
from evalharness.server.speech.spoken import words_of
from evalharness.server.speech.spoken_numbers import (
    TAKEN,
    Reading,
    code_runs,
    codes_matching,
    money_in,
    numbers_in,
)
from evalharness.server.speech.tools import Kind, Parameter, Tool


@dataclass(frozen=True, slots=True)
class Context:
    """What an utterance is read in the light of.

    `today` resolves dates; `before` holds the values the parameters already have; `asked` is the
    parameter the caller was just asked for; `spent` are words that named the tool.
    """

    today: date
    before: Mapping[str, Any] = field(default_factory=dict)
    asked: str | None = None
    spent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filled:
    """Arguments found, by parameter name, and the words of the utterance nothing was read from."""

    values: Mapping[str, Any]
    left: tuple[str, ...]


def fill(tool: Tool, utterance: Sequence[str], context: Context) -> Filled:
    """Read what `utterance`, in spoken words, says of each of the tool's parameters."""
    reader = _Reader(tool, list(utterance), context)
    for kind in _ORDER:
        for parameter in (p for p in tool.parameters if p.kind is kind):
            reader.read(parameter)
    reader.read_rest()
    left = (word for word in reader.tokens if word != TAKEN)
    return Filled(reader.values, tuple(word for word in left if word not in FUNCTION_WORDS))


# What can hardly be mistaken is read first and its words are taken out of play.
_ORDER = (
    Kind.EMAIL, Kind.CODE, Kind.DATE_TIME, Kind.DATE, Kind.TIME, Kind.MONEY, Kind.CHOICE,
    Kind.NUMBER, Kind.NAME, Kind.FLAG, Kind.TEXT,
)  # fmt: skip


class _Reader:
    """One utterance being read; `tokens` shows what is still to be had."""

    def __init__(self, tool: Tool, tokens: list[str], context: Context) -> None:
        self.tokens = tokens
        self.values: dict[str, Any] = {}
        self._said = tuple(tokens)
        self._tool = tool
        self._context = context

    def read(self, parameter: Parameter) -> None:
        match parameter.kind:
            case Kind.EMAIL:
                self._take(parameter, emails_in(self.tokens))
            case Kind.CODE:
                self._take(parameter, self._codes(parameter))
            case Kind.DATE_TIME:
                self._take_moment(parameter)
            case Kind.DATE:
                self._take(parameter, self._dates(parameter))
            case Kind.TIME:
                self._take(parameter, self._times(parameter))
            case Kind.MONEY:
                self._take(parameter, self._money(parameter))
            case Kind.CHOICE:
                self._take_choice(parameter)
            case Kind.NUMBER:
                self._take(parameter, self._numbers(parameter))
            case Kind.NAME:
                self._take(parameter, names_in(self.tokens, bare=self._is_asked(parameter)))
            case Kind.FLAG:
                self._take_flag(parameter)
            case Kind.TEXT:
                self._take(parameter, self._texts(parameter))
            case _:
                assert_never(parameter.kind)

    def read_rest(self) -> None:
        """A required free text that nothing else gave is what is left of the utterance."""
        wanting = [
            p
            for p in self._tool.parameters
            if p.required and p.kind is Kind.TEXT and p.name not in self.values
        ]
        if len(wanting) == 1 and wanting[0].name not in self._context.before:
            self._take(wanting[0], self._longest_rest())

    def _is_asked(self, parameter: Parameter) -> bool:
        return self._context.asked == parameter.name

    def _take(self, parameter: Parameter, readings: Sequence[Reading]) -> None:
        """Keep the reading that fits the parameter: by the words before it, else the last."""
        if not readings:
            return
        rivals = [p for p in self._tool.parameters if p.kind is parameter.kind]
        chosen = self._chosen(parameter, rivals, readings)
        if chosen is None:
            return
        self.values[parameter.name] = _written(chosen.value)
        # With one parameter of a kind, the earlier readings were corrected by the later.
        for reading in readings if len(rivals) == 1 else [chosen]:
            self._cross_out(reading)

    def _chosen(
        self, parameter: Parameter, rivals: Sequence[Parameter], readings: Sequence[Reading]
    ) -> Reading | None:
        if len(rivals) == 1 or self._is_asked(parameter):
            return readings[-1]
        own = _cue_words(parameter, rivals)
        cued = [r for r in readings if own & self._words_before(r)]
        if cued:
            return cued[-1]
        others = [_cue_words(rival, rivals) for rival in rivals if rival is not parameter]
        free = [r for r in readings if not any(o & self._words_before(r) for o in others)]
        return free[0] if free else None

    def _words_before(self, reading: Reading) -> set[str]:
        return {stem(word) for word in self._said[max(0, reading.start - 4) : reading.start + 1]}

    def _cross_out(self, reading: Reading) -> None:
        self.tokens[reading.start : reading.end] = [TAKEN] * (reading.end - reading.start)

    def _codes(self, parameter: Parameter) -> list[Reading]:
        if parameter.pattern:
            return codes_matching(self._without_cued_times(), parameter.pattern)
        asked = self._is_asked(parameter)
        plain = _times_and_dates_out(self.tokens, self._tool, self._context.today)
        runs = (_without_article(run, plain) for run in code_runs(plain))
        cues = {stem(word) for word in parameter.words} | _CODE_CUES
        return [
            run
            for run in runs
            if _looks_like_code(run.value)
            or (any(c.isdigit() for c in run.value) and (asked or cues & self._words_before(run)))
        ]

    def _without_cued_times(self) -> list[str]:
        """The tokens less "at seven fifteen", when the tool asks for a time as well."""
        plain = list(self.tokens)
        if any(p.kind in (Kind.TIME, Kind.DATE_TIME) for p in self._tool.parameters):
            for reading in times_in(plain):
                if reading.start and plain[reading.start - 1] in TIME_CUES:
                    plain[reading.start : reading.end] = [TAKEN] * (reading.end - reading.start)
        return plain

    def _calendar(self, parameter: Parameter) -> Calendar:
        before = self._context.before.get(parameter.name)
        near = before[:10] if isinstance(before, str) else ""
        past = not {"birth", "birthday", "birthdate", "dob"}.isdisjoint(parameter.words)
        is_date = re.fullmatch(r"\d{4}-\d{2}-\d{2}", near)
        return Calendar(self._context.today, date.fromisoformat(near) if is_date else None, past)

    def _dates(self, parameter: Parameter) -> list[Reading]:
        return dates_in(self.tokens, self._calendar(parameter))

    def _times(self, parameter: Parameter) -> list[Reading]:
        about = {*self._tool.words, *self._tool.description}
        lean = next((lean for words, lean in _LEANS if words & about), Lean.OFFICE)
        return times_in(self.tokens, lean=lean, bare=self._is_asked(parameter))

    def _take_moment(self, parameter: Parameter) -> None:
        """A date and a time as one value; either may come from before."""
        before = str(self._context.before.get(parameter.name, ""))
        days, times = self._dates(parameter), self._times(parameter)
        day = _written(days[-1].value) if days else before[:10]
        time = times[-1].value if times else before[11:16]
        if (days or times) and day and time:
            self.values[parameter.name] = f"{day}T{time}:00"
            for reading in (*days, *times):
                self._cross_out(reading)

    def _money(self, parameter: Parameter) -> list[Reading]:
        amounts = money_in(self.tokens)
        if amounts or not self._is_asked(parameter):
            return amounts
        return numbers_in(self.tokens)

    def _numbers(self, parameter: Parameter) -> list[Reading]:
        """The numbers beside the parameter's own words; else any, when only it takes numbers."""
        numbers = numbers_in(self.tokens)
        if parameter.integral:
            numbers = [r for r in numbers if isinstance(r.value, int)]
        own = {stem(w) for w in (*parameter.words, *words_of(parameter.description))}
        own = (own | _PEOPLE if own & _PEOPLE else own) - FUNCTION_WORDS
        beside = [r for r in numbers if self._beside(r, own)]
        rivals = sum(p.kind is Kind.NUMBER for p in self._tool.parameters)
        if beside or (rivals > 1 and not self._is_asked(parameter)):
            return beside
        return numbers

    def _beside(self, reading: Reading, own: set[str]) -> bool:
        after = self.tokens[reading.end : reading.end + 3]
        before = self.tokens[max(0, reading.start - 2) : reading.start]
        return any(stem(word) in own for word in (*after, *before))

    def _take_choice(self, parameter: Parameter) -> None:
        found = choices_in(self.tokens, parameter.choices)
        if not found:
            return
        if parameter.many:
            values = list(dict.fromkeys(reading.value for reading in found))
        self.values[parameter.name] = values if parameter.many else found[-1].value
        for reading in found:
            self._cross_out(reading)

    def _take_flag(self, parameter: Parameter) -> None:
        names = {stem(word) for word in parameter.words} - FUNCTION_WORDS - _FLAG_WORDS
        for at, word in enumerate(self.tokens):
            if stem(word) in names:
                denied = not _DENIALS.isdisjoint(self.tokens[max(0, at - 4) : at])
                self.values[parameter.name] = not denied
                self._cross_out(Reading(None, at, at + 1))
        if parameter.name not in self.values and self._is_asked(parameter):
            if not _YES.isdisjoint(self.tokens):
                self.values[parameter.name] = True
            elif not _DENIALS.isdisjoint(self.tokens):
                self.values[parameter.name] = False

    def _texts(self, parameter: Parameter) -> list[Reading]:
        if self._is_asked(parameter):
            return self._longest_rest(keep_all=True)
        cues = _TEXT_CUES.get(next((w for w in parameter.words if w in _TEXT_CUES), ""), ())
        for cue in (*cues, f"{' '.join(parameter.words)} is"):
            if text := _after(self.tokens, cue.split()):
                return [text]
        return self._beside_its_name(parameter)

    def _beside_its_name(self, parameter: Parameter) -> list[Reading]:
        """What qualifies the parameter's own word: roast → "dark roast"."""
        own = {stem(word) for word in parameter.words} - _NO_QUALITIES - FUNCTION_WORDS
        found = []
        for at, word in enumerate(self.tokens):
            before = self.tokens[at - 1] if at else TAKEN
            if stem(word) in own and before not in FUNCTION_WORDS | FILLERS | {TAKEN}:
                found.append(Reading(f"{before} {word}", at - 1, at + 1))
        return found

    def _longest_rest(self, *, keep_all: bool = False) -> list[Reading]:
        """The longest stretch of words with a meaning of their own."""
        spent = FILLERS if keep_all else FILLERS | FUNCTION_WORDS
        stretches: list[Reading] = []
        start = 0
        for at in range(len(self.tokens) + 1):
            word = self.tokens[at] if at < len(self.tokens) else TAKEN
            if word == TAKEN or word in spent or concept(word) in self._context.spent:
                if at > start:
                    stretches.append(Reading(" ".join(self.tokens[start:at]), start, at))
                start = at + 1
        return [max(stretches, key=lambda r: r.end - r.start)] if stretches else []


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


_CODE_CUES = frozenset({"number", "code", "reference", "id", "pin"})
_LEANS = (
    (frozenset({"wake", "alarm", "breakfast"}), Lean.MORNING),
    (frozenset({"table", "dinner", "restaurant", "supper"}), Lean.EVENING),
)
_PEOPLE = frozenset({"people", "person", "guest", "adult", "party", "us"})
_FLAG_WORDS = frozenset({"need", "want", "include", "with", "require", "enable"})
_NO_QUALITIES = frozenset({"number", "amount", "type", "kind", "name", "id", "size"})
_DENIALS = frozenset({"no", "not", "without", "don't", "nope", "never"})
_YES = frozenset({"yes", "yeah", "sure", "please", "yep", "okay", "right"})
_TEXT_CUES: Mapping[str, tuple[str, ...]] = {
    "message": ("saying that", "that says", "saying", "to say that", "to say", "that", "about"),
    "note": ("note that", "saying", "that"),
    "reason": ("because of", "because", "reason is", "about"),
    "issue": ("problem is that", "problem is", "issue is", "because", "about", "with"),
    "problem": ("problem is", "because", "about", "with"),
    "topic": ("about", "regarding", "on"),
    "subject": ("about", "regarding"),
    "question": ("about", "question is"),
    "query": ("for", "about"),
    "city": ("in", "to", "for", "at"),
    "location": ("in", "at", "for", "near", "to"),
    "place": ("in", "at", "to"),
    "destination": ("to", "for"),
    "origin": ("from",),
    "address": ("address is", "address to", "to", "at"),
}
_CUES_OF_ENDS = {
    "start": {"from", "start", "begin"}, "from": {"from"}, "end": {"to", "until", "end"},
    "to": {"to", "until"}, "in": {"in", "from", "arrive", "arriving"},
    "out": {"out", "until", "to", "leave", "leaving"}, "arrival": {"arrive", "arriving", "from"},
    "departure": {"leave", "leaving", "depart"}, "origin": {"from"}, "destination": {"to"},
}  # fmt: skip


def _cue_words(parameter: Parameter, rivals: Sequence[Parameter]) -> set[str]:
    """Stems that tell the parameter from others of its kind: its own words, less shared ones."""
    shared = {stem(w) for p in rivals if p is not parameter for w in p.words}
    own = {stem(word) for word in parameter.words} - shared
    for word in parameter.words:
        own |= _CUES_OF_ENDS.get(word, set())
    return own


def _looks_like_code(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return digits >= 3 or (digits >= 1 and len(text) - digits >= 1 and len(text) >= 3)


def _times_and_dates_out(tokens: list[str], tool: Tool, today: date) -> list[str]:
    """The tokens less its dates and sure times, when the tool wants those as well as codes."""
    plain = list(tokens)
    kinds = {p.kind for p in tool.parameters}
    found: list[Reading] = []
    if kinds & {Kind.DATE, Kind.DATE_TIME}:
        found += dates_in(plain, Calendar(today))
    if kinds & {Kind.TIME, Kind.DATE_TIME}:
        found += times_in(plain)
    for reading in found:
        plain[reading.start : reading.end] = [TAKEN] * (reading.end - reading.start)
    return plain


def _without_article(run: Reading, tokens: Sequence[str]) -> Reading:
    """A run less a leading "a" or "i" that is rather a word: "it's for a nine four two"."""
    before = tokens[run.start - 1] if run.start else ""
    is_word = tokens[run.start] in {"a", "i"} and run.value[1:].isdigit()
    if is_word and before not in {"is", "number", "code", "reference", "it's", "order", ""}:
        return Reading(run.value[1:], run.start + 1, run.end)
    return run


def _after(tokens: list[str], cue: list[str]) -> Reading | None:
    """The words from a cue to the next word taken, less polite endings."""
    for at in range(len(tokens) - len(cue)):
        if tokens[at : at + len(cue)] != cue:
            continue
        start = at + len(cue)
        end = next((i for i in range(start, len(tokens)) if tokens[i] == TAKEN), len(tokens))
        while end > start and tokens[end - 1] in FILLERS | {"at", "on", "for", "and"}:
            end -= 1
        if end > start:
            return Reading(" ".join(tokens[start:end]), start, end)
    return None
