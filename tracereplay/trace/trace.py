"""A trace of curl: a file that is read once to know what is in it, and again whenever its bytes are wanted."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

from tracereplay.errors import PlanError, TraceError
from tracereplay.trace.connections import Connections, Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Info, Item
from tracereplay.trace.file import TraceFile
from tracereplay.trace.fill import Fill, fills
from tracereplay.trace.line_ends import explained
from tracereplay.trace.missing import Missing
from tracereplay.trace.notice import Notice, Notices
from tracereplay.trace.omission import Omissions
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form, detect_form, read_items
from tracereplay.trace.redact import Redaction
from tracereplay.trace.references import Lookup, References
from tracereplay.trace.repair import repaired
from tracereplay.trace.resolve import Known, Mending, heads_of
from tracereplay.trace.seams import Seams
from tracereplay.trace.source import Source
from tracereplay.trace.standing import Marks
from tracereplay.trace.wording import is_of_curl

_PIECE_BYTES, _OVERLAP_BYTES = 1 << 20, 256
_KEPT_BYTES, _KEPT_EVENTS = 1 << 16, 1 << 10
_VERBOSE_LINE = re.compile(rb"^(?:[^\s#]\S* )?(?:\[\S+\] )?[<>{}] ", re.MULTILINE)
_FIRST_BYTES_MOVED = re.compile(
    rb"^(?:[^\s#]\S* )?(?:\[\S+\] )?(?:(?P<verbose>> \S+ \S+ HTTP/\d)|=> Send |<= Recv )", re.MULTILINE
)


class Trace:
    """What curl wrote: ``conversations``, one for each connection, and ``warnings``.

    ``strict`` makes a dot in a header an unknown byte, as one in a body is. ``files`` were uploaded, and fill
    what the trace does not know of them: ``fills`` says which is what. ``reasoned`` counts the bytes of line
    ends that an ascii trace does not show and that nothing else could be. Memory is constant in the size of
    payloads: events are read from the file each time they are asked for, but for those of a small trace, that may be
    played thousands of times. ``lookup`` says where the files are that it refers to.
    """

    def __init__(
        self, file: TraceFile, *, strict: bool = False, files: Sequence[Path] = (), lookup: Lookup | None = None
    ) -> None:
        self.path = file.path
        self.name = file.name
        self.strict = strict
        self.form: Form = "ascii"
        self.is_timed = False
        self.conversations: tuple[Conversation, ...] = ()
        self.warnings: tuple[Notice, ...] = ()
        self.fills: tuple[Fill, ...] = ()
        self.reasoned = 0
        self._file = file
        self.lookup = lookup or Lookup(Path(self.name).parent, tuple(files))
        self._references = References(self.name, self.lookup)
        self._known = Known(self.name)
        self._kept: dict[int, tuple[Event, ...]] = {}
        self._summarise()
        if files:
            self.fills = tuple(fills(self.name, self.conversations, self.events, files))
            self._known = self._known.filled_by(self.fills)
            self._count()

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        strict: bool = False,
        files: Sequence[str | Path] = (),
        lookup: Lookup | None = None,
    ) -> Self:
        """Return the trace in the file at ``path``; ``-`` reads the standard input.

        It may be gzipped. A pipe, which can be read only once, is kept in a temporary file. The files that it refers to
        are looked for where it is, or where ``lookup`` says. Raises TraceError when it cannot be
        read, or is no trace, or ``files`` are not what was uploaded.
        """
        return cls(TraceFile.at(path), strict=strict, files=[Path(file) for file in files], lookup=lookup)

    def items(self) -> Iterator[Placed]:
        """Yield everything in the trace as curl printed it, in its order, with the connection that it belongs to.

        Raises TraceError when the file has changed since it was loaded.
        """
        return self._items()

    def printed(self) -> Iterator[Item]:
        """Yield all items as curl printed them, for ``write_items``: their times are of the day, and may fall.

        Raises TraceError when a file that the trace refers to is not what was sent.
        """
        self.verify()
        return (placed.item for placed in self._items(of_day=True))

    def verify(self) -> None:
        """Raise TraceError unless the files that the trace refers to, in the place of their bytes, are what was sent.

        They are read whole, once for as long as they do not change.
        """
        self._references.verify()

    def refuse_elsewhere(self, name: str) -> None:
        """Raise PlanError when another trace, in a file of this name, would not find the files that this one refers to.

        Nothing is known of where the standard output goes, ``-``.
        """
        there = Lookup(Path(name).parent, self.lookup.files)
        lost = [one for one in self._references.names if not there.finds(one, self.lookup.path(one))]
        if lost and name != "-":
            raise PlanError(
                f"the trace refers to {lost[0]}, which would not be found from {name}",
                hint=f"write it beside {self.name}, or the bytes into it first: tracereplay convert --to hex",
            )

    def _items(self, *, of_day: bool = False) -> Iterator[Placed]:
        mending = Mending(self._known)
        mend = mending.mend if self._known or self.form == "ascii" else None
        with self._file.open() as stream:
            items = read_items(Source(stream), self.form, of_day=of_day, refer=self._references.payload)
            for placed in Connections(mend).sort(items):
                yield self._strictly(placed) if self.strict else placed
        self.reasoned = mending.reasoned

    def story(self) -> Iterator[Placed]:
        """Yield everything in the trace as it happened: as ``items()`` do, but for what curl did not trace as it was.

        An event that was put right, or put in, says so: ``restored``.
        """
        return repaired(self.items())

    def text(self) -> Iterator[bytes]:
        """Yield the text of the trace in pieces, each with some of the one before it."""
        before = b""
        with self._file.open() as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield before + piece
                before = piece[-_OVERLAP_BYTES:]

    def redacted(self, redaction: Redaction) -> Iterator[bytes]:
        """Yield the text of the trace without its secrets, in pieces; ``redaction`` says afterwards which they were."""
        with self._file.open() as stream:
            yield from redaction.text(stream, self.form)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the text, as they stand there."""
        with self._file.open() as stream:
            yield from stream

    def events(self, connection: int) -> Iterator[Event]:
        """Yield the events of one connection, payload only, in their order, as they happened.

        Raises TraceError when the file has changed since it was loaded, or one that it refers to is not what was sent.
        """
        self.verify()
        if not self.is_small:
            yield from self._events(connection)
            return
        self._file.check()
        if connection not in self._kept:
            self._kept[connection] = tuple(self._events(connection))
        yield from self._kept[connection]

    def _events(self, connection: int) -> Iterator[Event]:
        for placed in self.story():
            if isinstance(placed.item, Event) and placed.item.is_payload:
                assert placed.connection is not None
                if placed.connection.id == connection:
                    yield placed.item

    def _payloads(self, connection: int, direction: Direction) -> Iterator[Payload]:
        return (event.payload for event in self._events(connection) if event.direction is direction)

    def conversation(self, connection: int) -> Conversation:
        """Return the conversation with this number. Raises PlanError when there is none."""
        for conversation in self.conversations:
            if conversation.id == connection:
                return conversation
        numbers = ", ".join(str(one.id) for one in self.conversations) or "none"
        raise PlanError(
            f"{self.name}: there is no connection {connection}: the trace has {numbers}",
            hint=f"tracereplay show {self.name}",
        )

    @property
    def is_small(self) -> bool:
        """Whether its events are kept in memory once they were asked for: 64 KiB at most, and nothing from files."""
        tallies = [one.tally(direction) for one in self.conversations for direction in Direction]
        events, size = sum(one.events for one in tallies), sum(one.bytes for one in tallies)
        return events <= _KEPT_EVENTS and size <= _KEPT_BYTES and not self.fills

    @property
    def has_marks(self) -> bool:
        """Whether there are marks, or lines that should be some and are none."""
        return any(one.marks for one in self.conversations) or any(one.code == "mark" for one in self.warnings)

    @property
    def faults(self) -> tuple[Notice, ...]:
        """The warnings that say: these bytes are not what curl sent."""
        return tuple(warning for warning in self.warnings if warning.is_fault)

    def _summarise(self) -> None:
        with self._file.open() as stream:
            self.form = self._find_form(Source(stream))
        seams = Seams()
        self._count(seams if self.form == "ascii" else None)
        if self.form == "hex":
            return
        self._known = Known(self.name, seams.finish())
        if self._known:
            self._count()
        heads = heads_of(self.conversations)
        if heads:
            self._known = replace(self._known, heads=heads)
            self._count()

    def _count(self, seams: Seams | None = None) -> None:
        found: dict[int, Conversation] = {}
        collectors = (Notices(), Omissions(is_ascii=self.form == "ascii"), Missing(), Marks(), self._references)
        position = 0
        for placed in self.story():
            if isinstance(placed.item, Event) and placed.connection is not None:
                self.is_timed = self.is_timed or placed.item.time_ns is not None
                one = found.setdefault(placed.connection.id, Conversation(placed.connection))
                one.add(placed.item, position)
                if seams is not None:
                    seams.feed(placed.connection, placed.item)
                for rival in (placed.connection, *placed.rivals) if placed.rivals else ():
                    found.setdefault(rival.id, Conversation(rival)).doubt(placed.item)
                position += 1
            for collector in collectors:
                collector.read(placed)
        for one in found.values():
            one.connection.requests.finish()
        self.conversations = tuple(
            sorted((one for one in found.values() if one.first is not None), key=lambda one: one.first or 0)
        )
        for one in self.conversations:
            for direction in Direction:
                one.tally(direction).unknown.read_again_by(partial(self._payloads, one.id, direction))
        notices = [notice for collector in collectors for notice in collector.finish(self.conversations)]
        self.warnings = tuple(sorted(map(self._explained, notices), key=lambda notice: notice.line))
        self._kept.clear()

    def _explained(self, notice: Notice) -> Notice:
        if notice.code != "damaged":
            return notice
        with self._file.open() as stream:
            return explained(notice, Source(stream), self.name)

    def _find_form(self, source: Source) -> Form:
        form = detect_form(source)
        text = source.peek(1 << 16)
        first = _FIRST_BYTES_MOVED.search(text)  # what a body shows comes after it, whatever it looks like
        if form is not None and not (first and first["verbose"]):
            return form
        if not text:
            raise TraceError("the file is empty", trace=self.name, hint="record again: tracereplay record -- curl …")
        if _VERBOSE_LINE.search(text):
            raise TraceError(
                "this is what curl -v prints, which shows neither sizes nor bodies; a trace is needed",
                trace=self.name,
                hint="record it with --trace upload.txt in place of -v, or: tracereplay record -- curl …",
            )
        items = list(read_items(Source(io.BytesIO(text)), "ascii"))
        if any(isinstance(item, Event) or (isinstance(item, Info) and is_of_curl(item)) for item in items):
            return "ascii"
        raise TraceError(
            "this is no trace of curl: no line such as '=> Send header, 158 bytes (0x9e)' is in it",
            trace=self.name,
            line=1,
            hint="make one with: curl --trace upload.txt --trace-time …, or: tracereplay record -- curl …",
        )

    @staticmethod
    def _strictly(placed: Placed) -> Placed:
        if not isinstance(placed.item, Event):
            return placed
        return replace(placed, item=replace(placed.item, payload=placed.item.payload.strict()))
