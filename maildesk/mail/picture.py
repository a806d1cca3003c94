"""A picture as coloured characters, drawn by ``chafa`` where that is installed.

The decoders of pictures are a favourite way in, so none of them runs in this process: the program gets the bytes of a
PNG, JPEG, GIF or WebP that says itself to be of a sane size, and has a limit of time, memory and output. Of what it
writes only colours, blocks and ASCII are taken; everything else that a terminal would obey is dropped.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from maildesk.mail import outside
from maildesk.mail.preview import MAX_BYTES, dimensions

MAX_PIXELS = 64_000_000
"""A picture of more is not drawn."""
SECONDS = 8.0
MEMORY = 2_000_000
"""Kilobytes of address space that the program may have."""
MOST = 1_000_000
"""Bytes of output."""
WIDEST, HIGHEST = 400, 200
"""Cells."""

Colour = tuple[int, int, int]
Run = tuple[str, Colour | None, Colour | None]
"""Some characters, their colour and that of their ground; None for those of the terminal."""
Outcome = Literal["drawn", "no_program", "large", "unknown", "failed"]

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_LIMITED = f'ulimit -t {int(SECONDS)}; ulimit -v {MEMORY} 2>/dev/null; exec "$0" "$@"'
_TOKENS = re.compile("\x1b\\[([0-9;]*m)|\x1b\\[[0-9;:?<=>]*[ -/]*[@-~]|\x1b[^\\[]?|([^\x1b]+)")
_OTHERS = re.compile("[^ -~\u2580-\u259f\n]")


@dataclass(frozen=True, slots=True)
class Picture:
    """What came of it: lines of runs, or why there are none."""

    outcome: Outcome
    lines: tuple[tuple[Run, ...], ...] = ()


def draw(data: bytes, columns: int, rows: int, *, in_ascii: bool = False, in_colour: bool = True) -> Picture:
    """Draw a picture within so many cells: in half blocks, or in ASCII alone. Never raises."""
    if len(data) > MAX_BYTES:
        return Picture("large")
    size = dimensions(data)
    if size is None or not (data.startswith(_SIGNATURES) or data[8:12] == b"WEBP") or 0 in size:
        return Picture("unknown")
    if size[0] * size[1] > MAX_PIXELS:
        return Picture("large")
    program = shutil.which("chafa")
    if program is None:
        return Picture("no_program")
    columns, rows = min(max(columns, 2), WIDEST), min(max(rows, 2), HIGHEST)
    symbols = "ascii" if in_ascii or not in_colour else "vhalf+space+solid"
    command = [program, "-f", "symbols", "--animate", "off", "--threads", "1", "-O", "0"]
    command += ["-c", "full" if in_colour else "none", "--symbols", symbols, "-s", f"{columns}x{rows}", "-"]
    try:
        found = outside.run(["/bin/sh", "-c", _LIMITED, *command], [data], seconds=SECONDS, most=MOST)
    except OSError:
        return Picture("failed")
    lines = _lines(found.data.decode("utf-8", "replace"), columns, rows)
    return Picture("drawn", lines) if found.code == 0 and lines else Picture("failed")


def _lines(text: str, columns: int, rows: int) -> tuple[tuple[Run, ...], ...]:
    lines: list[list[Run]] = [[]]
    room = columns
    for words, front, ground in _runs(text):
        for place, part in enumerate(words.split("\n")):
            if place:
                lines.append([])
                room = columns
            if part := part[:room]:
                lines[-1].append((part, front, ground))
                room -= len(part)
    while lines and not "".join(run[0] for run in lines[-1]).strip() and not any(run[2] for run in lines[-1]):
        lines.pop()
    return tuple(tuple(line) for line in lines[:rows])


def _runs(text: str) -> Iterator[Run]:
    front: Colour | None = None
    ground: Colour | None = None
    inverse = False
    for codes, words in _TOKENS.findall(text):
        if words:
            shown = _OTHERS.sub(" ", words.replace("\r", ""))
            yield (shown, ground, front) if inverse else (shown, front, ground)
            continue
        numbers = [min(int(code[:3] or 0), 255) for code in codes[:-1].split(";")] if codes else []
        while numbers:
            code = numbers.pop(0)
            if code == 0:
                front, ground, inverse = None, None, False
            elif code in (7, 27):
                inverse = code == 7
            elif code in (38, 48) and len(numbers) >= 4 and numbers[0] == 2:
                colour = (numbers[1], numbers[2], numbers[3])
                front, ground = (colour, ground) if code == 38 else (front, colour)
                del numbers[:4]
            elif code == 39:
                front = None
            elif code == 49:
                ground = None
