"""How SQLite finds what is asked of it with every key: by an index, however much mail was ever sent.

PostgreSQL decides by statistics, so there is nothing to pin there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, event, select

from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import AlreadyAnswered
from maildesk.store import conversations
from maildesk.store.tables import conversation
from tests.support.stores import Team


def test_a_claim_and_a_reply_never_read_the_whole_outbox(small: Team) -> None:
    """Taking a conversation and answering it look for the answer to its turn in ``one_answer``."""
    number = small.conversation()
    said: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        said.append((sql, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for desk in (small.sato, small.suzuki):
            begun = desk.replies.begin(number)
            assert isinstance(begun, Begun)
            draft = replace(begun.draft, body="お送りします。")
            outcome = desk.replies.submit(
                begun.claim, draft, seen_version=begun.claim.version, request_id=desk.me.login
            )
        assert isinstance(outcome, AlreadyAnswered)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    plans = []
    with small.store.reading() as tx:
        for sql, values in said:
            if "outbox" in sql and not sql.startswith("INSERT"):
                rows = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (None,) * len(values))
                plans += [row.detail for row in rows if "outbox" in row.detail]
    assert any("one_answer" in plan for plan in plans)
    assert not [plan for plan in plans if plan.startswith("SCAN") or "ix_outbox_state" in plan]


def test_what_was_put_off_is_found_by_its_time(small: Team) -> None:
    """Whoever opens a tab looks whether something has come to its time: not by reading all that waits."""
    with small.store.reading() as tx:
        statement = select(conversation.c.id).where(conversations._due(None))
        compiled = str(statement.compile(tx.engine, compile_kwargs={"literal_binds": True}))
        plan = [row.detail for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    assert any("ix_conversation_waiting" in line for line in plan), plan
