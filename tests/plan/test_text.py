"""The trace of an edited plan: it reads back to what the plan sends, and all else in it stays as it was."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plan.test_editing import ANSWER, CHUNKED_FORM, FORM, PARTS
from tests.traces import make_trace
from tracereplay.errors import PlanError, TracereplayError
from tracereplay.library import Plan, Trace, load
from tracereplay.plan.text import check_trace, trace_text
from tracereplay.trace.event import Direction
from tracereplay.trace.marking import Wording, spot_of, with_marks

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "traces").glob("*/trace.txt"))
GET = b"GET /first HTTP/1.1\r\nHost: old\r\n\r\n"

Edit = Callable[[Plan], Plan]

Lines = list[tuple[str, bytes] | str]

EDITS: list[Edit] = [
    lambda plan: plan.without_event(2),
    lambda plan: plan.grown("body=70k", "zeros"),
    lambda plan: plan.with_header("X-New", "1"),
    lambda plan: plan.retimed("2"),
]


def sent(plan: Plan) -> dict[int, bytes]:
    return {
        one.id: b"".join(event.payload.data for event in one.events() if event.direction is Direction.SENT)
        for one in plan.connections
    }


def received(trace: Trace) -> list[bytes]:
    return [
        event.payload.data
        for one in trace.conversations
        for event in trace.events(one.id)
        if event.direction is Direction.RECEIVED
    ]


def written(folder: Path, plan: Plan) -> Trace:
    path = folder / "edited.txt"
    path.write_bytes(b"".join(trace_text(plan)))
    return load(path)


def test_each_trace_of_the_fixtures_reads_back_to_what_is_sent(tmp_path: Path) -> None:
    counts = [0 for _ in EDITS]
    for path in FIXTURES:
        try:
            trace = load(path)
            plan = trace.plan().accepting(unknown=True)
        except TracereplayError:
            continue
        assert b"".join(trace_text(plan)) == path.read_bytes(), path
        for number, edit in enumerate(EDITS):
            with suppress(TracereplayError):
                plan = edit(plan)
                counts[number] += 1
        edited = written(tmp_path, plan)
        check_trace(edited, plan)
        assert len(received(edited)) == len(received(trace)), path
    assert min(counts) > 60


def test_only_the_edited_event_is_told_anew(tmp_path: Path) -> None:
    lines = ["== Info: before\n", "other output == Info: between\n", "== Info: behind\n"]
    sends: Lines = [("=> Send header", FORM), lines[1], ("=> Send data", PARTS)]
    events: Lines = [lines[0], *sends, ("<= Recv header", ANSWER), lines[2]]
    trace = make_trace(tmp_path, events)
    new = ("=> Send header", FORM.replace(b"Host: old", b"Host: newer"))
    text = trace.path.read_text()
    edited = written(tmp_path, trace.plan().with_header("Host", "newer"))
    expected = make_trace(tmp_path, [new if one is events[1] else one for one in events])
    assert edited.path.read_text() == expected.path.read_text() != text


def test_marks_stay_beside_the_bytes_that_they_mean(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", FORM), ("=> Send data", PARTS)])
    lines = list(trace.lines())
    row = max(number for number, line in enumerate(lines) if line.startswith(b"0020: "))
    lines[row:row] = [b"# why not\n", b"#: cut name +3 rst\n"]
    lines[1:1] = [b"#: mark early +30\n", b"#: redacted Host +23\n"]
    trace.path.write_bytes(b"".join(lines))
    trace = load(trace.path)
    plan = trace.plan().with_header("Host", "a-longer-name").with_boundary("BBB")
    text = written(tmp_path, plan).path.read_bytes()
    found = {mark.name: mark.at for mark in load(tmp_path / "edited.txt").conversations[0].marks}
    old = {mark.name: mark.at for mark in trace.conversations[0].marks}
    assert found == {"early": old["early"] + 10, "name": old["name"] + 10 + 2 + 2}
    assert text.count(b"# why not\n") == 1
    assert b" rst\n" in text


def test_times_of_all_lines_keep_their_share(tmp_path: Path) -> None:
    events: Lines = [
        ("23:59:59.900000 => Send header", GET),
        "23:59:59.950000 == Info: here\n",
        ("00:00:00.000001 <= Recv header", ANSWER),
    ]
    text = written(tmp_path, make_trace(tmp_path, events).plan().retimed("2")).path.read_bytes()
    assert [line[:15] for line in text.splitlines() if line[2:3] == b":"] == [
        b"23:59:59.900000",
        b"00:00:00.000000",
        b"00:00:00.100002",
    ]


def test_bytes_of_a_body_that_was_empty_are_data(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    plan = make_trace(tmp_path, [("=> Send header", head), ("<= Recv header", ANSWER)]).plan().grown("body=3", "zeros")
    assert b"=> Send data, 3 bytes (0x3)\n" in written(tmp_path, plan).path.read_bytes()


def test_a_torn_event_stays_torn(tmp_path: Path) -> None:
    path = tmp_path / "torn.txt"
    whole = make_trace(tmp_path, [("=> Send header", FORM), ("=> Send data", PARTS)]).path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"0050: ")])
    plan = load(path).plan().with_field("note", "hi")
    assert load(path).conversations[0].sent.torn_line is not None
    edited = written(tmp_path, plan)
    assert edited.conversations[0].sent.torn_line is not None
    check_trace(edited, plan)


def test_a_translation_has_no_trace(tmp_path: Path) -> None:
    (path, *_) = [path for path in FIXTURES if "h2c_prior" in path.parent.name]
    plan = load(path).plan().as_http1()
    with pytest.raises(PlanError, match="which a translation is not"):
        list(trace_text(plan))
    with pytest.raises(PlanError, match="cannot be edited"):
        load(path).plan().with_path("/x")


text = st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=20)
names = st.sampled_from(["Host", "X-New", "Content-Length", "Content-Type", "x-new", "Transfer-Encoding"])
edits = st.one_of(
    st.tuples(st.just("with_header"), names, text),
    st.tuples(st.just("without_header"), names),
    st.tuples(st.just("with_path"), st.sampled_from(["/", "/longer/than/before?x=y", "*"])),
    st.tuples(st.just("with_method"), st.sampled_from(["PUT", "X-METHOD"])),
    st.tuples(st.just("with_field"), st.sampled_from(["note", "data"]), text),
    st.tuples(st.just("with_file"), st.just("data"), st.just("file.bin")),
    st.tuples(st.just("with_body"), st.just("file.bin")),
    st.tuples(st.just("with_boundary"), st.sampled_from(["X", "a-longer-boundary", "with blank"])),
    st.tuples(st.just("grown"), st.sampled_from(["file=100", "body=300", "part:note=7"])),
    st.tuples(st.just("grown"), st.sampled_from(["file=100", "body=300"]), st.sampled_from(["zeros", "random:1"])),
    st.tuples(st.just("announcing"), st.sampled_from(["0", "5", "5GiB"])),
    st.tuples(st.just("replaced"), st.sampled_from(["0=X", "50%=\\r\\n", "-2=zz", "body:0=a", "head:-4=\\0"])),
    st.tuples(st.just("without_event"), st.integers(1, 9)),
    st.tuples(st.just("retimed"), st.sampled_from(["2", "0.3"])),
    st.tuples(st.just("keeping_length")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    wanted=st.lists(edits, max_size=6),
    size=st.integers(1, 200),
    form=st.sampled_from(["hex", "ascii"]),
    is_chunked=st.booleans(),
    has_others=st.booleans(),
    marked=st.lists(st.integers(0, 300), max_size=3),
)
def test_any_sequence_of_edits_gives_a_trace_that_reads_back_to_what_is_sent(
    tmp_path: Path,
    wanted: list[tuple[str, ...]],
    size: int,
    form: str,
    marked: list[int],
    *,
    is_chunked: bool,
    has_others: bool,
) -> None:
    (tmp_path / "file.bin").write_bytes(b"in\0\xfea\r\nfile")
    pieces = [PARTS[at : at + size] for at in range(0, len(PARTS), size)]
    if is_chunked:
        pieces = [b"%x\r\n%b\r\n" % (len(one), one) for one in pieces] + [b"0\r\n\r\n"]
    head = CHUNKED_FORM if is_chunked else FORM
    other = [("12:00:00.000000 => Send header", GET), ("12:00:00.100000 <= Recv header", ANSWER)] if has_others else []
    events: list[tuple[str, bytes] | str] = [
        *other,
        ("12:00:00.200000 => Send header", head),
        *((f"12:00:01.{number:06} => Send data", one) for number, one in enumerate(pieces)),
        ("12:00:02.000000 <= Recv header", ANSWER),
        *other[:1],
    ]
    trace = make_trace(tmp_path, events, form=form)
    for number, at in enumerate(marked):
        wording = Wording(f"#: {('cut', 'mark', 'pause')[number]} m{number}", " 1s" if number == 2 else "")
        spot = spot_of(trace, 0, min(at, trace.conversations[0].sent.bytes))
        trace.path.write_bytes(b"".join(with_marks(list(trace.lines()), (), spot, wording)))
        trace = load(trace.path)
    plan = trace.plan()
    for name, *arguments in wanted:
        if "file.bin" in arguments:
            arguments[-1] = str(tmp_path / "file.bin")
        try:
            plan = getattr(plan, name)(*arguments)
        except TracereplayError:
            continue
    assert [one.planned_bytes for one in plan.connections] == [len(data) for data in sent(plan).values()]
    edited = written(tmp_path, plan)
    if not edited.faults:  # a request may lie so that its trace would be taken for a damaged one, which is refused
        check_trace(edited, plan)
    if form == "hex":
        assert sent(edited.plan()) == sent(plan)
