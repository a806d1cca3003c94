"""``chat``: the team's chat."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.read import chosen_mailbox
from maildesk.cli.talk import acts, text_of
from maildesk.domain.talk import EVERYBODY
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.desk.talk_chat import Said
    from maildesk.domain.talk import ChatLine

_ACTS = ("rooms", "show", "say", "withdraw")
_MOST = 50


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    for name, one in acts(verb, parser, _ACTS):
        if name == "say":
            one.add_argument("text", metavar="TEXT", help=t("cli.chat.text"))
        if name == "withdraw":
            one.add_argument("id", metavar="ID", type=parsing.count, help=t("cli.chat.id"))
        if name in ("say", "withdraw"):
            parsing.add_dry_run(one)
        if name in ("show", "say"):
            one.add_argument("--room", metavar="M", help=t("cli.chat.room"))
        if name == "show":
            one.add_argument("--all", action="store_true", help=t("cli.chat.all"))
            one.add_argument("--search", metavar="WORDS", default="", help=t("cli.chat.search"))
            limit = t("cli.chat.limit", most=_MOST)
            one.add_argument("--limit", metavar="N", type=parsing.count, default=_MOST, help=limit)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    text_of(given)
    with context.desk() as desk, context.trying(desk, given):
        match given.act:
            case "rooms":
                _rooms(context, given, desk)
            case "show":
                room = None if given.all else _room(given, desk)
                _tell(context, given, desk, desk.chat.lines(room, query=given.search, limit=given.limit))
            case "say":
                _said(context, given, desk, desk.chat.say(text_of(given), _room(given, desk)))
            case _:
                _said(context, given, desk, desk.chat.withdraw(given.id))
    return 0


def _said(context: Context, given: argparse.Namespace, desk: Desk, said: Said) -> None:
    context.did(desk, f"chat {given.act}", said.undo)
    _tell(context, given, desk, [said.line])


def _room(given: argparse.Namespace, desk: Desk) -> int:
    return EVERYBODY if given.room is None else chosen_mailbox(desk.inbox.mailboxes(), given.room).id


def _rooms(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    rooms = desk.chat.rooms()
    if given.json:
        for one in rooms:
            last = shapes.instant(one.last_at)
            context.out.json({"room": one.name or None, "unread": one.unread, "last_at": last})
        return
    context.out.table(
        [
            (one.name or t("talk.chat.everybody"), str(one.unread or ""), context.clock(one.last_at))
            for one in rooms
        ],
        flexible=0,
    )


def _tell(context: Context, given: argparse.Namespace, desk: Desk, lines: Sequence[ChatLine]) -> None:
    names: Mapping[int, str] = {box.id: box.name for box in desk.inbox.mailboxes()}
    if given.json:
        for one in lines:
            context.out.json(_shape(one, names, desk.me.id))
        return
    context.out.table(
        [
            (
                str(one.id),
                context.clock(one.at),
                names.get(one.room, t("talk.chat.everybody")),
                one.author,
                one.text,
            )
            for one in lines
        ]
    )
    if not lines:
        context.out.say(t("cli.chat.none"))


def _shape(one: ChatLine, names: Mapping[int, str], me: int) -> shapes.Shape:
    return {
        "line": one.id,
        "room": names.get(one.room),
        "author": one.author,
        "at": shapes.instant(one.at),
        "text": one.text,
        "conversations": list(one.references),
        "mine": one.author_id == me,
    }
