"""``customer``, ``open``: who somebody is, and what an order is about."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.journal import Several
from maildesk.cli.read import chosen_mailbox
from maildesk.domain.customer import (
    CustomerCard,
    CustomerChanged,
    CustomerUndo,
    IdentityKind,
    MergeRefused,
    kind_typed,
)
from maildesk.domain.customer_history import HistoryEntry, HistoryFilter, HistoryKind
from maildesk.domain.status import Status
from maildesk.errors import MaildeskError, NotFound, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk

ENTRIES = 10
"""Entries of the history that are printed where nobody says how many."""


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    match verb:
        case "customer":
            acts = parser.add_subparsers(
                dest="act", required=True, metavar=t("cli.customer.act"), prog=parser.prog
            )
            for act in ("find", "show", "add", "merge", "unmerge", "set", "identity", "fields"):
                words = t(f"cli.customer.{act}")
                one = acts.add_parser(act, help=words, description=words)
                parsing._global_flags(one, fresh=False)
                _act(act, one)
                if act not in ("find", "show", "fields"):
                    parsing.add_dry_run(one)
        case "open":
            what = parser.add_mutually_exclusive_group(required=True)
            what.add_argument("--order", metavar="NUMBER", help=t("cli.open.order"))
            what.add_argument("--email", metavar="ADDRESS", help=t("cli.open.email"))
            what.add_argument("--phone", metavar="NUMBER", help=t("cli.open.phone"))


def _act(act: str, parser: argparse.ArgumentParser) -> None:
    match act:
        case "find":
            parser.add_argument("text", metavar="TEXT", help=t("cli.customer.text"))
        case "show":
            parser.add_argument("who", metavar="WHO", help=t("cli.customer.who"))
            parser.add_argument("--limit", type=parsing.count, default=ENTRIES, help=t("cli.customer.limit"))
            kinds = [kind.value for kind in HistoryKind]
            parser.add_argument(
                "--kind", action="append", default=[], choices=kinds, help=t("cli.customer.kinds")
            )
            states = [status.value for status in Status]
            parser.add_argument("--state", choices=states, help=t("cli.customer.state"))
            parser.add_argument("--mailbox", metavar="M", help=t("cli.mailbox"))
            parser.add_argument("--search", metavar="WORDS", default="", help=t("cli.customer.search"))
            parser.add_argument("--after", metavar="CURSOR", help=t("cli.list.after"))
        case "add":
            parser.add_argument("name", metavar="NAME", help=t("cli.customer.name"))
            parser.add_argument("--reading", default="", help=t("cli.customer.reading"))
            for kind in IdentityKind:
                parser.add_argument(
                    f"--{kind}", action="append", default=[], metavar="X", help=t(f"customer.kind.{kind}")
                )
        case "merge":
            parser.add_argument("who", metavar="WHO", help=t("cli.customer.into"))
            parser.add_argument("other", metavar="OTHER", help=t("cli.customer.other"))
        case "unmerge":
            parser.add_argument("id", metavar="ID", type=parsing.count, help=t("cli.customer.id"))
        case "set":
            parser.add_argument("who", metavar="WHO", help=t("cli.customer.who"))
            parser.add_argument("values", metavar="FIELD=VALUE", nargs="+", help=t("cli.customer.values"))
        case "identity":
            parser.add_argument("who", metavar="WHO", help=t("cli.customer.who"))
            parser.add_argument("kind", choices=[*IdentityKind], help=t("cli.customer.kind"))
            parser.add_argument("value", metavar="VALUE", help=t("cli.customer.value"))
            parser.add_argument("--remove", action="store_true", help=t("cli.customer.remove"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 1 where a customer was merged by somebody before, 7 where nobody is known."""
    with context.desk() as desk, context.trying(desk, given):
        return _open(context, given, desk) if given.verb == "open" else _customer(context, given, desk)


# ---- customer


def _customer(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    match given.act:
        case "fields":
            _fields(context, given, desk)
        case "find":
            for hit in desk.customers.find(given.text, 50):
                _card(context, given, desk.customers.card(hit.id))
        case "show":
            show(context, given, desk, _who(desk, given.who))
        case "add":
            known = [(kind, text) for kind in IdentityKind for text in getattr(given, kind)]
            _card(context, given, desk.customers.add(given.name, given.reading, known))
        case "merge":
            outcome = desk.customers.merge(_number(desk, given.who), _number(desk, given.other))
            if isinstance(outcome, MergeRefused):
                raise _refused(context, outcome)
            context.did(desk, "customer merge", outcome.undo)
            _card(context, given, outcome.card)
        case "unmerge":
            context.did(desk, "customer unmerge", desk.customers.unmerge(given.id).undo)
            _card(context, given, desk.customers.card(given.id))
        case "set":
            _set(context, given, desk)
        case _:
            changed = _identity(given, desk)
            context.did(desk, "customer identity", changed.undo)
            _card(context, given, changed.card)
    return 0


def _set(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    who = _who(desk, given.who).id
    pairs = [value.partition("=") for value in given.values]
    for name, equals, text in pairs:
        if not equals:
            raise UsageError("no_field_value", text=f"{name}{text}"[:60])
    done: list[CustomerUndo] = []
    try:
        for name, _, text in pairs:
            done.append(desk.customers.set_field(who, name.strip(), text).undo)
    finally:
        if done:
            context.did(desk, "customer set", Several(tuple(done)))
    _card(context, given, desk.customers.card(who))


def _refused(context: Context, refused: MergeRefused) -> MaildeskError:
    return MaildeskError(
        "merge_refused",
        number=refused.customer_id,
        into=refused.into_id,
        name=refused.name,
        by=refused.by,
        at=context.clock(refused.at),
    )


def _identity(given: argparse.Namespace, desk: Desk) -> CustomerChanged:
    who, kind = _who(desk, given.who), IdentityKind(given.kind)
    if not given.remove:
        return desk.customers.add_identity(who.id, kind, given.value, "command")
    shown = next((one for one in who.of_kind(kind) if given.value in (one.value, one.shown)), None)
    value = shown.value if shown is not None else given.value
    return desk.customers.remove_identity(who.id, kind, value)


def _number(desk: Desk, text: str) -> int:
    """A customer's own number, though he may be merged into another: the store tells that."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else _who(desk, text).id


def _who(desk: Desk, text: str) -> CustomerCard:
    """A customer by his number (``12``), an address, a telephone number, or a conversation's number (``#1044``)."""
    if text.startswith(("#", "＃")):
        return desk.customers.of_conversation(parsing.number(text))
    kind = kind_typed(text)
    if kind is not None:
        card = desk.customers.of_identity(kind, text)
        if card is None:
            raise NotFound("nobody_known", value=text[:60])
        return card
    return desk.customers.card(parsing.number(text))


def _fields(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    for one in desk.customers.fields():
        if given.json:
            context.out.json(
                {"name": one.name, "label": one.label, "type": one.type.value, "choices": list(one.choices)}
            )
        else:
            context.out.line(
                f"{one.name}  {one.label}  {t(f'customer.field.{one.type}')}  {' / '.join(one.choices)}"
            )


def _shape(card: CustomerCard) -> shapes.Shape:
    return {
        "customer": card.id,
        "name": card.name,
        "reading": card.reading,
        "members": list(card.members),
        "identities": [
            {
                "kind": one.kind.value,
                "value": one.value,
                "by_hand": one.by_hand,
                "added_by": one.added_by or None,
            }
            for one in card.identities
        ],
        "fields": {one.field.name: one.value for one in card.fields if one.value},
        "merged": [
            {"customer": one.id, "name": one.name, "by": one.by, "at": shapes.instant(one.at)}
            for one in card.merged
        ],
    }


def _card(context: Context, given: argparse.Namespace, card: CustomerCard) -> None:
    if given.json:
        context.out.json(_shape(card))
        return
    context.out.styled([(f"{card.id}  {card.name or t('customer.nobody')}  {card.reading}", "bold")])
    for one in card.identities:
        context.out.line(f"  {t(f'customer.kind.{one.kind}')}  {one.shown}")
    for value in card.fields:
        if value.value:
            context.out.line(f"  {value.field.label}  {value.value}")
    for other in card.merged:
        context.out.line(
            f"  {t('customer.row.merged')}  {other.id} {other.name}  {other.by} {context.clock(other.at)}"
        )


def show(context: Context, given: argparse.Namespace, desk: Desk, card: CustomerCard) -> None:
    """Print a customer and his history, as much of it as is asked for."""
    box = getattr(given, "mailbox", None)
    state = getattr(given, "state", None)
    wanted = HistoryFilter(
        tuple(HistoryKind(kind) for kind in getattr(given, "kind", ())),
        None if box is None else chosen_mailbox(desk.inbox.mailboxes(), box).id,
        None if state is None else Status(state),
        getattr(given, "search", ""),
    )
    page = desk.customers.history(card.id, wanted, getattr(given, "after", None), given.limit)
    if given.json:
        history = [_entry(one) for one in page.entries]
        context.out.json(_shape(card) | {"total": page.total, "history": history, "cursor": page.cursor})
        return
    _card(context, given, card)
    if page.counts:
        context.out.line(t("cli.customer.total", count=page.total))
    for one in page.entries:
        glyph = t(f"history.glyph.{one.kind}")
        what = one.event.what if one.event is not None else f"{one.subject}  {one.text}"
        context.out.line(
            f"  {glyph} {context.clock(one.at)}  #{one.conversation_id}  {one.who}  {what[:120]}"
        )
    if page.cursor is not None:
        context.out.say(t("cli.customer.more", cursor=page.cursor))


def _entry(one: HistoryEntry) -> shapes.Shape:
    return {
        "kind": one.kind.value,
        "id": one.id,
        "conversation": one.conversation_id,
        "at": shapes.instant(one.at),
        "who": one.who,
        "subject": one.subject,
        "text": one.text,
        "shop": one.shop,
        "status": one.status.value,
        "event": one.event.what if one.event is not None else None,
        "call": one.call
        and {
            "number": one.call.number,
            "started_at": shapes.instant(one.call.started_at),
            "ended_at": shapes.instant(one.call.ended_at),
            "state": one.call.state.value,
        },
    }


# ---- from another program


def _open(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    """The conversations about an order or with a person, for a button in another system."""
    if given.order is not None:
        found = desk.customers.of_order(given.order)
        missing = NotFound("no_order", number=given.order[:60])
    else:
        kind = IdentityKind.MAIL if given.email is not None else IdentityKind.PHONE
        text = given.email if given.email is not None else given.phone
        card = desk.customers.of_identity(kind, text)
        found = desk.customers.conversations_of(card.id) if card is not None else ()
        missing = NotFound("nobody_known", value=text[:60])
    if not found:
        raise missing
    agents = {agent.id: agent for agent in desk.people.agents()}
    if given.json:
        for row in found:
            context.out.json(shapes.conversation(row, agents))
    else:
        from maildesk.cli.read import table

        table(context, list(found))
    return 0
