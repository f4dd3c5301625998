"""Text that may be a body, or rows, or items: it is one of them where that is sure, and else nothing is known by it."""

import io
import time

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, event, events_of, info, marks_of, read, text_of
from tests.trace.test_echo import FORMS, KEPT, body, head, infos, printed, received
from tracereplay.trace.event import Direction, Event, Item, Stray
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form, read_items
from tracereplay.trace.source import Source

GET = event(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", HEADER)
POST = event(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", HEADER)


def sent(form: Form) -> bytes:
    return text_of([event(b"abc", DATA), KEPT], form)


def strays(found: list[Item]) -> list[bytes]:
    return [one.text for one in found if isinstance(one, Stray)]


def sent_data(found: list[Item]) -> list[bytes]:
    return [one.payload.data for one in events_of(found) if one.direction is Direction.SENT and one.kind is DATA]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_length_told", [False, True])
def test_a_body_is_echoed_though_the_one_before_was_not(form: Form, is_length_told: bool) -> None:
    fake = sent(form)
    length = [f"Content-Length: {len(fake)}"] if is_length_told else []
    parts: list[Item | bytes] = [
        GET,
        *head("Content-Length: 6"),
        body(b"first\n"),
        KEPT,
        GET,
        *head(*length),
        body(fake),
        fake,
        KEPT,
    ]
    found = read(printed(form, *parts), form)
    assert received(found) == [Payload(b"first\n") if form == "hex" else received(found)[0], Payload(fake)]
    assert not sent_data(found)
    assert not strays(found)


@pytest.mark.parametrize("form", FORMS)
def test_headers_that_were_echoed_say_nothing_about_a_body(form: Form) -> None:
    fake = sent(form)
    lines = [part for line in head("Server: x") for part in (line, line.payload.data)]
    found = read(printed(form, GET, *lines, KEPT, GET, *head(), body(fake), fake, KEPT), form)
    assert received(found) == [Payload(fake)]
    assert not sent_data(found)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_an_event_and_an_echo_as_well_is_neither(form: Form) -> None:
    fake = text_of([body(b"hello")], form)
    found = read(printed(form, GET, *head(), body(fake), fake, KEPT), form)
    assert [one.data for one in received(found)] == [fake.replace(b"\n", b".") if form == "ascii" else fake]
    assert b"".join(strays(found)) == fake
    assert all(text.count(b"\n") == 1 for text in strays(found))


@pytest.mark.parametrize("form", FORMS)
def test_information_that_is_an_echo_as_well_is_neither(form: Form) -> None:
    fake = text_of([KEPT], form)
    found = read(printed(form, GET, *head(), body(fake), fake, KEPT, info("Closing")), form)
    assert strays(found) == [fake]
    assert infos(found) == [KEPT.text, b"Closing"]


@pytest.mark.parametrize("form", FORMS)
def test_a_list_is_no_information_where_another_mark_stands_before_that(form: Form) -> None:
    data = b"* one\n* two\n"
    found = read(printed(form, info("Trying"), GET, *head(), body(data), data, KEPT), form)
    assert received(found) == [Payload(data)]
    assert infos(found) == [b"Trying", KEPT.text]


@pytest.mark.parametrize("form", FORMS)
def test_an_upload_may_go_on_while_its_answer_comes(form: Form) -> None:
    fake = text_of([event(b"abc", DATA)], form)
    found = read(printed(form, POST, *head(), body(fake), fake, KEPT), form)
    assert not sent_data(found)
    assert b"".join(strays(found)) == fake


@pytest.mark.parametrize("form", FORMS)
def test_the_length_of_a_body_says_that_more_of_it_comes(form: Form) -> None:
    fake = text_of([body(b"hello")], form)
    lines = head(f"Content-Length: {len(fake) + 5}")
    found = read(printed(form, GET, *lines, body(fake), body(b"hello"), KEPT), form)
    assert received(found)[1] == Payload(b"hello")
    assert not strays(found)


@pytest.mark.parametrize("form", FORMS)
def test_the_length_of_a_body_says_that_no_more_of_it_comes(form: Form) -> None:
    fake = text_of([body(b"hello")], form)
    lines = head(f"Content-Length: {len(fake)}")
    found = read(printed(form, GET, *lines, body(fake), fake, KEPT), form)
    assert received(found) == [Payload(fake)]
    assert not strays(found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_echoed", [False, True])
def test_one_piece_of_a_body_goes_where_the_other_goes(form: Form, is_echoed: bool) -> None:
    fake = text_of([body(b"hello")], form)
    echoed = [b"first, ", fake, b"hello"] if is_echoed else [b"", b"", b""]
    parts: list[Item | bytes] = [GET, *head()]
    for data, echo in zip((b"first, ", fake, b"hello"), echoed, strict=True):
        parts += [body(data), echo]
    found = read(printed(form, *parts, KEPT), form)
    assert [len(one) for one in received(found)] == [7, len(fake), 5]
    assert not strays(found)


@pytest.mark.parametrize("form", FORMS)
def test_with_two_connections_open_nothing_tells_whose_the_next_event_is(form: Form) -> None:
    opened = [info("Connected to h (127.0.0.1) port 80 (#0)"), info("Connected to g (127.0.0.2) port 80 (#1)")]
    fake = text_of([body(b"hello")], form)
    found = read(printed(form, *opened, GET, GET, *head(f"Content-Length: {len(fake)}"), body(fake), fake, KEPT), form)
    assert len(received(found)) == 1
    assert b"".join(strays(found)) == fake


LOOKALIKE = b"0040: ab\n" + b"x" * 55


@pytest.mark.parametrize(
    ("data", "echo", "last"),
    [
        pytest.param(LOOKALIKE + b"\r\n", LOOKALIKE + b"\r\n", b"\r\n", id="echoed, and ended by CR LF"),
        pytest.param(LOOKALIKE + b"ab", b"", b"ab", id="not echoed, and wrapped"),
        pytest.param(LOOKALIKE + b"ab", LOOKALIKE + b"ab", b"ab", id="echoed, and wrapped"),
        pytest.param(b"0001: x\r\n", b"0001: x\r\n", b"\r\n", id="a line that looks like a row"),
        pytest.param(b"0006: x\r\n", b"0006: x\r\n", b"\r\n", id="a line that looks like the last row"),
        pytest.param(b"0040: abcdef\n" + b"x" * 51 + b"\r\n", b"=", b"\r\n", id="too long for a row of two"),
    ],
)
def test_a_body_that_begins_like_a_row_is_not_taken_for_one(data: bytes, echo: bytes, last: bytes) -> None:
    found = read(printed("ascii", GET, *head(), body(data), data if echo == b"=" else echo, KEPT), "ascii")
    (payload,) = received(found)
    assert (payload.data[-2:], marks_of(payload)[-2:]) == (last, "kk")
    assert infos(found) == [KEPT.text]
    assert not strays(found)


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_the_last_two_bytes_are_unknown_where_a_row_and_a_body_stand_there_alike(is_wrapped: bool) -> None:
    data = b"0040: ab\n== Info: " + b"x" * 46 + (b"ab" if is_wrapped else b"\r\n")
    following = b"== Info: " + b"x" * 46 + b"\n" if is_wrapped else data
    found = read(printed("ascii", GET, *head(), body(data), following, KEPT), "ascii")
    (payload,) = received(found)
    assert (payload.data[-2:], marks_of(payload)[-2:]) == (b"..", "??")
    assert strays(found)


@pytest.mark.parametrize(
    "data", [b"hello world, this is a body\n", b"a\r\nb\n\nc", b"a\r\n", b"no end", b"0040: ab\n" + b"x" * 55 + b"\r\n"]
)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_echo_converted", [False, True])
def test_an_echo_whose_line_ends_may_be_converted_tells_no_byte(
    data: bytes, form: Form, is_echo_converted: bool
) -> None:
    text = printed(form, GET, *head(), body(data)).replace(b"\n", b"\r\n")
    text += data.replace(b"\n", b"\r\n") if is_echo_converted else data
    found = read(text + text_of([KEPT], form).replace(b"\n", b"\r\n"), form)
    (payload,) = received(found)
    marks = marks_of(payload)
    assert all(mark == "?" or one == true for mark, one, true in zip(marks, payload.data, data, strict=True))
    assert infos(found) == [KEPT.text]
    if not data.startswith(b"0040"):
        assert not strays(found)


@pytest.mark.parametrize("data", [b"a", b"\xff", b"<"])
def test_many_small_events_take_no_longer_when_they_are_received(data: bytes) -> None:
    one, other = (text_of([event(data, DATA, way)], "hex") for way in (Direction.SENT, RECEIVED))
    start = text_of([GET, *head()], "hex")
    spent = [_seconds(start + one * 8000), _seconds(start + other * 8000)]
    assert spent[1] < 4 * spent[0] + 0.5, spent


def _seconds(text: bytes) -> float:
    began = time.process_time()
    assert sum(isinstance(item, Event) for item in read_items(Source(io.BytesIO(text)), "hex")) > 8000
    return time.process_time() - began
