"""Several runs of curl in one text, and many connections in one run."""

from collections.abc import Sequence

import pytest

from tests.trace.reading import HEADER, event, info
from tests.trace.test_connections import CONNECTED, answer, doubted, get, on, owners
from tracereplay.trace.event import Event, Ids, Item

NO_NUMBER, KEPT = info("Connected to h (127.0.0.1) port 80"), info("Connection #0 to host h left intact")
AGAIN = info("Re-using existing connection! (#0) with host h")
IDS = Ids(0, 0)
# One run of curl each, and how many connections it opens.
RUNS: list[tuple[str, Sequence[Item]]] = [
    ("with numbers", [info("  Trying 127.0.0.1:80..."), CONNECTED, get(), *answer(), KEPT]),
    ("with numbers, and used again", [
        info("  Trying 127.0.0.1:80..."), CONNECTED, get(), *answer(), KEPT, AGAIN, CONNECTED, get(), *answer(), KEPT,
    ]),
    ("closed", [info("  Trying 127.0.0.1:80..."), CONNECTED, get(), *answer(), info("Closing connection 0")]),
    ("without numbers", [
        info("  Trying 127.0.0.1:80..."), NO_NUMBER, get(), *answer(), KEPT,
        info("Re-using existing connection with host h"), get(), *answer(), KEPT,
    ]),
    ("with ids", [
        info("  Trying 127.0.0.1:80...", ids=IDS), info("Connected to h (127.0.0.1) port 80", ids=IDS),
        *on(IDS, get(), *answer()), info("Connection #0 to host h left intact", ids=IDS),
    ]),
    ("through a tunnel, with ids", [
        info("  Trying 127.0.0.1:80...", ids=IDS), *on(IDS, event(b"CONNECT h:1 HTTP/1.1\r\n\r\n", HEADER), *answer()),
        info("Established connection to h (127.0.0.1 port 80) from 127.0.0.1 port 9", ids=IDS),
        *on(IDS, get(), *answer()), info("Connection #0 to host h left intact", ids=IDS),
    ]),
]  # fmt: skip


@pytest.mark.parametrize("items", [pytest.param(items, id=name) for name, items in RUNS])
def test_two_runs_of_curl_in_one_text_are_connections_of_their_own(items: Sequence[Item]) -> None:
    events = sum(isinstance(item, Event) for item in items)
    assert owners(*items, *items, *items) == [0] * events + [1] * events + [2] * events
    assert not any(doubted(*items, *items, *items))


@pytest.mark.timeout(10)
def test_many_connections_are_told_apart_without_a_look_at_all() -> None:
    items: list[Item] = []
    for number in range(8_000):
        items += [info(f"Connected to h (127.0.0.1) port 80 (#{number})"), get(), *answer()]
        items.append(info(f"Closing connection {number}"))
    assert owners(*items) == [number for number in range(8_000) for _ in range(4)]
