"""How another client fared during a stall, as text for people and as JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracereplay.show.paint import Paint
from tracereplay.show.printable import printable

if TYPE_CHECKING:
    from tracereplay.judge.starving import Asked, Starving

_DIGITS = 4


def starved_lines(starving: "Starving", paint: Paint) -> Iterator[str]:
    """Yield the lines of the finding, none when the client was answered."""
    if starving.is_starved:
        yield f"{paint('starved', 'bold')}: GET {printable(starving.page)}"
        yield f"  {printable(starving.why)}"
        yield ""


def starving_line(starving: "Starving") -> str:
    """Return how long it took, alone and during the stall."""
    during = "the server did not wait" if starving.during is None else _told(starving.during)
    return printable(f"GET {starving.page}: alone {_told(starving.alone)}; during a stall {during}")


def starving_as_json(starving: "Starving") -> dict[str, object]:
    """Return what stands as ``starving`` in the JSON of a sweep."""
    found = [{"rule": "starved", "why": starving.why}] if starving.is_starved else []
    during = None if starving.during is None else _asked(starving.during)
    return {"page": starving.page, "alone": _asked(starving.alone), "during": during, "findings": found}


def _told(asked: "Asked") -> str:
    return f"{asked.status} in {asked.seconds:.3f} s" if asked.failure is None else asked.failure


def _asked(asked: "Asked") -> dict[str, object]:
    return {"seconds": round(asked.seconds, _DIGITS), "status": asked.status, "failure": asked.failure}
