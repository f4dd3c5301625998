"""A trace with the answers of today: what was sent stays, what was received is what a server sends now."""

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.samples import RECEIVE_DATA, RECEIVE_HEADER, REQUEST, SEND_DATA, SEND_HEADER
from tests.net.sink import Sink, answer_with
from tests.show.outcomes import WHOLE
from tests.traces import make_trace
from tracereplay import load, play
from tracereplay.engine.outcome import Answer, Outcome
from tracereplay.errors import PlanError, TracereplayError
from tracereplay.judge.rerecord import rerecord
from tracereplay.library import Plan, Trace
from tracereplay.net.tape import Tape
from tracereplay.trace.event import Direction

BODY = b"x" * 200  # all of it is known in ascii too
SENT = REQUEST + BODY
OLD = [
    (RECEIVE_HEADER, b"HTTP/1.1 201 Created\r\n"),
    (RECEIVE_HEADER, b"Content-Length: 3\r\n"),
    (RECEIVE_HEADER, b"\r\n"),
]
NEW = b"HTTP/1.1 200 OK\r\nX-New: 1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na\nb.\r\n0\r\n\r\n"
LEFT_INTACT = "== Info: Connection #0 to host 127.0.0.1 left intact\n"
MARKS = ("#: pause 1ms\n", "# why\n", "#: cut half +3 rst\n", "#: mark heard\n", "#: mark end\n")
TRACES = sorted(one.parent.name for one in Path(__file__).parents[2].glob("fixtures/traces/*/trace.txt"))


def upload(folder: Path, *, form: str = "hex") -> Trace:
    sent = [(SEND_HEADER, REQUEST), (SEND_DATA, BODY)]
    return make_trace(folder, [*sent, *OLD, (RECEIVE_DATA, b"ok\n"), LEFT_INTACT], form=form)


def received(trace: Trace, way: Direction = Direction.RECEIVED) -> bytes:
    return b"".join(event.payload.data for event in trace.events(0) if event.direction is way)


def renewed(trace: Trace, answer: bytes = NEW, sent: bytes = SENT) -> Trace:
    """Play the trace to a server that answers so, and return it as it is recorded anew."""
    with Sink(answer_with(answer, after=sent)) as sink, Tape() as tape:
        outcome = play(trace.plan(), sink.target, tape=tape)
        assert outcome.answer is not None
        assert outcome.answer.complete
        return load(rerecord(outcome, tape))


def test_marks_stay(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    first, why, half, heard, end = (mark.encode() for mark in MARKS)
    text = trace.path.read_bytes()
    for before, mark in ((b"=> Send header", first + why), (b"0020: ", half), (b"0000: 48 54 54 50", heard)):
        text = text.replace(before, mark + before, 1)
    trace.path.write_bytes(text + end)
    marked = load(trace.path)
    new = renewed(marked)
    assert new.conversations[0].sent.bytes == len(SENT)
    assert [(mark.what, mark.name, mark.at, mark.way) for mark in new.conversations[0].marks] == [
        (mark.what, mark.name, mark.at, mark.way) for mark in marked.conversations[0].marks
    ]
    assert why in new.path.read_bytes()


def test_what_was_received_is_that_of_the_live_server_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    before = trace.path.read_bytes()
    after = renewed(trace).path.read_bytes()
    assert after[: before.index(b"<= Recv")] == before[: before.index(b"<= Recv")]
    assert after.endswith(LEFT_INTACT.encode())
    kinds = [line for line in after.decode().split("\n") if line.startswith("<= Recv")]
    assert kinds == [f"<= Recv header, {size} bytes (0x{size:x})" for size in (17, 10, 28, 2)] + [
        "<= Recv data, 14 bytes (0xe)"
    ]
    assert received(load(trace.path)) == NEW


def test_the_new_recording_is_what_the_next_play_is_compared_with(tmp_path: Path) -> None:
    trace = renewed(upload(tmp_path))
    with Sink(answer_with(NEW, after=SENT)) as sink:
        assert play(trace.plan(), sink.target).matches_recording()


def test_the_form_stays_and_hides_what_it_always_hides(tmp_path: Path) -> None:
    trace = renewed(upload(tmp_path, form="ascii"))
    assert trace.form == "ascii"
    assert received(trace).endswith(b"a.b.\r\n0\r\n\r\n")


def test_a_gzipped_trace_stays_gzipped_and_keeps_its_rights(tmp_path: Path) -> None:
    plain = upload(tmp_path).path
    packed = tmp_path / "trace.txt.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    packed.chmod(0o640)
    trace = renewed(load(packed))
    assert trace.path.read_bytes()[:2] == b"\x1f\x8b"
    assert trace.path.stat().st_mode & 0o777 == 0o640
    assert received(trace) == NEW


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(upload(tmp_path).path)
    renewed(load(link))
    assert link.is_symlink()
    assert received(load(tmp_path / "trace.txt")) == NEW


COOKIES = (
    b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=QWZY1; Path=/\r\nX-Session: QWZY2\r\nContent-Length: 36\r\n\r\n"
    b'{"shown": "abcd", "secret": "QWZY3"}'
)


@pytest.mark.parametrize("form", ["hex", "ascii"])
def test_a_secret_in_a_live_answer_is_left_out_as_it_was_from_the_recorded_one(tmp_path: Path, form: str) -> None:
    sent = [(SEND_HEADER, REQUEST.replace(b"Host", b"X-Api-Key: QWZY0\r\nHost")), (SEND_DATA, BODY)]
    old = (RECEIVE_HEADER, b"Set-Cookie: old=abc\r\n"), (RECEIVE_HEADER, b"X-Session: abc\r\n")
    trace = make_trace(tmp_path, [*sent, OLD[0], *old, *OLD[1:], (RECEIVE_DATA, b"ok\n")], form=form)
    text = trace.path.read_bytes().replace(
        b"<= Recv header, 16 bytes", b"# redacted X-Session\n<= Recv header, 16 bytes"
    )
    trace.path.write_bytes(text.replace(b"<= Recv data", b"# redacted body.secret\n<= Recv data"))
    new = renewed(load(trace.path), COOKIES, sent=b"".join(data for _, data in sent))
    kept = COOKIES
    for secret in (b"QWZY1", b"QWZY2", b"QWZY3"):
        kept = kept.replace(secret, b"xxxxx")
    assert received(new) == kept
    assert received(new, Direction.SENT) == b"".join(data for _, data in sent)
    marks = [line for line in new.path.read_text().splitlines() if line.startswith("#")]
    assert marks == ["# redacted Set-Cookie.sid", "# redacted X-Session", "# redacted body.secret"]


def test_a_large_answer_is_kept_in_a_file(tmp_path: Path) -> None:
    body = bytes(range(256)) * 12_000  # 3 MB
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert received(renewed(upload(tmp_path), answer)) == answer


def refusal(outcome: Outcome, tape: Tape) -> PlanError | None:
    try:
        rerecord(outcome, tape)
    except PlanError as error:
        return error
    return None


def test_what_is_not_a_whole_play_of_the_recording_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    before = trace.path.read_bytes()
    plan = trace.plan()
    other = tmp_path / "other.bin"
    other.write_bytes(b"x" * 200)
    answered = replace(WHOLE, answers=(Answer(200, "OK", (), complete=True),))
    whole = replace(answered, planned=262, handed=262)
    refused = {
        "by hand": Outcome("x", (whole,), 0),
        "another body": Outcome("x", (whole,), 0, plan.with_body(other)),
        "not sent": Outcome("x", (replace(whole, handed=261),), 0, plan),
        "not opened": Outcome("x", (), 0, plan),
        "cut": Outcome("x", (whole,), 0, plan.truncated("50%")),
        "no answer": Outcome("x", (replace(whole, answers=()),), 0, plan),
        "half an answer": Outcome("x", (replace(whole, answers=(Answer(200, "OK", ()),)),), 0, plan),
        "a timeout": Outcome("x", (replace(whole, ended="timeout"),), 0, plan),
    }
    for name, outcome in refused.items():
        with Tape() as tape:
            assert refusal(outcome, tape) is not None, name
    assert trace.path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other.bin", "trace.txt"]


@pytest.mark.parametrize("name", TRACES)
def test_with_what_was_recorded_a_trace_holds_what_it_held(tmp_path: Path, name: str) -> None:
    """Or is refused, and stays as it is."""
    path = tmp_path / "trace.txt"
    shutil.copy(Path(__file__).parents[2] / "fixtures" / "traces" / name / "trace.txt", path)
    before = path.read_bytes()
    try:
        trace = load(path)
        plan = trace.plan()
        plan.check()
        held = held_by(trace, plan)
        with Tape() as tape:
            new = load(rerecord(heard_again(plan, tape), tape, secret=None))
    except TracereplayError:
        assert path.read_bytes() == before
    else:
        assert held_by(new, plan) == held


def heard_again(plan: Plan, tape: Tape) -> Outcome:
    """Return the outcome of a play in which the server sent what was recorded."""
    outcomes = []
    for one in plan.connections:
        sent = 0
        for event in one.recorded_events():
            if event.direction is Direction.SENT:
                sent += len(event.payload)
            else:
                tape.hear(one.id, sent, event.payload.data)
        answers = (Answer(200, "OK", (), complete=True),) * len(one.conversation.requests)
        outcomes.append(replace(WHOLE, id=one.id, planned=sent, handed=sent, answers=answers))
    return Outcome(plan.trace.name, tuple(outcomes), plan.main, plan)


def held_by(trace: Trace, plan: Plan) -> dict[int, list[bytes]]:
    """Return what each connection sent and received, as a trace of this form shows it."""
    return {one.id: [joined(trace, one.id, way) for way in Direction] for one in plan.connections}


def joined(trace: Trace, connection: int, way: Direction) -> bytes:
    """Return what went one way, with a dot for what the trace can only know by its neighbours."""
    data = b"".join(event.payload.data for event in trace.events(connection) if event.direction is way)
    return data if trace.form == "hex" else bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in data)
