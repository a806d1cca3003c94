"""Reply templates, shared: an edit is there for everybody at once, and every earlier text is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from maildesk.domain.template import Template
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, template, template_version


def _template(row: Row[Any]) -> Template:
    return Template(
        id=row.id,
        name=row.name,
        category=row.category,
        subject=row.subject,
        body=row.body,
        keywords=tuple(row.keywords),
        reading=row.reading,
        version=row.version,
        updated_at=row.updated_at,
        updated_by=row.author or "",
    )


_ALL = select(template, agent.c.name.label("author")).outerjoin(agent, agent.c.id == template.c.updated_by)


def all_templates(tx: Connection) -> tuple[Template, ...]:
    """The templates, by category and name."""
    return tuple(_template(r) for r in tx.execute(_ALL.order_by(template.c.category, template.c.name)))


def by_id(tx: Connection, template_id: int) -> Template | None:
    """One template."""
    row = tx.execute(_ALL.where(template.c.id == template_id)).first()
    return None if row is None else _template(row)


def by_name(tx: Connection, name: str) -> Template | None:
    """The template of that name."""
    row = tx.execute(_ALL.where(template.c.name == name)).first()
    return None if row is None else _template(row)


def used_counts(tx: Connection) -> dict[int, int]:
    """How often each template was sent."""
    return {r.id: r.used for r in tx.execute(select(template.c.id, template.c.used))}


def count_use(tx: Connection, template_id: int) -> None:
    """A reply made from it was queued."""
    tx.execute(template.update().where(template.c.id == template_id).values(used=template.c.used + 1))


def put(tx: Connection, wanted: Template, author_id: int | None) -> tuple[Template, bool]:
    """Add the template (found again by id, else by name) or change it: version + 1. Whether anything changed."""
    values: dict[str, Any] = {
        "name": wanted.name,
        "category": wanted.category,
        "reading": wanted.reading,
        "subject": wanted.subject,
        "body": wanted.body,
        "keywords": list(wanted.keywords),
    }
    where = template.c.id == wanted.id if wanted.id else template.c.name == wanted.name
    row = tx.execute(select(template).where(where).with_for_update()).first()
    if row is not None and all(getattr(row, k) == v for k, v in values.items()):
        return _template(tx.execute(_ALL.where(template.c.id == row.id)).one()), False
    stamp = {"updated_at": db_now(), "updated_by": author_id}
    if row is None:
        new_id = tx.execute(
            template.insert().values(version=1, **values, **stamp).returning(template.c.id)
        ).scalar_one()
        version = 1
    else:
        new_id, version = row.id, row.version + 1
        tx.execute(
            template.update().where(template.c.id == new_id).values(version=version, **values, **stamp)
        )
    tx.execute(
        template_version.insert().values(
            template_id=new_id, version=version, subject=wanted.subject, body=wanted.body, **stamp
        )
    )
    return _template(tx.execute(_ALL.where(template.c.id == new_id)).one()), True
