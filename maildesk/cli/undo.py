"""``undo``: take back what a command did last, as ``z`` does in the app."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.journal import Act, Discarded, Entry, Journal, Sent, Several
from maildesk.domain.customer import CustomerUndo
from maildesk.domain.outcomes import NotUndone, Undo
from maildesk.domain.phone import CallUndo
from maildesk.domain.repair import Recoded
from maildesk.domain.reply import TooLate
from maildesk.domain.talk import TalkUndo
from maildesk.errors import NotFound
from maildesk.locale import has, t

if TYPE_CHECKING:
    from maildesk.desk import Desk

REFUSED = 6


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--list", action="store_true", help=t("cli.undo.list"))
    parser.add_argument("--force", action="store_true", help=t("cli.undo.force"))
    parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 6 when somebody changed the same since, 7 when there is nothing to take back."""
    with context.desk() as desk:
        journal = Journal(context.settings.paths.journal_file, context.settings.store.url, desk.me.login)
        entries = journal.entries()
        if given.list:
            _list(context, given, entries)
            return 0
        if not entries:
            raise NotFound("nothing_to_undo")
        with context.trying(desk, given):
            refused = take_back(desk, entries[0].act, force=given.force)
            code = _tell(context, given, entries[0], refused)
        if not given.dry_run and (refused is None or not refused.can_force):
            journal.remove(entries[0])
    return code


def take_back(desk: Desk, act: Act, *, force: bool = False) -> NotUndone | None:
    """Take an act back; None when it is. Raises MaildeskError where what it was done to is gone."""
    match act:
        case Undo():
            outcome = desk.triage.undo(act, force=force)
            return outcome if isinstance(outcome, NotUndone) else None
        case CustomerUndo():
            return desk.customers.undo(act)
        case CallUndo():
            return desk.phone.undo(act)
        case TalkUndo(of="rules"):
            return desk.rules.undo(act)
        case TalkUndo(of="note"):
            return desk.notes.undo(act)
        case TalkUndo():
            return desk.chat.undo(act)
        case Recoded():
            desk.charsets.undo(act)
        case Discarded(number):
            return None if desk.drafts.undiscard(number) is not None else NotUndone("", "draft")
        case Sent(outbox_id):
            found = desk.outbox.pull_back(outbox_id)
            if isinstance(found, TooLate):
                return NotUndone("", "sent")
            desk.claims.release_held(found.draft.conversation_id)
        case Several(acts):
            refused = (take_back(desk, one, force=force) for one in reversed(acts))
            return next((one for one in refused if one is not None), None)
        case _:
            desk.views.undo(act)
    return None


def conversations(act: Act) -> list[int]:
    """The conversations that an act was done to."""
    match act:
        case Undo():
            return [one.conversation_id for one in act.before]
        case Discarded(number):
            return [number]
        case Sent(_, number):
            return [number]
        case Several(acts):
            return [number for one in acts for number in conversations(one)]
        case _:
            return []


def _word(what: str) -> str:
    """What somebody did since, in words."""
    for key in (f"conversation.event.{what}.short", f"conversation.event.{what}"):
        if has(key):
            return t(key)
    return what


def _shape(entry: Entry) -> dict[str, object]:
    return {"verb": entry.verb, "at": shapes.instant(entry.at), "conversations": conversations(entry.act)}


def _words(context: Context, entry: Entry) -> str:
    numbers = conversations(entry.act)
    told = " ".join(f"#{number}" for number in numbers[:5]) + (" …" if len(numbers) > 5 else "")
    return f"{context.clock(entry.at)}  maildesk {entry.verb}  {told}".rstrip()


def _list(context: Context, given: argparse.Namespace, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if given.json:
            context.out.json({"result": "can_undo", **_shape(entry)})
        else:
            context.out.line(_words(context, entry))
    if not entries and not given.json:
        context.out.say(t("app.nothing_to_undo"))


def _tell(context: Context, given: argparse.Namespace, entry: Entry, refused: NotUndone | None) -> int:
    if refused is None:
        if given.json:
            context.out.json({"result": "undone", **_shape(entry)})
        else:
            context.out.line(t("cli.undone", act=_words(context, entry)))
        return 0
    if given.json:
        more = {"who": refused.who or None, "what": refused.what, "can_force": refused.can_force}
        context.out.json({"result": "not_undone", **_shape(entry), **more})
    else:
        context.out.say(t("cli.not_undone", act=_words(context, entry)))
        if refused.who:
            context.out.say(t("app.not_undone", who=refused.who, what=_word(refused.what)))
        if refused.can_force:
            context.out.say(t("cli.undo.can_force"))
    return REFUSED
