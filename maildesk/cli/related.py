"""``related``: the conversations that belong to one, each with why it does."""

from __future__ import annotations

import argparse

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.related import Relative, all_told
from maildesk.domain.state_words import state_name
from maildesk.locale import t


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("number", metavar="N", type=parsing.number, help=t("cli.related.number"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 7 when there is no such conversation; nothing that belongs to it is no error."""
    with context.desk() as desk:
        found = desk.conversations.related(given.number)
        if given.json:
            agents = {agent.id: agent for agent in desk.people.agents()}
            for one in found:
                context.out.json(shapes.conversation(one.summary, agents) | {"reasons": _reasons(one)})
            return 0
        states = desk.inbox.states()
        context.out.table(
            [
                (
                    f"#{one.summary.id}",
                    state_name(one.summary, states, short=True),
                    context.clock(one.summary.last_message_at),
                    one.summary.subject or t("common.no_subject"),
                    one.summary.shop,
                    all_told(one.reasons),
                )
                for one in found
            ],
            [None] * len(found),
            flexible=3,
        )
    return 0


def _reasons(one: Relative) -> list[shapes.Shape]:
    return [
        {"why": reason.why.value, "detail": reason.detail or None, "back": reason.back}
        for reason in one.reasons
    ]
