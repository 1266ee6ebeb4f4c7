"""Checks of what the assistant said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.models import ReplyExpectation
from evalharness.scoring.replies import check_reply

REPLY = "Your order has Shipped; it\u2019s arriving May 1st!"


def passed(reply: str, **expected: Any) -> list[bool]:
    checks = check_reply(ReplyExpectation.model_validate(expected), reply)
    return [check.passed for check in checks]


@pytest.mark.parametrize(
    ("expected", "held"),
    [
        ({"contains": ["shipped", "it's arriving", "SHIPPED it's"]}, [True, True, True]),
        ({"contains": ["ship", "der has", "arrived"]}, [False, False, False]),
        ({"contains": ["!"]}, [False]),
        ({"not_contains": ["no", "shipped"]}, [True, False]),
        ({"regex": r"order .* (shipped|sent)"}, [True]),
        ({"regex": r"^shipped"}, [False]),
        ({"equals": "your order has shipped, it's arriving may 1st"}, [True]),
        ({"equals": "your order has shipped"}, [False]),
        ({"one_of": ["no", "Your order has shipped it's arriving May 1st"]}, [True]),
        ({"one_of": ["no", "yes"]}, [False]),
        ({"max_words": 8}, [True]),
        ({"max_words": 7}, [False]),
        ({}, []),
    ],
)
def test_normalised(expected: dict[str, Any], held: list[bool]) -> None:
    assert passed(REPLY, **expected) == held


@pytest.mark.parametrize(
    ("expected", "held"),
    [
        ({"contains": ["Ship", "shipped", "!"]}, [True, False, True]),
        ({"not_contains": ["shipped"]}, [True]),
        ({"regex": r"Shipped; .*!$"}, [True]),
        ({"regex": "shipped"}, [False]),
        ({"equals": REPLY}, [True]),
        ({"equals": REPLY.lower()}, [False]),
        ({"one_of": ["", REPLY]}, [True]),
        ({"max_words": 8}, [True]),
    ],
)
def test_raw(expected: dict[str, Any], held: list[bool]) -> None:
    assert passed(REPLY, raw=True, **expected) == held


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("今日の天気は晴れです。", "天気"),
        ("iPhoneをどうぞ", "iphone"),
        ("주문이 발송되었습니다", "주문"),
        ("ร้านเปิดอยู่ครับ", "เปิด"),
    ],
)
def test_scripts_without_spaces_between_words(reply: str, text: str) -> None:
    assert passed(reply, contains=[text], not_contains=[text]) == [True, False]


def test_silence() -> None:
    assert passed("", contains=["a"], not_contains=["a"], equals="", max_words=0) == [
        False,
        True,
        True,
        True,
    ]


def test_a_pattern_that_takes_too_long_fails_and_says_so() -> None:
    expected = ReplyExpectation(regex="(a|aa)+$", raw=True)
    (check,) = check_reply(expected, "a" * 60 + "b")
    assert not check.passed
    assert check.what == "matches /(a|aa)+$/ (given up after 0.1 s)"


def test_checks_say_what_they_ask() -> None:
    expected = ReplyExpectation(
        contains=("a",), not_contains=("b",), regex="c", equals="d", one_of=("e",), max_words=6
    )
    assert [(check.name, check.what) for check in check_reply(expected, "")] == [
        ("contains", "says 'a'"),
        ("not_contains", "does not say 'b'"),
        ("regex", "matches /c/"),
        ("equals", "is 'd'"),
        ("one_of", "is one of ['e']"),
        ("max_words", "has at most 6 words"),
    ]


@given(st.text(), st.text())
def test_to_contain_and_not_to_contain_are_opposites(reply: str, text: str) -> None:
    for raw in (False, True):
        contains, lacks = passed(reply, contains=[text], not_contains=[text], raw=raw)
        assert contains is not lacks


@given(st.lists(st.sampled_from(["ship", "shipped", "no", "know", "a"]), max_size=6), st.data())
def test_every_run_of_words_is_contained(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words)))
    part = words[start : data.draw(st.integers(start, len(words)))]
    assert passed(" ".join(words), contains=[" ".join(part)]) == [bool(part)]
