"""Making a desk: agents, mailboxes and templates as a file describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len

from maildesk.config.deskfile import AgentEntry, DeskFile, FieldEntry, MailboxEntry, TemplateEntry
from maildesk.domain.archive import OFF
from maildesk.domain.customer import CustomerField
from maildesk.domain.day_hours import DayHours
from maildesk.domain.label import LabelLook
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import CustomState
from maildesk.domain.template import Template
from maildesk.errors import TemplateError
from maildesk.store import (
    agents,
    archive,
    customers,
    focus,
    grants,
    labels,
    mailboxes,
    order_refs,
    states,
    targets,
    templates,
)
from maildesk.store.engine import Store

if TYPE_CHECKING:
    from sqlalchemy import Connection

Outcome = Literal["added", "changed", "unchanged", "removed"]
_SHORT_NAME = 6
"""Cells that lists have for the name of a shop."""


@dataclass(frozen=True, slots=True)
class Made:
    """One thing that the file names and what became of it."""

    kind: Literal["agent", "mailbox", "template", "customer-field", "state", "label", "desk"]
    name: str
    result: Outcome


def check(desk_file: DeskFile) -> None:
    """Raise TemplateError for the first template that could not be rendered."""
    from maildesk.templates import lint_template

    for entry in desk_file.templates:
        wrong = next((p for p in lint_template(_template(entry)) if p.severity == "error"), None)
        if wrong is not None:
            raise TemplateError("template_wrong", name=entry.name, line=wrong.line, reason=wrong.message)


def put(store: Store, desk_file: DeskFile) -> tuple[Made, ...]:
    """Add what is not there and bring up to date what is, all of it in one transaction. States that a file with states
    does not name are removed, and so are the colours and keys of labels; nothing else is."""
    with store.transaction() as tx:
        return (
            *(_put_agent(tx, entry) for entry in desk_file.agents),
            *(_put_mailbox(tx, entry) for entry in desk_file.mailboxes),
            *(_put_template(tx, entry) for entry in desk_file.templates),
            *(_put_field(tx, entry, place) for place, entry in enumerate(desk_file.customer_fields)),
            *_put_states(tx, desk_file.states),
            *_put_labels(tx, desk_file.labels),
            *_put_archive(tx, desk_file.archive_after),
            *_put_focus(tx, desk_file.focus_hours),
        )


def grant(store: Store, desk_file: DeskFile) -> tuple[str, ...]:
    """On PostgreSQL give each agent a login role with an agent's rights (:mod:`maildesk.store.grants`).

    Returns the SQL that is left for the database's administrator, because this login may not.
    """
    with store.transaction() as tx:
        return grants.apply(tx, [(entry.login, entry.role) for entry in desk_file.agents])


def _outcome(known: bool, changed: bool) -> Outcome:
    return "unchanged" if not changed else "changed" if known else "added"


def _put_agent(tx: Connection, entry: AgentEntry) -> Made:
    known = agents.by_login(tx, entry.login) is not None
    changed = agents.put(
        tx, entry.login, entry.name, entry.role, entry.reading, entry.os_user, entry.needs_approval
    )
    return Made("agent", entry.login, _outcome(known, changed))


def _short(name: str) -> str:
    short = ""
    for char in name:
        if cell_len(short + char) > _SHORT_NAME:
            break
        short += char
    return short.strip()


def _put_mailbox(tx: Connection, entry: MailboxEntry) -> Made:
    there = mailboxes.all_mailboxes(tx)
    before = len(there)
    shape = next((box.order_pattern for box in there if box.name == entry.name), "")
    target = next((box.reply_target for box in there if box.name == entry.name), None)
    wanted = Mailbox(
        id=0,
        name=entry.name,
        short_name=entry.short_name or _short(entry.name),
        address=entry.address,
        aliases=entry.aliases,
        folders=entry.folders,
        signature=entry.signature,
        order_pattern=entry.order_pattern,
        order_url=entry.order_url,
        history_days=entry.history_days,
        authserv_id=entry.authserv_id,
        imap=entry.imap.endpoint if entry.imap else None,
        smtp=entry.smtp.endpoint if entry.smtp else None,
        oauth=entry.oauth.app if entry.oauth else None,
        journal=entry.journal,
        reply_target=entry.reply_target,
        reopen=entry.reopen,
    )
    kept = {
        "imap": entry.imap.secret if entry.imap else None,
        "smtp": entry.smtp.secret if entry.smtp else None,
        mailboxes.CLIENT: entry.oauth.client_secret if entry.oauth else None,
        mailboxes.TOKEN_KEY: entry.oauth.token_key if entry.oauth else None,
    }
    refs = {what: ref for what, ref in kept.items() if ref is not None}
    box_id, changed = mailboxes.put(tx, wanted, refs)
    known = len(mailboxes.all_mailboxes(tx)) == before
    if known and target != entry.reply_target:
        targets.recompute(tx, box_id)
    if known and shape != entry.order_pattern:
        order_refs.search_again(tx)
    return Made("mailbox", entry.name, _outcome(known, changed))


def _template(entry: TemplateEntry) -> Template:
    return Template(0, entry.name, entry.category, entry.subject, entry.body, entry.keywords, entry.reading)


def _put_template(tx: Connection, entry: TemplateEntry) -> Made:
    known = templates.by_name(tx, entry.name) is not None
    _, changed = templates.put(tx, _template(entry), None)
    return Made("template", entry.name, _outcome(known, changed))


def _put_field(tx: Connection, entry: FieldEntry, place: int) -> Made:
    described = CustomerField(entry.name, entry.label, entry.type, entry.choices)
    known, changed = customers.put_field(tx, described, place)
    return Made("customer-field", entry.name, _outcome(known, changed))


def _put_states(tx: Connection, wanted: tuple[CustomState, ...] | None) -> tuple[Made, ...]:
    if wanted is None:
        return ()
    made = []
    for place, state in enumerate(wanted):
        known, changed = states.put(tx, state, place)
        made.append(Made("state", state.name, _outcome(known, changed)))
    for state in states.all_states(tx):
        if state.name not in {one.name for one in wanted}:
            states.remove(tx, state.name)
            made.append(Made("state", state.name, "removed"))
    return tuple(made)


def _put_archive(tx: Connection, months: int | None) -> tuple[Made, ...]:
    """After how long what is done goes into the archive; None where the file does not say."""
    if months is None:
        return ()
    known = archive.after(tx) != OFF
    changed = archive.put(tx, months)
    return (
        Made("desk", "archive_after", "removed" if changed and months == OFF else _outcome(known, changed)),
    )


def _put_focus(tx: Connection, wanted: tuple[DayHours, ...] | None) -> tuple[Made, ...]:
    """The hours in which the team keeps to the mail; None where the file does not say."""
    if wanted is None:
        return ()
    known = bool(focus.hours(tx))
    changed = focus.put(tx, wanted)
    if not known and not wanted:
        return ()
    return (Made("desk", "focus_hours", _outcome(known, changed) if wanted else "removed"),)


def _put_labels(tx: Connection, wanted: tuple[LabelLook, ...] | None) -> tuple[Made, ...]:
    if wanted is None:
        return ()
    made = []
    for place, look in enumerate(wanted):
        known, changed = labels.put(tx, look, place)
        made.append(Made("label", look.name, _outcome(known, changed)))
    for look in labels.looks(tx):
        if look.name not in {one.name for one in wanted}:
            labels.forget(tx, look.name)
            made.append(Made("label", look.name, "removed"))
    return tuple(made)
