"""Tables of text for standard output."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, in which each column is as wide as its widest cell."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
