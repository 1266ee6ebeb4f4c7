"""How hard property tests of this room try."""

from __future__ import annotations

from hypothesis import settings

QUICK = settings(max_examples=12, deadline=None)
