"""Places: how they are written, and which byte they mean."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import make_trace
from tracereplay.errors import PlanError, SpecError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.find import find
from tracereplay.plan.place import Place, Share, read_pause, read_place, read_places
from tracereplay.plan.scope import Scope

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
def upload(tmp_path: Path) -> ConnectionPlan:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", BODY[:100]), ("=> Send data", BODY[100:])])
    return trace.plan().main_connection


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
        ("start", 0),
        ("end", TOTAL),
        ("end-2", TOTAL - 2),
        ("body:start", len(HEAD)),
        ("head:end", len(HEAD)),
        ("head:end+3", len(HEAD) + 3),
        ("body:50%+1", len(HEAD) + len(BODY) // 2 + 1),
        ("body:-10-2", TOTAL - 12),
        ("request:1:50%", TOTAL // 2),
        ("request:1:body:4", len(HEAD) + 4),
        ("part:1:start", len(HEAD) + len(PART)),
        ("part:1:end", len(HEAD) + len(PART) + len(FILE)),
        ("part:1:head:start", len(HEAD) + len(b"--XX\r\n")),
        ("part:1:head:end", len(HEAD) + len(PART)),
        ("part:file:10", len(HEAD) + len(PART) + 10),
        ('part:"file":10', len(HEAD) + len(PART) + 10),
        ("event:1:end", len(HEAD)),
        ("event:2:-1", len(HEAD) + 99),
        ("event:3:50%", len(HEAD) + 100 + (len(BODY) - 100) // 2),
        ('after "name="', len(HEAD) + BODY.index(b"name=") + 5),
        ('before "name="', len(HEAD) + BODY.index(b"name=")),
        ('after "name="+1', len(HEAD) + BODY.index(b"name=") + 6),
        (r'after "\r\n"', HEAD.index(b"\r\n") + 2),
        (r'body:after "\r\n\x0d\x0a"', len(HEAD) + len(PART)),
        ('file:after "9"', len(HEAD) + len(PART) + 10),
        (r'before "\"a.csv\""-1', len(HEAD) + BODY.index(b'"a.csv') - 1),
    ],
)
def test_a_place_means_a_byte(upload: ConnectionPlan, spec: str, at: int) -> None:
    assert find(read_place(spec), upload) == at


def test_percentages_round_down_exactly_however_large_the_body() -> None:
    position = read_place("99.999%").position
    assert isinstance(position, Share)
    assert position.within(10**15 + 1) == (10**15 + 1) * 99999 // 100000


def test_a_number_is_no_place_for_it_says_no_unit() -> None:
    with pytest.raises(PlanError, match=r"5 is not a place, for it is no text\n  hint: write it with quotes: '5'"):
        read_place(5)


@pytest.mark.parametrize(
    ("spec", "column", "hint"),
    [
        ("", 1, "write it like 50%"),
        ("half", 1, "write it like 50%"),
        ("50%%", 4, "write it like 50%"),
        ("5 0", 2, "write it like 50%"),
        ("--1", 2, "write it like 50%"),
        ("1e3", 2, "write it like 50%"),
        ("body:", 6, "write it like 50%"),
        ("body50%", 5, "a colon follows, and a place: body:50%"),
        ("part:2:head", 12, "a colon follows, and a place: part:2:head:50%"),
        ("part:9", 7, "a colon follows, and a place: part:9:50%"),
        ("part:50%", 6, "say which, from 1: part:1:50%, or the name of its field: part:file:50%"),
        ("request:body:0", 9, "say which, from 1: request:1:body:0"),
        ("bodi:50%", 1, "did you mean body:50%?"),
        ("bdoy:50%", 1, "did you mean body:50%?"),
        ("BODY:50%", 1, "did you mean body:50%?"),
        ("request:2:bdy:-1", 11, "did you mean request:2:body:-1?"),
        ("body:strat+1", 6, "did you mean body:start+1?"),
        ("25%,50%", 4, "each place is given on its own: --truncate 25% --truncate 50%"),
        ("body:all", 6, "it is a list of places, which --truncate takes"),
        ("after name=", 6, 'a text stands in quotes: after "name="'),
        ('body:before "x', 15, "the text ends with another quote"),
        (r'after "a\q"', 9, r"a backslash goes before \r \n \t"),
        ('after ""', 8, "an empty text stands everywhere"),
        ('after "\ud800"', 8, ""),
        ("50%\n", 4, "write it like 50%"),
    ],
)
def test_a_place_that_does_not_read_is_shown_where_and_what_comes_near(spec: str, column: int, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_place(spec)
    assert caught.value.column == column
    assert (caught.value.hint or "").startswith(hint)
    _, shown, caret, *_ = str(caught.value).split("\n")
    assert len(shown) == len(spec) + 4
    assert caret.index("^") == column + 3


WORDS = ["body:", "part:", "2:", "file:", "head:", "answer:", "event:", "request:", "every:", "all", "boundaries", "-1"]
WORDS += [
    "50%",
    "64k",
    "2.5s",
    "start",
    "end",
    "after ",
    "before ",
    '"x"',
    '"',
    "\\",
    "..",
    "/",
    "=",
    "+",
    "@",
    ",",
    "é",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=8).map("".join)))
def test_any_text_is_a_place_or_an_error_that_points_into_it(spec: str) -> None:
    for read in (read_place, read_pause, read_places):
        try:
            read(spec)
        except SpecError as error:
            assert 1 <= error.column <= len(spec) + 1  # noqa: PT017
        except PlanError as error:
            assert "longer than a year" in error.message  # noqa: PT017


@pytest.mark.parametrize("spec", ["9" * 100_000, "body:" * 30_000, 'after "' + "\\n" * 50_000, "a" * 100_000])
def test_a_text_of_any_length_is_refused_in_no_time(spec: str) -> None:
    with pytest.raises(SpecError):
        read_place(spec)


@pytest.mark.parametrize("spec", ["101%", "1000000", "-1000000", "head:9k", "file:52"])
def test_a_place_outside_says_how_long_it_is(upload: ConnectionPlan, spec: str) -> None:
    with pytest.raises(
        PlanError, match=r"lies (past the end|before the start): connection 0 sends a .* of [\d,]+ bytes"
    ):
        find(read_place(spec), upload)


def test_a_pause_is_a_place_and_a_duration() -> None:
    place, duration_ns = read_pause("body:50%=2.5s")
    assert (place.scope.section, duration_ns) == ("body", 2_500_000_000)


@pytest.mark.parametrize("spec", ["body:50%", "=2s", "body:50%=", "50%=2 weeks"])
def test_a_pause_that_does_not_read_is_refused(spec: str) -> None:
    with pytest.raises(SpecError, match="is not a pause"):
        read_pause(spec)


def test_a_request_without_a_body_has_no_place_in_it(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")])
    with pytest.raises(PlanError, match=r"asks for a body, and the request of connection 0 has none \(GET /\)"):
        find(read_place("body:50%"), trace.plan().main_connection)


def test_other_protocols_have_no_scopes(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("<= Recv header", b"220 hi\r\n"), ("=> Send header", b"EHLO x\r\n")])
    assert find(read_place("50%"), trace.plan().main_connection) == 4
    with pytest.raises(PlanError, match="sends none"):
        find(read_place("head:50%"), trace.plan().main_connection)


def test_a_file_in_a_chunked_body_leaves_the_framing_out(tmp_path: Path) -> None:
    head = b"PUT /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"4\r\nabcd\r\n" + b"4\r\nefgh\r\n" + b"0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", body)])
    connection = trace.plan().main_connection
    assert find(read_place("file:4"), connection) == len(head) + 7
    assert find(read_place("file:5"), connection) == len(head) + 7 + 2 + 3 + 1
    assert find(read_place("body:100%"), connection) == len(head) + len(body)


def test_a_scope_speaks_of_the_request_with_the_largest_body(tmp_path: Path) -> None:
    def request(body: bytes) -> list[tuple[str, bytes]]:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        return [("=> Send header", head), ("=> Send data", body), ("<= Recv header", answer)]

    trace = make_trace(tmp_path, request(b"ab") + request(b"cdefgh") + request(b"ij"))
    connection = trace.plan().main_connection
    assert find(read_place("body:0"), connection) == connection.conversation.requests[1].head_end


def test_a_place_of_the_wire_is_for_cuts_alone(upload: ConnectionPlan) -> None:
    assert read_place("wire:20k") == Place("wire:20k", Scope("wire:", "wire"), Share(Fraction(0), 20_480))
    with pytest.raises(PlanError, match="is a place in the ciphertext"):
        find(read_place("wire:20k"), upload)
