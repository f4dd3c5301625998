"""The requests in what curl sent on a connection: where each begins, where its head, body and files lie.

All places are byte offsets into the sent side of the connection. curl says which bytes are head and which
are body; the head says how the body is framed.
"""

import re
from dataclasses import dataclass, field

from tracereplay.trace.event import Kind
from tracereplay.trace.framing import Chunked, Counted, is_chunked, length_of
from tracereplay.trace.multipart import MultipartScanner, Part, boundary_of
from tracereplay.trace.release import Release, release_named
from tracereplay.trace.spans import Spans

LONGEST_HEAD_BYTES = 1 << 20

_REQUEST_LINE = re.compile(rb"([A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*) (\S+) HTTP/(\d(?:\.\d)?)\r?\n")
_PORT = re.compile(r":(\d{1,5})$", re.ASCII)


def split_host(host: str) -> tuple[str, int | None]:
    """Return the name and the port in a Host header: None for the port of the scheme."""
    found = _PORT.search(host)
    name = host[: found.start()] if found else host
    return name.strip("[]"), int(found[1]) if found else None


@dataclass(slots=True)
class Request:
    """One HTTP/1 request.

    ``end`` is where its bytes end as far as they were sent; ``head_end`` is None while the head is open;
    ``content`` is its body without chunk framing; ``files`` what was uploaded; ``parts`` those of a
    multipart body, with offsets into the content.
    """

    line: int
    start: int
    method: str
    target: str
    version: str
    end: int
    head_end: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content: Spans = field(default_factory=Spans)
    files: Spans = field(default_factory=Spans)
    parts: list[Part] = field(default_factory=list)
    is_complete: bool = False

    def header(self, name: str) -> str | None:
        """Return the value of the first header ``name``, None without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def host(self) -> str | None:
        """The Host header: the name and, mostly, the port that was asked for."""
        return self.header("Host")

    @property
    def is_tunnel(self) -> bool:
        """Whether it asks a proxy for a tunnel: what follows on the connection is for somebody else."""
        return self.method == "CONNECT"

    @property
    def body_bytes(self) -> int:
        """How many bytes of the body were sent, framing included."""
        return 0 if self.head_end is None else self.end - self.head_end

    @property
    def is_chunked(self) -> bool:
        """Whether its body comes in chunks, of which ``content`` is the data."""
        return is_chunked(self.header("Transfer-Encoding") or "")

    @property
    def expects_continue(self) -> bool:
        """Whether curl waits for ``100 Continue`` before the body."""
        return (self.header("Expect") or "").lower() == "100-continue"


@dataclass(slots=True)
class RequestScanner:
    """Fed with what was sent on a connection, in order; ``requests`` grows."""

    requests: list[Request] = field(default_factory=list)
    _offset: int = 0
    _head: bytes = b""
    _body: "_Body | None" = None
    _release: Release | None = None
    _asked: int = 0  # how many requests were asked for it

    def feed(self, kind: Kind, data: bytes, line: int) -> bool:
        """Read on; return whether a request begins with ``data``, which curl calls ``kind``."""
        begins = kind is Kind.HEADER and self.begins_request(data)
        if begins:
            self._close()
            self._begin(data, line)
        if self.requests:
            self.requests[-1].end = self._offset + len(data)
            if kind is Kind.HEADER:
                self._feed_head(data)
            elif self._body is not None:
                self._body.feed(data, self._offset)
        self._offset += len(data)
        return begins

    def finish(self) -> None:
        """Say that nothing more was sent: what is open ends here."""
        self._close()

    def begins_request(self, data: bytes) -> bool:
        """Return whether ``data``, a header event, begins a request and does not go on with a head."""
        return not self._head and _REQUEST_LINE.match(data) is not None

    @property
    def current(self) -> Request | None:
        """The request that was begun last."""
        return self.requests[-1] if self.requests else None

    @property
    def release(self) -> Release | None:
        """The release of curl that a User-Agent names, None where the user gave another one."""
        while self._release is None and self._asked < len(self.requests):
            request = self.requests[self._asked]
            if request.head_end is None and request is self.current:
                break  # the rest of its head is to come
            self._release = release_named(request.header("User-Agent") or "")
            self._asked += 1
        return self._release

    def _begin(self, data: bytes, line: int) -> None:
        found = _REQUEST_LINE.match(data)
        assert found is not None
        method, target, version = (part.decode("latin-1") for part in found.groups())
        self.requests.append(Request(line, self._offset, method, target, version, self._offset))
        self._body = None

    def _feed_head(self, data: bytes) -> None:
        request = self.requests[-1]
        if request.head_end is not None:
            return
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            if len(self._head) > LONGEST_HEAD_BYTES:
                self._head = b""
            return
        request.head_end = request.start + end + 4
        fields = self._head[:end].decode("latin-1").split("\r\n")[1:]
        request.headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in fields))
        self._head = b""
        self._body = _Body(request)

    def _close(self) -> None:
        if self._body is not None:
            self._body.close()
        self._head = b""


class _Body:
    """The body of one request, as it passes by."""

    def __init__(self, request: Request) -> None:
        self._request = request
        boundary = boundary_of(request.header("Content-Type") or "")
        self._multipart = MultipartScanner(boundary) if boundary else None
        self._files_seen = 0
        length = length_of(request.header("Content-Length") or "")
        self._framing: Chunked | Counted
        if is_chunked(request.header("Transfer-Encoding") or ""):
            self._framing = Chunked()
        elif length is not None:
            self._framing = Counted(length)
        else:
            self._framing = Counted(None if request.header("Upgrade") else 0)
        request.is_complete = self._framing.is_complete
        if self._multipart is None:
            request.files = request.content
        else:
            request.parts = self._multipart.parts

    def feed(self, data: bytes, offset: int) -> None:
        for start, end in self._framing.feed(data):
            self._request.content.add(offset + start, offset + end)
            if self._multipart is not None:
                self._multipart.feed(data[start:end])
        self._request.is_complete = self._framing.is_complete
        if self._multipart is not None and self._request.is_complete:
            self.close()
        self._collect()

    def close(self) -> None:
        if self._multipart is not None:
            self._multipart.close()
            self._collect()

    def _collect(self) -> None:
        if self._multipart is None:
            return
        for start, end in self._multipart.files[self._files_seen :]:
            for span in self._request.content.between(start, end):
                self._request.files.add(*span)
        self._files_seen = len(self._multipart.files)
