"""``mentions``: what colleagues tell each other."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from maildesk.cli import shapes
from maildesk.cli.context import Context
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.talk import Mention


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    parser.add_argument("--unread", action="store_true", help=t("cli.mentions.unread"))
    parser.add_argument("--read", action="store_true", help=t("cli.mentions.read"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    with context.desk() as desk:
        _mentions(context, given, desk)
    return 0


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
