"""Saved views as rows: personal ones of their owner, shared ones of everybody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from maildesk.domain.columns import from_store, stored
from maildesk.domain.status import Sort, tab_of
from maildesk.domain.view import View
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, mailbox, view


def _view(row: Row[Any], agent_id: int) -> View:
    return View(
        row.name,
        row.query,
        tab_of(row.tab),
        Sort(row.sort),
        row.shop or "",
        row.letter,
        row.shared,
        row.owner,
        row.owner_id == agent_id,
        row.id,
        from_store(row.columns),
        row.density,
        row.owner_id,
    )


def all_views(tx: Connection, agent_id: int) -> tuple[View, ...]:
    """Those that an agent has: his own first, then what others share, by name."""
    rows = tx.execute(
        select(view, agent.c.name.label("owner"), mailbox.c.short_name.label("shop"))
        .join(agent, agent.c.id == view.c.owner_id)
        .outerjoin(mailbox, mailbox.c.id == view.c.mailbox_id)
        .where(or_(view.c.owner_id == agent_id, view.c.shared))
        .order_by(view.c.owner_id != agent_id, view.c.name, view.c.id)
    )
    return tuple(_view(row, agent_id) for row in rows)


def put(tx: Connection, owner_id: int, new: View, mailbox_id: int | None) -> int:
    """Keep a view under its name: an agent's view of that name is replaced. Its id."""
    values = {
        "letter": new.letter,
        "query": new.query,
        "tab": new.tab.value,
        "sort": new.sort.value,
        "mailbox_id": mailbox_id,
        "shared": new.shared,
        "columns": stored(new.columns),
        "density": new.density,
        "changed_at": db_now(),
    }
    if new.letter:  # a letter opens one view of an agent
        mine = and_(view.c.owner_id == owner_id, view.c.letter == new.letter, view.c.name != new.name)
        tx.execute(view.update().where(mine).values(letter=""))
    same = and_(view.c.owner_id == owner_id, view.c.name == new.name)
    number = tx.execute(view.update().where(same).values(**values).returning(view.c.id)).scalar()
    if number is None:
        added = view.insert().values(owner_id=owner_id, name=new.name, **values).returning(view.c.id)
        number = tx.execute(added).scalar_one()
    return int(number)


def rename(tx: Connection, view_id: int, name: str) -> bool:
    """Give a view another name. False: its owner has one of that name."""
    same = view.alias("same")
    taken = select(same.c.id).where(same.c.owner_id == view.c.owner_id, same.c.name == name).exists()
    act = view.update().where(view.c.id == view_id, ~taken).values(name=name, changed_at=db_now())
    return tx.execute(act.returning(view.c.id)).first() is not None


def share(tx: Connection, view_id: int, shared: bool) -> None:
    """Let everybody have it, or only its owner."""
    tx.execute(view.update().where(view.c.id == view_id).values(shared=shared, changed_at=db_now()))


def delete(tx: Connection, view_id: int) -> None:
    """Remove a view."""
    tx.execute(view.delete().where(view.c.id == view_id))
