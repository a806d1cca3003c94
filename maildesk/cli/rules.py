"""``rules``: how a mailbox is worked on."""

from __future__ import annotations

import argparse

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.read import chosen_mailbox
from maildesk.cli.talk import acts, text_of
from maildesk.domain.talk import RulesPage
from maildesk.locale import t


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    for name, one in acts(verb, parser, ("show", "set")):
        one.add_argument("--mailbox", metavar="M", help=t("cli.rules.mailbox"))
        if name == "set":
            one.add_argument("text", metavar="TEXT", help=t("cli.rules.text"))
            parsing.add_dry_run(one)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    text_of(given)
    with context.desk() as desk, context.trying(desk, given):
        box = chosen_mailbox(desk.inbox.mailboxes(), given.mailbox)
        page = desk.rules.get(box.id)
        if given.act == "set":
            ruled = desk.rules.edit(box.id, text_of(given), page.version)
            context.did(desk, "rules set", ruled.undo)
            page = ruled.page
        if given.json:
            context.out.json(_shape(page))
        elif page.text:
            context.out.text(page.text)
        else:
            context.out.say(t("talk.rules.empty"))
    return 0


def _shape(page: RulesPage) -> shapes.Shape:
    return {
        "mailbox": page.mailbox,
        "text": page.text,
        "version": page.version,
        "changed_by": page.changed_by or None,
        "changed_at": shapes.instant(page.changed_at),
    }
