"""Places: how they are written, and which byte they mean."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.errors import PlanError, SpecError
from tracereplay.plan.place import Place, find, read_pause, read_place
from tracereplay.trace.conversation import Conversation

HEAD = (
    b"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 151\r\n"
    b"Content-Type: multipart/form-data; boundary=XX\r\n\r\n"
)
PART = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
FILE = b"0123456789" * 5 + b"\n"
FIELD = b'--XX\r\nContent-Disposition: form-data; name="n"\r\n\r\nv\r\n'
TAIL = b"\r\n--XX--\r\n"
BODY = PART + FILE + TAIL
HEAD = HEAD.replace(b"151", str(len(BODY)).encode())


@pytest.fixture
def upload(tmp_path: Path) -> Conversation:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", BODY[:100]), ("=> Send data", BODY[100:])])
    return trace.conversations[0]


TOTAL = len(HEAD) + len(BODY)


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ("0", 0),
        ("0%", 0),
        ("50%", TOTAL // 2),
        ("33.3%", TOTAL * 333 // 1000),
        ("100%", TOTAL),
        ("64", 64),
        ("0.1k", 102),
        ("-1", TOTAL - 1),
        ("all:-1", TOTAL - 1),
        ("head:100%", len(HEAD)),
        ("head:-1", len(HEAD) - 1),
        ("head:4", 4),
        ("body:0", len(HEAD)),
        ("body:50%", len(HEAD) + len(BODY) // 2),
        ("body:-1", TOTAL - 1),
        ("file:0", len(HEAD) + len(PART)),
        ("file:10", len(HEAD) + len(PART) + 10),
        ("file:50%", len(HEAD) + len(PART) + len(FILE) // 2),
        ("file:100%", len(HEAD) + len(PART) + len(FILE)),
    ],
)
def test_a_place_means_a_byte(upload: Conversation, spec: str, at: int) -> None:
    assert find(read_place(spec), upload) == at


def test_percentages_round_down_exactly_however_large_the_body() -> None:
    assert read_place("99.999%").within(10**15 + 1) == (10**15 + 1) * 99999 // 100000


def test_a_number_is_no_place_for_it_says_no_unit() -> None:
    with pytest.raises(PlanError, match=r"5 is not a place, for it is no text\n  hint: write it with quotes: '5'"):
        read_place(5)


@pytest.mark.parametrize(
    ("spec", "column"),
    [
        ("", 1),
        ("half", 1),
        ("50%%", 4),
        ("body50%", 5),
        ("body:", 6),
        ("bodi:50%", 1),
        ("5 0", 2),
        ("--1", 2),
        ("1e3", 2),
    ],
)
def test_a_place_that_does_not_read_is_shown_where(spec: str, column: int) -> None:
    with pytest.raises(SpecError) as caught:
        read_place(spec)
    assert caught.value.column == column
    assert "hint: write it like 50%" in str(caught.value)
    assert str(caught.value).splitlines()[1] == f"    {spec}"


@pytest.mark.parametrize("spec", ["101%", "1000000", "-1000000", "head:9k", "file:52"])
def test_a_place_outside_says_how_long_it_is(upload: Conversation, spec: str) -> None:
    with pytest.raises(
        PlanError, match=r"lies (past the end|before the start): connection 0 sends a .* of [\d,]+ bytes"
    ):
        find(read_place(spec), upload)


def test_a_pause_is_a_place_and_a_duration() -> None:
    place, duration_ns = read_pause("body:50%=2.5s")
    assert (place.scope, duration_ns) == ("body", 2_500_000_000)


@pytest.mark.parametrize("spec", ["body:50%", "=2s", "body:50%=", "50%=2 weeks"])
def test_a_pause_that_does_not_read_is_refused(spec: str) -> None:
    with pytest.raises(SpecError, match="is not a pause"):
        read_pause(spec)


def test_a_request_without_a_body_has_no_place_in_it(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")])
    with pytest.raises(PlanError, match=r"asks for a body, and the request of connection 0 has none \(GET /\)"):
        find(read_place("body:50%"), trace.conversations[0])


def test_other_protocols_have_no_scopes(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("<= Recv header", b"220 hi\r\n"), ("=> Send header", b"EHLO x\r\n")])
    assert find(read_place("50%"), trace.conversations[0]) == 4
    with pytest.raises(PlanError, match="sends none"):
        find(read_place("head:50%"), trace.conversations[0])


def test_a_file_in_a_chunked_body_leaves_the_framing_out(tmp_path: Path) -> None:
    head = b"PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"4\r\nabcd\r\n" + b"4\r\nefgh\r\n" + b"0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", body)])
    conversation = trace.conversations[0]
    assert find(read_place("file:4"), conversation) == len(head) + 7
    assert find(read_place("file:5"), conversation) == len(head) + 7 + 2 + 3 + 1
    assert find(read_place("body:100%"), conversation) == len(head) + len(body)


def test_a_scope_speaks_of_the_request_with_the_largest_body(tmp_path: Path) -> None:
    def request(body: bytes) -> list[tuple[str, bytes]]:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        return [("=> Send header", head), ("=> Send data", body), ("<= Recv header", answer)]

    trace = make_trace(tmp_path, request(b"ab") + request(b"cdefgh") + request(b"ij"))
    conversation = trace.conversations[0]
    assert find(read_place("body:0"), conversation) == conversation.requests[1].head_end


def test_a_place_of_the_wire_is_for_cuts_alone(upload: Conversation) -> None:
    assert read_place("wire:20k") == Place("wire:20k", "wire", Fraction(0), 20_480)
    with pytest.raises(PlanError, match="place of the ciphertext"):
        find(read_place("wire:20k"), upload)
