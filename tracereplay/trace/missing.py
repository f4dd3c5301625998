"""Finds events that somebody deleted from a trace, doubled, or turned round: sent to received, or back.

The text of such a trace is sound. But HTTP/1 says how long a body is, and that an answer follows its request;
and curl says itself, from some releases on, how many bytes of a body it sent. That count is exact. A length in a
head need not be: curl takes it from ``-H``, stops sending when an answer comes too early, or is killed. So a body
that is too short is mentioned only when nothing explains it.
Source: curl lib/request.c, req_set_upload_done(); to 8.6.0 lib/transfer.c, readwrite_upload().
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tracereplay.trace.connection import Connection
from tracereplay.trace.connections import Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Info, Kind
from tracereplay.trace.framing import is_chunked, length_of
from tracereplay.trace.notice import Notice
from tracereplay.trace.request import Request
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.wording import count_of_sent, news_of, speaks_of_all_sent, speaks_of_stopping

_PERHAPS = "an event may be missing, or turned round"


@dataclass(slots=True)
class _Turn:
    """A request and its answer, as far as they have come."""

    request: Request
    stops_before: int  # how often curl had said that it stops something
    counted: int | None = None  # what curl says it sent of the body
    all_is_sent: bool = False  # so it says
    last: Event | None = None
    repeated_bytes: int = 0  # in events that are the same as those before them
    repeated_size: int = 1  # of the last of them
    is_torn: bool = False
    is_over_head: bool = False
    unannounced_line: int | None = None  # of the first bytes of a body that the head does not announce
    in_answer_head: bool = False
    status: int | None = None  # of the final answer
    early_line: int | None = None  # of bytes that came before any answer
    is_judged: bool = False


class Missing:
    """Reads a repaired trace, and collects what cannot have happened so, or hardly."""

    def __init__(self) -> None:
        self._found: list[Notice] = []
        self._said: set[tuple[int, str, bool]] = set()
        self._turns: dict[int, _Turn] = {}
        self._begun: dict[int, int] = {}
        self._stops = 0
        self._is_ambiguous = False  # then nothing can be told

    def read(self, placed: Placed) -> None:
        """Take note of the next item."""
        item, connection = placed.item, placed.connection
        if isinstance(item, Info):
            self._read_info(item, connection)
        elif isinstance(item, Event) and item.is_payload and connection is not None:
            self._is_ambiguous = self._is_ambiguous or placed.is_ambiguous
            if item.direction is Direction.SENT:
                self._read_sent(item, connection)
            elif not connection.responses.is_rendered:
                self._read_received(item, connection)

    def finish(self, conversations: Iterable[Conversation]) -> list[Notice]:
        """Return the notices; ``conversations`` are those of the trace."""
        for one in conversations:
            if one.id in self._turns:
                self._judge(self._turns[one.id], one.connection)
                self._judge_unannounced(self._turns[one.id], one.connection)
        return [] if self._is_ambiguous else self._found

    def _read_info(self, info: Info, connection: Connection | None) -> None:
        self._stops += speaks_of_stopping(info)
        turn = None if connection is None else self._turns.get(connection.id)
        if turn is None or connection is None:
            return
        turn.all_is_sent = turn.all_is_sent or speaks_of_all_sent(info)
        if info.ids is not None or len(self._begun) == 1:  # else it may speak of another connection
            turn.counted = count_of_sent(info) if turn.counted is None else turn.counted
        news = news_of(info)
        if news is not None and news.what in ("kept", "closed"):
            self._judge(turn, connection, is_kept=news.what == "kept", is_closed=news.what == "closed")

    def _read_sent(self, event: Event, connection: Connection) -> None:
        request, turn = connection.requests.current, self._turns.get(connection.id)
        self._begun.setdefault(connection.id, 0)
        if request is not None and len(connection.requests.requests) > self._begun[connection.id]:
            self._begun[connection.id] = len(connection.requests.requests)
            if turn is not None:
                self._judge(turn, connection, is_kept=True)
                self._judge_unannounced(turn, connection)
            turn = self._turns[connection.id] = _Turn(request, self._stops)
        if turn is None:
            return
        if turn.is_over_head and event.kind is Kind.HEADER and not _is_for_others(turn.request):
            self._say(connection, event.line, f"a line of a head is sent that belongs to no request: {_PERHAPS}")
        is_body = turn.is_over_head and event.kind is Kind.DATA and len(event.payload) and not event.is_torn
        if is_body and not _announces_body(turn.request):
            turn.unannounced_line = turn.unannounced_line or event.line
        turn.is_over_head = turn.request.head_end is not None
        turn.is_torn = turn.is_torn or event.is_torn
        if turn.last is not None and (turn.last.payload, turn.last.time_ns) == (event.payload, event.time_ns):
            turn.repeated_bytes += len(event.payload)
            turn.repeated_size = max(1, len(event.payload))
        turn.last = event

    def _read_received(self, event: Event, connection: Connection) -> None:
        turn, responses = self._turns.get(connection.id), connection.responses
        status = status_of(event.payload.data) if event.kind is Kind.HEADER else None
        if turn is None:
            if status is not None and not connection.requests.requests:
                self._say(connection, event.line, f"an answer comes to no request: {_PERHAPS}")
            return
        if status is not None:
            if turn.status is not None:
                self._say(connection, event.line, f"a second answer comes to a request: {_PERHAPS}")
            if turn.early_line is not None:
                self._say(connection, turn.early_line, f"bytes come before the head of an answer: {_PERHAPS}")
            turn.status = turn.status if is_interim_status(status) else status
        elif _is_for_others(turn.request) and turn.status is not None and not turn.in_answer_head:
            return
        elif event.kind is Kind.HEADER and not turn.in_answer_head:
            self._say(connection, event.line, f"a line of a head comes that belongs to no answer: {_PERHAPS}")
        elif event.kind is Kind.DATA and len(event.payload):
            if turn.in_answer_head and not responses.is_interim:
                self._say(connection, event.line, f"a body comes before its head is over: {_PERHAPS}")
            elif turn.status is None and turn.early_line is None:
                turn.early_line = event.line
        turn.in_answer_head = responses.in_head

    def _judge(self, turn: _Turn, connection: Connection, *, is_kept: bool = False, is_closed: bool = False) -> None:
        """Say whether the request is of another length than it should be; it is over, as curl says or goes on."""
        request = turn.request
        is_http_1 = request.version.startswith("1") and not connection.responses.is_rendered
        if turn.is_judged or turn.is_torn or not is_http_1 or request.head_end is None or _is_for_others(request):
            return
        turn.is_judged = is_kept or is_closed
        shown, announced = request.body_bytes, length_of(request.header("Content-Length") or "")
        if turn.counted is not None:
            if turn.counted != shown:
                what = "an event is missing" if shown < turn.counted else "an event does not belong here"
                message = f"curl says that it sent {turn.counted:,} bytes of this body, and {shown:,} are here: {what}"
                self._say(connection, request.line, message, "body-length", is_fault=True)
        elif is_chunked(request.header("Transfer-Encoding") or ""):
            if not request.is_complete and self._is_unexplained(turn, is_kept=is_kept, is_closed=is_closed):
                message = f"the chunks of this body do not come to their end: {_PERHAPS}"
                self._say(connection, request.line, message, "body-length")
        elif announced is not None and shown != announced:
            lengths = f"the body has {shown:,} bytes, and its head announces {announced:,}"
            excess = shown - announced
            if 0 < excess <= turn.repeated_bytes and excess % turn.repeated_size == 0:
                self._say(connection, request.line, f"{lengths}: some are here twice", "damaged", is_fault=True)
            elif excess > 0:
                message = f"{lengths}: an event may not belong here, or the length was set by hand"
                self._say(connection, request.line, message, "body-length")
            elif self._is_unexplained(turn, is_kept=is_kept, is_closed=is_closed):
                message = f"{lengths}: an event may be missing, or the length was set by hand"
                self._say(connection, request.line, message, "body-length")

    def _judge_unannounced(self, turn: _Turn, connection: Connection) -> None:
        """Say that a body was sent which the head does not announce; a user may do so, by hand, but in no GET."""
        request, is_counted = turn.request, turn.counted == turn.request.body_bytes
        is_http_1 = request.version.startswith("1") and not connection.responses.is_rendered
        is_bodiless = request.method in ("GET", "HEAD")
        # To 7.6x HTTP/2 is shown as HTTP/1.1, and what has no answer may be of it.
        if turn.unannounced_line is None or is_counted or not is_http_1 or (turn.status is None and not is_bodiless):
            return
        message = f"a body is sent, and its head announces none: {_PERHAPS}"
        self._say(connection, turn.unannounced_line, message, is_fault=is_bodiless)

    def _is_unexplained(self, turn: _Turn, *, is_kept: bool, is_closed: bool) -> bool:
        """Return whether nothing tells why curl sent less than it announced."""
        has_waited = turn.request.expects_continue and not turn.request.body_bytes  # for 100 Continue
        if self._stops != turn.stops_before or (has_waited and not turn.all_is_sent):
            return False
        is_good = turn.status is not None and 200 <= turn.status < 300
        return is_kept or turn.all_is_sent or (is_closed and is_good)

    def _say(
        self, connection: Connection, line: int, message: str, code: str = "out-of-order", *, is_fault: bool = False
    ) -> None:
        if (connection.id, code, is_fault) not in self._said:
            self._said.add((connection.id, code, is_fault))
            self._found.append(Notice(line, code, message, is_fault))


def _announces_body(request: Request) -> bool:
    """Return whether bytes may follow the head of ``request``."""
    is_framed = any(request.header(name) is not None for name in ("Content-Length", "Transfer-Encoding"))
    return is_framed or _is_for_others(request)


def _is_for_others(request: Request) -> bool:
    """Return whether what follows it need not be HTTP: that of a tunnel, or of what it asks to switch to."""
    return request.is_tunnel or request.header("Upgrade") is not None
