"""What a run came to: one line each, and whether it is as it must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """``what`` was run on ``where``; ``figures`` in words. ``holds``: whether the promise held; ``must_hold`` False for
    a naive variant, which has to fail."""

    what: str
    where: str
    figures: str
    holds: bool
    must_hold: bool = True

    @property
    def right(self) -> bool:
        """Whether it went as it must."""
        return self.holds is self.must_hold

    @property
    def verdict(self) -> str:
        """In words."""
        if self.must_hold:
            return "holds" if self.holds else "BROKEN"
        return "NOT CAUGHT" if self.holds else "fails, as it must"


def table(lines: list[Line]) -> str:
    """All lines, in columns."""
    head = ("run", "store", "verdict", "figures")
    cells = [head, *((line.what, line.where, line.verdict, line.figures) for line in lines)]
    widths = [max(len(row[n]) for row in cells) for n in range(3)]
    return "\n".join(
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]) for row in cells
    )
