"""What becomes of an upload to FastAPI whose client leaves in the middle?"""

import json
from collections.abc import Callable

import pytest

from tracereplay import Outcome, Server, load, wait_until

Replay = Callable[..., Outcome]
Noted = Callable[[], list[str]]

FILE_BYTES = 5_000


@pytest.mark.tracereplay("form.txt", "stream.txt")
def test_an_upload_works_as_it_did(replay: Replay, api: Server, noted: Noted) -> None:
    assert replay(api).matches_recording()
    (line,) = noted()
    assert json.loads(line)["seen"] == FILE_BYTES


@pytest.mark.tracereplay("form.txt", truncate=["head:50%", "body:50%", "-3"], close=["fin", "rst", "half"])
def test_nobody_hears_of_half_a_form(replay: Replay, api: Server, noted: Noted) -> None:
    outcome = replay(api)
    assert outcome.answer is None
    assert api.healthy(load("form.txt"))  # by then the one that left is over
    assert len(noted()) == 1  # the healthy one
    assert "Traceback" not in api.output_since()


@pytest.mark.tracereplay("stream.txt", truncate=["body:1", "body:50%", "-1"], close=["fin", "rst", "half"])
def test_a_stream_that_is_cut_is_noted_with_every_byte(replay: Replay, api: Server, noted: Noted) -> None:
    outcome = replay(api)
    assert outcome.connection.cut is not None
    (line,) = wait_until(noted, within="3s")
    head = load("stream.txt").plan().main_connection.planned_bytes - FILE_BYTES
    assert json.loads(line) == {"state": "aborted", "name": "values.csv", "seen": outcome.connection.cut.at - head}


@pytest.mark.tracereplay("stream.txt", truncate="body:50%", close="stall", hold="1s")
def test_a_client_that_hangs_is_waited_for(replay: Replay, api: Server, noted: Noted) -> None:
    outcome = replay(api)
    assert (outcome.answer, outcome.peer) == (None, "none")
    (line,) = wait_until(noted, within="3s")  # when it has gone
    assert json.loads(line)["state"] == "aborted"
