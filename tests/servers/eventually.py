"""Waiting for the world: a look at it, again and again, until it is as it should be."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

LOOK_EVERY_SECONDS = 0.01


def eventually(look: Callable[[], Seen], is_so: Callable[[Seen], object] = bool, *, within: float = 5.0) -> Seen:
    """Return the first thing seen that ``is_so``; fail with the last thing seen after ``within`` seconds."""
    deadline = time.monotonic() + within
    nobody_sets_it = threading.Event()
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"after {within} s still {seen!r}"
        nobody_sets_it.wait(LOOK_EVERY_SECONDS)
    return seen
