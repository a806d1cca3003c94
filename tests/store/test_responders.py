"""Machines that answer: twelve of them, each as it writes. Nothing answers them, and what is done stays done (row 59)."""

from __future__ import annotations

import pytest

from maildesk.mail.parse import parse
from maildesk.store.engine import Store
from tests.store import stores
from tests.store.stores import SHOP, mail, receive, rows

RESPONDERS: dict[str, tuple[str, str, str]] = {
    # who answers: a field that it sets, its subject, what maildesk calls it
    "RFC 3834": ("Auto-Submitted: auto-replied", "Re: order 1", "auto-reply"),
    "sieve vacation": ("Auto-Submitted: auto-replied (vacation)", "Auto: order 1", "auto-reply"),
    "old vacation(1)": ("Precedence: auto_reply", "away from my mail", "auto-reply"),
    "an office suite": ("X-Auto-Response-Suppress: All", "自動応答: order 1", "auto-reply"),
    "a web mailer": ("X-Autoreply: yes", "Re: order 1", "auto-reply"),
    "a hosting panel": ("X-Autorespond: order 1", "Re: order 1", "auto-reply"),
    "a phone carrier": ("Precedence: bulk", "【自動返信】order 1", "auto-reply"),
    "somebody by hand": ("X-Mailer: words", "不在のお知らせ", "auto-reply"),
    "a help desk": ("Auto-Submitted: auto-generated", "[#123] order 1", "other"),
    "a mall": ("Precedence: bulk", "[自動送信] 受け付けました", "other"),
    "a list": ("List-Id: <l.list.example>", "Re: order 1", "list"),
    "another maildesk": (
        "X-Maildesk-Id: 7",
        "Re: order 1",
        "other",
    ),
}


@pytest.mark.parametrize("name", RESPONDERS)
def test_a_machine_is_known_as_one(name: str) -> None:
    """By what it says, not by what it is called."""
    extra, subject, kind = RESPONDERS[name]
    assert parse(mail(2, subject=subject, extra=extra)).automatic == kind


@pytest.mark.parametrize("fields", ["Return-Path: <>", "Feedback-ID: 1:2:3", "Precedence: junk"])
def test_other_signs_of_machines(fields: str) -> None:
    """An empty way back, and mass mail."""
    assert parse(f"{fields}\r\n".encode() + mail(2)).automatic == "other"


@pytest.mark.parametrize(
    "sender", ["no-reply@mall.example", "MAILER-DAEMON@mx.example", "noreply+7@mall.example"]
)
def test_senders_whom_nobody_answers(sender: str) -> None:
    """Whatever they write."""
    assert parse(mail(2, sender=sender)).automatic is not None


def test_nobody_answers_machines_and_auto_replies_reopen_nothing(store: Store) -> None:
    """Each of the twelve answers our answer three times: no mail leaves that no person wrote."""
    box = stores.add_mailbox(store)
    who = stores.add_agent(store)
    (first,) = receive(store, box, [mail(1)])
    assert first.conversation_id is not None
    reply = stores.queue_reply(store, box, who, first.conversation_id)
    assert rows(store, "SELECT status FROM conversation") == [("done",)]
    for round_ in range(3):
        for n, (extra, subject, kind) in enumerate(RESPONDERS.values()):
            number = 100 + 20 * round_ + n
            answer = mail(
                number, to=SHOP, subject=subject, in_reply_to=reply.message_id, extra=extra, body=f"{number}"
            )
            (taken,) = receive(store, box, [answer])
            assert taken.conversation_id == first.conversation_id
            if kind == "auto-reply":
                assert rows(store, "SELECT status FROM conversation") == [("done",)]
            stores.execute(store, "UPDATE conversation SET status = 'done'")
    assert rows(store, "SELECT COUNT(*) FROM outbox") == [(1,)]
