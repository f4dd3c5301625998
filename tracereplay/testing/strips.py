"""A strip for each trace, in the order of its bytes: where the tests passed, and where not."""

import json
from collections.abc import Iterable, Iterator

PASSED, FAILED, HUNG, SERVER_ERROR = ".", "F", "!", "5"
LEGEND = f"{PASSED} passed  {FAILED} failed  {SERVER_ERROR} failed, status 5xx  {HUNG} failed, the server hung"

_WORST_FIRST = (HUNG, SERVER_ERROR, FAILED, PASSED)
_WIDTH = 60


def strips(tests: Iterable[tuple[bool, list[str]]]) -> Iterator[str]:
    """Yield a line for each trace; ``tests`` are whether each passed, and its plays in JSON: the last one failed it."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for passed, plays in tests:
        for number, text in enumerate(plays, 1):
            play = json.loads(text)
            mark = PASSED if passed or number < len(plays) else _fault(play)
            found.setdefault(play["trace"], []).append((play["at"], play["close"], mark))
    width = max(map(len, found), default=0)
    for trace in sorted(found):
        marks = [mark for _, _, mark in sorted(found[trace])]
        faults = len(marks) - marks.count(PASSED)
        count = f"{len(marks)} play{'' if len(marks) == 1 else 's'}" + (f", {faults} failed" if faults else "")
        yield f"{trace:<{width}}  {_narrow(marks)}  {count}"


def _fault(play: dict[str, object]) -> str:
    if play["ended"] == "timeout":
        return HUNG
    status = play["status"]
    return SERVER_ERROR if isinstance(status, int) and status >= 500 else FAILED


def _narrow(marks: list[str]) -> str:
    """Return the strip; of neighbours that share a column, the worst is shown."""
    share = -(-len(marks) // _WIDTH) or 1
    columns = (marks[at : at + share] for at in range(0, len(marks), share))
    return "".join(min(column, key=_WORST_FIRST.index) for column in columns)
