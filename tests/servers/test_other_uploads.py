"""Uploads that are no form: ``curl -T``, with a length and chunked, and two requests on one connection."""

import json
from pathlib import Path

import pytest

from tracereplay import play, start
from tracereplay.library import Trace

from .eventually import eventually
from .recording import SMALL_LINES
from .scene import play_scene
from .server import Server

# PUT -T: the body is the file, and its length is announced.


def test_a_put_is_played_whole(server: Server, plain_put: Trace, big_file: Path) -> None:
    answer = play(plain_put.plan(), server.target).answer
    row = server.last_upload()
    assert answer is not None
    assert answer.status == 200
    assert row is not None
    assert (row.state, row.announced, row.bytes_seen) == ("complete", *2 * (big_file.stat().st_size,))


def test_a_put_that_is_cut_by_a_close_is_told_by_its_length_alone(
    server: Server, plain_put: Trace, big_file: Path
) -> None:
    scene = play_scene(server, plain_put, "fin", "body:50%")
    half, whole = big_file.stat().st_size // 2, big_file.stat().st_size
    assert scene.row is not None
    assert (scene.row.state, scene.row.error) == ("aborted", "EOFError")
    assert scene.row.message == f"ended after {half} of {whole} bytes"


def test_a_put_that_is_cut_by_a_reset_is_an_error_by_itself(server: Server, plain_put: Trace) -> None:
    row = play_scene(server, plain_put, "rst", "body:50%").row
    assert row is not None
    assert (row.state, row.error) == ("aborted", "ConnectionResetError")
    assert row.bytes_seen % 65_536 == 0


# Chunked: nobody knows the length.


def test_a_chunked_upload_is_played_whole(server: Server, chunked_put: Trace, big_file: Path) -> None:
    answer = play(chunked_put.plan(), server.target).answer
    row = server.last_upload()
    assert answer is not None
    assert answer.status == 200
    assert row is not None
    assert (row.state, row.announced, row.bytes_seen) == ("complete", None, big_file.stat().st_size)


@pytest.mark.parametrize(
    ("way", "error"), [("fin", "NoMoreData"), ("half", "NoMoreData"), ("rst", "ConnectionResetError")]
)
def test_a_chunked_upload_that_is_cut_is_an_error_by_itself(
    way: str, error: str, server: Server, chunked_put: Trace
) -> None:
    scene = play_scene(server, chunked_put, way, "body:50%")
    assert scene.row is not None
    assert (scene.row.state, scene.row.error) == ("aborted", error)
    # Unlike with a length, what came after the last whole read is lost even by a close in order.
    assert scene.row.bytes_seen % 65_536 == 0
    assert scene.row.bytes_seen <= scene.outcome.handed


def test_a_chunked_upload_without_its_last_chunk_is_aborted(server: Server, chunked_put: Trace) -> None:
    row = play_scene(server, chunked_put, "fin", "body:-5").row  # "0\r\n\r\n"
    assert row is not None
    assert (row.state, row.error) == ("aborted", "NoMoreData")


# Two requests, one connection.


def test_two_uploads_go_over_one_connection(threaded_server: Server, two_forms: Trace) -> None:
    rows = len(threaded_server.uploads())
    outcome = play(two_forms.plan(), threaded_server.target)
    assert len(outcome.connections) == 1
    assert [answer.status for answer in outcome.connection.answers] == [200, 200]
    assert all(json.loads(answer.body)["lines"] == SMALL_LINES for answer in outcome.connection.answers)
    assert [row.state for row in threaded_server.uploads()[rows:]] == ["complete", "complete"]


def test_the_second_upload_waits_for_the_answer_of_the_live_server(threaded_server: Server, two_forms: Trace) -> None:
    rows = len(threaded_server.uploads())
    second = two_forms.conversation(0).requests[1].start
    with threaded_server.locked_database():  # so that the first is answered when the test wants it
        playback = start(two_forms.plan().at_speed("max"), target=threaded_server.target)
        assert playback.wait_sent(f"all:{second}")
        assert not playback.wait_sent(f"all:{second + 1}", timeout="0.5s")
        assert playback.sent_bytes == second
    with playback:
        assert playback.wait_sent(f"all:{second + 1}")
    assert [answer.status for answer in playback.outcome().connection.answers] == [200, 200]
    assert len(threaded_server.uploads()) == rows + 2


def test_a_cut_in_the_second_upload_leaves_the_first_whole(threaded_server: Server, two_forms: Trace) -> None:
    rows = len(threaded_server.uploads())
    requests = two_forms.conversation(0).requests
    outcome = play(two_forms.plan().truncated(str(requests[1].end - 1000)), threaded_server.target)
    assert [answer.status for answer in outcome.connection.answers] == [200]
    first, second = eventually(
        lambda: threaded_server.uploads()[rows:],
        lambda found: len(found) == 2 and found[1].state != "started",
    )
    assert (first.state, second.state) == ("complete", "aborted")


def test_a_server_that_closes_after_each_answer_gets_only_the_first(server: Server, two_forms: Trace) -> None:
    outcome = play(two_forms.plan(), server.target).connection  # gunicorn's sync worker keeps nothing alive
    assert [answer.status for answer in outcome.answers] == [200]
    assert (outcome.ended, outcome.peer) == ("peer", "fin")
    assert outcome.handed == two_forms.conversation(0).requests[1].start
