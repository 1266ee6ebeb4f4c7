"""`matrix`: combinations, their names, and what cannot vary."""

from __future__ import annotations

from typing import Any

import pytest

from evalharness.experiment.variant import load_variants


def names(path: Any) -> list[str]:
    return [variant.name for variant in load_variants(path).variants]


def test_one_variant_for_each_combination_the_last_changing_fastest(write: Any) -> None:
    path = write(
        "v.yaml",
        """\
        format: 1
        session: {audio: {input: {turn_detection: {type: server_vad}}}}
        matrix:
          session.audio.input.turn_detection.silence_duration_ms: [200, 500]
          session.audio.output.voice: [marin, cedar]
        """,
    )
    variants = load_variants(path).variants
    assert [variant.name for variant in variants] == [
        "v[silence_duration_ms=200,voice=marin]",
        "v[silence_duration_ms=200,voice=cedar]",
        "v[silence_duration_ms=500,voice=marin]",
        "v[silence_duration_ms=500,voice=cedar]",
    ]
    assert variants[2].session["audio"] == {
        "input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 500}},
        "output": {"voice": "marin"},
    }
    assert len({variant.content_sha256 for variant in variants}) == 4


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ("{input.chunk_ms: [20]}", ["v[chunk_ms=20]"]),
        (
            "{session.instructions: [be brief and kind, be long]}",
            ["v[instructions=1]", "v[instructions=2]"],
        ),
        (
            "{session.audio.input.turn_detection: [null, {type: semantic_vad}]}",
            ["v[turn_detection=null]", "v[turn_detection=semantic_vad]"],
        ),
        (
            "{session.audio.input.format: [{type: audio/pcmu}], session.audio.output.format: [~]}",
            ["v[input.format=1,output.format=null]"],
        ),
        (
            "{session.audio.output.speed: [1, 1.25]}",
            ["v[speed=1]", "v[speed=1.25]"],
        ),
    ],
)
def test_names_say_what_differs(write: Any, matrix: str, expected: list[str]) -> None:
    assert names(write("v.yaml", f"format: 1\nmatrix: {matrix}\n")) == expected


def test_a_fault_in_a_value_is_reported_at_the_value_and_once(write: Any, problems: Any) -> None:
    write(
        "v.yaml",
        """\
        format: 1
        input: {pace: slow}
        matrix: {session.audio.output.speed: [1, 9], local.seed: [1, 2, 3]}
        """,
    )
    found = [(p.code, p.location.line, p.location.column) for p in problems("v.yaml")]
    assert found == [("EH203", 2, 15), ("EH203", 3, 42)]


@pytest.mark.parametrize(
    ("matrix", "code"),
    [
        ("[a]", "EH203"),
        ("{}", "EH203"),
        ("{session.model: []}", "EH212"),
        ("{session.model: m}", "EH212"),
        ("{name: [a, b]}", "EH212"),
        ("{session..model: [a]}", "EH212"),
        ("{session.model.deeper: [a]}", "EH212"),
        ("{local.seed: [" + ", ".join(map(str, range(257))) + "]}", "EH213"),
        ("{sesion.model: [a]}", "EH204"),
    ],
)
def test_what_cannot_vary(write: Any, problems: Any, matrix: str, code: str) -> None:
    write("v.yaml", f"format: 1\nsession: {{model: m}}\nmatrix: {matrix}\n")
    (problem,) = problems("v.yaml")
    assert (problem.code, problem.location.line) == (code, 3)


def test_a_faulty_matrix_hides_nothing_else(write: Any, problems: Any) -> None:
    write("v.yaml", "format: 1\nsesion: {}\nmatrix: {}\n")
    assert [p.code for p in problems("v.yaml")] == ["EH204", "EH203"]
