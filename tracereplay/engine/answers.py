"""Reads what the live server answers, by h11: whole messages, whatever their Date, length or pieces.

h11 will not read an answer before a request, so each request is told to it as a stand-in with the same
method; what we really send, cut or malformed, is none of its business. One h11 connection for each request:
it needs no end of a request that may never come.
"""

import hashlib
import re
from collections import deque
from dataclasses import replace

import h11

from tracereplay.engine.outcome import Answer
from tracereplay.plan.step import Opening

KEPT_BODY_BYTES = 1 << 16
KEPT_INTERIM = 100
SWITCHING_PROTOCOLS = 101
_LONGEST_HEAD_BYTES = 1 << 20
_INTERIM = rb"HTTP/1\.\d 1\d\d(?=[ \r\n])[^\n]*+\n(?:[^\r\n][^\n]*+\n)*+\r?\n"
_STATUS_LINE = re.compile(rb"(?:%s)*+HTTP/1\.\d ([2-9]\d\d)[ \r\n]" % _INTERIM)


class AnswerReader:
    """Fed with what the server sends. ``answers`` grows; the last one may be incomplete."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.interim: list[int] = []  # the first of them
        self.statuses: list[int] = []  # of both, in their order
        self.announced_close = False
        self.opened = 0  # requests
        self.finished = 0  # whole answers to them
        self._waiting: deque[Opening] = deque()
        self._reader: h11.Connection | None = None
        self._unread = b""
        self._dropped = 0  # bytes behind those
        self._speaks_http = True
        self._interim_count = 0
        self._interim_before = 0
        self._digest = hashlib.sha256()  # of the body that comes
        self._pending = 0  # bytes of what is no head yet

    def open(self, opening: Opening) -> None:
        """Say that a request is sent, whose answer is to be read."""
        self.opened += 1
        self._interim_before = self._interim_count
        self._waiting.append(opening)
        self._speaks_http = True
        if self._reader is None:
            self._next_request()
            self.feed(b"")

    def feed(self, data: bytes) -> None:
        """Read on in what the server sends."""
        if self._reader is None:
            unread = self._unread + data
            self._unread = unread[:_LONGEST_HEAD_BYTES]
            self._dropped += len(unread) - len(self._unread)
        elif data:
            self._pending += len(data)
            self._reader.receive_data(data)
            self._read()

    def close(self) -> None:
        """Say that the server sends no more: an answer without a length ends here."""
        if self._reader is not None:
            self._reader.receive_data(b"")
            self._read()

    @property
    def surplus(self) -> int:
        """How many bytes came that answer no request: behind the last answer, or before the first request."""
        return len(self._unread) + self._dropped if self._speaks_http else 0

    @property
    def has_continue(self) -> bool:
        """Whether the request that was opened last was told to go on, or answered."""
        return self._interim_count > self._interim_before or self.has_begun_answer

    @property
    def has_begun_answer(self) -> bool:
        """Whether the request that was opened last has begun to be answered."""
        return len(self.answers) >= self.opened > 0

    @property
    def is_garbled(self) -> bool:
        """Whether what came for the request that was opened last is no answer, and no whole head of one."""
        return self._pending > 0 and not self.has_begun_answer

    @property
    def surplus_status(self) -> int | None:
        """The status of an answer after those to all requests that were opened; None without one, as for a 1xx."""
        if not 0 < self.opened == self.finished:
            return None
        found = _STATUS_LINE.match(self._unread)
        return int(found[1]) if found else None

    def _next_request(self) -> None:
        if not self._waiting:
            self._reader = None
            return
        opening = self._waiting.popleft()
        headers = [("Host", "x")] + ([("Upgrade", "x"), ("Connection", "Upgrade")] if opening.upgrades else [])
        self._reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD_BYTES)
        self._reader.send(h11.Request(method=opening.method, target="/", headers=headers))
        unread, self._unread = self._unread, b""
        if unread:
            self._pending = len(unread)
            self._reader.receive_data(unread)
            self._read()

    def _read(self) -> None:
        assert self._reader is not None
        reader = self._reader
        try:
            while self._reader is reader:
                event = reader.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    if event is h11.PAUSED:
                        self._speaks_http = bool(self._waiting) or reader.their_state is not h11.SWITCHED_PROTOCOL
                        self._finish(reader)
                    return
                self._take(event, reader)
        except h11.RemoteProtocolError:
            # Cut short, or no HTTP at all: what came before stands, and no answer is whole.
            self._reader = None
            self._speaks_http = False
            self._waiting.clear()

    def _take(self, event: object, reader: h11.Connection) -> None:
        if isinstance(event, h11.InformationalResponse) and event.status_code != SWITCHING_PROTOCOLS:
            self._interim_count += 1
            self._pending = len(reader.trailing_data[0])
            if len(self.interim) < KEPT_INTERIM:
                self.interim.append(event.status_code)
                self.statuses.append(event.status_code)
        elif isinstance(event, h11.InformationalResponse | h11.Response):
            self.answers.append(_answer(event))
            self.statuses.append(event.status_code)
            self._digest, self._pending = hashlib.sha256(), 0
        elif isinstance(event, h11.Data):
            last = self.answers[-1]
            room = max(0, KEPT_BODY_BYTES - len(last.body))
            self._digest.update(event.data)
            self.answers[-1] = replace(
                last,
                body_bytes=last.body_bytes + len(event.data),
                body=last.body + bytes(event.data[:room]),
                body_digest=self._digest.hexdigest(),
            )
        elif isinstance(event, h11.EndOfMessage):
            self._finish(reader)
        elif isinstance(event, h11.ConnectionClosed):
            self._reader = None

    def _finish(self, reader: h11.Connection) -> None:
        if self.answers:
            self.answers[-1] = replace(self.answers[-1], complete=True)
        self.announced_close = reader.their_state in (h11.MUST_CLOSE, h11.CLOSED)
        self.finished += 1
        self._unread = bytes(reader.trailing_data[0]) + self._unread
        self._reader = None
        self._next_request()


def _answer(event: h11.Response | h11.InformationalResponse) -> Answer:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers.raw_items())
    return Answer(event.status_code, event.reason.decode("latin-1"), headers)
