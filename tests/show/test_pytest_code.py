"""The tests that are written of a trace: what a person would have written."""

from pathlib import Path

from tests.cli.forms import asked_before, form, only_asked, slow
from tracereplay.library import load
from tracereplay.show.pytest_code import ServerCode, pytest_file


def code_of(folder: Path, *, server: ServerCode | None = None) -> str:
    plan = load(folder / "upload.txt").plan().main_connection
    return pytest_file(plan, "upload.txt", server=server)


def test_what_is_written_reads_as_a_person_would_have_written_it(tmp_path: Path) -> None:
    form(tmp_path)
    assert code_of(tmp_path) == (
        '''\
"""What the server makes of an upload whose client leaves half-way."""

import pytest

TRACE = "upload.txt"

CUTS = [  # where the client leaves
    "25%",  # of all that is sent
    "body:50%",
    "file:-1",  # all but the last byte of the file
]


@pytest.mark.tracereplay(TRACE)
def test_the_whole_upload_is_answered_as_recorded(replay, server):
    outcome = replay(server)
    assert outcome.answer is not None
    assert outcome.answer.status == 201
    # Look at your database here: is all of the upload there?


@pytest.mark.tracereplay(TRACE, truncate=CUTS, close=["fin", "rst", "half"])
@pytest.mark.tracereplay(TRACE, truncate="body:50%", close="stall", hold="1s")
def test_a_truncated_upload_is_not_taken_for_a_whole_one(replay, server):
    outcome = replay(server)
    # Who leaves by fin or rst does not stay to read an answer; half and stall do.
    assert outcome.answer is None or outcome.answer.status >= 300
    # Look at your database here: is there nothing that half an upload has left behind?
    # For what comes a moment later there is wait_until(lambda: ..., within="3s").

    # The server is as well as before.
    outcome = replay(server, truncate=None, close=None)
    assert outcome.answer is not None
    assert outcome.answer.status == 201
'''
    )


def test_a_slow_recording_is_cut_at_full_speed(tmp_path: Path) -> None:
    slow(tmp_path)
    assert '    speed="max",\n' in code_of(tmp_path)


def test_of_several_requests_the_one_with_the_body_is_cut(tmp_path: Path) -> None:
    asked_before(tmp_path)
    text = code_of(tmp_path)
    assert '    "head:50%",\n    "body:50%",\n    "file:-1",' in text
    assert "    answers = outcome.connection.answers[1:]\n    assert all(answer.status >= 300 for answer in" in text


def test_without_a_body_it_is_a_request_and_its_head_is_cut(tmp_path: Path) -> None:
    only_asked(tmp_path)
    text = code_of(tmp_path, server=ServerCode.running("127.0.0.1:8000"))
    assert '    "50%",  # of all that is sent\n    "-1",  # all but the last byte\n' in text
    assert "def test_the_whole_request_is_answered_as_recorded(replay, server):" in text
    assert 'TARGET = "127.0.0.1:8000"\n' in text
