"""What did not go smoothly this morning, so that a newcomer meets it: a reply that nobody knows the fate of, one that
was stopped, one that waits for approval."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random

from maildesk.demo.replies import gap_values
from maildesk.desk import Desk
from maildesk.domain.claim import Claimed
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Draft
from maildesk.domain.status import Sort, Tab
from maildesk.domain.template import placeholders

REASON = "お客様から電話があり、折り返し中のため"


def leave(desks: Sequence[Desk], lose_answer: Callable[[str], None]) -> None:
    """Leave the three open ends. ``desks`` are yours, that of a colleague and that of a supervisor; ``lose_answer``
    makes the mail server say nothing after the next mail to an address."""
    me, colleague, supervisor = desks
    rows = list(islice(_ready(colleague), 3))
    if len(rows) == 3:
        lose_answer(rows[0].customer_address)
        _submit(colleague, rows[0])
        _submit(colleague, rows[1], approval=True)
        _stopped(me, supervisor, rows[2])


def _ready(desk: Desk) -> Iterator[ConversationSummary]:
    """Old conversations whose subject a template fits and that nobody looks after."""
    for row in desk.inbox.page(Tab.NEW, sort=Sort.OLDEST, limit=40).rows:
        is_free = not row.automatic and not row.bounced and row.assignee_id is None
        if is_free and row.customer_name and any(s.in_subject for s in desk.templates.suggest(row.id, 1)):
            yield row


def _written(desk: Desk, begun: Begun) -> Draft:
    best = desk.templates.suggest(begun.conversation.summary.id, 1)[0]
    draft = desk.replies.with_template(begun.draft, best.template.id, gap_values(desk.now(), Random(7)))
    body = draft.body
    for gap in reversed(placeholders(body)):
        body = f"{body[: gap.start]}担当より改めてご案内{body[gap.end :]}"
    return replace(draft, body=body)


def _submit(desk: Desk, row: ConversationSummary, *, approval: bool = False) -> None:
    begun = desk.replies.begin(row.id)
    if isinstance(begun, Begun):
        version = begun.conversation.summary.version
        draft = _written(desk, begun)
        request = str(uuid.uuid4())
        desk.replies.submit(begun.claim, draft, seen_version=version, request_id=request, approval=approval)


def _stopped(me: Desk, supervisor: Desk, row: ConversationSummary) -> None:
    """You had written a reply when a supervisor took the conversation over; you sent it all the same."""
    begun = me.replies.begin(row.id)
    if not isinstance(begun, Begun):
        return
    draft = me.replies.save(_written(me, begun))
    holder = supervisor.conversations.summary(row.id).claim
    taken = supervisor.claims.take_over(row.id, holder, REASON) if holder is not None else None
    version = begun.conversation.summary.version
    me.replies.submit(begun.claim, draft, seen_version=version, request_id=str(uuid.uuid4()))
    if isinstance(taken, Claimed):
        supervisor.comments.add(row.id, "お電話で回答しました。書きかけの返信は要りません。")
        supervisor.claims.release(taken.claim)
