"""The bug that people fear, shown: an application with Werkzeug's defaults takes half a file for the file.

These tests say what is, not what ought to be; POST /files shows what ought to be.
"""

from pathlib import Path

import pytest

from tracereplay import play
from tracereplay.library import Trace

from .scene import HELD_BACK_BYTES, play_scene, sent_of_file
from .server import Server, serving


@pytest.mark.parametrize("place", ["head:100%", "body:50%"])
def test_a_file_that_is_cut_by_a_close_is_stored_as_complete(place: str, server: Server, naive_form: Trace) -> None:
    scene = play_scene(server, naive_form, "fin", place)
    assert scene.row is not None
    assert (scene.row.state, scene.row.error) == ("complete", None)
    sent = sent_of_file(naive_form, scene.outcome.handed)
    assert sent - HELD_BACK_BYTES <= scene.row.bytes_seen <= sent
    assert '"POST /naive/files HTTP/1.1" 200' in scene.log


def test_a_client_that_half_closes_is_even_told_that_all_is_well(server: Server, naive_form: Trace) -> None:
    scene = play_scene(server, naive_form, "half", "body:50%")
    assert scene.outcome.answer is not None
    assert scene.outcome.answer.status == 200
    assert scene.row is not None
    assert scene.row.state == "complete"


@pytest.mark.parametrize("way", ["rst", "stall"])
def test_the_row_of_a_reset_or_a_stall_stays_started_for_ever(way: str, tmp_path: Path, naive_form: Trace) -> None:
    with serving(tmp_path) as server:
        scene = play_scene(server, naive_form, way, "body:50%")
    # The worker is done with this client, or dead: nobody is left who could end the row.
    assert scene.row is not None
    assert scene.row.state == "started"
    assert scene.worker_lives == (way == "rst")


def test_the_whole_upload_gives_no_hint_of_the_bug(server: Server, naive_form: Trace, big_file: Path) -> None:
    answer = play(naive_form.plan(), server.target).answer
    row = server.last_upload()
    assert answer is not None
    assert row is not None
    assert (answer.status, row.state, row.bytes_seen) == (200, "complete", big_file.stat().st_size)
