"""One trial from its first attempt to its final state."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalharness.audio.files import read_audio
from evalharness.audio.pcm import Pcm
from evalharness.clock import SystemClock
from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.experiment.plan import Trial
from evalharness.experiment.variant import Variant
from evalharness.recording.redact import Redactor
from evalharness.runner.destination import Destination, destination
from evalharness.runner.figures import headline_figures
from evalharness.runner.lag import LoopLag
from evalharness.runner.options import RunOptions
from evalharness.runner.progress import (
    AttemptFailed,
    Listener,
    Stopping,
    TrialEnded,
)
from evalharness.runner.retry import AttemptEnd, Decision, decide
from evalharness.runner.scoring_pool import ScoringPool
from evalharness.runner.trial import Attempt, AttemptOrder, SessionKit, attempt_trial
from evalharness.scoring.score import Score
from evalharness.scoring.spec import ScoringSpec
from evalharness.session.script import Script, ScriptOptions, build_script
from evalharness.store.rows import RunRow, TrialRow
from evalharness.store.runs import TrialEnding
from evalharness.store.store import Store
from evalharness.store.writer import Writer

FAST_CHUNK_MS = 100
"""Chunks under `--fast`, where nobody waits between them."""
SPARE_S = 60.0
"""What a conversation may take beyond its clips and each turn's timeout."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What all trials of a run share: where recordings go, who scores, who is told."""

    store: Store
    writer: Writer
    pool: ScoringPool
    listener: Listener
    lag: LoopLag


class Conductor:
    """Conducts trials, and knows when to stop starting them."""

    def __init__(
        self,
        dataset: Dataset,
        options: RunOptions,
        spec: ScoringSpec,
        desk: Desk,
        environ: Mapping[str, str],
        *,
        embedded_url: str | None,
    ) -> None:
        self._dataset = dataset
        self._options = options
        self._spec = spec
        self._desk = desk
        self._environ = environ
        self._embedded_url = embedded_url
        self._kit = SessionKit(desk.writer, desk.lag, SystemClock())
        self._clips = _Clips(dataset)
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._in_flight = 0
        self.interrupted = False
        self.stopped_because = ""

    @property
    def stopping(self) -> bool:
        return bool(self.stopped_because)

    def stop(self, reason: str, *, by_user: bool = False) -> None:
        """Start no more trials. Those in flight finish."""
        self.interrupted = self.interrupted or by_user
        if not self.stopped_because:
            self.stopped_because = reason
            self._desk.listener(Stopping(reason, self._in_flight))

    async def conduct(
        self, run: RunRow, variant: Variant, trial: TrialRow, scenario: Scenario
    ) -> None:
        """Attempt a trial until it is scored or given up, and store what came of it."""
        self._in_flight += 1
        try:
            await self._conduct(run, variant, trial, scenario)
        finally:
            self._in_flight -= 1

    async def _conduct(
        self, run: RunRow, variant: Variant, trial: TrialRow, scenario: Scenario
    ) -> None:
        store = self._desk.store
        await asyncio.to_thread(store.start_trial, trial.id, self._owner)
        place = destination(
            variant,
            self._dataset.manifest,
            Trial(scenario.key, trial.repeat),
            self._environ,
            embedded_url=self._embedded_url,
        )
        script = await asyncio.to_thread(self._script, scenario, variant, place)
        number, attempt, decision = await self._attempts(run, trial, script, place)
        scores: Sequence[Score] = ()
        if decision.state != "invalid" and attempt.recording_key is not None:
            await asyncio.to_thread(self._desk.writer.flush)
            scores = await self._desk.pool.score(
                attempt.recording_key, scenario.script, self._spec.to_json()
            )
        ending = TrialEnding(
            state=decision.state,
            attempts=number,
            recording_key=attempt.recording_key,
            error=_error(attempt.end),
            spec_sha256=self._spec.sha256 if scores else None,
            scores=scores,
        )
        # The recording's row must be there before the trial can name it.
        await asyncio.to_thread(self._desk.writer.flush)
        await asyncio.to_thread(store.finish_trial, trial.id, ending)
        self._tell(run, trial, decision, attempt, scores)
        if decision.stop_run:
            self.stop(attempt.end.message or attempt.end.code)

    async def _attempts(
        self, run: RunRow, trial: TrialRow, script: Script, place: Destination
    ) -> tuple[int, Attempt, Decision]:
        """Try until the decision table is content; how often, the last attempt, the decision."""
        number = 0
        while True:
            number += 1
            order = AttemptOrder(number, self._limit_s(script), trial.id)
            attempt = await self._attempt(script, place, order)
            decision = decide(attempt.end, attempt=number, retries=self._options.retries)
            if not decision.retry or self.stopping:
                return number, attempt, decision
            self._desk.listener(
                AttemptFailed(
                    run.id,
                    trial.scenario,
                    number,
                    self._options.retries + 1,
                    _reason(attempt.end),
                    decision.wait_s,
                )
            )
            await asyncio.sleep(decision.wait_s)

    async def _attempt(self, script: Script, place: Destination, order: AttemptOrder) -> Attempt:
        try:
            return await attempt_trial(script, place, self._kit, order)
        except Exception as error:  # noqa: BLE001 - one broken trial must not end the others
            message = Redactor(place.secrets).clean(f"{type(error).__name__}: {error}")
            return Attempt(AttemptEnd("crashed", message=message), None)

    def _script(self, scenario: Scenario, variant: Variant, place: Destination) -> Script:
        realtime = variant.input.pace == "realtime" and not self._options.fast
        chunk_ms = variant.input.chunk_ms
        options = ScriptOptions(chunk_ms if realtime else max(chunk_ms, FAST_CHUNK_MS), realtime)
        clips = self._clips.of(scenario)
        return build_script(scenario.script, self._dataset.manifest, place.session, clips, options)

    def _limit_s(self, script: Script) -> float:
        if self._options.timeout_s is not None:
            return self._options.timeout_s
        clips_s = sum(
            turn.clip.total_samples / turn.clip.fmt.rate for turn in script.turns if turn.clip
        )
        return clips_s + 2 * len(script.turns) * script.response_timeout_ns / 1e9 + SPARE_S

    def _tell(
        self,
        run: RunRow,
        trial: TrialRow,
        decision: Decision,
        attempt: Attempt,
        scores: Sequence[Score],
    ) -> None:
        self._desk.listener(
            TrialEnded(
                run.id,
                trial.scenario,
                trial.repeat,
                decision.state,
                headline_figures(scores),
                _reason(attempt.end),
            )
        )


class _Clips:
    """A dataset's clips, read once."""

    def __init__(self, dataset: Dataset) -> None:
        self._files = dataset.audio
        self._read: dict[str, Pcm] = {}

    def of(self, scenario: Scenario) -> Mapping[str, Pcm]:
        names = [turn.say.audio for turn in scenario.script.turns if turn.say is not None]
        for name in names:
            if name not in self._read:
                self._read[name] = read_audio(self._files[name])
        return {name: self._read[name] for name in names}


def _reason(end: AttemptEnd) -> str:
    parts = [end.kind.replace("_", " "), end.code, end.message]
    return ", ".join(part for part in parts if part)


def _error(end: AttemptEnd) -> Mapping[str, Any] | None:
    if end.kind == "finished":
        return None
    return {"kind": end.kind, "code": end.code, "message": end.message, "status": end.status}
