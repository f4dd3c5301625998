"""What a server answers, however it comes."""

import hashlib

import pytest

from tracereplay.engine.answers import KEPT_BODY_BYTES, AnswerReader
from tracereplay.plan.step import Opening

POST = Opening("POST")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"

# what comes, the requests, whether the peer closes, interim, (status, bytes, complete) of the answers, all answered
CASES = {
    "nothing": (b"", [POST], False, [], [], False),
    "a whole answer": (OK, [POST], False, [], [(200, 3, True)], True),
    "100 and then the answer": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, [POST], False, [100], [(200, 3, True)], True),
    "103 and then the answer": (b"HTTP/1.1 103 H\r\n\r\n" + OK, [POST], False, [103], [(200, 3, True)], True),
    "two answers": (OK + OK, [POST, POST], False, [], [(200, 3, True)] * 2, True),
    "one answer of two": (OK, [POST, POST], False, [], [(200, 3, True)], False),
    "to HEAD": (OK[:-3], [Opening("HEAD")], False, [], [(200, 0, True)], True),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        [POST], False, [], [(200, 3, True)], True,
    ),
    "without length, open": (b"HTTP/1.1 200 OK\r\n\r\nabc", [POST], False, [], [(200, 3, False)], False),
    "without length, closed": (b"HTTP/1.1 200 OK\r\n\r\nabc", [POST], True, [], [(200, 3, True)], True),
    "cut short": (OK[:-1], [POST], True, [], [(200, 2, False)], False),
    "closed without an answer": (b"", [POST], True, [], [], False),
    "an upgrade": (
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n\x81\x01a",
        [Opening("GET", upgrades=True)], False, [], [(101, 0, True)], True,
    ),
    "a tunnel, and through it": (
        b"HTTP/1.1 200 Established\r\n\r\n" + OK,
        [Opening("CONNECT"), POST], False, [], [(200, 0, True), (200, 3, True)], True,
    ),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\nabc", [POST], False, [], [], False),
    "before any request": (b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n", [], True, [], [], True),
}  # fmt: skip


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_read_in_pieces_of_any_size(name: str, piece: int) -> None:
    data, openings, closes, interim, answers, all_answered = CASES[name]
    reader = AnswerReader()
    for opening in openings:
        reader.open(opening)
    for at in range(0, len(data), piece):
        reader.feed(data[at : at + piece])
    if closes:
        reader.close()
    assert reader.interim == interim
    assert [(one.status, one.body_bytes, one.complete) for one in reader.answers] == answers
    assert (reader.finished >= reader.opened) is all_answered


SURPLUS = {
    "a whole answer": 0,
    "two answers": 0,
    "cut short": 0,
    "an upgrade": 0,
    "a tunnel, and through it": 0,
    "no HTTP": 0,
    "before any request": 43,
}


@pytest.mark.parametrize("name", SURPLUS)
def test_what_answers_no_request_is_counted(name: str) -> None:
    data, openings, closes, *_ = CASES[name]
    reader = AnswerReader()
    for opening in openings:
        reader.open(opening)
    reader.feed(data)
    if closes:
        reader.close()
    assert reader.surplus == SURPLUS[name]


@pytest.mark.parametrize("more", [OK, b"garbage", bytes(3 << 20)], ids=["an answer", "garbage", "much"])
@pytest.mark.parametrize("piece", [1000, 1 << 20, 10**7])
def test_what_comes_behind_the_last_answer_is_surplus_until_a_request_takes_it(more: bytes, piece: int) -> None:
    reader = AnswerReader()
    reader.open(POST)
    data = OK + more
    for at in range(0, len(data), piece):
        reader.feed(data[at : at + piece])
    assert (len(reader.answers), reader.surplus) == (1, len(more))
    if more == OK:
        reader.open(POST)
        assert (len(reader.answers), reader.surplus) == (2, 0)


def test_an_answer_that_comes_before_its_request_is_read_with_it() -> None:
    reader = AnswerReader()
    reader.feed(OK)
    assert reader.answers == []
    reader.open(POST)
    assert [one.status for one in reader.answers] == [200]


def test_headers_keep_their_order_and_their_case() -> None:
    reader = AnswerReader()
    reader.open(POST)
    reader.feed(b"HTTP/1.1 200 Fine\r\nX-Upper: 1\r\nset-cookie: a\r\nset-cookie: b\r\nContent-Length: 0\r\n\r\n")
    answer = reader.answers[0]
    assert answer.reason == "Fine"
    assert answer.headers == (("X-Upper", "1"), ("set-cookie", "a"), ("set-cookie", "b"), ("Content-Length", "0"))


def test_of_a_large_body_only_the_beginning_is_kept_and_all_is_counted() -> None:
    reader = AnswerReader()
    reader.open(POST)
    reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n")
    for _ in range(3):
        reader.feed(b"x" * 100_000)
    assert reader.answers[0].body_bytes == 300_000
    assert len(reader.answers[0].body) == KEPT_BODY_BYTES


def test_a_server_says_that_it_will_close() -> None:
    reader = AnswerReader()
    reader.open(POST)
    reader.feed(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    assert reader.announced_close


def test_the_digest_is_that_of_the_whole_body_without_its_chunks() -> None:
    reader = AnswerReader()
    reader.open(POST)
    reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(3):
        reader.feed(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
    reader.feed(b"0\r\n\r\n" + OK)
    assert reader.answers[0].body_digest == hashlib.sha256(b"x" * 300_000).hexdigest()


def test_the_digest_of_no_body_is_that_of_nothing() -> None:
    reader = AnswerReader()
    reader.open(Opening("HEAD"))
    reader.feed(OK[:-3])
    assert reader.answers[0].body_digest == hashlib.sha256().hexdigest()
