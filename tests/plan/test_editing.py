"""Edits of what is sent: the head, the fields and files of a form, and what frames the body."""

from collections.abc import Callable
from pathlib import Path

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.library import Plan, Trace
from tracereplay.plan.message import Message
from tracereplay.plan.splice import Splice, spliced
from tracereplay.plan.step import Send
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.request import RequestScanner
from tracereplay.trace.unknown import Unknown

HEAD = b"POST /files?a=1 HTTP/1.1\r\nHost: old\r\nX: 1\r\nAccept: */*\r\nx:  2\r\n folded\r\nContent-Length: 3\r\n\r\n"
PARTS = (
    b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    b'--B\r\nContent-Disposition: form-data; name="data"; filename="a.csv"\r\n\r\n1,2\n\r\n--B--\r\n'
)
FORM = (
    b"POST / HTTP/1.1\r\nHost: old\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: %d\r\n\r\n"
    % len(PARTS)
)
CHUNKED_FORM = FORM.replace(b"Content-Length: %d" % len(PARTS), b"Transfer-Encoding: chunked")
PAIRS = b"a=1&b=two+words&a=3&%C3%A9=x&bare"
URLENCODED = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    % len(PAIRS)
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Edit = Callable[[Plan], Plan]


def trace_of(folder: Path, head: bytes, *body: bytes) -> Trace:
    sends = [("=> Send data", part) for part in body]
    return make_trace(folder, [("=> Send header", head), *sends, ("<= Recv header", ANSWER)])


def sent(plan: Plan) -> bytes:
    data = b"".join(step.data for step in plan.main_connection.steps() if isinstance(step, Send))
    assert len(data) == plan.main_connection.sends_bytes
    return data


def read_by_h11(data: bytes) -> tuple[h11.Request, bytes]:
    """Return the request and its content; all of ``data`` must be one message."""
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(data)
    request = reader.next_event()
    assert isinstance(request, h11.Request)
    content = b""
    while not isinstance(event := reader.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data), event
        content += bytes(event.data)
    assert reader.trailing_data == (b"", False)
    return request, content


HEADS: dict[str, tuple[Edit, bytes, bytes]] = {
    "a header in its place": (lambda p: p.with_header("host", "new"), b"Host: old", b"host: new"),
    "a header that was not there, at the end": (
        lambda p: p.with_header("Y", "z"),
        b"Length: 3\r\n",
        b"Length: 3\r\nY: z\r\n",
    ),
    "all lines of the name, with what goes on with them": (
        lambda p: p.with_header("X", "9"),
        b"X: 1\r\nAccept: */*\r\nx:  2\r\n folded\r\n",
        b"X: 9\r\nAccept: */*\r\n",
    ),
    "two lines of a name": (lambda p: p.with_header("Host", "a", "b"), b"Host: old\r\n", b"Host: a\r\nHost: b\r\n"),
    "no line of a name": (lambda p: p.without_header("accept"), b"Accept: */*\r\n", b""),
    "another method": (lambda p: p.with_method("PATCH"), b"POST ", b"PATCH "),
    "another path": (lambda p: p.with_path("/x?y"), b"/files?a=1", b"/x?y"),
    "a length that lies": (lambda p: p.announcing("5GiB"), b"Length: 3", b"Length: 5368709120"),
    "bytes over others": (lambda p: p.replaced("head:0=P\\x55T\\t"), b"POST", b"PUT\t"),
}


@pytest.mark.parametrize(("edit", "old", "new"), HEADS.values(), ids=HEADS)
def test_the_head_changes_there_and_nowhere_else(tmp_path: Path, edit: Edit, old: bytes, new: bytes) -> None:
    plan = edit(trace_of(tmp_path, HEAD, b"abc").plan())
    assert HEAD.count(old) == 1
    assert sent(plan) == HEAD.replace(old, new) + b"abc"
    assert sent(plan.truncated("head:100%")) == HEAD.replace(old, new)
    assert sent(plan.truncated("body:1")).endswith(b"\r\n\r\na")


def test_the_host_in_front_of_a_path_stays(tmp_path: Path) -> None:
    head = HEAD.replace(b"/files?a=1", b"http://h:1/files?a=1")
    assert sent(trace_of(tmp_path, head, b"abc").plan().with_path("/x")).startswith(b"POST http://h:1/x HTTP/1.1\r\n")


BODIES: dict[str, tuple[Edit, bytes, bytes]] = {
    "a field": (lambda p: p.with_field("note", "a longer one"), b"hello", b"a longer one"),
    "an empty field": (lambda p: p.with_field("note", ""), b"hello", b""),
    "a file in a part": (lambda p: p.with_file("data", p.trace.path.with_name("new.csv")), b"1,2\n", b"9,9,9\n"),
    "another boundary": (lambda p: p.with_boundary("longer-one"), b"--B", b"--longer-one"),
    "a grown file": (lambda p: p.grown("file=10"), b"1,2\n", b"1,2\n1,2\n1,"),
    "a grown part": (lambda p: p.grown("part:note=6", "zeros"), b"hello", b"hello\0"),
    "a body that has grown in its file": (lambda p: p.grown(f"body={len(PARTS) + 2}"), b"1,2\n", b"1,2\n1,"),
}


@pytest.mark.parametrize(("edit", "old", "new"), BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["a length", "chunks"])
def test_what_frames_a_body_follows_and_so_do_places(
    tmp_path: Path, edit: Edit, old: bytes, new: bytes, *, is_chunked: bool
) -> None:
    (tmp_path / "new.csv").write_bytes(b"9,9,9\n")
    parts = [PARTS[at : at + 30] for at in range(0, len(PARTS), 30)]
    body = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts] if is_chunked else parts
    head, last = (CHUNKED_FORM, [b"0\r\n\r\n"]) if is_chunked else (FORM, [])
    plan = edit(trace_of(tmp_path, head, *body, *last).plan())
    request, content = read_by_h11(sent(plan))
    assert content == PARTS.replace(old, new)
    assert dict(request.headers)[b"content-type"] == b"multipart/form-data; boundary=" + (
        b"longer-one" if old == b"--B" else b"B"
    )
    (whole,) = plan.main_connection.conversation.requests
    found = b"".join(sent(plan)[start:end] for start, end in whole.files)
    assert found == (new if old == b"1,2\n" else b"1,2\n")
    assert b"".join(sent(plan)[start:end] for start, end in whole.content) == content
    assert [content[part.start : part.end] for part in whole.parts] == [
        new if old == b"hello" else b"hello",
        found,
    ]


FIELDS = {
    "the first of a name": ("a", "x y&z", PAIRS.replace(b"a=1", b"a=x+y%26z")),
    "one with blanks": ("b", "", PAIRS.replace(b"two+words", b"")),
    "a name outside ASCII": ("é", "é", PAIRS.replace(b"=x", b"=%C3%A9")),
    "one without a value": ("bare", "1", PAIRS + b"=1"),
}


@pytest.mark.parametrize(("name", "value", "expected"), FIELDS.values(), ids=FIELDS)
def test_a_field_of_an_urlencoded_form_is_set(tmp_path: Path, name: str, value: str, expected: bytes) -> None:
    plan = trace_of(tmp_path, URLENCODED, PAIRS[:7], PAIRS[7:]).plan().with_field(name, value)
    assert read_by_h11(sent(plan))[1] == expected


LIES: dict[str, Edit] = {
    "a field": lambda p: p.with_field("note", "a longer one"),
    "a body": lambda p: p.with_body(p.trace.path.with_name("new.csv")),
    "a grown file": lambda p: p.grown("file=1k"),
}


@pytest.mark.parametrize("edit", LIES.values(), ids=LIES)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["a length", "chunks"])
def test_what_frames_a_body_stays_wrong_on_purpose(tmp_path: Path, edit: Edit, *, is_chunked: bool) -> None:
    (tmp_path / "new.csv").write_bytes(b"9,9,9\n")
    _, expected = read_by_h11(sent(edit(trace_of(tmp_path, FORM, PARTS).plan())))
    head = CHUNKED_FORM + b"%x\r\n" % len(PARTS) if is_chunked else FORM
    end = b"\r\n0\r\n\r\n" if is_chunked else b""
    chunk = head[len(CHUNKED_FORM) :] + PARTS + b"\r\n"
    trace = trace_of(tmp_path, CHUNKED_FORM, chunk, b"0\r\n\r\n") if is_chunked else trace_of(tmp_path, FORM, PARTS)
    assert sent(edit(trace.plan().keeping_length())) == head + expected + end


def test_edits_follow_each_other_and_stay_with_their_request(tmp_path: Path) -> None:
    get = b"GET /first HTTP/1.1\r\nHost: old\r\n\r\n"
    events = [("=> Send header", get), ("<= Recv header", ANSWER), ("=> Send header", FORM), ("=> Send data", PARTS)]
    trace = make_trace(tmp_path, [*events, ("<= Recv header", ANSWER)])
    edited = trace.plan().with_field("note", "").with_header("Host", "b").grown("file=5").with_path("/p")
    assert sent(edited).startswith(get + b"POST /p HTTP/1.1\r\nHost: b\r\n")
    first = trace.plan().about(request=1).with_path("/p").with_header("Host", "b")
    assert sent(first) == get.replace(b"/first", b"/p").replace(b"old", b"b") + FORM + PARTS
    assert sent(trace.plan().without_event(1)) == FORM + PARTS
    assert [one.method for one in trace.plan().without_event(1).main_connection.conversation.requests] == ["POST"]


def test_an_event_of_a_body_takes_its_content_with_it(tmp_path: Path) -> None:
    counted = trace_of(tmp_path, HEAD, b"a", b"bc").plan().without_event(2)
    assert sent(counted) == HEAD.replace(b"Length: 3", b"Length: 2") + b"bc"
    chunks = (b"1\r\na\r\n", b"2\r\nbc\r\n", b"0\r\n\r\n")
    head = HEAD.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked")
    assert sent(trace_of(tmp_path, head, *chunks).plan().without_event(3)) == head + b"1\r\na\r\n0\r\n\r\n"


def test_kept_bytes_keep_their_doubts_and_new_ones_have_none(tmp_path: Path) -> None:
    parts = PARTS.replace(b"1,2\n", b"1\x01,\x02")
    trace = make_trace(tmp_path, [("=> Send header", FORM), ("=> Send data", parts)], form="ascii")
    plan = trace.plan()
    assert list(plan.with_field("note", "hi").main_connection.conversation.sent.unknown) == [
        (start - 3, end - 3) for start, end in plan.main_connection.conversation.sent.unknown
    ]
    (tmp_path / "new.csv").write_bytes(b"9")
    plan.with_file("data", tmp_path / "new.csv").check()
    with pytest.raises(PlanError, match="repeats bytes that the trace does not know"):
        plan.grown("file=1k")


def test_a_pace_keeps_its_share_of_a_longer_time(tmp_path: Path) -> None:
    events = [("12:00:00.000000 => Send header", HEAD), ("12:00:00.250000 => Send data", b"abc")]
    plan = make_trace(tmp_path, events).plan().retimed("2")
    assert [step.at_ns for step in plan.main_connection.steps() if isinstance(step, Send)] == [0, 500_000_000]


@given(
    sizes=st.lists(st.integers(1, 9), max_size=6),
    wanted=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.binary(max_size=6)), max_size=4),
    is_chunked=st.booleans(),
)
def test_any_changes_of_a_content_are_framed(
    sizes: list[int], wanted: list[tuple[int, int, bytes]], *, is_chunked: bool
) -> None:
    content = bytes(range(65, 65 + sum(sizes)))
    pieces, at = [], 0
    for size in sizes:
        pieces.append(content[at : at + size])
        at += size
    if is_chunked:
        head = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        body = [b"%x\r\n%b\r\n" % (len(one), one) for one in pieces] + [b"0\r\n\r\n"]
    else:
        head, body = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(content), pieces
    changes: list[Splice] = []
    expected, at = b"", 0
    for start, length, new in sorted(wanted):
        if at <= start <= len(content) and (not changes or start > at):
            end = min(start + length, len(content))
            changes.append(Splice(start, end, new))
            expected += content[at:start] + new
            at = end
    expected += content[at:]
    events = [Event(1, None, None, Direction.SENT, Kind.HEADER, Payload(head), len(head))]
    events += [Event(1, None, None, Direction.SENT, Kind.DATA, Payload(one), len(one)) for one in body]
    scanner = RequestScanner()
    for event in events:
        scanner.feed(event.kind, event.payload.data, 1)
    scanner.finish()
    (request,) = scanner.requests
    revision = Message(0, request, Payload(head), lambda: iter(events), Unknown()).revised(content=changes)
    data = b"".join(event.payload.data for event in spliced(events, revision.splices))
    assert read_by_h11(data)[1] == expected
    assert revision.new is not None
    assert revision.new.end == len(data)
    assert b"".join(data[start:end] for start, end in revision.new.content) == expected
