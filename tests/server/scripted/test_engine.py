"""The scripted engine: what it declares is what it does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest

from evalharness.audio.activity import first_audible_ms
from evalharness.audio.files import write_audio
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.dataset.matchers import matches
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.dataset.normalisers import normalise
from evalharness.experiment.local_options import LocalOptions
from evalharness.server.engine import PlannedCall, Reply
from evalharness.server.scripted.engine import GO_ON, Scene, ScriptedEngine, hum

TOOLS = (
    {
        "type": "function",
        "name": "get_order",
        "parameters": {
            "type": "object",
            "properties": {"order_id": {"type": "string"}, "count": {"type": "integer"}},
            "required": ["order_id"],
        },
    },
    {"type": "function", "name": "transfer", "parameters": {"type": "object"}},
)
SESSION: dict[str, Any] = {
    "tools": list(TOOLS),
    "tool_choice": "auto",
    "output_modalities": ["audio"],
}
TALK = hum(1_000)
WORDS = "please tell the kind woman in the green house that her parcel has come at last"
CALL: dict[str, Any] = {
    "name": "get_order",
    "args": {"order_id": {"$alnum": "4217"}, "count": {"$number": 2}},
}


def script(*turns: Mapping[str, Any], name: str = "one") -> ScenarioScript:
    return ScenarioScript.model_validate({"id": name, "turns": turns})


def engine(
    *turns: Mapping[str, Any],
    repeat: int = 0,
    clips: Mapping[str, Path] | None = None,
    name: str = "one",
    **options: Any,
) -> ScriptedEngine:
    manifest = Manifest(format=1, name="test", tools=TOOLS)
    scene = Scene(script(*turns, name=name), manifest, clips or {}, repeat)
    return ScriptedEngine(scene, LocalOptions(engine="scripted", **options))


def said(text: str = "x") -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content}


def answer(scripted: ScriptedEngine, turns: int = 1, **session: Any) -> Reply:
    """The reply to the last of so many typed turns."""
    for _ in range(turns):
        scripted.caller_said(None)
    return scripted.respond([said()] * turns, {**SESSION, **session})


def arguments_of(call: PlannedCall) -> Mapping[str, Any]:
    assert not isinstance(call.arguments, str)
    return call.arguments


def tone(*parts: tuple[float, bool], rate: int = 24_000) -> Pcm:
    """Stretches of (ms, voiced)."""
    loud = [
        Pcm(np.full(round(ms * rate / 1000), 5_000, dtype=np.int16), rate)
        if voiced
        else silence(ms, rate)
        for ms, voiced in parts
    ]
    return concat(loud)


class TestCalls:
    TURN: Mapping[str, Any] = {
        "text": "where is it",
        "expect": {"calls": {"expected": [CALL]}, "reply": {"contains": ["shipped"]}},
    }

    def test_calls_first_and_words_after_the_output(self) -> None:
        scripted = engine(self.TURN)
        reply = answer(scripted)
        assert reply.text == ""
        (call,) = reply.calls
        assert (call.name, call.arguments) == ("get_order", {"order_id": "4217", "count": 2})
        history = [said(), {"type": "function_call"}, {"type": "function_call_output"}]
        second = scripted.respond(history, SESSION)
        assert "shipped" in second.text
        assert not second.calls

    def test_a_tool_the_session_does_not_offer_is_not_called(self) -> None:
        assert answer(engine(self.TURN), tools=[]).calls == ()
        assert answer(engine(self.TURN), tools=[TOOLS[1]]).calls == []
        assert answer(engine(self.TURN), tool_choice="none").calls == ()

    def test_wrong_arguments_are_refused_by_the_expectation(self) -> None:
        for repeat in range(30):
            (call,) = answer(engine(self.TURN, repeat=repeat, wrong_argument_rate=1.0)).calls
            arguments = arguments_of(call)
            wrong = [n for n, matcher in CALL["args"].items() if not matches(matcher, arguments[n])]
            assert len(wrong) == 1

    def test_malformed_arguments_are_no_json(self) -> None:
        (call,) = answer(engine(self.TURN, malformed_argument_rate=1.0)).calls
        assert isinstance(call.arguments, str)
        with pytest.raises(json.JSONDecodeError):
            json.loads(call.arguments)

    def test_extra_calls_name_an_offered_tool(self) -> None:
        turn = {"text": "hi", "expect": {"no_calls": True}}
        names = {
            answer(engine(turn, repeat=repeat, extra_call_rate=1.0)).calls[0].name
            for repeat in range(20)
        }
        assert names == {"get_order", "transfer"}

    def test_optional_calls_and_arguments_are_left_out(self) -> None:
        args = {"order_id": "7", "count": {"$any": True, "$optional": True}}
        expected = [{"name": "get_order", "args": args}, {"name": "transfer", "optional": True}]
        turn = {"text": "hi", "expect": {"calls": {"expected": expected}}}
        (call,) = answer(engine(turn)).calls
        assert call.arguments == {"order_id": "7"}

    def test_the_first_of_several_call_sets(self) -> None:
        sets = [{"expected": [CALL]}, {"expected": [{"name": "transfer"}]}]
        turn = {"text": "hi", "expect": {"calls": {"any_of": sets}}}
        assert [call.name for call in answer(engine(turn)).calls] == ["get_order"]

    @pytest.mark.parametrize("option", ["missed_call_rate", "wrong_argument_rate"])
    def test_rates_come_out_as_declared(self, option: str) -> None:
        rate, trials = 0.3, 1_500
        struck = 0
        options: dict[str, Any] = {option: rate}
        for repeat in range(trials):
            calls = answer(engine(self.TURN, repeat=repeat, **options)).calls
            good = [c for c in calls if c.arguments == {"order_id": "4217", "count": 2}]
            struck += not good
        assert abs(struck / trials - rate) < 4 * (rate * (1 - rate) / trials) ** 0.5


class TestChance:
    TURN = TestCalls.TURN

    def test_the_same_trial_meets_the_same_faults(self) -> None:
        def outcome(seed: int) -> Sequence[int]:
            return [
                len(answer(engine(self.TURN, repeat=r, missed_call_rate=0.5, seed=seed)).calls)
                for r in range(40)
            ]

        assert outcome(1) == outcome(1)
        assert outcome(1) != outcome(2)

    def test_a_greater_rate_strikes_where_the_smaller_did(self) -> None:
        for repeat in range(100):
            few = answer(engine(self.TURN, repeat=repeat, missed_call_rate=0.1)).calls
            many = answer(engine(self.TURN, repeat=repeat, missed_call_rate=0.4)).calls
            assert few or not many

    def test_one_fault_does_not_move_another(self) -> None:
        plain = [engine(self.TURN, repeat=r, no_response_rate=0.5) for r in range(50)]
        other = [
            engine(self.TURN, repeat=r, no_response_rate=0.5, word_error_rate=0.5)
            for r in range(50)
        ]
        for one, two in zip(plain, other, strict=True):
            one.caller_said(None)
            two.caller_said(None)
            assert one.behaviour(0, 0) == two.behaviour(0, 0)


class TestReplies:
    @pytest.mark.parametrize(
        ("expected", "reply"),
        [
            ({"contains": ["shipped", "Friday"]}, "shipped, Friday"),
            ({"equals": "Good bye."}, "Good bye."),
            ({"one_of": ["yes", "no"]}, "yes"),
            ({"regex": r"(?i)(order|parcel) \d{3}"}, "order 777"),
            ({"not_contains": ["okay"]}, "Sure."),
            ({"max_words": 3}, "Okay."),
        ],
    )
    def test_satisfy_the_expectation(self, expected: dict[str, Any], reply: str) -> None:
        turn = {"text": "hi", "expect": {"reply": expected}}
        assert answer(engine(turn)).text == reply

    @pytest.mark.parametrize(
        ("expected", "reply"),
        [
            ({"contains": ["shipped"]}, "I am afraid I cannot tell."),
            ({"not_contains": ["okay"]}, "okay"),
            ({"max_words": 2}, "words words words"),
        ],
    )
    def test_wrong_ones_fail_it(self, expected: dict[str, Any], reply: str) -> None:
        turn = {"text": "hi", "expect": {"reply": expected}}
        assert answer(engine(turn, wrong_reply_rate=1.0)).text == reply

    def test_turns_go_in_order_and_silence_is_none(self) -> None:
        turns: list[dict[str, Any]] = [
            {"text": "a", "expect": {"reply": {"equals": "first"}}},
            {"silence": {"ms": 500}},
            {"text": "b", "expect": {"reply": {"equals": "second"}}},
        ]
        assert answer(engine(*turns), 1).text == "first"
        assert answer(engine(*turns), 2).text == "second"
        assert answer(engine(*turns), 3).text == "Okay."

    def test_the_hum_is_audible_from_its_first_sample(self) -> None:
        sound = engine({"text": "a"}).speak("twelve chars", SESSION)
        assert sound.duration_ms == 720
        assert first_audible_ms(sound) == 0.0


class TestTranscripts:
    def transcript(self, text: str, **options: Any) -> str:
        scripted = engine({"say": {"audio": "a.wav", "text": text}}, **options)
        scripted.caller_said(TALK)
        return scripted.transcribe(TALK, SESSION, 0)

    def test_without_errors_it_is_what_was_said(self) -> None:
        assert self.transcript("Where is {order / the order}, four two?") == (
            "Where is order, four two?"
        )
        assert self.transcript("so {uhm / @} yes") == "so uhm yes"

    @pytest.mark.parametrize("rate", [0.1, 0.35])
    def test_the_error_rate_comes_out_as_declared(self, rate: float) -> None:
        pairs = [
            (
                normalise(WORDS, "whisper-en"),
                normalise(self.transcript(WORDS, repeat=r, word_error_rate=rate), "whisper-en"),
            )
            for r in range(400)
        ]
        words = sum(len(reference.split()) for reference, _ in pairs)
        measured = jiwer.wer([one for one, _ in pairs], [two for _, two in pairs])
        # A word left out beside one put in counts once: the measure may fall a little short.
        assert abs(measured - rate) < 4 * (rate * (1 - rate) / words) ** 0.5 + 0.03 * rate

    def test_numbers_are_one_word_and_wrong_as_a_whole(self) -> None:
        text = "order four two one seven please"
        reference = normalise(text, "whisper-en")
        pairs = [
            normalise(self.transcript(text, repeat=r, word_error_rate=0.3), "whisper-en")
            for r in range(300)
        ]
        measured = jiwer.wer([reference] * 300, pairs)
        assert abs(measured - 0.3) < 0.06

    def test_all_wrong(self) -> None:
        heard = [self.transcript("red thing", repeat=r, word_error_rate=1.0) for r in range(50)]
        assert "red thing" not in heard
        assert {len(transcript.split()) for transcript in heard} >= {1, 2, 3}

    def test_no_text_no_words(self) -> None:
        scripted = engine({"say": {"audio": "a.wav"}})
        scripted.caller_said(TALK)
        assert scripted.transcribe(TALK, SESSION, 0) == ""
        assert scripted.transcribe(TALK, SESSION, 5) == ""


class TestTurnsCutAtAPause:
    @pytest.fixture
    def scripted(self, tmp_path: Path) -> ScriptedEngine:
        clip = tone((100, False), (600, True), (800, False), (600, True), (100, False))
        write_audio(tmp_path / "a.wav", clip)
        return engine(
            {
                "say": {"audio": "a.wav", "text": "red green blue white"},
                "expect": {"calls": {"expected": [CALL]}},
            },
            {
                "say": {"audio": "a.wav", "text": "north south east west"},
                "expect": {"reply": {"equals": "second"}},
            },
            clips={"a.wav": tmp_path / "a.wav"},
        )

    def test_each_part_gets_its_share(self, scripted: ScriptedEngine) -> None:
        half = tone((300, False), (600, True), (500, False), rate=8_000)
        heard = {"type": "input_audio", "transcript": "x"}
        message = {"type": "message", "role": "user", "content": [heard]}
        texts, replies = [], []
        for utterance in range(4):
            scripted.caller_said(half)
            texts.append(scripted.transcribe(half, SESSION, utterance))
            replies.append(scripted.respond([message] * (utterance + 1), SESSION))
        assert texts == ["red green", "blue white", "north south", "east west"]
        assert [reply.text for reply in replies] == [GO_ON, "", GO_ON, "second"]
        assert [len(reply.calls) for reply in replies] == [0, 1, 0, 0]

    def test_a_whole_clip_is_one_turn(self, scripted: ScriptedEngine) -> None:
        scripted.caller_said(tone((300, False), (600, True), (800, False), (600, True)))
        assert scripted.transcribe(TALK, SESSION, 0) == "red green blue white"


class TestBehaviour:
    def test_fixed_times(self) -> None:
        scripted = engine({"text": "a"}, first_audio_ms=400, transcript_delay_ms=250.5)
        scripted.caller_said(None)
        behaviour = scripted.behaviour(0, 0)
        assert (behaviour.first_output_ms, behaviour.transcript_delay_ms) == (400, 250.5)

    def test_spread_times(self) -> None:
        turns = [{"text": str(n)} for n in range(500)]
        scripted = engine(*turns, first_audio_ms={"mean": 400.0, "sd": 50.0})
        times = []
        for number in range(500):
            scripted.caller_said(None)
            times.append(scripted.behaviour(number, 0).first_output_ms)
        assert abs(np.mean(times) - 400) < 10
        assert abs(np.std(times) - 50) < 8
        assert min(times) >= 0

    def test_an_unwanted_response_is_not_made(self) -> None:
        scripted = engine({"text": "a", "expect": {"response": False}})
        scripted.caller_said(None)
        assert scripted.behaviour(0, 0).ignores_request

    def test_faults_concern_the_first_request_of_a_turn(self) -> None:
        scripted = engine({"text": "a"}, no_response_rate=1.0, disconnect_rate=1.0)
        scripted.caller_said(None)
        assert scripted.behaviour(0, 0).ignores_request
        assert scripted.behaviour(0, 0).disconnects
        assert not scripted.behaviour(0, 1).ignores_request

    @pytest.mark.parametrize("offset", [-200.0, 0.0, 150.0])
    def test_the_end_of_turns_can_be_shifted(self, offset: float) -> None:
        detector = engine({"text": "a"}, vad_offset_ms=offset).detector(
            {"type": "server_vad", "silence_duration_ms": 500}, 24_000
        )
        clip = tone((200, False), (1_000, True), (1_000, False))
        started, stopped = detector.feed(clip.samples.astype("<i2").tobytes())
        assert started.at_ms == 200
        assert stopped.at_ms == 1_200 + 500 + offset
