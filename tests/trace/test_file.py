"""Traces that are gzipped: as good as plain ones, wherever a trace is taken."""

import gc
import gzip
import io
import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.trace.reading import DATA, HEADER, event, text_of
from tracereplay.errors import TraceError
from tracereplay.trace.file import TraceFile
from tracereplay.trace.trace import Trace

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 400000\r\n\r\n"
BODY = bytes(range(256)) * 1562 + b"x" * 128
TEXT = text_of([event(HEAD, HEADER), event(BODY, DATA)])
PACKED = gzip.compress(TEXT, mtime=0)


def sent(trace: Trace) -> bytes:
    return b"".join(one.payload.data for one in trace.events(0))


@pytest.mark.parametrize("name", ["trace.txt.gz", "trace.txt"])
def test_a_gzip_is_known_by_its_content_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED)
    trace = Trace.load(path)
    assert (trace.form, trace.warnings) == ("hex", ())
    assert sent(trace) == sent(trace) == HEAD + BODY


def test_a_plain_trace_may_be_called_gz(tmp_path: Path) -> None:
    path = tmp_path / "trace.gz"
    path.write_bytes(TEXT)
    assert sent(Trace.load(path)) == HEAD + BODY


def test_two_gzips_behind_each_other_are_one_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace.gz"
    path.write_bytes(gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]))
    assert sent(Trace.load(path)) == HEAD + BODY


def test_a_gzip_comes_through_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class StandardInput:
        buffer = io.BytesIO(PACKED)

    monkeypatch.setattr(sys, "stdin", StandardInput)
    trace = Trace.load("-")
    assert sent(trace) == HEAD + BODY


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only there a file without a name can be opened again")
def test_what_came_through_the_standard_input_is_in_no_file_with_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StandardInput:
        buffer = io.BytesIO(TEXT)

    monkeypatch.setattr(sys, "stdin", StandardInput)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    trace = Trace.load("-")
    assert list(tmp_path.iterdir()) == []
    number = trace.path.name
    assert sent(trace) == sent(trace) == HEAD + BODY
    del trace
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(int(number))


DAMAGED = {
    "torn": PACKED[:-100],
    "torn within its trailer": PACKED[:-3],
    "a byte of it changed": PACKED[:300] + bytes((PACKED[300] ^ 0xFF,)) + PACKED[301:],
    "a wrong checksum": PACKED[:-8] + bytes(8),
    "an unknown method": PACKED[:2] + b"\x07" + PACKED[3:],
    "something behind it": PACKED + b"== Info: left intact\n",
    "two bytes of a gzip": PACKED[:2],
}


@pytest.mark.parametrize("packed", [pytest.param(text, id=name) for name, text in DAMAGED.items()])
def test_a_damaged_gzip_is_one_clear_error(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "trace.gz"
    path.write_bytes(packed)
    with pytest.raises(TraceError, match=r"trace\.gz: the gzip is damaged: .*\n  hint: gunzip -c"):
        Trace.load(path)


def test_a_gzip_of_nothing_is_an_empty_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace.gz"
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(TraceError, match="is empty"):
        Trace.load(path)


def test_a_gzip_that_changes_while_it_is_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace.gz"
    path.write_bytes(PACKED)
    trace = Trace.load(path)
    path.write_bytes(gzip.compress(TEXT + TEXT))
    with pytest.raises(TraceError, match="changed while it was in use"):
        list(trace.items())


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="cannot be read: Is a directory"), TraceFile.at(tmp_path).open():
        pass
