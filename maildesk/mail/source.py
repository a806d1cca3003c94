"""The source of a mail for people: its header fields, decoded, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.mail import header
from maildesk.mail.findings import Findings
from maildesk.mail.structure import read

MAX_FIELD = 4_000
"""Characters of one field that are shown."""


def header_lines(raw: bytes, charset: str = "") -> Sequence[tuple[str, str]]:
    """The fields of a mail's header (RFC 5322 section 2.2): name and decoded value, in ``charset`` where somebody
    chose one. Never raises."""
    found = []
    for name, value in read(raw, Findings()).root.headers:
        shown = (
            "-".join(part.capitalize() for part in name.split("-"))
            .replace("-Id", "-ID")
            .replace("Dkim", "DKIM")
        )
        found.append((shown, header.text(value, Findings(charset))[:MAX_FIELD]))
    return found
