"""Reading mails in a child process: the other core reads while this one fetches and writes, and a mail that kills its
reader kills the child only.

The child imports what reading needs and nothing else. It gets batches on its standard input, answers on its standard
output, and ends when its input ends, that is also when its parent is killed.
"""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from maildesk.domain.address import Address
from maildesk.mail.parse import parse
from maildesk.mail.values import AttachmentInfo, Bounce, ParsedMail

_NUMBER = struct.Struct(">Q")
_COMMAND = "from maildesk.sync.reader import main; main()"


class ReaderDied(Exception):
    """The child ended while it read: killed by a mail, or by somebody."""


class Reader:
    """A child that reads batches, one at a time: :meth:`send` one, do something else, :meth:`receive` it."""

    def __init__(self) -> None:
        here = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])},
            start_new_session=True,  # Ctrl-C is for the parent, who lets the batch in hand be read
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to: BinaryIO = self._process.stdin  # type: ignore[assignment]  # IO[bytes], and binary it is
        self._from: BinaryIO = self._process.stdout  # type: ignore[assignment]

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def send(self, mails: Sequence[bytes]) -> None:
        """Give the child a batch. Raises ReaderDied."""
        try:
            self._to.write(_NUMBER.pack(len(mails)))
            for mail in mails:
                self._to.write(_NUMBER.pack(len(mail)))
                self._to.write(mail)
            self._to.flush()
        except OSError:
            raise ReaderDied from None

    def receive(self) -> list[ParsedMail]:
        """The batch, read, in its order. Raises ReaderDied."""
        try:
            read: list[ParsedMail] = pickle.loads(_read(self._from, _NUMBER.unpack(_read(self._from, 8))[0]))
        except EOFError:
            raise ReaderDied from None
        return read

    def close(self) -> None:
        """End the child."""
        with contextlib.suppress(OSError):
            self._to.close()
        self._process.kill()
        self._process.wait()
        self._from.close()


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _by_position(value: Any) -> tuple[type, tuple[Any, ...]]:
    """How a frozen value is pickled: several times as fast as dataclasses do it by themselves."""
    return type(value), tuple(getattr(value, name) for name in value.__slots__)


def main() -> None:
    """The child: read batches until the input ends. Nothing else in it can write to its standard output."""
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for kind in (ParsedMail, Address, AttachmentInfo, Bounce):
        copyreg.pickle(kind, _by_position)
    with contextlib.suppress(EOFError, BrokenPipeError), source, target:
        while True:
            (count,) = _NUMBER.unpack(_read(source, 8))
            mails = [_read(source, _NUMBER.unpack(_read(source, 8))[0]) for _ in range(count)]
            answer = pickle.dumps([parse(mail) for mail in mails], pickle.HIGHEST_PROTOCOL)
            target.write(_NUMBER.pack(len(answer)))
            target.write(answer)
            target.flush()
