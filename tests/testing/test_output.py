"""What a server prints, beside what stood in its file before."""

from pathlib import Path

from tracereplay import probe, serve
from tracereplay.testing.output import KEPT_BYTES, Output

SPEAKING = ["sh", "-c", "echo is up; exec sleep 60 # {port}"]


def test_what_stood_in_the_file_before_was_not_printed(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("is up, said another\n")
    with serve(SPEAKING, log=log, ready=lambda server: "is up" in server.output) as server:
        assert server.mark() == len("is up\n")
        assert [*server.lines_since(0)] == ["is up"]
        assert probe.log(server, "up", since=0)() == ["is up"]
        assert server.output == server.output_since(0) == "is up\n"
    assert server.output == server.output_since(0) == "is up\n"
    assert log.read_text() == "is up, said another\nis up\n"


def test_of_much_output_that_comes_to_a_file_none_of_the_old_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"old\n" * 100)
    output = Output(log)
    with log.open("ab") as file:
        file.write(b"n" * (KEPT_BYTES + 1) + b"end")
    assert (output.size, output.left_out(0), output.left_out(3)) == (KEPT_BYTES + 4, 4, 1)
    assert output.text(KEPT_BYTES) == "nend"
    assert output.text().startswith("n")
