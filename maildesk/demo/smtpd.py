"""The demo's outgoing server: takes every mail on a loopback port and hands it to a callback."""

from __future__ import annotations

import asyncio
import logging
import queue
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

log = logging.getLogger(__name__)

OnMail = Callable[[str, tuple[str, ...], bytes], None]
"""Called with the envelope's sender, its recipients, and the mail as it came."""

SIZE_LIMIT = 30_000_000


class SmtpSink:
    """An SMTP server on 127.0.0.1, on a free port, as a context manager.

    ``users`` maps logins to passwords (PLAIN and LOGIN); without users nobody has to sign in. ``on_mail``
    is called for each mail after it was accepted, in order, in a thread of its own, so that it may block
    and may itself speak SMTP or IMAP to servers of the same loop. An exception in it is logged and loses
    nothing else. ``lose_answer`` names an address: after the next mail to it the line is cut instead of an
    answer, and ``on_mail`` never hears of it, so that nothing tells whether it arrived.
    """

    def __init__(self, on_mail: OnMail, users: Mapping[str, str] | None = None) -> None:
        self._silent: set[str] = set()
        self._on_mail = on_mail
        self._users = dict(users or {})
        self._mails: queue.SimpleQueue[tuple[str, tuple[str, ...], bytes] | None] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host: str = "127.0.0.1"
        self.port: int = self._listener.getsockname()[1]
        self._threads = [
            threading.Thread(target=self._serve, name="demo-smtp", daemon=True),
            threading.Thread(target=self._hand_over, name="demo-smtp-mail", daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening, close the connections, hand over what was accepted, and wait for that."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._threads[0].join()
        self._mails.put(None)
        self._threads[1].join()

    def lose_answer(self, address: str) -> None:
        """Cut the line after the next mail to ``address``."""
        self._silent.add(address.casefold())

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._protocol, sock=self._listener))
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in (tasks := asyncio.all_tasks(self._loop)):
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(server.wait_closed())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _hand_over(self) -> None:
        while (mail := self._mails.get()) is not None:
            try:
                self._on_mail(*mail)
            except Exception:
                log.exception("the demo could not answer a mail")

    def _protocol(self) -> SMTP:
        return SMTP(
            _Handler(self._mails, bool(self._users), self._silent),
            hostname="demo.example",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        known = (
            isinstance(data, LoginPassword) and self._users.get(data.login.decode()) == data.password.decode()
        )
        return AuthResult(success=True, auth_data=data) if known else AuthResult(success=False, handled=False)


class _Handler:
    """aiosmtpd's side: who may send, and keeping what came after the dot."""

    def __init__(
        self,
        mails: queue.SimpleQueue[tuple[str, tuple[str, ...], bytes] | None],
        login_needed: bool,
        silent: set[str],
    ) -> None:
        self._mails = mails
        self._login_needed = login_needed
        self._silent = silent

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login_needed and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        cut = self._silent & {address.casefold() for address in envelope.rcpt_tos}
        if cut:
            self._silent -= cut
            cast("asyncio.Transport", server.transport).abort()
        else:
            self._mails.put((envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 2.0.0 accepted"
