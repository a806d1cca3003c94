"""``mentions``, ``note``: what colleagues tell each other."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.read import chosen_mailbox
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.desk.talk_notes import Noted
    from maildesk.domain.talk import Mention, Note, Overdue

_NOTE_ACTS = ("list", "add", "edit", "withdraw", "read", "overdue")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    if verb == "mentions":
        parser.add_argument("--unread", action="store_true", help=t("cli.mentions.unread"))
        parser.add_argument("--read", action="store_true", help=t("cli.mentions.read"))
        parsing.add_dry_run(parser)
        return
    for name, one in acts(verb, parser, _NOTE_ACTS):
        if name in ("edit", "withdraw"):
            one.add_argument("id", metavar="ID", type=parsing.count, help=t("cli.note.id"))
        if name in ("add", "edit"):
            one.add_argument("text", metavar="TEXT", help=t("cli.note.text"))
        if name == "read":
            one.add_argument("ids", metavar="ID", nargs="*", type=parsing.count, help=t("cli.note.ids"))
        if name in ("add", "list", "overdue"):
            one.add_argument("--mailbox", metavar="M", help=t(f"cli.note.mailbox.{name}"))
        if name not in ("list", "overdue"):
            parsing.add_dry_run(one)


def acts(
    verb: str, parser: argparse.ArgumentParser, names: Sequence[str]
) -> list[tuple[str, argparse.ArgumentParser]]:
    """The parsers of a verb's acts, each with the flags that stand anywhere."""
    group = parser.add_subparsers(
        dest="act",
        metavar=t("cli.template.act"),
        required=True,
        title=t("cli.arguments"),
        parser_class=type(parser),
    )
    made = []
    for name in names:
        words = t(f"cli.{verb}.{name}")
        one = group.add_parser(name, help=words, description=words)
        parsing._global_flags(one, fresh=False)
        made.append((name, one))
    return made


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    text_of(given)
    with context.desk() as desk, context.trying(desk, given):
        if given.verb == "mentions":
            _mentions(context, given, desk)
        else:
            _note(context, given, desk)
    return 0


def text_of(given: argparse.Namespace) -> str:
    """The text that was given, ``-`` for standard input, which is read once; '' where none belongs. Raises
    UsageError."""
    if getattr(given, "text", "") == "-":
        given.text = parsing.read_text("-")
    return str(getattr(given, "text", ""))


def mailbox_of(given: argparse.Namespace, desk: Desk) -> int | None:
    """The mailbox that was named, None for none. Raises NotFound."""
    return None if given.mailbox is None else chosen_mailbox(desk.inbox.mailboxes(), given.mailbox).id


def _mentions(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    found = desk.mentions.list(unread=given.unread)
    if given.json:
        for one in found:
            context.out.json(_mention(one))
    else:
        context.out.table(
            [
                (
                    "*" if one.read_at is None else "",
                    context.clock(one.at),
                    f"#{one.conversation_id}",
                    one.author,
                    one.text,
                )
                for one in found
            ]
        )
        if not found:
            context.out.say(t("talk.mentions.empty"))
    if given.read:
        desk.mentions.read([one.comment_id for one in found])


def _mention(one: Mention) -> shapes.Shape:
    return {
        "comment": one.comment_id,
        "conversation": one.conversation_id,
        "subject": one.subject,
        "customer": one.customer_name,
        "author": one.author,
        "at": shapes.instant(one.at),
        "text": one.text,
        "unread": one.read_at is None,
    }


def _note(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    match given.act:
        case "list":
            _tell_notes(context, given, desk.notes.list(mailbox_id=mailbox_of(given, desk)))
        case "add":
            _noted(context, given, desk, desk.notes.add(text_of(given), mailbox_id=mailbox_of(given, desk)))
        case "edit":
            _noted(context, given, desk, desk.notes.edit(given.id, text_of(given)))
        case "withdraw":
            _noted(context, given, desk, desk.notes.withdraw(given.id))
        case "read":
            before = {
                one.id for one in desk.notes.list() if one.unread and (not given.ids or one.id in given.ids)
            }
            count = desk.notes.read(given.ids or None)
            if given.json:
                _tell_notes(context, given, [one for one in desk.notes.list() if one.id in before])
            else:
                context.out.say(t("talk.mentions.read", count=count))
        case _:
            _overdue(context, given, desk)


def _noted(context: Context, given: argparse.Namespace, desk: Desk, noted: Noted) -> None:
    context.did(desk, f"note {given.act}", noted.undo)
    _tell_notes(context, given, [noted.note])


def _tell_notes(context: Context, given: argparse.Namespace, notes: Sequence[Note]) -> None:
    if given.json:
        for one in notes:
            context.out.json(_note_shape(one))
        return
    context.out.table(
        [
            (
                "*" if one.unread else "",
                str(one.id),
                context.clock(one.at),
                one.shop or t("talk.start.announcements"),
                one.author,
                one.text,
            )
            for one in notes
        ]
    )
    if not notes:
        context.out.say(t("cli.note.none"))


def _note_shape(one: Note) -> shapes.Shape:
    return {
        "note": one.id,
        "kind": "announcement" if one.is_announcement else "handover",
        "shop": one.shop or None,
        "author": one.author,
        "at": shapes.instant(one.at),
        "changed_at": shapes.instant(one.changed_at),
        "withdrawn_at": shapes.instant(one.withdrawn_at),
        "text": one.text,
        "read_by": list(one.read_by),
        "unread": one.unread,
    }


def _overdue(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    found = desk.notes.overdue(mailbox_id=mailbox_of(given, desk))
    if given.json:
        for one in found.rows:
            context.out.json(_overdue_shape(one))
        return
    context.out.table(
        [
            (context.clock(one.since), f"#{one.id}", one.shop, one.customer_name, one.subject, one.assignee)
            for one in found.rows
        ],
        flexible=4,
    )
    counts = "  ".join(f"{shop} {count}" for shop, count in found.counts)
    context.out.say(t("cli.note.overdue.count", count=found.total, shops=counts).rstrip())


def _overdue_shape(one: Overdue) -> shapes.Shape:
    return {
        "number": one.id,
        "subject": one.subject,
        "customer": one.customer_name,
        "shop": one.shop,
        "assignee_name": one.assignee or None,
        "since": shapes.instant(one.since),
    }
