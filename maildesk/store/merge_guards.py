"""What the database itself refuses of merged conversations, on both stores: triggers, installed by migration 0004.

Nothing is answered in a conversation that was merged into another: the customer's mail is there now, and so is its one
answer. A client of the version before, which knows nothing of merging, gets an error and no second reply leaves. Where
such a client brings a merged conversation back from the trash, or new mail into it, it is one of its own again.

On PostgreSQL an agent's own login changes a conversation's turn only as merging and splitting do: one up where
something was merged into it, and down while nothing answers what comes after.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

_SILENT = "a conversation that was merged is answered where it is now"
_MERGED = "EXISTS (SELECT 1 FROM conversation_merge WHERE conversation_id = new.conversation_id)"
_BACK = "old.status = 'trash' AND new.status <> 'trash'"
_FORGET = "DELETE FROM conversation_merge WHERE conversation_id = new.id"

_SQLITE: Mapping[str, str] = {
    "outbox_not_merged": f"""BEFORE INSERT ON outbox WHEN {_MERGED}
        BEGIN SELECT RAISE(ABORT, '{_SILENT}'); END""",
    "merged_comes_back": f"AFTER UPDATE OF status ON conversation WHEN {_BACK} BEGIN {_FORGET}; END",
}
_DENIED = "USING ERRCODE = 'insufficient_privilege'"
_POSTGRESQL: Mapping[str, tuple[str, str]] = {
    "outbox_not_merged": (
        "BEFORE INSERT ON outbox",
        f"""BEGIN
              IF {_MERGED} THEN RAISE EXCEPTION 'permission denied: {_SILENT}' {_DENIED}; END IF;
              RETURN new;
            END""",
    ),
    "merged_comes_back": (
        "AFTER UPDATE OF status ON conversation",
        f"BEGIN IF {_BACK} THEN {_FORGET}; END IF; RETURN NULL; END",
    ),
    "conversation_turn": (
        "BEFORE INSERT OR UPDATE OF turn ON conversation",
        f"""DECLARE me integer := (SELECT id FROM agent WHERE login = session_user);
            BEGIN
              IF me IS NULL THEN RETURN new; END IF;
              IF TG_OP = 'INSERT' THEN
                IF new.turn > 1 THEN
                  RAISE EXCEPTION 'permission denied: a new conversation has one turn' {_DENIED};
                END IF;
                RETURN new;
              END IF;
              IF new.turn > old.turn AND (new.turn <> old.turn + 1 OR NOT EXISTS (
                   SELECT 1 FROM conversation_merge WHERE into_id = new.id)) THEN
                RAISE EXCEPTION 'permission denied: only mail begins a turn' {_DENIED};
              END IF;
              IF new.turn < old.turn AND EXISTS (
                   SELECT 1 FROM outbox WHERE conversation_id = new.id AND turn > new.turn
                   AND state <> 'cancelled') THEN
                RAISE EXCEPTION 'permission denied: a turn that was answered stays' {_DENIED};
              END IF;
              RETURN new;
            END""",
    ),
}


def install(tx: Connection) -> None:
    """Make the triggers."""
    if tx.dialect.name != "postgresql":
        for name, trigger in _SQLITE.items():
            tx.exec_driver_sql(f"CREATE TRIGGER {name} {trigger}")
        return
    schema = tx.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    for name, (when, body) in _POSTGRESQL.items():
        tx.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            f"SET search_path = {schema}, pg_temp AS $$ {body} $$"
        )
        tx.exec_driver_sql(f"CREATE TRIGGER {name}ed {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def remove(tx: Connection) -> None:
    """Drop them."""
    if tx.dialect.name == "postgresql":
        for name in _POSTGRESQL:
            tx.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
        return
    for name in _SQLITE:
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
