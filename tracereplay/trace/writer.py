"""Items to text, exactly as curl prints it: the way back from a reading to a trace.

Source: curl src/tool_cb_dbg.c, tool_debug_cb() and log_line_start().
"""

from collections import deque
from collections.abc import Iterable, Iterator

from tracereplay.trace import dump_ascii, dump_hex
from tracereplay.trace.clock import DAY_NS
from tracereplay.trace.event import Direction, Event, Ids, Info, Item
from tracereplay.trace.mark import Mark
from tracereplay.trace.reader import Form

_VERBS = {Direction.SENT: b"=> Send ", Direction.RECEIVED: b"<= Recv "}


def write_items(
    items: Iterable[Item], form: Form, *, line_end: bytes = b"\n", shows_delete: bool = False
) -> Iterator[bytes]:
    """Yield the text of each item in turn.

    The time of an item is its time of day, without a date; an item without one is written without one. A
    torn event declares its whole size and dumps what is there, also what was in a file that the trace refers to; marks,
    and text that belongs to no item, stay as they are.
    ``line_end`` is CR LF in a trace that was written on Windows; a line of information keeps its own.
    ``shows_delete``: 0x7f is printed as it is, as curl does to 7.84.0.
    """
    for item in items:
        if isinstance(item, Event):
            yield write_event(item, form, line_end=line_end, shows_delete=shows_delete)
        elif isinstance(item, Info):
            end = line_end if item.end == b"\n" else item.end
            yield _prefix(item.time_ns, item.ids) + item.mark + item.text + end
        elif not (isinstance(item, Mark) and item.is_source):
            yield item.text


def write_event(event: Event, form: Form, *, line_end: bytes = b"\n", shows_delete: bool = False) -> bytes:
    """Return the head line of ``event`` and its dump."""
    size = event.declared_bytes
    head = b"%s%s, %d bytes (0x%x)" % (_VERBS[event.direction], event.kind.value.encode("ascii"), size, size)
    rows = rows_of(event, form, line_end, shows_delete=shows_delete)
    dump = b"".join(_with_marks(rows, event.marks) if event.marks else (row for _, row in rows))
    return _prefix(event.time_ns, event.ids) + head + line_end + dump


def rows_of(event: Event, form: Form, line_end: bytes, *, shows_delete: bool) -> Iterator[tuple[int, bytes]]:
    """Yield the rows of the dump of ``event``, each with its offset."""
    if form == "hex":
        return dump_hex.rows(event.payload, line_end, shows_delete=shows_delete)
    missing = event.declared_bytes - len(event.payload)
    return dump_ascii.rows(event.payload, line_end, missing_bytes=missing, shows_delete=shows_delete)


def _with_marks(rows: Iterable[tuple[int, bytes]], marks: Iterable[Mark]) -> Iterator[bytes]:
    """Yield the rows, and before each the marks that stand there."""
    to_come = deque(marks)
    for offset, row in rows:
        while to_come and to_come[0].at <= offset:
            yield to_come.popleft().text
        yield row
    yield from (mark.text for mark in to_come)


def _prefix(time_ns: int | None, ids: Ids | None) -> bytes:
    time = b"" if time_ns is None else write_time(time_ns)
    if ids is None:
        return time
    connection = b"x" if ids.connection is None else b"%d" % ids.connection
    return b"%s[%d-%s] " % (time, ids.transfer, connection)


def write_time(time_ns: int) -> bytes:
    """Return the time of day as it stands at the start of a line."""
    seconds, rest_ns = divmod(time_ns % DAY_NS, 1_000_000_000)
    minutes, second = divmod(seconds, 60)
    return b"%02d:%02d:%02d.%06d " % (*divmod(minutes, 60), second, rest_ns // 1_000)
