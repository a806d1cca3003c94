"""A server that says exactly what a test wants, right or wrong."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path


class Scripted:
    """A server on 127.0.0.1:``port`` for one connection. ``heard`` is all that the client sent."""

    def __init__(self, replies: Sequence[bytes], certificate: Path | None) -> None:
        self._replies = replies
        self._certificate = certificate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard = b""
        self._thread = threading.Thread(target=self._serve, name="scripted server", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            line, _ = self._listener.accept()
            line.settimeout(20)
            with line:
                self._talk(self._encrypted(line) if self._certificate else line)

    def _encrypted(self, line: socket.socket) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self._certificate
        context.load_cert_chain(self._certificate, self._certificate.with_name("key.pem"))
        return context.wrap_socket(line, server_side=True)

    def _talk(self, line: socket.socket) -> None:
        """Say the first reply, then one for each line heard, ``%`` standing for the tag of that line; then
        listen."""
        for number, reply in enumerate(self._replies):
            tag = b"*"
            if number:
                heard = b""
                while not heard.endswith(b"\n"):
                    if not (data := line.recv(1)):
                        return
                    heard += data
                self.heard += heard
                tag = heard.split(b" ")[0].strip()
            line.sendall(reply.replace(b"%", tag))
        while data := line.recv(4096):
            self.heard += data

    def close(self) -> None:
        """Stop listening. A connection ends with the client."""
        self._listener.close()
        self._thread.join(25)


@contextlib.contextmanager
def server(*replies: bytes, certificate: Path | None = None) -> Iterator[Scripted]:
    """Greet with the first of ``replies`` and answer each line with the next; with TLS when there is a
    ``certificate`` (its ``key.pem`` beside it). Afterwards it is silent."""
    scripted = Scripted(replies, certificate)
    try:
        yield scripted
    finally:
        scripted.close()
