"""Files that are written whole or not at all."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tracereplay.cli.door import unwritable
from tracereplay.errors import PlanError, SystemFault
from tracereplay.trace.file import GZIP_SUFFIX, is_gzip, packed

STANDARD = "-"


def refuse_same(source: str, *outputs: str) -> None:
    """Raise PlanError when two of the files are the same one."""
    names = [os.path.realpath(name) if name != STANDARD else None for name in outputs]
    if len(set(names)) < len(names):
        raise PlanError(f"{outputs[0]} cannot take both directions", hint="give each a file of its own")
    if source != STANDARD and os.path.realpath(source) in names:
        raise PlanError(f"{source} is the trace itself", hint="choose another file for the output")


@contextmanager
def written(name: str) -> Iterator[BinaryIO]:
    """Yield a stream whose bytes are in the file ``name`` once the block has ended without an exception.

    ``-`` is the standard output. A pipe or a device is written to as it is. Raises PlanError when the file
    cannot be written, SystemFault when the standard output cannot.
    """
    if name == STANDARD:
        yield from _standard()
        return
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:
                yield stream
        else:
            yield from _moved_into_place(path)
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise PlanError(f"{name} cannot be written: {fault.strerror}") from fault


@contextmanager
def written_trace(name: str) -> Iterator[BinaryIO]:
    """Do the same for the text of a trace: it is gzipped where the name ends in ``.gz``."""
    with written(name) as stream, packed(stream, as_gzip=name.endswith(GZIP_SUFFIX)) as text:
        yield text


def rewrite_trace(name: str, lines: Iterable[bytes], check: Callable[[Path], None]) -> None:
    """Put ``lines`` in the place of the text in the file ``name``, in one step; a gzip stays one, and a link a link.

    ``check`` reads the new file before, and raises when it is not what was wanted. Raises PlanError when the file
    cannot be written.
    """
    refuse_no_file(name)
    target = Path(os.path.realpath(name))
    try:
        with _part_beside(target, mode=0o600) as part, part.open("wb") as stream:
            with packed(stream, as_gzip=is_gzip(target)) as text:
                text.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
            check(part)
            _take_over(target, part)
            part.replace(target)
    except OSError as fault:
        raise PlanError(f"{name} cannot be written: {fault.strerror}") from fault


@contextmanager
def _part_beside(target: Path, mode: int) -> Iterator[Path]:
    """Yield a new, empty file beside ``target``, which goes at the end unless it was moved away."""
    part = target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _take_over(old: Path, new: Path) -> None:
    """Give the new file the owner, as far as we may, and the permissions of the old one."""
    status = old.stat()
    with contextlib.suppress(PermissionError):
        os.chown(new, status.st_uid, status.st_gid)
    new.chmod(stat.S_IMODE(status.st_mode))


def refuse_no_file(name: str) -> None:
    """Raise PlanError when ``name`` is there, and no file that can be written in place."""
    if name == STANDARD or (Path(name).exists() and not Path(name).is_file()):
        raise PlanError(f"{name} is no file that can be written in place", hint="write it to a file first")


@contextmanager
def drafted_trace(name: str) -> Iterator[Path]:
    """Yield a file to write the text of a trace to, and to read it again; at the end it is ``name``, or nothing is.

    ``-`` is the standard output.
    """
    suffix = GZIP_SUFFIX if name.endswith(GZIP_SUFFIX) else ".txt"
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        draft = Path(folder) / f"edited{suffix}"
        yield draft
        with written(name) as stream, draft.open("rb") as text:
            shutil.copyfileobj(text, stream)


def refuse_inputs(names: Iterable[str], output: str) -> None:
    """Raise PlanError when ``output`` is one of the files that are read."""
    for name in names:
        if os.path.realpath(name) == os.path.realpath(output):
            raise PlanError(f"{name} is read, and cannot be the output", hint="choose another file for the output")


def refuse_unwritable(name: str) -> None:
    """Raise PlanError when the file ``name`` cannot be written, so that it is known before what it shall hold."""
    path = Path(name)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if name != STANDARD and (path.is_file() or not path.exists()):
            with _part_beside(Path(os.path.realpath(path)), mode=0o600):
                pass
    except OSError as fault:
        raise PlanError(f"{name} cannot be written: {fault.strerror}") from fault


def refuse_existing(name: str, *, overwrite: bool) -> None:
    """Raise PlanError when ``name`` is a file that is there, and not to be replaced."""
    if name != STANDARD and Path(name).is_file() and not overwrite:
        raise PlanError(f"{name} exists", hint="give --overwrite to replace it, or choose another name")


def _standard() -> Iterator[BinaryIO]:
    if sys.stdout.name == os.devnull:  # in the place of one that the caller has closed: see open_closed_streams()
        raise SystemFault("the standard output is closed, and the bytes should go there")
    try:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise unwritable(fault) from fault


def _moved_into_place(path: Path) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))  # where a link points to, so that the link stays
    with _part_beside(target, mode=0o600 if target.exists() else 0o666) as part:
        with part.open("wb") as stream:
            yield stream
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
