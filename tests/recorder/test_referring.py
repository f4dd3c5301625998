"""What a trace with references stands for is what curl printed, byte for byte."""

import hashlib
import os
import random
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest

from tests.trace.reading import DATA, RECEIVED, SENT
from tracereplay.recorder.referring import refer
from tracereplay.recorder.sent_files import opened
from tracereplay.trace import dump_hex
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.payload import Payload
from tracereplay.trace.reference import read_reference, read_sent
from tracereplay.trace.writer import write_event

BIG = random.Random(5).randbytes(300_000)
OTHER = random.Random(6).randbytes(70_000)


_ROW = re.compile(rb"([0-9a-f]{4,}): ")


def shown(payloads: Sequence[bytes], direction: Direction = SENT) -> bytes:
    """Return the text of events with these payloads, as curl prints it."""
    return b"".join(write_event(Event(1, 0, None, direction, DATA, Payload(one), len(one)), "hex") for one in payloads)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def chunked(data: bytes, size: int = 65_524) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in cut(data, size)) + b"0\r\n\r\n"


def part(data: bytes) -> bytes:
    return b'--edge\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n%s\r\n' % data


def restored(text: bytes, folder: Path) -> bytes:
    """Return what a text with references stands for, which is read here line by line."""
    lines = []
    offset = 0
    for line in text.splitlines(keepends=True):
        reference, row = read_reference(line), _ROW.match(line)
        if reference is not None:
            data = (folder / reference.name).read_bytes()[reference.offset :][: reference.size]
            assert len(data) == reference.size
            lines.append(dump_hex.write(Payload(bytes(offset) + data))[dump_hex.text_bytes(offset) :])
            offset += len(data)
        elif not line.startswith(b"#: source "):
            lines.append(line)
            offset = int(row[1], 16) + 16 if row else 0
    return b"".join(lines)


def referred(text: bytes, folder: Path, *names: str, piece_bytes: int = 100_000) -> bytes:
    with opened([folder / name for name in names], folder) as files:
        return b"".join(refer(cut(text, piece_bytes), files))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "big.bin").write_bytes(BIG)
    (tmp_path / "other.bin").write_bytes(OTHER)
    (tmp_path / "zeros.bin").write_bytes(bytes(200_000))
    return tmp_path


FORM = part(BIG) + part(OTHER) + b"--edge--\r\n"


@pytest.mark.parametrize(
    ("payloads", "most_left"),
    [
        pytest.param(cut(BIG, 65_536), 0, id="a body that is a file"),
        pytest.param(cut(BIG, 16_384), 0, id="in smaller writes"),
        pytest.param(cut(BIG, 1_001), 0, id="in writes that end within a row"),
        pytest.param([BIG], 0, id="in one"),
        pytest.param(cut(chunked(BIG), 65_536), 400, id="in chunks"),
        pytest.param(cut(chunked(BIG), 10_007), 3_000, id="in chunks, in writes of another size"),
        pytest.param(cut(chunked(BIG, 997), 65_536), 15_000, id="in small chunks"),
        pytest.param(cut(FORM, 65_536), 400, id="a form with two files"),
        pytest.param(cut(FORM, 65_536 + 64), 400, id="the second file in the last bytes of a write"),
        pytest.param(cut(chunked(FORM), 65_536), 800, id="a form in chunks"),
        pytest.param(cut(BIG, 65_536)[:2] + cut(BIG, 65_536), 0, id="sent again from the beginning"),
        pytest.param(list(chain(*zip(cut(BIG, 65_536), cut(BIG, 65_536), strict=True))), 0, id="twice at once"),
        pytest.param(list(chain(*zip(cut(BIG, 65_536), cut(OTHER, 14_000), strict=True))), 0, id="two at once, whole"),
        pytest.param(cut(bytes(200_000), 65_536), 0, id="zeros"),
        pytest.param(cut(bytes(500_000), 65_536), 64, id="more zeros than there are in the file"),
        pytest.param(cut(BIG[:150_000], 65_536), 0, id="the first half"),
        pytest.param(
            cut(BIG[:100_000] + b"changed" + BIG[100_007:], 65_536), 240_000, id="a file of which seven bytes are other"
        ),
        pytest.param(cut(random.Random(7).randbytes(200_000), 65_536), 200_000, id="no file at all"),
    ],
)
def test_what_it_stands_for_is_what_curl_printed(folder: Path, payloads: list[bytes], most_left: int) -> None:
    text = b"== Info: x\n" + shown(payloads) + shown([BIG[:1000], b"answer"], RECEIVED) + b"== Info: end\n"
    short = referred(text, folder, "big.bin", "other.bin", "zeros.bin")
    assert restored(short, folder) == text
    references = [found for line in short.splitlines(keepends=True) if (found := read_reference(line))]
    assert sum(map(len, payloads)) - sum(one.size for one in references) <= most_left
    for line in short.splitlines(keepends=True):
        sent = read_sent(line, 1)
        if sent is not None:
            data = (folder / sent.name).read_bytes()[: sent.size]
            assert (len(data), hashlib.sha256(data).hexdigest()) == (sent.size, sent.digest)


@pytest.mark.parametrize("change", ["it grows", "it shrinks", "it is written anew"])
def test_once_a_file_has_changed_it_is_not_referred_to_any_more(folder: Path, change: str) -> None:
    path = folder / "big.bin"
    text = shown(cut(BIG, 65_536))

    def pieces() -> Iterator[bytes]:
        half = len(text) // 2
        yield text[:half]
        if change == "it grows":
            with path.open("ab") as stream:
                stream.write(b"more")
        elif change == "it shrinks":
            os.truncate(path, 200_000)
        else:
            path.write_bytes(BIG[:-1] + b"!")
        yield text[half:]

    with opened([path], folder) as files:
        short = b"".join(refer(pieces(), files))
        assert files["big.bin"].is_changed
    assert restored(short, folder) == text
    assert 100_000 < len(short) < len(text)


def test_a_trace_that_breaks_off_anywhere_stands_for_what_there_is(folder: Path) -> None:
    text = shown(cut(BIG[:70_000], 16_384))
    for size in range(1, len(text), 6_007):
        short = referred(text[:size], folder, "big.bin")
        assert restored(short, folder).removesuffix(b"\n") == text[:size].removesuffix(b"\n")
        assert size < 80_000 or short.splitlines()[-1].startswith(b"#: source big.bin ")


def test_rows_that_are_not_what_curl_prints_stay_as_they_are(folder: Path) -> None:
    text = shown(cut(BIG, 65_536)).replace(b"\n0010: ", b"\n#: redacted x\n0010: ", 1)
    assert restored(referred(text, folder, "big.bin"), folder) == text


def test_a_small_file_is_not_worth_a_line(folder: Path) -> None:
    (folder / "small.txt").write_bytes(b"x" * 63)
    text = shown([b"x" * 200])
    assert referred(text, folder, "small.txt", "missing.txt") == text


def test_the_name_is_as_seen_from_the_trace(folder: Path) -> None:
    (folder / "traces").mkdir()
    (folder / "a b").mkdir()
    (folder / "a b" / "gr\u00f6\u00dfe #1").write_bytes(BIG)
    with opened([folder / "a b" / "gr\u00f6\u00dfe #1"], folder / "traces") as files:
        text = b"".join(refer([shown(cut(BIG, 65_536))], files))
    assert b'#: from "../a b/gr\\u00f6\\u00dfe #1" 65536 65536\n' in text
    assert restored(text, folder / "traces") == shown(cut(BIG, 65_536))
