"""What a bench brings back, and the table of all of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rich.cells import cell_len


class Skip(Exception):
    """A bench cannot run here; the words say why and what to install."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    ``baseline`` is what ``beside`` reached in the same run, None where the goal is an absolute one. A goal is
    ``at_most`` or ``at_least`` for our own value, ``ratio`` (at most) or ``ratio_at_least`` for ours / baseline; a
    figure without a goal only informs.
    """

    goal: str
    what: str
    ours: float
    unit: str
    baseline: float | None = None
    beside: str = ""
    ratio: float | None = None
    ratio_at_least: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def measured_ratio(self) -> float | None:
        """Ours / baseline."""
        return self.ours / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether every goal is met; None where there is none."""
        found = self.measured_ratio
        checks = [
            found <= self.ratio if found is not None and self.ratio is not None else None,
            found >= self.ratio_at_least if found is not None and self.ratio_at_least is not None else None,
            self.ours <= self.at_most if self.at_most is not None else None,
            self.ours >= self.at_least if self.at_least is not None else None,
        ]
        known = [check for check in checks if check is not None]
        return all(known) if known else None

    @property
    def wanted(self) -> str:
        """The goal in words."""
        parts = [
            f"≤ {self.ratio:g}×" if self.ratio is not None else "",
            f"≥ {self.ratio_at_least:g}×" if self.ratio_at_least is not None else "",
            f"≤ {number(self.at_most)}" if self.at_most is not None else "",
            f"≥ {number(self.at_least)}" if self.at_least is not None else "",
        ]
        return ", ".join(part for part in parts if part)

    def json(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        return asdict(self) | {"measured_ratio": self.measured_ratio, "met": self.met}


def number(value: float | None) -> str:
    """Three digits that matter."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


_HEAD = ("goal", "what", "ours", "beside it", "", "ratio", "wanted", "")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table for a terminal."""
    lines = [_HEAD, *(_line(figure) for figure in figures)]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(_HEAD))]
    left = (0, 1, 4, 6, 7)
    out = []
    for line in lines:
        cells = [
            text + " " * (width - cell_len(text)) if i in left else " " * (width - cell_len(text)) + text
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
    out.insert(1, "─" * max(cell_len(line) for line in out))
    return "\n".join(out)


def _line(figure: Figure) -> tuple[str, ...]:
    ratio = figure.measured_ratio
    return (
        figure.goal,
        figure.what,
        f"{number(figure.ours)} {figure.unit}".strip(),
        f"{number(figure.baseline)} {figure.unit}".strip() if figure.baseline is not None else "",
        figure.beside,
        f"{ratio:.3g}×" if ratio is not None else "",
        figure.wanted,
        {True: "met", False: "MISSED", None: ""}[figure.met],
    )


def milliseconds(act: Callable[[], object]) -> float:
    """How long ``act`` takes."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def in_turn(times: int, *acts: Callable[[], float]) -> tuple[float, ...]:
    """The median of what each of ``acts`` returns in ``times`` rounds, run in turn so that a busy moment hits all."""
    found: list[list[float]] = [[] for _ in acts]
    for _ in range(times):
        for act, values in zip(acts, found, strict=True):
            values.append(act())
    return tuple(statistics.median(values) for values in found)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
