import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.errors import PlanError
from tracereplay.units import duration_ns, format_bytes, format_duration, rate_bytes, size_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("65536", 65_536),
        ("64k", 65_536),
        ("64K", 65_536),
        ("64kB", 65_536),
        ("64KiB", 65_536),
        ("1.5M", 1_572_864),
        ("5G", 5 * 1024**3),
        ("1t", 1024**4),
        (" 3b ", 3),
        ("0.3", 0),
        ("0.1k", 102),
        ("9" * 19, int("9" * 19)),
    ],
)
def test_a_size_counts_in_1024_as_in_curl(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "k", "-1", "1e3", "1,024", "64 k", "64q", "0x10", "½", "٣", "1.", ".5", "64kk"])
def test_what_is_no_size_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(PlanError) as refused:
        size_bytes(text)
    assert str(refused.value) == (
        f"{text!r} is not a size\n"
        "  hint: write bytes, or a number with k, M, G or T (1,024-based, as in curl): 65536, 64k, 1.5M"
    )
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(("text", "rate"), [("3k", 3072), ("3k/s", 3072), ("100", 100), (" 1M/s ", 1024**2)])
def test_a_rate_is_a_size_in_a_second(text: str, rate: int) -> None:
    assert rate_bytes(text) == rate


@pytest.mark.parametrize("text", ["0", "0k/s", "0.1"])
def test_a_rate_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="never ends\n  hint: to stop and stay, use --close stall"):
        rate_bytes(text)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2", 2_000_000_000),
        ("2.5", 2_500_000_000),
        ("2.5s", 2_500_000_000),
        ("300ms", 300_000_000),
        ("1us", 1_000),
        ("1ns", 1),
        ("1m", 60_000_000_000),
        ("2h", 7_200_000_000_000),
        ("0", 0),
        ("0.1", 100_000_000),
        (" 1s ", 1_000_000_000),
    ],
)
def test_a_duration_is_seconds_unless_it_says_otherwise(text: str, ns: int) -> None:
    assert duration_ns(text) == ns


@pytest.mark.parametrize("text", ["", "s", "-1s", "1 s", "1d", "1e3", "1:30", "∞", "1S", "1.s"])
def test_what_is_no_duration_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(PlanError) as refused:
        duration_ns(text)
    assert str(refused.value) == (
        f"{text!r} is not a duration\n  hint: write seconds, or a number with us, ms, s, m or h: 2, 2.5s, 300ms, 1m"
    )


@given(st.integers(0, 10**15), st.sampled_from(["", "k", "M", "G", "T"]))
def test_whole_sizes_are_exact(number: int, suffix: str) -> None:
    assert size_bytes(f"{number}{suffix}") == number * 1024 ** ["", "k", "M", "G", "T"].index(suffix)


@given(st.integers(0, 10**15))
def test_whole_durations_are_exact(ns: int) -> None:
    assert duration_ns(f"{ns}ns") == duration_ns(f"{ns // 10**9}.{ns % 10**9:09}s") == ns


@given(st.text())
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for read in (size_bytes, rate_bytes, duration_ns):
        try:
            assert read(text) >= 0
        except PlanError as error:
            assert error.hint  # noqa: PT017


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_048_759, "1,048,759 bytes")]
)
def test_bytes_are_shown_exactly(count: int, text: str) -> None:
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0 us"), (840_000, "840 us"), (12_300_000, "12.3 ms"), (2_850_000_000, "2.85 s"), (90 * 10**9, "90.00 s")],
)
def test_a_span_of_time_is_shown_in_a_unit_that_fits(ns: int, text: str) -> None:
    assert format_duration(ns) == text
