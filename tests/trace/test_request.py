import pytest

from tests.trace.reading import DATA, HEADER
from tracereplay.trace.event import Kind
from tracereplay.trace.request import Request, RequestScanner, split_host

POST = b"POST /up HTTP/1.1\r\nHost: a:8000\r\nContent-Length: 5\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def scan(*sent: tuple[Kind, bytes]) -> list[Request]:
    scanner = RequestScanner()
    for line, (kind, data) in enumerate(sent, start=1):
        scanner.feed(kind, data, line)
    scanner.finish()
    return scanner.requests


def test_a_request_has_its_places_and_headers() -> None:
    (request,) = scan((HEADER, POST), (DATA, b"hello"))
    assert (request.method, request.target, request.version, request.line) == ("POST", "/up", "1.1", 1)
    assert (request.start, request.head_end, request.end) == (0, len(POST), len(POST) + 5)
    assert request.headers == (("Host", "a:8000"), ("Content-Length", "5"))
    assert (request.host, request.header("CONTENT-LENGTH"), request.header("Expect")) == ("a:8000", "5", None)
    assert (request.body_bytes, request.is_complete, request.expects_continue, request.is_tunnel) == (
        5, True, False, False,
    )  # fmt: skip
    assert list(request.content) == list(request.files) == [(len(POST), len(POST) + 5)]


def test_requests_follow_each_other() -> None:
    first, second, third = scan((HEADER, POST), (DATA, b"hel"), (DATA, b"lo"), (HEADER, GET), (HEADER, POST))
    assert (first.end, second.start, second.end, third.start) == (
        len(POST) + 5, len(POST) + 5, len(POST) + 5 + len(GET), len(POST) + 5 + len(GET),
    )  # fmt: skip
    assert (first.is_complete, second.is_complete, third.is_complete) == (True, True, False)
    assert (second.line, third.line) == (4, 5)


@pytest.mark.parametrize("cut", [20, len(POST) - 3, len(POST) - 1])
def test_a_head_may_come_in_several_events(cut: int) -> None:
    (request,) = scan((HEADER, POST[:cut]), (HEADER, POST[cut:]), (DATA, b"hello"))
    assert (request.head_end, request.end, request.is_complete) == (len(POST), len(POST) + 5, True)


def test_a_request_line_within_a_head_begins_nothing() -> None:
    (request,) = scan((HEADER, b"POST / HTTP/1.1\r\nX: "), (HEADER, b"GET / HTTP/1.1\r\n\r\n"))
    assert request.header("X") == "GET / HTTP/1.1"


def test_a_torn_head_has_no_end() -> None:
    (request,) = scan((HEADER, POST[:30]))
    assert (request.head_end, request.headers, request.body_bytes, request.end) == (None, (), 0, 30)


def test_a_torn_body_is_not_complete() -> None:
    (request,) = scan((HEADER, POST), (DATA, b"hel"))
    assert (request.body_bytes, request.content.total, request.is_complete) == (3, 3, False)


def test_a_chunked_body_is_known_without_its_framing() -> None:
    head = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    (request,) = scan((HEADER, head), (DATA, b"5\r\nhello\r\n"), (DATA, b"1\r\n!\r\n0\r\n\r\n"))
    at = len(head)
    assert list(request.content) == [(at + 3, at + 8), (at + 13, at + 14)]
    assert request.files is request.content
    assert (request.body_bytes, request.is_complete, request.expects_continue) == (21, True, True)


@pytest.mark.parametrize("piece_bytes", [1, 7, 1000])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["counted", "chunked"])
def test_the_uploaded_file_is_found_in_a_multipart_body(is_chunked: bool, piece_bytes: int) -> None:
    form = (
        b'--xyz\r\nContent-Disposition: form-data; name="v"\r\n\r\nvalue\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nthe file\r\n--xyz--\r\n'
    )
    framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % len(form)
    head = b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xyz\r\n" + framing + b"\r\n\r\n"
    half = form.index(b"file\r\n--xyz--")
    body = form
    if is_chunked:
        body = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (half, form[:half], len(form) - half, form[half:])
    pieces = [(DATA, body[at : at + piece_bytes]) for at in range(0, len(body), piece_bytes)]
    (request,) = scan((HEADER, head), *pieces)
    sent = head + body
    assert b"".join(sent[start:end] for start, end in request.files) == b"the file"
    assert b"".join(sent[start:end] for start, end in request.content) == form
    assert request.is_complete


def test_a_file_that_is_cut_off_ends_where_the_body_does() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xyz\r\nContent-Length: 999\r\n\r\n"
    body = b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nthe fi'
    (request,) = scan((HEADER, head), (DATA, body))
    assert [(head + body)[start:end] for start, end in request.files] == [b"the fi"]


@pytest.mark.parametrize(
    ("headers", "is_complete"),
    [
        pytest.param(b"", True, id="no body"),
        pytest.param(b"Content-Length: 0\r\n", True, id="an empty body"),
        pytest.param(b"Content-Length: 1\r\n", False, id="a body to come"),
        pytest.param(b"Content-Length: " + b"9" * 5000 + b"\r\n", True, id="no number"),
        pytest.param(b"Content-Length: \xb2\r\n", True, id="no digit"),
        pytest.param(b"Content-Length: -1\r\n", True, id="less than nothing"),
        pytest.param(b"Upgrade: websocket\r\n", False, id="what follows has no end"),
        pytest.param(b"Transfer-Encoding: gzip, Chunked\r\n", False, id="chunks to come"),
    ],
)
def test_the_head_tells_how_the_body_ends(headers: bytes, is_complete: bool) -> None:
    (request,) = scan((HEADER, b"POST / HTTP/1.1\r\n" + headers + b"\r\n"))
    assert request.is_complete is is_complete


@pytest.mark.parametrize(
    "data", [b"EHLO mail\r\n", b"GET /\r\n", b"", b"\0\1", b"PRI * HTTP/2.0 \r\n", b"GET / HTTP/1.1"]
)
def test_what_is_no_request_line_begins_nothing(data: bytes) -> None:
    assert scan((HEADER, data), (DATA, b"x")) == []


def test_http_2_is_shown_as_a_request() -> None:
    (request,) = scan((HEADER, b"GET / HTTP/2\r\nHost: a\r\n\r\n"))
    assert request.version == "2"


def test_data_is_never_a_request() -> None:
    assert scan((DATA, GET)) == []


def test_a_tunnel_is_asked_for_with_connect() -> None:
    tunnel, request = scan((HEADER, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), (HEADER, GET))
    assert (tunnel.is_tunnel, tunnel.is_complete, request.is_tunnel) == (True, True, False)


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        ("a", "a", None),
        ("a:8000", "a", 8000),
        ("[::1]", "::1", None),
        ("[::1]:8000", "::1", 8000),
        ("a:²", "a:²", None),
        ("a:" + "9" * 5000, "a:" + "9" * 5000, None),
        ("", "", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_host_header_has_a_name_and_perhaps_a_port(host: str, name: str, port: int | None) -> None:
    assert split_host(host) == (name, port)


def test_the_release_of_curl_is_named_by_the_first_request_that_names_one() -> None:
    scanner = RequestScanner()
    head = b"GET / HTTP/1.1\r\nUser-Agent: %s\r\n\r\n"
    assert scanner.release is None
    scanner.feed(Kind.HEADER, head % b"x", 1)
    assert scanner.release is None
    scanner.feed(Kind.HEADER, (head % b"curl/8.5.0")[:20], 2)
    assert scanner.release is None
    scanner.feed(Kind.HEADER, (head % b"curl/8.5.0")[20:], 3)
    scanner.feed(Kind.HEADER, head % b"curl/8.6.0", 4)
    assert scanner.release == (8, 5, 0)


@pytest.mark.timeout(60)
def test_many_requests_that_name_no_release_are_asked_once() -> None:
    scanner = RequestScanner()
    for number in range(20_000):
        scanner.feed(Kind.HEADER, b"GET / HTTP/1.1\r\nUser-Agent: x\r\n\r\n", number)
        assert scanner.release is None
