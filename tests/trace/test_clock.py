import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.trace.clock import DAY_NS, RisingClock, time_of_day_ns

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("00:00:00.000000", 0),
        ("00:00:00.000001", 1_000),
        ("01:02:03.000004", 3_723 * SECOND + 4_000),
        ("23:59:59.999999", DAY_NS - 1_000),
        ("23:59:60.000000", DAY_NS),
    ],
)
def test_a_time_of_day_is_read_exactly(text: str, time_ns: int) -> None:
    assert time_of_day_ns(text) == time_ns


@pytest.mark.parametrize(
    ("texts", "seconds"),
    [
        pytest.param(["10:00:00.000000", "10:00:01.500000"], [36_000, 36_001.5], id="on"),
        pytest.param(["23:59:59.000000", "00:00:01.000000"], [86_399, 86_401], id="past midnight"),
        pytest.param(["23:00:00.000000", "00:30:00.000000", "23:30:00.000000", "00:10:00.000000"],
                     [82_800, 88_200, 171_000, 173_400], id="past midnight twice"),
        pytest.param(["10:00:05.000000", "10:00:04.000000", "10:00:06.000000"], [36_005, 36_005, 36_006],
                     id="a clock that is set back is held"),
        pytest.param(["23:59:59.000000", "00:00:01.000000", "23:59:59.500000", "00:00:02.000000"],
                     [86_399, 86_401, 172_799.5, 172_802], id="nearly a day later"),
    ],
)  # fmt: skip
def test_the_clock_rises(texts: list[str], seconds: list[float]) -> None:
    clock = RisingClock()
    assert [clock.rise(time_of_day_ns(text)) / SECOND for text in texts] == seconds


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 60), st.integers(0, 999_999))))
def test_the_clock_never_falls(times: list[tuple[int, int, int, int]]) -> None:
    clock = RisingClock()
    read = [
        clock.rise(time_of_day_ns(f"{hour:02}:{minute:02}:{second:02}.{micro:06}"))
        for hour, minute, second, micro in times
    ]
    assert read == sorted(read)
