"""Saved views: queries that were given a name, by oneself or by a colleague who shares them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.agent import Right
from maildesk.domain.status import StateTab
from maildesk.domain.view import View, ViewUndo, check
from maildesk.errors import NotFound, NotPermitted, UsageError
from maildesk.store import mailboxes, states, views

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Views:
    """What an agent has saved, and what others share with everybody."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def list(self) -> tuple[View, ...]:
        """All views, one's own first."""
        with self._desk.store.reading() as tx:
            return views.all_views(tx, self._desk.me.id)

    def get(self, name: str) -> View:
        """The view of that name, one's own before a shared one. Raises NotFound with the names that there are."""
        known = self.list()
        for view in known:
            if view.name == name:
                return view
        raise NotFound("no_view", name=name, known=", ".join(one.name for one in known) or "-")

    def save(self, view: View) -> View:
        """Keep a view as one's own; one that has its name is replaced. Raises UsageError for a name or a letter that
        cannot be, QueryError for a query that cannot be obeyed, NotFound for an unknown mailbox."""
        named = replace(view, name=view.name.strip())
        with self._desk.store.reading() as tx:
            known_states = states.names(states.all_states(tx))
        if (
            isinstance(named.tab, StateTab)
            and named.tab.reason is None
            and named.tab.value not in known_states
        ):
            raise NotFound("no_state", name=named.tab.value[:60], known=", ".join(known_states) or "-")
        check(named, states=known_states)
        with self._desk.store.transaction() as tx:
            views.put(tx, self._desk.me.id, named, _mailbox_id(tx, view))
        return next(one for one in self.list() if one.own and one.name == named.name)

    def of_letter(self, letter: str) -> View | None:
        """The view that a letter opens after ``g``: one's own before a shared one, None where there is none."""
        return next((view for view in self.list() if letter and view.letter == letter), None)

    def give_letter(self, name: str, letter: str) -> tuple[View, View | None]:
        """Let a letter open one's own view after ``g``, '' for none; the view, and the one of one's own that had the
        letter until now. Raises NotFound, NotPermitted for another's, UsageError for a letter that means something
        else."""
        found = self.get(name)
        if not found.own:
            raise NotPermitted("not_permitted_view", owner=found.owner)
        had = self.of_letter(letter)
        taken_from = had if had is not None and had.own and had.id != found.id else None
        return self.save(replace(found, letter=letter)), taken_from

    def rename(self, name: str, new: str) -> View:
        """Give a view another name. Raises NotFound, NotPermitted, UsageError for a name that is taken or cannot be."""
        found = self._mine(name)
        check(View(new.strip()))
        with self._desk.store.transaction() as tx:
            if not views.rename(tx, found.id, new.strip()):
                raise UsageError("view_taken", name=new.strip())
        return self.get(new.strip())

    def share(self, name: str, shared: bool = True) -> View:
        """Let everybody have a view, or only oneself again. Raises NotFound, NotPermitted."""
        found = self._mine(name)
        with self._desk.store.transaction() as tx:
            views.share(tx, found.id, shared)
        return replace(found, shared=shared)

    def delete(self, name: str) -> View:
        """Remove a view; what it was can be saved again. Raises NotFound, NotPermitted."""
        found = self._mine(name)
        with self._desk.store.transaction() as tx:
            views.delete(tx, found.id)
        return found

    def undo(self, undo: ViewUndo) -> None:
        """Take a change of one's own view back. Raises NotFound where it is gone, UsageError where its name is
        taken."""
        if undo.was is None:
            if undo.now is not None:
                self.delete(undo.now.name)
            return
        if not undo.was.own:
            self._give_back(undo.was, undo.now)
            return
        if undo.now is not None and undo.now.name != undo.was.name:
            self.rename(undo.now.name, undo.was.name)
        self.save(undo.was)

    def _give_back(self, was: View, now: View | None) -> None:
        """A colleague's view that an administrator changed or removed is his as it was; nobody gets a copy of it."""
        if not self._desk.me.may(Right.ADMINISTER):
            raise NotPermitted("not_permitted_view", owner=was.owner)
        with self._desk.store.transaction() as tx:
            if now is None:
                views.put(tx, was.owner_id, was, _mailbox_id(tx, was))
                return
            if now.name != was.name and not views.rename(tx, now.id, was.name):
                raise UsageError("view_taken", name=was.name)
            views.share(tx, now.id, was.shared)

    def _mine(self, name: str) -> View:
        found = self.get(name)
        if not found.own and not self._desk.me.may(Right.ADMINISTER):
            raise NotPermitted("not_permitted_view", owner=found.owner)
        return found


def _mailbox_id(tx: Connection, view: View) -> int | None:
    """The mailbox that a view lists, None for all. Raises NotFound."""
    if not view.mailbox:
        return None
    boxes = mailboxes.all_mailboxes(tx)
    for box in boxes:
        if view.mailbox in (box.short_name, box.name):
            return box.id
    raise NotFound(
        "mailbox_unknown", mailbox=view.mailbox, known=", ".join(box.short_name for box in boxes) or "-"
    )
