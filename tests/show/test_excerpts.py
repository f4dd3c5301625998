"""The bytes of a request, each with what it is part of."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.samples import REQUEST, SENT, UPLOAD
from tests.plan.test_secrets import redacted_trace
from tests.traces import make_trace
from tracereplay import load
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.show.excerpts import MOST_BYTES, excerpts
from tracereplay.trace.secret import Names

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_uploads" / "upload.txt"
CHUNKED = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


def sent(folder: Path, *events: bytes, form: str = "hex") -> ConnectionPlan:
    head, *data = events
    named = [("=> Send header", head), *(("=> Send data", one) for one in data)]
    return make_trace(folder, named, form=form).plan().main_connection


def test_each_byte_is_shown_once_in_order_of_what_it_is_part_of(tmp_path: Path) -> None:
    found = excerpts(sent(tmp_path, REQUEST, SENT[len(REQUEST) :]), range(len(SENT)))
    assert [(one.name, one.start) for one in found] == [("start line", 0), ("headers", 22), ("content", len(REQUEST))]
    assert b"".join(one.data for one in found) == SENT


def test_chunks_and_what_frames_them_are_told_apart(tmp_path: Path) -> None:
    found = excerpts(sent(tmp_path, CHUNKED, b"3\r\nabc\r\n0\r\n\r\n"), ())
    assert [(one.name, one.data) for one in found] == [
        ("start line", CHUNKED[:17]),
        ("headers", CHUNKED[17:]),
        ("chunk framing", b"3\r\n"),
        ("content", b"abc"),
        ("chunk framing", b"\r\n0\r\n\r\n"),
    ]


def test_a_form_has_boundaries_heads_and_contents() -> None:
    plan = load(EXAMPLE).plan().main_connection
    found = excerpts(plan, (194, 300, 10_000, 20_402))
    names = list(dict.fromkeys(one.name for one in found))
    assert names == ["start line", "headers", "boundary", "head of part 1", "content of part 1"]
    assert found[-1].name == "boundary"
    assert found[-1].start + len(found[-1].data) == 20_402
    middle = next(one for one in found if one.start <= 9_999 < one.start + len(one.data))
    assert (middle.start, len(middle.data)) == (10_000 - 24, 48)


@pytest.mark.parametrize("step", [1, 7, 40, 1000])
def test_a_large_body_is_shown_beside_its_cuts_within_a_bound(step: int, tmp_path: Path) -> None:
    body = bytes(range(256)) * 800
    plan = sent(tmp_path, REQUEST.replace(b"200", b"%d" % len(body)), body)
    found = excerpts(plan, range(1, plan.planned_bytes, step))
    assert sum(len(one.data) for one in found) <= MOST_BYTES + 100
    whole = b"".join(event.payload.data for event in plan.events())
    assert all(whole[one.start : one.start + len(one.data)] == one.data for one in found)


def test_an_unknown_byte_says_so(tmp_path: Path) -> None:
    found = excerpts(sent(tmp_path, REQUEST, SENT[len(REQUEST) :], form="ascii"), range(len(SENT)))
    content = found[-1]
    assert content.marks == tuple(("unknown", at, at + 1) for at in range(7, 200, 8))
    assert content.data[7:8] == b"."


@given(st.lists(st.integers(1, 120), max_size=4))
def test_a_secret_is_masked_wherever_its_head_is_in_pieces(ends: list[int]) -> None:
    head = b"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer abcdefghij\r\nX: y\r\n\r\n"
    cuts = [0, *sorted({end for end in ends if end < len(head)}), len(head)]
    events = [("=> Send header", head[first:last]) for first, last in pairwise(cuts) if first < last]
    with tempfile.TemporaryDirectory() as folder:
        found = excerpts(make_trace(Path(folder), events).plan().main_connection, ())
    text = b"".join(one.data for one in found)
    assert text == head.replace(b"abcdefghij", b"*" * 10)
    assert any(mark == "secret" for one in found for mark, _, _ in one.marks)


def test_a_live_secret_is_masked_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREPLAY_TEST_ODD", "l1ve!")
    head = b"POST / HTTP/1.1\r\nHost: h\r\nX-Odd: odd1\r\nContent-Length: 0\r\n\r\n"
    trace = redacted_trace(tmp_path, [("=> Send header", head)], Names(more=("x-odd",)))
    plan = trace.plan().with_secrets({"X-Odd": "env:TRACEREPLAY_TEST_ODD"})
    assert b"l1ve!" in b"".join(event.payload.data for event in plan.main_connection.events())
    shown = b"".join(one.data for one in excerpts(plan.main_connection, ()))
    assert shown == head.replace(b"odd1", b"*" * 5)


def test_several_requests_are_numbered(tmp_path: Path) -> None:
    get = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = [("<= Recv header", b"HTTP/1.1 204 No Content\r\n\r\n")]
    events = [("=> Send header", get), *answer, ("=> Send header", get), *answer]
    found = excerpts(make_trace(tmp_path, events).plan().main_connection, ())
    assert [one.name for one in found] == [
        f"request {number}: {name}" for number in (1, 2) for name in ("start line", "headers")
    ]


def test_what_is_no_http_is_shown_too(tmp_path: Path) -> None:
    events = [("=> Send header", b"USER me\r\n"), ("=> Send header", b"PASS pw\r\n")]
    found = excerpts(make_trace(tmp_path, events).plan().main_connection, (3,))
    assert [(one.name, one.data) for one in found] == [("sent", b"USER me\r\nPASS **\r\n")]


def test_the_sample_is_what_it_says(tmp_path: Path) -> None:
    assert make_trace(tmp_path, UPLOAD).plan().main_connection.planned_bytes == len(SENT)


def test_a_later_part_of_a_long_head_is_of_its_headers(tmp_path: Path) -> None:
    head = b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (at, b"y" * 90) for at in range(60)) + b"\r\n"
    found = excerpts(sent(tmp_path, head), (4000,))
    assert [one.name for one in found] == ["start line", "headers", "headers", "headers"]
    assert all(head[one.start : one.start + len(one.data)] == one.data for one in found)
