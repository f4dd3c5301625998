"""Finds where a trace is not the wire: what curl restored, changed or never traced.

Each case is a notice with a code. What is never seen in a trace is said where it is certain, or where it could
not be seen; a trace that shows all there was gets no notice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tracereplay.trace.connection import Connection
from tracereplay.trace.connections import Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Info, Kind, Restored
from tracereplay.trace.framing import Chunked, Counted
from tracereplay.trace.notice import Notice
from tracereplay.trace.response import status_of
from tracereplay.trace.wording import (
    news_of,
    speaks_of_giving_up,
    speaks_of_ignoring,
    speaks_of_pong,
    speaks_of_proxy,
    speaks_of_socks,
    speaks_of_telnet,
)

_RESTORED: dict[Restored, str] = {
    "interim-end": "curl to 8.6.0 does not trace the blank line after a 1xx: it is restored",
    "split-blank-line": "curl to 8.4.0 garbles a blank line that comes in two pieces: its CR LF is restored",
}
_DECHUNKED = "curl 8.5.0 shows a chunked body without its chunk sizes and trailers: the bytes are not those of the wire"
_IGNORED = "curl from 8.5.0 on does not trace a body that it ignores, as that of a redirect: it is missing"
_INTERIM_END = "the blank line after a 1xx may be missing: curl to 8.6.0 does not trace it"
_REFUSED = "the body of a refused CONNECT is not in the trace"
_GAVE_UP = "curl did not read on in this answer: the rest of it is not in the trace"
_SOCKS = "what curl and a SOCKS proxy say to each other is not in the trace"
_PONG = "the PONGs that curl sends are not in the trace"
_PERHAPS_PONG = "in --trace-ascii a PING cannot be told; the PONG that curl sends on it is not in the trace"
_SILENT = "what curl sent here is not in the trace: it shows neither gopher selectors nor what is typed in telnet"
_TELNET = "what is agreed upon and typed in telnet is not in the trace"
_QUIT = "the last command, QUIT or LOGOUT, and its answer are not in the trace (7.29.0 on)"
_FINAL_DOT = "the line with a dot that ends a mail is not in the trace"
_SHORT = "the body of this answer is shorter than its head announces: an event may be missing"
_NO_END = "the chunks of this answer do not fit together, or come to no end: an event may be missing"
_UNFINISHED = "the trace ends while curl is sending: it was stopped, and what it sent last may be missing"
_CUT_OFF = "the trace ends while curl is receiving this answer: it was stopped, and the rest is missing"

_NO_CHUNKS = (8, 5, 0)
_IGNORES = (8, 5, 0)
_INTERIM_END_TRACED = (8, 7, 0)
_GREETING = re.compile(rb"\d{3}[ -]|\+OK|\* (?:OK|PREAUTH)")
_LAST_WORDS = re.compile(rb"(?:\S+ )?(?:QUIT|LOGOUT)\r\n", re.IGNORECASE)
_FIRST_IGNORED = 300
_MAIL_BEGINS = re.compile(rb"354[ -]")
_END_OF_MAIL = b"\r\n.\r\n"
_LINE_END = b"\r\n"  # all that is seen of a gopher selector, to 7.6x
_END_OF_HEAD = b"\r\n\r\n"
_PING = 0x89


@dataclass(slots=True)
class _Answer:
    """What is known of the answer that comes in on a connection."""

    line: int
    status: int
    is_in_one: bool = False  # its head is one event, as curl does not trace it
    is_refused_tunnel: bool = False
    body: Chunked | Counted | None = None  # once the head is over
    is_shown: bool = False  # some of the body
    is_ignored: bool = False
    is_given_up: bool = False


@dataclass(slots=True)
class _Talk:
    """What is known of a connection, whatever it speaks."""

    line: int
    greeting_line: int | None = None
    requests: int = 0
    last_sent: bytes = b""
    mail: bytes | None = None  # the end of one that is being sent
    frame_left: int = 0


class Omissions:
    """Reads a repaired trace, and collects what it does not show."""

    def __init__(self, *, is_ascii: bool) -> None:
        self._is_ascii = is_ascii
        self._found: list[Notice] = []
        self._said: set[tuple[int | None, str]] = set()
        self._answers: dict[int, _Answer] = {}
        self._talks: dict[int, _Talk] = {}
        self._is_ambiguous = False  # then a body may be another's
        self._proxy_line: int | None = None  # of the latest proxy that curl connected to

    def read(self, placed: Placed) -> None:
        """Take note of the next item."""
        item, connection = placed.item, placed.connection
        self._is_ambiguous = self._is_ambiguous or placed.is_ambiguous
        if isinstance(item, Info):
            self._read_info(item, connection)
        elif isinstance(item, Event) and item.is_payload and connection is not None:
            if item.restored is not None:
                self._say(item.line, item.restored, _RESTORED[item.restored])
            self._read_talk(item, connection)
            if item.direction is Direction.SENT:
                self._read_sent(connection)
            else:
                self._read_answer(item, connection)

    def finish(self, conversations: Iterable[Conversation]) -> list[Notice]:
        """Return the notices; ``conversations`` are those of the trace."""
        for one in conversations:
            if one.protocol in ("h2", "h3"):
                continue
            self._say_of_cut(one)
            self._close(one.connection, is_over=False)
            self._finish_talk(one)
            is_stopped = one.connection.is_open and one.connection.is_sending and one.connection.awaits_answer
            if is_stopped and one.sent.torn_line is None:
                self._say(one.connection.requests.requests[-1].line, "unfinished", _UNFINISHED)
        return [one for one in self._found if one.code != "body-length" or not self._is_ambiguous]

    def _read_info(self, info: Info, connection: Connection | None) -> None:
        if speaks_of_socks(info):
            self._say_once(None, info.line, "not-traced", _SOCKS)
        if speaks_of_telnet(info):
            self._say_once(None, info.line, "not-traced", _TELNET)
        if speaks_of_proxy(info):
            self._proxy_line = info.line
        if connection is None:
            return
        if speaks_of_pong(info):
            self._say_once(connection, info.line, "not-traced", _PONG)
        answer = self._answers.get(connection.id)
        if speaks_of_giving_up(info) and (connection.awaits_answer or connection.is_busy):
            self._say_once(connection, info.line, "gave-up", _GAVE_UP)
        if answer is not None:
            answer.is_ignored = answer.is_ignored or speaks_of_ignoring(info)
            answer.is_given_up = answer.is_given_up or speaks_of_giving_up(info)
            news = news_of(info)
            if news is not None and news.what == "kept":
                self._close(connection, is_over=True)

    def _read_sent(self, connection: Connection) -> None:
        talk = self._talks[connection.id]
        if len(connection.requests.requests) > talk.requests:
            talk.requests = len(connection.requests.requests)
            self._close(connection, is_over=True)
            # To 7.28 nothing says SOCKS; but what is asked of an HTTP proxy is a whole URL, or a tunnel.
            if self._proxy_line is not None and connection.requests.requests[0].target.startswith("/"):
                self._say_once(None, self._proxy_line, "not-traced", _SOCKS)
            self._proxy_line = None

    def _read_answer(self, event: Event, connection: Connection) -> None:
        responses = connection.responses
        answer = self._answers.get(connection.id)
        status = status_of(event.payload.data) if event.kind is Kind.HEADER else None
        if status is not None:
            self._close(connection, is_over=True)
            is_in_one = event.payload.data.endswith(_END_OF_HEAD)
            self._answers[connection.id] = _Answer(event.line, status, is_in_one=is_in_one)
        elif answer is None:
            return
        elif event.kind is Kind.DATA:
            answer.is_shown = answer.is_shown or len(event.payload) > 0
            if isinstance(responses.body, Chunked) and responses.body.is_broken:
                self._say_of_chunks(answer, connection)
        elif answer.body is None and not responses.in_head:
            answer.body = responses.body if responses.in_body else Counted(0)
            request = connection.requests.current
            answer.is_refused_tunnel = request is not None and request.is_tunnel
            if isinstance(answer.body, Chunked) and connection.requests.release == _NO_CHUNKS:
                self._say_once(connection, answer.line, "dechunked", _DECHUNKED)

    def _close(self, connection: Connection, *, is_over: bool) -> None:
        """Say what is missing of the answer before; ``is_over`` when curl went on after it."""
        answer = self._answers.pop(connection.id, None)
        if answer is None:
            return
        body, responses = answer.body, connection.responses
        if body is None:
            is_open = not is_over and responses.in_head and responses.is_interim
            if is_open and (connection.requests.release or (0, 0, 0)) < _INTERIM_END_TRACED:
                self._say(answer.line, "interim-end", _INTERIM_END)
        elif body.is_complete or answer.is_given_up:
            return
        elif not answer.is_shown and answer.is_refused_tunnel:
            self._say(answer.line, "not-traced", _REFUSED)
        elif not answer.is_shown and (answer.is_ignored or (is_over and answer.status >= _FIRST_IGNORED)):
            release = connection.requests.release
            if release is None or release >= _IGNORES:
                if answer.is_ignored or body != Counted(None):
                    self._say(answer.line, "ignored-body", _IGNORED)
            elif is_over and body != Counted(None):
                self._say(answer.line, "body-length", _SHORT)
        elif is_over and isinstance(body, Chunked):
            self._say_of_chunks(answer, connection)
        elif is_over and body != Counted(None):
            self._say_once(connection, answer.line, "body-length", _SHORT)

    def _say_of_cut(self, one: Conversation) -> None:
        """Say that the trace ends within an answer: curl itself ends with a word on what becomes of the connection."""
        answer, connection = self._answers.get(one.id), one.connection
        is_over = not connection.is_open or connection.is_kept or one.received.torn_line is not None
        if answer is None or is_over or self._is_ambiguous or answer.is_given_up or answer.is_ignored:
            return
        if answer.body is None:
            is_cut = connection.responses.in_head and not connection.responses.is_interim and not answer.is_in_one
        elif isinstance(answer.body, Chunked):
            is_cut = not (answer.body.is_complete or answer.body.is_broken)
        else:
            is_cut = answer.body.left is not None and answer.body.left > 0 and not answer.is_refused_tunnel
        if is_cut:
            self._say(answer.line, "unfinished", _CUT_OFF)

    def _say_of_chunks(self, answer: _Answer, connection: Connection) -> None:
        if connection.requests.release in (None, _NO_CHUNKS):
            self._say_once(connection, answer.line, "dechunked", _DECHUNKED)
        else:
            self._say_once(connection, answer.line, "body-length", _NO_END)

    def _read_talk(self, event: Event, connection: Connection) -> None:
        """Take note of what is said in other protocols than HTTP."""
        talk = self._talks.setdefault(connection.id, _Talk(event.line))
        data = event.payload.data
        if event.direction is Direction.SENT:
            if event.kind is Kind.HEADER:
                talk.last_sent = data
            elif talk.mail is not None:
                talk.mail = (talk.mail + data)[-len(_END_OF_MAIL) :]
        elif event.kind is Kind.HEADER:
            is_first = not talk.last_sent and talk.greeting_line is None and not connection.requests.requests
            if is_first and _GREETING.match(data):
                talk.greeting_line = event.line
            if talk.mail is not None and not talk.mail.endswith(_END_OF_MAIL):
                self._say_once(connection, event.line, "not-traced", _FINAL_DOT)
            talk.mail = b"\r\n" if talk.greeting_line is not None and _MAIL_BEGINS.match(data) else None
        elif connection.responses.status == 101:
            self._read_frames(event, connection, talk)

    def _read_frames(self, event: Event, connection: Connection, talk: _Talk) -> None:
        """Look for a PING in the frames of a WebSocket (RFC 6455, 5.2): those of a server are not masked."""
        request = connection.requests.current
        if request is None or (request.header("Upgrade") or "").lower() != "websocket":
            return
        if self._is_ascii:
            self._say_once(connection, event.line, "not-traced", _PERHAPS_PONG)
            return
        data, at = event.payload.data, talk.frame_left
        while at + 2 <= len(data):
            length = data[at + 1] & 0x7F
            wide = {126: 2, 127: 8}.get(length, 0)
            if data[at] & 0x8F == _PING:
                self._say_once(connection, event.line, "not-traced", _PONG)
            at += 2 + wide + (int.from_bytes(data[at + 2 : at + 2 + wide], "big") if wide else length)
        talk.frame_left = max(0, at - len(data))

    def _finish_talk(self, one: Conversation) -> None:
        talk = self._talks.get(one.id)
        if talk is None or one.requests or one.connection.is_data:
            return
        if talk.greeting_line is not None and talk.last_sent and not _LAST_WORDS.fullmatch(talk.last_sent):
            self._say(talk.greeting_line, "not-traced", _QUIT)
        elif one.connection.responses.status is not None:
            return  # of HTTP, and its request is missing
        elif one.received.bytes and not talk.last_sent and one.sent.bytes <= len(_LINE_END):
            self._say(talk.line, "not-traced", _SILENT)

    def _say(self, line: int, code: str, message: str) -> None:
        self._found.append(Notice(line, code, message))

    def _say_once(self, connection: Connection | None, line: int, code: str, message: str) -> None:
        key = (None if connection is None else connection.id, message)
        if key not in self._said:
            self._said.add(key)
            self._say(line, code, message)
