"""A row of the list of conversations, and how its cells read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maildesk.domain.query_text import Span
from maildesk.domain.safetext import SafeText
from maildesk.widgets.columns import Column
from maildesk.widgets.hit_cells import Lit, beside, pieces
from maildesk.widgets.tags import Tag, behind
from maildesk.widgets.text import NOTHING
from maildesk.widgets.wrap import fit

Urgency = Literal["normal", "important", "urgent", "critical"]
Pressing = Literal["late", "soon", "later"]
_PRESSING: dict[Pressing, str] = {"late": "critical", "soon": "urgent", "later": ""}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A conversation as the list shows it. ``id`` is the conversation's and finds the row again; ``holder``
    is who holds the claim and stands in the place of ``assignee``; ``flags`` are kanji: 添 attachments, 返
    answered, 自 automatic. ``state`` is the sign of its state, '' in a list of one state; ``due`` what is left to its
    reply target, '' for none, and ``pressing`` how pressing that is. Of what was searched, ``subject_lit`` and
    ``sender_lit`` are the words that were asked for, and ``around`` what stands around them elsewhere."""

    id: int
    number: SafeText
    sender: SafeText
    subject: SafeText
    time: SafeText
    unread: bool = False
    flags: SafeText = NOTHING
    priority: SafeText = NOTHING
    urgency: Urgency = "normal"
    shop: SafeText = NOTHING
    assignee: SafeText = NOTHING
    holder: SafeText = NOTHING
    state: SafeText = NOTHING
    labels: tuple[Tag, ...] = ()
    due: SafeText = NOTHING
    pressing: Pressing = "later"
    subject_lit: tuple[Span, ...] = ()
    sender_lit: tuple[Span, ...] = ()
    around: Lit | None = None


def cell(row: ListRow, column: Column) -> Sequence[tuple[SafeText, str]]:
    """The texts of a cell, together as wide as ``column``, and their looks, '' for the look of the row."""
    if column.name == "subject":
        title = Lit(row.subject, row.subject_lit)
        if row.around is not None:
            return beside(title, row.around, column.width)
        if row.labels:
            first, *more = behind(row.subject, row.labels, column.width)
            return [*pieces(title, first[0]), *more] if row.subject_lit else [first, *more]
        if row.subject_lit:
            return pieces(title, fit(row.subject, column.width))
    if column.name == "sender" and row.sender_lit:
        return pieces(Lit(row.sender, row.sender_lit), fit(row.sender, column.width))
    return (_one(row, column),)


def _one(row: ListRow, column: Column) -> tuple[SafeText, str]:
    width = column.width
    match column.name:
        case "priority":
            look = row.urgency if row.priority and row.urgency in ("urgent", "critical") else ""
            return fit(row.priority, width), look
        case "assignee":
            if row.holder:
                return fit(SafeText("✎" + row.holder), width), "holder"
            return fit(row.assignee, width), ""
        case "due":
            return fit(row.due, width, "right"), _PRESSING[row.pressing]
        case "number":
            return fit(row.number, width), ""
        case "state":
            return fit(row.state, width), ""
        case "sender":
            return fit(row.sender, width), ""
        case "subject":
            return fit(row.subject, width), ""
        case "flags":
            return fit(row.flags, width), ""
        case "shop":
            return fit(row.shop, width, ellipsis=""), ""
        case "time":
            return fit(row.time, width, "right"), ""
