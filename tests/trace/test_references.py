"""A dump that refers to a file is read as if it showed the bytes; what is not there is unknown, never guessed."""

import hashlib
import os
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import CONNECTED, trace_text
from tracereplay.errors import TraceError
from tracereplay.library import Trace, load
from tracereplay.trace import dump_hex
from tracereplay.trace.convert import Conversion
from tracereplay.trace.payload import Payload
from tracereplay.trace.reference import Reference, Sent, read_reference, read_sent

BODY = random.Random(11).randbytes(70_000)
HEAD = b"PUT /big HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 70000\r\n\r\n"
SENT = HEAD + BODY
DIGEST = hashlib.sha256(BODY).hexdigest()
SOURCE = Sent("big.bin", len(BODY), DIGEST)


@cache
def plain() -> bytes:
    return CONNECTED.format(port=80).encode() + trace_text([("=> Send header", HEAD), ("=> Send data", BODY)])


def short(*lines: tuple[int, int, bytes], end: bytes = SOURCE.text) -> bytes:
    """Return the trace with the rows from one offset to another replaced by a line."""
    text = plain()
    start = text.index(b"=> Send data")
    start = text.index(b"\n", start) + 1
    dump, pieces, at = text[start:], [text[:start]], 0
    for first, last, line in lines:
        pieces += [dump[dump_hex.text_bytes(at) : dump_hex.text_bytes(first)], line]
        at = last
    return b"".join((*pieces, dump[dump_hex.text_bytes(at) :], end))


def whole() -> bytes:
    return short((0, 70_000, Reference("big.bin", 0, 70_000).text))


def written(folder: Path, text: bytes, body: bytes | None = BODY) -> Path:
    if body is not None:
        (folder / "big.bin").write_bytes(body)
    path = folder / "upload.txt"
    path.write_bytes(text)
    return path


def sent(trace: Trace) -> bytes:
    return b"".join(event.payload.data for event in trace.events(0))


def part(first: int, last: int) -> tuple[int, int, bytes]:
    return first, last, Reference("big.bin", first, last - first).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(whole(), id="the whole dump"),
        pytest.param(short(part(160, 70_000)), id="behind some rows"),
        pytest.param(short(part(0, 65_536)), id="before some rows"),
        pytest.param(short(part(0, 16)), id="a row"),
        pytest.param(short(part(65_552, 65_568)), id="a row with an offset of five digits"),
        pytest.param(short(part(48, 32_000), part(32_000, 64_000), part(65_552, 66_000)), id="several"),
        pytest.param(short((0, 70_000, part(0, 70_000)[2].replace(b"\n", b"\r\n"))), id="CR LF"),
        pytest.param(
            short(
                (0, 70_000, b'#: from "big.bin" 0 70000\n'),
                end=b'#: source "big.bin" 70000 sha256:%s\n' % DIGEST.encode(),
            ),
            id="in quotes",
        ),
        pytest.param(
            whole().replace(b"== Info", SOURCE.text + b"== Info", 1).removesuffix(SOURCE.text),
            id="declared at the beginning",
        ),
    ],
)
def test_it_is_read_as_if_it_showed_the_bytes(tmp_path: Path, text: bytes) -> None:
    trace = load(written(tmp_path, text))
    assert sent(trace) == SENT
    assert trace.warnings == ()
    assert not list(trace.conversations[0].sent.unknown)
    assert b"".join(Conversion.of(trace, "hex").text()) == plain()


@given(edges=st.sets(st.integers(1, 70_000 // 16), max_size=12))
def test_any_rows_can_be_referred_to(tmp_path_factory: pytest.TempPathFactory, edges: set[int]) -> None:
    places = sorted(edge * 16 for edge in edges)
    text = short(*(part(*pair) for pair in zip(places[::2], places[1::2], strict=False)))
    trace = load(written(tmp_path_factory.mktemp("it"), text))
    assert sent(trace) == SENT
    assert b"".join(Conversion.of(trace, "hex").text()) == plain()


def test_marks_stand_before_and_behind_it(tmp_path: Path) -> None:
    text = short((160, 65_536, b"#: cut half rst\n# why\n" + part(160, 65_536)[2] + b"#: mark late\n"))
    trace = load(written(tmp_path, text))
    assert sent(trace) == SENT
    assert [(mark.name, mark.at - len(HEAD)) for mark in trace.conversations[0].marks] == [
        ("half", 160),
        ("late", 65_536),
    ]
    again = b"".join(Conversion.of(trace, "hex").text())
    assert b"#: cut half rst\n# why\n00a0: " in again
    assert b"#: mark late\n10000: " in again


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"#: from big.bin 0 70001\n", id="more than the size"),
        pytest.param(b"#: from big.bin 0 8\n", id="half a row"),
        pytest.param(b"#: from big.bin 0 0\n", id="nothing"),
        pytest.param(b"#: from big.bin 0 -16\n", id="less than nothing"),
        pytest.param(b"#: from big.bin 0\n", id="no size"),
        pytest.param(b"#: from  0 70000\n", id="no name"),
        pytest.param(b'#: from "big 0 70000\n', id="an open quote"),
        pytest.param(b'#: from "\\u0000" 0 70000\n', id="a name that no file has"),
        pytest.param(b"#: from big.bin 0 %d\n" % (1 << 40), id="more than there is memory"),
    ],
)
def test_a_line_that_refers_to_nothing_ends_the_dump(tmp_path: Path, line: bytes) -> None:
    trace = load(written(tmp_path, short((0, 70_000, line))))
    assert sent(trace) == HEAD
    assert "torn" in {warning.code for warning in trace.warnings}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(None, "big.bin cannot be read: No such file or directory", id="it is not there"),
        pytest.param(
            BODY[:-1], "big.bin is not what was sent: it has 69,999 bytes, and 70,000 are needed", id="too short"
        ),
        pytest.param(b"", "it has 0 bytes, and 70,000 are needed", id="empty"),
        pytest.param(
            BODY[:-1] + b"!", "big.bin is not what was sent: the sha256 of its first 70,000 bytes is", id="changed"
        ),
        pytest.param(b"!" + BODY[1:] + b"more", "is not what was sent: the sha256", id="changed, and longer"),
    ],
)
def test_a_file_that_is_not_what_was_sent_is_refused_wherever_bytes_are_wanted(
    tmp_path: Path, body: bytes | None, message: str
) -> None:
    path = written(tmp_path, whole(), body)
    trace = load(path)
    for asked in (trace.plan, lambda: sent(trace), trace.printed, lambda: Conversion.of(trace, "ascii")):
        with pytest.raises(TraceError, match=message) as caught:
            asked()
        assert caught.value.line == whole().count(b"\n")
        assert f"--file ELSEWHERE{os.sep}big.bin" in (caught.value.hint or "")


def test_what_is_not_there_is_unknown_and_said(tmp_path: Path) -> None:
    trace = load(written(tmp_path, whole(), BODY[:100]))
    assert list(trace.conversations[0].sent.unknown) == [(len(HEAD) + 100, len(SENT))]
    [warning] = trace.warnings
    assert (warning.code, warning.line) == ("reference", whole().count(b"\n"))


def test_a_longer_file_that_begins_with_what_was_sent_is_good(tmp_path: Path) -> None:
    assert sent(load(written(tmp_path, whole(), BODY + b"appended"))) == SENT


@pytest.mark.parametrize("end", [b"", replace(SOURCE, size=69_999).text, SOURCE.text.replace(b"sha256:", b"md5:")])
def test_without_its_hash_no_file_is_trusted(tmp_path: Path, end: bytes) -> None:
    trace = load(written(tmp_path, short(part(0, 70_000), end=end)))
    with pytest.raises(TraceError, match=r"nothing says what big\.bin was when it was sent"):
        trace.plan()


@pytest.mark.parametrize("what", ["a folder", "a pipe"])
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, what: str) -> None:
    (tmp_path / "big.bin").mkdir() if what == "a folder" else os.mkfifo(tmp_path / "big.bin")
    trace = load(written(tmp_path, whole(), None))
    with pytest.raises(TraceError, match="is no ordinary file"):
        trace.plan()


def test_a_file_that_changes_while_the_trace_is_in_use_is_noticed(tmp_path: Path) -> None:
    trace = load(written(tmp_path, whole()))
    assert sent(trace) == SENT
    events = trace.events(0)
    next(events)
    (tmp_path / "big.bin").write_bytes(BODY[::-1])
    with pytest.raises(TraceError, match="was changed while it was in use"):
        list(events)
    with pytest.raises(TraceError, match="is not what was sent"):
        trace.plan()


def test_the_file_is_looked_for_beside_the_trace_then_as_it_is_named_or_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "traces", "else"):
        (tmp_path / name).mkdir()
    path = written(tmp_path / "traces", whole(), None)
    monkeypatch.chdir(tmp_path / "here")
    for folder in ("else", "here", "traces"):
        (tmp_path / folder / "big.bin").write_bytes(BODY)
        files = [tmp_path / folder / "big.bin"] if folder == "else" else []
        assert sent(load(path, files=files)) == SENT
        if folder == "here":
            (tmp_path / folder / "big.bin").write_bytes(b"another one of the same name")


@given(
    name=st.text(st.characters(exclude_characters="\0"), min_size=1),
    offset=st.integers(0, 2**60),
    size=st.integers(1, 2**26),
)
def test_a_line_says_what_it_is_of(name: str, offset: int, size: int) -> None:
    reference, source = Reference(name, offset, size), Sent(name, size, DIGEST, 7)
    assert read_reference(reference.text) == reference
    assert read_sent(source.text, 7) == source
    assert reference.text.count(b"\n") == 1
    assert Payload(reference.text).data.isascii()
