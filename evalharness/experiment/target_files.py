"""Targets as written in variants and in evalharness.yaml: by name, by URL, or spelled out."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from evalharness.dataset.codes import Fault
from evalharness.dataset.faults import check
from evalharness.dataset.models import Model
from evalharness.dataset.source import Place
from evalharness.errors import Problem
from evalharness.experiment.codes import VariantFault
from evalharness.experiment.target import BEARER, BUILT_IN, TEMPLATE, Dialect, Target
from evalharness.realtime.problems import listed, nearest

OPENAI_HOST = "api.openai.com"

# Names under which headers and query parameters carry keys.
_SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|password|passwd", re.IGNORECASE)


class TargetEntry(Model):
    """A target spelled out. `name` may be one that exists, whose other fields then hold."""

    name: str | None = Field(default=None, min_length=1)
    url: str | None = None
    dialect: Dialect | None = None
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    headers: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReadTarget:
    """A target, or None and why not."""

    target: Target | None
    problems: tuple[Problem, ...] = ()


def read_target(place: Place, known: Mapping[str, Target]) -> ReadTarget:
    """The target that stands at a place of a file; `known` are those that have names."""
    match place.value:
        case None:
            return ReadTarget(BUILT_IN["local"])
        case str() as text if "://" in text:
            return _checked(place, place, _at_url(text))
        case str() as name:
            return _named(place, name, known)
        case dict():
            return read_entry(place, known)
        case _:
            message = "target must be a name, a ws:// or wss:// URL, or an object with a url"
            return ReadTarget(None, (place.problem(Fault.WRONG_VALUE, message),))


def read_entry(place: Place, known: Mapping[str, Target], *, name: str | None = None) -> ReadTarget:
    """A target spelled out; `name` is the one its key gives it in the configuration."""
    checked = check(TargetEntry, place)
    entry = checked.value
    if entry is None:
        return ReadTarget(None, checked.problems)
    base_name = entry.name or name
    base = known.get(base_name or "")
    if base is None and entry.url is not None:
        base = replace(_at_url(entry.url), name=base_name or _at_url(entry.url).name)
    if base is None and base_name is not None:
        return _named(place.at("name") if entry.name else place, base_name, known)
    if base is None:
        hint = f"add url, or a name: {listed(list(known))}"
        return ReadTarget(None, (place.problem(Fault.MISSING_KEY, "url is missing", hint),))
    target = _overlaid(base, entry)
    return _checked(place, place.at("url"), replace(target, name=name or target.name))


def _named(place: Place, name: str, known: Mapping[str, Target]) -> ReadTarget:
    target = known.get(name)
    if target is None:
        hint = nearest(name, known) or f"known are {listed(list(known))}, or give a wss:// URL"
        problem = place.problem(VariantFault.UNKNOWN_TARGET, f"unknown target {name}", hint)
        return ReadTarget(None, (problem,))
    if target.url is None and target.local is None:
        return ReadTarget(None, (_no_url(place, target),))
    return ReadTarget(target)


def _no_url(place: Place, target: Target) -> Problem:
    azure = target.dialect == "azure"
    example = "wss://RESOURCE.openai.azure.com/openai/v1/realtime" if azure else "wss://..."
    hint = f"write target: {{name: {target.name}, url: {example}}}"
    return place.problem(Fault.MISSING_KEY, f"the target {target.name} needs a url", hint)


def _at_url(url: str) -> Target:
    """A target known by its URL alone: it gets no key, unless it is OpenAI's own host."""
    try:
        parts = urlsplit(url)
        name, host = parts.netloc.rpartition("@")[2], parts.hostname
    except ValueError:
        name, host = url, None
    if host == OPENAI_HOST:
        return replace(BUILT_IN["openai"], url=url)
    return Target(name or url, url)


def _overlaid(base: Target, entry: TargetEntry) -> Target:
    """What the entry gives replaces the base's; headers as a whole."""
    key_env = entry.key_env or base.key_env
    headers = base.headers if entry.headers is None else entry.headers
    if key_env and not headers and entry.headers is None:
        headers = BEARER
    return replace(
        base,
        url=entry.url or base.url,
        dialect=entry.dialect or base.dialect,
        key_env=key_env,
        headers=headers,
    )


def _checked(place: Place, url: Place, target: Target) -> ReadTarget:
    if target.local is not None and url.value is not None:
        message = "local is the embedded server: its address is not yours to give"
        return ReadTarget(None, (url.problem(Fault.WRONG_VALUE, message, "choose another name"),))
    if target.url is None and target.local is None:
        return ReadTarget(None, (_no_url(place, target),))
    problems = (
        *_url_problems(url, target),
        *_header_problems(place.at("headers"), target),
    )
    fatal = any(not problem.warning for problem in problems)
    return ReadTarget(None if fatal else target, problems)


def _url_problems(place: Place, target: Target) -> Iterator[Problem]:
    url = target.url
    if url is None:
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        yield place.problem(VariantFault.BAD_URL, f"{url} is no URL: {error}")
        return
    if parts.scheme not in ("ws", "wss") or not host:
        secure = {"http": "ws", "https": "wss"}.get(parts.scheme)
        hint = f"write {secure}://" if secure else "such as wss://host/v1/realtime"
        yield place.problem(VariantFault.BAD_URL, "the url must begin with ws:// or wss://", hint)
        return
    if parts.password is not None or _literal_secret(parts.query):
        message = "a key stands in the url"
        hint = "write ${VARIABLE} in its place, and the key into that environment variable"
        yield place.problem(VariantFault.LITERAL_SECRET, message, hint)
    if target.key_env and parts.scheme == "ws" and not _loopback(host):
        message = f"the key in {target.key_env} would travel unencrypted to {host}"
        yield place.problem(VariantFault.UNENCRYPTED_KEY, message, "use wss://", warning=True)


def _header_problems(headers: Place, target: Target) -> Iterator[Problem]:
    """Only what this file wrote is looked at: `headers` is empty where it wrote none."""
    for header in headers.fields():
        name, text = str(header.path[-1]), header.value
        if not isinstance(text, str):
            continue
        if _SECRET_NAME.search(name) and not TEMPLATE.search(text):
            message = f"the header {name} holds a literal secret"
            hint = f"give key_env, and {name}: '${{key}}', or name a variable: '${{MY_KEY}}'"
            yield header.problem(VariantFault.LITERAL_SECRET, message, hint)
        if "${key}" in text and target.key_env is None:
            message = f"the header {name} uses ${{key}}, but no key_env says where the key is"
            yield header.problem(Fault.MISSING_KEY, message, "add key_env: MY_KEY")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(r"[\r\n\0]", text):
            message = f"{name!r} is no header a request can carry"
            yield header.problem(Fault.WRONG_VALUE, message, key=True)


def _literal_secret(query: str) -> bool:
    return any(
        _SECRET_NAME.search(key) and value and not TEMPLATE.search(value)
        for key, value in parse_qsl(query)
    )


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
