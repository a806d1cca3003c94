"""what the claim, the outbox and the sync need to survive everything"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# Only additions, each nullable or with a default of the server: a client of the version before that is running goes
# on working. It is not let in again: it does not know what a held reply is.
_TEXT = {"nullable": False, "server_default": ""}
_ADDED: tuple[tuple[str, sa.Column], ...] = (
    ("desk", sa.Column("held_at", sa.Double(), nullable=True)),
    ("desk", sa.Column("held_reason", sa.String(), **_TEXT)),
    ("agent", sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("mailbox", sa.Column("authserv_id", sa.String(), **_TEXT)),
    ("mailbox", sa.Column("journal", sa.String(), **_TEXT)),
    ("mailbox", sa.Column("oauth", sa.JSON(), nullable=True)),
    ("folder", sa.Column("reconciled_at", sa.Double(), nullable=True)),
    ("folder", sa.Column("unaccounted", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("raw", sa.Column("sha256", sa.String(), **_TEXT)),
    ("location", sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("location", sa.Column("retry_at", sa.Double(), nullable=True)),
    ("location", sa.Column("gm_msgid", sa.BigInteger(), nullable=True)),
    ("message", sa.Column("authentication", sa.JSON(), nullable=True)),
    ("message", sa.Column("related_id", sa.Integer(), nullable=True)),
    ("message", sa.Column("related_by", sa.String(), **_TEXT)),
    ("draft", sa.Column("stopped", sa.String(), **_TEXT)),
    ("draft", sa.Column("stopped_at", sa.Double(), nullable=True)),
    ("draft", sa.Column("stopped_detail", sa.JSON(), nullable=False, server_default="{}")),
    ("outbox", sa.Column("filed_by", sa.String(), **_TEXT)),
    ("outbox", sa.Column("scheduled", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
    ("outbox", sa.Column("held_reason", sa.String(), **_TEXT)),
    ("outbox", sa.Column("approved_by", sa.Integer(), nullable=True)),
    ("outbox", sa.Column("approved_at", sa.Double(), nullable=True)),
    ("outbox", sa.Column("approved_sha256", sa.String(), **_TEXT)),
    ("outbox", sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]")),
    ("outbox", sa.Column("evidence_tries", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ("outbox", sa.Column("evidence_after", sa.Double(), nullable=True)),
    ("outbox", sa.Column("bounced", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
)


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, column)
    op.create_index(op.f("ix_location_gm_msgid"), "location", ["gm_msgid"])
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
        sa.Column("since", sa.Double(), nullable=True),
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
        "content",
        sa.Column("content_key", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
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
    op.execute("UPDATE desk SET min_client = 2")


def downgrade() -> None:
    op.execute("UPDATE desk SET min_client = 1")
    for table in ("alias", "content", "also_in", "raw_part", "wire", "mailbox_token"):
        op.drop_table(table)
    op.drop_index(op.f("ix_location_gm_msgid"), "location")
    for table, column in reversed(_ADDED):
        op.drop_column(table, column.name)
