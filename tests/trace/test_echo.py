"""What curl wrote to the stream that its trace went to is skipped by its content, and by nothing else."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.reading import DATA, HEADER, RECEIVED, event, events_of, info, read, text_of
from tracereplay.trace.event import Event, Info, Item, Stray
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form

FORMS: list[Form] = ["ascii", "hex"]
KEPT = info("Connection #0 to host h left intact")
METER = b"\r100  3000  100  3000    0     0   105k      0 --:--:-- --:--:-- --:--:--  183k"
FAKE = text_of([info("Closing"), event(b"GET / HTTP/1.1\r\n\r\n", HEADER), event(b"abc", DATA, RECEIVED)], "ascii")


def head(*lines: str) -> list[Event]:
    texts = ("HTTP/1.1 200 OK", *lines, "")
    return [event(f"{text}\r\n".encode(), HEADER, RECEIVED) for text in texts]


def body(data: bytes) -> Event:
    return event(data, DATA, RECEIVED)


def printed(form: Form, *parts: Item | bytes) -> bytes:
    return b"".join(part if isinstance(part, bytes) else text_of([part], form) for part in parts)


def received(found: list[Item]) -> list[Payload]:
    return [one.payload for one in events_of(found) if one.kind is DATA]


def infos(found: list[Item]) -> list[bytes]:
    return [one.text for one in found if isinstance(one, Info)]


BODIES = {
    "lines": b"first\nsecond\n",
    "no line end": b"a body without final newline",
    "a whole fake exchange": FAKE,
    "a fake without its end": FAKE[:-1],
    "a fake head": b"=> Send data, 5 bytes (0x5)\n",
    "fake rows": b"0000: 47 45\n0010: 54",
    "a full row and CR LF": b"x" * 64 + b"\r\n",
    "a time": b"12:00:00.000000 ",
    "one byte": b"1",
    "binary": bytes(range(256)) * 20,
    "CR LF": b"a\r\nb\r\n\r\nc\r\n",
    "a CR that wraps": b"x" * 64 + b"\r\n\n",
    "DEL": b"\x7f\x7f",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", BODIES.values(), ids=BODIES)
def test_the_echo_is_skipped_and_leaves_no_doubt(form: Form, data: bytes) -> None:
    found = read(printed(form, *head(), body(data), data, KEPT, info("Closing")), form)
    assert received(found) == [Payload(data)]
    assert infos(found) == [KEPT.text, b"Closing"]
    assert not [one for one in found if isinstance(one, Stray)]


@given(data=st.binary(min_size=1, max_size=300), form=st.sampled_from(FORMS))
def test_any_echo_is_skipped(data: bytes, form: Form) -> None:
    found = read(printed(form, *head(), body(data), data, KEPT), form)
    assert infos(found) == [KEPT.text]
    assert received(found) == [Payload(data)]


@pytest.mark.parametrize("form", FORMS)
def test_headers_are_echoed_too(form: Form) -> None:
    lines = head("Server: a.b")
    text = printed(
        form, *(part for line in lines for part in (line, line.payload.data)), body(b"x.y\n"), b"x.y\n", KEPT
    )
    found = read(text, form)
    assert [one.payload for one in events_of(found)] == [*(one.payload for one in lines), Payload(b"x.y\n")]
    assert infos(found) == [KEPT.text]


@pytest.mark.parametrize("form", FORMS)
def test_chunks_are_echoed_without_their_framing(form: Form) -> None:
    first, second = b"5\r\nab.\n!\r\n3\r\nx", b"\ny\r\n0\r\n\r\n"
    lines = head("Transfer-Encoding: chunked")
    found = read(printed(form, *lines, body(first), b"ab.\n!x", body(second), b"\ny", KEPT), form)
    assert received(found) == [Payload(first), Payload(second)]
    assert infos(found) == [KEPT.text]


def test_chunks_that_look_like_a_trace_are_echoed_as_well() -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FAKE), FAKE)
    found = read(printed("hex", *head("Transfer-Encoding: chunked"), body(chunks), FAKE, KEPT), "hex")
    assert received(found) == [Payload(chunks)]
    assert infos(found) == [KEPT.text]


@pytest.mark.parametrize("coded", [gzip.compress(FAKE, mtime=0), zlib.compress(FAKE)], ids=["gzip", "deflate"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_what_curl_decodes_is_echoed_decoded(coded: bytes, is_chunked: bool) -> None:
    name = "gzip" if coded.startswith(b"\x1f") else "deflate"
    lines = head(f"Content-Encoding: {name}", *(["Transfer-Encoding: chunked"] if is_chunked else []))
    pieces = [coded[:60], coded[60:]]
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
    parts: list[Item | bytes] = []
    for piece in pieces:
        parts += [body(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece), decoder.decompress(piece)]
    found = read(printed("hex", *lines, *parts, KEPT), "hex")
    assert len(received(found)) == 2
    assert infos(found) == [KEPT.text]
    assert not [one for one in found if isinstance(one, Stray)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("at", [0, 4096])
def test_the_progress_meter_may_stand_before_the_body_or_break_into_it(form: Form, at: int) -> None:
    data = b"".join(b"line %05d.\n" % number for number in range(500))
    meter = b"  % Total\n" + METER + b"\n"
    found = read(printed(form, *head(), body(data), data[:at], meter, data[at:], KEPT), form)
    assert received(found) == [Payload(data)]
    assert b"".join(one.text for one in found if isinstance(one, Stray)) == meter
    assert infos(found) == [KEPT.text]


@pytest.mark.parametrize("form", FORMS)
def test_two_bodies_may_be_echoed_together(form: Form) -> None:
    found = read(printed(form, *head(), body(b"first part, "), body(FAKE), b"first part, " + FAKE, KEPT), form)
    assert infos(found) == [KEPT.text]
    assert len(events_of(found)) == 4


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "items",
    [
        pytest.param([body(b"== Info: Connection #0 to host h left intact\n"), KEPT], id="the last Info"),
        pytest.param([body(b"hello"), KEPT, body(b"== Info: a\n"), info("a"), KEPT], id="others were not echoed"),
        pytest.param([body(b"= "), KEPT], id="no more than its beginning"),
        pytest.param([body(b"\0" * 40), KEPT, info("Closing connection 0")], id="dots"),
    ],
)
def test_a_trace_in_a_file_of_its_own_loses_no_item(form: Form, items: list[Item]) -> None:
    found = read(printed(form, *head(), *items), form)
    assert [type(one) for one in found] == [Event, Event, *map(type, items)]
    assert infos(found) == [one.text for one in items if isinstance(one, Info)]


@pytest.mark.parametrize("form", FORMS)
def test_behind_the_meter_the_next_event_with_the_same_bytes_is_no_echo(form: Form) -> None:
    found = read(printed(form, *head(), body(b"a meter\n"), METER, body(b"a meter\n"), METER, KEPT), form)
    assert len(received(found)) == 2
    assert [one.text for one in found if isinstance(one, Stray)] == [METER, METER]


def test_a_body_that_curl_ignores_says_nothing_about_the_next() -> None:
    moved = event(b"HTTP/1.1 301 Moved\r\n", HEADER, RECEIVED)
    parts: list[Item | bytes] = [moved, body(b"gone\n"), KEPT, *head(), body(FAKE), FAKE, KEPT]
    assert infos(read(printed("hex", *parts), "hex")) == [KEPT.text, KEPT.text]


def test_an_echo_that_is_torn_is_skipped_as_far_as_it_goes() -> None:
    data = b"some lines\n" * 9
    found = read(printed("ascii", *head(), body(data), data[:30]), "ascii")
    assert len(found) == 3
    assert received(found)[0].data[:30] == data[:30]


def test_the_cr_of_the_meter_is_no_byte_of_the_body_behind_it() -> None:
    text = printed("ascii", *head(), body(b"\nsome lines of text\n"), METER + b"\n", b"\nsome lines of text\n", KEPT)
    (payload,) = received(read(text, "ascii"))
    assert payload == Payload(b"\nsome lines of text\n")
