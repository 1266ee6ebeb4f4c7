"""A Realtime server: where it is, how it speaks, and which environment variable holds its key.

Keys are looked up when a connection is made and nowhere else; a `Target` holds only templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from evalharness.errors import UnfitEnvironment
from evalharness.experiment.codes import MISSING_VARIABLE
from evalharness.experiment.local_options import LocalOptions

Dialect = Literal["ga", "beta", "azure", "xai"]
"""`ga`: today's event names and nested session. `beta`: the names and flat session before
August 2025, still spoken by several servers."""

TEMPLATE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""`${NAME}` is an environment variable, `${key}` the one that `key_env` names."""

BEARER = {"Authorization": "Bearer ${key}"}

# Protocol notes, section 7: exactly one of these says what a connection is for.
_PURPOSES = ("model", "deployment", "call_id", "intent")

_HOSTED = ("api.openai.com", ".openai.azure.com", "api.x.ai")


@dataclass(frozen=True, slots=True)
class Connection:
    """What it takes to open one session. `secrets` are the values that must never be stored."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A server sessions can be opened on.

    `url` is None for the embedded server, which gets its address when it starts, and `local`
    is None for every other. `headers` are templates.
    """

    name: str
    url: str | None
    dialect: Dialect = "ga"
    key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    local: LocalOptions | None = None

    @property
    def model_in_url(self) -> bool:
        """Whether it is a service that opens no conversation without a model in the URL."""
        if self.url is None:
            return False
        parts = urlsplit(self.url)
        named = any(key in _PURPOSES for key, _ in parse_qsl(parts.query))
        return not named and str(parts.hostname).endswith(_HOSTED)

    def connection(
        self, model: str | None, environ: Mapping[str, str], *, intent: str | None = None
    ) -> Connection:
        """Fill the templates from `environ` and add `model` (or `intent`) to the URL.

        Raises UnfitEnvironment for a variable that is not set.
        """
        if self.url is None:
            raise ValueError(f"the target {self.name} has no address yet")
        filler = _Filler(self, environ)
        url = TEMPLATE.sub(lambda found: quote(filler.value(found), safe=""), self.url)
        headers = {name: TEMPLATE.sub(filler.value, text) for name, text in self.headers.items()}
        url = _with_purpose(url, {"model": model} if intent is None else {"intent": intent})
        return Connection(url, headers, tuple(filler.used))


class _Filler:
    """Looks up the variables of templates and remembers what it gave out."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self._target = target
        self._environ = environ
        self.used: list[str] = []

    def value(self, found: re.Match[str]) -> str:
        name = found.group(1)
        variable = (self._target.key_env or name) if name == "key" else name
        secret = environment_secret(variable, self._environ, f"the target {self._target.name}")
        if secret not in self.used:
            self.used.append(secret)
        return secret


def environment_secret(variable: str, environ: Mapping[str, str], who: str) -> str:
    """The value of an environment variable that `who` needs. Raises UnfitEnvironment."""
    secret = environ.get(variable, "").strip()
    if not secret:
        raise UnfitEnvironment(
            MISSING_VARIABLE,
            f"{who} needs the environment variable {variable}, which is not set",
            hint=f"export {variable}=... or use the target local, which needs no key",
        )
    return secret


def _with_purpose(url: str, purpose: Mapping[str, str | None]) -> str:
    """`url` with what the connection is for, unless it says so already."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    wanted = [(key, value) for key, value in purpose.items() if value]
    if not wanted or any(key in _PURPOSES for key, _ in query):
        return url
    return parts._replace(query=urlencode([*query, *wanted])).geturl()


BUILT_IN: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("local", None, local=LocalOptions()),
        Target(
            "openai",
            "wss://api.openai.com/v1/realtime",
            key_env="OPENAI_API_KEY",
            headers=BEARER,
        ),
        # Every Azure resource has a host of its own: a file has to give the URL.
        Target(
            "azure",
            None,
            dialect="azure",
            key_env="AZURE_OPENAI_API_KEY",
            headers={"api-key": "${key}"},
        ),
        Target(
            "xai",
            "wss://api.x.ai/v1/realtime",
            dialect="xai",
            key_env="XAI_API_KEY",
            headers=BEARER,
        ),
    )
}
"""Targets that need no configuration file."""
