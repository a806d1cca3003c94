"""Mails that answer nobody: passing one on, and writing first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maildesk.domain.claim import HeldByOther
from maildesk.domain.outcomes import Begun, Waiting
from maildesk.errors import MaildeskError, NotFound, UsageError
from maildesk.locale import t
from maildesk.plain import acting, writing
from maildesk.plain.state import Writing
from maildesk.screens.recipients import NotAnAddress, parse

if TYPE_CHECKING:
    from maildesk.domain.address import Address
    from maildesk.domain.mailbox import Mailbox
    from maildesk.plain.session import Session

_ASK = ("ask", "問い合わせ")
_ATTACHED = ("attached", "添付")


def pass_on(session: Session, rest: str) -> None:
    """Pass the newest mail of the open conversation on: ``pass ADDRESS``; with ``attached`` as it came, with ``ask`` as
    a question whose answer is waited for."""
    if session.writing is not None:
        session.lines.say(t("plain.reply.how"))
        return
    words = rest.split(" ")
    ways = {word.casefold() for word in words} & {*_ASK, *_ATTACHED}
    to = _asked_to(session, " ".join(word for word in words if word.casefold() not in ways))
    number = session.need().summary.id
    outcome = session.desk.letters.forward(
        number, attached=bool(ways & {*_ATTACHED}), ask=bool(ways & {*_ASK})
    )
    if isinstance(outcome, HeldByOther | Waiting):
        acting.told_held(session, outcome)
        return
    _begin(session, outcome, to)


def new(session: Session, rest: str) -> None:
    """Write to a customer first: ``new ADDRESS``, in the name of a shop that is asked for where there are several."""
    if session.writing is not None:
        session.lines.say(t("plain.reply.how"))
        return
    box = _mailbox(session)
    to = _asked_to(session, rest)
    subject = session.lines.ask(f"{t('plain.subject')}:") or ""
    begun = session.desk.letters.new(box.id, to, subject.strip())
    session.show(None)
    _begin(session, begun, to)


def to(session: Session, rest: str) -> None:
    """To whom a mail goes that answers nobody."""
    if session.need_writing().letter is None:
        raise MaildeskError("plain_to_reply")
    if rest:
        session.save(replace(session.need_writing().draft, to=_addresses(rest)))
    session.lines.say(*writing.heads(session.need_writing().draft))


def _begin(session: Session, begun: Begun, to: tuple[Address, ...]) -> None:
    session.keeper.hold(begun.claim)
    session.conversation = begun.conversation
    place = begun.claim.conversation_id
    session.writing = Writing(begun.draft, begun.claim.version, place, begun.letter)
    session.save(replace(begun.draft, to=to))
    session.lines.say(t("plain.claimed", number=place))
    session.lines.say(*writing.heads(session.need_writing().draft))
    for file in session.need_writing().draft.files:
        session.lines.say(t("plain.file", name=file.name))
    session.lines.say(t("plain.reply.how"))


def _asked_to(session: Session, said: str) -> tuple[Address, ...]:
    return _addresses(said.strip() or session.lines.ask(f"{t('plain.to')}:") or "")


def _addresses(said: str) -> tuple[Address, ...]:
    try:
        found = parse(said)
    except NotAnAddress as error:
        raise UsageError("no_address", text=str(error)[:60]) from None
    if not found:
        raise UsageError("no_address", text="")
    return found


def _mailbox(session: Session) -> Mailbox:
    boxes = session.desk.inbox.mailboxes()
    if len(boxes) == 1:
        return boxes[0]
    known = ", ".join(box.short_name for box in boxes)
    said = (session.lines.ask(t("plain.new.shop", names=known)) or "").strip()
    for box in boxes:
        if said and said.casefold() in (
            box.short_name.casefold(),
            box.name.casefold(),
            box.address.casefold(),
        ):
            return box
    raise NotFound("mailbox_unknown", mailbox=said[:60], known=known or "-")
