"""What of a message is missing where it is cut."""

from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.judge.missing import missing_at
from tracereplay.trace.request import Request

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
LENGTH = HEAD + b"Content-Length: 10\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n"
CONNECT = b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"
FORM = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--'
CLOSED = HEAD + b"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: %d\r\n\r\n" % (len(FORM) + 2)
OPEN = HEAD + b"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: %d\r\n\r\n" % (len(FORM) + 9)
CHUNKS = b"3\r\nabc\r\n"
ZERO = b"0\r\n\r\n"

# what is sent, as head and body; how many bytes come before the cut; which request; what it lacks, how many bytes
CASES = {
    "nothing is sent": ([(LENGTH, b"x" * 10)], 0, -1, "nothing", 0),
    "a byte of the head": ([(LENGTH, b"x" * 10)], 1, 0, "head", len(LENGTH) - 1),
    "the head but for its last byte": ([(LENGTH, b"x" * 10)], len(LENGTH) - 1, 0, "head", 1),
    "the head alone": ([(LENGTH, b"x" * 10)], len(LENGTH), 0, "body", 10),
    "the body but for its last byte": ([(LENGTH, b"x" * 10)], len(LENGTH) + 9, 0, "body", 1),
    "all": ([(LENGTH, b"x" * 10)], len(LENGTH) + 10, 0, "nothing", 0),
    "all, and the recording stops before the announced end": ([(LENGTH, b"xx")], len(LENGTH) + 2, 0, "body", 8),
    "more than was announced": ([(LENGTH, b"x" * 12)], len(LENGTH) + 11, 0, "nothing", 0),
    "a request without a body": ([(GET, b"")], len(GET), 0, "nothing", 0),
    "a request without a body, cut": ([(GET, b"")], len(GET) - 2, 0, "head", 2),
    "within the second request": ([(GET, b""), (LENGTH, b"x" * 10)], len(GET + LENGTH) + 4, 1, "body", 6),
    "between two requests": ([(GET, b""), (LENGTH, b"x" * 10)], len(GET), 0, "nothing", 0),
    "within a chunk": ([(CHUNKED, CHUNKS + ZERO)], len(CHUNKED) + 4, 0, "body", 9),
    "after the last byte of the content": ([(CHUNKED, CHUNKS + ZERO)], len(CHUNKED) + 6, 0, "last chunk", 7),
    "after the chunks": ([(CHUNKED, CHUNKS + ZERO)], len(CHUNKED + CHUNKS), 0, "last chunk", 5),
    "within the last chunk": ([(CHUNKED, CHUNKS + ZERO)], len(CHUNKED + CHUNKS) + 2, 0, "last chunk", 3),
    "after the last chunk": ([(CHUNKED, CHUNKS + ZERO)], len(CHUNKED + CHUNKS) + 3, 0, "end of chunks", 2),
    "all chunks": ([(CHUNKED, CHUNKS + ZERO)], len(CHUNKED + CHUNKS + ZERO), 0, "nothing", 0),
    "no chunk but the last": ([(CHUNKED, ZERO)], len(CHUNKED), 0, "last chunk", 5),
    "chunks whose recording stops": ([(CHUNKED, CHUNKS)], len(CHUNKED + CHUNKS), 0, "body", None),
    "a form without the end of its last line": ([(CLOSED, FORM + b"\r\n")], len(CLOSED + FORM), 0, "final CR LF", 2),
    "a form without its last byte": ([(CLOSED, FORM + b"\r\n")], len(CLOSED + FORM) + 1, 0, "final CR LF", 1),
    "a form whose last boundary is cut": ([(CLOSED, FORM + b"\r\n")], len(CLOSED + FORM) - 1, 0, "body", 3),
    "a form with more behind it": ([(OPEN, FORM + b"\r\nand more")], len(OPEN + FORM), 0, "body", 9),
    "the end of a head that upgrades": ([(UPGRADE, b"")], len(UPGRADE), 0, "nothing", 0),
    "after an upgrade": ([(UPGRADE, b"\x81\x01a")], len(UPGRADE) + 1, 0, "unknown", None),
    "within a tunnel": ([(CONNECT, b"abc")], len(CONNECT) + 1, 0, "unknown", None),
}


def requests(folder: Path, sent: list[tuple[bytes, bytes]]) -> list[Request]:
    events = []
    for head, body in sent:
        events.append(("=> Send header", head))
        if body:
            events.append(("=> Send data", body))
    return make_trace(folder, events).conversations[0].requests


@pytest.mark.parametrize("name", CASES)
def test_what_is_missing(name: str, tmp_path: Path) -> None:
    sent, at, number, what, count = CASES[name]
    found, missing = missing_at(requests(tmp_path, sent), at)
    assert (found, missing.what, missing.bytes) == (number, what, count)


def test_every_byte_of_a_whole_message_is_missing_less_than_the_one_before(tmp_path: Path) -> None:
    found = requests(tmp_path, [(CLOSED, FORM + b"\r\n")])
    total = len(CLOSED + FORM) + 2
    body = [missing_at(found, at)[1].bytes for at in range(len(CLOSED), total + 1)]
    assert body == list(range(len(FORM) + 2, -1, -1))
    assert all(missing_at(found, at)[1].is_incomplete for at in range(1, total))
