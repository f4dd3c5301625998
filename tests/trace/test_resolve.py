"""Doubts of an ascii trace, resolved by the files that were sent and by the framing; never by a guess."""

import random
from pathlib import Path

import pytest

from tests.trace.reading import HEADER, RECEIVED, agrees, event, info, marks_of, text_of
from tracereplay.errors import PlanError, TraceError, UnknownBytesError
from tracereplay.trace.event import Direction, Item
from tracereplay.trace.payload import Payload
from tracereplay.trace.trace import Trace

BOUNDARY = b"------------------------d74496d66958873e"
PART_HEAD = b'Content-Disposition: form-data; name="file"; filename="report.csv"\r\nContent-Type: text/csv\r\n\r\n'
TEXT = b"id,name\n1,caf\xc3\xa9.\n\r\n2,x\0y\r\n"


def head(*fields: bytes, method: bytes = b"POST", target: bytes = b"/files") -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: a", *fields, b"", b""])


def multipart(*parts: bytes) -> bytes:
    """Return the body of these parts, each with its head, and the request head before it, apart."""
    return b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"


def form_head(body: bytes) -> bytes:
    return head(b"Content-Length: %d" % len(body), b"Content-Type: multipart/form-data; boundary=" + BOUNDARY)


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def saved(folder: Path, request: bytes, *pieces: bytes, received: bytes = b"") -> Path:
    path = folder / "trace.txt"
    items: list[Item] = [info("Connected to a (126.0.0.1) port 80 (#0)"), event(request, HEADER)]
    items += [event(piece) for piece in pieces]
    items += [event(line, HEADER, RECEIVED) for line in received.splitlines(keepends=True)]
    path.write_bytes(text_of(items, "ascii"))
    return path


def sent_by(trace: Trace) -> Payload:
    parts = [one.payload for one in trace.events(0) if one.direction is Direction.SENT]
    marks = b"".join(part.marks or bytes(len(part)) for part in parts)
    return Payload(b"".join(part.data for part in parts), marks)


def unknown_in(trace: Trace) -> int:
    return sent_by(trace).unknown


def file_in(folder: Path, data: bytes = TEXT, name: str = "report.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


BODIES = [
    pytest.param(form_head(multipart(PART_HEAD + TEXT)), multipart(PART_HEAD + TEXT), id="multipart"),
    pytest.param(
        head(b"Transfer-Encoding: chunked", b"Content-Type: multipart/form-data; boundary=" + BOUNDARY),
        chunked(multipart(PART_HEAD + TEXT)[:150], multipart(PART_HEAD + TEXT)[150:]),
        id="multipart in chunks",
    ),
    pytest.param(head(b"Transfer-Encoding: chunked"), chunked(TEXT[:9], TEXT[9:14], TEXT[14:]), id="chunks"),
    pytest.param(head(b"Content-Length: %d" % len(TEXT)), TEXT, id="a whole body"),
    pytest.param(
        head(b"Content-Length: %d" % len(TEXT), method=b"PUT", target=b"/up/report.csv"), TEXT, id="put by its name"
    ),
]


@pytest.mark.parametrize(("request_head", "body"), BODIES)
def test_a_file_fills_what_is_unknown(request_head: bytes, body: bytes, tmp_path: Path) -> None:
    path = saved(tmp_path, request_head, body)
    assert unknown_in(Trace.load(path)) > 0
    trace = Trace.load(path, files=[file_in(tmp_path)])
    assert unknown_in(trace) == 0
    assert sent_by(trace).data == request_head + body
    assert trace.conversations[0].sent.unknown.total == 0
    assert [(fill.path.name, fill.is_prefix) for fill in trace.fills] == [("report.csv", False)]


@pytest.mark.parametrize(("request_head", "body"), BODIES)
def test_a_body_in_two_pieces_is_known_and_in_more_never_wrong(
    request_head: bytes, body: bytes, tmp_path: Path
) -> None:
    chance = random.Random(7)
    truth = request_head + body
    file = file_in(tmp_path)
    for cut in range(1, len(body)):
        trace = Trace.load(saved(tmp_path, request_head, body[:cut], body[cut:]), files=[file])
        assert sent_by(trace).data == truth, cut
        assert unknown_in(trace) == 0, cut
    for _ in range(60):
        cuts = sorted(chance.sample(range(1, len(body)), chance.randint(2, 12)))
        pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
        assert agrees(sent_by(Trace.load(saved(tmp_path, request_head, *pieces))), truth), cuts


def test_what_is_reasoned_is_counted(tmp_path: Path) -> None:
    body = multipart(PART_HEAD + b"abc")
    cut = body.index(b"\r\n--", 2) + 1
    trace = Trace.load(saved(tmp_path, form_head(body), body[:cut], body[cut:]))
    assert (trace.reasoned, unknown_in(trace)) == (2, 0)
    assert sent_by(trace).data.endswith(body)


NOT_CERTAIN = [
    pytest.param(form_head(b"x" * 9), [b"abc\r", b"\nabc."], id="no framing near"),
    pytest.param(
        head(b"Content-Type: multipart/form-data; boundary=x"),
        [b"--x\r\na: b\r\n\r\nabc\r", b"\n--x--\r\n"],
        id="own boundary",
    ),
    pytest.param(
        form_head(b"x" * 900), [b"--" + BOUNDARY + b"\r\n" + PART_HEAD[:62] + b"x.", b".y"], id="a file's name"
    ),
    pytest.param(
        form_head(b"x" * 900),
        [b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: x.', b".\r\n\r\nabc"],
        id="a type that may end in dots",
    ),
    pytest.param(
        form_head(b"x" * 900), [multipart(PART_HEAD)[:-48] + b"ab.", b".--" + BOUNDARY[:-1]], id="half a delimiter"
    ),
]


@pytest.mark.parametrize(("request_head", "pieces"), NOT_CERTAIN)
def test_what_is_not_certain_stays_unknown(request_head: bytes, pieces: list[bytes], tmp_path: Path) -> None:
    trace = Trace.load(saved(tmp_path, request_head, *pieces))
    assert trace.reasoned == 0
    assert unknown_in(trace) >= 2


def test_an_upload_that_was_broken_off_is_filled_and_said_to_be_a_prefix(tmp_path: Path) -> None:
    body = multipart(PART_HEAD + TEXT)
    whole = body.index(TEXT) + len(TEXT)
    for end in range(body.index(TEXT) + 1, len(body) - 1):
        trace = Trace.load(saved(tmp_path, form_head(body), body[:end]), files=[file_in(tmp_path)])
        assert sent_by(trace).data == form_head(body) + body[:end]
        assert unknown_in(trace) == 0
        assert trace.fills[0].is_prefix is (end < whole)
    assert "which is the first 1 byte of its 26" in str(
        Trace.load(saved(tmp_path, form_head(body), body[: body.index(TEXT) + 1]), files=[file_in(tmp_path)]).fills[0]
    )


REFUSED = [
    pytest.param(TEXT.replace(b"name", b"fame"), "byte 3 of it is 'f', and the trace shows 'n'", id="another byte"),
    pytest.param(TEXT.replace(b"\0", b"?"), "byte 22 of it is '?', and the trace shows a dot", id="a printable byte"),
    pytest.param(TEXT.replace(b"e\n1", b"e\r1"), None, id="one dot is as good as another"),
    pytest.param(TEXT.replace(b".\n\r", b"\r\n\r"), "byte 15 of it is CR LF, and the trace shows a dot", id="CR LF"),
    pytest.param(TEXT + b"x", "it has 27 bytes, and 26 were sent", id="longer"),
    pytest.param(TEXT[:-1], "it has 25 bytes, and 26 were sent", id="shorter"),
    pytest.param(b"", "it has 0 bytes, and 26 were sent", id="empty"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED)
def test_a_file_that_disagrees_is_refused_with_the_place(data: bytes, message: str | None, tmp_path: Path) -> None:
    body = multipart(PART_HEAD + TEXT)
    path = saved(tmp_path, form_head(body), body)
    file = file_in(tmp_path, data)
    if message is None:
        assert unknown_in(Trace.load(path, files=[file])) == 0
        return
    with pytest.raises(TraceError, match="is not what was sent: ") as refused:
        Trace.load(path, files=[file])
    assert f"{path}: {file} is not what was sent: {message}" in str(refused.value)
    assert "\n  hint: " in str(refused.value)


def test_each_file_goes_to_the_part_of_its_name_and_the_rest_by_size(tmp_path: Path) -> None:
    first, second, third = b"a\nb", b"c\nd", b"longer\n"
    parts = [
        b'Content-Disposition: form-data; name="f%d"; filename="%s"\r\n\r\n%s' % (number, name, data)
        for number, (name, data) in enumerate([(b"a.csv", first), (b"b.csv", second), (b"c.csv", third)])
    ]
    body = multipart(*parts)
    path = saved(tmp_path, form_head(body), body)
    files = [
        file_in(tmp_path, third, "other.csv"),
        file_in(tmp_path, second, "b.csv"),
        file_in(tmp_path, first, "a.csv"),
    ]
    trace = Trace.load(path, files=files)
    assert sent_by(trace).data == form_head(body) + body
    assert unknown_in(trace) == 0


def test_a_file_that_can_be_several_uploads_is_refused(tmp_path: Path) -> None:
    parts = [
        b'Content-Disposition: form-data; name="f"; filename="%s"\r\n\r\na\nb' % name for name in (b"a.csv", b"b.csv")
    ]
    path = saved(tmp_path, form_head(multipart(*parts)), multipart(*parts))
    file = file_in(tmp_path, b"a\tb", "other.csv")
    with pytest.raises(PlanError, match="can be any of 2 uploads"):
        Trace.load(path, files=[file])
    trace = Trace.load(path, files=[file, file_in(tmp_path, b"a\0b", "another.csv")])
    assert [fill.upload.name for fill in trace.fills] == [b"a.csv", b"b.csv"]


def test_the_name_of_the_file_tells_the_bytes_of_its_name(tmp_path: Path) -> None:
    name = "caf\xe9 \u2613.csv"
    part = b'Content-Disposition: form-data; name="f"; filename="%s"\r\n\r\nabc' % name.encode()
    body = multipart(part)
    path = saved(tmp_path, form_head(body), body)
    assert unknown_in(Trace.load(path)) == 6
    trace = Trace.load(path, files=[file_in(tmp_path, b"abc", name)])
    assert unknown_in(trace) == 0
    assert sent_by(trace).data.endswith(body)


@pytest.mark.parametrize("name", ["report-v2.csv", "report.v2-csv", "report v2.csv"])
def test_a_file_of_another_name_tells_nothing_of_the_name(name: str, tmp_path: Path) -> None:
    part = b'Content-Disposition: form-data; name="f"; filename="report.v2.csv"\r\n\r\na\nb'
    path = saved(tmp_path, form_head(multipart(part)), multipart(part))
    sent = sent_by(Trace.load(path, files=[file_in(tmp_path, b"a\nb", name)]))
    assert (agrees(sent, form_head(multipart(part)) + multipart(part)), sent.inferred, sent.unknown) == (True, 3, 0)


def test_a_name_in_hex_is_known_whatever_the_file_is_called(tmp_path: Path) -> None:
    part = b'Content-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\na\nb'
    path = tmp_path / "hex.txt"
    path.write_bytes(text_of([event(form_head(multipart(part)), HEADER), event(multipart(part))]))
    trace = Trace.load(path, files=[file_in(tmp_path, b"a\nb", "a\ncsv")])
    assert sent_by(trace).data == form_head(multipart(part)) + multipart(part)


def test_a_lone_dot_in_the_head_of_a_part_is_inferred(tmp_path: Path) -> None:
    body = multipart(PART_HEAD + b"abc")
    path = saved(tmp_path, form_head(body), body)
    assert marks_of(sent_by(Trace.load(path))).count("i") == 2
    strict = Trace.load(path, strict=True)
    assert (strict.conversations[0].sent.inferred, unknown_in(strict)) == (0, 2)


MISSING = [("none.csv", "cannot be read: No such file or directory"), (".", "is not a file")]


@pytest.mark.parametrize(("name", "message"), MISSING)
def test_a_file_that_cannot_be_read_is_told(name: str, message: str, tmp_path: Path) -> None:
    path = saved(tmp_path, head(b"Content-Length: 26"), TEXT)
    with pytest.raises(PlanError, match=message):
        Trace.load(path, files=[tmp_path / name])


def test_a_trace_without_an_upload_has_no_use_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"shows no upload that .*report.csv could be"):
        Trace.load(saved(tmp_path, head(method=b"GET")), files=[file_in(tmp_path)])


def test_a_file_that_changes_after_it_was_read_is_refused(tmp_path: Path) -> None:
    trace = Trace.load(saved(tmp_path, head(b"Content-Length: 26"), TEXT), files=[file_in(tmp_path)])
    file_in(tmp_path, TEXT[:-4] + b"zzzz")
    with pytest.raises(TraceError, match="was changed while it was in use"):
        list(trace.events(0))


def test_a_hex_trace_checks_the_file_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "hex.txt"
    path.write_bytes(text_of([event(head(b"Content-Length: 26"), HEADER), event(TEXT)]))
    assert Trace.load(path, files=[file_in(tmp_path)]).fills
    with pytest.raises(TraceError, match="byte 0 of it is 'X', and the trace shows 'i'"):
        Trace.load(path, files=[file_in(tmp_path, b"X" + TEXT[1:])])


def test_a_bare_lf_that_ends_a_header_line_is_known(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\nServer: a.b.c\nX: y\r\n\n"
    trace = Trace.load(saved(tmp_path, head(method=b"GET"), received=answer))
    received = [one.payload for one in trace.events(0) if one.direction is RECEIVED]
    assert b"".join(one.data for one in received) == answer
    assert sum(one.unknown for one in received) == 0
    assert trace.reasoned == 3


def test_the_remedy_names_the_files_that_the_trace_shows(tmp_path: Path) -> None:
    from tracereplay.trace.doubts import refuse_unknown  # noqa: PLC0415

    body = multipart(PART_HEAD + TEXT, PART_HEAD.replace(b"report.csv", b"my photo.jpg") + b"\xff\xd8")
    trace = Trace.load(saved(tmp_path, form_head(body), body))
    with pytest.raises(UnknownBytesError) as refused:
        refuse_unknown(trace, trace.conversations[0], Direction.SENT)
    assert (
        "hint: give what was sent with --file report.csv --file 'my photo.jpg', record again with `tracereplay record`,"
        " or take the dots as they are with --unknown keep"
    ) in str(refused.value)
