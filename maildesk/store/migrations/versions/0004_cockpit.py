"""what triage, search, customers and colleagues need

Only additions, each nullable or with a default of the server: a client of the version before goes on working.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from maildesk.store import (
    archive_guards,
    due_guards,
    file_words,
    letter_guards,
    merge_guards,
    search_index,
    state_guards,
    talk_guards,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ADDED: "Sequence[tuple[str, sa.Column[Any]]]" = (
    ("customer_address", sa.Column("added_by_id", sa.Integer(), nullable=True)),
    ("customer_address", sa.Column("added_at", sa.Double(), nullable=True)),
    ("conversation", sa.Column("channel", sa.String(), nullable=False, server_default="mail")),
    ("desk", sa.Column("orders_below", sa.Integer(), nullable=True)),
    ("conversation", sa.Column("note", sa.String(), nullable=False, server_default="")),
    ("conversation", sa.Column("no_answer_turn", sa.Integer(), nullable=True)),
    ("conversation", sa.Column("before_spam", sa.JSON(), nullable=True)),
    ("conversation", sa.Column("substate", sa.String(), nullable=True)),
    ("conversation", sa.Column("outside", sa.String(), nullable=False, server_default="")),
    ("outbox", sa.Column("letter_id", sa.Integer(), nullable=True)),
    ("outbox", sa.Column("before_substate", sa.String(), nullable=True)),
    ("conversation", sa.Column("due_from", sa.Double(), nullable=True)),
    ("conversation", sa.Column("due_spent", sa.Double(), nullable=False, server_default=sa.text("0"))),
    (
        "conversation",
        sa.Column("due_order", sa.Double(), nullable=False, server_default=sa.text("100000000003")),
    ),
    ("conversation", sa.Column("paused_at", sa.Double(), nullable=True)),
    ("mailbox", sa.Column("reply_target", sa.JSON(), nullable=True)),
    ("mailbox", sa.Column("runs_while", sa.String(), nullable=False, server_default="")),
    ("mailbox", sa.Column("reopen", sa.JSON(), nullable=True)),
    ("mailbox", sa.Column("order_url", sa.String(), nullable=False, server_default="")),
    ("conversation", sa.Column("archived_at", sa.Double(), nullable=True)),
    ("counter", sa.Column("archived", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("counter", sa.Column("archived_also", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("desk", sa.Column("archive_after", sa.Integer(), nullable=True)),
    ("desk", sa.Column("focus_hours", sa.String(), nullable=False, server_default="")),
    ("message_body", sa.Column("indexed", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("comment", sa.Column("indexed", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("comment", sa.Column("withdrawn_at", sa.Double(), nullable=True)),
)
"""New columns of old tables."""


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, column)
    _add_customers()
    _add_triage()
    _add_search()
    _add_repairs()
    _add_talk()
    _add_states()
    _add_letters()
    _add_label_looks()
    _add_targets()
    _add_archive()


def downgrade() -> None:
    _remove_archive()
    _remove_targets()
    _remove_letters()
    op.drop_table("label_look")
    _remove_states()
    _remove_talk()
    _remove_repairs()
    _remove_search()
    _remove_triage()
    _remove_customers()
    for table, column in reversed(_ADDED):
        op.drop_column(table, str(column.name))


def _made_by(table: str, column: str) -> "tuple[sa.schema.SchemaItem, ...]":
    """A column that names an agent, and its reference."""
    return (
        sa.Column(column, sa.Integer(), nullable=column == "added_by_id"),
        sa.ForeignKeyConstraint([column], ["agent.id"], name=op.f(f"fk_{table}_{column}")),
    )


def _of_customer(table: str, column: str = "customer_id") -> "tuple[sa.schema.SchemaItem, ...]":
    """A column that names a customer, and its reference."""
    return (
        sa.Column(column, sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint([column], ["customer.id"], name=op.f(f"fk_{table}_{column}")),
    )


_WRITERS = (
    ("identity", "added_by_id"),
    ("customer_address", "added_by_id"),
    ("customer_merge", "by_id"),
    ("customer_value", "changed_by_id"),
    ("phone_call", "state_by_id"),
)
"""Columns that say who wrote a row: on PostgreSQL nobody writes there in another's name."""


def _add_customers() -> None:
    op.create_table(
        "identity",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        *_of_customer("identity"),
        sa.Column("shown", sa.String(), nullable=False, server_default=""),
        sa.Column("tail", sa.String(), nullable=False, server_default=""),
        sa.Column("source", sa.String(), nullable=False, server_default=""),
        *_made_by("identity", "added_by_id"),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_identity")),
    )
    op.create_index("ix_identity_customer_id", "identity", ["customer_id"])
    op.create_index("ix_identity_tail", "identity", ["kind", "tail"])
    op.create_table(
        "customer_merge",
        *_of_customer("customer_merge"),
        *_of_customer("customer_merge", "into_id"),
        *_made_by("customer_merge", "by_id"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_merge")),
    )
    op.create_index("ix_customer_merge_into_id", "customer_merge", ["into_id"])
    op.create_table(
        "customer_field",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_customer_field")),
    )
    op.create_table(
        "customer_value",
        *_of_customer("customer_value"),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        *_made_by("customer_value", "changed_by_id"),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["field"], ["customer_field.name"], name=op.f("fk_customer_value_field")),
        sa.PrimaryKeyConstraint("customer_id", "field", name=op.f("pk_customer_value")),
    )
    op.create_table(
        "phone_call",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False, server_default=""),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        *_made_by("phone_call", "state_by_id"),
        sa.Column("state_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_phone_call_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_phone_call")),
    )
    op.create_table(
        "order_ref",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_order_ref_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "number", name=op.f("pk_order_ref")),
    )
    op.create_index("ix_order_ref_number", "order_ref", ["number"])
    op.execute("UPDATE desk SET orders_below = (SELECT max(id) + 1 FROM message)")
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _WRITERS:
            op.execute(
                f"CREATE TRIGGER {table}_only_as_oneself BEFORE INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION only_as_oneself('{column}')"
            )


def _remove_customers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, _ in _WRITERS:
            op.execute(f"DROP TRIGGER {table}_only_as_oneself ON {table}")
    for table in (
        "order_ref",
        "phone_call",
        "customer_value",
        "customer_field",
        "customer_merge",
        "identity",
    ):
        op.drop_table(table)


def _of_conversation(table: str, column: str = "conversation_id") -> "tuple[sa.schema.SchemaItem, ...]":
    """A column that names a conversation, and its reference."""
    return (
        sa.Column(column, sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint([column], ["conversation.id"], name=op.f(f"fk_{table}_{column}")),
    )


_TRIAGE_WRITERS = (("conversation_merge", "by_id"), ("blocked", "by_id"), ("follow", "agent_id"))


def _add_triage() -> None:
    op.create_table(
        "conversation_merge",
        *_of_conversation("conversation_merge"),
        *_of_conversation("conversation_merge", "into_id"),
        *_made_by("conversation_merge", "by_id"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversation_merge")),
    )
    op.create_index("ix_conversation_merge_into_id", "conversation_merge", ["into_id"])
    op.create_table(
        "blocked",
        sa.Column("address", sa.String(), nullable=False),
        *_made_by("blocked", "by_id"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_blocked")),
    )
    op.create_table(
        "follow",
        *_of_conversation("follow"),
        *_made_by("follow", "agent_id"),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", name=op.f("pk_follow")),
    )
    op.create_index("ix_follow_agent_id", "follow", ["agent_id"])
    merge_guards.install(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _TRIAGE_WRITERS:
            op.execute(
                f"CREATE TRIGGER {table}_only_as_oneself BEFORE INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION only_as_oneself('{column}')"
            )


def _remove_triage() -> None:
    merge_guards.remove(op.get_bind())
    for table in ("follow", "blocked", "conversation_merge"):
        op.drop_table(table)


def _add_search() -> None:
    words = [
        sa.Column(name, sa.Text(), nullable=False, server_default="")
        for name in ("subject", "sender", "recipients", "files", "body", "attached")
    ]
    op.create_table(
        "message_words",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        *words,
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_words_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_words")),
    )
    op.create_table(
        "comment_words",
        sa.Column("comment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_words_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_words")),
    )
    op.create_table(
        "unindexed",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_unindexed")),
    )
    op.create_table(
        "view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False, server_default=""),
        sa.Column("query", sa.Text(), nullable=False, server_default=""),
        sa.Column("tab", sa.String(), nullable=False, server_default="all"),
        sa.Column("sort", sa.String(), nullable=False, server_default="newest"),
        sa.Column("mailbox_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("columns", sa.String(), nullable=False, server_default=""),
        sa.Column("density", sa.String(), nullable=False, server_default=""),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_view_mailbox_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["agent.id"], name=op.f("fk_view_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view")),
    )
    op.create_index("uq_view_owner_id", "view", ["owner_id", "name"], unique=True)
    op.execute("INSERT INTO unindexed (kind, id) SELECT 'mail', message_id FROM message_body")
    op.execute("INSERT INTO unindexed (kind, id) SELECT 'comment', id FROM comment")
    search_index.install(op.get_bind())
    _add_file_text()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER view_only_as_oneself BEFORE INSERT OR UPDATE ON view "
            "FOR EACH ROW EXECUTE FUNCTION only_as_oneself('owner_id')"
        )


def _add_file_text() -> None:
    op.create_table(
        "file_text",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_file_text_message_id")),
        sa.PrimaryKeyConstraint("message_id", "file", name=op.f("pk_file_text")),
    )
    op.create_table(
        "unread_files",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("free_at", sa.Double(), nullable=False, server_default=sa.text("0")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_unread_files_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_unread_files")),
    )
    op.execute(
        "INSERT INTO unread_files (message_id) SELECT id FROM message WHERE CAST(files AS TEXT) <> '[]'"
    )
    file_words.install(op.get_bind())


def _remove_search() -> None:
    search_index.remove(op.get_bind())
    file_words.remove(op.get_bind())
    for table in ("view", "unread_files", "file_text", "unindexed", "comment_words", "message_words"):
        op.drop_table(table)


def _add_repairs() -> None:
    op.create_table(
        "repair",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("charset", sa.String(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        *_made_by("repair", "chosen_by_id"),
        sa.Column("chosen_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_repair_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_repair")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER repair_only_as_oneself BEFORE INSERT OR UPDATE ON repair "
            "FOR EACH ROW EXECUTE FUNCTION only_as_oneself('chosen_by_id')"
        )


def _remove_repairs() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER repair_only_as_oneself ON repair")
    op.drop_table("repair")


def _add_talk() -> None:
    op.create_table(
        "mention",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        *_made_by("mention", "agent_id"),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_mention_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", "agent_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_agent", "mention", ["agent_id", "read_at"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=True),
        *_made_by("note", "author_id"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("changed_at", sa.Double(), nullable=True),
        sa.Column("withdrawn_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_note_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_table(
        "note_read",
        sa.Column("note_id", sa.Integer(), nullable=False),
        *_made_by("note_read", "agent_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_note_read_note_id")),
        sa.PrimaryKeyConstraint("note_id", "agent_id", name=op.f("pk_note_read")),
    )
    op.create_table(
        "chat_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        *_made_by("chat_line", "author_id"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_line")),
    )
    op.create_index("ix_chat_line_room", "chat_line", ["room", "id"])
    op.create_table(
        "chat_seen",
        *_made_by("chat_seen", "agent_id"),
        sa.Column("room", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "room", name=op.f("pk_chat_seen")),
    )
    op.create_table(
        "rules_page",
        sa.Column("mailbox_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_made_by("rules_page", "changed_by_id"),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_rules_page_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_rules_page")),
    )
    talk_guards.install(op.get_bind())


def _remove_talk() -> None:
    talk_guards.remove(op.get_bind())
    for table in ("rules_page", "chat_seen", "chat_line", "note_read", "note"):
        op.drop_table(table)
    op.drop_table("mention")


def _add_label_looks() -> None:
    op.create_table(
        "label_look",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_label_look")),
    )


def _add_targets() -> None:
    op.execute("UPDATE conversation SET due_order = due_order - priority WHERE priority <> 0")
    due_guards.install(op.get_bind())


def _remove_targets() -> None:
    due_guards.remove(op.get_bind())


_ONLY = "archived_at IS NULL"
_PARTIAL = (
    ("ix_conversation_listed_newest", ["last_message_at", "id"], _ONLY),
    ("ix_conversation_listed_status_newest", ["status", "last_message_at", "id"], _ONLY),
    ("ix_conversation_listed_status_priority", ["status", "priority", "last_message_at", "id"], _ONLY),
    ("ix_conversation_due", ["due_order", "last_message_at", "id"], _ONLY),
    ("ix_conversation_status_due", ["status", "due_order", "last_message_at", "id"], _ONLY),
    ("ix_conversation_archived", ["last_message_at", "id"], "archived_at IS NOT NULL"),
    ("ix_conversation_substate", ["substate", "last_message_at", "id"], f"substate IS NOT NULL AND {_ONLY}"),
    ("ix_conversation_waiting", ["status", "waiting_until"], "waiting_until IS NOT NULL"),
)


def _add_archive() -> None:
    for name, columns, where in _PARTIAL:
        op.create_index(
            name, "conversation", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    archive_guards.install(op.get_bind())


def _remove_archive() -> None:
    archive_guards.remove(op.get_bind())
    for name, _, _ in _PARTIAL:
        op.drop_index(name, "conversation")


def _add_states() -> None:
    op.create_table(
        "custom_state",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("label_ja", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_custom_state")),
    )
    state_guards.install(op.get_bind())


def _remove_states() -> None:
    state_guards.remove(op.get_bind())
    op.drop_table("custom_state")


def _add_letters() -> None:
    op.create_table(
        "letter",
        sa.Column("conversation_id", sa.Integer(), autoincrement=False, nullable=False),
        *_made_by("letter", "author_id"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_letter_conversation_id")
        ),
        sa.ForeignKeyConstraint(["of_id"], ["conversation.id"], name=op.f("fk_letter_of_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_letter_message_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_letter")),
    )
    op.create_index("ix_letter_author_id", "letter", ["author_id"])
    letter_guards.install(op.get_bind())


def _remove_letters() -> None:
    letter_guards.remove(op.get_bind())
    op.drop_table("letter")
