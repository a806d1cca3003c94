"""A view of rows of equal height, in which the one under the cursor is never out of sight."""

from __future__ import annotations

from abc import abstractmethod

from textual.geometry import Size
from textual.scroll_view import ScrollView


class RowView(ScrollView):
    """The geometry of a list. What it lists, and where the cursor is, its subclass knows."""

    def __init__(self, *, two_lines: bool, id: str | None, classes: str | None) -> None:
        super().__init__(id=id, classes=classes)
        self._two_lines = two_lines

    @property
    @abstractmethod
    def total(self) -> int:
        """How many rows there are."""

    @property
    @abstractmethod
    def cursor(self) -> int:
        """The place of the cursor, from 0."""

    @property
    def two_lines(self) -> bool:
        """Whether a row takes two lines, for a list beside a preview."""
        return self._two_lines

    @two_lines.setter
    def two_lines(self, value: bool) -> None:
        if value != self._two_lines:
            self._two_lines = value
            self._measure()
            self._keep_visible()
            self.refresh()

    @property
    def row_height(self) -> int:
        """Lines of a row."""
        return 2 if self._two_lines else 1

    @property
    def _first(self) -> int:
        """The place of the first row in sight."""
        return round(self.scroll_y) // self.row_height

    @property
    def _visible_rows(self) -> int:
        return max(1, self.size.height // self.row_height)

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, self.total * self.row_height)

    def _repaint(self, place: int) -> None:
        self.refresh_lines(place * self.row_height, self.row_height)

    def _scroll(self, line: int) -> bool:
        """Show ``line`` as the first; whether that changed anything."""
        height = self.row_height
        line = max(0, min(line, self.total * height - self.size.height))
        line -= line % height
        if line == round(self.scroll_y):
            return False
        self.scroll_to(y=line, animate=False, force=True)
        return True

    def _keep_visible(self) -> bool:
        """Scroll by half a screen when the cursor left it; whether it scrolled."""
        first, rows, cursor = self._first, self._visible_rows, self.cursor
        if first <= cursor < first + rows:
            return False
        if cursor in (first + rows, first - 1):
            first = cursor - rows // 2
        else:
            first = cursor - (0 if cursor < first else rows - 1)
        return self._scroll(first * self.row_height)

    def on_resize(self) -> None:
        """Textual: another size."""
        self._measure()
        self._keep_visible()
