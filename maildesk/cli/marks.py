"""``seen``, ``unseen``, ``priority``, ``drafts``: what an agent marks for himself or for all, and his unsent texts."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes, triage
from maildesk.cli.context import Context
from maildesk.cli.journal import Discarded
from maildesk.domain.query import PRIORITIES
from maildesk.domain.status import Priority
from maildesk.errors import NotFound, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    if verb == "drafts":
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--show", metavar="N", type=parsing.number, help=t("cli.drafts.show"))
        which.add_argument("--discard", metavar="N", type=parsing.number, help=t("cli.drafts.discard"))
    elif verb == "priority":
        parser.add_argument("number", metavar="N", help=t("cli.number"))
        parser.add_argument("priority", metavar="P", help=t("cli.priority.priority"))
    else:
        parser.add_argument("numbers", metavar="N", nargs="+", help=t("cli.number"))
    parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 7 when there is no such conversation, or no draft to discard."""
    with context.desk() as desk:
        match given.verb:
            case "drafts":
                return _drafts(context, given, desk)
            case "priority":
                value = _priority(given.priority)
                numbers = parsing.numbers(given.number)
                return triage.tell(context, given, desk, lambda: desk.triage.set_priority(numbers, value))
            case _:
                ids = [number for text in given.numbers for number in parsing.numbers(text)]
                is_seen = given.verb == "seen"
                return triage.tell(context, given, desk, lambda: desk.marks.see(ids, is_seen))


def _priority(text: str) -> Priority:
    """A priority by its word, in Japanese or English. Raises UsageError."""
    for value in Priority:
        if text.lower() == value.word or text in PRIORITIES[value.word]:
            return value
    raise UsageError("no_priority", text=text[:60], known=", ".join(value.word for value in Priority))


def _draft(context: Context, given: argparse.Namespace, desk: Desk, number: int) -> int:
    """All of my draft for a conversation."""
    draft = desk.drafts.of(number)
    if draft is None:
        raise NotFound("no_draft_of_mine", number=number)
    if given.json:
        context.out.json(shapes.draft(draft))
    else:
        context.out.line(draft.subject)
        context.out.line()
        context.out.text(draft.body.rstrip())
    return 0


def _drafts(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    if given.show is not None:
        return _draft(context, given, desk, given.show)
    if given.discard is not None:
        with context.trying(desk, given):
            gone = desk.drafts.discard(given.discard)
        if gone is None:
            raise NotFound("no_draft_of_mine", number=given.discard)
        if not given.dry_run:
            context.did(desk, given.verb, Discarded(given.discard))
        if given.json:
            context.out.json({"result": "discarded", "conversation": given.discard})
        else:
            context.out.line(t("cli.drafts.discarded", number=given.discard))
        return 0
    found = desk.drafts.mine()
    if given.json:
        for one in found:
            context.out.json(
                {
                    "conversation": one.conversation_id,
                    "subject": one.subject,
                    "customer": one.customer_name,
                    "first_line": one.first_line,
                    "saved_at": shapes.instant(one.saved_at),
                }
            )
        return 0
    context.out.table(
        [
            (
                f"#{one.conversation_id}",
                context.clock(one.saved_at),
                one.customer_name,
                one.subject,
                one.first_line,
            )
            for one in found
        ],
        [None] * len(found),
        flexible=4,
    )
    if not found:
        context.out.say(t("cli.drafts.none"))
    return 0
