import subprocess
from pathlib import Path

import pytest

from tests.programs import needs_curl
from tests.recorder.curl_server import fake_curl
from tracereplay.errors import PlanError
from tracereplay.recorder.dialect import Dialect, ask, read_dialect

# As the releases print them: 7.19.7, 7.35.0, 7.88.1, 8.14.1.
HELPS = {
    "slashes": """Usage: curl [options...] <url>
 -a/--append        Append to target file when uploading (F/SFTP)
 -d/--data <data>   HTTP POST data (H)
    --trace <file>  Write a debug trace to the given file
 -v/--verbose       Make the operation more talkative
 -q                 If used as the first parameter disables .curlrc
""",
    "capitals": """Usage: curl [options...] <url>
 -a, --append        Append to target file when uploading (F/SFTP)
 -d, --data DATA     HTTP POST data (H)
     --disable-eprt  Inhibit using EPRT or LPRT (F)
     --trace FILE    Write a debug trace to FILE
 -v, --verbose       Make the operation more talkative
""",
    "angles": """Usage: curl [options...] <url>
 -a, --append             Append to target file when uploading
 -d, --data <data>        HTTP POST data
 -x, --proxy [protocol://]host[:port] Use this proxy
     --proxy-negotiate    Use HTTP Negotiate (SPNEGO) authentication on the proxy
     --ignore-content-length Ignore the size of the remote resource
 -N, --no-buffer          Disable buffering of the output stream
     --trace <file>       Write a debug trace to FILE
 -v, --verbose            Make the operation more talkative
""",
    "columns": """Usage: curl [options...] <url>
 -a, --append                                      Append to target file when uploading
 -d, --data <data>                                 HTTP POST data
 -x, --proxy <[protocol://]host[:port]>            Use this proxy
     --trace <file>                                Write a debug trace to FILE
 -v, --verbose                                     Make the operation more talkative
""",
}


def dialect_of(version: str, *more: str) -> Dialect:
    return read_dialect(f"curl {version} (x86_64)", "\n".join([HELPS["angles"], *more]))


@pytest.mark.parametrize("style", HELPS)
def test_every_style_of_help_tells_which_options_take_a_value(style: str) -> None:
    dialect = read_dialect("curl 8.0.0 (x86_64)", HELPS[style])

    assert {name: dialect.takes_value[name] for name in ("append", "data", "trace", "verbose")} == {
        "append": False,
        "data": True,
        "trace": True,
        "verbose": False,
    }
    assert {letter: dialect.letters[letter] for letter in "adv"} == {
        "a": "append",
        "d": "data",
        "v": "verbose",
    }


def test_the_version_is_that_of_the_tool() -> None:
    text = "curl 8.14.1 (x86_64-pc-linux-gnu) libcurl/8.16.0-DEV OpenSSL/3.5.7"
    assert read_dialect(text, HELPS["columns"]).version == (8, 14, 1)


def test_a_long_description_is_not_taken_for_a_value() -> None:
    dialect = dialect_of("7.88.1")
    assert not dialect.takes_value["proxy-negotiate"]
    assert not dialect.takes_value["ignore-content-length"]
    assert dialect.takes_value["proxy"]


def test_a_value_that_the_help_forgets_is_known() -> None:
    dialect = dialect_of("7.74.0", " -Q, --quote              Send command(s) to server before transfer")
    assert dialect.read_short("-Q") == (("quote",), True)


def test_an_option_listed_with_no_is_known_without_it() -> None:
    assert dialect_of("7.88.1").letters["N"] == "buffer"


@pytest.mark.parametrize(
    ("version", "word", "name", "wants_value"),
    [
        pytest.param("7.88.1", "--data", "data", True, id="a name"),
        pytest.param("7.88.1", "--dat", "data", True, id="a prefix that fits one"),
        pytest.param("7.88.1", "--DATA", "data", True, id="another case"),
        pytest.param("7.88.1", "--pr", None, False, id="a prefix that fits two"),
        pytest.param("7.88.1", "--proxy", "proxy", True, id="a name that is also a prefix"),
        pytest.param("8.6.0", "--dat", None, False, id="a prefix, since names are exact"),
        pytest.param("8.6.0", "--DATA", None, False, id="another case, since names are exact"),
        pytest.param("7.88.1", "--no-verbose", "no-verbose", False, id="switched off"),
        pytest.param("8.15.0", "--data=x", None, False, id="an equals sign, before it counts"),
        pytest.param("8.16.0", "--data=x", "data", False, id="a joined value"),
        pytest.param("8.16.0", "--data=", "data", False, id="an empty joined value"),
        pytest.param("8.16.0", "--data", "data", True, id="a value in the next word"),
        pytest.param("8.3.0", "--expand-data", "data", True, id="a value with variables"),
    ],
)
def test_a_long_option_is_read_as_that_curl_reads_it(
    version: str, word: str, name: str | None, wants_value: bool
) -> None:
    dialect = dialect_of(version, "     --variable <[%]name=text/@file> Set variable")
    assert dialect.read_long(word) == (name, wants_value)


@pytest.mark.parametrize(
    ("word", "names", "wants_value"),
    [
        pytest.param("-v", ("verbose",), False, id="one letter"),
        pytest.param("-avd", ("append", "verbose", "data"), True, id="the last takes a value"),
        pytest.param("-adv", ("append", "data"), False, id="the rest is a value"),
        pytest.param("-a?v", ("append", "", "verbose"), False, id="an unknown letter"),
        pytest.param("-", (), False, id="none"),
    ],
)
def test_joined_letters_end_with_the_one_that_takes_a_value(
    word: str, names: tuple[str, ...], wants_value: bool
) -> None:
    assert dialect_of("7.88.1").read_short(word) == (names, wants_value)


def test_a_program_that_is_no_curl_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="does not list --trace"):
        ask(str(fake_curl(tmp_path, "1.0", " --url <url>  the only one\n")))


@needs_curl
def test_the_real_curl_tells_its_dialect() -> None:
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout

    dialect = ask("curl")

    assert said.startswith("curl {}.{}.{} ".format(*dialect.version))
    assert len(dialect.takes_value) > 150
    assert all(dialect.takes_value[name] for name in ("trace", "trace-ascii", "data", "proxy", "output"))
    assert not any(dialect.takes_value[name] for name in ("verbose", "trace-time", "silent", "next"))


@needs_curl
def test_the_real_curl_agrees_on_every_option_that_it_takes_a_value_or_not() -> None:
    dialect = ask("curl")
    wrong = []
    for name, takes_value in dialect.takes_value.items():
        if name in ("help", "manual", "version", "test-event", "dump-ca-embed", "config", "disable", "next"):
            continue
        done = subprocess.run(["curl", "-q", f"--{name}"], capture_output=True, check=False, timeout=10)
        if takes_value != (b"requires parameter" in done.stderr):
            wrong.append(name)
    assert wrong == []
