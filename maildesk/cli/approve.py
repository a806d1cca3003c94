"""``approve``, ``return``, ``recall``, ``stopped``: what waits for somebody, and what did not leave."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from maildesk.cli import claim, parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.address import Address
from maildesk.domain.claim import HeldByOther
from maildesk.domain.outcomes import Approved, Released, TextChanged
from maildesk.domain.reply import AlreadyAnswered, Recalled, TooLate
from maildesk.errors import MaildeskError, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maildesk.desk import Desk
    from maildesk.domain.outbox import OutboxItem
    from maildesk.domain.reply import ReplyText, StoppedReply

REFUSED = 6


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    match verb:
        case "approve":
            parser.add_argument(
                "outbox", metavar="ID", type=parsing.count, nargs="?", help=t("cli.approve.id")
            )
            parser.add_argument("--sha256", metavar="HEX", help=t("cli.approve.sha256"))
            parser.add_argument("--show", action="store_true", help=t("cli.approve.show"))
            parser.add_argument("--yes", action="store_true", help=t("cli.yes"))
        case "return":
            parser.add_argument("outbox", metavar="ID", type=parsing.count, help=t("cli.outbox.number"))
            parser.add_argument("--note", metavar="TEXT", required=True, help=t("cli.return.note"))
        case "recall":
            parser.add_argument("outbox", metavar="ID", type=parsing.count, help=t("cli.outbox.number"))
        case _:
            parser.add_argument("--send", metavar="ID", type=parsing.count, help=t("cli.stopped.send"))
    parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 6 when it is not what was read, or a colleague answers now."""
    with context.desk() as desk, context.trying(desk, given):
        match given.verb:
            case "approve" if given.outbox is None:
                _list(context, given, desk.outbox.approvals())
                return 0
            case "approve":
                return _approve(context, given, desk)
            case "return":
                item = desk.outbox.give_back(given.outbox, given.note)
                return _done(context, given, item, "returned")
            case "recall":
                return _recall(context, given, desk)
            case _:
                return _stopped(context, given, desk)


def _approve(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    reply = desk.outbox.reply_of(given.outbox)
    if given.show:
        _show(context, given, reply)
        return 0
    if given.sha256 is None and not given.yes and not given.dry_run:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError("needs_yes")
        _show(context, given, reply)
        sys.stderr.write(f"{t('cli.approve.sure')} [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes", "はい"):
            context.out.say(t("cli.nothing_done"))
            return 1
    match desk.outbox.approve(given.outbox, given.sha256 or reply.sha256):
        case Approved(item):
            return _done(context, given, item, "approved")
        case TextChanged(now):
            if given.json:
                context.out.json(_shape(now) | {"result": "text_changed"})
            else:
                context.out.say(t("cli.approve.changed", outbox=given.outbox))
            return REFUSED


def _recall(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    match desk.outbox.pull_back(given.outbox):
        case Recalled(draft):
            desk.claims.release_held(draft.conversation_id)
            return _done(context, given, desk.outbox.item(given.outbox), "recalled")
        case TooLate(state):
            raise MaildeskError("outbox_no_cancel", outbox=given.outbox, state=state)


def _stopped(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    if given.send is None:
        _list_stopped(context, given, desk.drafts.stopped())
        return 0
    match desk.outbox.release(given.send):
        case Released(item):
            return _done(context, given, item, "waits" if item.held_reason is not None else "queued")
        case HeldByOther(holder):
            number = desk.outbox.item(given.send).conversation_id
            return claim.tell_held(context, given, number, holder, {"outbox": given.send})
        case AlreadyAnswered(by, at, _):
            number = desk.outbox.item(given.send).conversation_id
            if given.json:
                context.out.json(
                    {
                        "result": "already_answered",
                        "conversation": number,
                        "outbox": given.send,
                        "by": by,
                        "at": shapes.instant(at),
                    }
                )
            else:
                context.out.say(t("cli.reply.answered", number=number, who=by, at=context.clock(at)))
            return REFUSED


def _done(context: Context, given: argparse.Namespace, item: OutboxItem, result: str) -> int:
    if given.json:
        told = {"result": result, "conversation": item.conversation_id, "outbox": item.id}
        context.out.json(told | {"not_before": shapes.instant(item.not_before)})
    else:
        at = context.clock(item.not_before)
        context.out.line(t(f"cli.{result}", number=item.conversation_id, outbox=item.id, at=at))
    return 0


# ---- showing


def _shape(reply: ReplyText) -> dict[str, object]:
    def people(addresses: Sequence[Address]) -> list[dict[str, str]]:
        return [{"name": a.name, "address": a.address} for a in addresses]

    return {
        "outbox": reply.item.id,
        "conversation": reply.item.conversation_id,
        "author": reply.item.author,
        "from": people([reply.from_])[0],
        "to": people(reply.to),
        "cc": people(reply.cc),
        "subject": reply.subject,
        "text": reply.body,
        "files": [{"name": f.name, "content_type": f.content_type, "size": f.size} for f in reply.files],
        "sha256": reply.sha256,
    }


def _show(context: Context, given: argparse.Namespace, reply: ReplyText) -> None:
    if given.json:
        context.out.json(_shape(reply))
        return
    heads = (
        ("author", reply.item.author),
        ("from", reply.from_.display()),
        ("to", ", ".join(a.display() for a in reply.to)),
        ("cc", ", ".join(a.display() for a in reply.cc)),
        ("subject", reply.subject),
        ("files", ", ".join(f.name for f in reply.files)),
        ("digest", reply.sha256),
    )
    for key, value in heads:
        if value:
            context.out.line(f"{t(f'cli.approve.{key}')}: {value}")
    context.out.line("")
    for line in reply.body.split("\n"):
        context.out.line(line)


def _list(context: Context, given: argparse.Namespace, items: Sequence[OutboxItem]) -> None:
    if given.json:
        for item in items:
            context.out.json(shapes.outbox(item))
        return
    context.out.table(
        [
            (str(i.id), f"#{i.conversation_id}", i.author, context.clock(i.queued_at), i.subject)
            for i in items
        ],
        flexible=4,
    )
    if not items:
        context.out.say(t("cli.approve.none"))


def _list_stopped(context: Context, given: argparse.Namespace, lines: Sequence[StoppedReply]) -> None:
    for line in lines if given.json else ():
        context.out.json(
            {
                "conversation": line.conversation_id,
                "outbox": line.outbox_id,
                "author": line.author,
                "reason": line.stop.reason.value,
                "at": shapes.instant(line.stop.at),
                "who": line.stop.who or None,
                "when": shapes.instant(line.stop.when),
                "why": line.stop.why or None,
                "subject": line.subject,
                "text": line.text,
                "version": line.version,
            }
        )
    if given.json:
        return
    context.out.table(
        [
            (
                f"#{line.conversation_id}",
                "" if line.outbox_id is None else str(line.outbox_id),
                line.author,
                context.clock(line.stop.at),
                t(f"cli.stopped.{line.stop.reason.value}"),
                " ".join(word for word in (line.stop.who, line.stop.why) if word),
                line.subject,
            )
            for line in lines
        ],
        flexible=6,
    )
    if not lines:
        context.out.say(t("cli.stopped.none"))
