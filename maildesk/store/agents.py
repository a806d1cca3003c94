"""Who works at the desk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from maildesk.domain.agent import Agent, Role
from maildesk.store.tables import agent


def _agent(row: Row[Any]) -> Agent:
    return Agent(row.id, row.login, row.name, Role(row.role), row.reading, row.needs_approval)


def active(tx: Connection) -> tuple[Agent, ...]:
    """The agents, by login."""
    return tuple(_agent(r) for r in tx.execute(select(agent).where(agent.c.active).order_by(agent.c.login)))


def by_login(tx: Connection, login: str) -> Agent | None:
    """The active agent of that login."""
    row = tx.execute(select(agent).where(agent.c.active, agent.c.login == login)).first()
    return None if row is None else _agent(row)


def by_os_user(tx: Connection, user: str) -> Agent | None:
    """The active agent who is linked to an account of the operating system."""
    row = tx.execute(
        select(agent).where(agent.c.active, agent.c.os_user == user, agent.c.os_user != "")
    ).first()
    return None if row is None else _agent(row)


def session_user(tx: Connection) -> str:
    """PostgreSQL's login role of this connection, which no client can forge."""
    return str(tx.execute(select(func.session_user())).scalar_one())


def put(
    tx: Connection,
    login: str,
    name: str,
    role: Role,
    reading: str = "",
    os_user: str = "",
    needs_approval: bool | None = None,
) -> bool:
    """Add the agent, or bring it up to date; a link to an account, and whether he needs approval, stay where they are
    not given.

    Returns whether anything changed.
    """
    row = tx.execute(select(agent).where(agent.c.login == login)).first()
    values: dict[str, Any] = {"name": name, "role": role.value, "reading": reading, "active": True}
    if os_user or row is None:
        values["os_user"] = os_user
    if needs_approval is not None:
        values["needs_approval"] = needs_approval
    if row is None:
        tx.execute(agent.insert().values(login=login, **values))
        return True
    if all(getattr(row, k) == v for k, v in values.items()):
        return False
    tx.execute(agent.update().where(agent.c.id == row.id).values(**values))
    return True
