"""Unsent replies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.agent import Right
from maildesk.domain.reply import ColleaguesDraft, Draft, DraftSummary, StoppedReply
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import claims, drafts, events, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Drafts:
    """My drafts. They go when they are sent, or by hand. A colleague's is read by whom he hands over to, and by those
    who may; each first look is written down."""

    def __init__(self, context: Context) -> None:
        self._desk = context
        self._looked: set[tuple[int, int, int]] = set()

    def mine(self) -> tuple[DraftSummary, ...]:
        """My drafts, newest first."""
        with self._desk.store.reading() as tx:
            return drafts.of_author(tx, self._desk.me.id)

    def of(self, conversation_id: int) -> Draft | None:
        """My draft for a conversation."""
        with self._desk.store.reading() as tx:
            return drafts.of(tx, conversation_id, self._desk.me.id)

    def discard(self, conversation_id: int) -> Draft | None:
        """Throw my draft away. What it was; :meth:`undiscard` brings it back."""
        with self._desk.store.transaction() as tx:
            return drafts.discard(tx, conversation_id, self._desk.me.id)

    def undiscard(self, conversation_id: int) -> Draft | None:
        """Bring back the draft that I threw away, with its files. None: I have none, or wrote another since."""
        with self._desk.store.transaction() as tx:
            return drafts.undiscard(tx, conversation_id, self._desk.me.id)

    # ---- stopped

    def stopped(self) -> tuple[StoppedReply, ...]:
        """Replies of mine that did not leave and wait for me, newest first: stopped while I sent or wrote them, held by
        new mail, or given back. Who approves sees everybody's."""
        author = None if self._desk.me.may(Right.APPROVE) else self._desk.me.id
        with self._desk.store.reading() as tx:
            found = (*drafts.stopped(tx, author), *outbox.stopped(tx, author))
        return tuple(sorted(found, key=lambda line: line.stop.at, reverse=True))

    # ---- colleagues'

    def peek(self, conversation_id: int) -> ColleaguesDraft | None:
        """What the colleague who replies now has written so far. None: nobody replies, or nothing is saved yet. Raises
        NotPermitted."""
        self._desk.require(Right.PEEK)
        found = self._of_others(conversation_id)
        return found[0] if found and found[0].live else None

    def colleagues(self, conversation_id: int) -> tuple[ColleaguesDraft, ...]:
        """The drafts that others have for a conversation, for whoever holds its claim now (a hand-over). Raises
        NotPermitted for others, unless they may peek."""
        with self._desk.store.reading() as tx:
            holder = claims.holder(tx, conversation_id)
        if holder is None or holder.agent_id != self._desk.me.id:
            self._desk.require(Right.PEEK)
        return self._of_others(conversation_id)

    def _of_others(self, conversation_id: int) -> tuple[ColleaguesDraft, ...]:
        with self._desk.store.reading() as tx:
            found = drafts.of_others(tx, conversation_id, self._desk.me.id)
            token = claims.token(tx, conversation_id)
        new = [one for one in found if (conversation_id, token, one.author_id) not in self._looked]
        if new:
            with self._desk.store.transaction() as tx:
                for one in new:
                    self._record(tx, "draft-read", conversation_id, one)
            self._looked.update((conversation_id, token, one.author_id) for one in new)
        return found

    def copy(self, conversation_id: int, author_id: int) -> Draft:
        """A colleague's draft, text and files, as mine. Raises NotPermitted as :meth:`colleagues`, NotFound without
        such a draft, and MaildeskError when I have a draft of my own here."""
        one = next((d for d in self.colleagues(conversation_id) if d.author_id == author_id), None)
        if one is None:
            raise NotFound("no_draft", number=conversation_id)
        me = self._desk.me.id
        with self._desk.store.transaction() as tx:
            if drafts.of(tx, conversation_id, me) is not None:
                raise MaildeskError("draft_there", number=conversation_id)
            saved = drafts.save(tx, replace(one.draft, files=()), me)
            drafts.copy_files(tx, one.draft.id, saved.id)
            self._record(tx, "draft-copied", conversation_id, one)
            found = drafts.of(tx, conversation_id, me)
        assert found is not None
        return found

    def _record(self, tx: Connection, what: str, conversation_id: int, one: ColleaguesDraft) -> None:
        events.record(tx, self._desk.actor, what, conversation_id, detail={"author": one.author})
