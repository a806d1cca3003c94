"""A thousand words that only stand in notes, drafts of others and events: none is in any byte that leaves."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Queued
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from tests.support.smtp import SmtpServer
from tests.support.stores import Team

CANARIES = 1000
CONVERSATIONS = 25
SEED = 11


@pytest.mark.slow
def test_no_note_is_in_any_outgoing_byte(small: Team) -> None:
    """Notes are in a table of their own; replies to the same conversations are sent and looked through (row 11)."""
    rng = random.Random(SEED)
    words = [f"KANARIA{rng.getrandbits(64):016x}" for _ in range(CANARIES)]
    numbers = [small.conversation(n) for n in range(CONVERSATIONS)]
    for n, word in enumerate(words):
        small.suzuki.comments.add(numbers[n % CONVERSATIONS], f"社内メモ {word} お客様には言わない")
    for number in numbers:
        begun = small.sato.replies.begin(number)
        assert isinstance(begun, Begun)
        hidden = small.suzuki.replies.begin_private(number)
        small.suzuki.replies.save(replace(hidden, body=f"KANARIA-draft {number}"))
        draft = replace(begun.draft, body=f"承知しました。\n{begun.draft.body}")
        version = begun.conversation.summary.version
        outcome = small.sato.replies.submit(
            begun.claim, draft, seen_version=version, request_id=f"canary {number}"
        )
        assert isinstance(outcome, Queued), outcome
    with SmtpServer() as server:
        Sender(
            small.store, small.box, lambda: SmtpSession.open(server.endpoint(), None, 5.0), "worker"
        ).drain()
        said = b"\n".join([*(m.raw for m in server.mails), *(c.encode() for c in server.commands)])
    assert len(server.mails) == CONVERSATIONS
    assert b"KANARIA" not in said
    decoded = " ".join(str(row[0]) for row in small.sql("SELECT text FROM message_body"))
    assert "KANARIA" not in decoded
    assert small.sql("SELECT count(*) FROM comment WHERE text LIKE '%KANARIA%'")[0][0] == CANARIES
