"""Where places lie: in parts, chunks and recorded writes, at texts, times and marks; and what is said where not."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.cuts import cuts
from tracereplay.plan.find import find
from tracereplay.plan.place import read_place

FORM_HEAD = b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=XX\r\nTransfer-Encoding: chunked\r\n\r\n"
PART = b'--XX\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
CHUNKS = (
    PART % (b"a", b"first") + b"--XX\r\nContent-Dis",
    b'position: form-data; name="b b"\r\n\r\nsec',
    b"ond\r\n--XX--\r\n",
)
CHUNKED = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in CHUNKS) + b"0\r\n\r\n"
SENT = FORM_HEAD + CHUNKED


def connection_of(folder: Path, events: Iterable[tuple[str, bytes] | str], form: str = "hex") -> ConnectionPlan:
    return make_trace(folder, events, form=form).plan().main_connection


@pytest.fixture
def form(tmp_path: Path) -> ConnectionPlan:
    sent = [
        ("=> Send header", FORM_HEAD),
        *(("=> Send data", CHUNKED[at : at + 50]) for at in range(0, len(CHUNKED), 50)),
    ]
    return connection_of(tmp_path, sent)


@pytest.mark.parametrize(
    ("spec", "before"),
    [
        ("chunk:1:start", CHUNKS[0]),
        ("chunk:2:start", CHUNKS[1]),
        ("chunk:3:end", b"\r\n0\r\n\r\n"),
        ("chunk:3:-2", b"\r\n\r\n0\r\n"),
        ("part:1:start", b"first"),
        ("part:a:end", b"\r\n--XX\r\nContent-Dis"),
        ("part:2:head:start", b"Content-Dis\r\n"),
        ("part:2:head:end", b"sec\r\n"),
        ('part:"b b":3', b"\r\n%x\r\nond" % len(CHUNKS[2])),
        ('part:"b b":3+1', b"\n%x\r\nond" % len(CHUNKS[2])),
        ("part:2:end", b"\r\n--XX--"),
        ('part:2:after "ec"', b"\r\n%x\r\nond" % len(CHUNKS[2])),
        ('part:2:before "ond"', b"ond\r\n--XX--"),
    ],
)
def test_parts_lie_in_the_content_and_chunks_in_what_is_sent(form: ConnectionPlan, spec: str, before: bytes) -> None:
    assert SENT[find(read_place(spec), form) :].startswith(before)


def test_a_text_is_found_across_chunks_where_the_content_is_looked_through(form: ConnectionPlan) -> None:
    assert SENT[: find(read_place('part:2:after "secon"'), form)].endswith(b"on")
    with pytest.raises(PlanError, match=r'"second" is not in the body as it is sent: \d+ bytes of connection 0'):
        find(read_place('body:after "second"'), form)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("part:9:50%", "asks for part 9, and the request has 2\n  hint: use part:1:50% to part:2:50%"),
        ("part:0:50%", "asks for part 0, and the request has 2"),
        ("part:c:50%", "has no field of that name\n  hint: its fields are: a, b b"),
        ("chunk:4:50%", "asks for chunk 4, and the request has 3"),
        ("event:99:50%", "asks for event 99, and connection 0 sends 4"),
        ("request:2:50%", "asks for request 2, and connection 0 sends 1\n  hint: use request:1:50%"),
        ("answer:50%", "is a place in what is received"),
        ("part:1:120%", "lies past the end: connection 0 sends a part of 5 bytes"),
        ("end+1", "lies past the end: connection 0 sends a total of"),
        ("start-1", "lies before the start"),
        ("2s", "is a time, and trace.txt has none"),
        ("@half", "there is no mark half in all that is sent, on connection 0\n  hint: tracereplay mark writes one"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(form: ConnectionPlan, spec: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        find(read_place(spec), form)
    assert told in str(caught.value).replace(f"{form.trace.name} has none", "trace.txt has none")


def test_parts_of_one_name_are_told_apart_by_number(tmp_path: Path) -> None:
    body = PART % (b"a", b"1") + PART % (b"a", b"2") + b"--XX--\r\n"
    head = FORM_HEAD.replace(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(body))
    connection = connection_of(tmp_path, [("=> Send header", head), ("=> Send data", body)])
    assert find(read_place("part:2:0"), connection) == len(head) + body.index(b"2\r\n--XX--")
    with pytest.raises(PlanError, match="several have that name: 1, 2"):
        find(read_place("part:a:0"), connection)


def test_the_name_of_a_part_is_not_that_of_its_file(tmp_path: Path) -> None:
    part = b'--XX\r\nContent-Disposition: form-data; filename="; name=x"; name="y"\r\n\r\ndata\r\n--XX--\r\n'
    head = FORM_HEAD.replace(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(part))
    connection = connection_of(tmp_path, [("=> Send header", head), ("=> Send data", part)])
    assert find(read_place("part:y:0"), connection) == len(head) + part.index(b"data\r")
    with pytest.raises(PlanError, match="no field of that name"):
        find(read_place("part:x:0"), connection)


def test_an_empty_part_has_a_start_and_an_end(tmp_path: Path) -> None:
    body = PART % (b"a", b"") + b"--XX--\r\n"
    head = FORM_HEAD.replace(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(body))
    connection = connection_of(tmp_path, [("=> Send header", head), ("=> Send data", body)])
    at = len(head) + body.index(b"\r\n\r\n") + 4
    assert [find(read_place(f"part:1:{place}"), connection) for place in ("start", "50%", "end", "end+2")] == [
        *(at, at, at, at + 2)
    ]


def test_a_request_has_its_own_head_and_body(tmp_path: Path) -> None:
    def post(body: bytes) -> list[tuple[str, bytes]]:
        head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        return [("=> Send header", head), ("=> Send data", body)]

    connection = connection_of(tmp_path, post(b"larger") + post(b"small"))
    first, second = connection.conversation.requests
    assert find(read_place("request:2:body:1"), connection) == second.end - 4
    assert find(read_place("request:2:start"), connection) == first.end
    assert find(read_place("request:2:head:end"), connection) == second.head_end
    assert find(read_place("body:end"), connection) == first.end


TIMED = [
    ("12:00:00.000000 => Send header", b"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\n"),
    ("12:00:01.000000 => Send data", b"1234"),
    ("12:00:02.500000 => Send data", b"5678"),
    ("12:00:04.000000 <= Recv header", b"HTTP/1.1 200 OK\r\n"),
]


@pytest.mark.parametrize(
    ("spec", "left"),
    [
        ("0s", 8),
        ("999ms", 8),
        ("1s", 4),
        ("2.4s", 4),
        ("2500ms", 0),
        ("4s", 0),
        ("1s+1", 3),
        ("body:0s", 4),
        ("body:1.5s", 0),
    ],
)
def test_a_time_is_what_had_been_sent_by_then(tmp_path: Path, spec: str, left: int) -> None:
    connection = connection_of(tmp_path, TIMED)
    assert find(read_place(spec), connection) == connection.planned_bytes - left


@pytest.mark.parametrize(("spec", "most"), [("4.1s", "4"), ("body:2s", "1.5"), ("head:1ms", "0")])
def test_a_time_after_the_end_says_how_long_it_took(tmp_path: Path, spec: str, most: str) -> None:
    with pytest.raises(PlanError, match=rf"lies past the end: .* of connection 0 took {most} s"):
        find(read_place(spec), connection_of(tmp_path, TIMED))


def test_a_text_that_unknown_bytes_may_hide_is_not_found_and_that_is_said(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n"
    connection = connection_of(tmp_path, [("=> Send header", head), ("=> Send data", b"ab\x00cd a.cde.")], form="ascii")
    assert find(read_place('body:after "ab"'), connection) == len(head) + 2
    with pytest.raises(PlanError, match=rf'"b\.c" may stand at byte {len(head) + 1} of connection 0, and nowhere else'):
        find(read_place('body:after "b.c"'), connection)
    with pytest.raises(PlanError, match=r'"b\\xffc" may stand'):
        find(read_place(r'body:after "b\xffc"'), connection)
    with pytest.raises(PlanError, match='"xyz" is not in the body as it is sent: 12 bytes'):
        find(read_place('body:after "xyz"'), connection)


def test_a_mark_is_a_place(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n"
    marks = ("#: cut before-body rst\n", "#: pause slow 1s\n", "#: mark end +2\n")
    connection = connection_of(tmp_path, [("=> Send header", head), *marks, ("=> Send data", b"1234")])
    places = [
        find(read_place(spec), connection) for spec in ("@before-body", "@slow", "@end", "@before-body-1", "body:@end")
    ]
    assert places == [len(head), len(head), len(head) + 2, len(head) - 1, len(head) + 2]
    with pytest.raises(
        PlanError, match=r"no mark end in the request head, .*\n  hint: it has @before-body, @slow, @end"
    ):
        find(read_place("head:@end"), connection)
    assert [(str(one), one.name, one.at) for one in cuts(connection, "marks")] == [
        *(("@before-body", "before-body", len(head)), ("@end", "end", len(head) + 2))
    ]
