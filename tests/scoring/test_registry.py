"""The catalogue of metrics and the one call that scores."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from evalharness.scoring.registry import HEADLINES, METRICS, score_recording
from evalharness.scoring.score import Score
from tests.recordings import RecordingBuilder, call, tone
from tests.scoring.played import SPEC, script

SAY = {
    "say": {"audio": "a.wav", "text": "where is {order/my order} four", "speech_ms": [[0, 900]]},
    "expect": {
        "calls": {"expected": [{"name": "get_order", "args": {"order_id": {"$alnum": "4"}}}]},
        "reply": {"contains": ["shipped"]},
    },
}


def everything() -> list[Score]:
    builder = RecordingBuilder().session().turn(0).say(0, 1000, [[0, 900]])
    builder.heard("a", "where is my order for", start_ms=0, end_ms=1000)
    builder.answer("r1", calls=[call("get_order", order_id="4")], usage={"input_token_details": {}})
    builder.tool_output("call-1").after(300).answer("r2", "It shipped.", tone(200))
    builder.turn_ended(0).after(10).turn(1, "silence").say(1, 200)
    scenario = script(SAY, {"silence": {"ms": 200}})
    return score_recording(scenario, builder.build(), SPEC)


def test_every_score_is_in_the_catalogue() -> None:
    found = {score.metric for score in everything()}
    assert found <= METRICS.keys()
    assert {"wer", "v2v_tool", "task_success", "cost_usd", "hallucination_rate"} <= found


def test_ratios_carry_what_they_are_made_of() -> None:
    ratios = [score for score in everything() if METRICS[score.metric].kind == "ratio"]
    assert ratios
    for score in ratios:
        assert score.numerator is not None
        assert score.denominator
        assert score.value == score.numerator / score.denominator


def test_headlines_and_primaries_are_metrics_with_words_for_the_verdict() -> None:
    assert set(HEADLINES) <= METRICS.keys()
    for metric in METRICS.values():
        if metric.primary:
            assert metric.name in HEADLINES
            assert metric.gain
            assert metric.loss


def test_a_name_is_a_metrics_only_name() -> None:
    assert all(metric.name == name for name, metric in METRICS.items())
    titles = [metric.title for metric in METRICS.values()]
    assert len(set(titles)) == len(titles)


PROGRAM = """
import json
from dataclasses import asdict
from tests.scoring.test_registry import everything
print(json.dumps([asdict(score) for score in everything()], sort_keys=True))
"""


def test_scores_are_the_same_in_every_process() -> None:
    def scoring(seed: str) -> subprocess.Popen[str]:
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PROGRAM]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)

    with scoring("1") as one, scoring("2") as other:
        first, second = one.communicate()[0], other.communicate()[0]
    assert json.loads(first)
    assert second == first
