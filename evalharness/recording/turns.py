"""The scripted turns that the client's marks tell of, and what belongs to each.

The caller's audio is given to a turn by its place on the input axis where the server's turn
detection tells it, everything else by time.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalharness.recording.frame import Mark
from evalharness.recording.gathering import GatheredInput
from evalharness.recording.input_clock import InputClock
from evalharness.recording.timeline import ClipSpan, InputItem, Response, TurnSpan


class Turns:
    """Where each turn and each clip begins and ends."""

    def __init__(self, marks: Sequence[Mark], clock: InputClock) -> None:
        self._marks = marks
        self._clock = clock
        starts = [mark for mark in marks if mark.kind == "turn_started"]
        # Only a turn's first start counts.
        self._starts = list({mark.turn: mark for mark in reversed(starts)}.values())[::-1]
        self._ends = {mark.turn: mark for mark in marks if mark.kind == "turn_ended"}
        self._clips = self._clip_spans()

    def at(self, at_ns: int) -> int | None:
        """The turn in progress at a time: from its start to the next one's."""
        turn = None
        for mark in self._starts:
            if mark.at_ns > at_ns:
                break
            turn = mark.turn
        return turn

    def of_input(self, item: GatheredInput) -> int | None:
        if item.start_ms is not None and item.end_ms is not None:
            best, most = None, 0.0
            for turn, clip in self._clips.items():
                start = max(item.start_ms, clip.start_sample * 1000 / clip.rate)
                end = min(item.end_ms, clip.end_sample * 1000 / clip.rate)
                if end - start > most:
                    best, most = turn, end - start
            if best is not None:
                return best
        for at_ns in (item.committed_ns, item.speech_started_ns):
            if at_ns is not None:
                return self.at(at_ns)
        return None

    def spans(
        self, inputs: Sequence[InputItem], responses: Sequence[Response]
    ) -> Sequence[TurnSpan]:
        return [self._span(mark, inputs, responses) for mark in self._starts]

    def _span(
        self, mark: Mark, inputs: Sequence[InputItem], responses: Sequence[Response]
    ) -> TurnSpan:
        turn = mark.turn if mark.turn is not None else -1
        end = self._ends.get(turn)
        mine = [item for item in inputs if item.turn == turn]
        return TurnSpan(
            index=turn,
            kind=mark.detail.get("kind", "say"),
            started_ns=mark.at_ns,
            ended_ns=end.at_ns if end else None,
            end_reason=str(end.detail.get("reason")) if end else "cut off",
            clip=self._clips.get(turn),
            inputs=sorted(mine, key=_spoken_order),
            responses=[response for response in responses if response.turn == turn],
            loop_lag_ms_max=self._worst_lag_ms(mark.at_ns, end.at_ns if end else None),
        )

    def _clip_spans(self) -> dict[int, ClipSpan]:
        ends = {mark.turn: mark for mark in self._marks if mark.kind == "clip_ended"}
        clips = {}
        for mark in self._marks:
            if mark.kind == "clip_started" and mark.turn is not None:
                clips[mark.turn] = self._clip(mark.turn, mark, ends.get(mark.turn))
        return clips

    def _clip(self, turn: int, start: Mark, end: Mark | None) -> ClipSpan:
        first = int(start.detail.get("start_sample", 0))
        rate = int(start.detail.get("rate", 24_000))
        spans = tuple((int(a), int(b)) for a, b in start.detail.get("speech_ms", ()))
        speech_end_ns, lateness_ms = None, 0.0
        if spans:
            sample = first + spans[-1][1] * rate // 1000
            speech_end_ns = self._clock.sent_ns(sample) if end is not None else None
            lateness_ms = self._clock.lateness_ms(sample)
        return ClipSpan(
            turn=turn,
            start_sample=first,
            end_sample=first + int(start.detail.get("samples", 0)),
            rate=rate,
            speech_ms=spans,
            speech_end_ns=speech_end_ns,
            lateness_ms=lateness_ms,
            started_ns=start.at_ns,
            ended_ns=end.at_ns if end else None,
        )

    def _worst_lag_ms(self, start_ns: int, end_ns: int | None) -> float:
        lags = [
            float(mark.detail.get("ms", 0.0))
            for mark in self._marks
            if mark.kind == "loop_lag"
            and mark.at_ns >= start_ns
            and (end_ns is None or mark.at_ns <= end_ns)
        ]
        return max(lags, default=0.0)


def _spoken_order(item: InputItem) -> tuple[float, int]:
    position = item.start_ms if item.start_ms is not None else float("inf")
    return position, item.committed_ns or 0
