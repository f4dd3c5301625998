"""Bytes that are sent in the place of recorded ones: of any size, read or made when their turn comes, not before."""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol, Self

from tracereplay.errors import PlanError, SystemFault, refuse_too_many_files

PIECE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 18
_LAST_CHUNK = b"0\r\n\r\n"


class Content(Protocol):
    """Bytes of a known number, read in pieces whenever they are asked for."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""

    def pieces(self) -> Iterator[bytes]:
        """Yield them in pieces."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file, as many as it had when it was named."""

    path: Path
    size_bytes: int

    @classmethod
    def of(cls, name: str | Path, option: str = "--body") -> Self:
        """Return the content of a file. Raises PlanError for what is no file that can be read."""
        if not str(name):
            raise PlanError("no file has an empty name", hint=f"{option} takes @ and a file: @big.csv")
        path, size = Path(name), None
        try:
            mode = path.stat().st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # to open anything else may wait without end
                with path.open("rb", buffering=0) as stream:
                    size = stream.seek(0, 2)
        except (OSError, ValueError) as error:
            refuse_too_many_files(error)
            reason = getattr(error, "strerror", None) or str(error)
            raise PlanError(f"{path} cannot be read: {reason}", hint=f"{option} takes @ and a file") from error
        if size is None:
            raise PlanError(
                f"{path} is no file of a known size, and how much is sent must be known before",
                hint="write it to a file first",
            )
        return cls(path, size)

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes in pieces, all but the last of 1 MiB.

        Raises SystemFault when the file can no longer be read, or has become shorter.
        """
        left = self.size_bytes
        try:
            with self.path.open("rb") as stream:
                while left:
                    piece = stream.read(min(PIECE_BYTES, left))
                    if not piece:
                        raise SystemFault(f"{self.path} has become shorter by {left:,} bytes while it was sent")
                    left -= len(piece)
                    yield piece
        except OSError as error:
            refuse_too_many_files(error)
            raise SystemFault(f"{self.path} cannot be read any more: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Zeros:
    """So many bytes of zero."""

    size_bytes: int

    def pieces(self) -> Iterator[bytes]:
        """Yield them in pieces of 1 MiB, and the rest."""
        return _cut_to(iter(lambda: _ZEROS, b""), self.size_bytes)


@dataclass(frozen=True, slots=True)
class Noise:
    """So many bytes that look random, and are the same for the same seed.

    Block ``i``, of 1 MiB, is SHAKE-128 of the seed in UTF-8, a zero byte, and ``i`` in eight bytes, big-endian.
    """

    seed: str
    size_bytes: int

    def pieces(self) -> Iterator[bytes]:
        """Yield the blocks, the last of them only as far as it is wanted."""
        begun = hashlib.shake_128(self.seed.encode("utf-8", "surrogateescape") + b"\0")
        for number, start in enumerate(range(0, self.size_bytes, PIECE_BYTES)):
            block = begun.copy()
            block.update(number.to_bytes(8, "big"))
            yield block.digest(min(PIECE_BYTES, self.size_bytes - start))


@dataclass(frozen=True, slots=True)
class Repeated:
    """A content, over and over, to so many bytes. One of up to 1 MiB is read once and then repeated from memory."""

    content: Content
    size_bytes: int

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        period = self.content.size_bytes
        if not period:
            return iter(())
        endless: Iterator[bytes]
        if period > PIECE_BYTES:
            endless = chain.from_iterable(iter(self.content.pieces, None))
        else:
            block = b"".join(self.content.pieces()) * (PIECE_BYTES // period)
            endless = iter(lambda: block, b"")
        return _cut_to(endless, self.size_bytes)


@dataclass(frozen=True, slots=True)
class Chunks:
    """A content as chunks of a body; the last chunk, which is empty, is there where ``is_whole``."""

    plain: Content
    is_whole: bool = True

    @property
    def size_bytes(self) -> int:
        """How many bytes there are, framing included."""
        return sum(len(size_line(size)) + size + 2 for size in self._sizes()) + len(self._end)

    def pieces(self) -> Iterator[bytes]:
        """Yield a chunk at a time."""
        for piece in _recut(self.plain.pieces(), CHUNK_BYTES):
            yield b"".join((size_line(len(piece)), piece, b"\r\n"))
        if self.is_whole:
            yield _LAST_CHUNK

    def spans(self, at: int) -> Iterator[tuple[int, int]]:
        """Yield where the bytes of the content are in chunks that begin at offset ``at``."""
        for size in self._sizes():
            at += len(size_line(size))
            yield at, at + size
            at += size + 2

    @property
    def _end(self) -> bytes:
        return _LAST_CHUNK if self.is_whole else b""

    def _sizes(self) -> Iterator[int]:
        whole, rest = divmod(self.plain.size_bytes, CHUNK_BYTES)
        return chain((CHUNK_BYTES for _ in range(whole)), (rest,) if rest else ())


@dataclass(frozen=True, slots=True)
class Text:
    """A few bytes that are there."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return len(self.data)

    def pieces(self) -> Iterator[bytes]:
        """Yield them."""
        if self.data:
            yield self.data


@dataclass(frozen=True, slots=True)
class Joined:
    """Several contents, one after the other."""

    parts: tuple[Content, ...]

    @property
    def size_bytes(self) -> int:
        """How many bytes they have together."""
        return sum(part.size_bytes for part in self.parts)

    def pieces(self) -> Iterator[bytes]:
        """Yield the pieces of each."""
        return chain.from_iterable(part.pieces() for part in self.parts)


def size_line(size: int) -> bytes:
    """Return the line before a chunk of ``size`` bytes."""
    return b"%x\r\n" % size


_ZEROS = bytes(PIECE_BYTES)


def _cut_to(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the first ``size`` bytes of the pieces."""
    while size:
        piece = next(pieces)
        yield piece if len(piece) <= size else piece[:size]
        size -= min(size, len(piece))


def _recut(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in pieces of ``size``, and what is left."""
    rest = b""
    for piece in pieces:
        whole = rest + piece if rest else piece
        end = len(whole) - len(whole) % size
        for at in range(0, end, size):
            yield whole[at : at + size]
        rest = whole[end:]
    if rest:
        yield rest
