"""A named session configuration and where to reach it; and the files that hold such variants."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from evalharness.dataset.codes import Fault, Series, code
from evalharness.dataset.content_hash import content_sha256
from evalharness.dataset.faults import check, problem_at
from evalharness.dataset.models import Model
from evalharness.dataset.source import Document, Place, reading_order
from evalharness.dataset.tool_schemas import tool_problems
from evalharness.errors import InvalidInput, Location, Problem
from evalharness.experiment.codes import VariantFault
from evalharness.experiment.config import Config, load_config
from evalharness.experiment.local_options import LocalOptions
from evalharness.experiment.matrix import Combination, expand
from evalharness.experiment.merge import read_merged
from evalharness.experiment.target import Target
from evalharness.experiment.target_files import read_target
from evalharness.realtime.session import session_problems
from evalharness.recording.redact import REDACTED

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class InputOptions(Model):
    """How the caller's audio is sent. `realtime` paces it as it was spoken; `fast` sends it at
    once, and no latency can be taken from the answer."""

    chunk_ms: int = Field(default=20, ge=10, le=200)
    pace: Literal["realtime", "fast"] = "realtime"


class ClientOptions(Model):
    """How the client plays: `playback_buffer_ms` is what it gathers before it begins."""

    playback_buffer_ms: int = Field(default=0, ge=0, le=10_000)


class VariantFile(Model):
    """A variant as written. `session` is the RealtimeSession in the wire's own names."""

    format: Literal[1]
    name: str | None = Field(default=None, pattern=NAME)
    description: str | None = None
    target: Any = "local"
    local: LocalOptions | None = None
    session: dict[str, Any] = Field(default_factory=dict)
    input: InputOptions = InputOptions()
    client: ClientOptions = ClientOptions()
    extends: str | None = None
    matrix: dict[str, list[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """What will be run. `session` is sent as it is, secrets of MCP tools included; `config` is
    what may be kept: canonical, without secrets, and what `content_sha256` is the hash of."""

    name: str
    session: Mapping[str, Any] = field(repr=False)
    target: Target
    input: InputOptions
    client: ClientOptions
    content_sha256: str
    config: Mapping[str, Any]
    source: str
    description: str | None = None

    @property
    def model(self) -> str | None:
        """The model the connection's URL names; a transcription session has none there."""
        model = self.session.get("model")
        return model if isinstance(model, str) and self.intent is None else None

    @property
    def intent(self) -> Literal["transcription"] | None:
        return "transcription" if self.session.get("type") == "transcription" else None


@dataclass(frozen=True, slots=True)
class LoadedVariants:
    """Variants in the order of their files, and what their author should look at."""

    variants: tuple[Variant, ...]
    warnings: tuple[Problem, ...] = ()


def load_variants(
    path: Path, *, allow_unknown: bool = False, config: Config | None = None
) -> LoadedVariants:
    """The variants of one file, or of all *.yaml of a folder but those that begin with `_`.

    `allow_unknown` lets fields of the session through that a newer server may know. Without
    `config`, named targets come from the nearest evalharness.yaml. Raises InvalidInput with
    every problem of all files.
    """
    loader = _Loader(config or load_config(path if path.is_dir() else path.parent), allow_unknown)
    for file in _files(path):
        loader.read_file(file)
    return loader.finish()


def _files(path: Path) -> Sequence[Path]:
    if path.is_file():
        return [path]
    found = sorted(f for f in path.glob("*.yaml") if not f.name.startswith(("_", ".")))
    if not found:
        what = "holds no variants (*.yaml)" if path.is_dir() else "does not exist"
        hint = "a variant is a file such as: {format: 1, name: first, session: {type: realtime}}"
        number = code(Series.VARIANT, VariantFault.NO_VARIANTS)
        raise InvalidInput([Problem(number, f"{path} {what}", hint, Location(str(path)))])
    return found


class _Loader:
    """Gathers variants and problems over all files."""

    def __init__(self, config: Config, allow_unknown: bool) -> None:  # noqa: FBT001
        self._config = config
        self._allow_unknown = allow_unknown
        self._variants: dict[str, Variant] = {}
        # The combinations of a matrix repeat most of each other's problems.
        self._problems: dict[Problem, None] = {}

    def read_file(self, file: Path) -> None:
        merged = read_merged(file)
        self._note(merged.problems)
        document = merged.document
        if document is None:
            return
        if document.node is None or not isinstance(document.data, dict):
            self._note(check(VariantFile, document.place).problems)
            return
        expansion = expand(document.place, document.node)
        self._note(expansion.problems)
        for combination in expansion.combinations:
            self._read_combination(combination, file)

    def _read_combination(self, combination: Combination, file: Path) -> None:
        place = Document.of_node(combination.node, Series.VARIANT).place
        checked = check(VariantFile, place)
        self._note(checked.problems)
        self._note(_session_problems(place.at("session"), allow_unknown=self._allow_unknown))
        read = read_target(place.at("target"), self._config.targets)
        self._note(read.problems)
        written, target = checked.value, read.target
        if written is None or target is None:
            return
        self._note(_together_problems(place, written, target))
        name = (written.name or file.stem) + combination.suffix
        if name in self._variants:
            message = f"two variants are called {name}"
            hint = f"the other stands in {self._variants[name].source}; rename one"
            self._note([place.at("name").problem(Fault.DUPLICATE_NAME, message, hint)])
            return
        self._variants[name] = _variant(name, written, target, str(file))

    def _note(self, problems: Sequence[Problem] | Iterator[Problem]) -> None:
        self._problems.update(dict.fromkeys(problems))

    def finish(self) -> LoadedVariants:
        problems = sorted(self._problems, key=reading_order)
        errors = [problem for problem in problems if not problem.warning]
        if errors:
            raise InvalidInput(errors)
        return LoadedVariants(tuple(self._variants.values()), tuple(problems))


def _session_problems(session: Place, *, allow_unknown: bool) -> Iterator[Problem]:
    if isinstance(session.value, dict):
        for fault in session_problems(session.value, allow_unknown=allow_unknown):
            yield problem_at(session, fault)
        yield from tool_problems(session.at("tools"))


def _together_problems(place: Place, written: VariantFile, target: Target) -> Iterator[Problem]:
    """What is only wrong because of the target."""
    if written.local is not None and target.local is None:
        message = f"local options mean nothing to the target {target.name}"
        hint = "take them out, or write target: local"
        yield place.at("local").problem(VariantFault.LOCAL_ELSEWHERE, message, hint, key=True)
    conversation = written.session.get("type", "realtime") == "realtime"
    if target.model_in_url and conversation and not written.session.get("model"):
        message = f"session.model is missing: {target.name} takes it from the connection's URL"
        at = place.at("session") if place.has("session") else place
        yield at.problem(Fault.MISSING_KEY, message, "add model to the session")


def _variant(name: str, written: VariantFile, target: Target, source: str) -> Variant:
    if written.local is not None:
        target = replace(target, local=written.local)
    config = _config(name, written, target)
    return Variant(
        name=name,
        session=written.session,
        target=target,
        input=written.input,
        client=written.client,
        content_sha256=content_sha256(config),
        config=config,
        source=source,
        description=written.description,
    )


def _config(name: str, written: VariantFile, target: Target) -> dict[str, Any]:
    """What is kept of a variant. The name belongs to it: runs are looked up by variant name."""
    reached: dict[str, Any] = {"name": target.name, "dialect": target.dialect}
    if target.url is not None:
        reached["url"] = target.url
    if target.key_env is not None:
        reached["key_env"] = target.key_env
    if target.headers:
        reached["headers"] = dict(target.headers)
    if target.local is not None:
        reached["local"] = target.local.model_dump(mode="json", exclude_defaults=True)
    return {
        "format": 1,
        "name": name,
        "target": reached,
        "session": without_secrets(written.session),
        "input": written.input.model_dump(mode="json"),
        "client": written.client.model_dump(mode="json"),
    }


def without_secrets(session: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a session with what its MCP tools prove themselves by redacted."""
    copied: dict[str, Any] = copy.deepcopy(dict(session))
    for tool in copied.get("tools") or ():
        if not (isinstance(tool, dict) and tool.get("type") == "mcp"):
            continue
        if tool.get("authorization") is not None:
            tool["authorization"] = REDACTED
        if isinstance(tool.get("headers"), dict):
            tool["headers"] = dict.fromkeys(tool["headers"], REDACTED)
    return copied
