"""Safe text into what Textual draws, never by way of markup.

A ``str`` given to a Textual widget is read as markup: ``[/]`` would end the app and ``[@click=…]`` run an
action. So texts from outside become :class:`~textual.content.Content` here and nowhere else.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.content import Content

from maildesk.domain.safetext import SafeText, safe

NOTHING = SafeText("")
"""No text."""

Part = tuple[str, str]
"""A piece of text and its style: Textual style words such as ``"$warning bold"``, '' for none."""


def content(text: str, style: str = "") -> Content:
    """``text`` as it stands, in one style. Text that is not :class:`SafeText` yet is made safe."""
    return Content.styled(safe(text), style) if style else Content(safe(text))


def joined(*parts: str | Part) -> Content:
    """Several pieces in a row; a bare string has no style."""
    return Content.assemble(
        *((safe(part) if isinstance(part, str) else (safe(part[0]), part[1])) for part in parts)
    )


def segments(*runs: tuple[SafeText, Style]) -> list[Segment]:
    """Segments for a line, one for each run of equal style, so that a repainted line costs as few bytes as it
    can."""
    merged: list[Segment] = []
    for text, style in runs:
        if not text:
            continue
        if merged and merged[-1].style == style:
            merged[-1] = Segment(merged[-1].text + text, style)
        else:
            merged.append(Segment(text, style))
    return merged
