"""The audio files scenarios refer to: inside the folder, there, and readable."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evalharness.audio.files import AudioUnreadable, audio_info
from evalharness.dataset.codes import DatasetFault
from evalharness.dataset.source import Place
from evalharness.errors import Problem
from evalharness.realtime.problems import nearest

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3")


@dataclass(frozen=True, slots=True)
class Clip:
    """One audio file of a dataset. `sha256` is of its bytes, `duration_ms` of its sound."""

    path: Path
    sha256: str
    duration_ms: float


class Clips:
    """Looks up each clip once. A faulty one is reported where it is first used, then is None."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._home = root.resolve()
        self._seen: dict[str, Clip | None] = {}

    @property
    def found(self) -> dict[str, Clip]:
        """The good ones so far, by their names in the scripts."""
        return {name: clip for name, clip in self._seen.items() if clip is not None}

    def look_up(self, reference: Place) -> Clip | Problem | None:
        """The clip a reference names; None for one already reported."""
        name = str(reference.value)
        if name in self._seen:
            return self._seen[name]
        looked = self._open(reference, name)
        self._seen[name] = looked if isinstance(looked, Clip) else None
        return looked

    def _open(self, reference: Place, name: str) -> Clip | Problem:
        path = self._root / name
        if PurePosixPath(name).is_absolute() or not self._inside(path):
            hint = "copy it into the folder, so that the dataset can be moved"
            message = f"{name} lies outside the dataset's folder"
            return reference.problem(DatasetFault.OUTSIDE_FOLDER, message, hint)
        if not path.is_file():
            message = f"{name} does not exist" if not path.exists() else f"{name} is no file"
            return reference.problem(DatasetFault.AUDIO_MISSING, message, self._nearest(name))
        try:
            return _clip(path)
        except (AudioUnreadable, OSError) as error:
            message = f"{name} cannot be read: {error}"
            return reference.problem(DatasetFault.AUDIO_UNREADABLE, message)

    def _inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._home)
        except (OSError, RuntimeError, ValueError):  # a ring of links, or a name with a NUL
            return False

    def _nearest(self, name: str) -> str:
        folder = (self._root / name).parent
        names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
        return nearest(Path(name).name, [n for n in names if n.lower().endswith(AUDIO_SUFFIXES)])


def _clip(path: Path) -> Clip:
    data = path.read_bytes()
    if not data:
        raise AudioUnreadable("the file is empty")
    info = audio_info(path)
    if not info.frames:
        raise AudioUnreadable("it holds no sound")
    return Clip(path, hashlib.sha256(data).hexdigest(), info.frames * 1000 / info.rate)
