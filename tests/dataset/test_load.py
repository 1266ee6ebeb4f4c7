"""Loading a dataset: what is sound, and every way it can be unsound."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from evalharness.dataset.load import load_dataset
from evalharness.errors import InvalidInput


def codes(found: Any) -> list[str]:
    return [problem.code for problem in found]


def scenario(*turns: str, key: str = "a") -> str:
    return f"- id: {key}\n  turns:\n" + "".join(f"    - {turn}\n" for turn in turns)


def test_a_sound_dataset_becomes_a_value(folder: Path) -> None:
    loaded = load_dataset(folder)
    assert loaded.warnings == ()
    dataset = loaded.dataset
    assert (dataset.name, dataset.root) == ("desk", folder)
    assert dataset.audio == {"audio/order.wav": folder / "audio/order.wav"}
    (only,) = dataset.scenarios
    assert (only.key, only.position) == ("order-01", 0)
    assert only.script.turns[0].say is not None
    assert only.script.turns[0].say.speech_ms == ((200, 600),)


def test_its_manifest_may_be_named_instead(folder: Path) -> None:
    by_file = load_dataset(folder / "dataset.yaml").dataset
    assert by_file.content_sha256 == load_dataset(folder).dataset.content_sha256


def test_scenarios_in_pages_or_json_lines_are_the_same(folder: Path, write: Any) -> None:
    first = load_dataset(folder).dataset
    text = (folder / "scenarios.yaml").read_text()
    (folder / "scenarios.yaml").unlink()
    write("scenarios/one.yaml", text)
    assert load_dataset(folder).dataset.content_sha256 == first.content_sha256
    shutil.rmtree(folder / "scenarios")
    write(
        "scenarios.jsonl",
        '{"id": "order-01", "tags": ["orders"], "turns": [{"say": {"audio": "audio/order.wav", '
        '"text": "where is my order", "speech_ms": [[200, 600]]}, "expect": {"calls": '
        '{"expected": [{"name": "get_order", "args": {"order_id": {"$alnum": "4217"}}}]}}}]}\n',
    )
    assert load_dataset(folder).dataset.content_sha256 == first.content_sha256


def test_a_page_may_hold_one_scenario_without_a_list(folder: Path, write: Any) -> None:
    (folder / "scenarios.yaml").unlink()
    write("scenarios/b.yaml", "id: b\nturns: [{text: hi}]\n")
    write("scenarios/a.yaml", "- {id: a, turns: [{text: hi}]}\n")
    assert [s.key for s in load_dataset(folder).dataset.scenarios] == ["a", "b"]


def test_the_hash_follows_content_and_not_layout(folder: Path, clip: Any) -> None:
    before = load_dataset(folder).dataset
    path = folder / "scenarios.yaml"
    path.write_text("# a comment\n" + path.read_text().replace("orders", '"orders"'))
    assert load_dataset(folder).dataset.content_sha256 == before.content_sha256

    path.write_text(path.read_text() + scenario("text: hi", key="b"))
    longer = load_dataset(folder).dataset
    assert longer.content_sha256 != before.content_sha256
    assert longer.scenarios[0].content_sha256 == before.scenarios[0].content_sha256

    clip(folder / "audio/order.wav", frequency=330)
    other = load_dataset(folder).dataset
    assert other.scenarios[0].content_sha256 != before.scenarios[0].content_sha256
    assert other.scenarios[1].content_sha256 == longer.scenarios[1].content_sha256


def test_every_problem_is_reported_at_once_in_reading_order(folder: Path, write: Any) -> None:
    write("dataset.yaml", "format: 1\nname: desk\nlicense: CC0\n")
    write(
        "scenarios.yaml",
        """\
        - id: a
          turns:
            - say: {audio: audio/oder.wav, txt: hello}
            - say: {audio: audio/order.wav}
              text: both
        - id: a
          turns: []
        - id: b
          turns:
            - expect: {no_calls: true}
        """,
    )
    with pytest.raises(InvalidInput) as refused:
        load_dataset(folder)
    found = [
        (Path(p.location.file).name, p.location.line, p.code)
        for p in refused.value.problems
        if p.location
    ]
    assert found == [
        ("dataset.yaml", 3, "EH104"),
        ("scenarios.yaml", 3, "EH114"),
        ("scenarios.yaml", 3, "EH104"),
        ("scenarios.yaml", 4, "EH112"),
        ("scenarios.yaml", 6, "EH108"),
        ("scenarios.yaml", 7, "EH103"),
        ("scenarios.yaml", 10, "EH112"),
    ]
    hints = [p.hint for p in refused.value.problems]
    assert hints[0] == "did you mean licence?"
    assert hints[1] == "did you mean order.wav?"


@pytest.mark.parametrize(
    ("turn", "code", "column", "said"),
    [
        ("{say: {audio: audio/order.wav, text: 'bye {now'}}", "EH121", 44, "never closed"),
        ("{text: a, silence: {ms: 3}}", "EH112", 7, "not text and silence"),
        ("{say: {audio: ../order.wav}}", "EH113", 21, "outside"),
        ("{say: {audio: /etc/hosts}}", "EH113", 21, "outside"),
        ("{say: {audio: audio}}", "EH114", 21, "is no file"),
        ("{say: {audio: audio/empty.wav}}", "EH115", 21, "empty"),
        ("{say: {audio: audio/noise.wav}}", "EH115", 21, "cannot be read"),
        ("{say: {audio: audio/order.wav, speech_ms: [[300, 200]]}}", "EH119", 50, "300 ms"),
        ("{say: {audio: audio/order.wav, speech_ms: [[0, 900]]}}", "EH119", 50, "clip at 800 ms"),
        (
            "{say: {audio: audio/order.wav, speech_ms: [[300, 400], [100, 200]]}}",
            "EH119",
            62,
            "begins before",
        ),
        ("{text: a, expect: {calls: {expected: [{name: get_ordr}]}}}", "EH116", 52, "get_ordr"),
        ("{text: a, expect: {calls: {forbidden: [{name: pay}]}}}", "EH116", 53, "pay"),
        ("{text: a, expect: {calls: {extra: [pay]}}}", "EH116", 42, "pay"),
        ("{text: a, expect: {calls: {any_of: [{expected: [{name: pay}]}]}}}", "EH116", 62, "pay"),
        (
            "{text: a, expect: {calls: {expected: [{args: {x: {$frob: 1}}, name: get_order}]}}}",
            "EH117",
            56,
            "$frob",
        ),
        ("{text: a, expect: {reply: {regex: '('}}}", "EH117", 41, "regular expression"),
        (
            "{text: a, expect: {no_calls: true, calls: {expected: [{name: get_order}]}}}",
            "EH118",
            26,
            "no_calls",
        ),
        ("{text: a, expect: {response: false, reply: {contains: [x]}}}", "EH118", 26, "reply"),
        (
            "{text: a, expect: {response: false, calls: {expected: [{name: get_order}]}}}",
            "EH118",
            26,
            "call",
        ),
        (
            "{text: a, expect: {calls: {expected: [{name: get_order, id: x, after: [y]}]}}}",
            "EH120",
            78,
            "no call here has the id y",
        ),
        (
            "{text: a, expect: {calls: {expected: [{name: get_order, id: x}, {id: x}]}}}",
            "EH108",
            76,
            "id x",
        ),
    ],
)
def test_a_turn_that_cannot_be_run(
    folder: Path, write: Any, problems: Any, turn: str, code: str, column: int, said: str
) -> None:
    (folder / "audio/empty.wav").touch()
    (folder / "audio/noise.wav").write_bytes(b"not a sound at all")
    write("scenarios.yaml", scenario(turn))
    problem = next(p for p in problems() if p.code == code)
    assert (problem.warning, problem.location.line) == (False, 3)
    assert problem.location.column == column
    assert said in problem.message


def test_a_link_out_of_the_folder_is_refused(folder: Path, write: Any, problems: Any) -> None:
    outside = folder.parent / "secret.wav"
    shutil.copyfile(folder / "audio/order.wav", outside)
    (folder / "audio/link.wav").symlink_to(outside)
    write("scenarios.yaml", scenario("say: {audio: audio/link.wav}"))
    assert codes(problems()) == ["EH113"]


def test_a_faulty_clip_is_reported_once(write: Any, problems: Any) -> None:
    write("scenarios.yaml", scenario(*["say: {audio: audio/none.wav, text: hi}"] * 3))
    assert codes(problems()) == ["EH114"]


@pytest.mark.parametrize(
    ("tool", "code", "said"),
    [
        ("{type: function, name: x, parameters: {type: objct}}", "EH107", "objct"),
        ("{type: function, name: x, parameters: {properties: [a]}}", "EH107", "properties"),
        ("{type: function, name: x, paramters: {}}", "EH104", "paramters"),
        ("{type: function}", "EH105", "name"),
        ("{type: funktion, name: x}", "EH103", "funktion"),
        ("{type: function, name: get_order}", "EH108", "two tools are called get_order"),
    ],
)
def test_tools_that_cannot_be_offered(
    folder: Path, problems: Any, tool: str, code: str, said: str
) -> None:
    path = folder / "dataset.yaml"
    path.write_text(path.read_text() + f"  - {tool}\n")
    (problem,) = problems()
    assert (problem.code, problem.location.line) == (code, 7)
    assert said in problem.message


def test_tool_results_are_checked_too(folder: Path, problems: Any) -> None:
    path = folder / "dataset.yaml"
    path.write_text(
        path.read_text()
        + "tool_results:\n"
        + "  - {name: get_ordr}\n"
        + "  - {name: get_order, when: {order_id: {$frob: 1}}}\n"
    )
    found = problems()
    assert codes(found) == ["EH116", "EH117"]
    assert found[0].hint == "did you mean get_order?"


@pytest.mark.parametrize("key", ["a b", "a/b", "r@1", "''"])
def test_ids_other_commands_cannot_name(write: Any, problems: Any, key: str) -> None:
    write("scenarios.yaml", scenario("text: hi", key=key))
    assert codes(problems()) == ["EH103"]


def test_what_is_only_doubtful_is_a_warning(write: Any, problems: Any) -> None:
    write("dataset.yaml", "format: 1\nname: desk\n")
    write(
        "scenarios.yaml",
        scenario(
            "{say: {audio: audio/order.wav, text: agent (007)}}",
            "{text: a, expect: {calls: {expected: [{name: pay}]}}}",
        ),
    )
    found = problems()
    assert all(problem.warning for problem in found)
    assert {"EH140", "EH141", "EH142"} == set(codes(found))


def test_an_argument_the_tool_does_not_declare_is_a_warning(write: Any, problems: Any) -> None:
    call = "{name: get_order, args: {ordr_id: x}}"
    write("scenarios.yaml", scenario(f"{{text: a, expect: {{calls: {{expected: [{call}]}}}}}}"))
    (problem,) = problems()
    assert (problem.code, problem.warning) == ("EH143", True)
    assert problem.hint == "did you mean order_id?"


def test_unmeasured_clips_are_one_warning(folder: Path, write: Any, problems: Any) -> None:
    says = ["say: {audio: audio/order.wav, text: hi}"] * 3
    write("scenarios.yaml", scenario(*says, "say: {audio: audio/order.wav, speech_ms: []}"))
    (problem,) = problems()
    assert problem.message.startswith("3 of 4 clips")
    assert f"evalharness dataset annotate {folder}" in problem.hint


def test_no_dataset_here(tmp_path: Path, folder: Path) -> None:
    for path, said in (
        (tmp_path / "none", "does not exist"),
        (tmp_path, "holds no dataset.yaml"),
        (folder / "scenarios.yaml", "is no dataset"),
    ):
        with pytest.raises(InvalidInput, match=said) as refused:
            load_dataset(path)
        assert refused.value.code == "EH110"
    with pytest.raises(InvalidInput) as refused:
        load_dataset(tmp_path)
    assert str(folder) in refused.value.hint


@pytest.mark.parametrize("text", ["", "[]", "# nothing\n"])
def test_no_scenario_here(write: Any, problems: Any, text: str) -> None:
    write("scenarios.yaml", text)
    assert codes(problems()) == ["EH111"]


def test_scenarios_have_one_home(folder: Path, write: Any, problems: Any) -> None:
    write("scenarios.jsonl", '{"id": "b", "turns": [{"text": "hi"}]}\n')
    assert codes(problems()) == ["EH111"]
    (folder / "scenarios.jsonl").unlink()
    (folder / "scenarios.yaml").unlink()
    assert codes(problems()) == ["EH111"]


@pytest.mark.parametrize("text", ["", "[]", "- a\n", "name: x\n", "format: 1\n", "a: ["])
def test_a_broken_manifest(write: Any, problems: Any, text: str) -> None:
    write("dataset.yaml", text)
    found = problems()
    assert found
    assert {Path(p.location.file).name for p in found if not p.warning} == {"dataset.yaml"}
