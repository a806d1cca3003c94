"""Where hits of a search stand, in the words of lists and previews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maildesk.domain.hit import Hit
from maildesk.domain.query_text import spans
from maildesk.domain.safetext import safe_line
from maildesk.locale import t
from maildesk.widgets.hit_cells import Lit
from maildesk.widgets.list_row import ListRow


def lit(row: ListRow, words: Sequence[str], hit: Hit | None) -> ListRow:
    """A row that was found by ``words``: lit up where it has them itself, and what stands around them elsewhere."""
    found = replace(
        row, subject_lit=spans(row.subject, words), sender_lit=spans(row.sender, words), around=None
    )
    if hit is None or hit.where in ("subject", "sender", "recipients"):
        return found
    where = ""
    if hit.where in ("attachment", "file"):
        where = t("inbox.hit.file", file=hit.file) if hit.file else t("inbox.flag.attachments") + " "
    elif hit.where == "comment":
        where = t("inbox.hit.comment")
    # a long name of a file may not push the words out of sight
    text = safe_line(f"{where[:24]}{hit.excerpt.text}")
    return replace(found, around=Lit(text, spans(text, words)))
