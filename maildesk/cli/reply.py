"""``reply``: write a reply, keep it as a draft or send it."""

from __future__ import annotations

import argparse
import mimetypes
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.cli import claim, dates, parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.journal import Sent
from maildesk.domain.claim import Claim, HeldByOther, LostClaim
from maildesk.domain.outcomes import Waiting
from maildesk.domain.reply import AfterSend, AlreadyAnswered, AlreadyQueued, Draft, Queued, StaleView, put_in
from maildesk.domain.status import Status, WaitingReason
from maildesk.domain.template import placeholders
from maildesk.errors import MaildeskError, UsageError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk

REFUSED = 6
Piece = tuple[str, str, bytes]
"""A file to attach: its name, its type, its bytes."""
_AFTER = {
    "done": AfterSend(Status.DONE),
    "waiting": AfterSend(Status.WAITING, WaitingReason.CUSTOMER),
    "new": AfterSend(Status.NEW),
}


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("number", metavar="N", help=t("cli.number.one"))
    parser.add_argument("--template", metavar="NAME", help=t("cli.reply.template"))
    parser.add_argument(
        "--set", metavar="K=V", action="append", default=[], dest="values", help=t("cli.reply.set")
    )
    parser.add_argument("--body", metavar="FILE", help=t("cli.reply.body"))
    parser.add_argument("--subject", metavar="TEXT", help=t("cli.reply.subject"))
    parser.add_argument(
        "--attach", metavar="FILE", action="append", default=[], type=Path, help=t("cli.reply.attach")
    )
    parser.add_argument("--only-sender", action="store_true", help=t("cli.reply.only_sender"))
    parser.add_argument("--request-id", metavar="UUID", help=t("cli.reply.request_id"))
    parser.add_argument("--expect-version", metavar="V", type=int, help=t("cli.reply.expect_version"))
    parser.add_argument("--hold", metavar="SECONDS", type=seconds, default=0.0, help=t("cli.reply.hold"))
    parser.add_argument("--then", choices=list(_AFTER), default="done", help=t("cli.reply.then"))
    parser.add_argument("--follow-up", action="store_true", help=t("cli.reply.follow_up"))
    parser.add_argument("--at", metavar="WHEN", help=t("cli.reply.at"))
    parser.add_argument("--approval", action="store_true", help=t("cli.reply.approval"))
    parser.add_argument("--replace-draft", action="store_true", help=t("cli.reply.replace_draft"))
    parser.add_argument("--private", action="store_true", help=t("cli.reply.private"))
    parsing.add_dry_run(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--draft", action="store_true", help=t("cli.reply.draft"))
    what.add_argument("--send", action="store_true", help=t("cli.reply.send"))


def seconds(text: str) -> float:
    """How long to hold a mail. Raises ValueError."""
    found = float(text)
    if not 0 <= found <= 86400:
        raise ValueError(text)
    return found


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. Whatever goes wrong, what was written is kept as a draft, and a claim taken for it is given back."""
    number = parsing.number(given.number)
    values = pairs(given.values)
    body = None if given.body is None else parsing.read_text(given.body)
    files = [(path.name, type_of(path), content_of(path)) for path in given.attach]
    request_id = request_of(given.request_id)
    if given.private and not given.draft:
        raise UsageError("private_draft")
    with context.desk() as desk, context.trying(desk, given):
        at = None if given.at is None else dates.when(given.at, desk.now(), context.zone)
        template = desk.templates.by_name(given.template) if given.template else None
        if template is not None:
            desk.templates.render(template.id, number, values)  # an error here must not cost the saved draft
        written = template is not None or body is not None
        if given.private:
            return tell_draft(context, given, _private(desk, given, number, body, values, files))
        held = desk.conversations.summary(number).claim
        begun = desk.replies.begin(number, reply_all=not given.only_sender, afresh=written)
        match begun:
            case HeldByOther(holder):
                nothing = {"outbox": None, "message_id": None}
                return claim.tell_held(context, given, number, holder, nothing)
            case Waiting(item):
                return claim.tell_waiting(context, given, number, item)
        ours_before = held is not None and held.token == begun.claim.token
        kept: Claim | None = None if ours_before else begun.claim
        try:
            draft = _saved(desk, given, begun.draft, body, values, files)
            if given.draft:
                return tell_draft(context, given, draft)
            warnings = [
                check.text for check in desk.replies.check(draft) if not check.ok and not check.blocks
            ]
            version = begun.claim.version if given.expect_version is None else given.expect_version
            outcome = desk.replies.submit(
                begun.claim,
                draft,
                seen_version=version,
                request_id=request_id,
                after=_AFTER[given.then],
                hold=given.hold,
                follow_up=given.follow_up,
                at=at,
                approval=given.approval,
            )
            if isinstance(outcome, Queued):
                context.did(desk, given.verb, Sent(outcome.outbox_id, number))
                for warning in warnings:
                    context.out.say(warning)
                if not outcome.held and desk.sync.health().workers == 0:
                    context.out.say(t("cli.reply.no_worker"))
            return tell(context, given, number, outcome)
        finally:
            if kept is not None:
                desk.claims.release(kept)


def _private(
    desk: Desk,
    given: argparse.Namespace,
    number: int,
    body: str | None,
    values: dict[str, str],
    files: list[Piece],
) -> Draft:
    """A draft without the claim, as while a colleague answers."""
    draft = desk.replies.begin_private(number)
    old = desk.drafts.of(number)
    if old is not None and (given.template or body is not None):
        if not given.replace_draft:
            raise MaildeskError("draft_there", number=number)
        desk.drafts.discard(number)
        draft = desk.replies.begin_private(number)
    return _saved(desk, given, draft, body, values, files)


def _saved(
    desk: Desk,
    given: argparse.Namespace,
    draft: Draft,
    body: str | None,
    values: dict[str, str],
    files: list[Piece],
) -> Draft:
    """The draft with what was given, kept."""
    if given.template:
        draft = desk.replies.with_template(draft, desk.templates.by_name(given.template).id, values)
    if body is not None:
        draft = put_in(draft, body)
    if given.subject is not None:
        draft = replace(draft, subject=given.subject)
    if (given.template or body is not None) and not given.private:
        _make_room(desk, draft, files, replace_it=given.replace_draft)
    draft = desk.replies.save(draft)
    for name, kind, data in files:
        draft = desk.replies.attach(draft, name, kind, data)
    return draft


def _make_room(desk: Desk, new: Draft, files: list[Piece], *, replace_it: bool) -> None:
    """See that what is written now overwrites no other text of mine: a saved draft that says the same makes room, so
    that a script may try again, and with ``replace_it`` any other. Raises MaildeskError."""
    old = desk.drafts.of(new.conversation_id)
    if old is None:
        return
    same = (old.subject, old.body, old.to, old.cc) == (new.subject, new.body, new.to, new.cc)
    given = [(name, len(data)) for name, _, data in files]
    if not replace_it and not (same and [(f.name, f.size) for f in old.files] == given[: len(old.files)]):
        raise MaildeskError("draft_there", number=new.conversation_id)
    desk.drafts.discard(new.conversation_id)


def pairs(given: list[str]) -> dict[str, str]:
    """``--set k=v``. Raises UsageError."""
    found: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError("no_pair", text=pair[:60])
        found[name.strip()] = value
    return found


def request_of(given: str | None) -> str:
    """The id of a request, made where none is given. Raises UsageError."""
    try:
        return str(uuid.UUID(given)) if given else str(uuid.uuid4())
    except ValueError:
        raise UsageError("no_uuid", text=(given or "")[:60]) from None


def content_of(path: Path) -> bytes:
    """The bytes of a file to attach. Raises MaildeskError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise MaildeskError("file_unreadable", file=path, reason=system_words(error)) from None


def type_of(path: Path) -> str:
    """The type of a file, by its name."""
    kind, encoding = mimetypes.guess_type(path.name)
    return kind if kind and not encoding else "application/octet-stream"


# ---- what came of it


def tell_draft(context: Context, given: argparse.Namespace, draft: Draft) -> int:
    """Say that a draft is kept, and its gaps. Returns the exit code."""
    gaps = [gap.name for text in (draft.subject, draft.body) for gap in placeholders(text)]
    if given.json:
        context.out.json(
            {
                "result": "drafted",
                "conversation": draft.conversation_id,
                "outbox": None,
                "message_id": None,
                "draft": draft.id,
                "gaps": gaps,
            }
        )
        return 0
    context.out.line(t("cli.reply.drafted", number=draft.conversation_id))
    if gaps:
        context.out.say(t("cli.gaps", names=", ".join(gaps)))
    return 0


def tell(
    context: Context,
    given: argparse.Namespace,
    number: int,
    outcome: Queued | AlreadyQueued | LostClaim | StaleView | AlreadyAnswered,
) -> int:
    """Say what became of a mail. Returns the exit code."""
    told: dict[str, object] = {"conversation": number, "outbox": None, "message_id": None}
    match outcome:
        case Queued(outbox_id, message_id, not_before, held):
            told |= {"result": "queued", "outbox": outbox_id, "message_id": message_id}
            told |= {"not_before": shapes.instant(not_before), "held": held}
            key = (
                "cli.reply.held"
                if held
                else "cli.reply.queued"
                if given.at is None
                else "cli.reply.scheduled"
            )
            words, code = t(key, number=number, outbox=outbox_id, at=context.clock(not_before)), 0
        case AlreadyQueued(outbox_id, message_id):
            told |= {"result": "already", "outbox": outbox_id, "message_id": message_id}
            words, code = t("cli.reply.already", number=number, outbox=outbox_id), 0
        case LostClaim(holder, reason):
            told |= {"result": "lost_claim", "reason": reason}
            told |= shapes.held_by(holder) if holder else {"by": None}
            words, code = t("cli.lost", number=number), REFUSED
        case StaleView(version, newer):
            told |= {"result": "stale_view", "version": version, "newer": [m.id for m in newer]}
            words, code = t("cli.reply.stale", number=number), REFUSED
        case AlreadyAnswered(by, at, outbox_id):
            told |= {"result": "already_answered", "by": by, "at": shapes.instant(at), "outbox": outbox_id}
            words, code = t("cli.reply.answered", number=number, who=by, at=context.clock(at)), REFUSED
    if given.json:
        context.out.json({"result": told.pop("result"), **told})
    elif code:
        context.out.say(words)
    else:
        context.out.line(words)
    return code
