"""what triage, search, customers and colleagues need

Only additions, each nullable or with a default of the server: a client of the version before goes on working.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ADDED: "Sequence[tuple[str, sa.Column[Any]]]" = ()
"""New columns of old tables."""


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, column)


def downgrade() -> None:
    for table, column in reversed(_ADDED):
        op.drop_column(table, str(column.name))
