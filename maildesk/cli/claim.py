"""``claim``, ``release``, ``takeover``: the claim (返信権) by hand."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.claim import Claimed, ClaimView, Freed, HeldByOther
from maildesk.domain.outcomes import Waiting
from maildesk.errors import UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.outbox import OutboxItem

HELD = 6
_LOOK = 2.0
"""Seconds between two looks while one waits: a lease that ends changes nothing that would wake anybody."""


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    parser.add_argument("number", metavar="N", help=t("cli.number"))
    parsing.add_dry_run(parser)
    if verb == "claim":
        parser.add_argument("--notify", action="store_true", help=t("cli.claim.notify"))
        parser.add_argument("--wait", metavar="SECONDS", type=parsing.count, help=t("cli.claim.wait"))
    if verb == "takeover":
        parser.add_argument("--reason", metavar="TEXT", required=True, help=t("cli.takeover.reason"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 6 when somebody else holds one of them, or has answered it while one waited."""
    if given.verb == "takeover" and not given.reason.strip():
        raise UsageError("no_reason")
    numbers = parsing.numbers(given.number)
    with context.desk() as desk:
        if given.verb == "release":
            return parsing.each(context, numbers, lambda number: _release(context, given, desk, number))
        if not given.dry_run:
            return parsing.each(context, numbers, lambda number: _claim(context, given, desk, number))
        with context.trying(desk, given):
            return parsing.each(context, numbers, lambda n: _tell(context, given, n, _take(desk, given, n)))


def _claim(context: Context, given: argparse.Namespace, desk: Desk, number: int) -> int:
    outcome = _take(desk, given, number)
    if given.verb == "claim" and given.wait is not None and not isinstance(outcome, Claimed):
        return _wait(context, given, desk, number, outcome)
    code = _tell(context, given, number, outcome)
    if given.verb == "claim" and given.notify and isinstance(outcome, HeldByOther):
        desk.claims.watch(number)
        context.out.say(t("claim.notified", number=number))
    return code


def _wait(
    context: Context, given: argparse.Namespace, desk: Desk, number: int, outcome: HeldByOther | Waiting
) -> int:
    """Queue for the claim: take it the moment it is free, or say who has answered."""
    if isinstance(outcome, HeldByOther):
        context.out.say(t("claim.waits", number=number, who=outcome.holder.agent_name))
    changed = threading.Event()
    end = desk.subscribe(lambda _: changed.set())
    until = time.monotonic() + given.wait
    try:
        while True:
            found = desk.claims.free_now(number)
            if found is not None and found.answered_by:
                return _tell_answered(context, given, found)
            if found is not None:
                taken = desk.claims.take(number)
                if isinstance(taken, Claimed):
                    return _tell(context, given, number, taken)
            left = until - time.monotonic()
            if left <= 0:
                return _tell(context, given, number, desk.claims.take(number))
            changed.wait(min(left, _LOOK))
            changed.clear()
    finally:
        end()


def _tell_answered(context: Context, given: argparse.Namespace, found: Freed) -> int:
    number, at = found.conversation_id, found.at
    if given.json:
        told = {"result": "already_answered", "conversation": number, "by_name": found.answered_by}
        context.out.json(told | {"at": shapes.instant(at)})
    else:
        context.out.say(t("cli.reply.answered", number=number, who=found.answered_by, at=context.clock(at)))
    return HELD


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
