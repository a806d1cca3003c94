"""Triage: state, assignee, priority, labels; each act on any number of conversations, in one transaction, undoable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from maildesk.desk.context import Context
from maildesk.domain.conversation import Heard
from maildesk.domain.label import MAX_LABEL, is_label_name
from maildesk.domain.outcomes import Before, Changed, NotUndone, Skipped, Undo, Undone, UndoOutcome
from maildesk.domain.spam import blockable
from maildesk.domain.status import Priority, Status, WaitingReason, state_named
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import agents, blocking, changes, following, mailboxes, merging, moving, states
from maildesk.store.events import Actor

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

MAX_NOTE = 200
"""Characters of a reason."""

_Done = tuple[tuple[Before, ...], tuple[Skipped, ...]]


class Triage:
    """Acts on conversations. Each returns what they are now, which were skipped and why, and how to take it back."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """The acts of this thread within are only tried: they say what would change, and nothing stays of it. Raises
        StoreError."""
        with self._desk.store.rehearsing():
            yield

    # ---- states

    def set_status(
        self,
        ids: Sequence[int],
        status: Status,
        *,
        reason: WaitingReason | None = None,
        until: datetime | None = None,
        note: str = "",
    ) -> Changed:
        """Give them a state, and say why in ``note``. Those that a colleague answers just now are skipped: his reply
        decides. What was spam and is to be new is what it was before; whoever leaves spam, except for trash, is blocked
        no longer."""
        values: dict[str, Any] = {
            "status": status.value,
            "waiting_reason": None,
            "waiting_until": None,
            "note": note.strip()[:MAX_NOTE],
            "no_answer_turn": None,
            "substate": None,
        }
        if status is Status.WAITING:
            kind = reason or (WaitingReason.UNTIL if until else WaitingReason.CUSTOMER)
            values |= {"waiting_reason": kind.value, "waiting_until": until}

        def new(row: Row[Any]) -> dict[str, Any]:
            if status is Status.NEW and _is_spam(row):
                return values | {"before_spam": None} | _restored(row.before_spam)
            return values | {"before_spam": _before_spam(row, status)}

        return self._set_status(ids, new)

    def set_state(self, ids: Sequence[int], name: str, note: str = "") -> Changed:
        """Give them a state of the desk's own, by its name or label. Raises NotFound for one that there is not."""
        with self._desk.store.reading() as tx:
            known = states.all_states(tx)
        state = state_named(known, name)
        if state is None:
            raise NotFound("no_state", name=name[:60], known=", ".join(one.name for one in known) or "-")
        values = {
            "status": state.base.value,
            "waiting_reason": None,
            "waiting_until": None,
            "substate": state.name,
            "note": note.strip()[:MAX_NOTE],
            "no_answer_turn": None,
            "before_spam": None,
        }
        called = [state.label_ja, state.label_en]
        return self._set_status(ids, lambda _: values, detail={"called": called})

    def no_answer(self, ids: Sequence[int], note: str = "") -> Changed:
        """Close them as needing no answer (対応不要), counted apart from what was answered; the customer's next mail
        makes them new again."""
        values = {
            "status": Status.DONE.value,
            "waiting_reason": None,
            "waiting_until": None,
            "note": note.strip()[:MAX_NOTE],
            "before_spam": None,
            "substate": None,
        }
        return self._set_status(
            ids, lambda row: values | {"no_answer_turn": row.turn}, detail={"no_answer": True}
        )

    def spam(self, ids: Sequence[int], block: Sequence[str] = ()) -> Changed:
        """Mark as spam and block senders: addresses, or domains with their ``@``. Raises MaildeskError for a domain
        that many share, and for our own."""

        def values(row: Row[Any]) -> dict[str, Any]:
            return _PLAIN | {"status": Status.SPAM.value, "before_spam": _before_spam(row, Status.SPAM)}

        return self._set_status(ids, values, block=block)

    def not_spam(self, ids: Sequence[int]) -> Changed:
        """The earlier state again, and whoever of their senders was blocked is blocked no longer."""

        def values(row: Row[Any]) -> dict[str, Any]:
            was = row.before_spam if _is_spam(row) else None
            return _PLAIN | {"status": Status.NEW.value, "before_spam": None} | _restored(was)

        return self._set_status(ids, values, unblock=True)

    def _blockable(self, tx: Connection, block: Sequence[str]) -> list[str]:
        own = frozenset().union(*(box.own_addresses for box in mailboxes.all_mailboxes(tx)))
        return [blockable(address, own) for address in block]

    def _set_status(
        self,
        ids: Sequence[int],
        values: changes.Values,
        detail: Mapping[str, Any] | None = None,
        *,
        block: Sequence[str] = (),
        unblock: bool = False,
    ) -> Changed:
        """``unblock``: the senders of all of them, not only of those that leave spam by it."""

        def act(tx: Connection) -> Changed:
            who, wanted = self._desk.actor, self._blockable(tx, block)
            leaving: list[int] = []

            def new(row: Row[Any]) -> Mapping[str, Any]:
                fields = values(row)
                if unblock or (_is_spam(row) and fields["status"] not in _UNWANTED):
                    leaving.append(row.id)
                return fields

            before, skipped = changes.set_fields(
                tx, who, "status", ids, new, visible=True, skip_claimed=True, detail=detail
            )
            forgotten = blocking.remove(tx, who, blocking.forms(tx, leaving)) if leaving else ()
            added = blocking.add(tx, who, wanted) if before else ()
            return self._changed(tx, Undo("status", before, added, forgotten), skipped)

        return self._desk.act(act)

    # ---- the rest of a row

    def assign(self, ids: Sequence[int], agent_id: int | None) -> Changed:
        """Put an agent in charge; None for nobody. Raises NotFound for an unknown agent."""
        with self._desk.store.reading() as tx:
            if agent_id is not None and agent_id not in {a.id for a in agents.active(tx)}:
                raise NotFound("no_agent", agent=agent_id)
        return self._change("assigned", ids, {"assignee_id": agent_id})

    def set_priority(self, ids: Sequence[int], priority: Priority) -> Changed:
        """重要, 至急, 大至急 or ordinary."""
        return self._change("priority", ids, {"priority": int(priority)})

    def label(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Changed:
        """Put labels on and take labels off; others stay. Raises MaildeskError for a name that cannot be one."""
        for name in add:
            if not is_label_name(name):
                raise MaildeskError("label_wrong", name=name[: MAX_LABEL + 1], limit=MAX_LABEL)
        return self._did("labels", lambda tx, who: changes.label(tx, who, ids, add, remove))

    # ---- where it belongs

    def merge(self, ids: Sequence[int], into: int | None = None) -> Changed:
        """Merge conversations into ``into``, or into the oldest of them: later mails to any of them go there. Skipped
        are those that a colleague answers or has a draft in, and those with a reply under way; nothing happens when
        the one that they go into is skipped."""

        def act(tx: Connection, who: Actor) -> _Done:
            target = into if into is not None else merging.oldest(tx, ids)
            if target is None:
                return (), tuple(Skipped(number, "gone") for number in ids)
            return merging.merge(tx, who, ids, target)

        return self._did("merged", act)

    def split(self, message_id: int, *, following: bool = False) -> Changed:
        """Begin a conversation of its own with a mail (and those after it), linked to the one that it was in. Skipped
        with ``answered`` for a mail that has its answer, with ``all`` where nothing would stay."""

        def act(tx: Connection, who: Actor) -> _Done:
            found = merging.split(tx, who, message_id, following=following)
            return ((), (found,)) if isinstance(found, Skipped) else (found, ())

        return self._did("split", act)

    def move(self, ids: Sequence[int], mailbox_id: int) -> Changed:
        """Give them to another shop's mailbox: they are answered in its name from now on, and what was written stays.
        Raises NotFound for an unknown one."""

        def act(tx: Connection, who: Actor) -> _Done:
            if mailboxes.by_id(tx, mailbox_id) is None:
                known = ", ".join(box.name for box in mailboxes.all_mailboxes(tx))
                raise NotFound("mailbox_unknown", mailbox=mailbox_id, known=known)
            return moving.move(tx, who, ids, mailbox_id)

        return self._did("moved", act)

    # ---- following

    def follow(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Tell me what others do to them from now on. Those that I did not follow."""

        def act(tx: Connection) -> tuple[int, ...]:
            there = [row.id for row in changes.summaries(tx, self._desk.me.id, ids)]
            return following.start(tx, self._desk.me.id, there)

        return self._desk.act(act)

    def unfollow(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Tell me no more. Those that I followed."""
        return self._desk.act(lambda tx: following.stop(tx, self._desk.me.id, ids))

    def news(self) -> tuple[Heard, ...]:
        """What others did to the conversations that I follow since I was last told; each is told once, also when I have
        two windows."""
        with self._desk.store.reading() as tx:
            if not following.has_news(tx, self._desk.me.id):
                return ()
        return self._desk.store.run(lambda tx: following.news(tx, self._desk.me.id))

    # ---- how all of them are done

    def _change(
        self,
        what: str,
        ids: Sequence[int],
        values: Mapping[str, Any] | changes.Values,
        *,
        visible: bool = False,
        skip_claimed: bool = False,
        detail: Mapping[str, Any] | None = None,
    ) -> Changed:
        return self._did(
            what,
            lambda tx, who: changes.set_fields(
                tx, who, what, ids, values, visible=visible, skip_claimed=skip_claimed, detail=detail
            ),
        )

    def _did(self, what: str, act: Callable[[Connection, Actor], _Done]) -> Changed:
        def run(tx: Connection) -> Changed:
            before, skipped = act(tx, self._desk.actor)
            return self._changed(tx, Undo(what, before), skipped)

        return self._desk.act(run)

    def _changed(self, tx: Connection, undo: Undo, skipped: tuple[Skipped, ...]) -> Changed:
        rows = changes.summaries(tx, self._desk.me.id, [b.conversation_id for b in undo.before])
        return Changed(rows, replace(undo, before=tuple(b for b in undo.before if b.event)), skipped)

    def undo(self, undo: Undo, *, force: bool = False) -> UndoOutcome:
        """Take an act back, all of it, unless somebody changed the same of one of them since. ``force`` does so all the
        same where that loses nothing of a customer's (:attr:`NotUndone.can_force`)."""

        def act(tx: Connection) -> UndoOutcome:
            blocker = changes.changed_since(tx, undo)
            if blocker is not None and not (force and blocker.can_force):
                return blocker
            if not changes.restore(tx, self._desk.actor, undo):
                return NotUndone("", undo.what)
            return Undone(changes.summaries(tx, self._desk.me.id, [b.conversation_id for b in undo.before]))

        return self._desk.store.run(act)


_UNWANTED = (Status.SPAM.value, Status.TRASH.value)
_PLAIN: dict[str, Any] = {
    "waiting_reason": None,
    "waiting_until": None,
    "note": "",
    "no_answer_turn": None,
    "substate": None,
}


def _is_spam(row: Row[Any]) -> bool:
    return bool(row.status == Status.SPAM.value)


def _before_spam(row: Row[Any], status: Status) -> dict[str, Any] | None:
    """What a conversation was before it was spam, for the day on which it is none."""
    if status is not Status.SPAM:
        return None
    if row.status == Status.SPAM.value:
        was: dict[str, Any] | None = row.before_spam
        return was
    until = row.waiting_until.timestamp() if row.waiting_until is not None else None
    return {
        "status": row.status,
        "waiting_reason": row.waiting_reason,
        "waiting_until": until,
        "note": row.note,
        "no_answer_turn": row.no_answer_turn,
        "substate": row.substate,
    }


def _restored(was: Mapping[str, Any] | None) -> dict[str, Any]:
    """The reverse of :func:`_before_spam`; nothing for what was spam from the beginning."""
    if not was:
        return {}
    until = was["waiting_until"]
    return dict(was) | {"waiting_until": None if until is None else datetime.fromtimestamp(until, UTC)}
