"""What the database itself keeps true of reply targets, on both stores: triggers, installed by migration 0004.

``due_order`` is what lists are sorted by: minutes until the reply is due, among these the most urgent priority first.
Where no clock runs (no target, answered, settled, waiting) it is :data:`FAR`, by priority. ``paused_at`` is when a
conversation began to wait. A client of the version before, which knows neither, keeps both right.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from maildesk.domain.status import Priority

FAR = 100_000_000_000
"""Seconds since 1970 that no due time reaches."""
_MOST = int(Priority.CRITICAL)
DEFAULT = FAR + _MOST
"""The ``due_order`` of an ordinary conversation without a clock."""
_COLUMNS = "status, waiting_reason, due_at, priority, mailbox_id"
_ORDER = f"""CASE
      WHEN new.due_at IS NOT NULL AND (new.status IN ('new', 'approval') OR (new.status = 'waiting' AND EXISTS (
             SELECT 1 FROM mailbox WHERE mailbox.id = new.mailbox_id
               AND {{position}}(mailbox.runs_while, coalesce(new.waiting_reason, 'own')) > 0)))
        THEN {{minute}} * 60.0 + ({_MOST} - new.priority) * 10.0
      ELSE {FAR}.0 + {_MOST} - new.priority END"""
_SQLITE_ORDER = _ORDER.format(position="instr", minute="CAST(new.due_at / 60.0 AS INTEGER)")
_BEGINS = "new.status = 'waiting' AND old.status <> 'waiting'"
_SQLITE = (
    f"""CREATE TRIGGER conversation_due_made AFTER INSERT ON conversation
    WHEN new.due_at IS NOT NULL OR new.priority <> 0
    BEGIN UPDATE conversation SET due_order = {_SQLITE_ORDER} WHERE id = new.id; END""",
    f"""CREATE TRIGGER conversation_due AFTER UPDATE OF {_COLUMNS} ON conversation
    WHEN new.due_at IS NOT NULL OR old.due_at IS NOT NULL OR new.priority <> old.priority
    BEGIN UPDATE conversation SET due_order = {_SQLITE_ORDER},
      paused_at = CASE WHEN {_BEGINS} AND (new.paused_at IS NULL OR new.paused_at IS old.paused_at)
        THEN (julianday('now') - 2440587.5) * 86400.0 ELSE new.paused_at END
    WHERE id = new.id; END""",
)
_POSTGRESQL = f"""
    BEGIN
      new.due_order := {_ORDER.format(position="strpos", minute="floor(new.due_at / 60.0)")};
      IF TG_OP = 'UPDATE' THEN
        IF {_BEGINS} AND (new.paused_at IS NULL OR new.paused_at IS NOT DISTINCT FROM old.paused_at) THEN
          new.paused_at := extract(epoch from clock_timestamp())::double precision;
        END IF;
      END IF;
      RETURN new;
    END"""


def install(tx: Connection) -> None:
    """Make the triggers."""
    if tx.dialect.name != "postgresql":
        for statement in _SQLITE:
            tx.exec_driver_sql(statement)
        return
    schema = tx.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    tx.exec_driver_sql(
        f"CREATE FUNCTION conversation_due() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = {schema}, pg_temp AS $$ {_POSTGRESQL} $$"
    )
    tx.exec_driver_sql(
        f"CREATE TRIGGER conversation_due BEFORE INSERT OR UPDATE OF {_COLUMNS} "
        "ON conversation FOR EACH ROW EXECUTE FUNCTION conversation_due()"
    )


def remove(tx: Connection) -> None:
    """Drop them."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("DROP FUNCTION conversation_due CASCADE")
        return
    for name in ("conversation_due_made", "conversation_due"):
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
