"""The URL of a store: what it may look like, and how it and other values are shown."""

from __future__ import annotations

import re

from maildesk.domain.safetext import safe_line

_STORE_URL = r"(?s)sqlite:///.+|postgres(?:ql)?(?:\+psycopg)?://.+"
_PASSWORD = r"(?<=://)([^:@/?#]*):([^?#]*)(?=@)|(?<=password=)([^&#]+)"


def is_store_url(url: str) -> bool:
    """Whether ``url`` names a store: SQLite by an absolute or relative file, PostgreSQL by a server."""
    return bool(re.fullmatch(_STORE_URL, url))


def masked(url: str) -> str:
    """``url`` without its password, for showing."""
    return re.sub(_PASSWORD, lambda found: f"{found[1]}:***" if found[1] is not None else "***", url)


def shown(value: object) -> str:
    """A value in an error: one line, no password of a URL, not endless."""
    text = safe_line(masked(str(value).lower() if isinstance(value, bool) else str(value)))
    return f"{text[:60]}…" if len(text) > 61 else text or '""'
