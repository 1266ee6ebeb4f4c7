from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evalharness.experiment.local_options import LocalOptions, Spread


def test_the_default_is_speech_without_faults() -> None:
    options = LocalOptions()
    assert options.engine == "speech"
    assert options.model_dump(exclude_defaults=True) == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"engine": "else"}, "speech"),
        ({"engine": "scripted", "word_error_rate": 1.1}, "less than or equal to 1"),
        ({"engine": "scripted", "word_error_rate": "0.1"}, "valid number"),
        ({"engine": "scripted", "first_audio_ms": -1}, "greater than or equal to 0"),
        ({"engine": "scripted", "sed": 1}, "Extra inputs"),
        ({"word_error_rate": 0.1}, "word_error_rate: only with engine: scripted"),
    ],
)
def test_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LocalOptions.model_validate(given)


@given(
    st.builds(
        LocalOptions,
        engine=st.just("scripted"),
        seed=st.integers(0, 2**63),
        word_error_rate=st.floats(0, 1),
        first_audio_ms=st.floats(0, 10_000)
        | st.builds(Spread, mean=st.floats(0, 1_000), sd=st.floats(0, 100)),
        vad_offset_ms=st.floats(-500, 500),
    )
)
def test_json_and_back(options: LocalOptions) -> None:
    assert LocalOptions.model_validate_json(options.model_dump_json()) == options
