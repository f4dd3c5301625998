"""A trace that refers to the files that curl sent, in the place of their bytes: ``--body-by-reference``.

What curl has dumped is compared with the files, byte for byte, and only what is the same is left out: whole rows, so
that all others stay as curl printed them. A file is hashed as it is read. Once it has changed, nothing more is left out
for it.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tracereplay.recorder.sent_files import LEAST_BYTES, SentFile
from tracereplay.trace import dump_hex
from tracereplay.trace.reference import Reference, Sent
from tracereplay.trace.source import Source

_DATA = re.compile(
    rb"(?:\d\d:\d\d:\d\d\.\d{6} )?(?:\[\d+-(?:\d+|x)\] )?"
    rb"(?P<way>=> Send|<= Recv) data, (?P<size>\d{1,19}) bytes \(0x[0-9a-f]+\)\n"
)
_MOST_BYTES = 1 << 24  # of an event: curl sends and receives less in one go
_MOST_PLACES = 64


Place = tuple[SentFile, int]


@dataclass(frozen=True, slots=True)
class _Run:
    """Bytes ``start`` to ``end`` of an event, which are those of ``file`` from ``offset`` on."""

    start: int
    end: int
    file: SentFile
    offset: int

    @property
    def place(self) -> Place:
        """Where in the file it begins."""
        return self.file, self.offset

    @property
    def is_at_end_of_file(self) -> bool:
        """Whether nothing of the file comes after it."""
        return self.offset + self.end - self.start >= self.file.size

    def rows(self, size: int) -> "_Run | None":
        """Return the whole rows in it, of a dump of ``size`` bytes; None when they are too few."""
        start = -(-self.start // dump_hex.ROW_BYTES) * dump_hex.ROW_BYTES
        end = self.end if self.end == size else self.end // dump_hex.ROW_BYTES * dump_hex.ROW_BYTES
        return _Run(start, end, self.file, self.offset + start - self.start) if end - start >= LEAST_BYTES else None


def refer(pieces: Iterable[bytes], files: Mapping[str, SentFile]) -> Iterator[bytes]:
    """Yield the text of a hex trace, given in pieces, with references to ``files``, each by its name in the trace.

    What was sent of each stands at the end.
    """
    last = b""
    for piece in _Referring(files).text(Source(_Stream(iter(pieces)))):
        yield piece
        last = piece or last
    lines = [Sent(name, file.hashed, file.digest.hexdigest()).text for name, file in files.items() if file.hashed]
    if lines and not last.endswith(b"\n"):  # curl was killed within a line
        yield b"\n"
    yield from lines


@dataclass(slots=True)
class _Referring:
    files: Mapping[str, SentFile]
    _places: list[Place] = field(default_factory=list)  # where a file may go on, the likeliest first

    def text(self, source: Source) -> Iterator[bytes]:
        while not source.is_at_end:
            head = source.peek_line()
            source.skip(len(head), 1)
            yield head
            found = _DATA.fullmatch(head)
            size = 0 if found is None else int(found["size"])
            if found is None or not 0 < size <= _MOST_BYTES:
                continue
            dump = source.peek(dump_hex.text_bytes(size))
            data = dump_hex.take(Source(io.BytesIO(dump)), size, b"\n").data
            if len(data) == size:  # it is a dump, and whole
                source.skip(len(dump), 0)
                yield from [dump] if found["way"] == b"<= Recv" else self._referred(dump, data)

    def _referred(self, dump: bytes, data: bytes) -> Iterator[bytes]:
        names = {file: name for name, file in self.files.items()}
        at = 0
        for run in self._runs(data):
            rows = run.rows(len(data))
            if rows is None or not run.file.refer(run.offset, data[run.start : run.end]):
                continue
            yield dump[dump_hex.text_bytes(at) : dump_hex.text_bytes(rows.start)]
            yield Reference(names[rows.file], rows.offset, rows.end - rows.start).text
            at = rows.end
        yield dump[dump_hex.text_bytes(at) :]

    def _runs(self, data: bytes) -> Iterator[_Run]:
        """Yield what in ``data`` is of a file, in order."""
        run = self._continued(data) or self._next(data, 0)
        while run is not None:
            if run.place in self._places:
                self._places.remove(run.place)
            if not run.is_at_end_of_file:
                self._places.insert(0, (run.file, run.offset + run.end - run.start))
            yield run
            run = self._next(data, run.end)
        self._places += self._begun(data)
        del self._places[_MOST_PLACES:]

    def _continued(self, data: bytes) -> _Run | None:
        """Return how ``data`` goes on with a file, if it begins with that."""
        begun = data[:LEAST_BYTES]
        for file, offset in self._places:
            if file.read(offset, len(begun)) == begun:
                return _run(data, 0, file, offset)
        return None

    def _next(self, data: bytes, at: int) -> _Run | None:
        """Return where the next stretch of a file begins: where one goes on behind some framing, or one begins."""
        found: list[_Run] = []
        for file, offset in self._all_places():
            probe = file.read(offset, LEAST_BYTES)
            start = data.find(probe, at) if probe else -1
            if start >= 0:
                found.append(_run(data, start, file, offset))
        return min(found, key=lambda run: (run.start, -run.end), default=None)

    def _begun(self, data: bytes) -> list[Place]:
        """Return how far files may have got in the last bytes of ``data``, which are too few to say so."""
        return [
            (file, offset + count)
            for file, offset in self._all_places()
            for probe in [file.read(offset, LEAST_BYTES - 1)]
            for count in range(len(probe), 0, -1)
            if data.endswith(probe[:count])
        ]

    def _all_places(self) -> list[Place]:
        return [*self._places, *((file, 0) for file in self.files.values())]


def _run(data: bytes, start: int, file: SentFile, offset: int) -> _Run:
    """Return how far ``data`` is, from ``start`` on, what the file is from ``offset`` on."""
    there = file.read(offset, len(data) - start)
    low, high = 0, len(there)
    if data.startswith(there, start):
        low = high
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if data.startswith(there[:middle], start) else (low, middle - 1)
    return _Run(start, start + low, file, offset)


@dataclass(slots=True)
class _Stream:
    """Pieces of a text, to be read."""

    pieces: Iterator[bytes]

    def read(self, _count: int, /) -> bytes:
        """Return the next piece that is one."""
        return next(filter(None, self.pieces), b"")
