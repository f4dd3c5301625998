from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.show.moments import moments

MS = 1_000_000


def test_a_timeline_is_a_row_for_each_moment() -> None:
    first = (
        Moment("handed", 0, 4 * MS, 1_048_759),
        Moment("received", 5 * MS, 5 * MS, 25),
        Moment("status", 5 * MS, 5 * MS, status=100),
        Moment("pause", 6 * MS, 2_006 * MS),
    )
    last = (
        Moment("acknowledged", 2_007 * MS, 2_007 * MS, 1_048_759),
        Moment("read", 2_307 * MS, 2_307 * MS),
        Moment("left", 2_308 * MS, 2_308 * MS, how="rst"),
        Moment("peer", 2_309 * MS, 2_309 * MS, how="fin"),
        Moment("peer", 2_310 * MS, 2_310 * MS, how="rst"),
        Moment("timeout", 32_310 * MS, 32_310 * MS),
    )
    assert [*moments(Timeline(first, last, 1_234))] == [
        "    0.000000  =>  1,048,759 bytes handed to our kernel in 4.0 ms",
        "    0.005000  <=  25 bytes received",
        "    0.005000  <=  answer 100",
        "    0.006000      paused for 2.00 s",
        "              ... and 1,234 more",
        "    2.007000  <=  all acknowledged by the other end's kernel",
        "    2.307000  <=  not all read by the program at the other end",
        "    2.308000  =>  left by rst",
        "    2.309000  <=  the server closed",
        "    2.310000  <=  the server reset the connection",
        "   32.310000      timeout, or --max-time",
    ]


def test_where_nothing_happened_there_is_no_row() -> None:
    assert [*moments(Timeline())] == []
