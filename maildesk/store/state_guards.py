"""What the database itself keeps true of the states of a desk's own, on both stores: triggers, installed by migration
0004.

A conversation in such a state has a stored status beside it that older clients know (``waiting`` or ``done``). A
client of the version before, and every statement of ours that is about the status alone (new mail, a reply that was
sent, a date that came), changes only that: then the conversation is no longer in the state of the desk's own. The
same where it waits for a reason: the two are never together.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_WAITS = "new.waiting_reason IS NOT NULL OR new.waiting_until IS NOT NULL"
_SQLITE = f"""CREATE TRIGGER conversation_substate AFTER UPDATE OF status, waiting_reason, waiting_until ON conversation
    WHEN new.substate IS NOT NULL
      AND ({_WAITS} OR (old.status <> new.status AND old.substate IS new.substate))
    BEGIN UPDATE conversation SET substate = NULL WHERE id = new.id; END"""
_POSTGRESQL = f"""
    BEGIN
      IF new.substate IS NOT NULL AND ({_WAITS}
           OR (old.status <> new.status AND old.substate IS NOT DISTINCT FROM new.substate)) THEN
        new.substate := NULL;
      END IF;
      RETURN new;
    END"""


def install(tx: Connection) -> None:
    """Make the trigger."""
    if tx.dialect.name != "postgresql":
        tx.exec_driver_sql(_SQLITE)
        return
    schema = tx.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    tx.exec_driver_sql(
        f"CREATE FUNCTION conversation_substate() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = {schema}, pg_temp AS $$ {_POSTGRESQL} $$"
    )
    tx.exec_driver_sql(
        "CREATE TRIGGER conversation_substated BEFORE UPDATE OF status, waiting_reason, waiting_until "
        "ON conversation FOR EACH ROW EXECUTE FUNCTION conversation_substate()"
    )


def remove(tx: Connection) -> None:
    """Drop it."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("DROP FUNCTION conversation_substate CASCADE")
    else:
        tx.exec_driver_sql("DROP TRIGGER conversation_substate")
