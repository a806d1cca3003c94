"""What the database itself keeps true of the archive, on both stores: triggers, installed by migration 0004.

Only what is done is archived, and whatever changes it (mail, a reply, a state, whoever writes it, an older client
too) takes it out again. ``counter`` counts what is archived apart: ``archived`` in a conversation's own mailbox,
``archived_also`` in further ones, always in the row of ``done``.
"""

from __future__ import annotations

from sqlalchemy import Connection

_ENDS = """new.archived_at IS NOT NULL AND (new.status <> 'done' OR new.version <> old.version
      OR new.last_message_at > old.last_message_at)"""
_PUT = """INSERT INTO counter (mailbox_id, status, n, also, archived, archived_also) {rows}
    ON CONFLICT (mailbox_id, status) DO UPDATE SET archived = counter.archived + excluded.archived,
      archived_also = counter.archived_also + excluded.archived_also"""
_IS = "SELECT 1 FROM conversation AS c WHERE c.id = {id} AND c.archived_at IS NOT NULL"


def _own(row: str, step: int) -> str:
    return f"SELECT {row}.mailbox_id AS m, {step} AS own, 0 AS further"


def _further(row: str, step: int) -> str:
    return f"SELECT a.mailbox_id, 0, {step} FROM also_in AS a WHERE a.conversation_id = {row}.id"


def _counted(*changes: str) -> str:
    # one statement in one order for everybody: two that wait for each other's row would cost a second, then an error
    rows = " UNION ALL ".join(changes)
    return _PUT.format(
        rows=f"SELECT m, 'done', 0, 0, sum(own), sum(further) FROM ({rows}) AS v WHERE true GROUP BY m ORDER BY m"
    )


_IN = _counted(_own("new", 1), _further("new", 1))
_OUT = _counted(_own("old", -1), _further("old", -1))
_MOVED = _counted(_own("old", -1), _own("new", 1))
_WENT_IN = "old.archived_at IS NULL AND new.archived_at IS NOT NULL"
_CAME_OUT = "old.archived_at IS NOT NULL AND new.archived_at IS NULL"
_CHANGED_SHOP = (
    "old.archived_at IS NOT NULL AND new.archived_at IS NOT NULL AND old.mailbox_id <> new.mailbox_id"
)


def _of_also(row: str, step: int) -> str:
    return _PUT.format(
        rows=f"SELECT {row}.mailbox_id, 'done', 0, 0, 0, {step} WHERE EXISTS "
        f"({_IS.format(id=f'{row}.conversation_id')})"
    )


_SQLITE = {
    "conversation_unarchived": f"""AFTER UPDATE OF status, version, last_message_at ON conversation WHEN {_ENDS}
      BEGIN UPDATE conversation SET archived_at = NULL WHERE id = new.id; END""",
    "archive_in": f"AFTER UPDATE OF archived_at ON conversation WHEN {_WENT_IN} BEGIN {_IN}; END",
    "archive_out": f"AFTER UPDATE OF archived_at ON conversation WHEN {_CAME_OUT} BEGIN {_OUT}; END",
    "archive_moved": f"AFTER UPDATE OF mailbox_id ON conversation WHEN {_CHANGED_SHOP} BEGIN {_MOVED}; END",
    "archive_also": f"AFTER INSERT ON also_in BEGIN {_of_also('new', 1)}; END",
    "archive_also_gone": f"AFTER DELETE ON also_in BEGIN {_of_also('old', -1)}; END",
}
_POSTGRESQL = {
    "conversation_unarchived": (
        f"BEFORE UPDATE ON conversation FOR EACH ROW WHEN ({_ENDS})",
        "new.archived_at := NULL; RETURN new;",
    ),
    "archive_in": (f"AFTER UPDATE ON conversation FOR EACH ROW WHEN ({_WENT_IN})", f"{_IN}; RETURN NULL;"),
    "archive_out": (
        f"AFTER UPDATE ON conversation FOR EACH ROW WHEN ({_CAME_OUT})",
        f"{_OUT}; RETURN NULL;",
    ),
    "archive_moved": (
        f"AFTER UPDATE OF mailbox_id ON conversation FOR EACH ROW WHEN ({_CHANGED_SHOP})",
        f"{_MOVED}; RETURN NULL;",
    ),
    "archive_also": ("AFTER INSERT ON also_in FOR EACH ROW", f"{_of_also('new', 1)}; RETURN NULL;"),
    "archive_also_gone": ("AFTER DELETE ON also_in FOR EACH ROW", f"{_of_also('old', -1)}; RETURN NULL;"),
}


def install(tx: Connection) -> None:
    """Make the triggers."""
    if tx.dialect.name != "postgresql":
        for name, what in _SQLITE.items():
            tx.exec_driver_sql(f"CREATE TRIGGER {name} {what}")
        return
    schema = tx.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    for name, (when, body) in _POSTGRESQL.items():
        # a table of the same name in a session's own pg_temp would be asked first
        tx.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            f"SET search_path = {schema}, pg_temp AS $$ BEGIN {body} END $$"
        )
        tx.exec_driver_sql(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def remove(tx: Connection) -> None:
    """Drop them."""
    for name in _SQLITE:
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
        else:
            tx.exec_driver_sql(f"DROP TRIGGER {name}")
