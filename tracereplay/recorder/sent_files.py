"""The files that a curl command sends as they are, which its trace may refer to.

``-d @file`` is none, for curl leaves out its line ends; the standard input is none. A name that is wrong here does no
harm: what is referred to is compared. A file is hashed as it is read.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tracereplay.recorder.dialect import Dialect
from tracereplay.recorder.options import Part, read_line
from tracereplay.trace.file import State, state_of

LEAST_BYTES = 64  # that are worth a line
_PIECE_BYTES = 1 << 20

_WHOLE = frozenset({"upload-file"})
_BEHIND_AT = frozenset({"data-binary", "json"})
_IN_FORM = frozenset({"form"})
_FORM_FILE = re.compile(r'(?:^[^=]*=[@<]|(?<=,))(?:"((?:[^"\\]|\\.)*)"|([^;,]+))')


def sent_files(words: Sequence[str], dialect: Dialect) -> tuple[Path, ...]:
    """Return the files that a curl command line, without curl's own name, sends; each once, if it is there."""
    found = {Path(name): None for part in read_line(words, dialect) for name in _names(part)}
    return tuple(path for path in found if path.is_file())


def _names(part: Part) -> Iterator[str]:
    option = part.names[-1] if part.names else ""
    value = _value(part)
    if option in _WHOLE:
        yield value
    elif option in _BEHIND_AT and value.startswith("@"):
        yield value[1:]
    elif option in _IN_FORM:
        for quoted, plain in _FORM_FILE.findall(value):
            yield re.sub(r"\\(.)", r"\1", quoted) or plain


def _value(part: Part) -> str:
    """Return the value of the last option in ``part``: the next word, or what is joined to it."""
    if len(part.words) > 1:
        return part.words[1]
    word = part.words[0]
    return word.partition("=")[2] if word.startswith("--") else word[1 + len(part.names) :]


@dataclass(eq=False, slots=True)
class SentFile:
    """A file while it is sent: ``hashed`` bytes of it, from its beginning, are in ``digest``."""

    path: Path
    stream: BinaryIO
    state: State
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    hashed: int = 0

    @classmethod
    def open(cls, path: Path) -> "SentFile":
        """Return the file, open. Raises OSError."""
        stream = path.open("rb", buffering=0)
        return cls(path, stream, state_of(os.fstat(stream.fileno())))

    @property
    def size(self) -> int:
        """How many bytes it had when it was opened."""
        return self.state[1]

    @property
    def is_changed(self) -> bool:
        """Whether it was written to since it was opened."""
        return state_of(os.fstat(self.stream.fileno())) != self.state

    def read(self, offset: int, count: int) -> bytes:
        """Return what stands there; less at the end, and nothing where it cannot be read."""
        try:
            return os.pread(self.stream.fileno(), count, offset)
        except OSError:
            return b""

    def refer(self, offset: int, data: bytes) -> bool:
        """Take ``data``, which was read at ``offset``, into the hash; return whether it can be referred to."""
        end = offset + len(data)
        while self.hashed < offset:  # sent from the middle on
            piece = self.read(self.hashed, min(_PIECE_BYTES, offset - self.hashed))
            if not piece:
                return False
            self._hash(piece)
        if self.is_changed:
            return False
        if end > self.hashed:
            self._hash(data[self.hashed - offset :])
        return True

    def _hash(self, data: bytes) -> None:
        self.digest.update(data)
        self.hashed += len(data)


@contextmanager
def opened(paths: Iterable[Path], folder: Path) -> Iterator[dict[str, SentFile]]:
    """Give the files that can be read, and are worth a line, by the names that a trace in ``folder`` has for them."""
    with ExitStack() as stack:
        files: dict[str, SentFile] = {}
        for path in paths:
            with suppress(OSError):  # curl says so
                file = SentFile.open(path)
                stack.callback(file.stream.close)
                if file.size >= LEAST_BYTES:
                    files[_name(path, folder)] = file
        yield files


def _name(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:  # on another drive of Windows
        return str(path.resolve())
