"""The server's machine as transcripts: items, their order and their sound."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from evalharness.audio.formats import decode
from evalharness.server.engine import (
    Reply,
)
from tests.server.machine_client import (
    PCM,
    FakeEngine,
    Session,
    manual,
)


class TestItems:
    def test_order_is_the_chain(self) -> None:
        session = manual()
        session.write("one")
        first = session.last("conversation.item.done")["item"]["id"]
        session.write("three")
        session.write("two", previous_item_id=first)
        session.write("zero", previous_item_id="root")
        chain = [e["previous_item_id"] for e in session.all("conversation.item.added")]
        assert chain == [None, first, first, None]
        session.say("response.create")
        said = [item["content"][0]["text"] for item in session.engine.histories[0]]
        assert said == ["zero", "one", "two", "three"]

    def test_a_clients_own_id_is_kept_and_may_not_come_twice(self) -> None:
        session = manual()
        item = {"type": "message", "id": "mine", "role": "system", "content": []}
        session.say("conversation.item.create", item=item)
        assert session.one("conversation.item.done")["item"]["id"] == "mine"
        session.say("conversation.item.create", item=item)
        assert session.error()["param"] == "item.id"

    @pytest.mark.parametrize(
        ("fields", "code", "param"),
        [
            ({"previous_item_id": "nobody"}, "invalid_value", "previous_item_id"),
            ({"item": {"type": "message", "role": "user"}}, "missing_required_parameter", None),
            ({"item": {"type": "item_reference", "id": "x"}}, "invalid_value", "item.type"),
            (
                {"item": {"type": "function_call_output", "call_id": "c", "output": ""}},
                "invalid_tool_call_id",
                None,
            ),
            (
                {
                    "item": {
                        "type": "message",
                        "role": "user",
                        "content": [{"type": "input_audio", "audio": "?"}],
                    }
                },
                "invalid_value",
                "item.content[0].audio",
            ),
        ],
    )
    def test_refused(self, fields: dict[str, Any], code: str, param: str | None) -> None:
        session = manual()
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ""}]}
        session.say("conversation.item.create", **{"item": item, **fields})
        assert session.error()["code"] == code
        if param is not None:
            assert session.error()["param"] == param

    def test_retrieve_gives_the_audio(self) -> None:
        session = manual()
        session.append(300, 1_234)
        session.say("input_audio_buffer.commit")
        item_id = session.one("input_audio_buffer.committed")["item_id"]
        session.say("conversation.item.retrieve", item_id=item_id)
        part = session.one("conversation.item.retrieved")["item"]["content"][0]
        assert set(decode(base64.b64decode(part["audio"]), PCM).samples) == {1_234}
        assert "audio" not in session.one("conversation.item.done")["item"]["content"][0]

    def test_audio_a_client_writes_is_heard(self) -> None:
        session = manual()
        audio = base64.b64encode(bytes(9_600)).decode()
        content = [{"type": "input_audio", "audio": audio}]
        session.say(
            "conversation.item.create",
            item={"type": "message", "role": "user", "content": content},
        )
        session.say("response.create")
        assert session.engine.histories[0][0]["content"][0]["transcript"] == "turn 0"

    @pytest.mark.parametrize(
        ("event_type", "code"),
        [
            ("conversation.item.retrieve", "item_retrieve_invalid_item_id"),
            ("conversation.item.delete", "item_delete_invalid_item_id"),
        ],
    )
    def test_unknown_ids(self, event_type: str, code: str) -> None:
        session = manual()
        session.say(event_type, item_id="nobody")
        assert session.error()["code"] == code

    def test_a_deleted_item_is_forgotten(self) -> None:
        session = manual()
        session.write("secret")
        item_id = session.one("conversation.item.done")["item"]["id"]
        session.say("conversation.item.delete", item_id=item_id)
        assert session.one("conversation.item.deleted")["item_id"] == item_id
        session.say("response.create")
        assert session.engine.histories == [[]]


class TestTruncation:
    def spoken(self) -> tuple[Session, str]:
        session = manual(FakeEngine([Reply("one two three four five")]))
        session.ask()
        session.settle()
        item_id = session.last("conversation.item.done")["item"]["id"]
        session.clear()
        return session, item_id

    def truncate(self, session: Session, item_id: str, ms: int) -> None:
        session.say("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms)

    def test_sound_is_cut_and_words_deleted(self) -> None:
        session, item_id = self.spoken()
        self.truncate(session, item_id, 120)
        assert session.one("conversation.item.truncated")["audio_end_ms"] == 120
        session.say("conversation.item.retrieve", item_id=item_id)
        part = session.one("conversation.item.retrieved")["item"]["content"][0]
        assert decode(base64.b64decode(part["audio"]), PCM).duration_ms == 120
        assert part["transcript"] is None

    def test_past_the_end(self) -> None:
        session, item_id = self.spoken()
        self.truncate(session, item_id, 501)
        assert session.error()["message"] == "Audio content of 500ms is already shorter than 501ms"

    def test_of_anything_but_the_assistants_sound(self) -> None:
        session = manual()
        session.append(500)
        session.say("input_audio_buffer.commit")
        self.truncate(session, session.one("input_audio_buffer.committed")["item_id"], 10)
        assert session.error()["code"] == "unsupported_content_type"

    def test_below_zero_and_unknown(self) -> None:
        session, item_id = self.spoken()
        self.truncate(session, item_id, -1)
        assert session.error()["code"] == "integer_below_min_value"
        session.clear()
        self.truncate(session, "nobody", 0)
        assert session.error()["code"] == "item_truncate_invalid_item_id"
