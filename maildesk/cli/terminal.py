"""What ``doctor`` asks the terminal: how wide it draws characters, and what tmux keeps from us."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator, Mapping

from maildesk.locale import t

PROBES: Mapping[str, tuple[str, int]] = {
    "line": ("─", 1),
    "kana": ("あ", 2),
    "circled": ("①", 1),
    "half-width kana": ("ｶﾞ", 2),
    "ideograph beyond the BMP": ("𠮷", 2),
}
"""Text and the cells that it takes, as maildesk counts."""
TMUX = (
    ("set-clipboard", "on", "set -s set-clipboard on"),
    ("escape-time", None, "set -s escape-time 20"),
    ("focus-events", "on", "set -g focus-events on"),
)
_PATIENCE = 0.5
_REPORT = re.compile(rb"\x1b\[(\d+);(\d+)R")

Found = tuple[str, bool, str, str]
"""Check, whether it is well, detail, remedy."""


def findings(environ: Mapping[str, str], ambiguous: str = "narrow") -> Iterator[Found]:
    """Everything about the terminal on standard input and output; ``ambiguous`` is how maildesk counts the characters
    of which Unicode does not say how wide they are."""
    size = shutil.get_terminal_size()
    small = size.columns < 40 or size.lines < 16
    detail = f"{environ.get('TERM') or '—'}, {size.columns}×{size.lines}"
    yield "terminal", not small, detail, t("cli.doctor.larger") if small else ""
    yield _widths(ambiguous)
    if environ.get("TMUX"):
        yield _tmux()
    if environ.get("LC_ALL", environ.get("LANG", "")).split(".")[0] in ("", "C", "POSIX"):
        yield "locale", True, environ.get("LC_ALL") or environ.get("LANG") or "—", t("cli.doctor.locale")


def _widths(ambiguous: str) -> Found:
    wanted = PROBES if ambiguous == "narrow" else {name: (text, 2) for name, (text, _) in PROBES.items()}
    measured = measure([text for text, _ in wanted.values()])
    if measured is None:
        return "widths", True, t("cli.doctor.silent"), ""
    wrong = [
        f"{text} {cells}≠{expected}"
        for (text, expected), cells in zip(wanted.values(), measured, strict=True)
        if cells != expected
    ]
    remedy = t("cli.doctor.widths" if ambiguous == "narrow" else "cli.doctor.widths.wide")
    return "widths", not wrong, ", ".join(wrong) or "✓", remedy if wrong else ""


def measure(texts: list[str]) -> list[int] | None:
    """The cells that the terminal takes for each text: print it and ask where the cursor is (CPR, ``CSI 6 n``). None
    when the terminal does not answer."""
    here = sys.stdin.fileno()
    before = termios.tcgetattr(here)
    try:
        tty.setcbreak(here)
        return [_cells(here, text) for text in texts]
    except TimeoutError:
        return None
    finally:
        termios.tcsetattr(here, termios.TCSADRAIN, before)


def _cells(here: int, text: str) -> int:
    out = sys.stdout.fileno()
    os.write(out, b"\r" + text.encode() + b"\x1b[6n")
    answer = b""
    while not (found := _REPORT.search(answer)):
        if not select.select([here], [], [], _PATIENCE)[0]:
            os.write(out, b"\r\x1b[K")
            raise TimeoutError
        answer += os.read(here, 64)
    os.write(out, b"\r\x1b[K")
    return int(found[2]) - 1


def _tmux() -> Found:
    """The lines that tmux's configuration lacks (its defaults hold back the clipboard and delay Escape)."""
    lacking = []
    for option, wanted, line in TMUX:
        value = _tmux_option(option)
        if (wanted is not None and value != wanted) or (option == "escape-time" and int(value or 500) > 20):
            lacking.append(line)
    return "tmux", True, "✓" if not lacking else t("cli.doctor.tmux"), "; ".join(lacking)


def _tmux_option(name: str) -> str | None:
    try:
        asked = subprocess.run(
            ["tmux", "show-options", "-gsv", name], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
