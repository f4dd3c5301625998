import pytest

from tracereplay.recorder.dialect import Dialect, read_dialect
from tracereplay.recorder.options import TracedLine, read_line, traced

OPTIONS = """Usage: curl [options...] <url>
 -d, --data <data>        HTTP POST data
 -q, --disable            Disable .curlrc
 -H, --header <header/@file> Pass custom header(s) to server
 -h, --help <category>    Get help for commands
 -:, --next               Make next URL use its separate set of options
 -o, --output <file>      Write to file instead of stdout
 -S, --show-error         Show error even when -s is used
 -s, --silent             Silent mode
     --trace <file>       Write a debug trace to FILE
     --trace-ascii <file> Like --trace, but without hex output
     --trace-time         Add time stamps to trace/verbose output
 -T, --upload-file <file> Transfer local FILE to destination
 -v, --verbose            Make the operation more talkative
 -V, --version            Show version number and quit
"""
NEWER = """     --trace-config <string>   Details to log in trace/verbose output
     --trace-ids               Transfer + connection ids in verbose output
     --variable <[%]name=text/@file> Set variable
"""

OURS = ("--trace", "T", "--trace-time")


def dialect(version: str = "7.88.1") -> Dialect:
    newer = tuple(map(int, version.split("."))) >= (8, 3, 0)
    return read_dialect(f"curl {version} (x86_64)", OPTIONS + (NEWER if newer else ""))


def traced_words(words: str, version: str = "7.88.1") -> str:
    return " ".join(traced(words.split(), "T", dialect(version)).words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("U", "U @", id="a URL alone"),
        pytest.param("-s U -d x", "-s U -d x @", id="options in any order"),
        pytest.param("-s -- U", "-s @ -- U", id="nothing is an option after two dashes"),
        pytest.param("-- -v --", "@ -- -v --", id="nor two dashes after two dashes"),
        pytest.param("-d -- U", "-d -- U @", id="two dashes as a value"),
        pytest.param("-d -v U", "-d -v U @", id="-v as a value"),
        pytest.param("--data --trace U", "--data --trace U @", id="--trace as a value"),
        pytest.param("-sSd --verbose U", "-sSd --verbose U @", id="a value after joined letters"),
        pytest.param("-d-v U", "-d-v U @", id="a joined value"),
        pytest.param("-sdv U", "-sdv U @", id="a v that is a value"),
        pytest.param("-q U", "-q U @", id="-q stays first"),
        pytest.param("--disable -v U", "--disable U @", id="--disable stays first"),
        pytest.param("U --next -d x U", "U --next -d x U @", id="--next resets no trace"),
        pytest.param("--trace-time U", "--trace-time U @", id="times asked for twice"),
        pytest.param("--no-trace-time U", "--no-trace-time U @", id="times refused first"),
        pytest.param("--no-verbose U", "--no-verbose U @", id="--no-verbose does no harm"),
        pytest.param("--nonsense -? U", "--nonsense -? U @", id="unknown options are for curl to refuse"),
        pytest.param("-", "- @", id="a dash alone"),
        pytest.param("-V", "-V @", id="the version"),
    ],
)
def test_our_options_stand_last_where_curl_reads_options(words: str, expected: str) -> None:
    assert traced_words(words) == expected.replace("@", " ".join(OURS))


@pytest.mark.parametrize(
    ("words", "expected", "left_out"),
    [
        pytest.param("-v U", "U @", ("-v",), id="-v"),
        pytest.param("-vvv U -v", "U @", ("-v",), id="many of them"),
        pytest.param("-sv U", "-s U @", ("-v",), id="among letters"),
        pytest.param("-vsvS U", "-sS U @", ("-v",), id="twice among letters"),
        pytest.param("-svd v U", "-sd v U @", ("-v",), id="before a letter with a value"),
        pytest.param("-vdv U", "-dv U @", ("-v",), id="before a joined value"),
        pytest.param("-qv U", "-q U @", ("-v",), id="after a -q"),
        pytest.param("--verbose U", "U @", ("--verbose",), id="--verbose"),
        pytest.param("--verb U", "U @", ("--verbose",), id="a prefix of it"),
        pytest.param("--ver U", "--ver U @", (), id="a prefix that fits --version too"),
        pytest.param("--trace X U", "U @", ("--trace",), id="--trace"),
        pytest.param("U --trace-ascii -", "U @", ("--trace-ascii",), id="--trace-ascii at the end"),
        pytest.param("--trace-a X U", "U @", ("--trace-ascii",), id="a prefix of that"),
        pytest.param("--trace-ascii -- U", "U @", ("--trace-ascii",), id="two dashes as its file"),
        pytest.param("-v --trace X -- U", "@ -- U", ("-v", "--trace"), id="two kinds"),
    ],
)
def test_other_traces_are_left_out(words: str, expected: str, left_out: tuple[str, ...]) -> None:
    line = traced(words.split(), "T", dialect())
    assert line == TracedLine(tuple(expected.replace("@", " ".join(OURS)).split()), left_out)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("", id="nothing at all"),
        pytest.param("U -o", id="a short option without its value"),
        pytest.param("-v U --output", id="a long one"),
        pytest.param("-v U -sSd", id="joined letters"),
        pytest.param("U --trace", id="--trace itself"),
        pytest.param("--help", id="a value that may be missing"),
    ],
)
def test_a_line_that_curl_will_refuse_is_left_as_it_is(words: str) -> None:
    assert traced(words.split(), "T", dialect()) == TracedLine(tuple(words.split()))


@pytest.mark.parametrize("words", ["-v -q U", "-vq U", "--trace X --disable U"])
def test_a_q_that_was_not_first_does_not_become_the_first(words: str) -> None:
    assert traced_words(words).startswith(("--trace-time -q U", "--trace-time --disable U"))


def test_ids_are_asked_for_where_curl_has_them() -> None:
    assert traced_words("U", "8.5.0") == "U --trace T --trace-time --trace-ids"


@pytest.mark.parametrize("version", ["8.13.0", "8.14.1", "8.16.0"])
def test_ids_are_kept_out_of_the_bytes_of_a_curl_that_puts_them_there(version: str) -> None:
    line = traced_words("--trace-config all U", version)
    assert line == "--trace-config all U --trace T --trace-time --trace-ids --trace-config -lib-ids"


@pytest.mark.parametrize("version", ["8.12.1", "8.17.0"])
def test_other_curls_keep_the_trace_config_that_was_asked_for(version: str) -> None:
    line = traced_words("--trace-config all U", version)
    assert line == "--trace-config all U --trace T --trace-time --trace-ids"


def test_joined_and_expanded_traces_are_left_out_where_curl_reads_them() -> None:
    line = "--trace=X --verbose=1 --expand-trace {{x}} --expand-data {{x}} U"
    assert traced_words(line, "8.17.0") == "--expand-data {{x}} U --trace T --trace-time --trace-ids"


@pytest.mark.parametrize("words", ["-sSd -v U", "-v -- -v", "-o", "-: -s: U", "--ver --data= - --"])
def test_the_parts_of_a_line_are_the_line(words: str) -> None:
    parts = read_line(words.split(), dialect())
    assert [word for part in parts for word in part.words] == words.split()
