"""Values for parameters out of spoken words."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.server.speech.calendar_words import Calendar, Lean, dates_in, times_in, today_said
from evalharness.server.speech.choices import choices_in
from evalharness.server.speech.names import emails_in, names_in
from evalharness.server.speech.slots import Context, fill
from evalharness.server.speech.spoken import cardinal, ordinal, spelled, words_of
from evalharness.server.speech.spoken_numbers import (
    cardinal_at,
    code_runs,
    codes_matching,
    money_in,
    numbers_in,
    ordinal_at,
)
from evalharness.server.speech.tools import Kind, Tool, parameter_of, tools_of

MONDAY = date(2026, 11, 23)


@given(st.integers(0, 999_999))
def test_a_number_survives_being_said(number: int) -> None:
    reading = cardinal_at(cardinal(number), 0)

    assert reading is not None
    assert reading.value == number
    assert reading.end == len(cardinal(number))


@given(st.integers(1, 31))
def test_a_day_survives_being_said(day: int) -> None:
    reading = ordinal_at(ordinal(day), 0)

    assert reading is not None
    assert reading.value == day


@given(st.from_regex(r"[B-HJ-NP-Z]{0,3}[0-9]{1,6}", fullmatch=True))
def test_a_code_survives_being_spelled(code: str) -> None:
    assert [run.value for run in code_runs(spelled(code))] == [code]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("k m four oh two", "KM402"),
        ("a b double seven nine", "AB779"),
        ("triple five one nought", "55510"),
        ("forty two seventeen", "4217"),
        ("b as in bravo four", "B4"),
        ("zed x one", "ZX1"),
        ("kilo mike four", "KM4"),
        ("four hundred and two", "402"),
    ],
)
def test_ways_to_say_a_code(said: str, code: str) -> None:
    assert [run.value for run in code_runs(said.split())] == [code]


@pytest.mark.parametrize(
    ("said", "pattern", "code"),
    [
        ("it is b be two oh five", r"^[A-Z]{2}\d{3}$", "BB205"),
        ("the code is k o four oh two", r"^[A-Z]{2}-\d{3}$", None),
        ("k m four oh two", r"^[A-Z]{2}-\d{3}$", "KM-402"),
        ("a b c", r"^[a-z]{3}$", "abc"),
        ("order number four two one seven", r"^\d{4}$", "4217"),
        ("four two one nine oh four two one seven", r"^\d{4}$", "4217"),
        ("tomorrow please", r"^\d{4}$", None),
    ],
)
def test_a_pattern_picks_its_code(said: str, pattern: str, code: str | None) -> None:
    found = codes_matching(said.split(), pattern)

    assert [reading.value for reading in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("the thirtieth of november", "2026-11-30"),
        ("november thirtieth", "2026-11-30"),
        ("december the third", "2026-12-03"),
        ("tuesday the third of december", "2026-12-03"),
        ("the fifth of january", "2027-01-05"),
        ("march the fourth twenty twenty eight", "2028-03-04"),
        ("may second two thousand and twenty seven", "2027-05-02"),
        ("30 November", "2026-11-30"),
        ("the thirtieth", "2026-11-30"),
        ("the second", "2026-12-02"),
        ("friday", "2026-11-27"),
        ("monday", "2026-11-30"),
        ("next friday", "2026-12-04"),
        ("tomorrow", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
        ("in two weeks", "2026-12-07"),
    ],
)
def test_dates_seen_from_a_monday(said: str, expected: str) -> None:
    found = dates_in(words_of(said), Calendar(MONDAY))

    assert [str(reading.value) for reading in found] == [expected]


@pytest.mark.parametrize(
    "said", ["may i speak to someone", "the first one", "just a second", "the thirty second floor"]
)
def test_what_only_resembles_a_date(said: str) -> None:
    assert dates_in(said.split(), Calendar(MONDAY)) == []


def test_a_bare_day_keeps_the_month_spoken_of_before() -> None:
    calendar = Calendar(MONDAY, near=date(2027, 2, 3))

    assert dates_in(["the", "tenth"], calendar)[0].value == date(2027, 2, 10)


def test_a_birthday_lies_behind() -> None:
    calendar = Calendar(MONDAY, past=True)

    assert dates_in(["the", "third", "of", "december"], calendar)[0].value == date(2025, 12, 3)


@given(st.dates(date(2026, 11, 23), date(2027, 11, 22)))
def test_every_day_of_the_coming_year_survives_being_said(day: date) -> None:
    said = f"the {' '.join(ordinal(day.day))} of {day:%B}".lower().split()

    assert [reading.value for reading in dates_in(said, Calendar(MONDAY))] == [day]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("half past two", "14:30"),
        ("a quarter to five", "16:45"),
        ("quarter past eleven", "11:15"),
        ("ten past four", "16:10"),
        ("ten fifteen", "10:15"),
        ("ten oh five", "10:05"),
        ("seven thirty p m", "19:30"),
        ("seven thirty this evening", "19:30"),
        ("eight in the morning", "08:00"),
        ("three o'clock", "15:00"),
        ("at nine", "09:00"),
        ("fourteen thirty", "14:30"),
        ("fourteen hundred", "14:00"),
        ("twelve thirty", "12:30"),
        ("twelve thirty a m", "00:30"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
    ],
)
def test_times_of_day(said: str, expected: str) -> None:
    assert [reading.value for reading in times_in(said.split())] == [expected]


@pytest.mark.parametrize("said", ["four two one seven", "five five five oh one", "for four people"])
def test_figures_that_are_no_time(said: str) -> None:
    assert times_in(said.split()) == []


def test_dinner_is_in_the_evening_and_waking_in_the_morning() -> None:
    assert times_in(["at", "seven", "thirty"], lean=Lean.EVENING)[0].value == "19:30"
    assert times_in(["at", "half", "past", "six"], lean=Lean.MORNING)[0].value == "06:30"


@given(st.integers(0, 23), st.integers(10, 59))
def test_a_full_clock_time_is_read_with_its_half_of_day(hour: int, minute: int) -> None:
    half = "a m" if hour < 12 else "p m"
    said = [*cardinal(hour % 12 or 12), *cardinal(minute), *half.split()]

    assert [reading.value for reading in times_in(said)] == [f"{hour:02d}:{minute:02d}"]


@pytest.mark.parametrize(
    "instructions",
    [
        "You answer calls. Today is Monday 23 November 2026. Be brief.",
        "Today is Monday, November 23, 2026",
        "The current date is 2026-11-23.",
        "Today's date: 2026-11-23",
    ],
)
def test_instructions_say_what_today_is(instructions: str) -> None:
    assert today_said(instructions, date(2020, 1, 1)) == MONDAY


def test_without_a_word_of_today_the_calendar_holds() -> None:
    assert today_said("You answer calls today.", MONDAY) == MONDAY


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("twelve dollars fifty", 12.5),
        ("a hundred and five euros", 105),
        ("twenty pounds and five pence", 20.05),
        ("nine point five dollars", 9.5),
    ],
)
def test_amounts_of_money(said: str, amount: float) -> None:
    assert [reading.value for reading in money_in(said.split())] == [amount]


def test_one_as_a_pronoun_is_no_number() -> None:
    found = numbers_in(["that", "one", "for", "two", "and", "a", "couple", "more"])

    assert [reading.value for reading in found] == [2, 2]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("my name is sarah johnson", "Sarah Johnson"),
        ("under the name of miller please", "Miller"),
        ("it's for mister patel on tuesday", "Patel"),
        ("the name is j o n e s", "Jones"),
        ("a table for emma at eight", "Emma"),
        ("a message for mister brown that he is late", "Brown"),
    ],
)
def test_names(said: str, name: str) -> None:
    assert [reading.value for reading in names_in(said.split())][-1:] == [name]


def test_a_table_for_four_is_no_name() -> None:
    assert names_in(["a", "table", "for", "four", "for", "tomorrow"]) == []


def test_an_unknown_name_is_taken_as_the_answer_to_the_question() -> None:
    assert names_in(["okonkwo"]) == []
    assert names_in(["okonkwo"], bare=True)[0].value == "Okonkwo"


def test_an_address_for_mail() -> None:
    said = ["my", "email", "is", "sam", "dot", "lee", "nine", "at", "example", "dot", "com"]

    assert [reading.value for reading in emails_in(said)] == ["sam.lee9@example.com"]


@pytest.mark.parametrize(
    ("said", "choices", "expected"),
    [
        ("a deluxe room please", ["standard_room", "deluxe_room"], ["deluxe_room"]),
        ("a check up", ["cleaning", "checkup"], ["checkup"]),
        ("two cleanings", ["cleaning", "checkup"], ["cleaning"]),
        ("the large no the small one", ["small", "large"], ["large", "small"]),
        ("not the large but the small", ["small", "large"], ["small"]),
        ("a decaf latte", ["latte", "decaf latte"], ["decaf latte"]),
        ("two", [1, 2], [2]),
        ("something else", ["sales", "billing"], []),
    ],
)
def test_choices(said: str, choices: list[Any], expected: list[Any]) -> None:
    assert [reading.value for reading in choices_in(said.split(), choices)] == expected


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("date", {"type": "string"}, Kind.DATE),
        ("arrival", {"type": "string", "format": "date"}, Kind.DATE),
        ("when", {"type": "string", "description": "as YYYY-MM-DD"}, Kind.DATE),
        ("start", {"type": "string", "pattern": r"^\d{2}:\d{2}$"}, Kind.TIME),
        ("at", {"type": "string", "format": "date-time"}, Kind.DATE_TIME),
        ("order_id", {"type": "string"}, Kind.CODE),
        ("orderNumber", {"type": ["string", "null"]}, Kind.CODE),
        ("ref", {"type": "string", "pattern": r"^[A-Z]{2}\d{4}$"}, Kind.CODE),
        ("guest_name", {"type": "string"}, Kind.NAME),
        ("product_name", {"type": "string"}, Kind.TEXT),
        ("party_size", {"type": "integer"}, Kind.NUMBER),
        ("amount", {"type": "number"}, Kind.MONEY),
        ("parking", {"type": "boolean"}, Kind.FLAG),
        (
            "size",
            {"anyOf": [{"type": "string", "enum": ["s", "m"]}, {"type": "null"}]},
            Kind.CHOICE,
        ),
        ("message", {"type": "string"}, Kind.TEXT),
    ],
)
def test_what_a_schema_asks_for(name: str, schema: dict[str, Any], kind: Kind) -> None:
    assert parameter_of(name, schema).kind is kind


def _tool(**properties: dict[str, Any]) -> Tool:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    session = {"tools": [{"type": "function", "name": "do_it", "parameters": parameters}]}
    return tools_of(session)[0]


def _filled(tool: Tool, said: str, **context: Any) -> dict[str, Any]:
    return dict(fill(tool, words_of(said), Context(MONDAY, **context)).values)


def test_a_table_has_guests_a_day_a_time_and_a_name() -> None:
    tool = _tool(
        party_size={"type": "integer", "description": "Number of people"},
        date={"type": "string", "format": "date"},
        time={"type": "string", "description": "HH:MM"},
        name={"type": "string"},
    )
    said = "a table for four on the third of december at half past two under sarah miller"

    assert _filled(tool, said) == {
        "party_size": 4,
        "date": "2026-12-03",
        "time": "14:30",
        "name": "Sarah Miller",
    }


def test_the_last_value_of_a_kind_wins() -> None:
    tool = _tool(date={"type": "string", "format": "date"})

    assert _filled(tool, "on tuesday no sorry on wednesday") == {"date": "2026-11-25"}


def test_two_dates_go_by_the_words_before_them() -> None:
    tool = _tool(
        check_in={"type": "string", "format": "date"},
        check_out={"type": "string", "format": "date"},
    )

    assert _filled(tool, "from the third of december to the fifth of december") == {
        "check_in": "2026-12-03",
        "check_out": "2026-12-05",
    }


def test_a_phone_number_beside_a_time() -> None:
    tool = _tool(time={"type": "string"}, phone={"type": "string"})

    assert _filled(tool, "at half past two my number is five five five oh one nine two") == {
        "time": "14:30",
        "phone": "5550192",
    }


def test_a_short_code_needs_a_cue() -> None:
    tool = _tool(room_number={"type": "string"})

    assert _filled(tool, "for two nights") == {}
    assert _filled(tool, "in room twelve") == {"room_number": "12"}


def test_flags_are_named_denied_or_answered() -> None:
    tool = _tool(parking={"type": "boolean"})

    assert _filled(tool, "with parking") == {"parking": True}
    assert _filled(tool, "we don't need parking") == {"parking": False}
    assert _filled(tool, "yes please", asked="parking") == {"parking": True}
    assert _filled(tool, "yes please") == {}


def test_many_choices_are_a_list() -> None:
    tool = _tool(toppings={"type": "array", "items": {"type": "string", "enum": ["ham", "olives"]}})

    assert _filled(tool, "with olives and ham") == {"toppings": ["olives", "ham"]}


def test_a_message_is_what_follows_that() -> None:
    tool = _tool(message={"type": "string"}, name={"type": "string"})

    assert _filled(tool, "a message for mister brown that the delivery will be late please") == {
        "message": "the delivery will be late",
        "name": "Brown",
    }


def test_a_moment_joins_a_day_and_a_time_and_keeps_the_half_not_corrected() -> None:
    tool = _tool(start={"type": "string", "format": "date-time"})
    first = _filled(tool, "tomorrow at three")

    assert first == {"start": "2026-11-24T15:00:00"}
    assert _filled(tool, "at four", before=first) == {"start": "2026-11-24T16:00:00"}
