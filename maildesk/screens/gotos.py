"""The keys that follow ``g`` and ``y``, and the places that ``g`` leads to."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TypeVar

from textual import work

from maildesk.domain.safetext import safe_line
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.asking import Asks
from maildesk.widgets.bindings import action_name
from maildesk.widgets.sheet import Choice, Sheet, choices

Result = TypeVar("Result")


class Gotos(Asks[Result]):
    """Mixed into every full screen."""

    @cached_property
    def sheet(self) -> Sheet:
        """Where the keys after a prefix are shown."""
        return self.query_one(Sheet)

    def open_sheet(self, context: Context) -> None:
        """Take the next key for an action of ``context``."""
        title = safe_line(t(f"picker.sheet.{context}"))
        self.sheet.open(context, title, choices(self.host.keymap, context))

    async def on_sheet_chosen(self, event: Sheet.Chosen) -> None:
        if len(event.value) == 1:
            self.host.open_view(event.value)
        else:
            await self.run_action(action_name(event.value))

    def action_app_goto(self) -> None:
        title = safe_line(t("picker.sheet.goto"))
        sheet = self.sheet
        sheet.open("goto", title, choices(self.host.keymap, "goto"), letters=True)
        self._offer_views(sheet)

    @work(exclusive=True, group="letters")
    async def _offer_views(self, sheet: Sheet) -> None:
        """Show the saved views that a letter opens, too; a letter typed before they are known opens its view all the
        same."""
        with suppress(MaildeskError):
            if self.host.desk is not None:
                views = await self.ask(lambda desk: desk.views.list())
                letters = {view.letter: view.name for view in reversed(views) if view.letter}
                sheet.offer("goto", [Choice(key, safe_line(name), key) for key, name in letters.items()])

    def action_goto_inbox(self) -> None:
        self.host.go("inbox")

    def action_goto_outbox(self) -> None:
        self.host.go("outbox")

    def action_goto_drafts(self) -> None:
        self.host.go("drafts")

    def action_goto_stopped(self) -> None:
        self.host.go("stopped")

    def action_goto_customers(self) -> None:
        self.host.find_customer()

    def action_goto_health(self) -> None:
        self.host.go("health")

    def action_goto_start(self) -> None:
        self.host.go("start")

    def action_goto_rules(self) -> None:
        self.host.show_rules()

    def action_goto_chat(self) -> None:
        self.host.go("chat")

    def action_goto_mentions(self) -> None:
        self.host.go("mentions")

    def action_goto_views(self) -> None:
        self.host.go("inbox")
        if self.host.inbox is not None:
            self.host.inbox.choose_view()

    def action_goto_approval(self) -> None:
        self.host.go("approval")
