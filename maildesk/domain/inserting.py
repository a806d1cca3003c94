"""Where a template goes in the text of a reply, so that nothing is lost that belongs below it."""

from __future__ import annotations


def instead(body: str, lines: int, text: str) -> tuple[str, int]:
    """``text`` in place of the first ``lines`` lines of ``body`` and of the blank ones after them: signature and quote
    stay, one blank line away. Also how many lines at the top are its own now."""
    own = text.strip("\n")
    below = "\n".join(body.split("\n")[lines:]).lstrip("\n")
    return (f"{own}\n\n{below}" if below else f"{own}\n"), own.count("\n") + 1


def apart(before: str, text: str, after: str) -> tuple[str, int]:
    """``text`` as paragraphs of its own between ``before`` and ``after``: with the line ends that make a blank line to
    either side where something is written there. Also how many line ends were put before it."""
    above = max(0, 2 - _ends(before[::-1])) if before.strip() else 0
    below = max(0, 2 - _ends(after)) if after.strip() else 0
    return "\n" * above + text.strip("\n") + "\n" * below, above


def _ends(text: str) -> int:
    """How many line ends ``text`` begins with, blanks left aside."""
    return text[: len(text) - len(text.lstrip())].count("\n")
