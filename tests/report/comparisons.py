"""The comparisons that the golden files show. Everything in them can be checked by hand."""

from __future__ import annotations

import math
from functools import cache

from evalharness.scoring.registry import HEADLINES
from evalharness.scoring.score import Score
from evalharness.stats.comparison import Comparison
from evalharness.stats.paired import Options
from evalharness.stats.runs import RunScores
from tests.stats.scored_runs import compared, cost, ratio, run, success, trial, wait

OPTIONS = Options(resamples=1_000, seed=11)
SCENARIOS = 40


def vad(silence_ms: int | None, **session: object) -> dict[str, object]:
    detection = None if silence_ms is None else {"type": "server_vad", "silence_ms": silence_ms}
    audio = {"input": {"turn_detection": detection}, "output": {"voice": "marin"}}
    return {
        "name": str(silence_ms),
        "session": {"model": "gpt-realtime", "audio": audio, **session},
    }


def baseline() -> RunScores:
    """Every fifth scenario fails; one word in ten is wrong; first audio at 900 to 978 ms."""
    trials = [
        trial(
            f"bk-{at:03}",
            _outcome(at % 5 != 0),
            ratio("exact_call_accuracy", float(at % 5 != 0)),
            ratio("wer", 1.0, 10.0),
            *_waits(900.0, at),
            cost(0.0129),
            ratio("response_rate", 2.0, 2.0),
        )
        for at in range(SCENARIOS)
    ]
    return run("vad-500", trials, vad(500, instructions="Ask for the name [and spell it]."))


def faster() -> RunScores:
    """200 ms faster, but mishears every other scenario; one lost to the network."""
    trials = [
        trial("bk-000", state="invalid", reason="WebSocket closed (1011)\nafter 2 turns")
        if at == 0
        else trial(
            f"bk-{at:03}",
            _outcome(at % 5 != 0 and at % 4 != 1),
            ratio("exact_call_accuracy", float(at % 5 != 0 and at % 4 != 1)),
            ratio("wer", 1.0 + at % 2, 10.0),
            *_waits(700.0, at),
            cost(0.0129),
            ratio("response_rate", 2.0, 2.0),
        )
        for at in range(SCENARIOS)
    ]
    return run("vad-250", trials, vad(250, instructions="Ask for the name [and spell it]."))


def better() -> RunScores:
    """Passes all but two, as exact with words; dearer, and three turns are never answered."""
    trials = [
        trial(
            f"bk-{at:03}",
            _outcome(at not in (5, 6)),
            ratio("exact_call_accuracy", float(at not in (5, 6))),
            ratio("wer", 1.0, 10.0),
            wait(math.inf if at in (7, 8, 9) else 890.0 + 2 * at),
            wait(900.0 + 2 * at, 1),
            cost(0.0145 + at / 1e5),
            ratio("response_rate", 1.0 if at in (7, 8, 9) else 2.0, 2.0),
        )
        for at in range(SCENARIOS)
    ]
    return run("semantic", trials, vad(None))


def _outcome(passed: bool) -> Score:
    reasons = () if passed else ("create_booking.guest: expected Okonkwo, got Aconcho",)
    return success(float(passed), *reasons)


def _waits(ms: float, at: int) -> tuple[Score, Score]:
    return wait(ms + 2 * at), wait(ms + 2 * at + at % 3, 1)


@cache
def two() -> Comparison:
    return compared([baseline(), faster()], *HEADLINES, options=OPTIONS)


@cache
def three() -> Comparison:
    return compared([baseline(), faster(), better()], *HEADLINES, options=OPTIONS)


@cache
def alike() -> Comparison:
    """A run and its own repeat, in everything."""
    return compared([baseline(), baseline()], *HEADLINES, options=OPTIONS)


@cache
def small() -> Comparison:
    """Seven scenarios of which the last two changed, one was only run by B, and one turn was
    measured too late to be believed."""

    def some(variant: str, passed: int, sha256: str) -> RunScores:
        return run(
            variant,
            [
                trial(
                    f"s{at}",
                    success(float(at < passed), *([] if at < passed else ["no answer"])),
                    wait(None if at == 0 and variant == "b" else 900.0 + at),
                    sha256=sha256 if at > 4 else "",
                )
                for at in range(7 if variant == "a" else 8)
            ],
        )

    return compared([some("a", 7, "old"), some("b", 3, "new")], *HEADLINES, options=OPTIONS)


@cache
def one() -> Comparison:
    """A single scenario, with figures that are no numbers."""
    nan = float("nan")
    runs = [
        run(name, [trial("s0", success(1.0), ratio("wer", nan, 3.0), wait(nan), cost(0.0))])
        for name in "ab"
    ]
    return compared(runs, *HEADLINES, options=OPTIONS)


@cache
def nothing() -> Comparison:
    """No scenario in common."""
    runs = [run(name, [trial(f"only-{name}", success(1.0))]) for name in "ab"]
    return compared(runs, *HEADLINES, options=OPTIONS)


@cache
def unanswered() -> Comparison:
    """B answers hardly anything."""
    a = run(
        "a", [trial(f"s{at:02}", wait(900.0 + at), ratio("response_rate", 1.0)) for at in range(80)]
    )
    b = run(
        "b",
        [
            trial(
                f"s{at:02}",
                wait(500.0 + at if at % 4 == 0 else math.inf),
                ratio("response_rate", float(at % 4 == 0)),
            )
            for at in range(80)
        ],
    )
    return compared([a, b], *HEADLINES, options=OPTIONS)
