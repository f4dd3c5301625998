"""Requests in parallel: which of them was sent where is told by curl, even where the answers are not."""

from pathlib import Path

import pytest

from tracereplay.trace.trace import Trace

TRACES = sorted((Path(__file__).parents[2] / "fixtures" / "traces").glob("*-parallel_*"))


@pytest.mark.parametrize("folder", TRACES, ids=lambda folder: folder.name)
def test_no_request_in_parallel_is_ambiguous(folder: Path) -> None:
    trace = Trace.load(folder / "trace.txt")
    assert len(trace.conversations) > 1
    assert [one.sent.ambiguous_line for one in trace.conversations] == [None] * len(trace.conversations)


def test_a_connection_that_was_left_intact_is_the_one_taken_up_again(tmp_path: Path) -> None:
    def request(path: str) -> str:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        return (
            f"=> Send header, {len(head)} bytes (0x{len(head):x})\n0000: GET {path} HTTP/1.1\n"
            f"{len(path) + 15:04x}: Host: 127.0.0.1\n{len(path) + 32:04x}: \n"
        )

    opened = "* Connected to 127.0.0.1 (127.0.0.1) port 80\n"
    answer = "<= Recv header, 17 bytes (0x11)\n0000: HTTP/1.1 200 OK\n<= Recv header, 2 bytes (0x2)\n0000: \n"
    text = (
        f"{opened}{request('/0')}{opened}{request('/1')}{answer}{answer}"
        "* Connection #1 to host 127.0.0.1 left intact\n"
        "* Re-using existing connection with host 127.0.0.1\n"  # 8.2.0-8.12.1: without its number
        f"{request('/2')}"
    )
    path = tmp_path / "trace.txt"
    path.write_text(text)
    trace = Trace.load(path)
    assert [[request.target for request in one.requests] for one in trace.conversations] == [["/0"], ["/1", "/2"]]
    assert [one.sent.ambiguous_line for one in trace.conversations] == [None, None]
