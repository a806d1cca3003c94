"""``outbox``: replies on their way, and what only a person may decide about them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.outbox import OutboxState
from maildesk.errors import UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.cli.output import Style
    from maildesk.domain.outbox import OutboxItem

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


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    act = next((name for name in _ACTS if getattr(given, name) is not None), None)
    with context.desk() as desk:
        if act is None:
            state = OutboxState(given.state) if given.state else None
            items = desk.outbox.items(state, given.limit)
        else:
            number = getattr(given, act)
            if not given.yes and not _sure(t(f"cli.outbox.{act}.sure", outbox=number)):
                context.out.say(t("cli.nothing_done"))
                return 1
            do = {"mark_sent": desk.outbox.mark_sent, "send_again": desk.outbox.send_again}
            items = (do.get(act, desk.outbox.cancel)(number),)
    _print(context, given, items)
    return 0


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
                item.subject,
                item.last_reply,
            )
            for item in items
        ],
        styles,
        flexible=5,
    )
    if not items:
        context.out.say(t("cli.outbox.none"))
