"""``peek``: what a colleague has written so far."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from maildesk.cli import parsing, reply, shapes
from maildesk.cli.context import Context
from maildesk.errors import NotFound
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.domain.reply import ColleaguesDraft


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("number", metavar="N", help=t("cli.number.one"))
    parser.add_argument("--copy", metavar="LOGIN", help=t("cli.peek.copy"))
    parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 8 for who may not, 7 when no colleague has a draft there."""
    number = parsing.number(given.number)
    with context.desk() as desk, context.trying(desk, given):
        desk.conversations.summary(number)
        if given.copy is not None:
            draft = desk.drafts.copy(number, desk.people.find(given.copy).id)
            return reply.tell_draft(context, given, draft)
        found = desk.drafts.colleagues(number)
        if not found:
            raise NotFound("no_draft", number=number)
        agents = {agent.id: agent.login for agent in desk.people.agents()}
        for one in found:
            _print(context, given, one, agents.get(one.author_id, ""))
    return 0


def _print(context: Context, given: argparse.Namespace, one: ColleaguesDraft, login: str) -> None:
    draft = one.draft
    if given.json:
        told = {"author": login, "author_name": one.author, "live": one.live}
        context.out.json(shapes.draft(draft) | told)
        return
    state = t("cli.peek.live") if one.live else t("claim.peek.saved", at=context.clock(draft.saved_at))
    context.out.styled([(f"#{draft.conversation_id}  {one.author}  {state}", "bold")])
    context.out.line(draft.subject)
    context.out.line()
    context.out.text(draft.body.rstrip())
