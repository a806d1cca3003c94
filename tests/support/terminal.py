"""A real terminal line for tests: a command in a pty of a given size, keys in, bytes out, signals.

What the command wrote is taken apart by a grammar of the sequences that maildesk may send (:func:`parse`).
Anything else is *foreign*: text from outside that reached the terminal as a command.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

MODES = frozenset({1, 7, 25, 1000, 1002, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2031, 2048})
"""Private modes that Textual sets and resets."""

_TOKEN = re.compile(
    rb"(?P<osc>\x1b\](?P<osc_text>[^\x07\x1b]*)(?:\x07|\x1b\\))"
    rb"|(?P<csi>\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~]))"
    rb"|(?P<dcs>\x1b[PX^_][^\x1b]*\x1b\\)"
    rb"|(?P<escape>\x1b.)"
    rb"|(?P<control>[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f])"
    rb"|(?P<text>[^\x00-\x1f\x7f]+|[\r\n])"
    rb"|(?P<broken>.)",
    re.DOTALL,
)
_C1_OR_BIDI = re.compile("[\x80-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


COMES_UP = 2.0
"""Seconds in which a command shows its first screen on a machine that has little else to do."""


@dataclass
class Output:
    """What a command wrote: the text with the sequences taken out, how many sequences of each kind, and the
    foreign."""

    text: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)


def _allowed_csi(parameters: bytes, between: bytes, final: bytes) -> bool:
    if final in b"mHJKABCDG" and not between:
        return re.fullmatch(rb"[0-9;:]*", parameters) is not None
    if final in b"hl" and parameters.startswith(b"?"):
        return all(mode.isdigit() and int(mode) in MODES for mode in parameters[1:].split(b";"))
    if final == b"p" and between == b"$":  # is that mode known?
        return parameters[1:].isdigit() and int(parameters[1:]) in MODES
    if final == b"u":  # the Kitty keyboard protocol
        return re.fullmatch(rb"[<>?=][0-9;]*", parameters) is not None
    if final == b"t":  # the size of the window in pixels
        return parameters in (b"14", b"16", b"18")
    return final == b"n" and parameters in (b"6", b"?996")


_POINTER = re.compile(rb"22;[a-z-]*")  # the shape of the mouse pointer, which Textual sets


def parse(output: bytes, *, osc: Sequence[str] = ()) -> Output:
    """Take ``output`` apart. ``osc`` are the numbers of the OSC sequences allowed (``"8"`` links, ``"52"``
    clipboard)."""
    result = Output()
    pieces: list[str] = []
    for match in _TOKEN.finditer(output):
        kind = match.lastgroup or ""
        kind = next(
            name for name in ("osc", "csi", "dcs", "escape", "control", "text", "broken") if match[name]
        )
        name = kind
        if kind == "text":
            text = match[0].decode("utf-8", "replace")
            pieces.append(text)
            result.foreign.extend(f"U+{ord(char):04X}" for char in _C1_OR_BIDI.findall(text))
            continue
        if kind == "csi":
            name = "csi " + (match["parameters"][:1].decode() if match["parameters"][:1] in b"?<>=" else "")
            name += (match["between"] + match["final"]).decode()
            if not _allowed_csi(match["parameters"], match["between"], match["final"]):
                result.foreign.append(repr(match[0]))
        elif kind == "osc":
            number = match["osc_text"].split(b";")[0].decode("latin-1")
            name = f"osc {number}"
            if number not in osc and not _POINTER.fullmatch(match["osc_text"]):
                result.foreign.append(repr(match[0]))
        else:
            result.foreign.append(repr(match[0]))
        result.counts[name] = result.counts.get(name, 0) + 1
    result.text = "".join(pieces)
    return result


class Terminal:
    """A command that runs in a pty. A context manager; at its end the command is killed if it still runs."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self._master, slave = os.openpty()
        self.resize(columns, rows, tell=False)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.getcwd(),
            "PYTHONDONTWRITEBYTECODE": "1",
            **(env or {}),
        }
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.output = b""
        self._closed = False
        self._began = time.monotonic()
        self._came_up: float | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.hang_up()
        self.process.wait(10)

    def resize(self, columns: int, rows: int, tell: bool = True) -> None:
        """Another size of the window; the command is told by SIGWINCH."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            os.killpg(self.process.pid, signal.SIGWINCH)

    def feed(self, keys: str | bytes) -> None:
        """Type ``keys``."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def _pump(self, seconds: float) -> bool:
        """Take in what the command writes within ``seconds``; whether there was anything."""
        if self._closed or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self._master, 1 << 16)
        except OSError as error:  # the other side closed
            if error.errno != errno.EIO:
                raise
            chunk = b""
        if not chunk:
            self._closed = True
            return False
        self.output += chunk
        return True

    def wait_for(self, marker: str, seconds: float = 20.0, start: int = 0) -> None:
        """Read until ``marker`` is in the text written since byte ``start``. Raises AssertionError if it does
        not come."""
        deadline = time.monotonic() + seconds
        while marker not in parse(self.output[start:], osc=("8", "52")).text:
            if not self._pump(0.05) and (self._closed or time.monotonic() > deadline):
                raise AssertionError(
                    f"{marker!r} did not appear; the end of the output: {self.output[-2000:]!r}"
                )
        if self._came_up is None:
            self._came_up = time.monotonic() - self._began

    def at_this_load(self, seconds: float) -> float:
        """``seconds`` of a machine that has little else to do, on this one: more, where the command took longer to come
        up than it takes there."""
        return seconds * max(1.0, (self._came_up or 0.0) / COMES_UP)

    def settle(self, quiet: float = 0.15, seconds: float = 20.0) -> bytes:
        """Read until nothing was written for ``quiet`` seconds; what was written since the call."""
        start = len(self.output)
        deadline = time.monotonic() + seconds
        while self._pump(quiet) and time.monotonic() < deadline:
            pass
        return self.output[start:]

    def press(self, keys: str | bytes, quiet: float = 0.15) -> bytes:
        """Type ``keys`` and return what the command writes in answer."""
        self.settle(0.02)
        start = len(self.output)
        self.feed(keys)
        deadline = time.monotonic() + 5.0
        while not self._pump(0.05) and not self._closed and time.monotonic() < deadline:
            pass
        self.settle(quiet)
        return self.output[start:]

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the command alone."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped SSH connection does: the command gets SIGHUP."""
        with contextlib.suppress(OSError):
            os.close(self._master)
        self._closed = True

    def wait(self, seconds: float = 20.0) -> int:
        """Read on until the command has ended; its exit status (negative: the signal that ended it)."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if not self._pump(0.05) and time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds} s: {self.output[-2000:]!r}")
        while self._pump(0.05):
            pass
        return self.process.returncode

    @property
    def seen(self) -> Output:
        """All output so far, taken apart."""
        return parse(self.output)


def python(*arguments: str) -> list[str]:
    """A command line for the Python that runs the tests."""
    return [sys.executable, *arguments]
