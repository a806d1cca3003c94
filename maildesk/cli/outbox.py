"""``outbox``: replies on their way, and what only a person may decide about them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from maildesk import locale, wiring
from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.letter import FORWARD
from maildesk.domain.outbox import OutboxState
from maildesk.errors import MaildeskError, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.cli.output import Style
    from maildesk.domain.outbox import OutboxItem
    from maildesk.store.engine import Store
    from maildesk.store.events import Actor
    from maildesk.sync.reconciling import Reconciled

_ACTS = ("mark_sent", "send_again", "cancel")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    states = [state.value for state in OutboxState]
    told = f"{t('cli.outbox.state')} (%(choices)s)"
    parser.add_argument("--state", metavar="S", choices=states, help=told)
    parser.add_argument("--limit", metavar="N", type=parsing.count, default=200, help=t("cli.list.limit"))
    acts = parser.add_mutually_exclusive_group()
    for act in _ACTS:
        name = f"--{act.replace('_', '-')}"
        acts.add_argument(name, metavar="ID", type=parsing.count, dest=act, help=t(f"cli.outbox.{act}"))
    parser.add_argument("--yes", action="store_true", help=t("cli.yes"))
    parsing.add_dry_run(parser)
    verbs = parser.add_subparsers(
        dest="act", metavar=t("cli.outbox.act"), title=t("cli.arguments"), parser_class=type(parser)
    )
    for name in ("show", "retry"):
        one = verbs.add_parser(name, help=t(f"cli.outbox.{name}"), description=t(f"cli.outbox.{name}"))
        parsing._global_flags(one, fresh=False)
        one.add_argument("outbox", metavar="ID", type=parsing.count, help=t("cli.outbox.number"))
        if name == "retry":
            parsing.add_dry_run(one)
    one = verbs.add_parser(
        "reconcile",
        help=t("hold.reconcile"),
        description=t("hold.reconcile"),
        epilog=t("hold.reconcile.more"),
    )
    parsing._global_flags(one, fresh=False)
    one.add_argument("--anyway", action="store_true", help=t("hold.anyway"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    match given.act:
        case "show":
            return _show(context, given)
        case "retry":
            return _retry(context, given)
        case "reconcile":
            return _reconcile(context, given)
    act = next((name for name in _ACTS if getattr(given, name) is not None), None)
    with context.desk() as desk, context.trying(desk, given):
        if act is None:
            state = OutboxState(given.state) if given.state else None
            items = desk.outbox.items(state, given.limit)
        else:
            number = getattr(given, act)
            if not given.yes and not given.dry_run and not _sure(t(f"cli.outbox.{act}.sure", outbox=number)):
                context.out.say(t("cli.nothing_done"))
                return 1
            do = {"mark_sent": desk.outbox.mark_sent, "send_again": desk.outbox.send_again}
            items = (do.get(act, desk.outbox.cancel)(number),)
    _print(context, given, items)
    return 0


def _show(context: Context, given: argparse.Namespace) -> int:
    with context.desk() as desk:
        item, attempts = desk.outbox.item(given.outbox), desk.outbox.attempts(given.outbox)
    if given.json:
        told = [
            {
                "at": shapes.instant(event.at),
                "by": event.actor,
                "what": event.what,
                "reply": str(event.detail.get("reply") or ""),
            }
            for event in attempts
        ]
        context.out.json(shapes.outbox(item) | {"attempts": told})
        return 0
    _print(context, given, (item,))
    if item.refused:
        context.out.line(t("cli.outbox.refused", names=", ".join(item.refused)))
    if item.bounced:
        context.out.line(t("cli.outbox.bounced"))
    context.out.line(t("cli.outbox.attempts"))
    for event in attempts:
        what = f"outbox.event.{event.what}"
        words = (context.clock(event.at), event.actor, t(what) if locale.has(what) else event.what)
        context.out.line("  " + "  ".join((*words, str(event.detail.get("reply") or ""))).rstrip())
    if item.evidence:
        context.out.line(t("cli.outbox.evidence"))
    for look in item.evidence:
        key = f"found.{look.kind.value}" if look.found else "missing" if look.counts else "missing.open"
        context.out.line(f"  {context.clock(look.at)}  {t(f'cli.outbox.{key}')}  {look.detail}")
    return 0


def _retry(context: Context, given: argparse.Namespace) -> int:
    with context.desk() as desk, context.trying(desk, given):
        item = desk.outbox.retry_now(given.outbox)
        if given.json:
            context.out.json(shapes.outbox(item))
        else:
            context.out.say(t("cli.outbox.retried", outbox=item.id))
    return 0


def _reconcile(context: Context, given: argparse.Namespace) -> int:
    """0 when mail leaves again and nothing is left to decide, 1 when something is; while it stays held, the code of
    the server's error."""
    from maildesk.cli.sync import worker_for
    from maildesk.sync.reconciling import reconcile

    with context.store() as store:
        found = reconcile(store, worker_for(context, store), _who(context, store), anyway=given.anyway)
    stays = found.held is not None and not found.released
    if given.json:
        context.out.json(
            {
                "held": found.held.reason if found.held else None,
                "since": shapes.instant(found.held.since) if found.held else None,
                "released": found.released,
                "doubted": list(found.doubted),
                "proved": list(found.proved),
                "undecided": [shapes.outbox(item) for item in found.undecided],
                "unreached": [
                    {"mailbox": name, "error": str(error) if error else None}
                    for name, error in found.unreached
                ],
            }
        )
    else:
        _print_reconciled(context, given, found)
    for name, error in found.unreached:
        context.out.say(t("hold.unreached", mailbox=name))
        if error is not None:
            context.out.error(error)
    if stays:
        context.out.say(t("hold.stays"))
        return max((error.exit_code for _, error in found.unreached if error), default=4)
    return 1 if found.undecided else 0


def _who(context: Context, store: Store) -> Actor:
    """Who reconciles: an agent, or where none is known (a worker's login) the command itself."""
    from maildesk.store import events

    try:
        return events.actor(wiring.identify(store, context.settings))
    except MaildeskError:
        return events.Actor(None, "reconcile")


def _print_reconciled(context: Context, given: argparse.Namespace, found: Reconciled) -> None:
    if found.held is None and not found.undecided and not found.proved:
        context.out.line(t("hold.nothing"))
        return
    if found.held is not None:
        why = t(f"hold.{found.held.reason}")
        context.out.line(t("hold.held", why=why, since=context.clock(found.held.since)))
    context.out.line(t("hold.count", proved=len(found.proved), undecided=len(found.undecided)))
    if found.undecided:
        _print(context, given, found.undecided)
        context.out.text(t("hold.decide"))
    if found.released:
        context.out.line(t("hold.released"))


def _sure(question: str) -> bool:
    """Ask on the terminal. Raises UsageError where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("needs_yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "はい", "y")


def _print(context: Context, given: argparse.Namespace, items: tuple[OutboxItem, ...]) -> None:
    if given.json:
        for item in items:
            context.out.json(shapes.outbox(item))
        return
    styles: list[Style | None] = ["red" if item.state.needs_a_person else None for item in items]
    context.out.table(
        [
            (
                str(item.id),
                f"#{item.conversation_id}",
                t(f"cli.outbox.in.{item.state.value}"),
                context.clock(item.sent_at or item.not_before),
                ", ".join(address.address for address in item.recipients),
                f"[{t('outbox.kind.forward')}] {item.subject}" if item.kind == FORWARD else item.subject,
                item.last_reply,
            )
            for item in items
        ],
        styles,
        flexible=5,
    )
    if not items:
        context.out.say(t("cli.outbox.none"))
