"""The rules of mailboxes, one page each."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from maildesk.domain.talk import RulesPage
from maildesk.store.clock import db_now
from maildesk.store.tables import agent, mailbox, rules_page


def of_mailbox(tx: Connection, mailbox_id: int) -> RulesPage | None:
    """The page of a mailbox, an empty one where nobody has written it; None for no mailbox."""
    row = tx.execute(
        select(
            mailbox.c.name,
            rules_page.c.text,
            rules_page.c.version,
            rules_page.c.changed_at,
            agent.c.name.label("by"),
        )
        .select_from(mailbox)
        .outerjoin(rules_page, rules_page.c.mailbox_id == mailbox.c.id)
        .outerjoin(agent, agent.c.id == rules_page.c.changed_by_id)
        .where(mailbox.c.id == mailbox_id)
    ).first()
    if row is None:
        return None
    return RulesPage(mailbox_id, row.name, row.text or "", row.version or 0, row.by or "", row.changed_at)


def put(tx: Connection, mailbox_id: int, text: str, agent_id: int, version: int) -> bool:
    """Write a page, unless somebody wrote it since ``version``: then False."""
    values = {"text": text, "version": version + 1, "changed_by_id": agent_id, "changed_at": db_now()}
    if version == 0:
        upsert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
        added = upsert(rules_page).values(mailbox_id=mailbox_id, **values)
        done = added.on_conflict_do_nothing(index_elements=["mailbox_id"])
        return tx.execute(done.returning(rules_page.c.mailbox_id)).first() is not None
    changed = rules_page.update().where(
        rules_page.c.mailbox_id == mailbox_id, rules_page.c.version == version
    )
    return tx.execute(changed.values(**values).returning(rules_page.c.mailbox_id)).first() is not None
