"""Aligned columns of plain text."""

from collections.abc import Iterator, Sequence


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), gap: str = "  ") -> Iterator[str]:
    """Yield the rows as lines, each column as wide as its widest cell; the columns ``right`` end flush."""
    widths = [max(len(cell) for cell in cells) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield gap.join(cells).rstrip()
