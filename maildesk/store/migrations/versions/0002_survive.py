"""what the claim, the outbox and the sync need to survive everything"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from maildesk.store import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Only additions, each nullable or with a default of the server: a client of the version before that is running goes
# on working. It is not let in again: it does not know what a held reply is.
def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False, server_default="")


_ADDED: "tuple[tuple[str, sa.Column[Any]], ...]" = (
    ("desk", sa.Column("held_at", sa.Double(), nullable=True)),
    ("desk", _text("held_reason")),
    ("agent", sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("mailbox", _text("authserv_id")),
    ("mailbox", _text("journal")),
    ("mailbox", sa.Column("oauth", sa.JSON(), nullable=True)),
    ("folder", sa.Column("reconciled_at", sa.Double(), nullable=True)),
    ("folder", sa.Column("unaccounted", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("raw", _text("sha256")),
    ("location", sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("location", sa.Column("retry_at", sa.Double(), nullable=True)),
    ("location", sa.Column("gm_msgid", sa.BigInteger(), nullable=True)),
    ("message", sa.Column("authentication", sa.JSON(), nullable=True)),
    ("message", sa.Column("related_id", sa.Integer(), nullable=True)),
    ("message", _text("related_by")),
    ("message", sa.Column("marks", sa.JSON(), nullable=False, server_default="[]")),
    ("counter", sa.Column("also", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("draft", _text("stopped")),
    ("draft", sa.Column("stopped_at", sa.Double(), nullable=True)),
    ("draft", sa.Column("stopped_detail", sa.JSON(), nullable=False, server_default="{}")),
    ("draft", sa.Column("discarded_at", sa.Double(), nullable=True)),
    ("outbox", _text("filed_by")),
    ("outbox", _text("reply_key")),
    ("outbox", sa.Column("reply_values", sa.JSON(), nullable=False, server_default="{}")),
    ("outbox", sa.Column("scheduled", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("outbox", sa.Column("approval", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("outbox", _text("after_status")),
    ("outbox", sa.Column("after_reason", sa.String(), nullable=True)),
    ("outbox", _text("held_reason")),
    ("outbox", sa.Column("held_detail", sa.JSON(), nullable=False, server_default="{}")),
    ("outbox", sa.Column("approved_by", sa.Integer(), nullable=True)),
    ("outbox", sa.Column("approved_at", sa.Double(), nullable=True)),
    ("outbox", _text("approved_sha256")),
    ("outbox", sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]")),
    ("outbox", sa.Column("evidence_tries", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("outbox", sa.Column("evidence_after", sa.Double(), nullable=True)),
    ("outbox", sa.Column("bounced", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
)


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, column)
    op.create_table(
        "mailbox_token",
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("refresh", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("obtained_at", sa.Double(), nullable=True),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_mailbox_token_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_mailbox_token")),
    )
    op.create_table(
        "wire",
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("wire", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=True),
        sa.Column("ok_at", sa.Double(), nullable=True),
        sa.Column("retry_at", sa.Double(), nullable=True),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_wire_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "wire", name=op.f("pk_wire")),
    )
    op.create_table(
        "raw_part",
        sa.Column("raw_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["raw_id"], ["raw.id"], name=op.f("fk_raw_part_raw_id")),
        sa.PrimaryKeyConstraint("raw_id", "n", name=op.f("pk_raw_part")),
    )
    op.create_table(
        "also_in",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_also_in_conversation_id")
        ),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_also_in_mailbox_id")),
        sa.PrimaryKeyConstraint("conversation_id", "mailbox_id", name=op.f("pk_also_in")),
    )
    op.create_table(
        "delivered",
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_delivered_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "address", name=op.f("pk_delivered")),
    )
    op.create_table(
        "content",
        sa.Column("content_key", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_content_message_id")),
        sa.PrimaryKeyConstraint("content_key", name=op.f("pk_content")),
    )
    op.create_index(op.f("ix_content_message_id"), "content", ["message_id"])
    op.execute(
        "INSERT INTO content (content_key, message_id) "
        "SELECT content_key, min(id) FROM message WHERE content_key <> '' GROUP BY content_key"
    )
    op.create_table(
        "alias",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_alias_outbox_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_outbox_id"), "alias", ["outbox_id"])
    for statement in _POSTGRESQL if _is_postgresql() else _SQLITE:
        op.execute(statement)
    guards.install(op.get_bind())
    op.execute("UPDATE desk SET min_client = 2")



# A conversation that is listed in further mailboxes is counted there apart (counter.also).
_SQLITE = (
    """CREATE TRIGGER also_in_counted AFTER INSERT ON also_in BEGIN
         INSERT INTO counter (mailbox_id, status, n, also)
         SELECT new.mailbox_id, c.status, 0, 1 FROM conversation AS c WHERE c.id = new.conversation_id
         ON CONFLICT (mailbox_id, status) DO UPDATE SET also = also + 1;
       END""",
    """CREATE TRIGGER also_in_uncounted AFTER DELETE ON also_in BEGIN
         UPDATE counter SET also = also - 1 WHERE mailbox_id = old.mailbox_id
         AND status = (SELECT c.status FROM conversation AS c WHERE c.id = old.conversation_id);
       END""",
    """CREATE TRIGGER conversation_recounted_also AFTER UPDATE OF status ON conversation
       WHEN old.status <> new.status BEGIN
         UPDATE counter SET also = also - 1 WHERE status = old.status
         AND mailbox_id IN (SELECT a.mailbox_id FROM also_in AS a WHERE a.conversation_id = new.id);
         INSERT INTO counter (mailbox_id, status, n, also)
         SELECT a.mailbox_id, new.status, 0, 1 FROM also_in AS a WHERE a.conversation_id = new.id
         ON CONFLICT (mailbox_id, status) DO UPDATE SET also = also + 1;
       END""",
)


def _conversation_count(columns: str, changes: str, merge: str) -> str:
    """The function of the trigger on ``conversation``; ``changes`` are what an update does to the counters."""
    # one statement in one order for everybody: two that wait for each other's row would cost a second, then an error
    return f"""CREATE OR REPLACE FUNCTION conversation_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       BEGIN
         IF TG_OP = 'UPDATE' THEN
           IF old.status <> new.status OR old.mailbox_id <> new.mailbox_id THEN
             INSERT INTO counter (mailbox_id, status, {columns})
             {changes} ORDER BY m, s
             ON CONFLICT (mailbox_id, status) DO UPDATE SET {merge};
           END IF;
         ELSIF TG_OP = 'INSERT' THEN
           INSERT INTO counter (mailbox_id, status, n) VALUES (new.mailbox_id, new.status, 1)
           ON CONFLICT (mailbox_id, status) DO UPDATE SET n = counter.n + 1;
         ELSE
           UPDATE counter SET n = n - 1 WHERE mailbox_id = old.mailbox_id AND status = old.status;
         END IF;
         RETURN NULL;
       END $$"""


_POSTGRESQL = (
    _conversation_count(
        "n, also",
        """SELECT m, s, sum(own), sum(further) FROM (
             VALUES (old.mailbox_id, old.status, -1, 0), (new.mailbox_id, new.status, 1, 0)
             UNION ALL SELECT mailbox_id, old.status, 0, -1 FROM also_in WHERE conversation_id = new.id
             UNION ALL SELECT mailbox_id, new.status, 0, 1 FROM also_in WHERE conversation_id = new.id
           ) AS v (m, s, own, further) GROUP BY m, s""",
        "n = counter.n + excluded.n, also = counter.also + excluded.also",
    ),
    """CREATE FUNCTION also_in_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       BEGIN
         IF TG_OP = 'INSERT' THEN
           INSERT INTO counter (mailbox_id, status, n, also)
           SELECT new.mailbox_id, c.status, 0, 1 FROM conversation AS c WHERE c.id = new.conversation_id
           ON CONFLICT (mailbox_id, status) DO UPDATE SET also = counter.also + 1;
         ELSE
           UPDATE counter SET also = also - 1 WHERE mailbox_id = old.mailbox_id
           AND status = (SELECT c.status FROM conversation AS c WHERE c.id = old.conversation_id);
         END IF;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER also_in_counted AFTER INSERT OR DELETE ON also_in
       FOR EACH ROW EXECUTE FUNCTION also_in_count()""",
)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def downgrade() -> None:
    guards.remove(op.get_bind())
    if _is_postgresql():
        op.execute("DROP FUNCTION also_in_count CASCADE")
        before = """SELECT m, s, d FROM (
          VALUES (old.mailbox_id, old.status, -1), (new.mailbox_id, new.status, 1)) AS v (m, s, d)"""
        op.execute(_conversation_count("n", before, "n = counter.n + excluded.n"))
    else:
        op.execute("DROP TRIGGER conversation_recounted_also")
    op.execute("UPDATE desk SET min_client = 1")
    for table in ("alias", "content", "delivered", "also_in", "raw_part", "wire", "mailbox_token"):
        op.drop_table(table)
    for table, column in reversed(_ADDED):
        op.drop_column(table, column.name)
