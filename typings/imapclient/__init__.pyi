"""What maildesk uses of IMAPClient 4.1, which has no types."""

import imaplib
import socket
import ssl as ssl_lib
from collections.abc import Callable, Sequence
from datetime import datetime

class SocketTimeout:
    connect: float
    read: float
    def __init__(self, connect: float, read: float) -> None: ...

class IMAPClient:
    host: str
    port: int
    ssl: bool
    ssl_context: ssl_lib.SSLContext | None
    _imap: imaplib.IMAP4
    _timeout: SocketTimeout
    def __init__(
        self,
        host: str,
        port: int | None = None,
        use_uid: bool = True,
        ssl: bool = True,
        stream: bool = False,
        ssl_context: ssl_lib.SSLContext | None = None,
        timeout: SocketTimeout | float | None = None,
    ) -> None: ...
    def _create_IMAP4(self) -> imaplib.IMAP4: ...
    def _normalise_folder(self, folder_name: str) -> bytes: ...
    def socket(self) -> socket.socket: ...
    def starttls(self, ssl_context: ssl_lib.SSLContext | None = None) -> bytes: ...
    def login(self, username: str, password: str) -> bytes: ...
    def sasl_login(self, mech_name: str, mech_callable: Callable[[bytes], bytes]) -> bytes: ...
    def capabilities(self) -> tuple[bytes, ...]: ...
    def append(
        self, folder: str, msg: bytes, flags: Sequence[str] = (), msg_time: datetime | None = None
    ) -> bytes: ...
    def shutdown(self) -> None: ...
