"""``tracereplay convert``: hex to ascii to be read, ascii to hex when all is known."""

import gzip
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import BODY, upload


def both(folder: Path) -> tuple[bytes, bytes]:
    """Return the same trace as both forms show it."""
    return upload(folder, form="hex").read_bytes(), upload(folder, form="ascii").read_bytes()


def test_hex_becomes_what_trace_ascii_prints(tmp_path: Path) -> None:
    _, shown = both(tmp_path)
    told = invoke("convert", upload(tmp_path), "--to", "ascii")
    assert (told.code, told.out, told.err) == (0, shown.decode(), "")


def test_what_ends_in_gz_is_gzipped_and_read_again(tmp_path: Path) -> None:
    trace, packed = upload(tmp_path), tmp_path / "a.txt.gz"
    assert invoke("convert", trace, "--to", "hex", "-o", packed).code == 0
    assert gzip.decompress(packed.read_bytes()) == trace.read_bytes()
    assert invoke("convert", packed, "--to", "hex").out == trace.read_text()


def test_ascii_becomes_hex_with_the_file_that_was_sent(tmp_path: Path) -> None:
    whole, shown = both(tmp_path)
    trace, file, output = tmp_path / "a.txt", tmp_path / "id.csv", tmp_path / "hex.txt"
    trace.write_bytes(shown.replace(b"ok.", b"ok!"))
    file.write_bytes(BODY)
    told = invoke("convert", trace, "--to", "hex", "--file", file, "-o", output)
    assert told.code == 0, told.err
    assert output.read_bytes() == whole.replace(b"6f 6b 0a", b"6f 6b 21").replace(b"ok.", b"ok!")
    assert "note: inferred to be dots, and written so (2e): 5 bytes in headers\n" in told.err


def test_unknown_bytes_are_refused_in_hex_unless_dots_are_wanted(tmp_path: Path) -> None:
    trace, output = upload(tmp_path, form="ascii"), tmp_path / "hex.txt"
    told = invoke("convert", trace, "--to", "hex", "-o", output)
    assert told.code == 3
    assert "25 of the 262 bytes sent on connection 0 are unknown" in told.err
    assert not output.exists()
    told = invoke("convert", trace, "--to", "hex", "-o", output, "--unknown", "keep")
    assert told.code == 0
    assert "note: unknown: 26 bytes, written as dots (2e)\n" in told.err
    assert invoke("extract", output, "--sent", tmp_path / "sent").code == 0


def test_a_file_that_exists_is_not_replaced_unless_that_is_wanted(tmp_path: Path) -> None:
    trace, output = upload(tmp_path), tmp_path / "out.txt"
    output.write_text("before")
    told = invoke("convert", trace, "--to", "ascii", "-o", output)
    assert (told.code, output.read_text()) == (2, "before")
    assert f"{output} exists\n  hint: give --overwrite" in told.err
    assert invoke("convert", trace, "--to", "ascii", "-o", output, "--overwrite").code == 0
    assert output.read_bytes() == both(tmp_path)[1]
    assert invoke("convert", trace, "--to", "ascii", "-o", trace, "--overwrite").code == 2


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"== Info: ", b"* "])
def test_line_ends_and_marks_are_kept(end: bytes, mark: bytes, tmp_path: Path) -> None:
    whole, shown = (text.replace(b"== Info: ", mark).replace(b"\n", end) for text in both(tmp_path))
    trace, output = tmp_path / "t.txt", tmp_path / "out.txt"
    trace.write_bytes(whole)
    assert invoke("convert", trace, "--to", "ascii", "-o", output).code == 0
    assert output.read_bytes() == shown


def test_times_are_those_of_the_trace_even_where_they_fall(tmp_path: Path) -> None:
    trace, output = tmp_path / "t.txt", tmp_path / "out.txt"
    text = b"12:00:05.000000 == Info: a\n12:00:04.000000 [0-x] == Info: b\n"
    trace.write_bytes(text)
    assert invoke("convert", trace, "--to", "hex", "-o", output).code == 0
    assert output.read_bytes() == text


def test_the_row_in_which_a_trace_is_torn_does_not_become_bytes(tmp_path: Path) -> None:
    trace, output = upload(tmp_path), tmp_path / "out.txt"
    text = trace.read_bytes()
    at = text.index(b"0040: ", text.index(b"Send data"))
    trace.write_bytes(text[: at + 30])
    told = invoke("convert", trace, "--to", "ascii", "-o", output)
    assert told.code == 0
    assert "note: 1 line that belongs to no item" in told.err
    sent = [tmp_path / "one", tmp_path / "other"]
    for path, name in zip((trace, output), sent, strict=True):
        assert invoke("extract", path, "--sent", name, "--unknown", "keep", "--torn", "keep").code == 0
    whole, shown = (name.read_bytes() for name in sent)
    assert whole.replace(b"\n", b".").startswith(shown.replace(b"\n", b"."))


def test_damage_is_refused(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    text = trace.read_bytes()
    row = text.index(b"0040: ", text.index(b"Send data"))
    trace.write_bytes(text[:row] + text[text.index(b"\n", row) + 1 :])
    assert invoke("convert", trace, "--to", "ascii").code == 3
