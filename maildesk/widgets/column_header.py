"""The names of the columns above a list."""

from __future__ import annotations

from typing import ClassVar

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.widgets.bar import Bar, Run, blanks
from maildesk.widgets.columns import NUMBER, columns_for
from maildesk.widgets.wrap import fit


class ColumnHeader(Bar):
    """One row that stands over a :class:`~maildesk.widgets.mail_list.MailList` of the same width with one
    line a row."""

    DEFAULT_CSS = """
    ColumnHeader { & > .column-header--name { color: $text-muted; } }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"column-header--name"}

    _number = NUMBER

    def set_number_width(self, cells: int) -> None:
        """The list below has numbers of so many cells."""
        if cells != self._number:
            self._number = cells
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells."""
        text = SafeText("")
        at = 0
        for column in columns_for(width, number=self._number)[0]:
            name = safe_line(t(f"widgets.column.{column.name}"))
            cell = fit(name, column.width, "right" if column.name == "time" else "left")
            text = SafeText(text + blanks(column.start - at) + cell)
            at = column.start + column.width
        return [(text, "column-header--name")]
