"""The names of the columns above a list."""

from __future__ import annotations

from typing import ClassVar

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.widgets.bar import Bar, Run, blanks
from maildesk.widgets.columns import NEEDS, Needs, columns_for
from maildesk.widgets.wrap import fit


class ColumnHeader(Bar):
    """One row that stands over a :class:`~maildesk.widgets.mail_list.MailList` of the same width with one
    line a row."""

    DEFAULT_CSS = """
    ColumnHeader { & > .column-header--name { color: $text-muted; } }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"column-header--name"}

    _needs = NEEDS

    def set_needs(self, needs: Needs) -> None:
        """The rows of the list below need this."""
        if needs != self._needs:
            self._needs = needs
            self.refresh()

    def runs(self, width: int) -> list[Run]:
        """The row for ``width`` cells."""
        text = SafeText("")
        at = 0
        for column in columns_for(width, needs=self._needs)[0]:
            name = safe_line(t(f"widgets.column.{column.name}"))
            cell = fit(name, column.width, "right" if column.name in ("due", "time") else "left")
            text = SafeText(text + blanks(column.start - at) + cell)
            at = column.start + column.width
        return [(text, "column-header--name")]
