"""With nginx in front, what does the API hear of a client that leaves in the middle?"""

import json
from collections.abc import Callable

import pytest

from tracereplay import Outcome, Server, load, probe, wait_until

Replay = Callable[..., Outcome]
Noted = Callable[[], list[str]]

PLACES = ["head:50%", "body:50%", "-1"]
WAYS = ["fin", "rst", "half"]


@pytest.mark.tracereplay("upload.txt")
def test_an_upload_works_as_it_did(replay: Replay, buffering: Server, streaming: Server) -> None:
    assert replay(buffering).matches_recording()
    assert replay(streaming).matches_recording()


@pytest.mark.tracereplay("upload.txt", truncate=PLACES, close=WAYS)
def test_behind_the_buffer_nobody_hears_of_it(replay: Replay, buffering: Server, noted: Noted) -> None:
    outcome = replay(buffering)
    assert outcome.answer is None
    assert wait_until(probe.log(buffering, "client prematurely closed|client closed connection|Connection reset"))
    assert buffering.healthy(load("upload.txt"))
    assert len(noted()) == 1  # the healthy one


# The pause: nginx does not even ask the API for a client that is gone as soon as it has come.
@pytest.mark.tracereplay("upload.txt", truncate="body:50%", close=WAYS, pause="body:40%=0.2s")
def test_without_the_buffer_a_reset_is_an_end_like_any_other(replay: Replay, streaming: Server, noted: Noted) -> None:
    outcome = replay(streaming)
    assert outcome.answer is None  # also for half: to nginx a client that closes its side has gone
    (line,) = wait_until(noted, within="3s")
    assert json.loads(line) == {"state": "aborted", "error": "ValueError"}


@pytest.mark.tracereplay("upload.txt", truncate="body:50%", close="stall", hold="10s")
def test_a_client_that_hangs_is_nginx_s_business(replay: Replay, buffering: Server, noted: Noted) -> None:
    outcome = replay(buffering)
    assert (outcome.answer, outcome.peer) == (None, "fin")
    assert outcome.reaction is not None
    assert 0.5 < outcome.reaction < 5  # client_body_timeout
    assert not noted()
