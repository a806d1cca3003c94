"""Reading and writing lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from maildesk.domain.safetext import safe, safe_line

END = "."
"""A line of only this ends a text."""


class Lines:
    """The two streams. Whatever is written is made safe first; on a terminal the cursor stays behind a question."""

    def __init__(self, given: TextIO, out: TextIO) -> None:
        self._given = given
        self._out = out
        self._tty = given.isatty() and out.isatty()

    def say(self, *lines: str) -> None:
        """Print each on a line of its own."""
        for line in lines:
            self._out.write(safe_line(line) + "\n")
        self._out.flush()

    def text(self, text: str) -> None:
        """Print a text of several lines."""
        self._out.write(safe(text) + "\n")
        self._out.flush()

    def ask(self, question: str) -> str | None:
        """What is answered, None at the end of the input."""
        self._out.write(f"{safe_line(question)} " if self._tty else f"{safe_line(question)}\n")
        self._out.flush()
        return self._read()

    def lines(self) -> Iterator[str]:
        """What is typed, up to a line with only a dot or the end of the input."""
        while (line := self._read()) is not None and line != END:
            yield line

    def _read(self) -> str | None:
        line = self._given.readline()
        if not line:
            return None
        return line.rstrip("\r\n").encode("utf-8", "replace").decode("utf-8").replace("\0", "")
