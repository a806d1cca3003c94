"""The rules of a mailbox: a page that everybody reads and who leads writes."""

from __future__ import annotations

from dataclasses import dataclass

from maildesk.desk.context import Context
from maildesk.domain.day_hours import DayHours
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.talk import RulesPage, TalkUndo, may_edit_rules
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from maildesk.store import events, focus, talk_rules

LONGEST = 100_000
"""Characters of a page."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A page as it is now, and how to take the change back."""

    page: RulesPage
    undo: TalkUndo


class Rules:
    """One page of markdown for each mailbox."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def get(self, mailbox_id: int) -> RulesPage:
        """The page of a mailbox. Raises NotFound."""
        with self._desk.store.reading() as tx:
            page = talk_rules.of_mailbox(tx, mailbox_id)
        if page is None:
            raise NotFound("mailbox_unknown", mailbox=mailbox_id, known="-")
        return page

    def focus(self) -> tuple[DayHours, ...]:
        """The hours of the day, in the team's time zone, in which everybody keeps to the mail."""
        with self._desk.store.reading() as tx:
            return focus.hours(tx)

    def edit(self, mailbox_id: int, text: str, version: int) -> Ruled:
        """Write the page that was read at ``version``. Raises NotPermitted, NotFound, and MaildeskError where a
        colleague wrote it since, or it is too long."""
        if not may_edit_rules(self._desk.me):
            raise NotPermitted("not_permitted_rules")
        if len(text) > LONGEST:
            raise MaildeskError("long_note", most=f"{LONGEST:,}")
        before = self.get(mailbox_id)
        with self._desk.store.transaction() as tx:
            if not talk_rules.put(tx, mailbox_id, text.strip(), self._desk.me.id, version):
                raise MaildeskError("rules_changed", who=before.changed_by)
            events.record(tx, self._desk.actor, "rules-edited", None, detail={"mailbox": mailbox_id})
        return Ruled(self.get(mailbox_id), TalkUndo("rules", mailbox_id, "edited", version + 1, before.text))

    def undo(self, undo: TalkUndo) -> NotUndone | None:
        """Bring the text before back, unless somebody wrote the page since; None when it is back."""
        with self._desk.store.transaction() as tx:
            if not talk_rules.put(tx, undo.id, undo.before, self._desk.me.id, undo.version):
                return NotUndone("", "rules-edited")
            events.record(
                tx, self._desk.actor, "rules-edited", None, detail={"mailbox": undo.id, "undo": True}
            )
        return None
