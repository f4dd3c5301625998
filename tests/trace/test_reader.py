from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.reading import (
    DATA,
    HEADER,
    RECEIVED,
    SENT,
    TLS,
    as_read,
    event,
    events_of,
    info,
    marks_of,
    read,
    source_of,
    text_of,
)
from tests.trace.strategies import items, line_ends
from tracereplay.trace.event import Event, Ids, Info, Item, Stray
from tracereplay.trace.reader import Form, detect_form
from tracereplay.trace.writer import write_items

FORMS: tuple[Form, ...] = get_args(Form)
HEAD = b"POST / HTTP/1.1\r\nHost: a.b\r\n\r\n"

TIMED = """\
12:00:00.000001 [0-x] == Info:   Trying 127.0.0.1:80...
12:00:00.500000 [0-3] => Send header, 5 bytes (0x5)
0000: a.b
12:00:01.000000 [0-3] <= Recv data, 0 bytes (0x0)
12:00:01.000000 [0-3] <= Recv SSL data, 2 bytes (0x2)
0000: ..
12:00:00.900000 [0-3] * from 8.17.0 on
"""


def test_an_item_has_its_line_time_ids_direction_and_kind() -> None:
    second = 1_000_000_000
    noon = 12 * 3600 * second
    told, sent, nothing, handshake, held = read(TIMED.encode(), "ascii")
    assert told == Info(1, noon + 1_000, Ids(0, None), b"  Trying 127.0.0.1:80...")
    assert isinstance(sent, Event)
    assert (sent.line, sent.time_ns, sent.ids) == (2, noon + second // 2, Ids(0, 3))
    assert (sent.direction, sent.kind, sent.payload.data, marks_of(sent.payload)) == (
        SENT, HEADER, b"a.b\r\n", "kikkk",
    )  # fmt: skip
    assert isinstance(nothing, Event)
    assert (nothing.line, nothing.direction, nothing.kind, len(nothing.payload), nothing.is_torn) == (
        4, RECEIVED, DATA, 0, False,
    )  # fmt: skip
    assert isinstance(handshake, Event)
    assert (handshake.kind, handshake.is_payload, handshake.payload.unknown) == (TLS, False, 2)
    assert held == Info(7, noon + second, Ids(0, 3), b"from 8.17.0 on")


@given(items(), st.sampled_from(FORMS), line_ends, st.sampled_from((1, 2, 7, 100, None)))
def test_what_is_written_is_read_back(found: list[Item], form: Form, line_end: bytes, most_bytes: int | None) -> None:
    # A body that is followed by itself is what a trace on stdout looks like: then it is skipped.
    pieces = list(write_items(found, form, line_end=line_end))
    assert read(b"".join(pieces), form, most_bytes) == list(as_read(found, pieces, form))


@pytest.mark.parametrize("form", FORMS)
@given(found=items())
def test_the_form_is_recognised(form: Form, found: list[Item]) -> None:
    has_dump = any(len(one.payload) for one in events_of(found))
    assert detect_form(source_of(text_of(found, form))) == (form if has_dump else None)


def test_a_hex_reading_written_in_ascii_is_what_curl_prints() -> None:
    data = b"line 1\r\nline.2\n\x00\xff" + b"x" * 64 + b"\r\n"
    found = read(text_of([event(HEAD, HEADER), event(data)], "hex"), "hex")
    assert text_of(found, "ascii").decode() == (
        "=> Send header, 30 bytes (0x1e)\n"
        "0000: POST / HTTP/1.1\n"
        "0011: Host: a.b\n"
        "001c: \n"
        "=> Send data, 83 bytes (0x53)\n"
        "0000: line 1\n"
        f"0008: line.2...{'x' * 55}\n"
        f"0048: {'x' * 9}\n"
    )


LOOKALIKES = [
    pytest.param(b"=> Send data, 5 bytes (0x5)\r\n0000: hello\r\n", id="an event of its own"),
    pytest.param(b"== Info: Closing connection 0\r\n", id="information"),
    pytest.param(b"0000: 61 62 63 " + b"   " * 13 + b"abc\r\n", id="a hex dump"),
    pytest.param(b"0000: " + b"61 " * 16 + b"aaaaaaaaaaaaaaaa\r\n0010: 61", id="a long hex dump"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("body", LOOKALIKES)
def test_a_payload_that_looks_like_a_trace_fools_nobody(form: Form, body: bytes) -> None:
    for first in (event(body, DATA), event(HEAD + body, HEADER)):
        text = text_of([first, info("x")], form)
        assert detect_form(source_of(text)) == form
        sent, told = read(text, form)
        assert isinstance(sent, Event)
        assert len(sent.payload) == sent.declared_bytes == first.declared_bytes
        assert told == replace(info("x"), line=text.count(b"\n"))


GLUED = [
    pytest.param(b"\r  0  1048k    0     0    0     0      0      0 --:--:--  0:00:01 --:--:--     0", id="meter"),
    pytest.param(b"###########                     51.2%", id="bar"),
    pytest.param(b"0", id="a digit of the meter"),
    pytest.param(b"a body without a line end [0-0]", id="a body"),
]


@pytest.mark.parametrize("before", GLUED)
@pytest.mark.parametrize(
    "item", [event(b"abc"), info("x"), event(b"abc", ids=Ids(0, 0)), event(b"abc", time_ns=3_600_000_000_000)]
)
def test_an_item_behind_other_output_in_the_same_line_is_found(before: bytes, item: Event | Info) -> None:
    assert read(before + text_of([item]), "hex") == [Stray(1, before), item]


def test_newer_information_behind_a_meter_is_found_by_its_time() -> None:
    assert read(b"  0      015:15:40.522115 * using HTTP/1.x\n", "hex") == [
        Stray(1, b"  0      0"),
        Info(1, 54_940_522_115_000, None, b"using HTTP/1.x"),
    ]


BODY = b"a body of 28 bytes, with LF\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "body",
    [BODY, b"without a line end, but long", b"ok", b"=> Send data, 5 bytes (0x5)\n0000: forged\n", b"\0\1\2"],
)
def test_a_body_on_the_same_stream_is_skipped(form: Form, body: bytes) -> None:
    received = event(body, DATA, RECEIVED)
    for following in (text_of([event(HEAD, HEADER)], form), b""):
        text = text_of([received], form) + body + following
        found = read(text, form)
        assert [one.declared_bytes for one in events_of(found)] == [len(body)] + [len(HEAD)] * bool(following)
        assert len(found) == len(events_of(found))


@pytest.mark.parametrize("size", [1, 9, 16, 35, 100])
def test_a_body_of_dots_alone_swallows_nothing_that_is_an_item(size: int) -> None:
    shown: list[Item] = [
        event(b"\0" * size, DATA, RECEIVED),
        info("Connection #0 to host a left intact"),
        info("Closing"),
    ]
    received, *told = read(text_of(shown, "ascii"), "ascii")
    assert isinstance(received, Event)
    assert received.payload.unknown == size
    assert [one.text for one in told if isinstance(one, Info)] == [b"Connection #0 to host a left intact", b"Closing"]


def test_what_was_sent_is_never_taken_for_an_echo() -> None:
    first, second = read(text_of([event(BODY)]) + BODY, "hex")
    assert isinstance(first, Event)
    assert second == Stray(4, BODY)


NOT_HEADS = [
    "=> Send data, 5 bytes (0x6)\n",
    "=> Send data, 05 bytes\n",
    "=> Send data, 5 bytes (0x5) \n",
    "=> Send data, 5 bytes (0x5)",
    "=> Send nothing, 5 bytes (0x5)\n",
    "== info: x\n",
    "*x\n",
    "12:00:00.000000\n",
    "=> Send data, " + "9" * 5000 + " bytes (0x5)\n",
    "[" + "9" * 5000 + "-0] => Send data, 5 bytes (0x5)\n",
    "\n",
    "\r\n",
    "\0" * 100,
    "é" * 40_000,
]


@pytest.mark.parametrize("line", NOT_HEADS, ids=lambda line: line.strip()[:30])
def test_what_is_no_item_is_kept_as_it_is(line: str) -> None:
    found = read(line.encode(), "ascii")
    kept = b"".join(one.text for one in found if isinstance(one, Stray))
    heads = sum(one.declared_bytes for one in events_of(found))
    assert kept == line.encode() or (heads, kept) == (5, line.encode().partition(b"=>")[0])


def test_a_second_line_of_information_is_kept() -> None:
    assert read(b"== Info: successfully set certificate\n  CAfile: none\n", "hex") == [
        info("successfully set certificate"),
        Stray(2, b"  CAfile: none\n"),
    ]


def test_information_holds_any_byte_but_a_line_feed() -> None:
    assert read(b"== Info: \xff\0\x1b[1m\r b\r\n", "hex") == [info(b"\xff\0\x1b[1m\r b")]


def test_a_line_of_a_megabyte_is_read_in_parts() -> None:
    found = read(b"== Info: " + b"x" * (1 << 20) + b"\n== Info: y\n", "hex")
    assert isinstance(found[0], Info)
    assert found[-1] == replace(info("y"), line=2)


@pytest.mark.parametrize("form", FORMS)
def test_a_dump_that_ends_early_makes_its_event_torn_and_the_rest_is_kept(form: Form) -> None:
    rows = text_of([event(b"x" * 320)], form).splitlines(keepends=True)
    text = b"".join(rows[:3] + rows[4:]) + b"== Info: x\n"
    torn, *strays, told = read(text, form)
    assert isinstance(torn, Event)
    assert torn.is_torn
    assert set(torn.payload.data) == {0x78}
    assert all(isinstance(one, Stray) for one in strays)
    assert isinstance(told, Info)


@pytest.mark.parametrize("form", FORMS)
def test_a_trace_torn_anywhere_keeps_what_came_before(form: Form) -> None:
    whole: list[Item] = [
        event(HEAD, HEADER),
        event(b"x" * 70 + b"\r\n.", DATA),
        info("x"),
        event(b"y" * 66, HEADER, RECEIVED),
    ]
    text = text_of(whole, form)
    last: list[Event] = []
    for end in range(0, len(text), 3):
        found = events_of(read(text[:end], form))
        assert all(not one.is_torn for one in found[:-1])
        for one, other in zip(found, events_of(whole), strict=False):
            assert one.payload.data.replace(b".", b"") in other.payload.data.replace(b".", b"")
        assert len(found) >= len(last)
        last = found
    assert len(last) == 3


@given(st.binary(max_size=400), st.sampled_from(FORMS))
def test_any_bytes_are_read_to_their_end(text: bytes, form: Form) -> None:
    found = read(text, form)
    lines = [one.line for one in found]
    assert all(one <= two for one, two in pairwise(lines))
    if not any(isinstance(one, (Event, Info)) for one in found):
        assert b"".join(one.text for one in found if isinstance(one, Stray)) == text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", None),
        ("== Info: x\n", None),
        ("<= Recv data, 0 bytes (0x0)\n", None),
        ("=> Send data, 3 bytes (0x3)\n", None),
        ("=> Send data, 3 bytes (0x3)\nabc\n", None),
        ("=> Send data, 3 bytes (0x4)\n0000: abc\n", None),
        ("=> Send data, 3 bytes (0x3)\n\n=> Send data, 3 bytes (0x3)\n0000: abc\n", "ascii"),
        ("<= Recv data, 0 bytes (0x0)\n=> Send data, 3 bytes (0x3)\r\n0000: abc\r\n", "ascii"),
        ("=> Send data, 1 bytes (0x1)\r\n0000: 61 " + "   " * 15 + "a\r\n", "hex"),
    ],
)  # fmt: skip
def test_the_first_dump_tells_the_form(text: str, form: Form | None) -> None:
    assert detect_form(source_of(text.encode())) == form


def test_a_form_is_looked_for_in_bounded_time() -> None:
    assert detect_form(source_of(b"=> Send data, 3 bytes (0x3)\n" * 40_000)) is None
