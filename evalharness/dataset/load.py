"""A folder in, a dataset out; or every problem of all its files at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalharness.dataset.clips import Clips
from evalharness.dataset.codes import DatasetFault, Fault, Series, code
from evalharness.dataset.content_hash import dataset_sha256, scenario_sha256
from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.dataset.faults import check, problem_at
from evalharness.dataset.files import DatasetFiles, find_files, scenario_places
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.dataset.normalisers import reference_lint
from evalharness.dataset.source import Place, read, reading_order
from evalharness.dataset.tool_schemas import function_tools, tool_problems
from evalharness.dataset.turn_checks import argument_problems, tool_name_problems, turn_problems
from evalharness.errors import InvalidInput, Location, Problem
from evalharness.realtime.session import session_problems


@dataclass(frozen=True, slots=True)
class LoadedDataset:
    """A sound dataset, and what its author should still look at."""

    dataset: Dataset
    warnings: tuple[Problem, ...]


def load_dataset(path: Path) -> LoadedDataset:
    """Read the dataset in a folder (or at its `dataset.yaml`) and check all of it.

    Raises InvalidInput with every problem, in reading order.
    """
    files = find_files(path)
    loader = _Loader(files)
    loader.read_manifest()
    for file in files.scenarios:
        loader.read_scenarios(file)
    return loader.finish()


class _Loader:
    """Gathers what the files hold and what is wrong with it."""

    def __init__(self, files: DatasetFiles) -> None:
        self._files = files
        self._clips = Clips(files.root)
        self._problems: list[Problem] = []
        self._manifest: Manifest | None = None
        self._tools: Mapping[str, Mapping[str, Any]] = {}
        self._language = "en"
        self._ids: dict[str, Place] = {}
        self._scripts: list[ScenarioScript] = []
        self._says: list[Place] = []

    def read_manifest(self) -> None:
        reading = read(self._files.manifest, Series.DATASET)
        self._problems += reading.problems
        for document in reading.documents:
            place = document.place
            checked = check(Manifest, place)
            self._problems += checked.problems
            self._manifest = checked.value
            self._tools = function_tools(place.at("tools").value)
            language = place.at("language").value
            self._language = language if isinstance(language, str) else "en"
            self._problems += _tool_problems(place)
            self._problems += _result_problems(place.at("tool_results"), self._tools)

    def read_scenarios(self, file: Path) -> None:
        reading = read(file, Series.DATASET)
        self._problems += reading.problems
        places = [place for document in reading.documents for place in scenario_places(document)]
        if not places and not reading.problems:
            self._problems.append(_empty(file))
        for place in places:
            self._read_scenario(place)

    def _read_scenario(self, place: Place) -> None:
        checked = check(ScenarioScript, place)
        self._problems += checked.problems
        if checked.value is not None:
            self._scripts.append(checked.value)
        self._problems += self._id_problems(place.at("id"))
        for turn in place.at("turns").entries():
            self._problems += turn_problems(turn, self._clips, self._tools)
            say = turn.at("say")
            if isinstance(say.at("audio").value, str):
                self._says.append(say)
                self._problems += self._text_problems(say.at("text"))

    def _id_problems(self, place: Place) -> Iterator[Problem]:
        if not isinstance(place.value, str):
            return
        if not re.fullmatch(r"[^\s/@~]+", place.value):
            hint = "write it without spaces, / @ or ~: other commands name scenarios by it"
            yield place.problem(Fault.WRONG_VALUE, f"{place.value!r} cannot be an id", hint)
        first = self._ids.setdefault(place.value, place)
        if first is not place:
            where = first.document.location(first.path)
            message = f"two scenarios have the id {place.value}"
            yield place.problem(Fault.DUPLICATE_NAME, message, f"the first stands at {where}")

    def _text_problems(self, text: Place) -> Iterator[Problem]:
        if isinstance(text.value, str):
            for finding in reference_lint(text.value, self._language):
                yield text.problem(DatasetFault.REFERENCE_TEXT, finding, warning=True)

    def _annotation_warnings(self) -> Iterator[Problem]:
        """One warning for all clips that were never measured, at the first of them."""
        bare = [say for say in self._says if say.at("speech_ms").value is None]
        if bare:
            message = (
                f"{len(bare)} of {len(self._says)} clips do not say when speech starts and ends; "
                "their turns get no latency"
            )
            hint = f"measure them with: evalharness dataset annotate {self._files.root}"
            yield bare[0].problem(DatasetFault.NOT_ANNOTATED, message, hint, warning=True)

    def finish(self) -> LoadedDataset:
        problems = sorted([*self._problems, *self._annotation_warnings()], key=reading_order)
        errors = [problem for problem in problems if not problem.warning]
        if errors:
            raise InvalidInput(errors)
        assert self._manifest is not None
        dataset = _dataset(self._files.root, self._manifest, self._scripts, self._clips)
        return LoadedDataset(dataset, tuple(problems))


def _dataset(
    root: Path, manifest: Manifest, scripts: Sequence[ScenarioScript], clips: Clips
) -> Dataset:
    audio_sha256 = {name: clip.sha256 for name, clip in clips.found.items()}
    scenarios = tuple(
        Scenario(script.id, position, scenario_sha256(script, audio_sha256), script)
        for position, script in enumerate(scripts)
    )
    return Dataset(
        root=root,
        name=manifest.name,
        content_sha256=dataset_sha256(manifest, [s.content_sha256 for s in scenarios]),
        manifest=manifest,
        scenarios=scenarios,
        audio={name: clip.path for name, clip in clips.found.items()},
    )


def _tool_problems(manifest: Place) -> Iterator[Problem]:
    """The dataset's tools must be such as a session takes."""
    tools = manifest.at("tools")
    if isinstance(tools.value, list) and all(isinstance(tool, dict) for tool in tools.value):
        for fault in session_problems({"type": "realtime", "tools": tools.value}):
            yield problem_at(manifest, fault)
    yield from tool_problems(tools)


def _result_problems(results: Place, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for result in results.entries():
        name = result.at("name")
        yield from tool_name_problems(name, tools)
        yield from argument_problems(result.at("when"), tools.get(str(name.value)))


def _empty(file: Path) -> Problem:
    hint = "add one: {id: hello, turns: [{text: hello}]}"
    number = code(Series.DATASET, DatasetFault.NO_SCENARIOS)
    return Problem(number, f"{file.name} holds no scenario", hint, Location(str(file)))
