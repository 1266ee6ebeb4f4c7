"""Conversations with the rule-based assistant: utterances in, calls and sentences out."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from evalharness.server.engine import Reply
from evalharness.server.speech.answers import answer
from evalharness.server.speech.intent import best_match
from evalharness.server.speech.responder import respond
from evalharness.server.speech.tools import tools_of

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "name": "book_appointment",
        "description": "Book an appointment at the clinic.",
        "parameters": {
            "type": "object",
            "properties": {
                "date": {"type": "string", "format": "date"},
                "time": {"type": "string", "description": "Start, HH:MM"},
                "service": {"type": "string", "enum": ["cleaning", "checkup"]},
                "name": {"type": "string", "description": "Name of the patient"},
            },
            "required": ["date", "time", "name"],
        },
    },
    {
        "type": "function",
        "name": "cancel_booking",
        "description": "Cancel an existing booking.",
        "parameters": {
            "type": "object",
            "properties": {"reference": {"type": "string", "pattern": r"^[A-Z]{2}\d{3}$"}},
            "required": ["reference"],
        },
    },
    {
        "type": "function",
        "name": "get_order",
        "description": "Look up the status of an order.",
        "parameters": {
            "type": "object",
            "properties": {"order_id": {"type": "string"}},
            "required": ["order_id"],
        },
    },
    {
        "type": "function",
        "name": "transfer_call",
        "description": "Connect the caller to a department.",
        "parameters": {
            "type": "object",
            "properties": {"department": {"type": "string", "enum": ["sales", "billing"]}},
            "required": ["department"],
        },
    },
]
SESSION = {"tools": TOOLS, "instructions": "Today is Monday 23 November 2026."}
OUTPUTS = {"get_order": {"status": "out_for_delivery", "eta": "2026-11-24"}}


class Talk:
    """A conversation kept as the wire's items; every call is answered at once."""

    def __init__(self, session: Mapping[str, Any] = SESSION) -> None:
        self._session = session
        self._items: list[dict[str, Any]] = []

    def hear(self, text: str) -> Reply:
        part = {"type": "input_audio", "transcript": text}
        self._items.append({"type": "message", "role": "user", "content": [part]})
        return respond(self._items, self._session)

    def answer(self, reply: Reply, outputs: Mapping[str, Any] = OUTPUTS) -> Reply:
        for call in reply.calls:
            arguments = json.dumps(call.arguments)
            self._items.append({"type": "function_call", "name": call.name, "arguments": arguments})
        for call in reply.calls:
            output = json.dumps(outputs.get(call.name, {"ok": True}))
            self._items.append({"type": "function_call_output", "output": output})
        return respond(self._items, self._session)

    def calls(self, text: str) -> list[tuple[str, Any]]:
        reply = self.hear(text)
        self.answer(reply)
        return [(call.name, call.arguments) for call in reply.calls]


def test_one_utterance_one_call() -> None:
    said = "i would like to book a cleaning on the thirtieth of november at half past two"

    assert Talk().calls(said + " under sarah miller") == [
        (
            "book_appointment",
            {
                "date": "2026-11-30",
                "time": "14:30",
                "service": "cleaning",
                "name": "Sarah Miller",
            },
        )
    ]


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("where is my order the number is four two one seven", ("get_order", "4217")),
        ("could you put me through to billing please", ("transfer_call", "billing")),
        ("i need to cancel my booking k m four oh two", ("cancel_booking", "KM402")),
        ("can i speak to someone in sales", ("transfer_call", "sales")),
        ("i am calling about order four two one seven", ("get_order", "4217")),
    ],
)
def test_requests_find_their_tool(said: str, call: tuple[str, str]) -> None:
    [(name, arguments)] = Talk().calls(said)

    assert (name, *arguments.values()) == call


@pytest.mark.parametrize(
    "said",
    ["thanks", "thank you very much goodbye", "hello", "my dog is ill", "", "see you on monday"],
)
def test_no_call_without_a_request(said: str) -> None:
    reply = Talk().hear(said)

    assert reply.calls == ()
    assert reply.text


def test_asks_for_what_is_missing_until_nothing_is() -> None:
    talk = Talk()

    assert "date" in talk.hear("book an appointment").text
    assert "name" in talk.hear("tomorrow at three").text
    assert talk.calls("tom baker") == [
        ("book_appointment", {"date": "2026-11-24", "time": "15:00", "name": "Tom Baker"})
    ]


def test_the_answer_to_a_question_may_resemble_another_tools_code() -> None:
    talk = Talk()
    talk.hear("what is the status of my order")

    assert talk.calls("a b nine nine one") == [("get_order", {"order_id": "AB991"})]


def test_another_request_leaves_the_question_open_no_longer() -> None:
    talk = Talk()
    talk.hear("book an appointment")

    assert talk.calls("no put me through to sales") == [("transfer_call", {"department": "sales"})]


def test_a_correction_repeats_the_call_with_the_new_value() -> None:
    talk = Talk()
    talk.calls("book an appointment for the third of december at nine under smith")

    [(name, arguments)] = talk.calls("no sorry i meant the tenth")

    assert name == "book_appointment"
    assert arguments == {"date": "2026-12-10", "time": "09:00", "name": "Smith"}


def test_after_a_failed_call_a_bare_value_is_a_correction() -> None:
    talk = Talk()
    failed = talk.answer(
        talk.hear("where is order four two one seven"), {"get_order": {"error": "not found"}}
    )

    assert failed.text == "Sorry, not found."
    assert talk.calls("four two one eight") == [("get_order", {"order_id": "4218"})]


def test_an_interrupted_plan_is_corrected_too() -> None:
    talk = Talk()
    talk.hear("where is order four two one seven")  # the caller speaks before the call is made

    assert talk.calls("no four two one eight") == [("get_order", {"order_id": "4218"})]


def test_two_requests_two_calls() -> None:
    said = "where is order two two two two and also can you cancel booking x y one two three"

    assert Talk().calls(said) == [
        ("get_order", {"order_id": "2222"}),
        ("cancel_booking", {"reference": "XY123"}),
    ]


def test_without_parallel_calls_the_second_waits_for_the_first() -> None:
    talk = Talk({**SESSION, "parallel_tool_calls": False})
    first = talk.hear("where is order two two two two and also cancel booking x y one two three")
    second = talk.answer(first)

    assert [call.name for call in first.calls] == ["get_order"]
    assert [call.name for call in second.calls] == ["cancel_booking"]
    assert talk.answer(second).calls == ()


def test_never_mind_drops_the_request() -> None:
    talk = Talk()
    talk.hear("book an appointment")

    assert talk.hear("never mind").calls == ()
    assert "date" not in talk.hear("hello").text


def test_no_tool_is_called_when_the_choice_is_none() -> None:
    assert Talk({**SESSION, "tool_choice": "none"}).calls("where is order four two one seven") == []


def test_a_call_is_made_when_the_choice_demands_one() -> None:
    [(name, _)] = Talk({**SESSION, "tool_choice": "required"}).calls("my order please")

    assert name == "get_order"


def test_the_choice_may_name_the_function() -> None:
    choice = {"type": "function", "name": "transfer_call"}

    [(name, _)] = Talk({**SESSION, "tool_choice": choice}).calls(
        "where is order four two one seven"
    )

    assert name == "transfer_call"


def test_the_only_tool_is_what_is_asked_for() -> None:
    parameters = {"properties": {"drink": {"type": "string"}}, "required": ["drink"]}
    tool = {"type": "function", "name": "orderDrink", "parameters": parameters}

    assert Talk({"tools": [tool]}).calls("can i have an iced latte please") == [
        ("orderDrink", {"drink": "iced latte"})
    ]


def test_speaks_of_what_the_tool_answered() -> None:
    talk = Talk()

    reply = talk.answer(talk.hear("where is order four two one seven"))

    assert reply == Reply("The status is out for delivery and the eta is 24 November.")


def test_the_same_history_gives_the_same_reply() -> None:
    said = "book an appointment for tomorrow"

    assert Talk().hear(said) == Talk().hear(said)


def test_typed_text_is_heard_as_well() -> None:
    part = {"type": "input_text", "text": "Where is order 4217?"}
    item = {"type": "message", "role": "user", "content": [part]}

    [call] = respond([item], SESSION).calls

    assert call.arguments == {"order_id": "4217"}


def test_a_call_cut_off_in_its_arguments_is_no_obstacle() -> None:
    items: list[dict[str, Any]] = [
        {"type": "function_call", "name": "get_order", "arguments": '{"order'},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "thanks"}]},
    ]

    assert respond(items, SESSION).text == "You're welcome."


def test_the_systems_day_holds_without_one_in_the_instructions() -> None:
    part = {"type": "input_text", "text": "book an appointment tomorrow at nine under smith"}
    item = {"type": "message", "role": "user", "content": [part]}

    [call] = respond([item], {"tools": TOOLS}, today=lambda: date(2030, 1, 1)).calls

    assert isinstance(call.arguments, Mapping)
    assert call.arguments["date"] == "2030-01-02"


def test_no_tools_no_match() -> None:
    assert best_match(tools_of({}), ["hello"]) is None


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ({"status": "shipped"}, "The status is shipped."),
        ({"confirmed": True, "date": "2026-11-30", "id": ""}, "The date is 30 November."),
        ({"start": "2026-11-30T14:30:00"}, "The start is 30 November at 14:30."),
        ({"slots": ["09:00", "10:30"]}, "The slots are 09:00 and 10:30."),
        ({"message": "we open at nine"}, "We open at nine."),
        ({"error": {"message": "No such order."}}, "Sorry, no such order."),
        ({"error": "not_found"}, "Sorry, not found."),
        ({"ok": True}, "Okay, that's done."),
        ({}, "Okay. Is there anything else?"),
        ([], "I found nothing."),
        (["a", "b"], "There is a and b."),
        ([{"name": "Ann"}, {"name": "Bo"}], "I found 2. The name is Ann."),
        (7, "7."),
        (None, "Okay. Is there anything else?"),
    ],
)
def test_sentences_from_outputs(output: Any, sentence: str) -> None:
    assert answer(json.dumps(output)) == sentence


def test_an_output_that_is_no_json_is_said_as_it_is() -> None:
    assert answer("all booked") == "All booked."
