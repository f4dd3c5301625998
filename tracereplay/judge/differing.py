"""What differs between the live answers to equal requests, by name: what a sweep over segments looks at."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from tracereplay.engine.outcome import Answer
from tracereplay.judge.bodies import body_differences
from tracereplay.judge.recorded import RecordedAnswer

_FRAMING = ("content-length", "transfer-encoding")  # said by the body


def differing(before: Sequence[Answer], now: Sequence[Answer]) -> Iterator[str]:
    """Yield what differs: ``status``, ``header x-name``, ``body``, ``body.files[0].id`` in JSON, ``end``, ``answers``.

    Of several answers on a connection each has its number before it. Headers that say something of the moment are not
    looked at, nor how a body is framed.
    """
    if len(before) != len(now):
        yield "answers"
    for number, (one, other) in enumerate(zip_longest(before, now), 1):
        if one is not None and other is not None:
            prefix = f"answer {number} " if len(before) > 1 else ""
            yield from (f"{prefix}{name}" for name in _of_one(one, other))


def _of_one(before: Answer, now: Answer) -> Iterator[str]:
    if before.status != now.status:
        yield "status"
        return
    ours, theirs = before.lasting_headers(), now.lasting_headers()
    for name in dict.fromkeys([*ours, *theirs]):
        if name not in _FRAMING and ours.get(name) != theirs.get(name):
            yield f"header {name}"
    if before.complete != now.complete:
        yield "end"
        return
    if (before.body_bytes, before.body_digest) != (now.body_bytes, now.body_digest):
        found, _ = body_differences(RecordedAnswer(before, before), now, ())
        yield from dict.fromkeys(f"body{one.path}" for one in found)
