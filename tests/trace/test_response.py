import pytest

from tests.trace.reading import DATA, HEADER
from tracereplay.trace.event import Kind
from tracereplay.trace.response import ResponseScanner, status_of

OK = (HEADER, b"HTTP/1.1 200 OK\r\n")
LENGTH = (HEADER, b"Content-Length: 5\r\n")
CHUNKED = (HEADER, b"Transfer-Encoding: chunked\r\n")
BLANK = (HEADER, b"\r\n")


def scan(*received: tuple[Kind, bytes], method: str = "GET") -> ResponseScanner:
    scanner = ResponseScanner()
    for kind, data in received:
        scanner.feed(kind, data, method=method)
    return scanner


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"HTTP/1.1 200 OK\r\n", 200),
        (b"HTTP/1.0 404\r\n", 404),
        (b"HTTP/2 204 \r\n", 204),
        (b"220 ftp.example\r\n", None),
        (b"HTTP/1.1 2\r\n", None),
        (b"", None),
    ],
)
def test_an_answer_begins_with_its_status(data: bytes, status: int | None) -> None:
    assert status_of(data) == status


@pytest.mark.parametrize(
    ("received", "in_head", "in_body"),
    [
        pytest.param([], False, False, id="nothing yet"),
        pytest.param([OK], True, False, id="a status"),
        pytest.param([OK, LENGTH, BLANK], False, True, id="a body to come"),
        pytest.param([OK, LENGTH, BLANK, (DATA, b"hel")], False, True, id="half of it"),
        pytest.param([OK, LENGTH, BLANK, (DATA, b"hello")], False, False, id="all of it"),
        pytest.param([OK, CHUNKED, BLANK, (DATA, b"1\r\nx\r\n")], False, True, id="a chunk"),
        pytest.param([OK, CHUNKED, BLANK, (DATA, b"0\r\n\r\n")], False, False, id="the last chunk"),
        pytest.param([OK, BLANK, (DATA, b"x" * 99)], False, True, id="a body that the close ends"),
        pytest.param([OK, LENGTH, (HEADER, b"\n")], False, True, id="a bare LF ends the head"),
        pytest.param([OK, LENGTH, (HEADER, b"\n\0")], False, True, id="as old curls show a split CR LF"),
        pytest.param([OK, LENGTH, (HEADER, b"..")], False, True, id="and in ascii"),
        pytest.param([(HEADER, b"HTTP/1.1 204 No\r\n"), LENGTH, BLANK], False, False, id="204 has no body"),
        pytest.param([(HEADER, b"HTTP/1.1 304 No\r\n"), LENGTH, BLANK], False, False, id="nor has 304"),
        pytest.param([(HEADER, b"HTTP/1.1 100 Continue\r\n"), BLANK], False, False, id="nor has 100"),
        pytest.param([OK, (HEADER, b"Content-Length: " + b"9" * 5000), BLANK], False, True, id="no number"),
    ],
)
def test_the_answer_is_followed(received: list[tuple[Kind, bytes]], in_head: bool, in_body: bool) -> None:
    scanner = scan(*received)
    assert (scanner.in_head, scanner.in_body) == (in_head, in_body)


def test_an_answer_to_head_has_no_body() -> None:
    assert not scan(OK, LENGTH, BLANK, method="HEAD").in_body


@pytest.mark.parametrize(("status", "is_interim"), [(100, True), (103, True), (101, False), (200, False)])
def test_an_interim_answer_is_followed_by_the_answer(status: int, is_interim: bool) -> None:
    assert scan((HEADER, b"HTTP/1.1 %d x\r\n" % status)).is_interim is is_interim


def test_a_body_takes_no_more_than_it_has_left() -> None:
    scanner = scan(OK, LENGTH, BLANK)
    assert (scanner.takes(b"12345"), scanner.takes(b"123456")) == (True, False)
    assert scan(OK, BLANK).takes(b"x" * 1000)
    assert not scan(OK).takes(b"x")
