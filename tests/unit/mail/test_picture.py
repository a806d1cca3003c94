"""Pictures drawn by another program: what is asked of it, what is taken of its output, and what it is not given."""

from __future__ import annotations

import shutil
import struct
import zlib
from pathlib import Path

import pytest

from maildesk.mail import picture
from maildesk.mail.picture import MAX_PIXELS, Picture, draw
from maildesk.mail.preview import MAX_BYTES
from tests.support.install import needs


def png(width: int, height: int, rows: int = 1) -> bytes:
    """A grey PNG that says so many pixels of itself, with so many rows in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress((b"\0" + b"\x80" * width) * rows) if width < 10_000 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.fixture
def chafa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name, whose text a test writes."""
    program = tmp_path / "bin" / "chafa"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def test_colours_are_taken_and_nothing_else(chafa: Path, tmp_path: Path) -> None:
    """Half blocks with colour and ground; titles, links, cursor and odd characters are gone; no line is wider and there
    are no more lines than asked for."""
    chafa.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/args\ncat > {tmp_path}/input\n'
        "printf '\\033[?25l\\033[0m\\033[38;2;1;2;300;48;2;4;5;6m▀▀\\033[7m▄\\033[0m\\033]0;title\\007\\n'\n"
        "printf '\\033[2Jあ\\033[39;49mABCDEFGHIJ\\n\\nthird\\nfourth\\033[?25h\\n'\n"
    )
    found = draw(png(1, 1), 5, 3)
    assert found.outcome == "drawn"
    assert found.lines[0][:2] == (("▀▀", (1, 2, 255), (4, 5, 6)), ("▄", (4, 5, 6), (1, 2, 255)))
    text = ["".join(run[0] for run in line) for line in found.lines]
    assert len(text) == 3
    assert all(len(line) <= 5 for line in text)
    assert text[1] == " ABCD"
    assert not {char for line in text for char in line} & set("\x1b\x07あ")
    assert (tmp_path / "input").read_bytes() == png(1, 1)
    assert "-s 5x3" in (tmp_path / "args").read_text()
    draw(png(1, 1), 5, 3, in_ascii=True, in_colour=False)
    assert "--symbols ascii" in (tmp_path / "args").read_text()
    assert "-c none" in (tmp_path / "args").read_text()


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (png(100_000, 100_000), "large"),
        (png(MAX_PIXELS + 1, 1), "large"),
        (png(1, 1) + b"\0" * MAX_BYTES, "large"),
        (png(0, 1), "unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown"),
        (b"BM" + b"\0" * 100, "unknown"),
        (b"push graphic-context\nimage over 0,0 0,0 'https://x.example'", "unknown"),
    ],
)
def test_what_is_huge_or_of_another_kind_is_given_to_nobody(
    chafa: Path, tmp_path: Path, data: bytes, outcome: str
) -> None:
    """Its size is read from its first bytes; formats that can name files and addresses never get there."""
    chafa.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    assert draw(data, 20, 10) == Picture(outcome)  # type: ignore[arg-type]
    assert not (tmp_path / "called").exists()


def test_a_program_that_does_not_end_or_fails_is_told(chafa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of time and output; an exit code; none installed at all."""
    assert draw(png(1, 1), 20, 10) == Picture("failed")
    monkeypatch.setattr(picture, "SECONDS", 0.2)
    chafa.write_text("#!/bin/sh\nprintf '▀▀'\nexec sleep 30\n")
    assert draw(png(1, 1), 20, 10) == Picture("failed")
    monkeypatch.setattr(picture, "MOST", 1000)
    chafa.write_text("#!/bin/sh\nexec yes\n")
    assert draw(png(1, 1), 20, 10) == Picture("failed")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert draw(png(1, 1), 20, 10) == Picture("no_program")


def test_the_real_program() -> None:
    """It draws what it gets, no larger than asked for."""
    needs("chafa")
    found = draw(png(64, 32, rows=32), 20, 10)
    assert found.outcome == "drawn"
    assert 0 < len(found.lines) <= 10
    assert all(sum(len(run[0]) for run in line) <= 20 for line in found.lines)
