"""Follows what HTTP/1 lets come next, to judge text that may be items as well as the body before them.

It knows how long the body of an answer is, what of it is content, and whether curl has written it down so far: all
of a body goes to one place, and so do all headers of an answer. Where nothing tells connections apart, it says
nothing once two of them were open.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from tracereplay.trace.event import Direction, Event, Ids, Info, Item, Kind
from tracereplay.trace.framing import Chunked, Counted, framed
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.wording import news_of

_REQUEST_LINE = re.compile(rb"([A-Z]+) \S+ HTTP/1\.\d\r?\n")
_ANNOUNCES = re.compile(rb"^(?:content-length|transfer-encoding|upgrade|expect):", re.IGNORECASE | re.MULTILINE)
_RENDERED = re.compile(rb"HTTP/[23]")
_MOST_DECODED_BYTES = 1 << 23

Spans = tuple[tuple[int, int], ...]


class Reading(Enum):
    """How text is to be read that may be items, and may be what curl wrote of a body."""

    ECHO = "echo"
    ITEMS = "items"
    UNDECIDED = "undecided"


@dataclass(slots=True)
class _Answer:
    """How the body of the answer that comes in is framed and coded, and which kinds of it are echoed."""

    is_rendered: bool
    body: Chunked | Counted = field(default_factory=lambda: Counted(None))
    decoder: "zlib._Decompress | None" = None
    echoed: dict[Kind, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Course:
    """Fed with the items of a trace, in order, but for the data that curl sends."""

    mark: bytes | None = None  # of the information in this trace: each release has but one
    _answers: dict[Ids | None, _Answer] = field(default_factory=dict)
    _announces: dict[Ids | None, bool] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)
    _is_crowded: bool = False

    def read(self, item: Event | Info) -> tuple[Spans, bytes]:
        """Return where the content lies in an event that curl received, and what it decodes to."""
        if isinstance(item, Info):
            self._read_info(item)
            return (), b""
        data = item.payload.data
        if item.direction is Direction.SENT:
            self._read_request(item.ids, data)
            return (), b""
        answer = self._answers.get(item.ids)
        if item.kind is Kind.HEADER:
            status = status_of(data)
            if status is not None and not is_interim_status(status):
                self._answers[item.ids] = _Answer(_RENDERED.match(data) is not None)
            elif answer is not None:
                _read_header(answer, data)
            return ((0, len(data)),), b""
        if answer is None:
            return ((0, len(data)),), b""
        spans = tuple(answer.body.feed(data))
        content = [item.payload[start:end] for start, end in spans]
        if answer.decoder is not None and any(one.unknown for one in content):
            answer.decoder = None
        return spans, _decoded(answer, b"".join(one.data for one in content))

    def note(self, event: Event, *, is_echoed: bool) -> None:
        """Take note of what is sure: whether ``event`` is echoed."""
        answer = self._answers.get(event.ids)
        if answer is not None and (is_echoed or answer.decoder is None):
            answer.echoed.setdefault(event.kind, is_echoed)

    def reading_behind(self, event: Event) -> Reading | None:
        """Return how what stands behind ``event`` is to be read, by the events of its answer before it."""
        answer = self._answers.get(event.ids)
        is_echoed = answer.echoed.get(event.kind) if answer is not None and self._tells(event) else None
        return None if is_echoed is None else Reading.ECHO if is_echoed else Reading.ITEMS

    def misses_more_than(self, event: Event) -> bool:
        """Return whether the body of the answer goes on behind ``event``."""
        answer = self._answers.get(event.ids)
        return answer is not None and self._tells(event) and isinstance(answer.body, Counted) and bool(answer.body.left)

    def allows(self, event: Event, items: Iterable[Item]) -> bool:
        """Return whether ``items`` can follow ``event``, as far as can be told."""
        answer = self._answers.get(event.ids)
        if answer is None or answer.is_rendered or not self._tells(event):
            return True
        is_over, awaits_head = answer.body.is_complete, False
        misses_more, announces = self.misses_more_than(event), self._announces.get(event.ids)
        for item in items:
            if isinstance(item, Info):
                news = news_of(item)
                if event.ids is None and news is not None and news.what in ("opened", "second"):
                    return True
            elif not isinstance(item, Event) or item.ids != event.ids or not item.is_payload:
                continue
            elif item.direction is Direction.RECEIVED:
                if is_over or (awaits_head and item.kind is Kind.DATA):
                    return False
                if awaits_head and item.kind is Kind.HEADER:
                    return True
            elif item.kind is Kind.DATA:
                if announces is False:
                    return False
            elif _REQUEST_LINE.match(item.payload.data):
                if misses_more:
                    return False
                is_over, awaits_head, announces = False, True, _announces(item.payload.data)
        return True

    def _tells(self, event: Event) -> bool:
        """Return whether it is known to which connection an event belongs."""
        return event.ids is not None or not self._is_crowded

    def _read_info(self, info: Info) -> None:
        self.mark = self.mark or info.mark
        news = news_of(info)
        if news is None:
            return
        if news.what == "opened":
            self._open.add(-1 - len(self._open) if news.number is None else news.number)
            self._is_crowded = self._is_crowded or len(self._open) > 1
        elif news.what == "second":
            self._is_crowded = True
        elif news.what == "closed" and self._open:
            self._open.discard(news.number if news.number in self._open else max(self._open))

    def _read_request(self, ids: Ids | None, data: bytes) -> None:
        found = _REQUEST_LINE.match(data)
        if found is not None:
            self._is_crowded = self._is_crowded or found[1] == b"CONNECT"
            self._announces[ids] = _announces(data)
        elif ids in self._announces:
            self._announces[ids] = True  # a head in pieces: the name of a field may be cut


def _announces(head: bytes) -> bool:
    """Return whether a body may follow the head of a request, or anything else but an answer."""
    return _ANNOUNCES.search(head) is not None or not head.endswith((b"\r\n\r\n", b"\n\n", b"\n."))


def _read_header(answer: _Answer, line: bytes) -> None:
    name, _, value = line.decode("latin-1").lower().partition(":")
    answer.body = framed(answer.body, name, value.strip())
    if name == "content-encoding" and value.strip() in ("gzip", "x-gzip", "deflate"):
        answer.decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)


def _decoded(answer: _Answer, content: bytes) -> bytes:
    if answer.decoder is None:
        return b""
    try:
        return answer.decoder.decompress(content, _MOST_DECODED_BYTES)
    except zlib.error:
        answer.decoder = None
        return b""
