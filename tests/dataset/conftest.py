"""A dataset folder to spoil: one good scenario, one clip with speech-like sound in its middle."""

from __future__ import annotations

import math
import textwrap
import wave
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evalharness.dataset.load import load_dataset
from evalharness.errors import InvalidInput, Problem

RATE = 8000

MANIFEST = """\
format: 1
name: desk
tools:
  - type: function
    name: get_order
    parameters: {type: object, properties: {order_id: {type: string}}, required: [order_id]}
"""

SCENARIOS = """\
- id: order-01
  tags: [orders]
  turns:
    - say: {audio: audio/order.wav, text: where is my order, speech_ms: [[200, 600]]}
      expect:
        calls: {expected: [{name: get_order, args: {order_id: {$alnum: "4217"}}}]}
"""

MakeClip = Callable[..., Path]


def write_clip(
    path: Path, *, quiet_ms: int = 200, loud_ms: int = 400, frequency: int = 440
) -> Path:
    """Silence, a tone, and silence again."""
    quiet = [0] * (RATE * quiet_ms // 1000)
    tone = [
        round(12000 * math.sin(2 * math.pi * frequency * n / RATE))
        for n in range(RATE * loud_ms // 1000)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", quiet + tone + quiet).tobytes())
    return path


@pytest.fixture
def clip() -> MakeClip:
    return write_clip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound dataset."""
    root = tmp_path / "desk"
    write_clip(root / "audio" / "order.wav")
    (root / "dataset.yaml").write_text(MANIFEST)
    (root / "scenarios.yaml").write_text(SCENARIOS)
    return root


@pytest.fixture
def write(folder: Path) -> Callable[[str, str], Path]:
    """Put a file into the dataset."""

    def put(name: str, text: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    return put


@pytest.fixture
def problems(folder: Path) -> Callable[[], Sequence[Problem]]:
    """What loading the dataset complains of: its errors, or its warnings when there are none."""

    def load() -> Sequence[Problem]:
        try:
            return load_dataset(folder).warnings
        except InvalidInput as error:
            return error.problems

    return load
