"""Renders the caller's side of this dataset: every clip, and the scenarios that use them.

    apt-get install flite espeak-ng festival festvox-kallpc16k
    python datasets/front-desk/make_audio.py

The script below is the only source: it holds what is said, by which voice, and what is expected. It
writes audio/*.flac and scenarios.yaml. `|` in a text is a pause in mid-sentence.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evalharness.audio.activity import speech_spans
from evalharness.audio.files import read_audio, write_audio
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.audio.resample import resample
from evalharness.dataset.write import to_yaml

HERE = Path(__file__).parent
RATE = 16_000
PAUSE_MS = 450
HEAD_MS, TAIL_MS = 200, 250
PEAK = 0.7 * 32767
SNR_DB = 20.0

VOICES = {
    "clara": ["flite", "-voice", "slt"],
    "henry": ["flite", "-voice", "rms"],
    "angus": ["flite", "-voice", "awb"],
    "karl": ["text2wave", "-eval", "(voice_kal_diphone)"],
    "elise": ["espeak-ng", "-v", "en-us", "-s", "140"],
}


@dataclass(frozen=True)
class Say:
    """One spoken turn. `calls` are (name, arguments); None: not scored."""

    text: str
    calls: list[tuple[str, dict[str, Any]]] | None = None
    reply: list[str] = field(default_factory=list)
    noise: bool = False


@dataclass(frozen=True)
class Quiet:
    """The caller says nothing, and should be left in peace."""

    ms: int


@dataclass(frozen=True)
class Talk:
    id: str
    title: str
    speaker: str
    tags: list[str]
    turns: list[Say | Quiet]


def order(number: str) -> tuple[str, dict[str, Any]]:
    return "get_order", {"order_id": {"$alnum": number}}


def cancel(number: str) -> tuple[str, dict[str, Any]]:
    return "cancel_order", {"order_id": {"$alnum": number}}


def refund(number: str, dollars: float) -> tuple[str, dict[str, Any]]:
    return "refund_order", {
        "order_id": {"$alnum": number},
        "amount": {"$number": dollars, "$coerce": True},
    }


def table(size: int, day: str, time: str, name: str | None = None) -> tuple[str, dict[str, Any]]:
    who = {"$iexact": name} if name else {"$any": True, "$optional": True}
    return "book_table", {
        "party_size": {"$number": size, "$coerce": True},
        "date": {"$date": day},
        "time": {"$time": time},
        "name": who,
    }


def hours(day: str) -> tuple[str, dict[str, Any]]:
    return "opening_hours", {"day": {"$iexact": day}}


def transfer(department: str) -> tuple[str, dict[str, Any]]:
    return "transfer_call", {"department": {"$iexact": department}}


THANKS: list[tuple[str, dict[str, Any]]] = []
"""No calls at all."""

TALKS = [
    Talk("order-01", "Where is my order", "clara", ["orders", "digits", "pause"], [
        Say("where is order | four two one seven", [order("4217")], ["shipped"]),
        Say("thank you very much", THANKS),
    ]),
    Talk("order-02", "Order status, slow digits", "henry", ["orders", "digits", "pause"], [
        Say("i am calling about order | four two one seven", [order("4217")], ["shipped"]),
        Say("great thanks", THANKS),
    ]),
    Talk("order-03", "Two orders, one after the other", "angus", ["orders", "digits", "pause"], [
        Say("can you check order nine zero three five", [order("9035")], ["delivered"]),
        Say("and where is order | one one eight six", [order("1186")], ["packed"]),
        Say("thank you goodbye", THANKS),
    ]),
    Talk("order-04", "Pause inside the number", "clara", ["orders", "digits", "pause"], [
        Say("please check order nine zero | three five", [order("9035")], ["delivered"]),
        Say("okay thank you", THANKS),
    ]),
    Talk("order-05", "Corrects a digit", "henry", ["orders", "digits", "correction"], [
        Say("where is order four two one nine no four two one seven", [order("4217")]),
        Say("thanks a lot", THANKS),
    ]),
    Talk("order-06", "Street noise", "clara", ["orders", "digits", "noise"], [
        Say("where is order six six zero two", [order("6602")], noise=True),
        Say("thank you", THANKS, noise=True),
    ]),
    Talk("order-07", "Unknown order", "karl", ["orders", "digits"], [
        Say("where is order seven seven seven eight", [order("7778")], ["not found"]),
    ]),
    Talk("order-08", "Thinks before the number", "angus", ["orders", "digits", "pause"], [
        Say("where is my order | one one eight six", [order("1186")], ["packed"]),
        Say("good thank you", THANKS),
    ]),
    Talk("order-09", "Quiet in between", "elise", ["orders", "digits", "silence"], [
        Say("where is order four two one seven", [order("4217")], ["shipped"]),
        Quiet(2500),
        Say("thank you", THANKS),
    ]),
    Talk("cancel-01", "Cancels an order", "clara", ["orders", "cancel", "digits", "pause"], [
        Say("please cancel order | six six zero two", [cancel("6602")], ["cancelled"]),
        Say("thanks goodbye", THANKS),
    ]),
    Talk("cancel-02", "Cancels with a pause", "henry", ["orders", "cancel", "pause"], [
        Say("i want to cancel order | six six zero two", [cancel("6602")], ["cancelled"]),
        Say("thank you", THANKS),
    ]),
    Talk("cancel-03", "Checks, then cancels", "angus", ["orders", "cancel", "pause"], [
        Say("where is order one one eight six", [order("1186")], ["packed"]),
        Say("please cancel order | one one eight six", [cancel("1186")], ["cancelled"]),
        Say("that is all thank you", THANKS),
    ]),
    Talk("cancel-04", "Two orders at once", "clara", ["orders", "multi-call", "digits"], [
        Say(
            "cancel order six six zero two and also cancel order one one eight six",
            [cancel("6602"), cancel("1186")],
        ),
        Say("thank you", THANKS),
    ]),
    Talk("refund-01", "Refund of an amount", "henry", ["refunds", "amounts", "pause"], [
        Say("refund twenty dollars on order | nine zero three five", [refund("9035", 20)]),
        Say("thank you so much", THANKS),
    ]),
    Talk("refund-02", "Refund, thinking", "clara", ["refunds", "amounts", "pause"], [
        Say("refund fifteen dollars | on order nine zero three five", [refund("9035", 15)]),
        Say("thanks", THANKS),
    ]),
    Talk("refund-03", "Corrects the amount", "angus", ["refunds", "amounts", "correction"], [
        Say(
            "refund thirty dollars no forty dollars on order nine zero three five",
            [refund("9035", 40)],
        ),
    ]),
    Talk("refund-04", "Amount with cents", "clara", ["refunds", "amounts"], [
        Say(
            "refund twelve dollars and fifty cents on order four two one seven",
            [refund("4217", 12.5)],
        ),
        Say("thank you", THANKS),
    ]),
    Talk("table-01", "Table for four", "clara", ["tables", "dates", "pause"], [
        Say(
            "book a table for four | on the thirtieth at seven thirty p m",
            [table(4, "2026-11-30", "19:30")],
            ["booked"],
        ),
        Say("thank you goodbye", THANKS),
    ]),
    Talk("table-02", "Table, with a pause", "henry", ["tables", "dates", "pause"], [
        Say(
            "book a table for two | on the thirtieth at eight p m",
            [table(2, "2026-11-30", "20:00")],
        ),
        Say("thanks a lot", THANKS),
    ]),
    Talk("table-03", "No, the thirtieth", "angus", ["tables", "dates", "correction"], [
        Say(
            "book a table for six on the thirteenth no the thirtieth at six p m",
            [table(6, "2026-11-30", "18:00")],
        ),
    ]),
    Talk("table-04", "A name", "clara", ["tables", "dates", "names", "pause"], [
        Say(
            "book a table for three | on friday at seven p m under the name miller",
            [table(3, "2026-11-27", "19:00", "miller")],
        ),
        Say("thank you", THANKS),
    ]),
    Talk("table-05", "Another name, with a pause", "henry", ["tables", "names", "pause"], [
        Say(
            "book a table for five on saturday at eight p m | under the name parker",
            [table(5, "2026-11-28", "20:00", "parker")],
        ),
    ]),
    Talk("table-06", "Tomorrow", "karl", ["tables", "dates"], [
        Say(
            "i would like a table for two tomorrow at six thirty p m",
            [table(2, "2026-11-24", "18:30")],
        ),
        Say("thank you very much", THANKS),
    ]),
    Talk("table-07", "Restaurant noise", "clara", ["tables", "dates", "noise"], [
        Say(
            "book a table for four on sunday at seven p m",
            [table(4, "2026-11-29", "19:00")],
            noise=True,
        ),
    ]),
    Talk("hours-01", "Opening hours", "clara", ["hours", "dates"], [
        Say("what are the opening hours on monday", [hours("monday")], ["nine"]),
        Say("and on sunday", [hours("sunday")], ["closed"]),
        Say("thank you", THANKS),
    ]),
    Talk("hours-02", "Hours, hesitating", "henry", ["hours", "dates", "pause"], [
        Say("when are you open | on saturday", [hours("saturday")], ["ten"]),
        Say("okay thanks", THANKS),
    ]),
    Talk("hours-03", "Hours, then a table", "angus", ["hours", "tables", "pause"], [
        Say("when are you open | on friday", [hours("friday")], ["nine"]),
        Say(
            "book a table for two on friday at eight p m",
            [table(2, "2026-11-27", "20:00")],
        ),
        Say("wonderful thank you", THANKS),
    ]),
    Talk("hours-04", "Small talk first", "elise", ["hours", "no-call"], [
        Say("hello how are you today", THANKS),
        Say("what are the opening hours on tuesday", [hours("tuesday")], ["nine"]),
    ]),
    Talk("transfer-01", "To billing", "clara", ["transfer"], [
        Say("please transfer me to billing", [transfer("billing")]),
    ]),
    Talk("transfer-02", "To sales, hesitating", "henry", ["transfer", "pause"], [
        Say("please transfer me | to the sales department", [transfer("sales")]),
    ]),
    Talk("transfer-03", "To support, after an order", "angus", ["transfer", "pause"], [
        Say("where is order six six zero two", [order("6602")]),
        Say("please connect me | to support", [transfer("support")]),
    ]),
    Talk("multi-01", "An order and the hours", "clara", ["multi-call", "orders", "hours"], [
        Say(
            "where is order four two one seven and also when are you open on monday",
            [order("4217"), hours("monday")],
        ),
        Say("thank you", THANKS),
    ]),
    Talk("multi-02", "Both orders", "henry", ["multi-call", "orders", "pause"], [
        Say(
            "where is order four two one seven | and also order nine zero three five",
            [order("4217"), order("9035")],
        ),
        Say("perfect thank you", THANKS),
    ]),
    Talk("long-01", "A whole call", "clara", ["orders", "refunds", "tables", "pause"], [
        Say("hello good morning", THANKS),
        Say("where is order | nine zero three five", [order("9035")], ["delivered"]),
        Say("refund ten dollars on order nine zero three five", [refund("9035", 10)]),
        Say(
            "book a table for two on the thirtieth at seven p m",
            [table(2, "2026-11-30", "19:00")],
        ),
        Say("thank you goodbye", THANKS),
    ]),
    Talk("long-02", "A patient caller", "henry", ["orders", "hours", "silence", "pause"], [
        Say("where is order one one | eight six", [order("1186")], ["packed"]),
        Quiet(2500),
        Say("when are you open on sunday", [hours("sunday")], ["closed"]),
        Say("please transfer me to support", [transfer("support")]),
    ]),
    Talk("quiet-01", "Nobody there", "angus", ["silence"], [
        Quiet(3000),
        Say("sorry where is order four two one seven", [order("4217")]),
    ]),
]  # fmt: skip


def speak(speaker: str, text: str, folder: Path) -> Pcm:
    """One phrase by one voice, without the silence engines put around it."""
    command, wav = VOICES[speaker], folder / "phrase.wav"
    if shutil.which(command[0]) is None:
        sys.exit(f"{command[0]} is not installed: apt-get install flite espeak-ng festival")
    match command[0]:
        case "flite":
            subprocess.run([*command, "-t", text, "-o", str(wav)], check=True)
        case "espeak-ng":
            subprocess.run([*command, "-w", str(wav), text], check=True)
        case _:
            written = folder / "phrase.txt"
            written.write_text(text, encoding="utf-8")
            subprocess.run([*command, str(written), "-o", str(wav)], check=True)
    pcm = resample(read_audio(wav), RATE)
    spans = speech_spans(pcm)
    first, last = spans[0][0] * RATE // 1000, spans[-1][1] * RATE // 1000
    # Closures of final stops are quiet; a little room keeps them.
    return Pcm(pcm.samples[max(0, first - 480) : last + 960].copy(), RATE)


def clip(say: Say, speaker: str, folder: Path) -> tuple[Pcm, list[list[int]]]:
    """A turn's sound, and where speech is in it: measured before noise is added."""
    parts = [silence(HEAD_MS, RATE)]
    for index, phrase in enumerate(say.text.split("|")):
        if index:
            parts.append(silence(PAUSE_MS, RATE))
        parts.append(speak(speaker, phrase.strip(), folder))
    clean = concat([*parts, silence(TAIL_MS, RATE)])
    loudest = int(np.max(np.abs(clean.samples.astype(np.int32))))
    samples = clean.samples * (PEAK / loudest)
    spans = [list(span) for span in speech_spans(Pcm(samples.astype(np.int16), RATE))]
    if say.noise:
        samples = samples + street(samples, say.text)
    return Pcm(np.clip(samples, -32768, 32767).astype(np.int16), RATE), spans


def street(speech: np.ndarray, seed: str) -> np.ndarray:
    """Pink noise at SNR_DB below the speech's active level; the same for the same text."""
    rng = np.random.default_rng(list(seed.encode()))
    spectrum = np.fft.rfft(rng.standard_normal(len(speech)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 8))
    noise = np.fft.irfft(spectrum, len(speech))
    active = speech[np.abs(speech) > 0.02 * PEAK]
    level = np.sqrt(np.mean(active**2)) / 10 ** (SNR_DB / 20)
    return noise * level / np.sqrt(np.mean(noise**2))


def scenario(talk: Talk, folder: Path) -> dict[str, Any]:
    """Render one scenario's clips; its entry for scenarios.yaml."""
    turns: list[dict[str, Any]] = []
    for index, turn in enumerate(talk.turns, start=1):
        if isinstance(turn, Quiet):
            turns.append({"silence": {"ms": turn.ms}, "expect": {"response": False}})
            continue
        pcm, spans = clip(turn, talk.speaker, folder)
        name = f"audio/{talk.id}-{index}.flac"
        write_audio(HERE / name, pcm)
        said = " ".join(turn.text.replace("|", " ").split())
        entry: dict[str, Any] = {"say": {"audio": name, "text": said, "speech_ms": spans}}
        expect: dict[str, Any] = {}
        if turn.calls:
            wanted = [{"name": call, "args": arguments} for call, arguments in turn.calls]
            expect["calls"] = {"expected": wanted}
        elif turn.calls is not None:
            expect["no_calls"] = True
        if turn.reply:
            expect["reply"] = {"contains": turn.reply}
        turns.append({**entry, "expect": expect} if expect else entry)
    return {
        "id": talk.id,
        "title": talk.title,
        "tags": talk.tags,
        "speaker": talk.speaker,
        "turns": turns,
    }


def main() -> None:
    (HERE / "audio").mkdir(exist_ok=True)
    for old in (HERE / "audio").glob("*.flac"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        made = [scenario(talk, Path(folder)) for talk in TALKS]
    header = "# Made by make_audio.py, which holds the script: change it there.\n"
    (HERE / "scenarios.yaml").write_text(header + to_yaml(made), encoding="utf-8")


if __name__ == "__main__":
    main()
