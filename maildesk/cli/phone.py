"""``call`` and ``memo``: who rings, and what was said."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from maildesk.cli import customer, parsing
from maildesk.cli.context import Context
from maildesk.cli.read import chosen_mailbox
from maildesk.domain.customer import IdentityKind
from maildesk.domain.phone import Call, CallState, normalise
from maildesk.errors import NotFound, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    if verb == "call":
        parser.add_argument("number", metavar="NUMBER", help=t("cli.call.number"))
        limit = t("cli.customer.limit")
        parser.add_argument("--limit", type=parsing.count, default=customer.ENTRIES, help=limit)
        return
    parser.add_argument("text", metavar="TEXT", nargs="?", help=t("cli.memo.text"))
    parser.add_argument("--conversation", metavar="N", type=parsing.number, help=t("cli.memo.conversation"))
    parser.add_argument("--customer", metavar="ID", type=parsing.count, help=t("cli.memo.customer"))
    parser.add_argument("--number", metavar="NUMBER", default="", help=t("cli.memo.number"))
    parser.add_argument("--name", metavar="NAME", default="", help=t("cli.memo.name"))
    parser.add_argument("--mailbox", metavar="NAME", help=t("cli.memo.mailbox"))
    parser.add_argument("--minutes", metavar="N", type=parsing.count, help=t("cli.memo.minutes"))
    state = parser.add_mutually_exclusive_group()
    state.add_argument("--follow-up", action="store_true", help=t("cli.memo.follow_up"))
    state.add_argument("--done", action="store_true", help=t("cli.memo.done"))
    parser.add_argument("--change", metavar="MEMO", type=parsing.count, help=t("cli.memo.change"))
    parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 7 where nobody is known, or there is no such memo."""
    if given.verb == "memo":
        if (given.text is None) is (given.change is None):
            raise UsageError("memo_text_or_change")
        if given.change is not None and not (given.follow_up or given.done):
            raise UsageError("memo_which_state")
        if given.text == "-":
            given.text = parsing.read_text("-")
    with context.desk() as desk, context.trying(desk, given):
        if given.verb == "call":
            return _call(context, given, desk)
        return _memo(context, given, desk) if given.change is None else _change(context, given, desk)


def _call(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    hits = desk.customers.find(given.number, 5)
    for hit in hits:
        customer.show(context, given, desk, desk.customers.card(hit.id))
    if hits:
        return 0
    raise NotFound("nobody_known", value=given.number[:60])


def _change(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    """Say whether something is still to be done after a call."""
    undo = desk.phone.set_state(given.change, CallState.FOLLOW_UP if given.follow_up else CallState.DONE)
    context.did(desk, given.verb, undo)
    if given.json:
        context.out.json({"memo": undo.note_id, "state": undo.now.value, "before": undo.before.value})
    else:
        context.out.line(t(f"cli.memo.is.{undo.now.value}", number=undo.note_id))
    return 0


def _memo(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    now: datetime = desk.now()
    began = now - timedelta(minutes=given.minutes) if given.minutes else None
    state = CallState.FOLLOW_UP if given.follow_up else CallState.DONE
    call = Call(given.number, began, now if began else None, state)
    who = given.customer
    if who is None and given.conversation is None and normalise(given.number) is not None:
        known = desk.customers.of_identity(IdentityKind.PHONE, given.number)
        who = known.id if known is not None else None
    box = None if given.mailbox is None else chosen_mailbox(desk.inbox.mailboxes(), given.mailbox).id
    memo = desk.phone.memo(
        given.text, call, conversation_id=given.conversation, customer_id=who, name=given.name, mailbox_id=box
    )
    if given.json:
        context.out.json(
            {
                "conversation": memo.conversation_id,
                "customer": memo.customer_id,
                "memo": memo.note.id,
                "new": memo.new,
                "state": state.value,
            }
        )
    else:
        key = "phone.saved.new" if memo.new else "phone.saved"
        context.out.line(t(key, number=memo.conversation_id))
    return 0
