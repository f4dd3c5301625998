"""What an application saw of one request, as a value, and as it stands in JSON."""

from dataclasses import dataclass
from typing import cast, get_args

from tracereplay.witness import End


@dataclass(frozen=True, slots=True)
class Seen:
    """What an application saw of one request.

    ``read`` counts the bytes of the body that it read. ``end`` is how its last read ended: ``open`` with all that was
    asked for, ``clean`` with the end of the body, ``short`` with less than was asked for, which is the end, too, and
    ``error`` with that exception. ``status`` is what it answered, ``failed`` the exception that it ended with, each
    None without. ``is_over``: it has ended, or its worker did in an orderly way.
    """

    read: int
    end: End
    error: str | None = None
    status: int | None = None
    failed: str | None = None
    is_over: bool = True

    @property
    def is_success(self) -> bool:
        """Whether the application said that all is well."""
        return self.is_over and self.failed is None and self.status is not None and 200 <= self.status < 300

    def __str__(self) -> str:
        """Return it in words that go on from *it had read*: ``524,230 bytes and then a clean end``."""
        count = f"{self.read:,} byte{'' if self.read == 1 else 's'}"
        match self.end:
            case "open":
                return f"{count}, and seen no end"
            case "error":
                return f"{count} and then got {self.error}"
            case "clean":
                return f"{count} and then a clean end"
            case "short":
                return f"{count}, at last fewer than it had asked for"


def seen_of(value: dict[str, object]) -> Seen:
    """Return what stands in an object of JSON. Raises ValueError, TypeError, KeyError."""
    end, status = value["end"], value["status"]
    if end not in get_args(End):
        raise ValueError(f"{end!r} is no end of a body")
    return Seen(
        number(value["read"]),
        cast("End", end),
        _text(value["error"]),
        None if status is None else number(status),
        _text(value["failed"]),
        value["over"] is True,
    )


def as_json(seen: Seen) -> dict[str, object]:
    """Return what ``seen_of`` reads."""
    return {
        "read": seen.read,
        "end": seen.end,
        "error": seen.error,
        "status": seen.status,
        "failed": seen.failed,
        "over": seen.is_over,
    }


def number(value: object) -> int:
    """Return a number that stands in JSON. Raises TypeError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no number")
    return value


def _text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError(f"{value!r} is no text")
    return value
