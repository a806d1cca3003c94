"""What the command line does: it runs actions, and answers what they ask with the argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widgets import Input

from maildesk import keymap
from maildesk.app import live
from maildesk.domain.columns import COLUMNS
from maildesk.domain.status import Sort
from maildesk.domain.view import View
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.base import DeskScreen
from maildesk.screens.ex_commands import ARGUMENTS, Kind, Line
from maildesk.screens.fuzzy import Choice
from maildesk.screens.time_boxed import OFFERED

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp
    from maildesk.desk import Desk

MOST = 100
"""Lines of history."""


class CommandLine:
    """The lines typed in this session, and what became of them."""

    def __init__(self, app: MaildeskApp) -> None:
        self._app = app
        self.history: list[str] = []
        self._answer: str | None = None
        """What the next question is answered with; the next key takes it back."""

    def take_answer(self) -> str | None:
        """The answer for a question that is asked now; it is used once."""
        answer, self._answer = self._answer, None
        return answer

    async def ask(self, screen: DeskScreen[object]) -> None:
        """Let the agent type a line, and do it on ``screen``."""
        from maildesk.screens.ex import ExScreen

        words = await self._words(screen)
        line = await self._app.push_screen_wait(
            ExScreen(self.history, words, lambda line: self._against(line, screen))
        )
        del self.history[:-MOST]
        if line is not None:
            await self.do(line)

    async def do(self, line: Line) -> None:
        """Do what a line says."""
        if line.number:
            self._app.open_conversation(line.number)
        elif line.setting is not None:
            try:
                self._app.say(live.change(self._app, *line.setting))
            except MaildeskError as error:
                self._app.explain(error)
        else:
            self._answer = line.argument or None
            await self._app.keyboard.run(line.action)
            if line.action == "search.open" and (words := self.take_answer()) is not None:
                await self.search(words)

    async def search(self, words: str) -> None:
        """Filter the inbox by ``words``, as if they were typed."""
        from maildesk.widgets.search_bar import SearchBar

        inbox = self._app.inbox
        if inbox is not None:
            field = inbox.query_one(SearchBar).query_one(Input)
            field.value = words
            await field.action_submit()

    def _against(self, line: Line, screen: DeskScreen[object]) -> str | None:
        """What is against a line, in words."""
        if line.setting is not None:
            try:
                live.check(*line.setting)
            except MaildeskError as error:
                return str(error)
        elif line.action and self._app.keyboard.place_of(line.action, screen) is None:
            return t("app.ex.not_here", what=keymap.BY_ID[line.action].help)
        elif line.argument and line.action not in ARGUMENTS:
            return t("app.ex.no_argument", what=keymap.BY_ID[line.action].help)
        return None

    async def _words(self, screen: DeskScreen[object]) -> dict[Kind, Sequence[Choice[str]]]:
        """What arguments may be, as far as the desk says so in time."""
        words: dict[Kind, Sequence[Choice[str]]] = {
            "status": [
                Choice(c.label, c.label, also=c.also) for c in choices.statuses(None, self._app.states)
            ],
            "priority": [Choice(c.label, c.label, also=c.also) for c in choices.priorities(None)],
            "sort": [Choice(c.value.value, c.label, also=c.also) for c in choices.sorts(Sort.NEWEST)],
            "when": [Choice(word, word) for word in t("app.ex.when").split("|")],
            "columns": [Choice(f"-{name}", f"-{name}", t(f"inbox.column.{name}")) for name in COLUMNS],
            "minutes": [Choice(f"{each}m", f"{each}m") for each in OFFERED],
            "text": [Choice(word, word) for word in live.lines()],
        }
        if self._app.inbox is not None:
            boxes = self._app.inbox.listing.mailboxes
            words["shops"] = [
                Choice(c.label, c.label, also=(c.note, *c.also)) for c in choices.shops(boxes, -1)
            ]
        if self._app.desk is not None:
            found = await screen.tried(_people_and_labels)
            if found is not None:
                people, labels, views = found
                words["views"] = [Choice(view.name, view.name, also=(view.letter,)) for view in views]
                words["queries"] = [Choice(v.query, v.query, also=(v.name,)) for v in views if v.query]
                words["people"] = people
                words["labels"] = labels
        return words


def _people_and_labels(desk: Desk) -> tuple[list[Choice[str]], list[Choice[str]], tuple[View, ...]]:
    people = [Choice(one.login, one.name, also=(one.reading, one.login)) for one in desk.people.agents()]
    people.append(Choice("nobody", t("picker.assign.nobody"), also=("nobody", "0")))
    return people, [Choice(label, label) for label in desk.inbox.labels()], desk.views.list()
