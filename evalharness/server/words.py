"""Text cut into words for deltas: joined again they are the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\s*\S+\s?|\s+")


def words_of(text: str) -> Sequence[str]:
    """Each word with one space after it; longer white space goes with the word behind it."""
    return _WORD.findall(text)
