"""How a line of the chat looks: time and name, the text with its references, wrapped as Japanese is set."""

from __future__ import annotations

from datetime import datetime, tzinfo

from rich.cells import cell_len
from textual.content import Content

from maildesk.domain.safetext import SafeText, safe
from maildesk.domain.talk import ChatLine, references
from maildesk.locale import t
from maildesk.screens.words import clock, colleague
from maildesk.widgets.text import Part, content, joined
from maildesk.widgets.wrap import wrap

REFERENCE = "$text-primary underline"


def day(at: datetime, now: datetime, zone: tzinfo | None) -> Content:
    """What stands over the lines of a day."""
    there, today = at.astimezone(zone), now.astimezone(zone)
    words = f"{there:%Y/%m/%d}" if there.year != today.year else f"{there:%m/%d}"
    if there.date() == today.date():
        words = t("talk.chat.today", date=words)
    return content(f"── {words} ──", "$text-muted")


def option(line: ChatLine, zone: tzinfo | None, width: int, *, mine: bool) -> Content:
    """``10:05 鈴木さん  #1044 をお願いします``; what does not fit goes on under it, indented."""
    head = f"{clock(line.at, zone)} {colleague(line.author)}  "
    indent = 2
    text = safe(line.text)
    room = max(10, width - indent)
    first = max(4, width - cell_len(head))
    wrapped = _wrapped(text, first, room)
    parts: list[str | Part] = [(head, "$text-primary bold" if mine else "$text-secondary bold")]
    for place, piece in enumerate(wrapped):
        if place:
            parts.append("\n" + " " * indent)
        at = 0
        for start, end, _ in references(piece):
            parts += [piece[at:start], (piece[start:end], REFERENCE)]
            at = end
        parts.append(piece[at:])
    return joined(*parts)


def _wrapped(text: SafeText, first: int, rest: int) -> list[SafeText]:
    """``text`` in lines, the first of another width than the rest."""
    head, *more = text.split("\n")
    began = wrap(SafeText(head), first)
    lines = [began[0]] if began else [SafeText("")]
    left = SafeText(head[len(lines[0]) :].lstrip())
    for part in ([left] if left else []) + [SafeText(one) for one in more]:
        lines += wrap(part, rest) or [SafeText("")]
    return [SafeText(one.rstrip()) for one in lines]
