"""``claim``, ``release``, ``takeover``: the claim (返信権) by hand."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.claim import Claimed, ClaimView, HeldByOther
from maildesk.domain.outcomes import Waiting
from maildesk.errors import UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.outbox import OutboxItem

HELD = 6


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    parser.add_argument("number", metavar="N", help=t("cli.number"))
    if verb == "release":
        parser.add_argument("--dry-run", action="store_true", help=t("cli.dry_run"))
    if verb == "claim":
        parser.add_argument("--notify", action="store_true", help=t("cli.claim.notify"))
    if verb == "takeover":
        parser.add_argument("--reason", metavar="TEXT", required=True, help=t("cli.takeover.reason"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 6 when somebody else holds one of them."""
    if given.verb == "takeover" and not given.reason.strip():
        raise UsageError("no_reason")
    numbers = parsing.numbers(given.number)
    with context.desk() as desk:
        if given.verb == "release":
            return parsing.each(context, numbers, lambda number: _release(context, given, desk, number))
        return parsing.each(context, numbers, lambda number: _claim(context, given, desk, number))


def _claim(context: Context, given: argparse.Namespace, desk: Desk, number: int) -> int:
    outcome = _take(desk, given, number)
    code = _tell(context, given, number, outcome)
    if given.verb == "claim" and given.notify and isinstance(outcome, HeldByOther):
        desk.claims.watch(number)
        context.out.say(t("claim.notified", number=number))
    return code


def _take(desk: Desk, given: argparse.Namespace, number: int) -> Claimed | HeldByOther | Waiting:
    if given.verb == "claim":
        return desk.claims.take(number)
    holder = desk.conversations.summary(number).claim
    if holder is None:
        return desk.claims.take(number)
    return desk.claims.take_over(number, holder, given.reason)


def _tell(
    context: Context, given: argparse.Namespace, number: int, outcome: Claimed | HeldByOther | Waiting
) -> int:
    match outcome:
        case Claimed(claim):
            if given.json:
                expires = shapes.instant(claim.expires_at)
                context.out.json(
                    {
                        "result": "claimed",
                        "conversation": number,
                        "token": claim.token,
                        "expires_at": expires,
                        "version": claim.version,
                    }
                )
            else:
                until = f"{claim.expires_at.astimezone(context.zone):%H:%M:%S}"
                context.out.line(t("cli.claimed", number=number, until=until))
            return 0
        case HeldByOther(holder):
            return tell_held(context, given, number, holder)
        case Waiting(item):
            return tell_waiting(context, given, number, item)


def tell_waiting(context: Context, given: argparse.Namespace, number: int, item: OutboxItem) -> int:
    """Say whose answer waits for approval or for its time. Returns the exit code."""
    if given.json:
        context.out.json(
            {
                "result": "waiting",
                "conversation": number,
                "outbox": item.id,
                "message_id": None,
                "by_name": item.author,
                "reason": "approval" if item.held_reason is not None else "time",
                "not_before": shapes.instant(item.not_before),
            }
        )
    else:
        at = context.clock(item.not_before)
        key = "cli.waits_approval" if item.held_reason is not None else "cli.waits_time"
        context.out.say(t(key, number=number, who=item.author, at=at, outbox=item.id))
    return HELD


def tell_held(
    context: Context,
    given: argparse.Namespace,
    number: int,
    holder: ClaimView | None,
    more: Mapping[str, object] | None = None,
) -> int:
    """Say who has the claim; ``more`` goes into the JSON as well. Returns the exit code."""
    if given.json:
        held = (
            shapes.held_by(holder)
            if holder
            else {"by": None, "by_name": None, "since": None, "expires_at": None}
        )
        context.out.json({"result": "held", "conversation": number} | held | dict(more or {}))
    elif holder is not None:
        since = f"{holder.since.astimezone(context.zone):%H:%M}"
        context.out.say(t("cli.held_by", number=number, who=holder.agent_name, since=since))
    else:
        context.out.say(t("cli.lost", number=number))
    return HELD


def _release(context: Context, given: argparse.Namespace, desk: Desk, number: int) -> int:
    if given.dry_run:
        with desk.triage.rehearsing():
            released = bool(desk.marks.release([number]).summaries)
        context.out.say(t("cli.dry_run.told", count=int(released)))
    else:
        released = desk.claims.release_held(number)
    if not released and (holder := desk.conversations.summary(number).claim):
        return tell_held(context, given, number, holder)
    if given.json:
        context.out.json({"result": "released", "conversation": number})
    else:
        context.out.line(t("cli.released", number=number))
    return 0
