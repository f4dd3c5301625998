import io
import os
import sys
import threading
from pathlib import Path

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, event, info, text_of
from tests.traces import make_trace
from tracereplay.errors import PlanError, TraceError
from tracereplay.trace import pipe
from tracereplay.trace.event import Event, Item
from tracereplay.trace.trace import Trace

SECOND = 1_000_000_000
HEAD = b"GET / HTTP/1.1\r\nHost: h.example:80\r\n\r\n"
ITEMS: list[Item] = [
    info("Connected to h (127.0.0.1) port 80 (#0)", time_ns=0),
    event(HEAD, HEADER, time_ns=SECOND),
    event(b"HTTP/1.1 200 OK\r\n", HEADER, RECEIVED, time_ns=2 * SECOND),
    info("Closing connection 0", time_ns=3 * SECOND),
    info("Connected to g (127.0.0.1) port 81 (#1)", time_ns=3 * SECOND),
    event(HEAD + b"\0", HEADER, time_ns=4 * SECOND),
]


def saved(folder: Path, text: bytes) -> Path:
    path = folder / "trace.txt"
    path.write_bytes(text)
    return path


def data_of(trace: Trace, connection: int) -> list[bytes]:
    return [one.payload.data for one in trace.events(connection)]


def test_a_trace_has_its_form_times_and_conversations(tmp_path: Path) -> None:
    trace = Trace.load(saved(tmp_path, text_of(ITEMS)))
    assert (trace.form, trace.is_timed, trace.warnings, trace.faults) == ("hex", True, (), ())
    assert [(one.id, one.host, one.port, one.sent.bytes, one.seconds) for one in trace.conversations] == [
        (0, "h", 80, len(HEAD), 1.0),
        (1, "g", 81, len(HEAD) + 1, 0.0),
    ]
    assert trace.conversation(1) is trace.conversations[1]


def test_its_events_are_read_again_as_often_as_they_are_asked_for(tmp_path: Path) -> None:
    trace = Trace.load(saved(tmp_path, text_of(ITEMS)))
    for _ in range(2):
        assert data_of(trace, 0) == [HEAD, b"HTTP/1.1 200 OK\r\n"]
        assert data_of(trace, 1) == [HEAD + b"\0"]
        assert data_of(trace, 7) == []
    assert len(list(trace.items())) == len(ITEMS)


def test_the_strict_take_no_dot_for_a_dot(tmp_path: Path) -> None:
    path = saved(tmp_path, text_of(ITEMS, "ascii"))
    mild, strict = Trace.load(path), Trace.load(path, strict=True)
    assert (mild.conversations[0].sent.inferred, mild.conversations[0].sent.unknown.total) == (2, 0)
    assert (strict.conversations[0].sent.inferred, strict.conversations[0].sent.unknown.total) == (0, 2)
    assert [one.payload.unknown for one in strict.events(0)] == [2, 1]


def test_a_trace_without_times_is_not_timed(tmp_path: Path) -> None:
    trace = Trace.load(saved(tmp_path, text_of([event(HEAD, HEADER)], "ascii")))
    assert (trace.form, trace.is_timed, trace.conversations[0].seconds) == ("ascii", False, None)


@pytest.mark.parametrize(
    "text",
    [
        b"== Info: Could not connect\n",
        b"*   Trying 127.0.0.1:44591...\n* connect to 127.0.0.1 port 44591 failed: Connection refused\n",
        b"* Could not resolve host: example.invalid\n* shutting down connection #0\n",
        b"* Host localhost:80 was resolved.\n",
        b"12:00:00.000001 * anything\n",
        b"[0-x] * anything\n",
        b"<= Recv data, 0 bytes (0x0)\n",
    ],
)
def test_a_trace_without_a_byte_is_a_trace(tmp_path: Path, text: bytes) -> None:
    assert sum(one.sent.bytes for one in Trace.load(saved(tmp_path, text)).conversations) == 0


VERBOSE = b"* Connected to h (127.0.0.1) port 80 (#0)\n> GET / HTTP/1.1\n> Host: h\n> \n< HTTP/1.1 200 OK\n"
VERBOSE_TIMED = b"12:00:00.000001 [0-0] > GET / HTTP/1.1\n"

ERRORS = [
    pytest.param(
        b"",
        "{path}: the file is empty\n  hint: record again: tracereplay record -- curl …",
        id="an empty file",
    ),
    pytest.param(
        b"Hello,\nthis is a letter.\n",
        "{path}:1: this is no trace of curl: no line such as '=> Send header, 158 bytes (0x9e)' is in it\n"
        "  hint: make one with: curl --trace upload.txt --trace-time …, or: tracereplay record -- curl …",
        id="a letter",
    ),
    *(
        pytest.param(
            text,
            "{path}:1: this is no trace of curl: no line such as '=> Send header, 158 bytes (0x9e)' is in it\n"
            "  hint: make one with: curl --trace upload.txt --trace-time …, or: tracereplay record -- curl …",
            id=name,
        )
        for text, name in (
            (b"* foo\n", "a line of a list"),
            (b"# To do\n\n* Trying the new curl\n* Connected to nothing yet\n* closing connections\n", "a list"),
            (b"* eggs\n* spam: 5 bytes (0x5)\n", "a list with sizes"),
        )
    ),
    *(
        pytest.param(
            text,
            "{path}: this is what curl -v prints, which shows neither sizes nor bodies; a trace is needed\n"
            "  hint: record it with --trace upload.txt in place of -v, or: tracereplay record -- curl …",
            id=name,
        )
        for text, name in ((VERBOSE, "what -v prints"), (VERBOSE_TIMED, "with times and ids"))
    ),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_what_is_no_trace_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(TraceError) as refused:
        Trace.load(path)
    assert str(refused.value) == message.format(path=path)
    assert refused.value.exit_code == 3


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError) as refused:
        Trace.load(tmp_path / "none.txt")
    assert str(refused.value) == f"{tmp_path}/none.txt: cannot be read: No such file or directory"


def test_a_directory_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError) as refused:
        Trace.load(tmp_path)
    assert str(refused.value) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_file_that_changes_while_it_is_in_use_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, text_of(ITEMS))
    trace = Trace.load(path)
    path.write_bytes(text_of(ITEMS) + b"== Info: more\n")
    with pytest.raises(TraceError) as refused:
        list(trace.events(0))
    assert str(refused.value) == f"{path}: the file was changed while it was in use"


@pytest.mark.parametrize(
    ("body_bytes", "events", "is_small"),
    [
        (1000, 1, True),
        ((1 << 16) - len(HEAD), 1, True),
        ((1 << 16) - len(HEAD) + 1, 1, False),
        (1 << 17, 8, False),
        (1, 1023, True),
        (1, 1024, False),
    ],
)
def test_the_events_of_a_small_trace_are_read_once_and_kept(
    tmp_path: Path, body_bytes: int, events: int, is_small: bool
) -> None:
    items: list[Item] = [event(HEAD, HEADER), *[event(b"x" * body_bytes, DATA)] * events]
    trace = Trace.load(saved(tmp_path, text_of(items)))
    once, again = [*trace.events(0)], [*trace.events(0)]
    assert once == again
    assert (trace.is_small, once[0] is again[0]) == (is_small, is_small)
    assert [*trace.events(1)] == []


def test_a_file_that_changes_or_goes_after_its_events_were_kept_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, text_of(ITEMS))
    trace = Trace.load(path)
    assert len([*trace.events(0)]) == 2
    path.write_bytes(text_of(ITEMS) + b"== Info: more\n")
    with pytest.raises(TraceError, match="the file was changed while it was in use"):
        list(trace.events(0))
    path.unlink()
    with pytest.raises(TraceError, match="cannot be read: No such file or directory"):
        list(trace.events(0))


def test_a_file_that_goes_away_while_it_is_in_use_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, text_of(ITEMS))
    trace = Trace.load(path)
    path.unlink()
    with pytest.raises(TraceError, match="cannot be read: No such file or directory"):
        list(trace.items())


def test_a_connection_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = saved(tmp_path, text_of(ITEMS))
    with pytest.raises(PlanError) as refused:
        Trace.load(path).conversation(7)
    assert str(refused.value) == (
        f"{path}: there is no connection 7: the trace has 0, 1\n  hint: tracereplay show {path}"
    )


def test_a_trace_of_nothing_has_no_connections(tmp_path: Path) -> None:
    trace = Trace.load(saved(tmp_path, b"== Info: Could not connect\n"))
    with pytest.raises(PlanError, match="there is no connection 0: the trace has none"):
        trace.conversation(0)


class StandardInput:
    """What ``sys.stdin`` has of a pipe."""

    def __init__(self, text: bytes) -> None:
        self.buffer = io.BytesIO(text)


def test_the_standard_input_is_read_once_and_then_as_often_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StandardInput(text_of(ITEMS)))
    trace = Trace.load("-")
    assert trace.name == "-"
    assert data_of(trace, 0) == data_of(trace, 0) == [HEAD, b"HTTP/1.1 200 OK\r\n"]


def test_errors_of_the_standard_input_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StandardInput(b""))
    with pytest.raises(TraceError, match=r"^-: the file is empty"):
        Trace.load("-")


def test_a_pipe_is_read_once_and_then_as_often_as_wanted(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(text_of(ITEMS),))
    writer.start()
    trace = Trace.load(path)
    writer.join()
    assert trace.name == str(path)
    assert data_of(trace, 0) == data_of(trace, 0) == [HEAD, b"HTTP/1.1 200 OK\r\n"]


def test_a_pipe_that_nobody_writes_to_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "PATIENCE_SECONDS", 0.05)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TraceError, match=r"pipe: cannot be read: it is a pipe, and nobody has written to it"):
        Trace.load(tmp_path / "pipe")


@pytest.mark.parametrize("form", ["ascii", "hex"])
def test_a_torn_trace_is_loaded_as_far_as_it_goes(tmp_path: Path, form: str) -> None:
    text = text_of([event(HEAD, HEADER), event(b"x" * 200, DATA)], "hex" if form == "hex" else "ascii")
    trace = Trace.load(saved(tmp_path, text[:-20]))
    (one,) = trace.conversations
    assert [warning.code for warning in trace.warnings] == ["torn"]
    assert len(HEAD) <= one.sent.bytes < len(HEAD) + 200
    assert one.sent.torn_line == trace.warnings[0].line
    assert not trace.faults
    (last,) = [item.item for item in trace.items() if isinstance(item.item, Event) and item.item.is_torn]
    assert set(last.payload.data) == {0x78}


def test_what_curl_v_prints_is_refused_even_if_the_body_is_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    said = (
        b"* Connected to h (::1) port 80\n> GET /t.txt HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n{ [50 bytes data]\n"
    )
    body = text_of([event(b"GET / HTTP/1.1\r\n\r\n", HEADER)], "ascii")
    for prefix in (b"", b"12:00:00.000000 ", b"12:00:00.000000 [0-0] "):
        path.write_bytes(b"".join(prefix + line for line in said.splitlines(keepends=True)) + body)
        with pytest.raises(TraceError, match="this is what curl -v prints"):
            Trace.load(path)
    path.write_bytes(body + said)
    assert Trace.load(path).form == "ascii"


def test_a_change_while_it_is_read_is_told_at_the_end(tmp_path: Path) -> None:
    sends = [("=> Send data", bytes(60_000))] * 20
    trace = make_trace(tmp_path, [("=> Send header", b"POST / HTTP/1.1\r\n\r\n"), *sends])
    events = trace.events(0)
    next(events)
    with trace.path.open("ab") as stream:
        stream.write(b"== Info: more\n")
    with pytest.raises(TraceError, match="the file was changed while it was in use"):
        list(events)
