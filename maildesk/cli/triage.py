"""``comment``, ``assign``, ``status``, ``label``, ``snooze``: acts on conversations."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from maildesk.cli import claim, dates, parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.conversation import MessageKind
from maildesk.domain.status import REASON_TABS, Status, WaitingReason, state_named
from maildesk.errors import NotFound, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.conversation import ConversationSummary
    from maildesk.domain.outcomes import Changed

_SETTABLE = (Status.NEW, Status.WAITING, Status.DONE, Status.SPAM, Status.TRASH)
_NO_ANSWER = ("no-answer", "対応不要")
_NOBODY = ("none", "nobody", "-", "なし")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    parser.add_argument("number", metavar="N", help=t("cli.number"))
    match verb:
        case "comment":
            parser.add_argument("text", metavar="TEXT", help=t("cli.comment.text"))
            parser.add_argument("--phone", action="store_true", help=t("cli.comment.phone"))
            parser.add_argument("--message", metavar="ID", type=parsing.count, help=t("cli.comment.message"))
        case "assign":
            parser.add_argument("who", metavar="WHO", help=t("cli.assign.who"))
        case "status":
            parser.add_argument("status", metavar="S", help=t("cli.status.status"))
            parser.add_argument("--reason", metavar="TEXT", default="", help=t("cli.status.reason"))
        case "label":
            parser.add_argument("labels", metavar="+A|-B", nargs="+", help=t("cli.label.labels"))
        case "snooze":
            parser.add_argument("when", metavar="WHEN", nargs="+", help=t("cli.snooze.when"))
    parsing.add_dry_run(parser)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 6 when a colleague answers one of them just now, 7 when there is no such conversation."""
    numbers = parsing.numbers(given.number)
    with context.desk() as desk:
        if given.verb == "comment":
            return _comment(context, given, desk, numbers)
        return tell(context, given, desk, lambda: _change(context, given, desk, numbers))


def tell(context: Context, given: argparse.Namespace, desk: Desk, act: Callable[[], Changed]) -> int:
    """Do it, or with ``--dry-run`` only try it; show the conversations as they are then, and why others were left
    alone. Returns the exit code."""
    if given.dry_run:
        with desk.triage.rehearsing():
            changed = act()
        context.out.say(t("cli.dry_run.told", count=len(changed.summaries)))
    else:
        changed = act()
        if changed.undo.before:
            context.did(desk, given.verb, changed.undo)
    shown = changed.summaries[:1] if given.verb == "merge" else changed.summaries
    _print_rows(context, given, desk, shown)
    code = 0
    for skipped in changed.skipped:
        if skipped.reason == "gone":
            context.out.error(NotFound("no_conversation", number=skipped.id))
            code = max(code, NotFound.exit_code)
        elif skipped.holder is not None:
            since = f"{skipped.holder.since.astimezone(context.zone):%H:%M}"
            who = skipped.holder.agent_name
            context.out.say(t("cli.held_by", number=skipped.id, who=who, since=since))
            code = max(code, claim.HELD)
        else:
            who = t("common.colleague", name=skipped.note)
            key = f"inbox.skipped.{skipped.reason}"
            context.out.say(t(key, number=skipped.id, who=who, note=skipped.note))
            code = max(code, 1)
    return code


def _change(context: Context, given: argparse.Namespace, desk: Desk, numbers: list[int]) -> Changed:
    match given.verb:
        case "assign":
            if given.who.casefold() in _NOBODY:
                return desk.triage.assign(numbers, None)
            who = desk.me if given.who in ("me", "@me") else desk.people.find(given.who)
            return desk.triage.assign(numbers, who.id)
        case "status":
            if given.status.lower() in _NO_ANSWER:
                return desk.triage.no_answer(numbers, given.reason)
            if (own := state_named(desk.inbox.states(), given.status)) is not None:
                return desk.triage.set_state(numbers, own.name, given.reason)
            if (waits := REASON_TABS.get(given.status.lower())) is not None:
                return desk.triage.set_status(numbers, Status.WAITING, reason=waits, note=given.reason)
            status = _status(given.status, desk)
            if status is Status.SPAM:
                return desk.triage.spam(numbers)
            return desk.triage.set_status(numbers, status, note=given.reason)
        case "label":
            add, remove = _labels(given.labels)
            return desk.triage.label(numbers, add, remove)
        case _:
            said = " ".join(given.when)
            if said in ("until-reply", "返信まで", "返信待ち"):
                return desk.triage.set_status(numbers, Status.WAITING, reason=WaitingReason.CUSTOMER)
            if said in ("until-colleague", "社内待ち"):
                return desk.triage.set_status(numbers, Status.WAITING, reason=WaitingReason.COLLEAGUE)
            until = dates.when(said, desk.now(), context.zone)
            return desk.triage.set_status(numbers, Status.WAITING, reason=WaitingReason.UNTIL, until=until)


def _status(text: str, desk: Desk) -> Status:
    """A state by its word, in Japanese or English. Raises UsageError for one that nobody can set."""
    for status in _SETTABLE:
        if text.lower() == status.value or text == t(f"common.{status.value}") or text == _japanese(status):
            return status
    own = [state.name for state in desk.inbox.states()]
    raise UsageError("no_status", text=text[:60], known=", ".join([*(s.value for s in _SETTABLE), *own]))


def _japanese(status: Status) -> str:
    from maildesk.locale.common import TEXTS

    return TEXTS[f"common.{status.value}"][0]


def _labels(given: list[str]) -> tuple[list[str], list[str]]:
    add: list[str] = []
    remove: list[str] = []
    for word in given:
        sign, name = (word[1:2], word[2:]) if word.startswith("=") else (word[:1], word[1:])
        if sign not in ("+", "-") or not name.strip():
            raise UsageError("no_label", text=word[:60])
        (add if sign == "+" else remove).append(name.strip())
    return add, remove


def _comment(context: Context, given: argparse.Namespace, desk: Desk, numbers: list[int]) -> int:
    if given.text == "-" and given.number == "-":
        raise UsageError("stdin_twice")
    text = parsing.read_text("-") if given.text == "-" else given.text
    kind = MessageKind.PHONE if given.phone else MessageKind.COMMENT
    done: list[int] = []

    def add(number: int) -> int:
        if given.dry_run:
            with desk.triage.rehearsing():
                desk.comments.add(number, text, kind=kind, message_id=given.message)
        else:
            desk.comments.add(number, text, kind=kind, message_id=given.message)
        done.append(number)
        return 0

    code = parsing.each(context, numbers, add)
    if given.dry_run:
        context.out.say(t("cli.dry_run.told", count=len(done)))
    _print(context, given, desk, done)
    return code


def _print(context: Context, given: argparse.Namespace, desk: Desk, numbers: list[int]) -> None:
    """The conversations as they are now."""
    _print_rows(context, given, desk, [desk.conversations.summary(number) for number in numbers])


def _print_rows(
    context: Context, given: argparse.Namespace, desk: Desk, found: Sequence[ConversationSummary]
) -> None:
    from maildesk.cli.read import table

    rows = list(found)
    if given.json:
        agents = {agent.id: agent for agent in desk.people.agents()}
        for row in rows:
            context.out.json(shapes.conversation(row, agents))
    else:
        table(context, rows, desk.inbox.states())
