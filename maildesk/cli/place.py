"""``next``, ``merge``, ``split``, ``move``, ``follow``, ``block``: the next conversation, and where others belong."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes, triage
from maildesk.cli.context import Context
from maildesk.cli.read import chosen_mailbox, chosen_tab
from maildesk.domain.conversation import Blocked
from maildesk.domain.status import Sort
from maildesk.errors import NotFound, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    match verb:
        case "next":
            sorts = [sort.value for sort in Sort]
            parser.add_argument("--tab", metavar="T", default="new", help=t("cli.list.tab"))
            parser.add_argument("--sort", choices=sorts, default="newest", help=t("cli.list.sort"))
            parser.add_argument("--query", metavar="Q", default="", help=t("cli.list.query"))
            parser.add_argument("--mailbox", metavar="M", help=t("cli.mailbox"))
            parser.add_argument("--mine", action="store_true", help=t("cli.list.mine"))
        case "merge":
            parser.add_argument("numbers", metavar="N", nargs="+", help=t("cli.number"))
            parser.add_argument("--into", metavar="N", help=t("cli.merge.into"))
        case "move":
            parser.add_argument("numbers", metavar="N", nargs="+", help=t("cli.number"))
            parser.add_argument("--to", metavar="M", required=True, help=t("cli.mailbox"))
        case "split":
            parser.add_argument("message", metavar="MESSAGE", type=int, help=t("cli.split.message"))
            parser.add_argument("--following", action="store_true", help=t("cli.split.following"))
        case "follow":
            parser.add_argument("numbers", metavar="N", nargs="+", help=t("cli.number"))
            parser.add_argument("--stop", action="store_true", help=t("cli.follow.stop"))
        case "block":
            parser.add_argument("what", choices=("list", "add", "remove"), help=t("cli.block.what"))
            parser.add_argument("addresses", metavar="ADDRESS", nargs="*", help=t("cli.block.address"))
    if verb in ("merge", "move", "split", "follow", "block"):
        parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 6 when a colleague answers one of them just now, 7 when there is no such conversation or nothing is
    left."""
    with context.desk() as desk:
        match given.verb:
            case "next":
                return _next(context, given, desk)
            case "block":
                return _block(context, given, desk)
            case "follow":
                return _follow(context, given, desk)
            case "split":
                return triage.tell(
                    context, given, desk, lambda: desk.triage.split(given.message, following=given.following)
                )
            case "move":
                box = chosen_mailbox(desk.inbox.mailboxes(), given.to)
                return triage.tell(context, given, desk, lambda: desk.triage.move(_numbers(given), box.id))
            case _:
                into = parsing.number(given.into) if given.into is not None else None
                numbers = _numbers(given)
                if len({*numbers, into} - {None}) < 2:
                    raise UsageError("merge_alone")
                return triage.tell(context, given, desk, lambda: desk.triage.merge(numbers, into))


def _numbers(given: argparse.Namespace) -> list[int]:
    return [number for text in given.numbers for number in parsing.numbers(text)]


def _next(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    boxes = desk.inbox.mailboxes()
    box = chosen_mailbox(boxes, given.mailbox).id if given.mailbox is not None else None
    tab = chosen_tab(desk, given.tab)
    claim = desk.queue.next(tab, sort=Sort(given.sort), query=given.query, mailbox_id=box, mine=given.mine)
    if claim is None:
        count = 0 if given.mine else desk.queue.assigned_to_others(tab, query=given.query, mailbox_id=box)
        if count:
            raise NotFound("nothing_next_assigned", count=count)
        raise NotFound("nothing_next")
    if given.json:
        context.out.json(
            {
                "result": "claimed",
                "conversation": claim.conversation_id,
                "token": claim.token,
                "expires_at": shapes.instant(claim.expires_at),
                "version": claim.version,
            }
        )
    else:
        until = f"{claim.expires_at.astimezone(context.zone):%H:%M:%S}"
        context.out.line(t("cli.claimed", number=claim.conversation_id, until=until))
    return 0


def _follow(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    numbers = _numbers(given)
    if given.dry_run:
        with desk.triage.rehearsing():
            changed = desk.marks.follow(numbers, not given.stop)
        context.out.say(t("cli.dry_run.told", count=len(changed.summaries)))
    else:
        changed = desk.marks.follow(numbers, not given.stop)
        if changed.undo.before:
            context.did(desk, given.verb, changed.undo)
    now = {row.id: row.followed for row in changed.summaries}

    def show(number: int) -> int:
        followed = now[number] if number in now else desk.conversations.summary(number).followed
        if given.json:
            context.out.json({"conversation": number, "followed": followed})
        else:
            context.out.line(t("cli.followed" if followed else "cli.unfollowed", number=number))
        return 0

    return parsing.each(context, numbers, show)


def _block(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    if given.what != "list" and not given.addresses:
        raise UsageError("block_whom")
    if given.dry_run and given.what != "list":
        return _block_tried(context, given, desk)
    if given.what == "add":
        desk.blocks.add(given.addresses)
    elif given.what == "remove":
        removed = desk.blocks.remove(given.addresses)
        if not given.json:
            for address in removed:
                context.out.line(address)
            return 0
    for one in desk.blocks.all():
        if given.json:
            context.out.json({"address": one.address, "by": one.by, "at": shapes.instant(one.at)})
        else:
            context.out.line(f"{one.at.astimezone(context.zone):%Y-%m-%d %H:%M}  {one.address}  {one.by}")
    return 0


def _block_tried(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    """Whom it would block or unblock."""
    there = {one.address: one for one in desk.blocks.all()}
    with desk.triage.rehearsing():
        act = desk.blocks.add if given.what == "add" else desk.blocks.remove
        found = act(given.addresses)
    context.out.say(t("cli.dry_run.told", count=len(found)))
    for address in found:
        one = there.get(address) or Blocked(address, desk.me.name, desk.now())
        if given.json:
            context.out.json({"address": one.address, "by": one.by, "at": shapes.instant(one.at)})
        else:
            context.out.line(address)
    return 0
