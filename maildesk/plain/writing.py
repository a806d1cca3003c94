"""Replies: written by lines, in an editor or from a template, looked at, sent; and those that wait for approval."""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from maildesk.domain.claim import HeldByOther, LostClaim
from maildesk.domain.outcomes import Approved, TextChanged, Waiting
from maildesk.domain.reply import (
    AfterSend,
    AlreadyAnswered,
    AlreadyQueued,
    Draft,
    Queued,
    Recalled,
    StaleView,
    TooLate,
    put_in,
)
from maildesk.domain.status import Status, WaitingReason
from maildesk.domain.template import placeholders
from maildesk.errors import MaildeskError, NotFound
from maildesk.locale import t
from maildesk.locale.common import TEXTS
from maildesk.plain import acting, editing, looking, words
from maildesk.plain.state import Writing

if TYPE_CHECKING:
    from maildesk.domain.outbox import OutboxItem
    from maildesk.domain.reply import ReplyText
    from maildesk.domain.template import Template
    from maildesk.plain.session import Session

_AFTER = {
    "waiting": AfterSend(Status.WAITING, WaitingReason.CUSTOMER),
    "new": AfterSend(Status.NEW),
    "done": AfterSend(),
}


def reply(session: Session, rest: str) -> None:
    """Take the claim and begin, or go on with what was kept. ``reply sender`` answers the sender only."""
    if session.writing is not None:
        session.lines.say(t("plain.reply.how"))
        return
    number = session.need().summary.id
    only_sender = rest.casefold() in ("sender", "差出人")
    outcome = session.desk.replies.begin(number, reply_all=not only_sender)
    if isinstance(outcome, HeldByOther | Waiting):
        acting.told_held(session, outcome)
        return
    session.keeper.hold(outcome.claim)
    place = outcome.claim.conversation_id
    session.writing = Writing(outcome.draft, outcome.claim.version, place, outcome.letter)
    session.conversation = outcome.conversation
    session.lines.say(t("plain.claimed", number=number))
    if outcome.draft.saved_at is not None:
        session.lines.say(t("plain.reply.goes_on"))
    session.lines.say(*heads(outcome.draft), t("plain.reply.how"))


def heads(draft: Draft) -> list[str]:
    """To whom, and about what."""
    to = ", ".join(one.display() for one in draft.to)
    heads = [f"{t('plain.to')}: {to}"]
    if draft.cc:
        heads.append(f"{t('plain.cc')}: {', '.join(one.display() for one in draft.cc)}")
    return [*heads, f"{t('plain.subject')}: {draft.subject}"]


def write(session: Session, rest: str) -> None:
    """Lines up to one with only a dot, put before the signature; saved also when the input ends there."""
    if session.writing is None:
        reply(session, "")
    if session.writing is None:
        return
    session.lines.say(t("plain.write.how"))
    typed: list[str] = []
    try:
        for line in session.lines.lines():
            session.keeper.line()
            typed.append(line)
    finally:
        if typed:
            session.save(put_in(session.need_writing().draft, "\n".join(typed)))
    session.lines.say(t("plain.saved", count=len(typed)))


def edit(session: Session, rest: str) -> None:
    """The text in the editor of the environment."""
    if session.writing is None:
        reply(session, "")
    if session.writing is None:
        return
    draft = session.writing.draft
    with session.keeper.in_editor():
        text = editing.edited(draft.body, session.environ)
    if text != draft.body:
        session.save(replace(draft, body=text, cursor=(0, 0)))
    session.lines.say(t("plain.saved", count=len(text.splitlines())))


def template(session: Session, rest: str) -> None:
    """Without words the templates that fit, best first; with a place or a name that one is put in, and its gaps are
    asked for."""
    number = session.need().summary.id
    templates = session.desk.templates
    if not rest:
        fitting = templates.suggest(number)
        scores = {one.template.id: one.score for one in fitting}
        others = [one for one in templates.all() if one.id not in scores]
        session.templates = (*(one.template for one in fitting), *others)
        for place, one in enumerate(session.templates, 1):
            score = f" {scores[one.id]}%" if one.id in scores else ""
            session.lines.say(f"{place}. {one.name}{score}")
        session.lines.say(t("plain.template.how" if session.templates else "picker.template.empty"))
        return
    chosen = _template(session, rest)
    if session.writing is None:
        reply(session, "")
    if session.writing is None:
        return
    rendered = templates.render(chosen.id, number)
    values: dict[str, str] = {}
    for name in rendered.gaps:
        value = session.lines.ask(t("plain.gap", name=name))
        if value:
            values[name] = value
    session.save(session.desk.replies.with_template(session.writing.draft, chosen.id, values))
    session.lines.say(t("plain.template.put", name=chosen.name))
    show(session, "")


def _template(session: Session, rest: str) -> Template:
    said = unicodedata.normalize("NFKC", rest)
    if said.isascii() and said.isdigit():
        if not session.templates:
            session.templates = tuple(
                one.template for one in session.desk.templates.suggest(session.need().summary.id)
            )
        if not 0 < int(said) <= len(session.templates):
            raise NotFound("no_template", name=rest)
        return session.templates[int(said) - 1]
    return session.desk.templates.by_name(rest)


def subject(session: Session, rest: str) -> None:
    """Another subject."""
    writing = session.need_writing()
    if rest:
        session.save(replace(writing.draft, subject=rest))
    session.lines.say(f"{t('plain.subject')}: {session.need_writing().draft.subject}")


def show(session: Session, rest: str) -> None:
    """The reply as it stands; with ``all`` what it quotes, too."""
    draft = session.need_writing().draft
    session.lines.say(*heads(draft), "")
    if rest.casefold() in ("all", "全文"):
        session.lines.text(draft.body.strip("\n"))
    else:
        session.lines.say(*words.unquoted(draft.body))
    for file in draft.files:
        session.lines.say(t("plain.file", name=file.name))
    gaps = [gap.name for text in (draft.subject, draft.body) for gap in placeholders(text)]
    if gaps:
        session.lines.say(t("cli.gaps", names=", ".join(gaps)))


def keep(session: Session, rest: str) -> None:
    """Keep it as a draft and give the claim back."""
    session.need_writing()
    session.leave_writing()
    session.changed()


def send(session: Session, rest: str) -> None:
    """Look at it once more, then send it; ``send waiting`` and ``send new`` choose the state afterwards,
    ``send follow-up`` adds to an answer that is there already."""
    writing = session.need_writing()
    number = writing.place
    claim = session.keeper.of(number)
    if claim is None:
        raise MaildeskError("plain_no_claim", number=number)
    said = rest.casefold().split()
    after = next((_AFTER[name] for name in _AFTER if _called(name) & set(said)), _AFTER["done"])
    checks = [check for check in session.desk.replies.check(writing.draft) if not check.ok]
    show(session, "")
    for check in checks:
        session.lines.say(t("plain.check.blocks" if check.blocks else "plain.check", what=check.text))
    if any(check.blocks for check in checks):
        return
    asks = session.desk.me.needs_approval
    answer = session.lines.ask(t("plain.send.approval" if asks else "plain.send.sure")) or ""
    if answer.strip().casefold() not in ("y", "yes", "はい"):
        session.lines.say(t("plain.send.not"))
        return
    outcome = session.desk.replies.submit(
        claim,
        writing.draft,
        seen_version=writing.version,
        request_id=str(uuid.uuid4()),
        after=after,
        hold=session.hold,
        follow_up="follow-up" in said or "追伸" in said,
    )
    match outcome:
        case Queued(outbox_id, _, _, held):
            _sent(session, number, outbox_id, held=held)
        case AlreadyQueued(outbox_id, _):
            _sent(session, number, outbox_id, held=False)
        case LostClaim(holder):
            session.keeper.drop(number)
            who = t("common.colleague", name=holder.agent_name) if holder is not None else t("plain.nobody")
            session.lines.say(t("plain.lost", number=number, who=who))
        case StaleView(version, newer):
            writing.version = version
            session.lines.say(t("plain.stale"))
            for place, message in enumerate(newer, 1):
                session.lines.say(*words.message(place, message, session.zone))
        case AlreadyAnswered(by, at, _):
            who = t("common.colleague", name=by)
            session.lines.say(t("plain.answered", who=who, at=words.clock(at, session.zone)))


def _called(name: str) -> set[str]:
    return {name, *(word.casefold() for word in TEXTS[f"common.{name}.short"])}


def _sent(session: Session, number: int, outbox_id: int, *, held: bool) -> None:
    session.keeper.drop(number)
    letter = session.need_writing().letter
    session.writing = None
    if held:
        session.lines.say(t("plain.sent.held", number=number))
    elif session.hold:
        session.lines.say(t("plain.sent", number=number, count=int(session.hold)))
    else:
        session.lines.say(t("plain.sent.now", number=number))
    session.remember(lambda: _recall(session, number, outbox_id, answers=letter is None))
    session.changed()


def _recall(session: Session, number: int, outbox_id: int, *, answers: bool) -> None:
    match session.desk.replies.recall(outbox_id):
        case Recalled(draft) if not answers:
            session.desk.claims.release_held(number)
            session.lines.say(t("app.recalled", number=draft.conversation_id))
        case Recalled():
            session.lines.say(t("app.recalled", number=number))
            looking.show(session, number)
            reply(session, "")
        case TooLate():
            session.lines.say(t("app.too_late", number=number))


# ---- approval


def _waiting(session: Session) -> OutboxItem:
    number = session.need().summary.id
    item = looking.waiting(session, number)
    if item is None:
        raise MaildeskError("plain_nothing_waits", number=number)
    return item


def approve(session: Session, rest: str) -> None:
    """Read out the reply that waits here, and let it leave when I say so."""
    item = _waiting(session)
    found = session.desk.outbox.reply_of(item.id)
    while True:
        _read_out(session, found)
        answer = session.lines.ask(t("plain.approve.sure")) or ""
        if answer.strip().casefold() not in ("y", "yes", "はい"):
            session.lines.say(t("plain.approve.not"))
            return
        match session.desk.outbox.approve(item.id, found.sha256):
            case Approved():
                session.lines.say(t("outbox.done.approved", number=item.conversation_id))
                session.changed()
                return
            case TextChanged(now):
                session.lines.say(t("outbox.waits.changed"))
                found = now


def _read_out(session: Session, found: ReplyText) -> None:
    session.lines.say(
        f"{t('plain.to')}: {', '.join(one.display() for one in found.to)}",
        f"{t('plain.subject')}: {found.subject}",
        "",
    )
    session.lines.text(found.body.strip("\n"))
    for file in found.files:
        session.lines.say(t("plain.file", name=file.name))


def give_back(session: Session, rest: str) -> None:
    """Give the reply that waits here back to its author, with a note."""
    item = _waiting(session)
    note = rest or session.lines.ask(t("plain.return.note")) or ""
    session.desk.outbox.give_back(item.id, note)
    session.lines.say(t("outbox.done.given-back", number=item.conversation_id))
    session.changed()
