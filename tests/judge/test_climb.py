"""An eye that looks at what others change, too."""

import itertools
import threading

import pytest

from tracereplay.errors import PlanError
from tracereplay.judge.climb import ProbeEye


def test_a_probe_that_never_rests_is_refused_when_the_time_is_over() -> None:
    numbers = itertools.count()
    eye = ProbeEye("cmd:date", lambda: next(numbers))
    with pytest.raises(PlanError, match=r"^the probe cmd:date goes on changing for 0.6s, though nothing is played\n"):
        eye.begin("0.6s", threading.Event())


def test_who_stops_need_not_wait_for_a_probe_to_rest() -> None:
    stop = threading.Event()
    numbers = itertools.count()

    def look() -> int:
        stop.set()
        return next(numbers)

    eye = ProbeEye("cmd:date", look)
    eye.begin("600s", stop)
    assert next(numbers) == 1
