"""A client machine at the end of a wire that a test holds: events in, what it says and does out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from evalharness.audio.pcm import Pcm
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.session.machine import ClientMachine
from evalharness.session.script import ScriptOptions, build_script
from evalharness.transport.machine import Close, Command, Microphone, Note, Play, Send, WakeAt

MS = 1_000_000
RATE = 24_000
VAD = {"type": "server_vad", "create_response": True}


def tone(ms: int) -> Pcm:
    return Pcm(np.full(RATE * ms // 1000, 9000, dtype=np.int16), RATE)


class Caller:
    """Says the turns given to a server that the test plays. The clock stands still until told."""

    def __init__(
        self,
        *turns: dict[str, Any],
        session: dict[str, Any] | None = None,
        results: Sequence[dict[str, Any]] = (),
        realtime: bool = True,
    ) -> None:
        manifest = Manifest.model_validate(
            {"format": 1, "name": "test", "tool_results": list(results)}
        )
        scenario = ScenarioScript.model_validate({"id": "s", "turns": list(turns)})
        script = build_script(
            scenario,
            manifest,
            session or {"type": "realtime"},
            {"a.wav": tone(1000)},
            ScriptOptions(realtime=realtime),
        )
        self.machine = ClientMachine(script)
        self.now_ms = 0
        self.closed = False
        self.microphone: bool | None = None
        self.playing: list[Play] = []
        self.notes: list[Note] = []
        self._sent: list[dict[str, Any]] = []
        self._wake_ns: int | None = None
        self._do(self.machine.opened(0))

    # What a server does

    def server(self, name: str, /, **fields: Any) -> Caller:
        self._do(self.machine.received(json.dumps({"type": name, **fields}), self._now_ns))
        return self

    def text(self, text: str) -> Caller:
        self._do(self.machine.received(text, self._now_ns))
        return self

    def begin(self, **audio_input: Any) -> Caller:
        """Created and configured; by default with a VAD that answers by itself."""
        session = {"type": "realtime", "audio": {"input": {"turn_detection": VAD, **audio_input}}}
        self.server("session.created", event_id="e", session=session)
        self.server("session.updated", event_id="e", session=session)
        self.sent()
        return self

    def hears(self, item_id: str = "i1") -> Caller:
        """Speech that started, stopped and was committed, all now."""
        for name in ("speech_started", "speech_stopped", "committed"):
            fields = {"audio_start_ms": 0} if name == "speech_started" else {}
            if name == "speech_stopped":
                fields = {"audio_end_ms": 0}
            self.server(f"input_audio_buffer.{name}", event_id="e", item_id=item_id, **fields)
        return self

    def responds(self, response_id: str = "r1") -> Caller:
        response = {"id": response_id, "object": "realtime.response", "status": "in_progress"}
        return self.server("response.created", event_id="e", response=response)

    def says(self, ms: int, item_id: str = "a1") -> Caller:
        return self.server(
            "response.output_audio.delta",
            event_id="e",
            response_id="r1",
            item_id=item_id,
            output_index=0,
            content_index=0,
            delta="A" * (ms * 48 * 4 // 3),
        )

    def done(
        self, response_id: str = "r1", *calls: dict[str, Any], status: str = "completed"
    ) -> Caller:
        output = [{"type": "function_call", "arguments": "{}", **call} for call in calls]
        response = {"id": response_id, "status": status, "output": output}
        return self.server("response.done", event_id="e", response=response)

    def error(self, code: str, event_id: str | None = None) -> Caller:
        error = {"type": "invalid_request_error", "code": code, "message": "m"}
        return self.server("error", event_id="e", error={**error, "event_id": event_id})

    # What the pacer and the clock do

    def spoken(self) -> Caller:
        """The clip that is playing has left to its last chunk."""
        play = self.playing.pop(0)
        self._do(self.machine.called("played", play.name, self._now_ns))
        return self

    def wait(self, ms: int) -> Caller:
        """Let time pass, ringing the machine's alarm when it is due."""
        end_ms = self.now_ms + ms
        while self._wake_ns is not None and self._wake_ns <= end_ms * MS:
            self.now_ms = max(self.now_ms, -(-self._wake_ns // MS))
            self._wake_ns = None
            self._do(self.machine.woken(self._now_ns))
        self.now_ms = end_ms
        return self

    # What the machine did

    def sent(self) -> list[dict[str, Any]]:
        """Events sent since the last look."""
        found, self._sent = self._sent, []
        return found

    def types(self) -> list[str]:
        return [event["type"] for event in self.sent()]

    def ended(self) -> list[tuple[int | None, str]]:
        """Turns that ended, and why."""
        return [(one.turn, one.detail["reason"]) for one in self.notes if one.kind == "turn_ended"]

    def problems(self) -> list[str]:
        return [one.detail["what"] for one in self.notes if one.kind == "problem"]

    @property
    def _now_ns(self) -> int:
        return self.now_ms * MS

    def _do(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Send(text):
                    self._sent.append(json.loads(text))
                case WakeAt(at_ns):
                    self._wake_ns = at_ns
                case Play():
                    self.playing.append(command)
                case Microphone(is_open):
                    self.microphone = is_open
                case Note():
                    self.notes.append(command)
                case Close():
                    self.closed = True
                case _:
                    raise AssertionError(command)
