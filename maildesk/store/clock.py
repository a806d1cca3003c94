"""Time as the store knows it.

Instants are stored as seconds since 1970 (double precision, UTC) in both databases, so that the same arithmetic and
the same comparisons stand in every statement. Only the database's clock is ever compared (``protocol.md`` decision 4):
:class:`db_now` is ``clock_timestamp()`` on PostgreSQL and ``julianday('now')`` on SQLite, whose
``unixepoch('subsec')`` is NULL before 3.42 and would let no claim ever expire.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as seconds since 1970-01-01T00:00:00Z."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | float | None, dialect: Dialect) -> float | None:
        """Aware datetimes only: a naive one is a defect (its zone would be guessed). Seconds pass through."""
        if value is None or isinstance(value, (int, float)):
            return value
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """``expires_at + 90.0`` adds seconds."""
        return Double() if isinstance(value, (int, float)) else self


class db_now(FunctionElement[float]):
    """The database's clock, in seconds since 1970. Within a statement it may advance (PostgreSQL)."""

    type = Double()
    inherit_cache = True
    name = "db_now"


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(db_now, "postgresql")
def _postgresql_now(element: db_now, compiler: Any, **kw: Any) -> str:
    return "(extract(epoch from clock_timestamp())::double precision)"
