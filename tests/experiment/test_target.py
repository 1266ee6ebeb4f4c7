"""Targets: how they are named in files, and what a connection is made of."""

from __future__ import annotations

from typing import Any

import pytest

from evalharness.errors import UnfitEnvironment
from evalharness.experiment.target import BUILT_IN, Target
from evalharness.experiment.variant import load_variants


def target(write: Any, text: str) -> Target:
    path = write("v.yaml", f"format: 1\nsession: {{model: m}}\ntarget: {text}\n")
    return load_variants(path).variants[0].target


def test_openai_by_name() -> None:
    connection = BUILT_IN["openai"].connection("gpt-realtime-2.1", {"OPENAI_API_KEY": "sk-1"})
    assert connection.url == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    assert connection.headers == {"Authorization": "Bearer sk-1"}
    assert connection.secrets == ("sk-1",)
    assert "sk-1" not in repr(connection)


def test_a_connection_says_one_thing_it_is_for() -> None:
    openai, keys = BUILT_IN["openai"], {"OPENAI_API_KEY": "sk-1"}
    assert openai.connection(None, keys).url == "wss://api.openai.com/v1/realtime"
    assert openai.connection("m", keys, intent="transcription").url.endswith(
        "/realtime?intent=transcription"
    )
    joined = Target("call", "wss://api.openai.com/v1/realtime?call_id=c1")
    assert joined.connection("m", {}).url.endswith("?call_id=c1")
    other = Target("other", "wss://x.example/rt?session=a%20b")
    assert other.connection("m/1", {}).url == "wss://x.example/rt?session=a+b&model=m%2F1"


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": ""}, {"OPENAI_API_KEY": "  "}])
def test_a_missing_key_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(UnfitEnvironment, match="OPENAI_API_KEY") as refused:
        BUILT_IN["openai"].connection("m", environ)
    assert (refused.value.code, refused.value.exit_code) == ("EH601", 6)


def test_templates_in_url_and_headers_are_filled_at_the_last_moment(write: Any) -> None:
    written = target(
        write,
        "{url: 'wss://x.example/rt?key=${X_KEY}&protocol=realtime', headers: {X-Id: 'id ${X_ID}'}}",
    )
    connection = written.connection("m", {"X_KEY": "k&y", "X_ID": "7"})
    assert connection.url == "wss://x.example/rt?key=k%26y&protocol=realtime&model=m"
    assert connection.headers == {"X-Id": "id 7"}
    assert set(connection.secrets) == {"k&y", "7"}


def test_a_url_alone_gets_no_key_but_openais_own_does(write: Any) -> None:
    plain = target(write, "ws://127.0.0.1:8765/v1/realtime")
    assert (plain.name, plain.key_env, plain.headers) == ("127.0.0.1:8765", None, {})
    own = target(write, "wss://api.openai.com/v1/realtime")
    assert own.key_env == "OPENAI_API_KEY"


def test_a_key_without_headers_is_a_bearer_token(write: Any) -> None:
    written = target(write, "{url: 'wss://x.example/rt', key_env: X_KEY, dialect: beta}")
    assert written.dialect == "beta"
    connection = written.connection(None, {"X_KEY": "k"})
    assert connection.headers == {"Authorization": "Bearer k"}


def test_a_known_target_may_be_given_what_it_lacks(write: Any) -> None:
    written = target(write, "{name: azure, url: 'wss://r.openai.azure.com/openai/v1/realtime'}")
    connection = written.connection("deployment", {"AZURE_OPENAI_API_KEY": "k"})
    assert written.dialect == "azure"
    assert connection.headers == {"api-key": "k"}
    assert connection.url.endswith("/openai/v1/realtime?model=deployment")


def test_given_headers_replace_all_of_them(write: Any) -> None:
    written = target(
        write,
        "{name: azure, url: 'wss://r.openai.azure.com/v1', "
        "headers: {Authorization: 'Bearer ${ENTRA}'}}",
    )
    assert written.connection(None, {"ENTRA": "t"}).headers == {"Authorization": "Bearer t"}


def test_the_embedded_server_has_no_address_before_it_runs() -> None:
    with pytest.raises(ValueError, match="no address"):
        BUILT_IN["local"].connection(None, {})


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("opnai", "EH214", "unknown target opnai"),
        ("{name: opnai}", "EH214", "unknown target opnai"),
        ("azure", "EH205", "needs a url"),
        ("{name: azure}", "EH205", "needs a url"),
        ("{key_env: K}", "EH205", "url is missing"),
        ("[a]", "EH203", "target must be"),
        ("{urk: x}", "EH204", "urk"),
        ("{url: 'wss://x', key_env: 'MY KEY'}", "EH203", "key_env"),
        ("{url: 'wss://x', dialect: gaa}", "EH203", "gaa"),
        ("{name: local, url: 'wss://x'}", "EH203", "embedded server"),
        ("https://x.example", "EH215", "ws:// or wss://"),
        ("'wss://'", "EH215", "ws:// or wss://"),
        ("'ws://[::1'", "EH215", "no URL"),
        ("'wss://x:99999'", "EH215", "no URL"),
        ("'wss://me:pw@x.example'", "EH216", "key stands in the url"),
        ("'wss://x.example?api_key=abc'", "EH216", "key stands in the url"),
        ("{url: 'wss://x', headers: {Authorization: Bearer abc}}", "EH216", "literal secret"),
        ("{url: 'wss://x', headers: {api-key: abc}}", "EH216", "literal secret"),
        ("{url: 'wss://x', headers: {X-Auth-Token: $KEY}}", "EH216", "literal secret"),
        ("{url: 'wss://x', headers: {X: '${key}'}}", "EH205", "key_env"),
        ('{url: "wss://x", headers: {X: "a\\r\\nB: c"}}', "EH203", "header"),
    ],
)
def test_targets_that_cannot_be_used(
    write: Any, problems: Any, text: str, code: str, said: str
) -> None:
    write("v.yaml", f"format: 1\nsession: {{model: m}}\ntarget: {text}\n")
    (problem,) = problems("v.yaml")
    assert (problem.code, problem.location.line) == (code, 3)
    assert said in problem.message


def test_a_key_over_an_open_line_is_a_warning(write: Any, problems: Any) -> None:
    write("v.yaml", "format: 1\ntarget: {url: 'ws://10.0.0.1/v1', key_env: K}\n")
    (problem,) = problems("v.yaml")
    assert (problem.code, problem.warning) == ("EH219", True)
    write("v.yaml", "format: 1\ntarget: {url: 'ws://127.0.0.1:1/v1', key_env: K}\n")
    assert problems("v.yaml") == ()
