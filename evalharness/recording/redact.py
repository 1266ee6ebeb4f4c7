"""Keeps secrets out of what is stored: known values are replaced before a frame is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable

REDACTED = "[redacted]"
SHORTEST_SECRET = 6
"""Shorter values would blot out ordinary words; nobody guards a key of five characters."""


class Redactor:
    """Replaces the secrets of one session in any text, as they are and as JSON writes them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        plain = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        escaped = {json.dumps(secret)[1:-1] for secret in plain}
        # Longest first, so that "Bearer KEY" goes before KEY.
        self._secrets = sorted(plain | escaped, key=lambda secret: (-len(secret), secret))

    def clean_bytes(self, data: bytes) -> bytes:
        """The same for a binary message."""
        for secret in self._secrets:
            data = data.replace(secret.encode(), REDACTED.encode())
        return data

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text
