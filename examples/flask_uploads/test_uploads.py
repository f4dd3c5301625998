"""What becomes of an upload whose client leaves in the middle?"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tracereplay import Outcome, Server, load, probe, wait_until

UPLOAD = Path(__file__).with_name("upload.txt")
FILE_BYTES = 20_000

Replay = Callable[..., Outcome]
Ended = Callable[[], tuple[str, int]]


@pytest.mark.tracereplay("upload.txt")
def test_the_upload_works_as_it_did(replay: Replay, api: Server, upload_of_this_test: Ended) -> None:
    assert replay(api).matches_recording()
    assert upload_of_this_test() == ("complete", FILE_BYTES)


@pytest.mark.tracereplay("upload.txt", truncate=["25%", "body:50%", "-1"], close=["fin", "rst", "half"])
def test_a_part_is_not_taken_for_the_file(replay: Replay, api: Server, upload_of_this_test: Ended) -> None:
    outcome = replay(api)
    assert upload_of_this_test()[0] == "aborted"
    if outcome.answer is not None:  # half: the client is still there to hear of it
        assert outcome.answer.status == 400


@pytest.mark.tracereplay("upload.txt", truncate="body:50%", close="stall", hold="10s")
def test_a_client_that_hangs_costs_a_worker(replay: Replay, api: Server, upload_of_this_test: Ended) -> None:
    before = api.restarted
    outcome = replay(api)
    assert outcome.answer is not None
    assert outcome.answer.status == 500
    assert outcome.reaction is not None
    assert 1 < outcome.reaction < 5
    assert wait_until(probe.log(api, "WORKER TIMEOUT"))
    assert upload_of_this_test()[0] == "timed_out"
    wait_until(lambda: api.restarted != before)
    assert api.healthy(load(UPLOAD))


@pytest.mark.tracereplay("upload.txt", truncate="body:50%", close="rst", settle="1s")
def test_a_reset_loses_what_is_not_yet_64_kib(
    replay: Replay, api: Server, upload_of_this_test: Ended, tmp_path: Path
) -> None:
    large = tmp_path / "large.form"
    large.write_bytes(recorded_form_with(b"0123456,89\n" * 100_000))
    outcome = replay(api, body=f"@{large}")
    assert outcome.connection.handed > 550_000
    state, file_bytes = upload_of_this_test()
    assert state == "aborted"
    assert 65_000 < file_bytes < 550_000
    assert file_bytes % 65_536 > 65_000  # whole reads, less the head of the part


def recorded_form_with(content: bytes) -> bytes:
    """Return the body that was recorded, with other content in the place of the file's."""
    extract = [sys.executable, "-m", "tracereplay", "extract", str(UPLOAD), "--sent", "-"]
    form = subprocess.run(extract, capture_output=True, check=True).stdout.partition(b"\r\n\r\n")[2]
    start, end = form.index(b"\r\n\r\n") + 4, form.rindex(b"\r\n--")
    return form[:start] + content + form[end:]
