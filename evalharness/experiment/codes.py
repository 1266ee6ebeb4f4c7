"""The codes of what can be wrong with a variant, a target, the configuration or a selection."""

from __future__ import annotations

from enum import IntEnum


class VariantFault(IntEnum):
    """Added to 200, like the faults any file may have (EH201 to EH208)."""

    EXTENDS_MISSING = 10
    EXTENDS_RING = 11
    MATRIX = 12
    MATRIX_TOO_LARGE = 13
    UNKNOWN_TARGET = 14
    BAD_URL = 15
    LITERAL_SECRET = 16
    NO_VARIANTS = 17
    LOCAL_ELSEWHERE = 18
    UNENCRYPTED_KEY = 19
    EMPTY_SELECTION = 30


MISSING_VARIABLE = "EH601"
"""An environment variable that should hold a key is not set."""
