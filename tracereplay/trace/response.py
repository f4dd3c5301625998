"""How far the answers on a connection have come, as recorded: enough to tell whose the next bytes are."""

import re

from tracereplay.trace.event import Kind
from tracereplay.trace.framing import Chunked, Counted

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")
_LENGTH = re.compile(rb"\d{1,19}")
# To 8.4.0 a CR LF that came in two pieces is LF NUL; --trace-ascii shows what is no CR LF as dots.
_BLANK_LINES = (b"\r\n", b"\n", b"\n\0", b".", b"..")


def status_of(data: bytes) -> int | None:
    """Return the status that a header event begins an answer with, None for any other."""
    found = _STATUS.match(data)
    return int(found[1]) if found else None


class ResponseScanner:
    """Fed with what was received on a connection, in order."""

    def __init__(self) -> None:
        self.in_head = False
        self.in_body = False
        self.status: int | None = None
        self._body: Chunked | Counted = Counted(0)

    def feed(self, kind: Kind, data: bytes, *, method: str) -> None:
        """Read on; ``method`` is that of the request which is answered."""
        if kind is Kind.DATA:
            self._body.feed(data)
            self.in_body = self.in_body and not self._body.is_complete
            return
        status = status_of(data)
        if status is not None:
            self.status, self.in_head, self.in_body = status, True, False
            self._body = Counted(None)
        elif data in _BLANK_LINES and self.in_head:
            self.in_head = False
            bodiless = method == "HEAD" or self.status in (204, 304) or self.is_interim
            self.in_body = not bodiless and not self._body.is_complete
        elif self.in_head:
            name, _, value = data.partition(b":")
            if name.lower() == b"content-length" and _LENGTH.fullmatch(value.strip()):
                self._body = Counted(int(value))
            elif name.lower() == b"transfer-encoding" and b"chunked" in value.lower():
                self._body = Chunked()

    @property
    def is_interim(self) -> bool:
        """Whether the last status was a 1xx, after which the answer itself still comes."""
        return self.status is not None and 100 <= self.status < 200 and self.status != 101

    def takes(self, count: int) -> bool:
        """Return whether ``count`` more bytes of body can belong to the answer that is open."""
        left = self._body.left if isinstance(self._body, Counted) else None
        return self.in_body and (left is None or count <= left)
