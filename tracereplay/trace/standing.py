"""Where marks stand: at which byte of what a connection sends.

Between the rows of what was sent it is the byte that the next row begins with; between items the byte that is sent
next, on the connection that sends it; in what was received, all that its connection had sent by then. After the
last byte that is sent it is the end. ``+N`` and ``-N`` go on from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracereplay.errors import PlanError
from tracereplay.trace.connections import Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Stray
from tracereplay.trace.mark import Mark
from tracereplay.trace.meaning import PlacedMark, read_meaning
from tracereplay.trace.notice import Notice
from tracereplay.units import format_bytes

_MISPLACED = (
    "a mark stands before an item, before a row of a dump, or at the end, and where its line begins: not so here"
)


@dataclass(slots=True)
class Marks:
    """Reads the items of a trace, and gives its conversations their marks."""

    _found: dict[int, list[PlacedMark]] = field(default_factory=dict)
    _sent: dict[int, int] = field(default_factory=dict)
    _waiting: list[Mark] = field(default_factory=list)  # for the byte that is sent next
    _last: int | None = None  # the connection that sent something last
    _notices: list[Notice] = field(default_factory=list)

    def read(self, placed: Placed) -> None:
        """Take note of the next item."""
        item = placed.item
        if isinstance(item, Mark):
            self._waiting.append(item)
        elif isinstance(item, Stray) and item.is_misplaced_mark:
            self._tell(item.line, _MISPLACED)
        elif isinstance(item, Event) and placed.connection is not None:
            number = placed.connection.id
            sent = self._sent.get(number, 0)
            is_sent = item.direction is Direction.SENT and item.is_payload
            if is_sent and item.payload.data:
                self._place_waiting(number)
                self._sent[number] = sent + len(item.payload)
                self._last = number
            for mark in item.marks:
                self._place(mark, number, sent + (mark.at if is_sent else 0))

    def finish(self, conversations: Iterable[Conversation]) -> list[Notice]:
        """Give the conversations their marks; return what is wrong with marks."""
        if self._last is not None:
            self._place_waiting(self._last)
        for mark in self._waiting:
            if not mark.is_comment:
                self._tell(mark.line, "a mark stands at a byte that is sent, and nothing is sent in this trace")
        for one in conversations:
            one.marks = tuple(sorted(self._found.pop(one.id, ()), key=lambda mark: (mark.at, mark.line)))
            for placed in one.marks:
                if not 0 <= placed.at <= one.sent.bytes:
                    total = format_bytes(one.sent.bytes)
                    self._tell(placed.line, f"a mark stands at byte {placed.at:,}, and {total} are sent there")
        self._look_at_names([mark for one in conversations for mark in one.marks])
        return self._notices

    def _place_waiting(self, number: int) -> None:
        for mark in self._waiting:
            self._place(mark, number, self._sent.get(number, 0))
        self._waiting.clear()

    def _place(self, mark: Mark, number: int, at: int) -> None:
        if mark.is_comment:
            return
        try:
            placed = read_meaning(mark.text).placed(mark.line, at)
        except PlanError as error:
            self._tell(mark.line, error.message)
        else:
            self._found.setdefault(number, []).append(placed)

    def _look_at_names(self, marks: list[PlacedMark]) -> None:
        lines: dict[str, int] = {}
        default: PlacedMark | None = None
        for mark in sorted(marks, key=lambda mark: mark.line):
            if mark.name is not None and mark.has_own_name:
                first = lines.setdefault(mark.name, mark.line)
                if first != mark.line:
                    self._tell(mark.line, f"line {first:,} has a mark of the same name: {mark.name}")
            if mark.what == "default":
                if default is not None:
                    self._tell(mark.line, f"line {default.line:,} names a default cut already: {default.name}")
                default = default or mark
        places = {mark.name for mark in marks if mark.what in ("cut", "mark")}
        if default is not None and default.name not in places:
            self._tell(default.line, f"the default cut is {default.name}, and no cut or mark has that name")

    def _tell(self, line: int, message: str) -> None:
        self._notices.append(Notice(line, "mark", message))
