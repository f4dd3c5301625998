"""What tells nothing of a cut: it is neither a finding nor right, and said to be so."""

import json
import re
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.cli.samples import upload
from tests.judge import servers
from tests.judge.test_finding import verdict
from tests.judge.test_sweep import found, sweeping, swept
from tests.net.proxies import http_proxy, socks_proxy
from tests.net.sink import Seen, Sink, Talk, answer_with, swallow
from tests.traces import make_trace
from tracereplay.judge.again import looked_again
from tracereplay.judge.missing import Missing
from tracereplay.judge.notes import notes_of
from tracereplay.judge.oracle import Terms, judge
from tracereplay.judge.verdict import Facts, Kind, Rule, Verdict
from tracereplay.plan.way import Way

PROCESSING = b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n"


def whole_and_then(more: bytes) -> servers.Reply:
    """Return a reply to which this is added at the end of the connection."""
    return lambda _, whole: servers.OK + more if whole else servers.BAD


def test_an_interim_answer_after_the_last_one_answers_nothing(tmp_path: Path) -> None:
    with Sink(servers.replying(whole_and_then(PROCESSING))) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("every:50", "100%")))
    assert found(sweep) == []


def test_an_answer_behind_an_interim_one_is_told(tmp_path: Path) -> None:
    with Sink(servers.replying(whole_and_then(2 * PROCESSING + servers.FAILED))) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("100%",)))
    assert [one.first.facts.surplus_status for one in sweep.findings] == [500]


EXPECTING = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\nExpect: 100-continue\r\n\r\n"
BODY = b"a" * 200
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def at_once(answer: bytes) -> Talk:
    """Return a talk that answers by the head alone."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        while b"\r\n\r\n" not in seen.data:
            chunk = sock.recv(65536)
            if not chunk:
                return
            seen.data += chunk
        sock.sendall(answer)
        swallow(sock, seen)

    return talk


def counts(told: Told) -> dict[str, int]:
    found: dict[str, int] = json.loads(told.out)["verdicts"]
    return found


def swept_of(folder: Path, events: list[tuple[str, bytes]], sink: Sink, *more: str) -> Told:
    trace = folder / "trace.txt"
    make_trace(folder, events)
    return invoke("sweep", trace, "--target", sink.target, "--close", "half", "--format", "json", *more)


@pytest.mark.parametrize("status", [b"200 OK", b"413 Too Large", b"417 No", b"500 Oops"])
def test_where_it_was_over_before_the_client_left_nothing_was_cut(status: bytes, tmp_path: Path) -> None:
    events = [("=> Send header", EXPECTING), ("<= Recv header", CONTINUE), ("=> Send data", BODY)]
    events.append(("<= Recv header", CREATED))
    with Sink(at_once(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status)) as sink:
        told = swept_of(tmp_path, events, sink, "--cuts", "body:every:50", "--cuts", "100%")
        at_head_end = swept_of(tmp_path, events, sink, "--cuts", "head:-0")
    assert (told.code, counts(told)) == (0, {"unjudged": 4})
    assert "note: 4 unjudged: it was over before the client came to the cut, so that nothing was cut\n" in told.err
    assert (at_head_end.code, counts(at_head_end)) == (0, {"unjudged": 1})
    assert "note: 1 unjudged: the server lets no more than this come of the whole request" in at_head_end.err


def test_a_place_that_a_closed_connection_never_came_to_is_not_whole(tmp_path: Path) -> None:
    request = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
    events = [part for number in (1, 2) for part in (("=> Send header", request % number), ("<= Recv header", CREATED))]
    last = CREATED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with Sink(answer_with(last, after=b"\r\n\r\n", then_close=True)) as sink:
        told = swept_of(tmp_path, events, sink, "--cuts", "every:10")
    assert told.code == 0
    assert counts(told) == {"unjudged": 3, "closed": 2}, "those of the second request were never cut"


def test_who_takes_the_head_for_the_whole_and_closes_is_found_however_soon_it_closes(tmp_path: Path) -> None:
    events = [("=> Send header", EXPECTING.replace(b"Expect", b"X")), ("=> Send data", BODY)]
    with Sink(answer_with(CREATED, after=b"\r\n\r\n", then_close=True)) as sink:
        told = swept_of(tmp_path, events, sink, "--cuts", "body:every:20")
    assert (told.code, counts(told).keys() - {"unjudged"}) == (1, {"2xx-for-incomplete"}), "it may close too soon"


def test_a_server_that_does_not_let_the_client_go_on_hangs(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    asked: list[int] = []

    def talk(sock: socket.socket, seen: Seen) -> None:
        asked.append(1)
        if len(asked) > 2:  # after the whole request
            swallow(sock, seen)
        else:
            answer_with(CREATED, after=b"hello")(sock, seen)

    events = 2 * [("=> Send header", head), ("=> Send data", b"hello"), ("<= Recv header", CREATED)]
    with Sink(talk) as sink:
        told = swept_of(tmp_path, events, sink, "--cuts", "80%", "--hang", "300ms", "--parallel", "1")
    assert (
        "the server was not as before" in told.out or "the client waited to go on, and the server neither" in told.out
    )


@pytest.mark.parametrize("came", [b"<html>ok</html>", b"\0\1garbage\r\n\r\n", b"HTTP/1.1 20"])
def test_what_is_no_http_1_is_no_close_without_an_answer(came: bytes, tmp_path: Path) -> None:
    with Sink(servers.replying(lambda _, whole: servers.OK if whole else came)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("every:50", "100%")))
    assert (found(sweep), sweep.counts) == ([], {"unjudged": 5, "whole": 1})
    assert sweep.notes == ("5 unjudged: what came is no answer of HTTP/1",)


def test_an_interim_answer_alone_is_not_garbled(tmp_path: Path) -> None:
    with Sink(servers.replying(lambda _, whole: servers.OK if whole else PROCESSING)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("every:50", "100%")))
    assert sweep.counts == {"closed": 5, "whole": 1}


@pytest.mark.parametrize("kind", ["socks", "http"])
def test_through_a_proxy_a_close_is_not_told_of_the_server(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(servers.naive))
        proxy = f"socks5://{stack.enter_context(socks_proxy())}" if kind == "socks" else ""
        proxy = proxy or f"http://{stack.enter_context(http_proxy(tmp_path))}"
        cut = ("--cuts", "every:50", "--close", "half", "--format", "json", "-x", proxy)
        told = invoke("sweep", upload(tmp_path), "--target", sink.target, *cut)
    found = counts(told)
    assert found.keys() <= {"unjudged", "2xx-for-incomplete"}, "the proxy may be late, and then the answer comes"
    blind = found.get("unjudged", 0)
    assert blind
    why = "through the proxy came no answer, and nothing tells what the server did"
    assert f"note: {blind:,} unjudged: {why}\n" in told.err


def test_where_right_and_wrong_alternate_a_note_says_so(tmp_path: Path) -> None:
    times: list[int] = []

    def by_turns(_: Seen, whole: bool) -> bytes:
        times.extend(() if whole else (1,))
        return servers.BAD if len(times) % 2 and not whole else servers.OK

    with Sink(servers.replying(by_turns)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("body:every:10", "100%"), parallel=1))
    notes = [one for one in sweep.notes if "by turns" in one]
    assert re.fullmatch(
        r"half: from \S+ to \S+ the verdict is \S+ and \S+ by turns, at \d+ places: it may be the server that changes,"
        r" and not the place; --twice looks at each again",
        notes[0],
    ), sweep.notes


@pytest.mark.parametrize(
    ("statuses", "noted"),
    [
        ((400, 200, 400, 200, 400), ["from 0 to 4"]),
        ((400, 400, 200, 400, 200, 400, 400), ["from 1 to 5"]),
        ((200, 400, 200, 400, 200, 500, 200, 500, 200), ["from 0 to 4", "from 4 to 8"]),
        ((400, 200, 400, 200), []),
        ((400, 200, 400, 400, 200, 400), []),
        ((400, 413, 400, 413, 400, 413), []),
        ((400, None, 400, None, 400, None), []),
        ((200, 200, 200, 200, 200, 400, 400, 400), []),
    ],
)
def test_only_what_alternates_for_long_and_is_wrong_is_noted(
    statuses: tuple[int | None, ...], noted: list[str]
) -> None:
    told = list(notes_of([verdict(at, status) for at, status in enumerate(statuses)], ()))
    assert [one.removeprefix("half: ").partition(" the ")[0] for one in told] == noted


def seen_in_turn(*seen: Facts) -> Verdict:
    """Return what is said when these are the facts of the first play, and of those that follow."""
    first, *others = [Verdict("1", "1", 1, one, *judged(one)) for one in seen]
    plays = iter(others)
    return looked_again(first, lambda: next(plays), 8)


def judged(facts: Facts) -> tuple[Kind, str, Rule | None]:
    kind, rule, why = judge(facts, Terms())
    return kind, why, rule


REFUSED = Facts(Way.HALF, Missing("body", 1), 400, None, "fin", "peer")
TAKEN = replace(REFUSED, status=200)
LOST = replace(REFUSED, status=None, unheard="proxy")


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        ((REFUSED, LOST, REFUSED), "rejected"),
        ((REFUSED, LOST, LOST), "rejected"),
        ((LOST, LOST, LOST), "unjudged"),
        ((LOST, REFUSED), "rejected"),
        ((LOST, LOST, TAKEN), "2xx-for-incomplete"),
        ((REFUSED, TAKEN, LOST), "2xx-for-incomplete"),
        ((REFUSED, TAKEN, REFUSED), "flaky"),
    ],
)
def test_an_answer_that_a_proxy_lost_speaks_against_no_other(seen: tuple[Facts, ...], kind: str) -> None:
    assert seen_in_turn(*seen).kind == kind


def test_through_a_proxy_silence_after_a_half_close_is_no_hang() -> None:
    silent = replace(LOST, peer="none", ended="timeout")
    assert judge(silent, Terms())[0] == "unjudged"
    assert judge(replace(silent, unheard=None), Terms())[0] == "hang"
