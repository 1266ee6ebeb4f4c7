"""Items a client writes: checked, given an id, their sound lifted out."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from evalharness.audio.formats import AudioFormat
from evalharness.realtime.items import item_problems
from evalharness.realtime.problems import dotted
from evalharness.server.conversation import Conversation, Entry, Sound
from evalharness.server.input_buffer import decoded_audio
from evalharness.server.outbox import Outbox, Refusal

NO_SUCH_CALL = "invalid_tool_call_id"
"""Seen from the hosted server when an output names a call it does not know."""


def checked_entry(
    item: Mapping[str, Any], conversation: Conversation, fmt: AudioFormat, outbox: Outbox
) -> Entry:
    """An entry for a client's item whose sound is in the session's input format `fmt`.

    Raises Refusal for an item that is malformed or answers a call that was never made.
    """
    for problem in item_problems(item):
        raise Refusal(problem.code, problem.message, dotted(("item", *problem.path)))
    if item["type"] == "function_call_output":
        _check_call(str(item["call_id"]), conversation)
    return entry_of(item, fmt, outbox)


def entry_of(item: Mapping[str, Any], fmt: AudioFormat, outbox: Outbox) -> Entry:
    """The same for an item that was checked already."""
    entry = Entry(
        {
            **copy.deepcopy(dict(item)),
            "id": item.get("id") or outbox.new_id("item"),
            "object": "realtime.item",
            "status": item.get("status") or "completed",
        }
    )
    for index, part in enumerate(entry.item.get("content") or ()):
        if part["type"] == "input_audio":
            audio = decoded_audio(part.pop("audio"), f"item.content[{index}].audio")
            part.setdefault("transcript", None)
            entry.sounds[index] = Sound(audio, fmt)
    return entry


def _check_call(call_id: str, conversation: Conversation) -> None:
    made = (e.item.get("call_id") for e in conversation if e.item["type"] == "function_call")
    if call_id not in made:
        raise Refusal(NO_SUCH_CALL, f"Tool call ID '{call_id}' not found in conversation.")
