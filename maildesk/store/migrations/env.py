"""Alembic's environment: migrations run on the connection that :mod:`maildesk.store.schema` hands over, or, to write
a new one (``alembic revision --autogenerate``), on the URL of the command line."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import create_engine

from maildesk.store.clock import Instant
from maildesk.store.tables import metadata


def _render(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(thing, Instant):
        return "sa.Double()"
    if kind == "type" and type(thing).__name__ == "AutoString":
        return "sa.String()"
    return False


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        connection = create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
        transactional_ddl=False,
    )
    context.run_migrations()


_run()
