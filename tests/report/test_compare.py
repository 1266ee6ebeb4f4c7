"""Comparisons on the terminal, as comments and as records, against golden files.

The golden files were read line by line; `golden_text.py` says how to refresh them.
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from evalharness.cli.output import plain
from evalharness.report.compare import Shown, print_comparison
from evalharness.report.flat import records
from evalharness.report.markdown import LONGEST, markdown
from evalharness.stats.comparison import Comparison
from tests.report import comparisons
from tests.report.golden_text import assert_golden, drawn
from tests.stats.scored_runs import compared, run, run_of, success, trial

EVERY = {
    "two": comparisons.two,
    "three": comparisons.three,
    "alike": comparisons.alike,
    "small": comparisons.small,
    "one": comparisons.one,
    "nothing": comparisons.nothing,
    "unanswered": comparisons.unanswered,
}


def screen(
    result: Comparison, width: int = 120, shown: Shown = "failing", limit: int | None = 10
) -> str:
    return drawn(width, lambda console: print_comparison(console, result, shown=shown, limit=limit))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", EVERY)
def test_terminal(name: str, width: int) -> None:
    text = screen(EVERY[name](), width)
    assert max(map(len, text.splitlines())) <= width
    assert_golden(f"{name}-{width}.txt", text)


def test_wide_terminal_has_the_variants_side_by_side() -> None:
    assert_golden("three-160.txt", screen(comparisons.three(), 160))


@pytest.mark.parametrize("name", EVERY)
def test_markdown(name: str) -> None:
    assert_golden(f"{name}.md", markdown(EVERY[name]()))


def test_csv() -> None:
    rows = [plain(record) for record in records(comparisons.three())]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    assert_golden("three.csv", out.getvalue())


def test_json() -> None:
    data = plain(comparisons.small())
    assert_golden("small.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", EVERY)
def test_no_form_prints_nonsense(name: str) -> None:
    result = EVERY[name]()
    for text in (screen(result), markdown(result)):
        assert not re.search(r"\bnan\b|\binf\b|None|True|False|(?<!\w)-\d|\de-\d", text), text
    for record in records(result):
        assert json.dumps(plain(record), allow_nan=False)


@pytest.mark.parametrize("name", EVERY)
def test_numbers_of_records_are_unrounded_and_agree_with_the_table(name: str) -> None:
    result = EVERY[name]()
    found = iter(records(result))
    for row in result.rows:
        for head, cell in zip(result.runs, row.cells, strict=True):
            record = next(found)
            assert (record["run"], record["metric"]) == (head.ref, row.metric.name)
            assert (record["value"], record["delta"], record["word"]) == (
                cell.value,
                cell.delta,
                cell.word,
            )
            relative = row.quantile is not None
            assert record["smallest_detectable"] == (None if relative else cell.smallest)
            assert record["smallest_detectable_ratio"] == (cell.smallest if relative else None)
    assert next(found, None) is None


def test_no_answer_is_not_the_same_as_nothing_known() -> None:
    """Both are null as a number."""
    found = {
        (record["metric"], record["quantile"], record["run"]): record["no_answer"]
        for record in records(comparisons.unanswered())
    }
    assert found["v2v", 0.5, "r-b"]
    assert not found["v2v", 0.5, "r-a"]
    assert not any(record["no_answer"] for record in records(comparisons.small()))


# What may be listed


@pytest.mark.parametrize(
    ("shown", "limit", "listed", "hidden"),
    [
        ("failing", 10, 8, 8),
        ("failing", 3, 3, 13),
        ("passing", 10, 8, 8),
        ("all", None, 16, 0),
        ("none", 10, 0, 16),
    ],
)
def test_changed_outcomes(shown: Shown, limit: int | None, listed: int, hidden: int) -> None:
    a = run_of("a", [success(float(at < 8), "was lost") for at in range(16)])
    b = run_of("b", [success(float(at >= 8), "is late") for at in range(16)])
    lines = screen(compared([a, b], "task_success"), 120, shown, limit).splitlines()
    assert "Changed outcome  B: 8 newly failing, 8 newly passing." in lines
    assert sum(line[0] in "✗✓" for line in lines if line) == listed
    more = f"  {hidden} more. --changed all lists them."
    assert (more in lines) == bool(hidden)
    if shown == "all":
        assert "✗ B  s00  is late" in lines
        assert "✓ B  s08  was: was lost" in lines


def test_a_long_reason_is_cut_and_brackets_are_kept() -> None:
    reason = "create_booking.name: expected [bold]Okonkwo[/bold], got " + "x" * 200
    a = run("a", [trial("s", success(1.0))])
    b = run("b", [trial("s", success(0.0, reason))])
    text = screen(compared([a, b], "task_success"))
    assert "expected [bold]Okonkwo[/bold], got xxx" in text
    assert "x" * 60 not in text
    assert "xxx..." in text


def test_settings_are_no_markup() -> None:
    config = {"instructions": "Say [name] and [/name]."}
    a = run("a [x]", [trial("s", success(1.0))], config)
    b = run("b [/x]", [trial("s", success(1.0))], {"tools": [{"name": "[t]", "strict": True}]})
    text = screen(compared([a, b], "task_success"))
    for kept in ("Say [name] and [/name].", "a [x]", "b [/x]", "tools.[t].strict", "true"):
        assert kept in text


def test_a_comment_is_no_markup_and_not_too_long() -> None:
    reason = "<b>got</b> `*_|#[x](y)\nnew line"
    a = run_of("a|b", [success(1.0)] * 3_000)
    b = run_of("b", [success(0.0, reason)] * 3_000)
    text = markdown(compared([a, b], "task_success"))
    assert len(text.encode()) < LONGEST
    assert r"\<b>got\</b> \`\*\_\|\#\[x](y) new line" in text
    assert r"a\|b" in text
    assert re.search(r"- and \d+ more\n", text)


def test_the_alert_warns_of_what_is_worse() -> None:
    good, bad = run_of("a", [success(1.0)] * 8), run_of("b", [success(0.0, "no")] * 8)
    assert markdown(compared([good, bad], "task_success")).startswith("> [!WARNING]\n")
    assert markdown(compared([bad, good], "task_success")).startswith("> [!NOTE]\n")
