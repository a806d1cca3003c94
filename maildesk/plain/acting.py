"""Acts on conversations: the claim, states, who is in charge; each can be taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from maildesk.domain.claim import Claimed, HeldByOther
from maildesk.domain.dates import moment
from maildesk.domain.outcomes import Changed, NotUndone, Undo, Undone, Waiting
from maildesk.domain.status import Status, WaitingReason
from maildesk.errors import MaildeskError, StoreError, UsageError
from maildesk.locale import has, t
from maildesk.locale.common import TEXTS
from maildesk.plain import looking, words

if TYPE_CHECKING:
    from maildesk.domain.outbox import OutboxItem
    from maildesk.plain.session import Session

SETTABLE = (Status.NEW, Status.WAITING, Status.DONE, Status.SPAM, Status.TRASH)
NOBODY = ("none", "nobody", "-", "なし")
_NUMBERS = re.compile(r"\s*[#＃]([0-9]{1,9})(?=\s|$)")


def _targets(session: Session, rest: str) -> tuple[list[int], str]:
    """The conversations that an act is for, and the other words: ``#1044 #1045 …``, else the open one."""
    numbers: list[int] = []
    while found := _NUMBERS.match(rest):
        numbers.append(int(found[1]))
        rest = rest[found.end() :]
    return numbers or [session.need().summary.id], rest.strip()


def _tell(session: Session, changed: Changed) -> None:
    """What became of an act, and how to take it back."""
    for skipped in changed.skipped:
        if skipped.holder is not None:
            session.lines.say(f"#{skipped.id}: {words.holder(skipped.holder, session.zone)}")
        elif skipped.reason == "gone":
            session.lines.say(t("errors.no_conversation", number=skipped.id))
        else:
            who = t("common.colleague", name=skipped.note)
            key = f"inbox.skipped.{skipped.reason}"
            session.lines.say(t(key, number=skipped.id, who=who, note=skipped.note))
    if not changed.summaries:
        return
    for one in changed.summaries:
        who = one.assignee_name or t("plain.nobody")
        session.lines.say(t("plain.changed", number=one.id, state=words.state(one), who=who))
    session.remember(lambda: _take_back(session, changed.undo))
    session.changed()


def _take_back(session: Session, undo: Undo) -> None:
    match session.desk.triage.undo(undo):
        case Undone():
            session.lines.say(t("app.undone"))
            session.changed()
        case NotUndone(who, what, _):
            key = f"conversation.event.{what}.short"
            word = t(key if has(key) else "conversation.event.other.short")
            session.lines.say(t("app.not_undone", who=t("common.colleague", name=who), what=word))


# ---- the claim


def told_held(session: Session, outcome: HeldByOther | Waiting) -> None:
    """Why it cannot be answered now."""
    match outcome:
        case HeldByOther(holder):
            session.lines.say(words.holder(holder, session.zone), t("plain.held.instead"))
        case Waiting(item):
            session.lines.say(waits(item))


def waits(item: OutboxItem) -> str:
    """Whose reply waits for approval or its time."""
    return t("plain.waits", who=t("common.colleague", name=item.author))


def _took(session: Session, outcome: Claimed | HeldByOther | Waiting) -> None:
    if isinstance(outcome, Claimed):
        session.keeper.hold(outcome.claim)
        session.lines.say(t("plain.claimed", number=outcome.claim.conversation_id))
        session.changed()
    else:
        told_held(session, outcome)


def claim(session: Session, rest: str) -> None:
    """Take the claim of the open conversation."""
    numbers, _ = _targets(session, rest)
    for number in numbers:
        _took(session, session.desk.claims.take(number))


def release(session: Session, rest: str) -> None:
    """Give it back; what was written is kept."""
    numbers, _ = _targets(session, rest)
    for number in numbers:
        if session.writing is not None and session.writing.place == number:
            session.leave_writing()
        session.give_back(number)
        session.desk.claims.release_held(number)
        session.lines.say(t("plain.released", number=number))
    session.changed()


def take_over(session: Session, rest: str) -> None:
    """Take it from a colleague, for a reason that is asked for where none is given."""
    (number, *_), reason = _targets(session, rest)
    holder = session.desk.conversations.summary(number).claim
    if holder is None or holder.agent_id == session.desk.me.id:
        _took(session, session.desk.claims.take(number))
        return
    reason = reason or session.lines.ask(t("plain.takeover.reason")) or ""
    _took(session, session.desk.claims.take_over(number, holder, reason))


def next_one(session: Session, rest: str) -> None:
    """Claim the best of this tab that nobody has, and open it."""
    session.show(None)
    place = session.place
    taken = session.desk.queue.next(place.tab, query=place.query)
    if taken is None:
        count = session.desk.queue.assigned_to_others(place.tab, query=place.query)
        session.lines.say(t("inbox.next.assigned", count=count) if count else t("plain.next.none"))
        return
    session.keeper.hold(taken)
    looking.show(session, taken.conversation_id)
    session.lines.say(t("plain.claimed", number=taken.conversation_id))


def skip(session: Session, rest: str) -> None:
    """Give the open one back, for a reason, and go on with the next."""
    number = session.need().summary.id
    held = session.keeper.of(number)
    if held is None:
        raise MaildeskError("plain_no_claim", number=number)
    reason = rest or session.lines.ask(t("plain.skip.reason")) or ""
    if session.writing is not None and not session.writing.is_kept:
        session.save(session.writing.draft)
    session.desk.queue.skip(held, reason)
    session.keeper.drop(number)
    session.writing = None
    next_one(session, "")


# ---- triage


def done(session: Session, rest: str) -> None:
    """対応完了."""
    numbers, note = _targets(session, rest)
    _tell(session, session.desk.triage.set_status(numbers, Status.DONE, note=note))


def status(session: Session, rest: str) -> None:
    """Another state, by its name in either language; words after it are the reason."""
    numbers, said = _targets(session, rest)
    word, _, note = said.partition(" ")
    wanted = next((one for one in SETTABLE if word.casefold() in _names(one)), None)
    if wanted is None:
        known = ", ".join(t(f"common.{one}") for one in SETTABLE)
        raise UsageError("no_status", text=word[:60], known=known)
    triage = session.desk.triage
    changed = (
        triage.spam(numbers)
        if wanted is Status.SPAM
        else triage.set_status(numbers, wanted, note=note.strip())
    )
    _tell(session, changed)


def _names(one: Status) -> set[str]:
    both = (*TEXTS[f"common.{one}"], *TEXTS[f"common.{one}.short"])
    return {one.value, *(word.casefold() for word in both)}


def snooze(session: Session, rest: str) -> None:
    """Put it off until a time, or until the customer answers where none is given."""
    numbers, said = _targets(session, rest)
    triage = session.desk.triage
    if not said:
        _tell(session, triage.set_status(numbers, Status.WAITING, reason=WaitingReason.CUSTOMER))
        return
    now = session.desk.now()
    until = moment(said, now, session.zone)
    if until is None:
        raise UsageError("no_time", text=said[:60])
    if until <= now:
        raise UsageError("time_over", text=said[:60])
    _tell(session, triage.set_status(numbers, Status.WAITING, reason=WaitingReason.UNTIL, until=until))
    session.lines.say(t("plain.until", at=words.clock(until, session.zone)))


def assign(session: Session, rest: str) -> None:
    """Put a colleague in charge, by name, login or reading; ``none`` for nobody."""
    numbers, said = _targets(session, rest)
    if not said:
        names = ", ".join(f"{agent.name} ({agent.login})" for agent in session.desk.people.agents())
        session.lines.say(t("plain.assign.who", names=names))
        return
    who = None if said.casefold() in NOBODY else session.desk.people.find(said).id
    _tell(session, session.desk.triage.assign(numbers, who))


def take(session: Session, rest: str) -> None:
    """Put myself in charge."""
    numbers, _ = _targets(session, rest)
    _tell(session, session.desk.triage.assign(numbers, session.desk.me.id))


def label(session: Session, rest: str) -> None:
    """``+交換 -破損``."""
    numbers, said = _targets(session, rest)
    add: list[str] = []
    remove: list[str] = []
    for word in said.split():
        if word[0] not in "+-" or len(word) < 2:
            raise UsageError("no_label", text=word[:60])
        (add if word[0] == "+" else remove).append(word[1:])
    if not add and not remove:
        raise UsageError("no_label", text=said)
    _tell(session, session.desk.triage.label(numbers, add, remove))


def comment(session: Session, rest: str) -> None:
    """Write an internal comment: the words behind the command, else lines up to a dot."""
    (number, *_), text = _targets(session, rest)
    text = text or session.unsaid.pop(number, "")
    if not text:
        session.lines.say(t("plain.comment.how"))
        text = "\n".join(session.lines.lines())
    try:
        session.desk.comments.add(number, text)
    except StoreError:
        session.unsaid[number] = text
        session.lines.say(t("plain.comment.kept"))
        raise
    session.lines.say(t("plain.commented", number=number))
    session.changed()


def undo(session: Session, rest: str) -> None:
    """Take the last act back."""
    session.undo()
