"""What differs between configurations."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evalharness.stats.settings import NOT_SET, compare_settings
from tests.stats.effort import QUICK

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
configs = st.dictionaries(st.sampled_from(["session", "target", "input"]), values)


def differing(*configs: dict[str, Any]) -> dict[str, list[Any]]:
    return {one.path: list(one.values) for one in compare_settings(configs).differences}


def test_only_what_differs_by_its_path() -> None:
    a = {"session": {"model": "m", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}}
    b = {
        "session": {"model": "m", "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}
    }
    path = "session.audio.input.turn_detection.type"
    assert differing(a, b) == {path: ["server_vad", "semantic_vad"]}
    assert compare_settings([a, b]).identical == 1
    assert differing(a, a, a) == {}


def test_null_is_not_absent() -> None:
    """`turn_detection: null` switches it off; without it the server decides."""
    assert differing({"vad": None}, {}) == {"vad": [None, NOT_SET]}
    assert differing({"vad": None}, {"vad": {"type": "server_vad"}}) == {
        "vad": [None, {"type": "server_vad"}]
    }
    assert differing({}, {"vad": {"type": "server_vad"}}) == {"vad.type": [NOT_SET, "server_vad"]}


def test_what_a_variant_is_called_is_no_setting() -> None:
    assert differing({"name": "a", "description": "x"}, {"name": "b"}) == {}
    # But the name of a voice or of a tool is.
    assert differing({"voice": {"name": "a"}}, {"voice": {"name": "b"}}) == {
        "voice.name": ["a", "b"]
    }


def test_tools_are_compared_by_name_in_any_order() -> None:
    book, find = {"name": "book", "strict": True}, {"name": "find"}
    assert differing({"tools": [book, find]}, {"tools": [find, book]}) == {}
    assert differing({"tools": [book, find]}, {"tools": [find]}) == {
        "tools.book.name": ["book", NOT_SET],
        "tools.book.strict": [True, NOT_SET],
    }
    assert differing({"tools": []}, {"tools": [find]}) == {"tools": [[], [find]]}
    assert differing({"keywords": ["a"]}, {"keywords": ["b"]}) == {"keywords": [["a"], ["b"]]}


@QUICK
@given(configs, configs)
def test_properties(a: dict[str, Any], b: dict[str, Any]) -> None:
    """What equals itself has no difference, what differs has one, and order only swaps."""
    assert differing(a, a) == {}
    there = differing(a, b)
    assert differing(b, a) == {path: found[::-1] for path, found in there.items()}
    assert all(left != right for left, right in there.values())
