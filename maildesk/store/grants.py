"""Who may do what on PostgreSQL, by the database itself: also when the client is ``psql``.

Three groups: ``maildesk_agent`` reads conversations and writes what an agent writes, ``maildesk_supervisor`` the same,
``maildesk_worker`` does sync and sending. An agent's own login role does not see where mail passwords are, deletes
no mail and changes no event. Triggers (migration 0001) let nobody write in another's name. SQLite has no
such thing: whoever can write the file can write anything in it (``docs/en/security.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, exc, text

from maildesk.domain.agent import Role

AGENT, SUPERVISOR, WORKER = "maildesk_agent", "maildesk_supervisor", "maildesk_worker"
GROUPS: Mapping[Role, str] = {Role.AGENT: AGENT, Role.SUPERVISOR: SUPERVISOR, Role.ADMIN: SUPERVISOR}
CONNECTIONS = 8

_READ = (
    "alembic_version",
    "desk",
    "agent",
    "mailbox",
    "seat",
    "folder",
    "wire",
    "location",
    "raw",
    "raw_part",
    "repair",
    "customer",
    "customer_address",
    "customer_field",
    "customer_merge",
    "customer_value",
    "identity",
    "order_ref",
    "phone_call",
    "conversation",
    "conversation_merge",
    "blocked",
    "follow",
    "mention",
    "note",
    "note_read",
    "chat_line",
    "chat_seen",
    "rules_page",
    "counter",
    "custom_state",
    "claim",
    "participant",
    "also_in",
    "delivered",
    "message",
    "message_body",
    "message_words",
    "message_fts",
    "comment_words",
    "comment_fts",
    "unindexed",
    "file_text",
    "unread_files",
    "view",
    "comment",
    "seen",
    "presence",
    "label",
    "label_look",
    "draft",
    "letter",
    "file",
    "outbox",
    "outbox_mime",
    "template",
    "template_version",
    "watch",
    "event",
)
_WRITE: Mapping[str, str] = {
    "customer": "INSERT, UPDATE (name, reading)",
    "customer_address": "INSERT, DELETE",
    "identity": "INSERT, DELETE",
    "customer_merge": "INSERT, DELETE",
    "customer_value": "INSERT, UPDATE, DELETE",
    "phone_call": "INSERT, UPDATE (state, state_by_id, state_at)",
    "order_ref": "INSERT, DELETE",
    "participant": "INSERT, DELETE",
    "also_in": "INSERT, DELETE",
    "conversation_merge": "INSERT, UPDATE (into_id), DELETE",
    "blocked": "INSERT, DELETE",
    "follow": "INSERT, UPDATE (heard), DELETE",
    "mention": "INSERT, UPDATE (read_at)",
    "note": "INSERT, UPDATE (text, version, changed_at, withdrawn_at)",
    "note_read": "INSERT, UPDATE (version, at)",
    "chat_line": "INSERT, UPDATE (withdrawn_at)",
    "chat_seen": "INSERT, UPDATE (line_id)",
    "rules_page": "INSERT, UPDATE (text, version, changed_by_id, changed_at)",
    "conversation": "INSERT, UPDATE (status, waiting_reason, waiting_until, assignee_id, priority, version, "
    "news_version, messages, last_message_at, answered, mailbox_id, turn, received_at, attachments, bounced, snippet, "
    "due_at, due_from, due_spent, paused_at, "
    "note, no_answer_turn, before_spam, substate, outside, subject, customer_id, customer_name, "
    "customer_address)",
    "claim": "INSERT, UPDATE",
    "seat": "UPDATE (wanted_at)",
    "comment": "INSERT, UPDATE (conversation_id, withdrawn_at)",
    "event": "INSERT",
    "seen": "INSERT, UPDATE",
    "presence": "INSERT, DELETE",
    "label": "INSERT, DELETE",
    "watch": "INSERT, DELETE",
    "letter": "INSERT, UPDATE (kind, of_id, message_id)",
    "draft": "INSERT, UPDATE, DELETE",
    "file": "INSERT, UPDATE, DELETE",
    "outbox": "INSERT, UPDATE (state, not_before, sent_at, epoch, queued_at, turn, seq, held_reason, held_detail, "
    "approved_by, approved_at, approved_sha256)",
    "raw": "UPDATE (attempts)",
    "repair": "INSERT, UPDATE",
    "message": "INSERT, UPDATE (conversation_id, related_id, related_by)",
    "message_body": "INSERT",
    "message_words": "INSERT",
    "message_fts": "INSERT",
    "comment_words": "INSERT",
    "comment_fts": "INSERT",
    "view": "INSERT, UPDATE, DELETE",
    "template": "INSERT, UPDATE",
    "template_version": "INSERT",
}


def apply(tx: Connection, agents: Iterable[tuple[str, Role]]) -> tuple[str, ...]:
    """Make the groups, grant them their rights, and make a login role (no password) for each agent who has none.

    Returns what could not be done, as SQL that the database's administrator can run. Nothing on SQLite.
    """
    if tx.dialect.name != "postgresql":
        return ()
    left: list[str] = []
    for group in (AGENT, SUPERVISOR, WORKER):
        if not _role_exists(tx, group):
            _try(tx, f"CREATE ROLE {group} NOLOGIN", left)
    if all(_role_exists(tx, group) for group in (AGENT, SUPERVISOR, WORKER)):
        for statement in _grants(tx):
            _try(tx, statement, left)
    for login, role in agents:
        quoted = tx.dialect.identifier_preparer.quote_identifier(login)
        if not _role_exists(tx, login):
            _try(
                tx, f"CREATE ROLE {quoted} LOGIN CONNECTION LIMIT {CONNECTIONS} IN ROLE {GROUPS[role]}", left
            )
        elif not _is_member(tx, login, GROUPS[role]):
            _try(tx, f"GRANT {GROUPS[role]} TO {quoted}", left)
    return tuple(left)


def refresh(tx: Connection) -> None:
    """Grant the groups that are there their rights on tables that a migration has just made. Nothing on SQLite, and
    nothing where :func:`apply` was never asked to make the groups."""
    if tx.dialect.name == "postgresql" and all(_role_exists(tx, g) for g in (AGENT, SUPERVISOR, WORKER)):
        for statement in _grants(tx):
            _try(tx, statement, [])


def _grants(tx: Connection) -> list[str]:
    schema = tx.execute(text("SELECT current_schema()")).scalar_one()
    found = []
    for group in (AGENT, SUPERVISOR):
        found.append(f"GRANT USAGE ON SCHEMA {schema} TO {group}")
        found.append(f"GRANT SELECT ON {', '.join(_READ)} TO {group}")
        found.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {group}")
        found.extend(f"GRANT {verbs} ON {table} TO {group}" for table, verbs in _WRITE.items())
    found.append(f"GRANT USAGE ON SCHEMA {schema} TO {WORKER}")
    found.append(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {WORKER}")
    found.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {WORKER}")
    return found


def _role_exists(tx: Connection, name: str) -> bool:
    return tx.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :n"), {"n": name}).first() is not None


def _is_member(tx: Connection, login: str, group: str) -> bool:
    if not _role_exists(tx, group):
        return False
    return bool(
        tx.execute(text("SELECT pg_has_role(:l, :g, 'member')"), {"l": login, "g": group}).scalar_one()
    )


def _try(tx: Connection, statement: str, left: list[str]) -> None:
    try:
        with tx.begin_nested():
            tx.exec_driver_sql(statement)
    except exc.DBAPIError:
        left.append(statement + ";")


def may_work(tx: Connection) -> bool:
    """Whether this login may sync and send (it can read where the mail passwords are)."""
    if tx.dialect.name != "postgresql":
        return True
    return bool(tx.execute(text("SELECT has_table_privilege('mailbox_secret', 'SELECT')")).scalar_one())
