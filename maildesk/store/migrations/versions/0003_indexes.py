"""indexes on tables that are large where a store is in use, built while others write

Apart from 0002 because PostgreSQL makes them CONCURRENTLY there: not in a transaction, so that a long build stops
nobody. When it is interrupted the store stays at 0002, which is whole, and the next start of a client removes what is
left of an index and builds it again.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CONCURRENTLY = True
INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("ix_location_gm_msgid", "location", ["gm_msgid"], None),
    ("ix_location_raw_id", "location", ["raw_id"], None),
    ("ix_location_stub", "location", ["folder_id", "uid"], "result = 'stub'"),
    ("ix_raw_sha256", "raw", ["sha256"], None),
    ("ix_message_quarantined", "message", ["mailbox_id", "id"], "quarantined"),
    ("ix_message_relates", "message", ["conversation_id", "related_id"], "related_id IS NOT NULL"),
    ("ix_message_related", "message", ["related_id", "conversation_id"], "related_id IS NOT NULL"),
)
"""Name, table, columns, and the condition of a partial index."""


def upgrade() -> None:
    apart = bool(context.config.attributes.get("concurrently"))
    for name, table, columns, where in INDEXES:
        if apart:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        some = sa.text(where) if where else None
        op.create_index(
            name, table, columns, sqlite_where=some, postgresql_where=some, postgresql_concurrently=apart
        )


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
