"""Naming a colleague while a comment is written: who fits what is typed after ``@``, and who will hear of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import TextArea

from maildesk.domain.agent import Agent
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.talk import begun, mentioned, written
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice, best

SHOWN = 5
"""How many who fit are shown."""

Place = tuple[int, int]


class Mentioning:
    """For one field: completes names in it. Tab takes the first who fits, and the next one when pressed again."""

    def __init__(self, area: TextArea, me: int) -> None:
        self._area = area
        self._me = me
        self._agents: Sequence[Agent] = ()
        self._offered: Sequence[Agent] = ()
        self._taken: tuple[Place, Place, int] | None = None
        """From where to where the last name stands that Tab wrote, and which of those offered it is."""

    def know(self, agents: Sequence[Agent]) -> None:
        """Who can be named."""
        self._agents = agents

    def _fitting(self) -> Sequence[Agent]:
        row, column = self._area.cursor_location
        typed = begun(self._area.document.get_line(row)[:column])
        if typed is None:
            return ()
        choices = [
            Choice(one, one.name, also=(one.reading, one.login)) for one in self._agents if one.id != self._me
        ]
        return [choice.value for choice in best(typed, choices)]

    @property
    def _goes_on(self) -> bool:
        return self._taken is not None and self._taken[1] == self._area.cursor_location

    def complete(self) -> bool:
        """Write the name of who is meant. False: no name is being typed."""
        if self._goes_on and self._taken is not None:
            start, end, chosen = self._taken
            place = (chosen + 1) % len(self._offered)
        else:
            self._offered, end, place = self._fitting(), self._area.cursor_location, 0
            if not self._offered:
                return False
            row, column = end
            typed = begun(self._area.document.get_line(row)[:column]) or ""
            start = (row, column - len(typed) - 1)
        name = f"@{written(self._offered[place], self._agents)} "
        self._area.replace(name, start, end)
        after = (start[0], start[1] + len(name))
        self._area.move_cursor(after)
        self._taken = (start, after, place)
        return True

    def words(self) -> SafeText:
        """What to say under the field: who fits, else who will hear of it, else how to name somebody."""
        fitting = self._offered if self._goes_on else self._fitting()
        if fitting:
            names = "  ".join(f"{one.name} ({one.login})" for one in fitting[:SHOWN])
            more = len(fitting) - SHOWN
            return safe_line(t("talk.mention.fit", names=names) + (f"  +{more}" if more > 0 else ""))
        row, column = self._area.cursor_location
        typed = begun(self._area.document.get_line(row)[:column])
        if typed and not mentioned(f"@{typed}", self._agents):
            return safe_line(t("talk.mention.none", typed=typed))
        heard = [one for one in mentioned(self._area.text, self._agents) if one.id != self._me]
        if heard:
            names = t("talk.mention.and").join(t("common.colleague", name=one.name) for one in heard)
            return safe_line(t("talk.mention.heard", names=names))
        return safe_line(t("talk.mention.how"))
