"""The end of a login in the browser: an HTTP server for one redirect (RFC 8252 7.3).

It listens on 127.0.0.1 and nowhere else, on a port that the system chooses, answers one page, and takes the first
redirect that its caller knows; everything else is told off and changes nothing.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from maildesk.locale import t

Query = Mapping[str, Sequence[str]]
PATIENCE = 10.0
"""Seconds for a browser to say what it wants: some open lines and are silent."""


class Listener:
    """Use as a context manager. ``known`` says whether a query is the redirect that is waited for."""

    def __init__(self, known: Callable[[Query], bool]) -> None:
        self._known = known
        self._came = threading.Event()
        self._once = threading.Lock()
        self._query: Query | None = None
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = PATIENCE

            def do_GET(self) -> None:
                status, text = listener._hear(self.path, self.headers.get("Host", ""))
                page = f"<!doctype html><meta charset=utf-8><title>maildesk</title><p>{text}</p>\n".encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Content-Security-Policy", "default-src 'none'")
                self.send_header("Connection", "close")
                try:
                    self.end_headers()
                    self.wfile.write(page)
                finally:
                    if status == 200:
                        listener._came.set()

            def log_message(self, *_: object) -> None:
                """Say nothing: the path holds the code."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                """Say nothing: a browser that goes away is no event."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        """Where it listens."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="maildesk-login", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, seconds: float) -> Query | None:
        """The query of the redirect; None where none came in time."""
        self._came.wait(seconds)
        with self._once:
            return self._query

    def _hear(self, path: str, host: str) -> tuple[int, str]:
        """The status and the words for one request."""
        parts = urlsplit(path)
        here = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        if parts.path != "/" or host not in here:  # another name for this machine: DNS rebinding
            return 404, t("login.page.nothing")
        query = parse_qs(parts.query)
        with self._once:
            if self._query is not None:
                return 410, t("login.page.nothing")
            if not self._known(query):
                return 400, t("login.page.nothing")
            self._query = query
        return 200, t("login.page.done")
