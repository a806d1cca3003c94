"""The demo's colleagues: they work at the same desk by the same use cases as everybody, and their claims are real."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from maildesk.demo.replies import comment_for, gap_values
from maildesk.desk import Desk
from maildesk.domain.claim import LostClaim
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outcomes import Begun
from maildesk.domain.status import Priority, Sort, Status, Tab, WaitingReason
from maildesk.domain.template import placeholders
from maildesk.errors import MaildeskError

_log = logging.getLogger(__name__)

_PRIORITIES = (
    ("大至急", Priority.CRITICAL),
    ("キャンセル", Priority.URGENT),
    ("至急", Priority.URGENT),
    ("傷", Priority.IMPORTANT),
)
_LABELS = (
    ("キャンセル", "キャンセル"),
    ("サイズ", "サイズ交換"),
    ("傷", "破損"),
    ("割れ", "破損"),
    ("領収書", "領収書"),
    ("届き", "配送"),
    ("Where is", "配送"),
    ("見積", "法人"),
)


class Colleague:
    """One colleague, in a thread of his own, from :meth:`start` to :meth:`stop`.

    ``pace`` is the seconds between two acts, on average.
    """

    def __init__(self, desk: Desk, rng: Random, pace: float = 14.0) -> None:
        self._desk = desk
        self._rng = rng
        self._pace = pace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"colleague-{desk.me.login}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish, giving claims back."""
        self._stop.set()
        self._thread.join(5)
        self._desk.close()

    def _work(self) -> None:
        while not self._pause(self._pace * self._rng.uniform(0.5, 1.5)):
            try:
                self.act()
            except MaildeskError as error:
                _log.info("colleague stopped short", extra={"error": error.key})

    def _pause(self, seconds: float) -> bool:
        return self._stop.wait(seconds)

    def act(self) -> None:
        """Do one thing that a colleague does."""
        chosen = self._choose()
        if chosen is None:
            return
        self._desk.people.look(chosen.id)
        if self._pause(self._rng.uniform(1.0, 3.0)):
            return
        self._desk.conversations.mark_seen(chosen.id)
        act = self._rng.choices((self._answer, self._comment, self._assign), (5, 3, 2))[0]
        act(chosen)
        self._desk.people.look(None)

    def _choose(self) -> ConversationSummary | None:
        rows = self._desk.inbox.page(Tab.NEW, sort=Sort.OLDEST, limit=40).rows
        free = [
            r for r in rows if not r.automatic and not r.bounced and r.assignee_id in (None, self._desk.me.id)
        ]
        return self._rng.choice(free[:12]) if free else None

    def _comment(self, chosen: ConversationSummary) -> None:
        conversation = self._desk.conversations.get(chosen.id)
        newest = conversation.last_in
        text = comment_for(chosen.subject, newest.text if newest else "")
        if all(text != m.text for m in conversation.messages):
            self._desk.comments.add(chosen.id, text)

    def _assign(self, chosen: ConversationSummary) -> None:
        if chosen.assignee_id is None:
            self._desk.triage.assign([chosen.id], self._desk.me.id)

    def _answer(self, chosen: ConversationSummary) -> None:
        best = self._desk.templates.suggest(chosen.id, 1)
        if not best:
            return
        begun = self._desk.replies.begin(chosen.id)
        if not isinstance(begun, Begun):
            return
        gaps = gap_values(self._desk.now(), self._rng)
        draft = self._desk.replies.with_template(begun.draft, best[0].template.id, gaps)
        claim = begun.claim
        for part in (3, 2, 1):  # typing, with the draft saved meanwhile
            self._desk.replies.save(replace(draft, body=draft.body[: len(draft.body) // part]))
            if self._pause(self._rng.uniform(3.0, 7.0)):
                self._desk.claims.release(claim)
                return
            renewed = self._desk.claims.renew(claim, typed=True)
            if isinstance(renewed, LostClaim):
                return  # taken over: the draft stays, as for everybody
            claim = renewed
        if placeholders(draft.body) or self._rng.random() < 0.15:
            self._desk.claims.release(claim)
            self._desk.drafts.discard(chosen.id)
            return
        self._desk.replies.submit(
            claim, draft, seen_version=begun.conversation.summary.version, request_id=str(uuid.uuid4())
        )


def morning(desks: Sequence[Desk]) -> None:
    """What the team did before you came: priorities, labels, who is in charge, what waits."""
    me, *others = desks
    rows = me.inbox.page(Tab.NEW, limit=200).rows
    for row in rows:
        for word, priority in _PRIORITIES:
            if word in row.subject:
                others[0].triage.set_priority([row.id], priority)
                break
        if names := [name for word, name in _LABELS if word in row.subject]:
            others[0].triage.label([row.id], add=names[:1])
    people = [r for r in rows if not r.automatic and not r.bounced]
    for i, row in enumerate(people[3:24:4]):
        desk = desks[i % len(desks)]
        desk.triage.assign([row.id], desk.me.id)
    for i, row in enumerate(people[5:14:4]):
        if i == 0:
            others[1].triage.set_status([row.id], Status.WAITING, reason=WaitingReason.COLLEAGUE)
        else:
            until = others[0].now() + timedelta(days=i)
            others[0].triage.set_status([row.id], Status.WAITING, reason=WaitingReason.UNTIL, until=until)
