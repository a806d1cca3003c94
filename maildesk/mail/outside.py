"""Other programs that read an attachment: their output only, so much of it, for so long."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from maildesk.mail import office as office_reader
from maildesk.mail.office import Document

SECONDS = 20.0
MOST = 400_000
"""Bytes of output that are kept."""
_OFFICE = office_reader.__file__
_MOST_READ = 16 << 20
"""Bytes that the reader of documents may write: its own limits are narrower."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program wrote. ``code`` is its exit code, None where it was ended because it took or wrote too much
    (``cut``)."""

    data: bytes
    code: int | None
    cut: bool = False


def run(
    command: Sequence[str], data: Iterable[bytes], *, seconds: float = SECONDS, most: int = MOST
) -> Output:
    """Run a program with ``data`` as its input. What it writes to standard error counts as output.

    The input lies in a file without a name, which is gone however this ends. Raises OSError where the program cannot be
    started.
    """
    with tempfile.TemporaryFile() as file:
        for piece in data:
            file.write(piece)
        file.seek(0)
        process = subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        late = threading.Event()

        def end() -> None:
            late.set()
            _end(process)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdout is not None
            found = _read(process.stdout, most + 1)
            cut = len(found) > most
            if cut:
                _end(process)
            process.stdout.close()
            code = process.wait()
        finally:
            timer.cancel()
            _end(process)
    return Output(found[:most], None if cut or late.is_set() else code, cut or late.is_set())


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started: one of those would keep its output open."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(stream: IO[bytes], most: int) -> bytes:
    found: list[bytes] = []
    size = 0
    while size < most and (piece := stream.read(min(65_536, most - size))):
        found.append(piece)
        size += len(piece)
    return b"".join(found)


def shell(command: str) -> Sequence[str]:
    """The words that run a line of shell."""
    return ["/bin/sh", "-c", command]


def pdf_text(data: bytes, *, pages: int = 30) -> str | None:
    """The text of the first pages of a PDF, None where ``pdftotext`` (poppler) is not installed or finds none."""
    program = shutil.which("pdftotext")
    if program is None:
        return None
    try:
        found = run([program, "-q", "-layout", "-enc", "UTF-8", "-l", str(pages), "-", "-"], [data])
    except OSError:
        return None
    text = found.data.decode("utf-8", "replace").replace("\f", "\n\n").strip("\n")
    return text if text.strip() and found.code in (0, None) else None


def office(data: bytes) -> Document | None:
    """What a person reads in a document of an office program; None where it is none, or broken, locked or too large."""
    try:
        found = run([sys.executable, "-I", "-S", _OFFICE], [data], most=_MOST_READ)
    except OSError:
        return None
    return Document(**json.loads(found.data)) if found.code == 0 else None


def has_pdf_text() -> bool:
    """Whether PDFs can be read as text here."""
    return shutil.which("pdftotext") is not None
