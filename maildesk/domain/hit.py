"""Where what was asked for stands in a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from maildesk.domain.query_text import Excerpt
from maildesk.locale import t

Where = Literal["body", "comment", "attachment", "file", "subject", "sender", "recipients"]


@dataclass(frozen=True, slots=True)
class Hit:
    """What stands around it. ``where``: in the text of a mail, in a comment of colleagues, inside an attachment (whose
    name is ``file``), in the name of a file, in a subject, in who wrote, in whom it went to."""

    excerpt: Excerpt
    where: Where
    file: str = ""

    @property
    def bracketed(self) -> str:
        """What stands around the words, these in brackets, which show without any colour."""
        text, out, at = self.excerpt.text, [], 0
        for span in self.excerpt.spans:
            out += [text[at : span.start], "【", text[span.start : span.end], "】"]
            at = span.end
        return "".join([*out, text[at:]])


def told(hit: Hit) -> str:
    """Where the words stand: ``一致: …【返品】…``, in a comment, or inside an attachment of that name."""
    key = {"comment": ".internal", "attachment": ".attachment"}.get(hit.where, "")
    return t(f"inbox.search.hit{key}", text=hit.bracketed, file=hit.file)
