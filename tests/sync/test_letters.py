"""A question to somebody outside, over the wires: one mail, its copy in Sent, and his answer as a note."""

from __future__ import annotations

import uuid
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from maildesk.domain.address import Address
from maildesk.domain.conversation import MessageKind
from maildesk.domain.letter import Outside
from maildesk.domain.outbox import OutboxState
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Queued
from maildesk.domain.status import Status, Tab
from maildesk.sync.filing import file_copies
from maildesk.sync.folder import look
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from tests.support.mailhost import Mailhost
from tests.support.smtp import SmtpServer
from tests.support.stores import Team, mail


def test_from_the_question_to_the_answer(both: Team, embedded_host: Mailhost, server: SmtpServer) -> None:
    """The mail goes along as it came (message/rfc822), to him alone and without the ids of the customer's mail. The copy
    that is filed and seen again makes no second message. His answer joins as a note; a reply goes to the customer."""
    came = mail(
        1,
        sender="customer1@example.jp",
        subject="where",
        message_id="<asked@example.jp>",
        body="where is it?",
    )
    embedded_host.deliver(came)
    _look(both, embedded_host)
    (row,) = both.sato.inbox.page(Tab.NEW).rows
    begun = both.sato.letters.forward(row.id, ask=True, attached=True)
    assert isinstance(begun, Begun)
    draft = replace(begun.draft, to=(Address("運送", "carrier@delivery.example"),), body="Where is it?\n")
    queued = both.sato.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id=str(uuid.uuid4())
    )
    assert isinstance(queued, Queued)
    Sender(both.store, both.box, lambda: SmtpSession.open(server.endpoint(), None), "worker").drain()
    (sent,) = server.mails
    assert sent.recipients == ("carrier@delivery.example",)
    seen = message_from_bytes(sent.raw, policy=policy.default)
    assert (seen["In-Reply-To"], seen["References"], seen["Cc"]) == (None, None, None)
    files = list(seen.iter_attachments())
    assert [f.get_content_type() for f in files] == ["message/rfc822"]
    inner = files[0].get_content()
    assert isinstance(inner, EmailMessage)
    assert inner["Message-ID"] == "<asked@example.jp>"

    both.sql("UPDATE outbox SET filing_after = 0")
    file_copies(both.store, both.box, embedded_host.open)
    with embedded_host.open() as session:
        report = look(both.store, session, both.box, "Sent", "sent")
    assert (report.new, report.duplicate) == (0, 1)
    (item,) = both.sato.outbox.items()
    assert (item.state, item.filed) == (OutboxState.SENT, True)
    assert both.sato.conversations.summary(row.id).status is Status.WAITING

    answer = mail(2, sender="carrier@delivery.example", headers=[f"In-Reply-To: {queued.message_id}"])
    embedded_host.deliver(answer)
    _look(both, embedded_host)
    found = both.sato.conversations.get(row.id)
    assert (found.summary.status, found.summary.outside, found.summary.turn) == (
        Status.NEW,
        Outside.ANSWERED,
        1,
    )
    assert [m.kind for m in found.messages] == [MessageKind.IN, MessageKind.COMMENT, MessageKind.COMMENT]
    reply = both.sato.replies.begin(row.id)
    assert isinstance(reply, Begun)
    assert [a.address for a in (*reply.draft.to, *reply.draft.cc)] == ["customer1@example.jp"]


def _look(team: Team, host: Mailhost) -> None:
    with host.open() as session:
        look(team.store, session, team.box, "INBOX", "inbox")
