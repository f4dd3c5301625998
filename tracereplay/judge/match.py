"""How live answers compare with recorded ones: a value that is true or false, and reads as a diff."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was recorded.

    ``answer`` counts from 1, None when it is of the whole connection. ``where`` is ``status``, ``reason``,
    ``header NAME``, ``body``, ``body.a[0].b`` within JSON, ``end``, ``interim``, ``surplus`` or ``connection``.
    ``recorded`` and ``live`` are safe to print; None is what was not there. ``offset`` is the first byte of the body
    that differs, and ``lines`` is a diff of it, where one helps.
    """

    connection: int
    answer: int | None
    where: str
    recorded: str | None
    live: str | None
    offset: int | None = None
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"answer {self.answer}, " if self.answer is not None else ""
        at = "" if self.offset is None else f" from byte {self.offset:,} on"
        told = f"recorded {_or_nothing(self.recorded)}, live {_or_nothing(self.live)}"
        return "\n".join([f"{place}{self.where}{at}: {told}", *(f"    {line}" for line in self.lines)])


@dataclass(frozen=True, slots=True, repr=False)
class Match:
    """Whether the live ``answers``, as many as were compared, are the recorded ones: true when nothing differs.

    ``ignored`` is what was there and not compared, ``unknown`` counts bytes that the recording does not know and that
    match anything, ``notes`` say what else could not be compared. ``str()`` is the whole of it, line by line.
    """

    differences: tuple[Difference, ...]
    answers: int
    ignored: tuple[str, ...] = ()
    unknown: int = 0
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        """Return one line: pytest would print the lines of a longer one as one."""
        return f"<{self._headline()}{''.join(f'; {str(one).splitlines()[0]}' for one in self.differences[:2])}>"

    def lines(self) -> Iterator[str]:
        """Yield the lines that say what differs, what was not compared, and why."""
        yield self._headline()
        several = len({one.connection for one in self.differences}) > 1
        for one in self.differences:
            first, *more = str(one).split("\n")
            yield f"  {f'connection {one.connection}, ' if several else ''}{first}"
            yield from (f"  {line}" for line in more)
        if self.ignored:
            yield f"  not compared: {', '.join(self.ignored)}"
        if self.unknown:
            yield f"  {self.unknown:,} byte{'' if self.unknown == 1 else 's'} unknown to the recording match anything"
        yield from (f"  note: {one}" for one in self.notes)

    def _headline(self) -> str:
        compared = f"{self.answers:,} answer{'' if self.answers == 1 else 's'} compared"
        if self:
            return f"as recorded: {compared}"
        count = len(self.differences)
        return f"not as recorded: {count:,} difference{'' if count == 1 else 's'}, {compared}"


def _or_nothing(text: str | None) -> str:
    return "nothing" if text is None else text


def quoted(text: str | bytes) -> str:
    """Return ``text`` in quotes, with all that is not plainly visible escaped; cropped if it is long."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")


def visible(line: str) -> str:
    """Return ``line`` with every character escaped that is not plainly visible."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)


_LONGEST = 200
