"""What a command prints: data on standard output, for people or as JSON lines; narration on standard error."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

from maildesk.domain.safetext import safe, safe_line

if TYPE_CHECKING:
    from maildesk.errors import MaildeskError

Style = Literal["bold", "dim", "red", "yellow", "green"]
_CODES: Mapping[Style, str] = {"bold": "1", "dim": "2", "red": "31", "yellow": "33", "green": "32"}
_HIDDEN = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
"""What JSON may hold as it is, and a terminal or an editor would obey or hide."""


def as_json(value: object) -> str:
    """One line of JSON in which every control and every invisible character is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Output:
    """Standard output and error of one command."""

    def __init__(self, out: TextIO, err: TextIO, environ: Mapping[str, str]) -> None:
        self.out = out
        self.err = err
        for stream in (out, err):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
        self._terminal = out
        self.tty = out.isatty()
        self.colour = self.tty and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb"
        self._columns = environ.get("COLUMNS", "")

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None where lines need not be cut, in a pipe."""
        if not self.tty:
            return None
        if self._columns.isdigit() and int(self._columns) > 0:
            return int(self._columns)
        try:
            return os.get_terminal_size(self._terminal.fileno()).columns
        except OSError:
            return 80

    @contextmanager
    def later(self) -> Iterator[None]:
        """What is printed within is kept, and printed at the end: nobody waits for who reads it."""
        real, told = (self.out, self.err), (io.StringIO(), io.StringIO())
        self.out, self.err = told
        try:
            yield
        finally:
            self.out, self.err = real
            for stream, kept in zip(real, told, strict=True):
                stream.write(kept.getvalue())

    def json(self, value: object) -> None:
        """Print one object on a line of its own."""
        self.out.write(as_json(value) + "\n")

    def line(self, text: str = "") -> None:
        """Print one line for people."""
        self.out.write(safe_line(text) + "\n")

    def text(self, text: str) -> None:
        """Print several lines for people."""
        self.out.write(safe(text) + "\n")

    def styled(self, parts: Iterable[tuple[str, Style | None]]) -> None:
        """Print one line whose parts may be coloured, on a terminal that wants colour."""
        shown = []
        for text, style in parts:
            plain = safe_line(text)
            shown.append(f"\x1b[{_CODES[style]}m{plain}\x1b[0m" if style and self.colour else plain)
        self.out.write("".join(shown).rstrip() + "\n")

    def table(
        self, rows: Sequence[Sequence[str]], styles: Sequence[Style | None] = (), *, flexible: int = -1
    ) -> None:
        """Print rows in columns. On a terminal the column ``flexible`` is cut so that a row fits on a line."""
        from rich.cells import cell_len, set_cell_size

        if not rows:
            return
        shown = [[str(safe_line(cell)) for cell in row] for row in rows]
        count = len(shown[0])
        flexible %= count
        widths = [max(cell_len(row[i]) for row in shown) for i in range(count)]
        if self.width is not None:
            rest = self.width - sum(widths) + widths[flexible] - 2 * (count - 1)
            widths[flexible] = max(8, min(widths[flexible], rest))
        for number, row in enumerate(shown):
            parts = [
                set_cell_size(cell, widths[i]) if i < count - 1 or cell_len(cell) > widths[i] else cell
                for i, cell in enumerate(row)
            ]
            style = styles[number] if number < len(styles) else None
            self.styled([("  ".join(parts).rstrip(), style)])

    def say(self, text: str) -> None:
        """Tell the user something: ``maildesk: …`` on standard error."""
        try:
            self.err.write(f"maildesk: {safe(text)}\n")
        except (OSError, ValueError):
            pass  # nobody listens

    def error(self, error: MaildeskError) -> None:
        """Tell the user what went wrong and what to do."""
        self.say(str(error))
        if error.hint:
            try:
                self.err.write(f"  {safe(error.hint)}\n")
            except (OSError, ValueError):
                pass

    def finish(self) -> None:
        """Hand everything to the system. Raises BrokenPipeError where nobody reads any more, and MaildeskError where it
        cannot be written (a full disk): who reads the rest must not take it for all."""
        from maildesk.errors import MaildeskError, system_words

        try:
            self.out.flush()
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as error:
            self.abandon()
            reason = system_words(error)
            raise MaildeskError("output_unwritable", reason=reason) from None

    def flush(self) -> None:
        """Hand everything to the system. A reader that went away is no error."""
        for stream in (self.out, self.err):
            try:
                stream.flush()
            except (OSError, ValueError):
                self.abandon()

    def abandon(self) -> None:
        """Nobody reads standard output any more: throw away what is left of it, so that Python does not complain."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.out.fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            sys.stdout = None
