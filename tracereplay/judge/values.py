"""Two JSON values against each other: what differs, each with its path."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from tracereplay.judge.match import quoted

_MOST = 50
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_MISSING = object()


def value_differences(
    recorded: object, live: object, ignore: Sequence[str] = ()
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield path, recorded and live value of each difference; None is what is not there. Of many only the first 50.

    A path is such as ``.files[0].name``. ``ignore`` are paths, with all that is below them; ``[*]`` is any number.
    """
    ignored = [_pattern(one) for one in ignore]
    return islice(_differences("", recorded, live, ignored), _MOST)


def _differences(
    path: str, recorded: object, live: object, ignored: list[re.Pattern[str]]
) -> Iterator[tuple[str, str | None, str | None]]:
    if any(one.fullmatch(path) for one in ignored):
        return
    if isinstance(recorded, dict) and isinstance(live, dict):
        for name in [*recorded, *(name for name in live if name not in recorded)]:
            below = f".{name}" if _NAME.fullmatch(name) else f"[{quoted(name)}]"
            yield from _differences(path + below, recorded.get(name, _MISSING), live.get(name, _MISSING), ignored)
    elif isinstance(recorded, list) and isinstance(live, list):
        for number, pair in enumerate(zip_longest(recorded, live, fillvalue=_MISSING)):
            yield from _differences(f"{path}[{number}]", *pair, ignored)
    elif type(recorded) is not type(live) or (recorded != live and not _are_nan(recorded, live)):
        yield path, _told(recorded), _told(live)


def _are_nan(recorded: object, live: object) -> bool:
    """Return whether both are NaN, which no number is equal to."""
    return recorded != recorded and live != live  # noqa: PLR0124 - that is how it is known


def _told(value: object) -> str | None:
    if value is _MISSING:
        return None
    return quoted(value) if isinstance(value, str) else quoted(json.dumps(value, ensure_ascii=False))[1:-1]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(re.escape("[*]"), r"\[\d+\]"))
