"""A file in the place of the recorded body: what is sent then, and where everything is in it."""

import os
from pathlib import Path

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import make_trace
from tracereplay.errors import PlanError, SystemFault, UnknownBytesError
from tracereplay.library import Plan, Trace
from tracereplay.plan.content import CHUNK_BYTES, PIECE_BYTES
from tracereplay.plan.splice import Splice, spliced
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Send
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.payload import Payload

HEAD = b"PUT /f HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nX: y\r\n\r\n"
CHUNKED = b"PUT /f HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HUGE = (1 << 32) + 12_345


def upload(folder: Path, head: bytes = HEAD, *body: bytes) -> Trace:
    sends = [("=> Send data", part) for part in body or (b"ab", b"cd")]
    return make_trace(folder, [("=> Send header", head), *sends, ("<= Recv header", ANSWER)])


def content(folder: Path, data: bytes) -> Path:
    path = folder / "body.bin"
    path.write_bytes(data)
    return path


def sent(plan: Plan) -> bytes:
    return b"".join(step.data for step in plan.main_connection.steps() if isinstance(step, Send))


def at_of(plan: Plan, spec: str) -> int:
    cut = plan.truncated(spec).main_connection.cut
    assert cut is not None
    return cut.at


@pytest.mark.parametrize("size", [0, 1, 4, 1000, PIECE_BYTES, PIECE_BYTES + 1])
def test_the_length_follows_and_nothing_else_changes(tmp_path: Path, size: int) -> None:
    plan = upload(tmp_path).plan().with_body(content(tmp_path, b"x" * size))
    head = HEAD.replace(b"Length: 4", b"Length: %d" % size)
    assert sent(plan) == head + b"x" * size
    assert plan.main_connection.planned_bytes == len(head) + size
    assert next(iter(plan.main_connection.steps())) == Send(head, 0, Opening("PUT"))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
def test_a_chunked_body_is_the_file_in_chunks(tmp_path: Path, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    plan = upload(tmp_path, CHUNKED, b"2\r\nab\r\n", b"0\r\n\r\n").plan().with_body(content(tmp_path, data))
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(sent(plan))
    received = b""
    while not isinstance(event := reader.next_event(), h11.EndOfMessage):
        received += bytes(event.data) if isinstance(event, h11.Data) else b""
    assert received == data
    assert reader.trailing_data == (b"", False)
    assert plan.main_connection.planned_bytes == len(sent(plan))
    if size:
        assert sent(plan)[at_of(plan, "file:0") - 2 :].startswith(b"\r\n" + data[:10])
        assert sent(plan)[: at_of(plan, "file:-1")].endswith(data[-7:-1])


def test_places_and_pauses_mean_the_new_bytes(tmp_path: Path) -> None:
    plan = upload(tmp_path).plan().with_body(content(tmp_path, bytes(1000)))
    head = len(HEAD) + 3
    assert at_of(plan, "100%") == head + 1000
    assert at_of(plan, "head:100%") == head
    assert at_of(plan, "body:50%") == head + 500
    assert at_of(plan, "file:-1") == head + 999
    assert sent(plan.truncated("body:10%").paused("body:5%=1s")) == sent(plan)[: head + 100]


def test_the_next_request_on_the_connection_stays_as_it_is(tmp_path: Path) -> None:
    events = [
        *(("=> Send header", GET), ("<= Recv header", ANSWER), ("=> Send header", HEAD), ("=> Send data", b"abcd")),
        *(("<= Recv header", ANSWER), ("=> Send header", GET), ("<= Recv header", ANSWER)),
    ]
    plan = make_trace(tmp_path, events).plan().with_body(content(tmp_path, b"0123456789"))
    head = HEAD.replace(b"4\r", b"10\r")
    assert [
        step if isinstance(step, Expect) else getattr(step, "data", None) for step in plan.main_connection.steps()
    ] == [
        *(GET, Expect(Awaited.ANSWER), head, b"0123456789"),
        *(Expect(Awaited.ANSWER), GET, Expect(Awaited.ANSWER), None),
    ]
    assert at_of(plan, "body:1") == len(GET + head) + 1


def test_an_empty_body_becomes_a_body(tmp_path: Path) -> None:
    head = HEAD.replace(b"4\r", b"0\r")
    trace = make_trace(tmp_path, [("=> Send header", head), ("<= Recv header", ANSWER)])
    plan = trace.plan().with_body(content(tmp_path, b"abc"))
    assert sent(plan) == HEAD.replace(b"4\r", b"3\r") + b"abc"


def test_100_continue_is_waited_for_before_the_new_body(tmp_path: Path) -> None:
    head = HEAD.replace(b"X: y", b"Expect: 100-continue")
    events = [("=> Send header", head), ("<= Recv header", b"HTTP/1.1 100 Continue\r\n\r\n"), ("=> Send data", b"abcd")]
    plan = make_trace(tmp_path, events).plan().with_body(content(tmp_path, b"new"))
    kinds = [type(step) for step in plan.main_connection.steps()]
    assert kinds == [Send, Expect, Send, Expect, Leave]


def test_a_body_that_was_not_all_recorded_is_whole_and_its_answer_is_awaited(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"ab")])
    trace.path.write_bytes(trace.path.read_bytes() + b"=> Send data, 9 bytes (0x9)\n0000: 63")
    plan = Trace.load(trace.path).plan().with_body(content(tmp_path, b"new"))
    plan.check()
    assert list(plan.main_connection.steps())[-2:-1] == [Expect(Awaited.ANSWER)]
    assert sent(plan).endswith(b"\r\n\r\nnew")


def test_what_is_unknown_of_the_recorded_body_does_not_matter(tmp_path: Path) -> None:
    events = [("=> Send header", HEAD), ("=> Send data", b"a\nbc"), ("=> Send header", HEAD), ("=> Send data", b"a\n")]
    first = make_trace(tmp_path, events[:2], form="ascii").plan()
    with pytest.raises(UnknownBytesError):
        first.check()
    first.with_body(content(tmp_path, b"new")).check()
    with pytest.raises(UnknownBytesError, match="1 of the 127 bytes sent on connection 0 are unknown, at 126"):
        make_trace(tmp_path, events, form="ascii").plan().with_body(content(tmp_path, b"new")).check()


def test_a_file_of_more_than_4_gib_is_never_read_to_find_a_place(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as stream:
        stream.truncate(HUGE)
    plan = upload(tmp_path).plan().with_body(path)
    head = len(HEAD) + 9
    assert plan.main_connection.planned_bytes == head + HUGE
    for at in (2**31 - 1, 2**31 + 1, 2**32 + 1):
        assert at_of(plan, f"body:{at}") == head + at
    chunked = upload(tmp_path, CHUNKED, b"0\r\n\r\n").plan().with_body(path)
    whole, rest = divmod(HUGE, CHUNK_BYTES)
    assert at_of(chunked, f"file:{HUGE}") == len(CHUNKED) + whole * (5 + 2 + CHUNK_BYTES + 2) + 4 + 2 + rest


def test_a_body_can_be_replaced_again(tmp_path: Path) -> None:
    plan = upload(tmp_path).plan().with_body(content(tmp_path, bytes(1000)))
    other = tmp_path / "other.bin"
    other.write_bytes(b"x")
    assert sent(plan.with_body(other)) == HEAD.replace(b"4\r", b"1\r") + b"x"


def test_a_file_that_becomes_shorter_is_a_fault_and_one_that_grows_is_cut(tmp_path: Path) -> None:
    path = content(tmp_path, b"0123456789")
    plan = upload(tmp_path).plan().with_body(path)
    path.write_bytes(b"0123456789 and more")
    assert sent(plan).endswith(b"\r\n\r\n0123456789")
    path.write_bytes(b"0123")
    with pytest.raises(SystemFault, match="shorter by 6 bytes"):
        sent(plan)


@pytest.mark.parametrize("name", ["missing", ".", "/dev/null"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlanError):
        upload(tmp_path).plan().with_body(tmp_path / name)


def test_a_pipe_is_refused_and_not_opened_for_nobody_may_write_to_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PlanError, match="no file of a known size"):
        upload(tmp_path).plan().with_body(tmp_path / "pipe")


def test_an_empty_name_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no file has an empty name"):
        upload(tmp_path).plan().with_body("")


def test_a_request_without_a_body_is_refused(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send header", GET), ("<= Recv header", ANSWER)]).plan()
    with pytest.raises(PlanError, match="no request on connection 0 has a body"):
        plan.with_body(content(tmp_path, b"x"))


def test_a_body_after_a_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="comes before cuts"):
        upload(tmp_path).plan().truncated("50%").with_body(content(tmp_path, b"x"))


class Pieces:
    """Content that comes in the pieces that it is made of."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.size_bytes = sum(map(len, parts))

    def pieces(self) -> list[bytes]:
        return self.parts


@given(
    parts=st.lists(st.binary(max_size=12), max_size=6),
    cuts=st.lists(st.integers(0, 60), max_size=8, unique=True),
    news=st.lists(st.one_of(st.binary(max_size=5), st.lists(st.binary(max_size=4), max_size=3).map(Pieces))),
)
def test_bytes_are_replaced_wherever_the_events_end(
    parts: list[bytes], cuts: list[int], news: list[bytes | Pieces]
) -> None:
    whole = b"".join(parts)
    places = sorted(at for at in cuts if at <= len(whole) and parts)
    pairs = list(zip(places[::2], places[1::2], strict=False))
    splices = [Splice(start, end, new) for (start, end), new in zip(pairs, news, strict=False)]  # type: ignore[arg-type]
    expected, at = b"", 0
    for splice in splices:
        new = splice.content if isinstance(splice.content, bytes) else b"".join(splice.content.pieces())
        expected += whole[at : splice.start] + new
        at = splice.end
    expected += whole[at:]
    events = [Event(1, None, None, Direction.SENT, Kind.DATA, Payload(part), len(part)) for part in parts]
    assert b"".join(event.payload.data for event in spliced(events, splices)) == expected
