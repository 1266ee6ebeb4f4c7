"""Dates and times out of spoken words: "tuesday the third of december", "half past two"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from evalharness.server.speech.spoken import MONTHS, WEEKDAYS, words_of
from evalharness.server.speech.spoken_numbers import Reading, cardinal_at, ordinal_at

_MONTH = {name: at for at, name in enumerate(MONTHS, start=1)}
_WEEKDAY = {name: at for at, name in enumerate(WEEKDAYS)}
_TODAY_SAID = re.compile(
    r"(?:today(?:'s date)?|(?:current|the) date)(?: is|:)\s*"
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<words>[^.;\n]+))",
    re.IGNORECASE,
)


def today_said(instructions: str, otherwise: date) -> date:
    """The day the instructions call today, such as "Today is Monday 23 November 2026"."""
    match = _TODAY_SAID.search(instructions)
    if match is None:
        return otherwise
    if match["iso"]:
        return date.fromisoformat(match["iso"])
    readings = dates_in(words_of(match["words"]), Calendar(otherwise))
    return readings[0].value if readings else otherwise


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a date in words is seen from.

    `near`: a date spoken of before, whose month a bare "the thirtieth" then means. `past`: the day
    lies behind (a birthday), not ahead.
    """

    today: date
    near: date | None = None
    past: bool = False

    def day(self, day: int, month: int | None, year: int | None) -> date | None:
        """The date meant; None when there is no such day."""
        if year is not None and month is not None:
            return _date(year, month, day)
        if month is not None:
            return self._in_month(day, month)
        near = self.near or self.today
        found = _date(near.year, near.month, day)
        if found is None or (self.near is None and found < self.today):
            following = (near.replace(day=1) + timedelta(days=32)).replace(day=1)
            return _date(following.year, following.month, day)
        return found

    def _in_month(self, day: int, month: int) -> date | None:
        years = (self.today.year, self.today.year + (-1 if self.past else 1))
        for year in years:
            found = _date(year, month, day)
            if found and (found <= self.today if self.past else found >= self.today):
                return found
        return None

    def weekday(self, weekday: int, *, next_week: bool) -> date:
        """The coming such day; with `next_week` the one of the week that starts next Monday."""
        if next_week:
            monday = self.today + timedelta(days=7 - self.today.weekday())
            return monday + timedelta(days=weekday)
        ahead = (weekday - self.today.weekday()) % 7
        return self.today + timedelta(days=ahead or 7)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def dates_in(tokens: list[str], calendar: Calendar) -> list[Reading]:
    """Every date said, in order, as `datetime.date`; each word belongs to at most one."""
    readings: list[Reading] = []
    at = 0
    while at < len(tokens):
        reading = _date_at(tokens, at, calendar)
        if reading:
            readings.append(reading)
        at = reading.end if reading else at + 1
    return readings


_RELATIVE = (
    ("the day after tomorrow", 2), ("day after tomorrow", 2), ("tomorrow", 1), ("today", 0),
    ("tonight", 0), ("this morning", 0), ("this afternoon", 0), ("this evening", 0),
    ("yesterday", -1), ("in a week", 7), ("a week from today", 7), ("a week today", 7),
)  # fmt: skip


def _date_at(tokens: list[str], at: int, calendar: Calendar) -> Reading | None:
    return (
        _relative_at(tokens, at, calendar)
        or _weekday_at(tokens, at, calendar)
        or _day_and_month_at(tokens, at, calendar)
        or _bare_day_at(tokens, at, calendar)
    )


def _relative_at(tokens: list[str], at: int, calendar: Calendar) -> Reading | None:
    for said, days in _RELATIVE:
        words = said.split()
        if tokens[at : at + len(words)] == words:
            return Reading(calendar.today + timedelta(days=days), at, at + len(words))
    if tokens[at] == "in" and (number := cardinal_at(tokens, at + 1)):
        unit = tokens[number.end] if number.end < len(tokens) else ""
        length = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(unit)
        if length:
            found = calendar.today + timedelta(days=length * number.value)
            return Reading(found, at, number.end + 1)
    return None


def _weekday_at(tokens: list[str], at: int, calendar: Calendar) -> Reading | None:
    """A weekday; when a day of the month follows, that says which one, and more surely."""
    ahead = tokens[at] in {"next", "this", "coming"}
    named = at + 1 if ahead else at
    weekday = _WEEKDAY.get(tokens[named]) if named < len(tokens) else None
    if weekday is None:
        return None
    after = named + 1
    if after < len(tokens):
        exact = _day_and_month_at(tokens, after, calendar) or _bare_day_at(tokens, after, calendar)
        if exact:
            return Reading(exact.value, at, exact.end)
    found = calendar.weekday(weekday, next_week=tokens[at] == "next")
    return Reading(found, at, after)


def _day_and_month_at(tokens: list[str], at: int, calendar: Calendar) -> Reading | None:
    """ "the third of december", "third december", "december (the) third", each with a year."""
    start = at + (tokens[at] == "the")
    if start < len(tokens) and tokens[start] in _MONTH:
        day_at = start + 1 + (tokens[start + 1 : start + 2] == ["the"])
        if day := _day_at(tokens, day_at):
            return _dated(tokens, at, day.end, day.value, _MONTH[tokens[start]], calendar)
        return None
    if day := _day_at(tokens, start):
        month_at = day.end + (tokens[day.end : day.end + 1] == ["of"])
        if month_at < len(tokens) and tokens[month_at] in _MONTH:
            month = _MONTH[tokens[month_at]]
            return _dated(tokens, at, month_at + 1, day.value, month, calendar)
    return None


def _day_at(tokens: list[str], at: int) -> Reading | None:
    found = ordinal_at(tokens, at) or cardinal_at(tokens, at)
    return found if found and 1 <= found.value <= 31 else None


def _dated(
    tokens: list[str], start: int, end: int, day: int, month: int, calendar: Calendar
) -> Reading | None:
    year = _year_at(tokens, end)
    found = calendar.day(day, month, year.value if year else None)
    return Reading(found, start, year.end if year else end) if found else None


def _year_at(tokens: list[str], at: int) -> Reading | None:
    """ "twenty twenty six", "nineteen eighty four", "two thousand and five"."""
    first = cardinal_at(tokens, at)
    if first is None:
        return None
    if 1900 <= first.value <= 2100:
        return first
    second = cardinal_at(tokens, first.end)
    if first.value in (19, 20) and second and 10 <= second.value <= 99:
        return Reading(100 * first.value + second.value, at, second.end)
    return None


# "The first one", "the second floor": an ordinal, but no day.
_NOT_DAYS = frozenset({"one", "name", "time", "floor", "of", "class", "person", "option", "thing"})


def _bare_day_at(tokens: list[str], at: int, calendar: Calendar) -> Reading | None:
    """ "the thirtieth", or an unmistakable "thirtieth" alone."""
    with_article = tokens[at] == "the"
    day = ordinal_at(tokens, at + with_article)
    if day is None or (not with_article and day.value <= 3 and len(tokens) > 2):
        return None
    if day.end < len(tokens) and tokens[day.end] in _NOT_DAYS:
        return None
    found = calendar.day(day.value, None, None)
    return Reading(found, at, day.end) if found else None


_MORNING, _AFTERNOON = "am", "pm"
_PART_OF_DAY = {
    "morning": _MORNING, "afternoon": _AFTERNOON, "evening": _AFTERNOON, "night": _AFTERNOON,
    "tonight": _AFTERNOON,
}  # fmt: skip
TIME_CUES = frozenset({"at", "around", "about", "by", "before", "after", "from", "till", "until"})
_NAMED_HOURS = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}


@dataclass(frozen=True, slots=True)
class _Clock:
    """An hour and minute as said, before it is known which half of the day is meant.

    `sure`: said in a way that nothing but a time of day is.
    """

    hour: int
    minute: int
    end: int
    sure: bool


class Lean(Enum):
    """Which half of the day an hour is in when nothing is said of it."""

    OFFICE = 6  # one to six are in the afternoon
    EVENING = 10  # a dinner: one to ten are
    MORNING = 0  # to be woken: none are


def times_in(tokens: list[str], *, lean: Lean = Lean.OFFICE, bare: bool = False) -> list[Reading]:
    """Every time of day said, in order, as HH:MM; each word belongs to at most one.

    `bare`: a lone number is a time, as in the answer to "what time?".
    """
    readings: list[Reading] = []
    at = 0
    while at < len(tokens):
        reading = _time_at(tokens, at, lean=lean, bare=bare)
        if reading:
            readings.append(reading)
        at = reading.end if reading else at + 1
    return readings


def _time_at(tokens: list[str], at: int, *, lean: Lean, bare: bool) -> Reading | None:
    if named := _NAMED_HOURS.get(tokens[at]):
        return Reading(named, at, at + 1)
    if at and cardinal_at(tokens, at - 1) and cardinal_at(tokens, at):
        return None  # in the middle of a string of figures
    clock = _relative_clock(tokens, at) or _plain_clock(tokens, at)
    if clock is None:
        return None
    said = _half_of_day(tokens, clock.end)
    cued = at > 0 and tokens[at - 1] in TIME_CUES
    if not (clock.sure or said.value or cued or bare):
        return None
    half = said.value or next((h for word, h in _PART_OF_DAY.items() if word in tokens), "")
    return Reading(_written(clock, half, lean), at, said.end)


def _relative_clock(tokens: list[str], at: int) -> _Clock | None:
    """ "half past two", "a quarter to three", "ten (minutes) past four"."""
    start = at + (tokens[at] == "a")
    word = tokens[start] if start < len(tokens) else ""
    number = cardinal_at(tokens, start)
    minutes = {"half": 30, "quarter": 15}.get(word) or (number.value if number else None)
    if minutes is None or minutes >= 60:
        return None
    joint = number.end if number else start + 1
    joint += tokens[joint : joint + 1] == ["minutes"]
    side = tokens[joint] if joint < len(tokens) else ""
    hour = cardinal_at(tokens, joint + 1)
    if side not in {"past", "to"} or hour is None or not 1 <= hour.value <= 12:
        return None
    if side == "past":
        return _Clock(hour.value, minutes, hour.end, sure=True)
    # "Four to seven" is a range; only the round minutes before an hour are a time.
    if number and minutes not in (5, 10, 20, 25):
        return None
    return _Clock(hour.value - 1 or 12, 60 - minutes, hour.end, sure=True)


def _plain_clock(tokens: list[str], at: int) -> _Clock | None:
    """ "two o'clock", "two thirty", "ten oh five", "fourteen hundred"."""
    hour = _whole_hour(tokens, at)
    if hour is None:
        return None
    after = hour.end
    word = tokens[after] if after < len(tokens) else ""
    if word == "o'clock":
        return _Clock(hour.value, 0, after + 1, sure=True)
    if word == "hundred":
        return _Clock(hour.value, 0, after + 1, sure=True)
    if word == "oh" and (ones := cardinal_at(tokens, after + 1)) and 0 < ones.value < 10:
        return _Clock(hour.value, ones.value, ones.end, sure=not _figure_at(tokens, ones.end))
    minute = cardinal_at(tokens, after)
    if minute and 10 <= minute.value < 60:
        sure = not _figure_at(tokens, minute.end)
        return _Clock(hour.value, minute.value, minute.end, sure=sure)
    if _figure_at(tokens, after):
        return None
    return _Clock(hour.value, 0, after, sure=False)


def _whole_hour(tokens: list[str], at: int) -> Reading | None:
    """An hour of one number word, so that "twenty two fifteen" may be 22:15 but not 20:02."""
    hour = cardinal_at(tokens, at)
    if hour and hour.value > 24 and tokens[hour.end - 1] == "hundred":
        hour = cardinal_at(tokens[: hour.end - 1], at)
    return hour if hour and 0 <= hour.value <= 23 else None


def _figure_at(tokens: list[str], at: int) -> bool:
    return cardinal_at(tokens, at) is not None or tokens[at : at + 1] == ["oh"]


def _half_of_day(tokens: list[str], at: int) -> Reading:
    """ "pm", "p m", "in the morning", "this evening" → am or pm; "" when nothing is said."""
    rest = tokens[at : at + 3]
    if rest[:1] in (["am"], ["pm"]):
        return Reading(rest[0], at, at + 1)
    if rest[:2] in (["a", "m"], ["p", "m"]):
        return Reading(rest[0] + "m", at, at + 2)
    for lead in (["in", "the"], ["at"], ["this"], []):
        word = rest[len(lead)] if len(rest) > len(lead) else ""
        if rest[: len(lead)] == lead and word in _PART_OF_DAY:
            return Reading(_PART_OF_DAY[word], at, at + len(lead) + 1)
    return Reading("", at, at)


def _written(clock: _Clock, half: str, lean: Lean) -> str:
    hour = clock.hour
    if half == _AFTERNOON and hour < 12:
        hour += 12
    elif half == _MORNING and hour == 12:
        hour = 0
    elif not half and 1 <= hour <= lean.value:
        hour += 12
    return f"{hour:02d}:{clock.minute:02d}"
