"""One POST of a form, answered in JSON: all that OAuth asks of HTTP.

Certificates are verified, no redirect is followed (a secret goes to the address of the settings and nowhere else),
the answer has a largest size, and all of it together has a time limit, however slowly a server drips.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from maildesk.domain.oauth import is_safe_url
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, ConnectionLost, MailServerError, ServerMisbehaved

TIMEOUT = 20.0
"""Seconds for a question and its answer together."""
LIMIT = 1 << 20
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Not shown by ``repr``: it holds tokens."""

    status: int
    values: Mapping[str, object]

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    def text(self, name: str) -> str:
        """A value that is a text, '' for anything else."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: float, most: float) -> float:
        """A value that is a number of seconds, within 0 and ``most``; some servers write it as a text."""
        value = self.values.get(name)
        try:
            found = float(value) if isinstance(value, int | float | str) else default
        except (OverflowError, ValueError):
            return default
        return min(max(found, 0.0), most) if found == found else default


def post(url: str, form: Mapping[str, str], ca_file: str | None = None, timeout: float = TIMEOUT) -> Answer:
    """Send ``form`` and read the answer, whatever its status.

    Raises ConfigError (an unsafe address, no such certificates), ConnectionLost (unreachable, certificate, too slow),
    ServerMisbehaved (no JSON object, too large). No error holds anything of the form or of the answer.
    """
    if not is_safe_url(url):
        raise ConfigError("oauth_url", url=safe_line(url.partition("?")[0]))
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = _connection(parts.scheme, host, parts.port, ca_file, timeout)
    late = threading.Event()

    def abort() -> None:
        late.set()
        if (line := connection.sock) is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(timeout, abort)
    timer.daemon = True
    timer.start()
    try:
        path = parts.path or "/"
        connection.request(
            "POST",
            f"{path}?{parts.query}" if parts.query else path,
            urlencode(form),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "Connection": "close",
            },
        )
        response = connection.getresponse()
        body = response.read(LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        raise _lost(host, error, timeout, late=late.is_set()) from None
    finally:
        timer.cancel()
        connection.close()
    if late.is_set():
        raise ConnectionLost("oauth_slow", host=host, seconds=f"{timeout:g}")
    return Answer(response.status, _object(host, response.status, body))


def _connection(
    scheme: str, host: str, port: int | None, ca_file: str | None, timeout: float
) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError("oauth_ca_file", file=safe_line(ca_file or ""), reason=error.strerror) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)


def _lost(host: str, error: Exception, timeout: float, *, late: bool) -> MailServerError:
    match error:
        case _ if late:
            return ConnectionLost("oauth_slow", host=host, seconds=f"{timeout:g}")
        case TimeoutError():
            return ConnectionLost("oauth_slow", host=host, seconds=f"{timeout:g}")
        case ssl.SSLCertVerificationError():
            return ConnectionLost("oauth_certificate", host=host, reason=safe_line(error.verify_message))
        case OSError():
            reason = safe_line(error.strerror or type(error).__name__)
            return ConnectionLost("oauth_unreachable", host=host, reason=reason)
        case _:
            return ServerMisbehaved("oauth_answer", host=host, reason=type(error).__name__)


def _object(host: str, status: int, body: bytes) -> dict[str, object]:
    """The JSON object of an answer. A failing server may say anything else: then it is down."""
    if not body:
        return {}
    try:
        found = json.loads(body) if len(body) <= LIMIT else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if status >= 500 or status == 429:
        raise ConnectionLost("oauth_later", host=host, status=status)
    raise ServerMisbehaved("oauth_answer", host=host, reason=f"HTTP {status}")
