"""Puts right what curl's trace shows otherwise than it was on the wire, where the truth can be derived.

Both known cases are blank lines of an answer, and so CR LF beyond doubt. What is restored is marked on its
event, and the items themselves stay as curl printed them: repairs are made in the stream of placed events.

* To 8.6.0 the blank line that ends a 1xx is not traced. The next status line proves that it was there, and so
  does the body that curl sends because of ``100 Continue``.
* To 8.4.0, when the LF of the blank line comes in a read of its own, curl traces two bytes that begin with this
  LF: NUL follows, or what stands behind it in curl's buffer, which is the first byte of the body.
Source: curl lib/http.c, Curl_http_readwrite_headers(), to 8.4.0; curl 522ea5420f and 2abfa3833b.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tracereplay.trace.connection import Connection
from tracereplay.trace.connections import Placed
from tracereplay.trace.event import Direction, Event, Info, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.response import BLANK_LINES, is_interim_status, status_of
from tracereplay.trace.wording import speaks_of_waiting_no_longer

_BLANK_LINE = Payload(b"\r\n")
_SPLITS, _SPLITS_NO_LONGER = (8, 4, 0), (8, 5, 0)


@dataclass(slots=True)
class _Head:
    """The head of an answer while its lines come; ``last`` is the latest of them."""

    status: int
    last: Placed
    waited_in_vain: bool = False  # for 100 Continue: curl sends the body without it


def repaired(story: Iterable[Placed]) -> Iterator[Placed]:
    """Yield ``story`` with the blank lines restored that curl left out or garbled."""
    heads: dict[int, _Head] = {}
    for placed in story:
        item, connection = placed.item, placed.connection
        if connection is None:
            yield placed
        elif isinstance(item, Info):
            head = heads.get(connection.id)
            if head is not None and speaks_of_waiting_no_longer(item):
                head.waited_in_vain = True
            yield placed
        elif isinstance(item, Event) and item.is_payload:
            head = heads.get(connection.id)
            if head is not None and _proves_an_end(head, item, connection):
                yield _end_of(head)
                del heads[connection.id]
            known = _unsplit(placed, item, connection) if connection.id in heads else placed
            yield known
            _follow(heads, known, connection)
        else:
            yield placed


def _follow(heads: dict[int, _Head], placed: Placed, connection: Connection) -> None:
    """Take note of how far the head of an answer has come."""
    event = placed.item
    assert isinstance(event, Event)
    if event.direction is Direction.SENT:
        return
    status = status_of(event.payload.data) if event.kind is Kind.HEADER else None
    if status is not None and not connection.responses.is_rendered:
        heads[connection.id] = _Head(status, placed)
    elif event.kind is Kind.DATA or event.payload.data in BLANK_LINES:
        heads.pop(connection.id, None)
    elif connection.id in heads:
        heads[connection.id].last = placed


def _proves_an_end(head: _Head, event: Event, connection: Connection) -> bool:
    """Return whether ``event`` can only come when the interim answer is over."""
    if not is_interim_status(head.status) or event.kind is Kind.TLS:
        return False
    if event.direction is Direction.RECEIVED:
        return event.kind is Kind.HEADER and status_of(event.payload.data) is not None
    request = connection.requests.current
    is_first_of_body = request is not None and request.expects_continue and request.body_bytes == len(event.payload)
    return head.status == 100 and event.kind is Kind.DATA and is_first_of_body and not head.waited_in_vain


def _end_of(head: _Head) -> Placed:
    """Return the blank line that curl did not trace, at the place and time of the line before it."""
    event = head.last.item
    assert isinstance(event, Event)
    blank = replace(event, payload=_BLANK_LINE, declared_bytes=len(_BLANK_LINE), restored="interim-end")
    return replace(head.last, item=blank)


def _unsplit(placed: Placed, event: Event, connection: Connection) -> Placed:
    """Return the event as it was on the wire, where it shows a blank line that came in two pieces."""
    data = event.payload.data
    is_line = event.direction is Direction.RECEIVED and event.kind is Kind.HEADER and event.declared_bytes == 2
    if not is_line or len(data) != 2 or (connection.requests.release or _SPLITS) >= _SPLITS_NO_LONGER:
        return placed
    if data[:1] == b"\n" or (data[:1] == b"." and event.payload.marks):
        return replace(placed, item=replace(event, payload=_BLANK_LINE, restored="split-blank-line"))
    return placed
