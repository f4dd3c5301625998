"""How far the answers on a connection have come, as recorded: enough to tell whose the next bytes are."""

import re
from copy import copy

from tracereplay.trace.event import Kind
from tracereplay.trace.framing import Chunked, Counted, framed

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")
BLANK_LINES = (b"\r\n", b"\n", b".")  # --trace-ascii shows a bare LF as a dot
# To 8.4.0 a CR LF that came in two pieces is LF and NUL, or the first byte of the body: see repair.py.
_SPLIT_BLANK_LINE = re.compile(rb"[\n.](?s:.)")


def status_of(data: bytes) -> int | None:
    """Return the status that a header event begins an answer with, None for any other."""
    found = _STATUS.match(data)
    return int(found[1]) if found else None


def is_blank_line(data: bytes) -> bool:
    """Return whether ``data``, a header event as curl shows it, is the line that ends a head."""
    return data in BLANK_LINES or _SPLIT_BLANK_LINE.fullmatch(data) is not None


def is_interim_status(status: int | None) -> bool:
    """Return whether the answer itself still comes after one with this status: a 1xx that switches nothing."""
    return status is not None and 100 <= status < 200 and status != 101


class ResponseScanner:
    """Fed with what was received on a connection, in order."""

    def __init__(self) -> None:
        self.in_head = False
        self.in_body = False
        self.status: int | None = None
        self.major_version = 1
        self.body: Chunked | Counted = Counted(0)

    def feed(self, kind: Kind, data: bytes, *, method: str) -> None:
        """Read on; ``method`` is that of the request which is answered."""
        if kind is Kind.DATA:
            self.body.feed(data)
            self.in_body = self.in_body and not self.body.is_complete
            return
        status = status_of(data)
        if status is not None:
            self.status, self.in_head, self.in_body = status, True, False
            self.major_version = int(data[5:6])
            self.body = Counted(None)
        elif self.in_head and is_blank_line(data):
            self.in_head = False
            self.in_body = not self._is_bodiless(method) and not self.body.is_complete
        elif self.in_head:
            name, _, value = data.decode("latin-1").partition(":")
            self.body = framed(self.body, name, value.strip())

    @property
    def is_interim(self) -> bool:
        """Whether the last status was a 1xx, after which the answer itself still comes."""
        return is_interim_status(self.status)

    @property
    def is_rendered(self) -> bool:
        """Whether it is HTTP/2 or 3, which curl shows as HTTP/1 would look."""
        return self.major_version > 1

    def takes(self, data: bytes) -> bool:
        """Return whether ``data`` can belong to the body of the answer that is open."""
        if isinstance(self.body, Counted):
            return self.in_body and (self.body.left is None or len(data) <= self.body.left)
        if not self.in_body or self.body.is_broken:  # 8.5.0 shows chunks decoded: then anything may be of it
            return self.in_body
        trial = copy(self.body)
        trial.feed(data)
        return not trial.is_broken

    def _is_bodiless(self, method: str) -> bool:
        is_tunnel = method == "CONNECT" and self.status is not None and 200 <= self.status < 300
        return is_tunnel or method == "HEAD" or self.status in (204, 304) or self.is_interim
