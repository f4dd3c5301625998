"""At which byte a mark stands."""

from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.trace import dump_ascii, dump_hex
from tracereplay.trace.mark import Mark
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form
from tracereplay.trace.trace import Trace

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n"
BODY = bytes(range(0x20, 0x70)) + b"\r\n" + b"z" * 18


def dumped(data: bytes, form: Form, marks: dict[int, str]) -> str:
    """Return the dump of ``data`` with marks before some of its rows, by their offsets."""
    rows = (dump_hex if form == "hex" else dump_ascii).write(Payload(data)).decode().splitlines(keepends=True)
    return "".join(marks.get(int(row.partition(":")[0], 16), "") + row for row in rows)


def sent(kind: str, data: bytes, form: Form = "hex", marks: dict[int, str] | None = None) -> str:
    return f"=> Send {kind}, {len(data)} bytes (0x{len(data):x})\n" + dumped(data, form, marks or {})


def answer(marks: dict[int, str] | None = None) -> str:
    line = b"HTTP/1.1 204 No Content\r\n"
    return "<= Recv header, 25 bytes (0x19)\n" + dumped(line, "hex", marks or {})


def marks_of(trace: Trace, connection: int = 0) -> list[tuple[str, str | None, int]]:
    return [(mark.what, mark.name, mark.at) for mark in trace.conversations[connection].marks]


def notices(trace: Trace) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in trace.warnings if one.code == "mark"]


H = len(HEAD)
PLACES = [
    pytest.param(["#: cut a\n", sent("header", HEAD)], [("cut", "a", 0)], id="before all"),
    pytest.param([sent("header", HEAD), "#: cut a rst\n", sent("data", BODY)], [("cut", "a", H)], id="between items"),
    pytest.param([sent("header", HEAD), "#: mark a -4\n", sent("data", BODY)], [("mark", "a", H - 4)], id="before it"),
    pytest.param([sent("header", HEAD, marks={0: "#: cut a\n"})], [("cut", "a", 0)], id="before the first row"),
    pytest.param([sent("header", HEAD, marks={0x10: "#: cut a\n"})], [("cut", "a", 16)], id="before a row"),
    pytest.param([sent("header", HEAD, marks={0x10: "#: cut a +5\n"})], [("cut", "a", 21)], id="inside a row"),
    pytest.param(
        [sent("header", HEAD, marks={0x10: "# why\n#: cut a +5\n#: pause 2s\n"})],
        [("pause", None, 16), ("cut", "a", 21)],
        id="several, in the order of bytes",
    ),
    pytest.param(
        [sent("header", HEAD, marks={0x10: f"#: cut a +{H}\n"}), sent("data", BODY)],
        [("cut", "a", H + 16)],
        id="in another event",
    ),
    pytest.param([sent("header", HEAD), "#: cut a\n"], [("cut", "a", H)], id="behind all"),
    pytest.param([sent("header", HEAD), "#: cut a"], [("cut", "a", H)], id="behind all, without a line end"),
    pytest.param([sent("header", HEAD), "#: cut a\n", answer()], [("cut", "a", H)], id="before the answer"),
    pytest.param(
        [sent("header", HEAD), answer({0x10: "#: cut a\n"}), sent("header", HEAD)], [("cut", "a", H)], id="in an answer"
    ),
    pytest.param(
        ["=> Send SSL data, 2 bytes (0x2)\n", "#: cut a\n", "0000: 00 00 " + "   " * 14 + "..\n", sent("header", HEAD)],
        [("cut", "a", 0)],
        id="in a handshake",
    ),
    pytest.param(
        ["#: default cut a\n", sent("header", HEAD), "\n#: mark a\n\n", sent("data", BODY)],
        [("default", "a", 0), ("mark", "a", H)],
        id="with blank lines around it",
    ),
    pytest.param(
        ["#: default cut a\n \t\n\n#: cut a\n\r\n# why\n\n", sent("header", HEAD)],
        [("default", "a", 0), ("cut", "a", 0)],
        id="with blank lines among them",
    ),
    pytest.param([sent("header", HEAD), "#: cut a\n\n# why\n "], [("cut", "a", H)], id="with blank lines behind all"),
    pytest.param(
        [sent("header", HEAD), "#: redacted Cookie +1\n", sent("data", BODY)],
        [("redacted", "Cookie", H + 1)],
        id="redacted",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "marks"), PLACES)
def test_a_mark_stands_at(lines: list[str], marks: list[tuple[str, str, int]], tmp_path: Path) -> None:
    trace = make_trace(tmp_path, lines)
    assert marks_of(trace) == marks
    assert notices(trace) == []


@pytest.mark.parametrize("offset", [0, 0x40, 0x52])
def test_in_ascii_the_end_of_a_row_is_told_by_the_row_behind_the_mark(offset: int, tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [sent("header", HEAD, "ascii"), sent("data", BODY, "ascii", {offset: "#: cut a\n"})])
    assert marks_of(trace) == [("cut", "a", H + offset)]
    assert b"".join(event.payload.data for event in trace.events(0)) == HEAD + BODY


def test_between_items_it_stands_on_the_connection_that_sends_next(tmp_path: Path) -> None:
    def of(number: int, text: str) -> str:
        return f"[{number}-{number}] {text}"

    trace = make_trace(
        tmp_path,
        [
            of(0, sent("header", HEAD)), of(1, sent("header", HEAD)), "#: cut zero\n", of(0, sent("data", b"abc")),
            of(1, answer()), "#: cut one\n", of(1, sent("data", b"def")), "#: cut last\n",
        ],
    )  # fmt: skip
    assert marks_of(trace, 0) == [("cut", "zero", H)]
    assert marks_of(trace, 1) == [("cut", "one", H), ("cut", "last", H + 3)]


@pytest.mark.parametrize(
    ("lines", "line", "told"),
    [
        (["#: cat a\n\n", "# why\n"], 2, "'#: cat a' is no mark"),
        (["#: cut a -1\n"], 2, "a mark stands at byte -1, and 49 bytes are sent there"),
        (["#: cut a +50\n"], 2, "a mark stands at byte 50, and 49 bytes are sent there"),
        (["#: cut a\n", "#: pause a 2s\n"], 3, "line 2 has a mark of the same name: a"),
        (["#: default cut a\n"], 2, "the default cut is a, and no cut or mark has that name"),
        (["#: pause a 1s\n", "#: default cut a\n"], 3, "the default cut is a, and no cut or mark has that name"),
        (
            ["#: cut a\n", "#: default cut a\n", "#: default cut a\n"], 4,
            "line 3 names a default cut already: a",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_marks_is_told(lines: list[str], line: int, told: str, tmp_path: Path) -> None:
    ((number, message),) = notices(make_trace(tmp_path, [*lines, sent("header", HEAD)]))
    assert number == line
    assert message.startswith(told)


def test_where_nothing_is_sent_no_mark_can_stand(tmp_path: Path) -> None:
    assert notices(make_trace(tmp_path, ["# why\n", "#: cut a\n", answer()])) == [
        (3, "a mark stands at a byte that is sent, and nothing is sent in this trace")
    ]


@pytest.mark.parametrize("form", ["hex", "ascii"])
def test_a_body_that_begins_with_blank_lines_is_told_from_those_behind_a_mark(form: Form, tmp_path: Path) -> None:
    body = b"\n\nthe body, as it is\n"
    get, head = b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n"
    lines = [sent("header", get, form), sent("header", head, form), sent("data", body, form)]
    lines[1:] = [line.replace("=> Send", "<= Recv") for line in lines[1:]]
    trace = make_trace(tmp_path, [*lines, "#: cut a\n", body.decode(), "== Info: Closing connection\n"])
    assert marks_of(trace) == [("cut", "a", len(get))]
    assert "stray" not in [one.code for one in trace.warnings]
    assert trace.conversations[0].received.unknown.total == 0


@pytest.mark.parametrize(
    ("between", "line"),
    [
        (" #: cut a\n", 7),
        ("\t#:cut a\n", 7),
        ("#: cut a\nother output\n", 7),
        ("other output\n#: default cut a\nmore of it\n", 8),
    ],
)
def test_a_mark_where_none_can_stand_is_told(between: str, line: int, tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [sent("header", HEAD), between, answer()])
    assert trace.conversations[0].marks == ()
    ((number, message),) = notices(trace)
    assert number == line
    assert message.startswith("a mark stands before an item, before a row of a dump, or at the end, and where its line")


@pytest.mark.parametrize("form", ["hex", "ascii"])
@pytest.mark.parametrize("lines", ["#: cut a\n\n", "#: cut a\n\n#: default cut a\n"])
def test_a_blank_line_in_a_dump_is_damage_that_is_told(lines: str, form: Form, tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [sent("header", HEAD, form), sent("data", BODY, form, {0x40: lines}), answer()])
    assert "damaged" in [one.code for one in trace.faults]


def test_a_byte_order_mark_hides_no_mark_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_text("\ufeff#: cut a\n" + sent("header", HEAD), "utf-8")
    assert marks_of(Trace.load(path)) == [("cut", "a", 0)]


@pytest.mark.parametrize(
    "between",
    ["#: src/main.c:12\nother output\n", "other output\n#: cut a\nmore of it\n", "#=#=#   \r# 12%\r", "# \rx\n"],
)
def test_lines_within_other_text_are_no_marks(between: str, tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [sent("header", HEAD), between, answer()])
    assert not any(isinstance(item, Mark) for item in trace.printed())
    assert trace.conversations[0].marks == ()
    assert "stray" in [one.code for one in trace.warnings]
