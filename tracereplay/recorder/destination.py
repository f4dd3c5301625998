"""Where a recording goes: checked before curl runs, written beside, moved into place in one step."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from tracereplay.errors import PlanError, SystemFault
from tracereplay.trace.file import GZIP_SUFFIX


def check(output: Path, *, overwrite: bool) -> None:
    """Raise PlanError when a recording cannot go to ``output``."""
    if str(output) == "-":
        raise PlanError(
            "a recording goes to a file, for the standard output is curl's",
            hint="give it a name: tracereplay record -o upload.txt -- curl ...",
        )
    try:
        _check_place(output, overwrite=overwrite)
    except OSError as fault:
        raise PlanError(f"{output}: {fault.strerror}", hint="choose another name: -o upload.txt") from fault


def _check_place(output: Path, *, overwrite: bool) -> None:
    if output.is_dir():
        raise PlanError(f"{output} is a directory", hint=f"name a file in it: -o {output / 'upload.txt'}")
    if not output.parent.is_dir():
        raise PlanError(f"{output}: there is no directory {output.parent}", hint=f"mkdir -p {output.parent}")
    if output.exists() and not output.is_file():
        raise PlanError(f"{output} is not an ordinary file", hint="choose another name: -o upload.txt")
    if os.path.lexists(output) and not overwrite:
        raise PlanError(f"{output} exists", hint="give --overwrite to replace it, or choose another name")


@contextmanager
def draft(folder: Path, name: str) -> Iterator[Path]:
    """Yield the absolute path of a new, empty file in ``folder``, hidden, and named after ``name``.

    It has the permissions of any new file, and is removed at the end unless it was moved away.
    Raises PlanError when nothing can be written there.
    """
    path = folder.absolute() / f".{name[:40]}.{secrets.token_hex(6)}.part"
    try:
        _create(path)
    except OSError as fault:
        raise PlanError(
            f"nothing can be written in {folder.absolute()}: {fault.strerror}",
            hint="choose another place: -o /tmp/upload.txt",
        ) from fault
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def keep(part: Path, wanted: Path, *, overwrite: bool) -> Path:
    """Move ``part`` to ``wanted`` and return where it is now.

    With ``overwrite`` a link is replaced, not what it points to. Without, nothing is replaced, not even
    what has appeared meanwhile: then it is the first free name of ``upload-2.txt``, ``upload-3.txt`` and
    so on. Raises SystemFault when nothing can be moved.
    """
    try:
        if overwrite:
            return part.replace(wanted)
        free, number = wanted, 1
        while not _is_moved(part, free):
            number += 1
            free = wanted.with_name(_numbered(wanted.name, number))
    except OSError as fault:
        raise SystemFault(f"the recording cannot be moved to {wanted}: {fault.strerror}") from fault
    return free


def _numbered(name: str, number: int) -> str:
    """Return ``upload-2.txt.gz`` for ``upload.txt.gz``."""
    inner = PurePath(name.removesuffix(GZIP_SUFFIX))
    return f"{inner.stem}-{number}{inner.suffix}{name[len(inner.name) :]}"


def _is_moved(part: Path, free: Path) -> bool:
    """Move ``part`` to ``free`` unless there is something; return whether it was moved."""
    try:
        free.hardlink_to(part)
        part.unlink()
    except FileExistsError:
        return False
    except OSError:
        return _is_moved_without_links(part, free)
    return True


def _is_moved_without_links(part: Path, free: Path) -> bool:
    """Do the same where the file system has no hard links: take the name first, then replace what took it."""
    try:
        _create(free)
    except FileExistsError:
        return False
    part.replace(free)
    return True


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
