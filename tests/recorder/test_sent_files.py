import os
from pathlib import Path

import pytest

from tracereplay.recorder.dialect import read_dialect
from tracereplay.recorder.sent_files import sent_files

OPTIONS = """Usage: curl [options...] <url>
 -d, --data <data>        HTTP POST data
     --data-binary <data> HTTP POST binary data
 -F, --form <name=content> Specify multipart MIME data
     --json <data>        HTTP POST JSON
 -s, --silent             Silent mode
     --trace <file>       Write a debug trace to FILE
 -T, --upload-file <file> Transfer local FILE to destination
"""


@pytest.mark.parametrize(
    ("words", "files"),
    [
        pytest.param("-T a.bin U", "a.bin", id="-T"),
        pytest.param("-sTa.bin U", "a.bin", id="-T among letters, its value joined"),
        pytest.param("--upload-file a.bin U", "a.bin", id="--upload-file"),
        pytest.param("--upload-file=a.bin U", "a.bin", id="a value behind an equals sign"),
        pytest.param("-T - U", "", id="the standard input"),
        pytest.param("-T b U", "", id="no file"),
        pytest.param("-T . U", "", id="a folder"),
        pytest.param("-T fifo U", "", id="a pipe"),
        pytest.param("-F f=@a.bin U", "a.bin", id="-F"),
        pytest.param("-Ff=@a.bin;type=text/csv U", "a.bin", id="-F with a type"),
        pytest.param("-F f=@a.bin,c,d;type=x U", "a.bin c", id="several files in a field"),
        pytest.param('-F f=@"q;1,2";type=x U', "q;1,2", id="a quoted name"),
        pytest.param("-F f=<c U", "c", id="a field from a file"),
        pytest.param("-F f=a.bin U", "", id="a field that only looks like a file"),
        pytest.param("-F f=@a.bin -F g=@c U", "a.bin c", id="two fields"),
        pytest.param("--data-binary @a.bin U", "a.bin", id="--data-binary"),
        pytest.param("--data-binary a.bin U", "", id="data"),
        pytest.param("--json @c U", "c", id="--json"),
        pytest.param("-d @a.bin U", "", id="-d leaves out line ends"),
        pytest.param("-T a.bin U -T a.bin U -T c U", "a.bin c", id="each once"),
        pytest.param("-- -T a.bin", "", id="behind two dashes"),
        pytest.param("-T", "", id="no value"),
    ],
)
def test_the_files_that_a_command_sends_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, files: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.bin", "c", "q;1,2"):
        (tmp_path / name).write_bytes(b"x")
    os.mkfifo(tmp_path / "fifo")
    dialect = read_dialect("curl 8.17.0 (x86_64)", OPTIONS)
    assert " ".join(map(str, sent_files(words.split(), dialect))) == files
