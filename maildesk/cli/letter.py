"""``forward`` and ``new``: mails that answer nobody."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.cli import claim, parsing, reply, shapes
from maildesk.cli.context import Context
from maildesk.cli.journal import Sent
from maildesk.cli.read import chosen_mailbox
from maildesk.domain.address import Address
from maildesk.domain.claim import HeldByOther
from maildesk.domain.letter import LetterKind
from maildesk.domain.outcomes import Begun, Check, Waiting
from maildesk.domain.reply import Draft, Queued, put_in
from maildesk.errors import UsageError
from maildesk.locale import t
from maildesk.screens.recipients import NotAnAddress, parse

if TYPE_CHECKING:
    from maildesk.desk import Desk

Piece = reply.Piece
_NOTHING = {"outbox": None, "message_id": None}


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    if verb == "forward":
        parser.add_argument("number", metavar="N", help=t("cli.number.one"))
        parser.add_argument("--message", metavar="ID", type=parsing.count, help=t("cli.letter.message"))
        parser.add_argument("--attached", action="store_true", help=t("cli.letter.attached"))
        parser.add_argument("--ask", action="store_true", help=t("cli.letter.ask"))
    else:
        parser.add_argument("--mailbox", metavar="NAME", help=t("cli.letter.mailbox"))
    for name in ("to", "cc"):
        parser.add_argument(
            f"--{name}", metavar="ADDRESS", action="append", default=[], help=t(f"cli.letter.{name}")
        )
    parser.add_argument("--template", metavar="NAME", help=t("cli.reply.template"))
    parser.add_argument(
        "--set", metavar="K=V", action="append", default=[], dest="values", help=t("cli.reply.set")
    )
    parser.add_argument("--body", metavar="FILE", help=t("cli.reply.body"))
    parser.add_argument("--subject", metavar="TEXT", help=t("cli.reply.subject"))
    parser.add_argument(
        "--attach", metavar="FILE", action="append", default=[], type=Path, help=t("cli.reply.attach")
    )
    parser.add_argument("--request-id", metavar="UUID", help=t("cli.reply.request_id"))
    parser.add_argument(
        "--hold", metavar="SECONDS", type=reply.seconds, default=0.0, help=t("cli.reply.hold")
    )
    parser.add_argument("--approval", action="store_true", help=t("cli.reply.approval"))
    parsing.add_dry_run(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--draft", action="store_true", help=t("cli.reply.draft"))
    what.add_argument("--send", action="store_true", help=t("cli.reply.send"))
    parser.set_defaults(at=None)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. What was written is kept as a draft whatever goes wrong, and the claim is given back."""
    to, cc = (_addresses(words) for words in (given.to, given.cc))
    body = None if given.body is None else parsing.read_text(given.body)
    files = [(path.name, reply.type_of(path), reply.content_of(path)) for path in given.attach]
    request_id = reply.request_of(given.request_id)
    number = parsing.number(given.number) if given.verb == "forward" else None
    with context.desk() as desk:
        if given.request_id is not None and (known := desk.letters.already(request_id)) is not None:
            place = desk.outbox.item(known.outbox_id).conversation_id
            return reply.tell(context, given, place, known)
        mailbox_id = (
            chosen_mailbox(desk.inbox.mailboxes(), given.mailbox).id
            if number is None
            else desk.conversations.summary(number).mailbox_id
        )
        if given.dry_run:
            return _try(context, given, desk, number, mailbox_id, (to, cc), body, files)
        held = None if number is None else desk.conversations.summary(number).claim
        if number is None:
            begun: Begun | HeldByOther | Waiting = desk.letters.new(mailbox_id)
        else:
            begun = desk.letters.forward(number, given.message, attached=given.attached, ask=given.ask)
        match begun:
            case HeldByOther(holder):
                return claim.tell_held(context, given, number or 0, holder, _NOTHING)
            case Waiting(item):
                return claim.tell_waiting(context, given, number or 0, item)
        was_mine = held is not None and held.token == begun.claim.token
        try:
            draft = _written(desk, given, begun.draft, (to, cc), body)
            draft = desk.replies.save(draft)
            for name, kind, data in files:
                draft = desk.replies.attach(draft, name, kind, data)
            if given.draft:
                return reply.tell_draft(context, given, draft)
            warnings = [c.text for c in desk.replies.check(draft) if not c.ok and not c.blocks]
            outcome = desk.replies.submit(
                begun.claim,
                draft,
                seen_version=begun.claim.version,
                request_id=request_id,
                hold=given.hold,
                approval=given.approval,
            )
            if isinstance(outcome, Queued):
                context.did(desk, given.verb, Sent(outcome.outbox_id, begun.claim.conversation_id))
                for warning in warnings:
                    context.out.say(warning)
                if not outcome.held and desk.sync.health().workers == 0:
                    context.out.say(t("cli.reply.no_worker"))
            return reply.tell(context, given, begun.claim.conversation_id, outcome)
        finally:
            if not was_mine:
                desk.claims.release(begun.claim)


def _addresses(words: list[str]) -> tuple[Address, ...]:
    try:
        return tuple(address for one in words for address in parse(one))
    except NotAnAddress as error:
        raise UsageError("no_address", text=str(error)[:60]) from None


def _written(
    desk: Desk,
    given: argparse.Namespace,
    draft: Draft,
    whom: tuple[tuple[Address, ...], tuple[Address, ...]],
    body: str | None,
) -> Draft:
    """The draft with what was given."""
    draft = replace(draft, to=whom[0], cc=whom[1])
    if given.template:
        template = desk.templates.by_name(given.template)
        draft = desk.replies.with_template(draft, template.id, reply.pairs(given.values))
    if body is not None:
        draft = put_in(draft, body)
    return draft if given.subject is None else replace(draft, subject=given.subject)


def _try(
    context: Context,
    given: argparse.Namespace,
    desk: Desk,
    number: int | None,
    mailbox_id: int,
    whom: tuple[tuple[Address, ...], tuple[Address, ...]],
    body: str | None,
    files: list[Piece],
) -> int:
    """Say what would be sent and what the checks say of it. Nothing is claimed, kept or sent."""
    if number is None:
        draft, kind = Draft(0, (), (), "", "\n"), LetterKind.NEW
    else:
        draft = desk.letters.preview(number, given.message, attached=given.attached)
        kind = LetterKind.ASK if given.ask else LetterKind.FORWARD
    template, given.template = given.template, None
    draft = _written(desk, given, draft, whom, body)
    if template:
        found = desk.templates.by_name(template)
        if number is not None:
            rendered = desk.templates.render(found.id, number, reply.pairs(given.values))
            draft = put_in(draft, rendered.body)
        else:
            draft = put_in(draft, found.body)
    names = [*(f.name for f in draft.files), *(name for name, _, _ in files)]
    found_ = desk.letters.check(draft, kind, number, mailbox_id)
    blocked = any(check.blocks and not check.ok for check in found_)
    if given.json:
        context.out.json(
            {
                "result": "tried",
                "conversation": number,
                "to": [shapes.person(a) for a in draft.to],
                "cc": [shapes.person(a) for a in draft.cc],
                "subject": draft.subject,
                "text": draft.body,
                "files": names,
                "checks": [_check(check) for check in found_],
            }
        )
    else:
        context.out.line(f"{t('compose.to')} {', '.join(a.display() for a in draft.to)}")
        context.out.line(f"{t('compose.subject')} {draft.subject}")
        if names:
            context.out.line(f"{t('compose.files')} {' '.join(names)}")
        for check in found_:
            context.out.line(f"{'✓' if check.ok else '✗' if check.blocks else '!'} {check.text}")
        context.out.say(t("cli.letter.tried"))
    return reply.REFUSED if blocked else 0


def _check(check: Check) -> dict[str, object]:
    return {"ok": check.ok, "blocks": check.blocks, "text": check.text}
