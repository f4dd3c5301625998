"""Where files are looked for: beside the test, then in ``tracereplay_dir``, then in the root directory of pytest."""

import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from glob import escape, glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from tracereplay.errors import PlanError
from tracereplay.testing.session import running

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet


@dataclass(frozen=True, slots=True)
class Lookup:
    """The folders in which a file is looked for, the first comes first; messages name them from ``cwd``."""

    folders: tuple[Path, ...]
    cwd: Path

    @classmethod
    def beside(cls, test: Path, config: pytest.Config) -> Self:
        """Return where the files of the test in the file ``test`` are looked for."""
        folders = (test.parent, *config.getini("tracereplay_dir"), config.rootpath)
        return cls(tuple(dict.fromkeys(folders)), config.invocation_params.dir)

    def file(self, name: str) -> Path:
        """Return the file called ``name``. Raises PlanError when there is none."""
        for folder in self.folders:
            if _is_file(folder / name):
                return folder / name
        raise self._nowhere(f"there is no file {name!r}")

    def files(self, name: str) -> list[Path]:
        """Return the files called ``name``, which may have ``*`` in it, sorted: those of the first folder with any.

        What is called just so comes before what it fits as a pattern: ``upload[1].txt``.
        """
        if not has_magic(name):
            return [self.file(name)]
        for folder in self.folders:
            if _is_file(folder / name):
                return [folder / name]
            pattern = Path(escape(str(folder))) / name
            found = (Path(path) for path in glob(str(pattern), recursive=True))  # noqa: PTH207 - may be absolute
            if files := sorted(path for path in found if _is_file(path)):
                return files
        raise self._nowhere(f"no file fits {name!r}")

    def shown(self, path: str) -> str:
        """Return how to name the file at ``path`` from where pytest was started."""
        relative = os.path.relpath(path, self.cwd)
        return relative if len(relative) < len(path) else path

    def _nowhere(self, what: str) -> PlanError:
        return PlanError(
            what,
            hint=f"looked in {', '.join(self.shown(str(folder)) for folder in self.folders)}; another folder is named"
            " with tracereplay_dir in the ini file",
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for a file, say
        return False


def short_names(paths: Iterable[Path], root: Path) -> dict[Path, str]:
    """Return a name for each path, in ASCII: as much of its end as tells it from the others, seen from ``root``."""
    paths = list(dict.fromkeys(paths))
    stems = Counter(path.with_suffix("") for path in paths)
    named = {path: path if stems[path.with_suffix("")] > 1 else path.with_suffix("") for path in paths}
    parts = {path: Path(os.path.relpath(name, root)).parts for path, name in named.items()}
    return {path: _told_apart(own, [one for one in parts.values() if one != own]) for path, own in parts.items()}


def _told_apart(own: tuple[str, ...], others: Collection[tuple[str, ...]]) -> str:
    length = 1
    while length < len(own) and any(own[-length:] == one[-length:] for one in others):
        length += 1
    return "/".join(own[-length:]).encode("ascii", "backslashreplace").decode()


def traces(*patterns: str) -> "list[ParameterSet]":
    """Return the traces that fit ``patterns`` as parameters, for ``pytest.mark.parametrize``: sorted, with ids.

    They are looked for as those of the marker are, beside the file that calls this first. Where nothing fits, the
    collection of that file ends with a message.
    """
    caller = sys._getframe(1).f_globals.get("__file__")  # noqa: SLF001 - the one way to know whose call it is
    here = Path.cwd() / "none" if caller is None else Path(caller)
    lookup = _of_this_run(here)
    try:
        found = [path for pattern in patterns for path in lookup.files(pattern)]
    except PlanError as error:
        raise pytest.Collector.CollectError(f"traces(): {error}") from None
    return [pytest.param(path, id=name) for path, name in short_names(found, lookup.folders[-1]).items()]


def _of_this_run(test: Path) -> Lookup:
    config = running()
    return Lookup((test.parent,), Path.cwd()) if config is None else Lookup.beside(test, config)
