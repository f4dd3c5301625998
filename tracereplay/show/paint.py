"""Colour, where it is wanted: on a terminal, and never with NO_COLOR (https://no-color.org)."""

import os
from dataclasses import dataclass
from typing import Literal, TextIO

Colour = Literal["green", "cyan", "yellow", "dim", "bold"]

_CODES: dict[Colour, int] = {"bold": 1, "dim": 2, "green": 32, "yellow": 33, "cyan": 36}


@dataclass(frozen=True, slots=True)
class Paint:
    """Paints text, or leaves it as it is."""

    is_on: bool = False

    @classmethod
    def on(cls, stream: TextIO) -> "Paint":
        """Return the paint for what is written to ``stream``."""
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return cls(is_on=False)
        return cls(is_on=bool(os.environ.get("FORCE_COLOR")) or stream.isatty())

    def __call__(self, text: str, colour: Colour) -> str:
        """Return ``text`` in this colour."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.is_on and text else text
