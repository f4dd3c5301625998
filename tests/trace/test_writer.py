from dataclasses import replace

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, SENT, TLS, event, info, text_of
from tracereplay.trace.clock import DAY_NS
from tracereplay.trace.event import Ids, Item, Stray
from tracereplay.trace.writer import write_items

NOON_NS = DAY_NS // 2 + 34_056_000


@pytest.mark.parametrize(
    ("item", "text"),
    [
        pytest.param(event(b"a", HEADER, SENT), "=> Send header, 1 bytes (0x1)\n0000: a\n", id="sent header"),
        pytest.param(event(b"a", DATA, SENT), "=> Send data, 1 bytes (0x1)\n0000: a\n", id="sent data"),
        pytest.param(event(b"a", HEADER, RECEIVED), "<= Recv header, 1 bytes (0x1)\n0000: a\n", id="received header"),
        pytest.param(event(b"", DATA, RECEIVED), "<= Recv data, 0 bytes (0x0)\n", id="nothing received"),
        pytest.param(event(b"a", TLS), "=> Send SSL data, 1 bytes (0x1)\n0000: a\n", id="handshake"),
        pytest.param(info("Trying ::1..."), "== Info: Trying ::1...\n", id="information"),
        pytest.param(info("x", time_ns=NOON_NS), "12:00:00.034056 == Info: x\n", id="time"),
        pytest.param(info("x", time_ns=NOON_NS + 3 * DAY_NS), "12:00:00.034056 == Info: x\n", id="days later"),
        pytest.param(info("x", ids=Ids(3, 12)), "[3-12] == Info: x\n", id="ids"),
        pytest.param(info("x", time_ns=0, ids=Ids(3, None)), "00:00:00.000000 [3-x] == Info: x\n", id="time and ids"),
        pytest.param(Stray(1, b"as it is, \r without an end"), "as it is, \r without an end", id="stray"),
        pytest.param(event(b"abc\r\n", declared_bytes=9), "=> Send data, 9 bytes (0x9)\n0000: abc\n", id="torn"),
        pytest.param(event(b"abc", declared_bytes=9), "=> Send data, 9 bytes (0x9)\n", id="torn within a row"),
    ],
)
def test_an_item_is_written_as_curl_prints_it(item: Item, text: str) -> None:
    assert text_of([item], "ascii") == text.encode()


def test_information_has_a_star_in_newer_traces() -> None:
    assert list(write_items([replace(info("x"), mark=b"* ")], "hex")) == [b"* x\n"]


def test_lines_end_in_cr_lf_on_windows() -> None:
    items: list[Item] = [event(b"a\r\nb"), info("x"), Stray(1, b"as it is\n")]
    assert list(write_items(items, "ascii", line_end=b"\r\n")) == [
        b"=> Send data, 4 bytes (0x4)\r\n0000: a\r\n0003: b\r\n",
        b"== Info: x\r\n",
        b"as it is\n",
    ]


def test_a_torn_event_is_dumped_as_far_as_it_goes() -> None:
    torn = replace(event(b"x" * 32), declared_bytes=40)
    assert text_of([torn]).decode() == (
        "=> Send data, 40 bytes (0x28)\n"
        f"0000: {'78 ' * 16}{'x' * 16}\n"
        f"0010: {'78 ' * 16}{'x' * 16}\n"
    )  # fmt: skip
