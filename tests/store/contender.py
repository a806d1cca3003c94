"""A process that fights over conversations: ``python -m tests.store.contender URL LOGIN ACT NUMBER…``.

Prints one line of JSON per conversation. The acts: ``claim`` takes claims and keeps them; ``naive`` does the same the way
that does not work (read, look, write), to show that the test can fail; ``answer`` takes the claim, writes and submits.
"""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import replace

from sqlalchemy import text

from maildesk.desk import Desk
from maildesk.domain.claim import Claimed
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Queued
from maildesk.store import agents
from maildesk.store.engine import open_store


def claim(desk: Desk, number: int) -> str:
    """Take the claim."""
    outcome = desk.claims.take(number)
    return "claimed" if isinstance(outcome, Claimed) else "held"


def answer(desk: Desk, number: int) -> str:
    """Answer, as fast as one can."""
    begun = desk.replies.begin(number)
    if not isinstance(begun, Begun):
        return "held"
    draft = replace(begun.draft, body=f"{desk.me.name}の返信\n{begun.draft.body}")
    version = begun.conversation.summary.version
    outcome = desk.replies.submit(begun.claim, draft, seen_version=version, request_id=str(uuid.uuid4()))
    if not isinstance(outcome, Queued):
        desk.claims.release(begun.claim)
    return type(outcome).__name__


def main() -> None:
    """Connect, say so, wait for the signal, fight."""
    url, login, act, *numbers = sys.argv[1:]
    store = open_store(url)
    with store.reading() as tx:
        me = agents.by_login(tx, login)
    assert me is not None
    desk = Desk(store, me)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in map(int, numbers):
        if act == "naive":
            # without the write lock and the condition in the statement, as many a system has done it
            with store.reading() as tx:
                owner = tx.execute(
                    text("SELECT owner_id FROM claim WHERE conversation_id = :c"), {"c": number}
                ).scalar()
            result = "held"
            if owner is None:
                with store.transaction() as tx:
                    tx.execute(
                        text("UPDATE claim SET owner_id = :o, token = token + 1 WHERE conversation_id = :c"),
                        {"o": me.id, "c": number},
                    )
                result = "claimed"
        else:
            result = {"claim": claim, "answer": answer}[act](desk, number)
        print(json.dumps([number, login, result]), flush=True)


if __name__ == "__main__":
    main()
