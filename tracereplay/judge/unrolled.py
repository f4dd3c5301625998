"""What a server sent, as events that curl would have traced: a header for each line of a head, and data for a body."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from copy import copy

from tracereplay.trace.event import Kind
from tracereplay.trace.framing import Counted
from tracereplay.trace.request import Request
from tracereplay.trace.response import ResponseScanner


class Unrolled:
    """Fed with the bytes of one connection; ``requests`` are those that are answered, in their order."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._methods = [request.method for request in requests]
        self._answered = 0
        self._scanner = ResponseScanner()
        self._line = b""

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Yield the events in ``data``; a line that is not all there waits for its end."""
        while data:
            if self._scanner.in_body:
                size = self._body_bytes(data)
                yield self._take(Kind.DATA, data[:size])
                data = data[size:]
            else:
                line, end, data = data.partition(b"\n")
                self._line += line + end
                if end:
                    yield self._take(Kind.HEADER, self._line)
                    self._line = b""

    def finish(self) -> Iterator[tuple[Kind, bytes]]:
        """Yield what is left when the server sends no more."""
        if self._line:
            yield Kind.HEADER, self._line

    def _take(self, kind: Kind, data: bytes) -> tuple[Kind, bytes]:
        scanner = self._scanner
        was_open = scanner.in_head or scanner.in_body
        method = self._methods[self._answered] if self._answered < len(self._methods) else ""
        scanner.feed(kind, data, method=method)
        if was_open and not scanner.in_head and not scanner.in_body and not scanner.is_interim:
            self._answered += 1
        return kind, data

    def _body_bytes(self, data: bytes) -> int:
        """Return how many of the first bytes are of the body that is open."""
        body = self._scanner.body
        if isinstance(body, Counted):
            return len(data) if body.left is None else min(len(data), body.left)

        def ends_within(size: int) -> bool:
            trial = copy(body)
            trial.feed(data[:size])
            return trial.is_complete

        return bisect_left(range(len(data)), True, key=ends_within) if ends_within(len(data)) else len(data)
