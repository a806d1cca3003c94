"""Labels: which there are, and how the desk shows them. What is on a conversation is in ``conversations``."""

from __future__ import annotations

from itertools import chain

from sqlalchemy import Connection, exists, or_, select

from maildesk.domain.label import LabelLook
from maildesk.store.tables import label, label_look


def looks(tx: Connection) -> tuple[LabelLook, ...]:
    """How labels are shown, in the order of the configuration."""
    rows = tx.execute(select(label_look).order_by(label_look.c.place))
    return tuple(LabelLook(row.name, row.colour, row.key) for row in rows)


def known(tx: Connection) -> tuple[str, ...]:
    """Every label: those that the configuration describes first, in its order, then the others in use by name."""
    described = tx.execute(select(label_look.c.name).order_by(label_look.c.place)).scalars()
    used = tx.execute(select(label.c.name).distinct().order_by(label.c.name)).scalars()
    return tuple(dict.fromkeys(chain(described, used)))


def is_known(tx: Connection, name: str) -> bool:
    """Whether there is a label of that name."""
    used = exists(select(label.c.name).where(label.c.name == name))
    described = exists(select(label_look.c.name).where(label_look.c.name == name))
    return bool(tx.execute(select(or_(used, described))).scalar())


def put(tx: Connection, look: LabelLook, place: int) -> tuple[bool, bool]:
    """Say how a label is shown. Returns whether that was said before and whether anything changed."""
    values = {"place": place, "key": look.key, "colour": look.colour}
    where = label_look.c.name == look.name
    row = tx.execute(select(label_look).where(where)).first()
    if row is None:
        tx.execute(label_look.insert().values(name=look.name, **values))
        return False, True
    changed = {name: getattr(row, name) for name in values} != values
    if changed:
        tx.execute(label_look.update().where(where).values(**values))
    return True, changed


def forget(tx: Connection, name: str) -> None:
    """Show a label as any other again; it stays where it is."""
    tx.execute(label_look.delete().where(label_look.c.name == name))
