"""Variants from files: what they mean, and every way they can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalharness.errors import InvalidInput
from evalharness.experiment.variant import load_variants

FULL = """\
format: 1
name: vad-250
description: turns end sooner
target: local
local: {engine: scripted, seed: 7}
session:
  type: realtime
  model: gpt-realtime-2.1
  audio: {input: {turn_detection: {type: server_vad, silence_duration_ms: 250}}}
input: {chunk_ms: 40, pace: fast}
client: {playback_buffer_ms: 100}
"""


def test_a_variant_is_read_as_written(write: Any) -> None:
    path = write("a.yaml", FULL)
    (variant,) = load_variants(path).variants
    assert (variant.name, variant.description) == ("vad-250", "turns end sooner")
    assert variant.source == str(path)
    assert variant.session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 250
    assert (variant.model, variant.intent) == ("gpt-realtime-2.1", None)
    assert (variant.input.chunk_ms, variant.input.pace) == (40, "fast")
    assert variant.client.playback_buffer_ms == 100
    assert variant.target.name == "local"
    assert variant.target.local is not None
    assert variant.target.local.seed == 7


def test_the_least_there_can_be(write: Any) -> None:
    (variant,) = load_variants(write("plain.yaml", "format: 1\n")).variants
    assert (variant.name, variant.session, variant.target.name) == ("plain", {}, "local")
    assert (variant.input.chunk_ms, variant.input.pace) == (20, "realtime")


def test_a_folder_holds_one_variant_a_file_but_for_those_with_an_underscore(
    write: Any, tmp_path: Path
) -> None:
    write("b.yaml", "format: 1\n")
    write("a.yaml", "extends: _base.yaml\n")
    write("_base.yaml", "format: 1\nname: hidden\n")
    assert [variant.name for variant in load_variants(tmp_path).variants] == ["a", "b"]


def test_the_hash_follows_the_configuration_and_not_its_layout(write: Any) -> None:
    (first,) = load_variants(write("a.yaml", FULL)).variants
    (same,) = load_variants(
        write("b.yaml", "# other\n" + FULL.replace("sooner", "'late'"))
    ).variants
    (other,) = load_variants(write("c.yaml", FULL.replace("250}", "251}"))).variants
    assert first.content_sha256 == same.content_sha256 != other.content_sha256
    assert json.dumps(first.config) == json.dumps(same.config)


def test_every_problem_of_every_file_is_reported_at_once(write: Any, problems: Any) -> None:
    write(
        "a.yaml",
        """\
        format: 1
        name: bad name
        target: opnai
        sesion: {}
        session:
          voice: marin
          audio: {input: {turn_detection: {type: sematic_vad}}}
          tools:
            - {type: function, name: x, parameters: {type: objct}}
            - {type: function, name: x}
        input: {chunk_ms: 5}
        local: {engin: speech}
        matrix: {session.speed: 3}
        """,
    )
    write("b.yaml", "format: 2\n")
    found = [(Path(p.location.file).name, p.location.line, p.code) for p in problems()]
    assert found == [
        ("a.yaml", 2, "EH203"),
        ("a.yaml", 3, "EH214"),
        ("a.yaml", 4, "EH204"),
        ("a.yaml", 6, "EH204"),
        ("a.yaml", 7, "EH203"),
        ("a.yaml", 9, "EH207"),
        ("a.yaml", 10, "EH208"),
        ("a.yaml", 11, "EH203"),
        ("a.yaml", 12, "EH204"),
        ("a.yaml", 13, "EH212"),
        ("b.yaml", 1, "EH203"),
    ]
    hints = [p.hint for p in problems()]
    assert hints[1] == "did you mean openai?"
    assert hints[2] == "did you mean session?"
    assert hints[3] == "it lives in audio.output.voice"
    assert hints[4] == "did you mean semantic_vad?"


def test_unknown_fields_of_the_session_may_be_allowed(write: Any, problems: Any) -> None:
    path = write("a.yaml", "format: 1\nsession: {brand_new: 1}\n")
    (problem,) = problems("a.yaml")
    assert (problem.code, problem.location.line, problem.location.column) == ("EH204", 2, 11)
    (variant,) = load_variants(path, allow_unknown=True).variants
    assert variant.session == {"brand_new": 1}


def test_names_are_unique(write: Any, problems: Any) -> None:
    write("a.yaml", "format: 1\nname: same\n")
    write("b.yaml", "format: 1\nname: same\n")
    (problem,) = problems()
    assert (problem.code, Path(problem.location.file).name) == ("EH208", "b.yaml")
    assert "a.yaml" in problem.hint


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("format: 1\ntarget: openai\nsession: {}\n", "EH205", "session.model is missing"),
        ("format: 1\ntarget: openai\nlocal: {seed: 1}\nsession: {model: m}\n", "EH218", "openai"),
        ("format: 1\nlocal: {word_error_rate: 0.1}\n", "EH203", "only with engine: scripted"),
        ("- a\n", "EH203", "must be an object"),
        ("", "EH203", "must be an object"),
        ("{}\n", "EH205", "format is missing"),
        ("a: [\n", "EH202", "not YAML"),
    ],
)
def test_files_that_are_no_variant(
    write: Any, problems: Any, text: str, code: str, said: str
) -> None:
    write("a.yaml", text)
    (problem,) = problems("a.yaml")
    assert problem.code == code
    assert said in problem.message


def test_a_url_that_names_the_model_needs_no_other(write: Any) -> None:
    url = "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    (variant,) = load_variants(write("a.yaml", f"format: 1\ntarget: '{url}'\n")).variants
    assert variant.target.key_env == "OPENAI_API_KEY"


def test_a_transcription_session_names_an_intent_and_no_model(write: Any) -> None:
    text = "format: 1\ntarget: openai\nsession: {type: transcription}\n"
    (variant,) = load_variants(write("a.yaml", text)).variants
    assert (variant.model, variant.intent) == (None, "transcription")


def test_nothing_to_load(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(InvalidInput) as refused:
            load_variants(path)
        assert refused.value.code == "EH217"


def test_secrets_of_mcp_tools_are_sent_but_never_kept(write: Any) -> None:
    text = """\
        format: 1
        session:
          tools:
            - type: mcp
              server_label: docs
              server_url: https://mcp.example
              authorization: tok-123456
              headers: {X-Key: key-123456, X-Team: blue}
    """
    (variant,) = load_variants(write("a.yaml", text)).variants
    (sent,), (kept,) = variant.session["tools"], variant.config["session"]["tools"]
    assert (sent["authorization"], sent["headers"]["X-Key"]) == ("tok-123456", "key-123456")
    assert kept["authorization"] == "[redacted]"
    assert kept["headers"] == {"X-Key": "[redacted]", "X-Team": "[redacted]"}
    assert "123456" not in json.dumps(variant.config)
    assert "123456" not in repr(variant)
