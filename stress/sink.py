"""An outgoing server that takes mail and forgets to say so: a tenth of the answers lost, a tenth refused for now."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class _Dialogue(socketserver.StreamRequestHandler):
    """One connection. Deliveries are appended to ``delivered``, one Message-ID a line, before anything is answered."""

    rng: ClassVar[random.Random]
    delivered: ClassVar[int]
    lost: ClassVar[float]
    later: ClassVar[float]

    def handle(self) -> None:
        """Speak SMTP until QUIT or the end."""
        with contextlib.suppress(OSError):
            self._say("220 sink")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"QUIT":
                    self._say("221 bye")
                    return
                if verb != b"DATA":
                    self._say("250-sink\r\n250 8BITMIME" if verb == b"EHLO" else "250 ok")
                elif not self._data():
                    return

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")

    def _data(self) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        chance = self.rng.random()
        if chance < self.later:
            self._say("451 4.3.0 later")
            return True
        found = _ID.search(b"".join(lines))
        assert found is not None
        os.write(self.delivered, found[1] + b"\n")
        if chance < self.later + self.lost:
            return False
        self._say("250 2.0.0 taken")
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def sink(delivered: Path, seed: int, lost: float = 0.1, later: float = 0.1) -> Iterator[int]:
    """The server in a process of its own, on a free port, which is given."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    port: int = listener.getsockname()[1]
    if (pid := os.fork()) == 0:
        try:
            _serve(listener, delivered, seed, lost, later)
        finally:
            os._exit(0)
    listener.close()
    try:
        yield port
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _serve(listener: socket.socket, delivered: Path, seed: int, lost: float, later: float) -> None:
    _Dialogue.rng = random.Random(seed)
    _Dialogue.delivered = os.open(delivered, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    _Dialogue.lost, _Dialogue.later = lost, later
    server = _Server(listener.getsockname(), _Dialogue, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    threading.excepthook = lambda args: sys.stderr.write(f"{args.exc_value!r}\n")
    server.serve_forever()
