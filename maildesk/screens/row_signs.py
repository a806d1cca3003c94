"""What stands in the short columns of a row: flags, the sign of its state, until when it waits, its labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from rich.cells import split_graphemes

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.letter import Outside
from maildesk.domain.reply_target import Kind, left, signed, urgency
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.state_words import state_name
from maildesk.domain.status import Colour, CustomState, Status, WaitingReason
from maildesk.locale import t
from maildesk.widgets.tags import Tag
from maildesk.widgets.text import NOTHING


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rows of a list show beside what all rows do. ``states``: the sign of the state, for rows that stand in
    different ones; ``waits``: until when they wait, in place of when they came; ``own``: the desk's own states;
    ``colours`` of labels."""

    states: bool = False
    waits: bool = False
    own: Sequence[CustomState] = ()
    colours: Mapping[str, Colour] = field(default_factory=dict)


PLAIN = Shown()


def flags(row: ConversationSummary, freed: Collection[int] = ()) -> SafeText:
    """The flags, the gravest first: where there is no room the last ones go."""
    there = (
        ("bounced", row.bounced),
        ("freed", row.id in freed),
        ("outside", row.outside is Outside.ANSWERED),
        ("archived", row.archived),
        ("drafted", row.drafted),
        ("followed", row.followed),
        ("attachments", row.attachments > 0),
        ("automatic", row.automatic),
        ("answered", row.answered),
    )
    return SafeText("".join(t(f"inbox.flag.{name}") for name, is_there in there if is_there))


def state_sign(row: ConversationSummary, shown: Shown) -> SafeText:
    """One kanji (two letters in English) for the state; of what waits, for what."""
    if not shown.states:
        return NOTHING
    if row.claim is not None and row.status not in (Status.SPAM, Status.TRASH):
        return SafeText(t("inbox.state.replying"))
    if row.substate:
        name = safe_line(state_name(row, shown.own))
        spans, _ = split_graphemes(name)
        return SafeText(name[: spans[0][1]]) if spans else NOTHING
    if row.status is Status.WAITING and row.waiting_reason is not None:
        return SafeText(t(f"inbox.state.waiting-{row.waiting_reason}"))
    return SafeText(t(f"inbox.state.{row.status}"))


def until(row: ConversationSummary, now: datetime, zone: tzinfo | None) -> SafeText:
    """``~14:30`` today, ``~明日``, ``~11/25`` this year, ``~27/01`` after: until when it waits; '' for no time."""
    if row.status is not Status.WAITING or row.waiting_until is None or row.waiting_until <= now:
        return NOTHING
    there, today = row.waiting_until.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return SafeText(f"~{there:%H:%M}")
    if there.date() == today.date() + timedelta(days=1):
        return SafeText(t("inbox.until.tomorrow"))
    if there.year == today.year:
        return SafeText(f"~{there.month}/{there.day:02}")
    return SafeText(f"~{there:%y/%m}")


def due(row: ConversationSummary, now: datetime) -> SafeText:
    """What is left to the reply target; '' for none."""
    return NOTHING if row.due_at is None else SafeText(signed(row.due_at, now))


def pressing(row: ConversationSummary, now: datetime) -> Kind:
    """How pressing a reply is."""
    return "later" if row.due_at is None else urgency(row.due_at, now)


def due_line(due_at: datetime, now: datetime, zone: tzinfo | None) -> SafeText:
    """``期限 12:17(残り 0:42)``, ``期限 11/20 09:17(26:12 超過)``."""
    there = due_at.astimezone(zone)
    at = f"{there:%H:%M}" if there.date() == now.astimezone(zone).date() else f"{there:%m/%d %H:%M}"
    key = "inbox.due.late" if urgency(due_at, now) == "late" else "inbox.due.left"
    return safe_line(t(key, at=at, left=left(due_at, now).lstrip("-")))


def waits_for(row: ConversationSummary, now: datetime, zone: tzinfo | None) -> SafeText:
    """``顧客の返信待ち 11/25 09:00まで (見積もり待ち)``: why it waits, until when, and what was noted; '' for what does
    not wait."""
    if row.status is not Status.WAITING:
        return NOTHING
    is_told = row.waiting_reason is WaitingReason.UNTIL and row.waiting_until is not None
    reason = None if is_told else row.waiting_reason
    words = t(f"common.waiting.{reason}") if reason is not None else t("common.waiting")
    if row.waiting_until is not None:
        there = row.waiting_until.astimezone(zone)
        year = "" if there.year == now.astimezone(zone).year else f"{there.year}/"
        words = f"{words} {t('inbox.until', at=f'{year}{there:%m/%d %H:%M}')}"
    if row.note:
        words = f"{words} {t('conversation.event.note', note=row.note).strip()}"
    return safe_line(words.strip())


def tags(row: ConversationSummary, shown: Shown) -> tuple[Tag, ...]:
    """The labels, those that have a colour first."""
    found = [Tag(safe_line(name), shown.colours.get(name, "grey")) for name in row.labels]
    return tuple(sorted(found, key=lambda tag: tag.colour == "grey"))
