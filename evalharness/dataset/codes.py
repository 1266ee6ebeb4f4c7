"""The codes of everything that can be wrong with a dataset, and with any file of ours."""

from __future__ import annotations

from enum import IntEnum


class Series(IntEnum):
    """Which hundred a code falls in: EH1xx for datasets, EH2xx for variants and configuration."""

    DATASET = 100
    VARIANT = 200


class Fault(IntEnum):
    """Faults any file may have. Code = series + number: EH104 and EH204 are unknown keys."""

    UNREADABLE = 1
    SYNTAX = 2
    WRONG_VALUE = 3
    UNKNOWN_KEY = 4
    MISSING_KEY = 5
    DUPLICATE_KEY = 6
    INVALID_SCHEMA = 7
    DUPLICATE_NAME = 8


class DatasetFault(IntEnum):
    """Faults only a dataset can have. The last four are warnings."""

    NO_DATASET = 10
    NO_SCENARIOS = 11
    TURN_KIND = 12
    OUTSIDE_FOLDER = 13
    AUDIO_MISSING = 14
    AUDIO_UNREADABLE = 15
    UNKNOWN_TOOL = 16
    BAD_MATCHER = 17
    CONTRADICTION = 18
    SPEECH_SPANS = 19
    UNKNOWN_CALL_ID = 20
    BAD_ALTERNATIVES = 21
    IMPORT_ROW = 30
    IMPORT_TARGET = 31
    NOT_ANNOTATED = 40
    REFERENCE_TEXT = 41
    UNCHECKED_TOOL = 42
    UNKNOWN_ARGUMENT = 43


def code(series: Series, number: int) -> str:
    """`EH104` for the dataset series and an unknown key."""
    return f"EH{series + number}"
