"""How much is asked at once, and how long an answer may take."""

from __future__ import annotations

TIMEOUT = 30.0
"""Seconds to wait for a connection and for each answer."""
BATCH = 500
"""UIDs per FETCH; two are in flight. Smaller costs round trips, larger costs memory at the server."""
CHUNK = 1 << 20
"""Bytes of a mail taken at once: larger mails come in pieces, so no mail needs more memory than this."""
SEARCH_WINDOW = 40_000
"""UIDs that one SEARCH may answer with: some 400 KiB."""
IDLE_AT_MOST = 9 * 60.0
"""Seconds after which an IDLE is ended: routers forget a silent connection (RFC 2177 allows 29 minutes)."""
