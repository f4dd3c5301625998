"""A trace as a picture."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.cli.samples import UPLOAD, two_uploads
from tests.traces import make_trace
from tracereplay import Trace, load
from tracereplay.show.trace_picture import MOST_ROWS, trace_as_html, trace_as_svg


def texts(trace: Trace, limit: int | None = None) -> list[str]:
    root = fromstring("".join(trace_as_svg(trace, limit)))
    found = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert found[:2] == ["client", "server"]
    return found[2:]


def test_each_event_is_an_arrow_with_its_size_and_what_it_is(tmp_path: Path) -> None:
    assert texts(make_trace(tmp_path, UPLOAD))[0] == "62 bytes: POST /files HTTP/1.1"
    assert texts(make_trace(tmp_path, UPLOAD))[-1] == r'3 bytes: "ok\n"'


def test_a_time_in_which_nothing_happened_is_a_row(tmp_path: Path) -> None:
    events = [("12:00:00.000000 => Send header", UPLOAD[0][1]), ("12:00:01.500000 => Send data", UPLOAD[1][1])]
    assert "1.50 s in which nothing happened" in texts(make_trace(tmp_path, events))
    assert "1.500000" in texts(make_trace(tmp_path, events))


def test_marks_stand_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    text = make_trace(tmp_path, UPLOAD).text()
    whole = b"".join(text)
    row = next(line for line in whole.splitlines(keepends=True) if line.startswith(b"0010: ") and b"64 2c" in line)
    whole = whole.replace(row, b"#: cut half rst\n#: pause 2s\n" + row, 1)
    path.write_bytes(whole.replace(b"=> Send data", b"#: mark body-begins\n=> Send data", 1))
    found = [one[:40] for one in texts(load(path))]
    assert found[1:5] == [
        "mark body-begins, at byte 62",
        r'200 bytes: "id,name\nid,name\nid,name\ni',
        "within that, cut half rst, at byte 78",
        "within that, pause 2.00 s, at byte 78",
    ]


@pytest.mark.parametrize(("limit", "rows"), [(None, MOST_ROWS), (8, 8), (1, 1), (0, 0), (10**9, MOST_ROWS)])
def test_of_a_long_trace_a_bounded_picture_says_how_much_it_leaves_out(
    limit: int | None, rows: int, tmp_path: Path
) -> None:
    count = 1_000
    head = UPLOAD[0][1].replace(b"200", b"%d" % count)
    trace = make_trace(tmp_path, [("=> Send header", head), *[("=> Send data", b"a")] * count])
    found = texts(trace, limit)
    assert f"left out: {count + 1 - rows:,} rows" in found
    assert len(found) == rows + 2
    sent = count - rows + 1 + (len(head) - 1 if rows == 0 else 0)
    assert f"in them: sent {sent:,} bytes, received 0 bytes" in found


def test_a_secret_is_not_in_it_and_several_connections_are_told_apart(tmp_path: Path) -> None:
    head = b"GET /?token=s3cret HTTP/1.1\r\nHost: h\r\n\r\n"
    found = texts(make_trace(tmp_path, [("=> Send header", head), ("=> Send header", b"Authorization: Bearer t\r\n")]))
    assert "GET /?token=****** HTTP/1.1" in found[0]
    assert not any("Bearer t" in one for one in found)
    assert texts(load(two_uploads(tmp_path)))[0].startswith("connection 0: ")


def test_an_unknown_byte_is_counted(tmp_path: Path) -> None:
    assert any("200 bytes, 25 unknown: " in one for one in texts(make_trace(tmp_path, UPLOAD, form="ascii")))


def test_the_page_has_the_picture_and_the_counts_and_loads_nothing(tmp_path: Path) -> None:
    page = "\n".join(trace_as_html(make_trace(tmp_path, UPLOAD)))
    assert page.count("<svg") == 1
    assert "sent      262 bytes in 2 events" in page
    assert "script-src &#x27;none&#x27;" in page or "script-src 'none'" in page
    assert "<script" not in page


def test_the_page_of_a_trace_without_events_is_a_page(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, ["== Info: nothing more\n"])
    assert "nothing was sent or received" in "\n".join(trace_as_html(trace))
