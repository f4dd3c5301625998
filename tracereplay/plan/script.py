"""What curl did on a connection, as steps: the recorded sends, and the waits between them.

curl waits in two places: for ``100 Continue`` before a body that it announced with ``Expect``, and for the answer
before the next request on the same connection. Requests that were sent without waiting are so again, and the answers
that were there when the next one was sent are waited for by then. An answer that comes while a body is sent is not:
what was recorded is sent on, where curl itself would stop, until the server closes. Times count from the end of
the last wait, so that a server that is slower or faster than the recorded one does not change the pace of the client.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracereplay.plan.step import Awaited, Expect, Opening, Send, Step
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.request import Request
from tracereplay.trace.response import status_of
from tracereplay.units import SECOND_NS

EXPECT_PATIENCE_NS = SECOND_NS  # curl --expect100-timeout


@dataclass(slots=True)
class _Heard:
    """What was received since the last send; ``answers`` have begun since the last request."""

    lines: int = 0
    bytes: int = 0
    interim: bool = False
    answers: int = 0
    time_ns: int | None = None

    def note(self, event: Event) -> None:
        status = status_of(event.payload.data) if event.kind is Kind.HEADER else None
        if status is not None:
            self.interim = self.interim or 100 <= status < 200
            self.answers += status >= 200 or status == 101
        self.lines += event.payload.data.count(b"\n")
        self.bytes += len(event.payload)
        self.time_ns = event.time_ns

    def forget(self) -> None:
        self.lines = self.bytes = 0
        self.interim = False


def script(events: Iterable[Event], requests: Sequence[Request], *, one_by_one: bool = False) -> Iterator[Step]:
    """Yield what curl sent on the connection and what it waited for, without the leaving.

    ``events`` are those of the connection, ``requests`` the requests in what they send; ``one_by_one`` waits for
    every answer before the next request, even where curl did not.
    """
    to_come = iter(requests)
    following = next(to_come, None)
    current: Request | None = None
    heard = _Heard()
    offset = 0
    unanswered = 0  # requests whose answer nothing has waited for
    origin_ns: int | None = None
    sent_ns: int | None = None
    for event in events:
        if event.direction is Direction.RECEIVED:
            heard.note(event)
            continue
        opening = None
        wait: Expect | None
        if following is not None and offset == following.start:
            due = unanswered if one_by_one else min(heard.answers, unanswered)
            wait = Expect(Awaited.ANSWER, due) if due else None
            unanswered += 1 - due
            current, following = following, next(to_come, None)
            opening = Opening(current.method, current.header("Upgrade") is not None)
        elif current is not None:
            wait = _wait_for_continue(current, heard, offset, event, sent_ns)
        else:
            wait = _wait_for_reply(heard)
        if wait is not None:
            yield wait
            origin_ns = heard.time_ns if heard.bytes or heard.answers else event.time_ns
        if opening is not None:
            heard.answers = 0
        if origin_ns is None:
            origin_ns = event.time_ns
        at_ns = max(0, event.time_ns - origin_ns) if event.time_ns is not None and origin_ns is not None else 0
        if event.payload.data:
            yield Send(event.payload.data, at_ns, opening)
        offset += len(event.payload)
        sent_ns = event.time_ns
        heard.forget()
    if current is None:
        last = _wait_for_reply(heard)
    else:
        last = Expect(Awaited.ANSWER, unanswered) if current.is_complete or heard.answers else None
    if last is not None:
        yield last


def _wait_for_continue(
    request: Request, heard: _Heard, offset: int, event: Event, sent_ns: int | None
) -> Expect | None:
    """Return curl's wait before a body: for a second, or as long as it did where no 100 Continue came."""
    if offset != request.head_end or not (heard.interim or request.expects_continue):
        return None
    patience_ns = EXPECT_PATIENCE_NS
    if not heard.interim and event.time_ns is not None and sent_ns is not None:
        patience_ns = event.time_ns - sent_ns
    return Expect(Awaited.CONTINUE, patience_ns=patience_ns)


def _wait_for_reply(heard: _Heard) -> Expect | None:
    if not heard.bytes:
        return None
    return Expect(Awaited.LINES, heard.lines) if heard.lines else Expect(Awaited.BYTES, heard.bytes)
