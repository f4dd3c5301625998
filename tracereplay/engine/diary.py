"""Writes down what happened when on one connection, in constant memory.

The law of moments: what goes on, without anything else in between, is one moment, however many writes or reads it
took. The law of room: the first and the last moments are kept, and those between them are counted.
"""

from collections import deque

from tracereplay.engine.answers import AnswerReader
from tracereplay.engine.timeline import Moment, Timeline, What

KEPT_MOMENTS = 256


class Diary:
    """Written while a connection is played. ``http`` reads its answers, None in other protocols."""

    def __init__(self, http: AnswerReader | None) -> None:
        self._http = http
        self._statuses = 0  # that were written down
        self._origin_ns = 0
        self._first: list[Moment] = []
        self._last: deque[Moment] = deque(maxlen=KEPT_MOMENTS // 2)
        self._left_out = 0
        # The moment that may still go on: most are, so that it is a Moment only when it is over.
        self._what: What | None = None
        self._start_ns = 0
        self._end_ns = 0
        self._bytes = 0

    def begin(self, now_ns: int) -> None:
        """Say that the connection is there."""
        self._origin_ns = now_ns

    def goes_on(self, what: What, count: int, now_ns: int) -> None:
        """Write down that so many more bytes were handed over, or received."""
        if self._what is not what:
            self._close()
            self._what, self._start_ns, self._bytes = what, now_ns, 0
        self._end_ns = now_ns
        self._bytes += count
        self._hear(now_ns)

    def note(
        self,
        what: What,
        now_ns: int,
        *,
        since_ns: int | None = None,
        count: int | None = None,
        status: int | None = None,
        how: str | None = None,
    ) -> None:
        """Write down a moment that is over."""
        self._close()
        start_ns = now_ns if since_ns is None else since_ns
        self._keep(Moment(what, start_ns - self._origin_ns, now_ns - self._origin_ns, count, status, how))

    def timeline(self) -> Timeline:
        """Return what is written by now."""
        self._close()
        return Timeline(tuple(self._first), tuple(self._last), self._left_out)

    def _hear(self, now_ns: int) -> None:
        """Write down the answers that have begun."""
        while self._http is not None and self._statuses < len(self._http.statuses):
            self.note("status", now_ns, status=self._http.statuses[self._statuses])
            self._statuses += 1

    def _close(self) -> None:
        if self._what is not None:
            start_ns, end_ns = self._start_ns - self._origin_ns, self._end_ns - self._origin_ns
            self._keep(Moment(self._what, start_ns, end_ns, self._bytes))
            self._what = None

    def _keep(self, moment: Moment) -> None:
        if len(self._first) < KEPT_MOMENTS // 2:
            self._first.append(moment)
            return
        self._left_out += len(self._last) == self._last.maxlen
        self._last.append(moment)
