"""Reading mails in a child process: the other core reads while this one fetches and writes, and a mail that kills or
stalls its reader costs the child only.

The child imports what reading needs and nothing else. It gets batches on its standard input, answers on its standard
output, and ends when its input ends, that is also when its parent is killed. The system stops it (``setrlimit``) when
a mail takes more memory or time than any honest one, and its parent when it does not answer.

One child is kept in reserve, so that the mail that comes alone is read at once: :func:`lend` and :func:`give_back`.
"""

from __future__ import annotations

import atexit
import contextlib
import copyreg
import os
import pickle
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeAlias, TypeVar

from maildesk.domain.address import Address
from maildesk.mail.mapped import Content, mapped
from maildesk.mail.parse import parse
from maildesk.mail.values import AttachmentInfo, Bounce, ParsedMail

T = TypeVar("T")
Source: TypeAlias = "bytes | Path"
"""A mail: its bytes, or the file that they are in."""

MEMORY = 512 << 20
"""Bytes of address space of the child, besides a mail that it reads from a file."""
CPU_SECONDS = 10
"""Processor time for one mail; one more for each :data:`CPU_BYTES` of it."""
CPU_BYTES = 4 << 20
WALL_SECONDS = 60.0
"""Time for an answer, whatever the child does; one second more for each MiB."""

_NUMBER = struct.Struct(">Q")
_IS_FILE = 1 << 63
_COMMAND = "from maildesk.sync.reader import main; main()"


class ReaderDied(Exception):
    """The child ended while it read, or was ended because it did not: by a mail, or by somebody."""


class Child(Generic[T]):
    """A child that reads batches, one at a time: :meth:`send` one, do something else, :meth:`receive` it. ``command``
    is what its Python runs: :func:`serve`."""

    def __init__(self, command: str) -> None:
        here = Path(__file__).resolve().parents[2]
        self.command = command
        self.parent = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.command],
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
        self._seconds = WALL_SECONDS
        self.idle = True
        """Nothing was sent that is not received."""

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def send(self, mails: Sequence[Source], how: str = "") -> None:
        """Give the child a batch, and how it is to be read (in ASCII). Files must stay until :meth:`receive`.

        Raises ReaderDied.
        """
        self.idle = False
        self._seconds = WALL_SECONDS + sum(_size(mail) for mail in mails) / (1 << 20)
        try:
            with self._deadline():
                self._to.write(_NUMBER.pack(len(mails)) + _NUMBER.pack(len(how)) + how.encode("ascii"))
                for mail in mails:
                    content = os.fsencode(mail) if isinstance(mail, Path) else mail
                    self._to.write(_NUMBER.pack(len(content) | (_IS_FILE if isinstance(mail, Path) else 0)))
                    self._to.write(content)
                self._to.flush()
        except OSError:
            raise ReaderDied from None

    def receive(self) -> list[T]:
        """The batch, read, in its order. Raises ReaderDied."""
        try:
            with self._deadline():
                (size,) = _NUMBER.unpack(_read(self._from, 8))
                read: list[T] = pickle.loads(_read(self._from, size))
        except EOFError:
            raise ReaderDied from None
        self.idle = True
        return read

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[None]:
        """Kill the child when this takes longer than any honest mail."""
        timer = threading.Timer(self._seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @property
    def usable(self) -> bool:
        """Whether it lives, is ours and has nothing in hand."""
        return self.idle and self.parent == os.getpid() and self._process.poll() is None

    def close(self) -> None:
        """End the child."""
        if self.parent != os.getpid():
            return
        with contextlib.suppress(OSError):
            self._to.close()
        self._process.kill()
        self._process.wait()
        self._from.close()


class Reader(Child[ParsedMail]):
    """A child that parses mails: how they are read is the charset that somebody chose, '' for their own."""

    def __init__(self) -> None:
        super().__init__(_COMMAND)

    @property
    def usable(self) -> bool:
        """Whether it lives, is ours, parses mails as we would now, and has nothing in hand."""
        return super().usable and self.command == _COMMAND


_reserve: list[Reader] = []


def lend() -> Reader:
    """A child: the one in reserve, or a new one."""
    while True:
        try:
            reader = _reserve.pop()
        except IndexError:
            return Reader()
        if reader.usable:
            return reader
        reader.close()


def give_back(reader: Reader) -> None:
    """Keep a child in reserve, unless there is one or this one is of no more use."""
    if reader.usable and not _reserve:
        _reserve.append(reader)
    else:
        reader.close()


@atexit.register
def _end() -> None:
    while _reserve:
        _reserve.pop().close()


def _size(mail: Source) -> int:
    if isinstance(mail, bytes):
        return len(mail)
    try:
        return mail.stat().st_size
    except OSError:
        return 0


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


# ---------------------------------------------------------------------------------------------- the child


def _by_position(value: Any) -> tuple[type, tuple[Any, ...]]:
    """How a frozen value is pickled: several times as fast as dataclasses do it by themselves."""
    return type(value), tuple(getattr(value, name) for name in value.__slots__)


def _limit(size: int, *, in_file: bool) -> None:
    """No more memory and processor time than a mail of ``size`` bytes may need. No core is written of it."""
    try:
        import resource
    except ImportError:  # not a Unix: the parent's deadline is left
        return
    cpu = int(time.process_time()) + 1 + CPU_SECONDS + size // CPU_BYTES
    memory = MEMORY + (size if in_file else 0)
    for what, soft in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, cpu), (resource.RLIMIT_AS, memory)):
        hard = resource.getrlimit(what)[1]
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _one(read: Callable[[Content, str], Any], source: Source, how: str) -> Any:
    _limit(_size(source), in_file=isinstance(source, Path))
    if isinstance(source, bytes):
        return read(source, how)
    with mapped(source) as data:
        return read(data, how)


def _received(stream: BinaryIO) -> Source:
    (size,) = _NUMBER.unpack(_read(stream, 8))
    if size & _IS_FILE:
        return Path(os.fsdecode(_read(stream, size ^ _IS_FILE)))
    return _read(stream, size)


def main() -> None:
    """The child that parses mails."""
    for kind in (ParsedMail, Address, AttachmentInfo, Bounce):
        copyreg.pickle(kind, _by_position)
    serve(parse)


def serve(read: Callable[[Content, str], Any]) -> None:
    """The child: read batches until the input ends. Nothing else in it can write to its standard output."""
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(EOFError, BrokenPipeError), source, target:
        while True:
            (count,) = _NUMBER.unpack(_read(source, 8))
            (size,) = _NUMBER.unpack(_read(source, 8))
            how = _read(source, size).decode("ascii")
            mails = [_received(source) for _ in range(count)]
            answer = pickle.dumps([_one(read, mail, how) for mail in mails], pickle.HIGHEST_PROTOCOL)
            target.write(_NUMBER.pack(len(answer)))
            target.write(answer)
            target.flush()
