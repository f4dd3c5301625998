"""The files that a trace refers to: where they are, what is in them, and whether that is what was sent."""

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tracereplay.errors import TraceError, refuse_too_many_files
from tracereplay.trace.connections import Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.file import State, state_of
from tracereplay.trace.mark import Mark
from tracereplay.trace.notice import Notice
from tracereplay.trace.payload import UNKNOWN, Payload
from tracereplay.trace.reference import Reference, Sent, read_sent
from tracereplay.units import format_bytes

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where files are looked for: among ``files``, by their last name, then in ``folder``, then as they are named."""

    folder: Path
    files: tuple[Path, ...] = ()

    def path(self, name: str) -> Path:
        """Return where the file of that name is, or should be."""
        path = Path(name)
        given = next((file for file in self.files if file.name == path.name), None)
        beside = self.folder / path
        return given or (beside if beside.exists() or not path.exists() else path)

    def finds(self, name: str, path: Path) -> bool:
        """Return whether the file of that name is the one at ``path``, or neither is there."""
        return os.path.realpath(self.path(name)) == os.path.realpath(path)


class References:
    """The files that a trace refers to.

    A file that is not there, or too short, makes bytes unknown. Whether one is what was sent is for ``verify`` to say.
    """

    def __init__(self, trace: str, lookup: Lookup) -> None:
        self._lookup = lookup
        self._trace = trace
        self._sent: dict[str, Sent] = {}
        self._used: dict[str, int] = {}  # the names that dumps refer to, and how far they were read
        self._verified: dict[str, State] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files, as they stand in the dumps."""
        return tuple(self._used)

    def read(self, placed: Placed) -> None:
        """Take note of an item that says what was sent of a file."""
        sent = read_sent(placed.item.text, placed.item.line) if isinstance(placed.item, Mark) else None
        if sent is not None:
            self._sent[sent.name] = sent

    def payload(self, reference: Reference) -> Payload:
        """Return the bytes; unknown ones where the file does not have them. Raises TraceError when it has changed."""
        end = reference.offset + reference.size
        self._used[reference.name] = max(self._used.get(reference.name, 0), end)
        data = self._bytes(reference)
        missing = reference.size - len(data)
        return Payload(data + b"." * missing, bytes(len(data)) + bytes((UNKNOWN,)) * missing if missing else b"")

    def _bytes(self, reference: Reference) -> bytes:
        path = self._lookup.path(reference.name)
        try:
            if not path.is_file():  # to open anything else may wait without end
                return b""
            with path.open("rb", buffering=0) as stream:
                verified = self._verified.get(reference.name)
                if verified is not None and verified != state_of(os.fstat(stream.fileno())):
                    raise TraceError(f"{path} was changed while it was in use", trace=self._trace)
                return os.pread(stream.fileno(), reference.size, reference.offset)
        except (OSError, ValueError) as error:
            refuse_too_many_files(error)
            return b""

    def finish(self, _conversations: Iterable[Conversation]) -> list[Notice]:
        """Return what is wrong with the files at first sight: their sizes are looked at."""
        faults = ((name, self._fault(name)) for name in self._used)
        return [Notice(self._line(name) or 1, "reference", fault) for name, fault in faults if fault is not None]

    def _fault(self, name: str) -> str | None:
        """Return why the file cannot be what was sent, as far as its size tells; None when it can."""
        sent, path = self._sent.get(name), self._lookup.path(name)
        try:
            status = path.stat()
        except (OSError, ValueError) as error:
            refuse_too_many_files(error)
            return f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
        if not stat.S_ISREG(status.st_mode):
            return f"{path} is no ordinary file"
        needed = max(self._used.get(name, 0), 0 if sent is None else sent.size)
        if status.st_size < needed:
            return f"{path} is not what was sent: it has {format_bytes(status.st_size)}, and {needed:,} are needed"
        return None

    def verify(self) -> None:
        """Raise TraceError unless each file that dumps refer to has the bytes that were sent, by its hash.

        What has not changed since is not read again.
        """
        for name in self._used:
            sent = self._sent.get(name)
            fault = self._fault(name)
            if fault is None and (sent is None or sent.size < self._used[name]):
                fault = f"nothing says what {name} was when it was sent: its line #: source is missing, or too short"
            if fault is not None:
                raise self._refusal(fault, name)
            assert sent is not None
            self._compare(sent)

    def _compare(self, sent: Sent) -> None:
        path = self._lookup.path(sent.name)
        try:
            with path.open("rb") as stream:
                state = state_of(os.fstat(stream.fileno()))
                if self._verified.get(sent.name) == state:
                    return
                digest = hashlib.sha256()
                left = sent.size
                while left and (piece := stream.read(min(left, _PIECE_BYTES))):
                    digest.update(piece)
                    left -= len(piece)
        except OSError as error:
            refuse_too_many_files(error)
            raise self._refusal(f"{path} cannot be read: {error.strerror}", sent.name) from error
        if digest.hexdigest() != sent.digest:
            found = f"the sha256 of its first {format_bytes(sent.size)} is {digest.hexdigest()}"
            raise self._refusal(f"{path} is not what was sent: {found}, and was {sent.digest}", sent.name)
        self._verified[sent.name] = state

    def _refusal(self, fault: str, name: str) -> TraceError:
        return TraceError(
            fault,
            trace=self._trace,
            line=self._line(name),
            hint=f"give the file as it was when curl read it: --file ELSEWHERE/{Path(name).name}; or record again",
        )

    def _line(self, name: str) -> int | None:
        sent = self._sent.get(name)
        return None if sent is None else sent.line
