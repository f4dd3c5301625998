"""A short run of the fuzz test, always; a longer one when asked for; and by name what longer ones have found."""

from pathlib import Path

import pytest

from tests.trace.fuzz import examine, run
from tests.trace.mutations import mutant, originals
from tests.trace.reading import HEADER, RECEIVED, agrees, event, events_of, read, source_of, text_of
from tracereplay.trace.event import Event, Stray
from tracereplay.trace.reader import Form, detect_form
from tracereplay.trace.trace import Trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"


def escapes(seed: int, numbers: range) -> list[tuple[int, str]]:
    return [(number, result) for number, result in run(seed, numbers) if result not in ("read", "refused")]


def test_no_mutation_of_a_real_trace_escapes() -> None:
    assert escapes(1, range(300)) == []


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [2, 3])
def test_no_mutation_of_many_escapes(seed: int) -> None:
    assert escapes(seed, range(2000)) == []


def test_a_mutation_is_the_same_for_the_same_number() -> None:
    assert mutant(7, 5) == mutant(7, 5) != mutant(7, 6)
    assert len({name for name, _, _ in (mutant(1, number) for number in range(2000))}) > len(originals()) * 0.9


def test_what_is_read_otherwise_than_it_is_shown_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (FIXTURES / "8.14.1-multipart_text-hex" / "trace.txt").read_bytes()
    assert examine(tmp_path, text, text) == "read"
    monkeypatch.setattr("tests.trace.fuzz.write_items", lambda *_, **__: [b"something else"])
    with pytest.raises(AssertionError, match="what is read is not what the text shows"):
        examine(tmp_path, text, text)


LOOKALIKES: list[tuple[str, Form]] = [
    ("8.9.1-stdout_lookalike-hex", "hex"),
    ("8.18.0-stdout_lookalike-ascii", "ascii"),
]


@pytest.mark.parametrize(("name", "form"), LOOKALIKES)
def test_a_body_that_looks_like_a_trace_fools_nobody_when_it_is_cut_off(name: str, form: Form) -> None:
    """Found by seed 1, mutation 2528: half an echo was taken for items."""
    text = (FIXTURES / name / "trace.txt").read_bytes()
    whole = [(one.line, one.declared_bytes) for one in events_of(read(text, form))]
    for end in (1872, *range(0, len(text), 13)):
        found = [(one.line, one.declared_bytes) for one in events_of(read(text[:end], form))]
        assert found == whole[: len(found)], end


def test_a_time_that_no_clock_shows_is_no_time() -> None:
    """Found by seed 20240601, mutation 20383."""
    (item,) = read(b"26:06:08.390221 == Info: x\n", "hex")[:1]
    assert isinstance(item, Stray)


def test_a_header_of_which_the_end_is_not_shown_does_not_end_in_lf(tmp_path: Path) -> None:
    """Found by seed 20240601, mutation 52110: the CR LF after a full row, where another row follows."""
    line = b"X-L128: " + b"r" * 120 + b"\r\n"
    lines = [event(one, HEADER, RECEIVED) for one in (b"HTTP/1.1 200 OK\r\n", line)]
    path = tmp_path / "trace.txt"
    path.write_bytes(text_of(lines, "ascii") + b"0000: X-W128: s\n")
    shown = [one for one in Trace.load(path).printed() if isinstance(one, Event)]
    assert agrees(shown[1].payload, line)
    assert shown[1].payload.unknown == 2


@pytest.mark.parametrize("size", [17, 40, 64, 66, 67, 147, 1000])
@pytest.mark.parametrize(
    "damage", [b"\xef\xbb\xbf0010: ", b"001O: ", b""], ids=["a byte order mark", "a letter", "gone"]
)
def test_a_hex_trace_of_whose_first_dump_the_second_row_is_damaged_is_not_read_as_ascii(
    size: int, damage: bytes
) -> None:
    """Found by seed 20261122, mutation 35901: rows of hex were taken for text, and text behind them for its echo."""
    head = event((bytes(range(0x30, 0x40)) * 100)[:size], HEADER)
    first = text_of([head], "hex").replace(b"\n0010: ", b"\n" + damage)
    second = text_of([event(b"0123456789abcdef" * 4 + b"\r\n", direction=RECEIVED)], "hex")
    assert detect_form(source_of(first + second)) == "hex"


@pytest.mark.parametrize("size", [66, 67, 200])
def test_text_that_looks_like_a_row_of_hex_is_still_text(size: int) -> None:
    row = b"30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 0123456789abcdef"
    text = text_of([event((row * 4)[:size], direction=RECEIVED)], "ascii")
    assert detect_form(source_of(text)) == "ascii"
