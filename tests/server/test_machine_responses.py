"""The server's machine as transcripts: responses, declared behaviour, usage."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from evalharness.server.engine import (
    Behaviour,
    PlannedCall,
    Reply,
    Undisturbed,
)
from tests.server.machine_client import (
    MESSAGE_END,
    MESSAGE_EVENTS,
    TOOL,
    FakeEngine,
    Session,
    manual,
    without_repeats,
)


class TestResponses:
    def test_audio_and_words_go_together(self) -> None:
        session = manual(FakeEngine([Reply("one two three four five")]))
        session.ask()
        session.settle()
        words = [e["delta"] for e in session.all("response.output_audio_transcript.delta")]
        sounds = [e["delta"] for e in session.all("response.output_audio.delta")]
        assert "".join(words) == "one two three four five"
        assert [len(base64.b64decode(sound)) for sound in sounds] == [9_600, 9_600, 4_800]
        kinds = [kind for kind in session.types if kind.endswith(".delta")]
        assert (
            kinds
            == [
                "response.output_audio_transcript.delta",
                "response.output_audio.delta",
            ]
            * 3
        )

    def test_deltas_come_faster_than_they_play(self) -> None:
        session = manual(FakeEngine([Reply("word " * 50)]), output_speed=4)
        session.ask()
        session.settle()
        times = [
            at
            for at, event in zip(session.times_ms, session.events, strict=True)
            if event["type"] == "response.output_audio.delta"
        ]
        assert times == [50.0 * k for k in range(25)]

    def test_all_at_once(self) -> None:
        session = manual(FakeEngine([Reply("word " * 50)]), output_speed=0)
        session.ask()
        assert session.all("response.done")

    def test_text(self) -> None:
        session = manual(FakeEngine([Reply("Here it is: ünïcode.")]))
        session.ask(output_modalities=["text"])
        session.settle()
        assert without_repeats(session.types[2:]) == [
            *MESSAGE_EVENTS,
            "response.output_text.delta",
            "response.output_text.done",
            *MESSAGE_END,
        ]
        assert session.one("response.output_text.done")["text"] == "Here it is: ünïcode."
        assert session.one("response.content_part.added")["part"] == {"type": "text", "text": ""}
        response = session.one("response.done")["response"]
        assert response["output"][0]["content"] == [
            {"type": "output_text", "text": "Here it is: ünïcode."}
        ]
        assert response["usage"]["output_token_details"] == {"text_tokens": 5, "audio_tokens": 0}

    def test_a_message_and_two_calls(self) -> None:
        calls = (PlannedCall("get_order", {"id": "4217"}), PlannedCall("get_order", "not json"))
        session = manual(FakeEngine([Reply("One moment.", calls)]))
        session.configure(tools=[TOOL])
        session.ask()
        session.settle()
        done = session.all("response.function_call_arguments.done")
        assert [json.loads(done[0]["arguments"]), done[1]["arguments"]] == [
            {"id": "4217"},
            "not json",
        ]
        assert done[0]["name"] == "get_order"
        deltas = session.all("response.function_call_arguments.delta")
        first = [event for event in deltas if event["call_id"] == done[0]["call_id"]]
        assert "".join(event["delta"] for event in first) == done[0]["arguments"]
        output = session.one("response.done")["response"]["output"]
        assert [item["type"] for item in output] == ["message", "function_call", "function_call"]
        assert [item["status"] for item in output] == ["completed"] * 3
        indexes = [e["output_index"] for e in session.all("response.output_item.added")]
        assert indexes == [0, 1, 2]
        added = session.all("response.output_item.added")[1]["item"]
        assert (added["arguments"], added["status"]) == ("", "in_progress")
        assert re.fullmatch(r"call_[A-Za-z0-9]{16}", added["call_id"])

    def test_the_events_of_a_call(self) -> None:
        session = manual(FakeEngine([Reply("", (PlannedCall("get_order", {}),))]))
        session.ask()
        session.settle()
        assert session.types[2:] == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]

    def test_an_output_is_answered_when_asked(self) -> None:
        engine = FakeEngine([Reply("", (PlannedCall("get_order", {}),)), Reply("Shipped.")])
        session = manual(engine)
        session.ask()
        session.settle()
        call_id = session.one("response.function_call_arguments.done")["call_id"]
        session.say(
            "conversation.item.create",
            item={"type": "function_call_output", "call_id": call_id, "output": "{}"},
        )
        assert len(session.all("response.created")) == 1
        session.say("response.create")
        session.settle()
        kinds = [item["type"] for item in engine.histories[1]]
        assert kinds == ["message", "function_call", "function_call_output"]
        assert session.one("response.output_audio_transcript.done")["transcript"] == "Shipped."

    def test_every_item_follows_the_one_before(self) -> None:
        session = manual()
        session.ask()
        session.settle()
        session.ask()
        session.settle()
        added = session.all("conversation.item.added")
        ids = [event["item"]["id"] for event in added]
        assert [event["previous_item_id"] for event in added] == [None, *ids[:-1]]
        done = session.all("conversation.item.done")
        assert [e["previous_item_id"] for e in done] == [None, *ids[:-1]]

    def test_only_one_at_a_time(self) -> None:
        session = manual(hold=True)
        session.ask()
        session.say("response.create", event_id="late")
        error = session.error()
        assert error["code"] == "conversation_already_has_active_response"
        assert error["event_id"] == "late"
        assert len(session.all("response.created")) == 1

    def test_out_of_band_runs_beside_it(self) -> None:
        session = manual(FakeEngine([Reply("side"), Reply("main")]), hold=True)
        session.write("hello")
        session.say(
            "response.create",
            response={
                "conversation": "none",
                "metadata": {"topic": "x"},
                "output_modalities": ["text"],
                "input": [],
            },
        )
        session.say("response.create")
        session.hold = False
        session.release()
        session.settle()
        side, main = [event["response"] for event in session.all("response.created")]
        assert side["conversation_id"] is None
        assert side["metadata"] == {"topic": "x"}
        assert re.fullmatch(r"conv_[A-Za-z0-9]{21}", main["conversation_id"])
        assert session.engine.histories[0] == []
        done = {
            event["response"]["id"]: event["response"] for event in session.all("response.done")
        }
        assert done[side["id"]]["output"][0]["content"][0]["text"] == "side"
        entered = [event["item"]["id"] for event in session.all("conversation.item.added")]
        assert done[side["id"]]["output"][0]["id"] not in entered
        assert done[main["id"]]["output"][0]["id"] in entered

    def test_input_may_refer_to_items(self) -> None:
        session = manual()
        session.write("one")
        item_id = session.one("conversation.item.done")["item"]["id"]
        session.write("two")
        new = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "three"}],
        }
        given = [{"type": "item_reference", "id": item_id}, new]
        session.say("response.create", response={"conversation": "none", "input": given})
        said = [item["content"][0]["text"] for item in session.engine.histories[0]]
        assert said == ["one", "three"]
        given[0]["id"] = "nobody"
        session.say("response.create", response={"conversation": "none", "input": given})
        assert session.error()["param"] == "response.input[0].id"

    def test_a_malformed_one_is_refused(self) -> None:
        session = manual()
        session.say("response.create", response={"temperature": 1})
        assert session.error()["param"] == "response.temperature"
        assert not session.all("response.created")

    def test_overrides_hold_for_one_response(self) -> None:
        seen: list[Mapping[str, Any]] = []

        class Curious(FakeEngine):
            def respond(
                self,
                history: Sequence[Mapping[str, Any]],  # noqa: ARG002
                session: Mapping[str, Any],
            ) -> Reply:
                seen.append(session)
                return Reply("ok")

        session = manual(Curious())
        session.ask(instructions="Be rude.", tools=[TOOL], max_output_tokens=100)
        session.settle()
        session.ask()
        assert [s["instructions"] == "Be rude." for s in seen] == [True, False]
        assert [len(s["tools"]) for s in seen] == [1, 0]
        assert session.all("response.created")[0]["response"]["max_output_tokens"] == 100

    def test_cancel(self) -> None:
        session = manual(FakeEngine([Reply("word " * 100)]))
        session.ask()
        session.pass_ms(100)
        session.say("response.cancel")
        response = session.one("response.done")["response"]
        assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        sent = sum(
            len(base64.b64decode(event["delta"]))
            for event in session.all("response.output_audio.delta")
        )
        assert sent == 6 * 9_600
        assert response["usage"]["output_token_details"]["audio_tokens"] == 24
        session.settle()
        assert len(session.all("response.done")) == 1

    @pytest.mark.parametrize("fields", [{}, {"response_id": "resp_none"}])
    def test_nothing_to_cancel(self, fields: dict[str, str]) -> None:
        session = manual()
        session.say("response.cancel", **fields)
        assert session.error()["code"] == "response_cancel_not_active"

    def test_the_engines_failure_is_the_responses(self) -> None:
        session = manual(FakeEngine([RuntimeError("no mind"), Reply("better")]))
        session.ask()
        response = session.one("response.done")["response"]
        assert response["status"] == "failed"
        assert response["status_details"]["error"]["type"] == "server_error"
        assert not session.all("error")
        session.ask()
        session.settle()
        assert session.last("response.done")["response"]["status"] == "completed"

    def test_required_without_tools_fails(self) -> None:
        session = manual()
        session.ask(tool_choice="required")
        assert session.one("response.done")["response"]["status"] == "failed"

    def test_a_limit_cuts_the_answer(self) -> None:
        session = manual(FakeEngine([Reply("word " * 100)]))
        session.ask(max_output_tokens=40)
        session.settle()
        response = session.one("response.done")["response"]
        assert response["status"] == "incomplete"
        assert response["status_details"]["reason"] == "max_output_tokens"
        assert response["output"][0]["status"] == "incomplete"
        assert 30 <= response["usage"]["output_tokens"] <= 40

    def test_nothing_to_say(self) -> None:
        session = manual(FakeEngine([Reply("")]))
        session.ask()
        response = session.one("response.done")["response"]
        assert (response["status"], response["output"]) == ("completed", [])

    def test_deleting_the_item_being_spoken(self) -> None:
        session = manual(FakeEngine([Reply("word " * 50)]))
        session.ask()
        item_id = session.last("conversation.item.added")["item"]["id"]
        session.say("conversation.item.delete", item_id=item_id)
        session.settle()
        assert session.one("response.done")["response"]["status"] == "completed"


class TestDeclaredBehaviour:
    def declared(self, **behaviour: Any) -> Session:
        class Declared(Undisturbed):
            def behaviour(self, turn: int, response: int) -> Behaviour:  # noqa: ARG002
                return Behaviour(**behaviour) if response == 0 else Behaviour()

        return manual(conduct=Declared())

    def test_first_output_at_its_time(self) -> None:
        session = self.declared(first_output_ms=400)
        session.pass_ms(1_000)
        session.ask()
        session.settle()
        at = session.types.index("response.output_audio.delta")
        assert session.times_ms[at] == 1_400
        assert session.times_ms[session.types.index("response.created")] == 1_000

    def test_a_request_that_is_ignored(self) -> None:
        session = self.declared(ignores_request=True)
        session.ask()
        session.settle()
        assert not session.all("response.created")
        session.say("response.create")
        session.settle()
        assert session.all("response.done")

    def test_a_connection_that_drops(self) -> None:
        session = self.declared(disconnects=True, first_output_ms=50)
        session.ask()
        assert session.close_code() is None
        session.pass_ms(50)
        assert session.close_code() == 1011

    def test_cancelled_before_its_time(self) -> None:
        session = self.declared(first_output_ms=400)
        session.ask()
        session.say("response.cancel")
        session.settle()
        assert not session.all("response.output_audio.delta")


class TestUsage:
    def test_the_whole_context_is_billed_again_and_the_known_part_is_cached(self) -> None:
        session = manual(FakeEngine([Reply("x" * 40), Reply("y")]))
        session.configure(instructions="i" * 400)
        session.append(2_050)
        session.say("input_audio_buffer.commit")
        session.say("response.create")
        session.settle()
        session.ask("t" * 80)
        session.settle()
        first, second = [event["response"]["usage"] for event in session.all("response.done")]
        assert first["input_token_details"]["text_tokens"] == 100
        assert first["input_token_details"]["audio_tokens"] == 21
        assert first["input_token_details"]["cached_tokens"] == 0
        assert first["output_token_details"] == {"text_tokens": 10, "audio_tokens": 2}
        assert second["input_token_details"]["text_tokens"] == 100 + 10 + 20
        assert second["input_token_details"]["audio_tokens"] == 21 + 2
        assert second["input_token_details"]["cached_tokens_details"] == {
            "text_tokens": 100,
            "audio_tokens": 21,
            "image_tokens": 0,
        }
        for usage in (first, second):
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]

    def test_other_instructions_break_the_cache(self) -> None:
        session = manual()
        session.ask()
        session.settle()
        session.configure(instructions="other")
        session.ask()
        session.settle()
        usage = session.last("response.done")["response"]["usage"]
        assert usage["input_token_details"]["cached_tokens"] == 0

    def test_rate_limits(self) -> None:
        session = manual()
        session.ask()
        session.settle()
        (limit,) = session.one("rate_limits.updated")["rate_limits"]
        assert limit["name"] == "tokens"
        assert limit["remaining"] < limit["limit"]
