"""Edits that know nothing of HTTP: bytes over others, and events that are not sent."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from tracereplay.errors import PlanError
from tracereplay.plan.message import Message, Revision, patched, read_head
from tracereplay.plan.splice import Splice
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.request import Request, RequestScanner
from tracereplay.trace.spans import Spans
from tracereplay.units import format_bytes

_PATCH = re.compile(r'(?P<place>(?:"(?:[^"\\]|\\.)*"|[^"=])+)=(?P<text>.*)', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def read_patch(spec: str) -> tuple[str, bytes]:
    r"""Return the place and the bytes in ``PLACE=TEXT``, which may have ``\r \n \t \0 \\ \xff``. Raises PlanError."""
    found = _PATCH.fullmatch(spec)
    if found is None or not found["text"]:
        raise PlanError(f"{spec!r} says not what goes where", hint="write a place, = and a text: 'body:0=hello'")
    return found["place"], _ESCAPE.sub(_unescaped, found["text"].encode("utf-8", "surrogateescape"))


def over(conversation: Conversation, events: Iterable[Event], at: int, data: bytes, spec: str) -> Revision:
    """Return the revision with ``data`` over the bytes from ``at`` on: none is moved. Raises PlanError at the end."""
    end = at + len(data)
    if end > conversation.sent.bytes:
        raise PlanError(
            f"{spec!r} needs {format_bytes(len(data))}, and {format_bytes(conversation.sent.bytes - at)} come there",
            hint="it is put over what is there, and moves nothing",
        )
    splice = Splice(at, end, data)
    for request in conversation.requests:
        if request.head_end is not None and request.start < end and at < request.head_end:
            return Revision((splice,), request, _reread(request, events, splice), moves_parts=True)
    touched = next((one for one in conversation.requests if one.start < end and at < one.end), None)
    return Revision((splice,), touched, touched, moves_parts=True)


def left_out(
    conversation: Conversation, events: Iterable[Event], number: int, message_of: Callable[[Request], Message]
) -> Revision:
    """Return the revision without the event ``number``, from 1, of those that are sent; a body is framed anew.

    Raises PlanError when there is none, or it is a head whose body would be left.
    """
    start = end = count = 0
    for event in events:
        if event.direction is Direction.SENT:
            count, start, end = count + 1, end, end + len(event.payload)
            if count == number:
                break
    if count != number or not number:
        raise PlanError(f"there is no event {number}: connection {conversation.id} sends {count}, counted from 1")
    bare = Splice(start, end, b"")
    request = next((one for one in conversation.requests if one.start < end and start < one.end), None)
    if request is None:
        return Revision((bare,))
    if start <= request.start and request.end <= end:
        return Revision((bare,), request, None)
    if request.head_end is None or start < request.head_end:
        raise PlanError(
            f"event {number} is a head, and without it nobody could tell what the rest of its request is",
            hint="an event of a body can be dropped, and one that is a whole request",
        )
    first, last = (_count_before(request.content, at) for at in (start, end))
    if first == last:
        return Revision((bare,))
    return replace(message_of(request).revised(content=[Splice(first, last, b"")]), moves_parts=True)


def _count_before(spans: Spans, at: int) -> int:
    return sum(min(end, at) - start for start, end in spans if start < at)


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes.fromhex(found[1].decode("ascii"))
    return _ESCAPES.get(found[2], found[0])


def _reread(request: Request, events: Iterable[Event], splice: Splice) -> Request:
    """Return the request with the head that it has then, or as it was, where that is none any more."""
    assert request.head_end is not None
    head = read_head(events, request.start, request.head_end).data
    start = max(0, splice.start - request.start)
    assert isinstance(splice.content, bytes)
    data = splice.content[max(0, request.start - splice.start) :][: len(head) - start]
    scanner = RequestScanner()
    scanner.feed(Kind.HEADER, patched(head, [Splice(start, start + len(data), data)]), request.line)
    read = scanner.current
    if read is None or read.head_end != len(head):
        return request
    return replace(request, method=read.method, target=read.target, version=read.version, headers=read.headers)
