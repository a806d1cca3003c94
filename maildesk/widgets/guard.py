"""The last line of defence before the terminal.

Every text that is shown went through :func:`maildesk.domain.safetext.safe`. Should one ever be forgotten,
this filter drops what a terminal would obey from the painted lines. It sees every widget's output, because
Textual passes every line through the filters of the app::

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self.guard]

``guard.dropped`` stays 0 in a correct program, and tests assert it.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# C0 with DEL, C1, bidirectional controls, zero-width and other invisible characters, surrogates, tag
# characters.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


class ControlGuard(LineFilter):
    """Drops control characters from painted segments and counts them in :attr:`dropped`."""

    def __init__(self) -> None:
        super().__init__(enabled=True)
        self.dropped = 0

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """``segments`` without control characters; the very same list where there is none."""
        search = _FORBIDDEN.search
        for text, style, _control in segments:
            if search(text) or (style is not None and style.link and search(style.link)):
                return [self._cleaned(segment) for segment in segments]
        return segments

    def _cleaned(self, segment: Segment) -> Segment:
        text, style, control = segment
        text, count = _FORBIDDEN.subn("", text)
        self.dropped += count
        if style is not None and style.link and _FORBIDDEN.search(style.link):
            style = style.update_link(None)
            self.dropped += 1
        return Segment(text, style, control)
