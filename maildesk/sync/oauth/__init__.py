"""OAuth 2.0 for IMAP and SMTP: how a person signs a mailbox in, and how its tokens stay fresh.

:mod:`.flows` talks to the provider, :mod:`.keeper` to the store, :mod:`.vault` seals what lies there. Standard library
only, but for the cipher. No token is in a log, an error, an argument, or the ``repr`` of anything.
"""

from __future__ import annotations

from maildesk.sync.oauth.keeper import TokenKeeper

__all__ = ["TokenKeeper"]
