"""The list by time left, at a hundred thousand conversations: read by its index on both databases, at any depth."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

from maildesk.domain.status import Sort, Tab
from tests.support.stores import Team

MANY = 100_000
_FILL = f"""
    INSERT INTO conversation (mailbox_id, customer_id, customer_name, customer_address, subject, status, priority,
      version, turn, news_version, received_at, last_message_at, due_at, due_order, messages, attachments, automatic, answered,
      bounced, snippet)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
    SELECT mailbox_id, customer_id, '', '', '', CASE WHEN i % 3 = 0 THEN 'new' ELSE 'done' END, i % 4,
      1, 1, 1, 1.7e9 + i, 1.7e9 + i, CASE WHEN i % 2 = 0 THEN 1.7e9 + i * 7919 % 1000003 END,
      CASE WHEN i % 2 = 0 THEN 1.7e9 + i * 7919 % 1000003 ELSE 100000000003.0 - i % 4 END, 1, 0, false, false,
      false, '' FROM n, conversation WHERE conversation.id = :c
"""


@pytest.mark.slow
def test_the_next_one_is_found_by_the_same_index(both: Team) -> None:
    """Also where three in four are a colleague's: those are passed over one by one, nothing is sorted."""
    number, sqlite = both.conversation(), both.url.startswith("sqlite")
    if not sqlite:
        both.sql("ALTER TABLE conversation DISABLE TRIGGER USER")
    both.sql(_FILL, c=number)
    both.sql(
        "INSERT INTO claim (conversation_id, token, forced_reason) SELECT id, 0, '' FROM conversation "
        "WHERE id NOT IN (SELECT conversation_id FROM claim)"
    )
    both.sql("UPDATE conversation SET assignee_id = :a WHERE priority > 0", a=both.suzuki.me.id)
    both.sql("ANALYZE")
    said: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        if sql.startswith("UPDATE claim") and "due_order" in sql:
            said.append((sql, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert both.sato.queue.next() is not None
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    ((sql, values),) = said
    with both.store.reading() as tx:
        rows = tx.exec_driver_sql(f"{'EXPLAIN QUERY PLAN' if sqlite else 'EXPLAIN'} {sql}", values)
        plan = "\n".join(str(row[-1]) for row in rows)
    assert "ix_conversation_status_due" in plan, plan


@pytest.mark.slow
def test_the_list_by_time_left_is_read_by_its_index(both: Team) -> None:
    """Neither the first page nor a deep one sorts or reads the whole; what is overdue is counted by the index, too."""
    number, sqlite = both.conversation(), both.url.startswith("sqlite")
    if not sqlite:  # a counter that changes so often in one transaction becomes slow there
        both.sql("ALTER TABLE conversation DISABLE TRIGGER USER")
    both.sql(_FILL, c=number)
    both.sql("ANALYZE")
    said: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        if "due_order" in sql and sql.startswith("SELECT"):
            said.append((sql, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        found: list[int] = []
        after = None
        for _ in range(4):
            page = both.sato.inbox.page(Tab.NEW, sort=Sort.DUE, after=after, limit=500)
            found += [row.id for row in page.rows]
            after = page.cursor
        deep = both.sato.inbox.page(Tab.NEW, sort=Sort.DUE, limit=1, skip=20_000).keys[0]
        back = both.sato.inbox.page(Tab.NEW, sort=Sort.DUE, after=deep, backwards=True, limit=500)
        both.sato.inbox.page(Tab.ALL, sort=Sort.DUE, after=after, limit=500)
        both.sato.inbox.page(Tab.ALL, query="overdue:", limit=1)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    order = (
        "SELECT id FROM conversation WHERE status = 'new' ORDER BY due_order, last_message_at, id LIMIT 2000"
    )
    assert found == [number for (number,) in both.sql(order)]
    before = order.replace("2000", "500 OFFSET 19500")
    assert [row.id for row in back.rows] == [number for (number,) in both.sql(before)]
    with both.store.reading() as tx:
        for sql, values in (*said[:4], *said[6:8]):  # between them, a jump counts
            explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
            plan = "\n".join(str(row[-1]) for row in tx.exec_driver_sql(f"{explain} {sql}", values))
            assert "ix_conversation_status_due" in plan or "ix_conversation_due" in plan, plan
            assert not any(word in plan for word in ("B-TREE FOR ORDER", "Sort Key")), plan
