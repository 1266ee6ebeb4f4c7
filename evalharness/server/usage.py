"""Tokens by the documented rates: each response is billed for its whole context again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalharness.server.conversation import Entry

USER_MS_PER_TOKEN = 100
ASSISTANT_MS_PER_TOKEN = 50
CHARACTERS_PER_TOKEN = 4
"""The usual rule of thumb for English; there is no tokeniser in this package."""


def text_tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def audio_tokens(duration_ms: float, ms_per_token: int) -> int:
    # A rounding first: 100 ms must not become two tokens by a float's last digit.
    return math.ceil(round(duration_ms / ms_per_token, 6))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Text and audio of one part of the context, or of a whole."""

    text: int = 0
    audio: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.text + other.text, self.audio + other.audio)

    @property
    def total(self) -> int:
        return self.text + self.audio


@dataclass(frozen=True, slots=True)
class ContextPart:
    """One piece of what the model reads. Equal keys have equal content."""

    key: str
    tokens: Tokens


def context(session: Mapping[str, Any], entries: Iterable[Entry]) -> Sequence[ContextPart]:
    """Instructions, tools and items, in the order the model reads them."""
    instructions = str(session.get("instructions") or "")
    tools = session.get("tools")
    schema = json.dumps(tools, ensure_ascii=False, separators=(",", ":")) if tools else ""
    head = [ContextPart(text, Tokens(text_tokens(text))) for text in (instructions, schema)]
    return head + [_of_entry(entry) for entry in entries]


def _of_entry(entry: Entry) -> ContextPart:
    tokens = item_tokens(entry)
    # An item changes only by losing sound, which shows in its tokens.
    return ContextPart(f"{entry.id} {tokens.text} {tokens.audio}", tokens)


def item_tokens(entry: Entry) -> Tokens:
    """What an item weighs in the context."""
    item = entry.item
    match item["type"]:
        case "message":
            return _message_tokens(entry)
        case "function_call":
            return Tokens(text_tokens(f"{item.get('name')}{item.get('arguments')}"))
        case "function_call_output":
            return Tokens(text_tokens(str(item.get("output"))))
        case _:
            return Tokens(text_tokens(json.dumps(item, ensure_ascii=False)))


def _message_tokens(entry: Entry) -> Tokens:
    by_user = entry.item["role"] == "user"
    rate = USER_MS_PER_TOKEN if by_user else ASSISTANT_MS_PER_TOKEN
    text = sum(text_tokens(part.get("text") or "") for part in entry.item.get("content") or ())
    audio = sum(audio_tokens(sound.duration_ms, rate) for sound in entry.sounds.values())
    if not by_user:
        # The model reads its own words beside their sound; the caller's transcript is another's.
        said = (part.get("transcript") or "" for part in entry.item.get("content") or ())
        text += sum(map(text_tokens, said))
    return Tokens(text, audio)


class Meter:
    """Knows which beginnings of a context were read before in this session: those are cached."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def bill(self, parts: Sequence[ContextPart], output: Tokens) -> dict[str, Any]:
        """The wire's `usage` of one response."""
        read = sum((part.tokens for part in parts), Tokens())
        cached = self._cached(parts)
        return {
            "total_tokens": read.total + output.total,
            "input_tokens": read.total,
            "output_tokens": output.total,
            "input_token_details": {
                "text_tokens": read.text,
                "audio_tokens": read.audio,
                "image_tokens": 0,
                "cached_tokens": cached.total,
                "cached_tokens_details": {
                    "text_tokens": cached.text,
                    "audio_tokens": cached.audio,
                    "image_tokens": 0,
                },
            },
            "output_token_details": {"text_tokens": output.text, "audio_tokens": output.audio},
        }

    def _cached(self, parts: Sequence[ContextPart]) -> Tokens:
        """The longest known beginning; from now on all beginnings of `parts` are known."""
        cached, so_far, prefix = Tokens(), Tokens(), 0
        for part in parts:
            prefix = hash((prefix, part.key))
            so_far += part.tokens
            if prefix in self._seen:
                cached = so_far
            self._seen.add(prefix)
        return cached
