"""All that is known of a reply on its way: times, what servers said, where proof was looked for, every attempt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from maildesk.domain.conversation import Event
from maildesk.domain.letter import FORWARD
from maildesk.domain.outbox import HeldReason, OutboxItem, OutboxState
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import has, t
from maildesk.screens.paragraphs import Look, Paragraph
from maildesk.screens.waiting import why
from maildesk.screens.words import addresses, full_time, subject
from maildesk.widgets.text import NOTHING


def state(item: OutboxItem) -> str:
    """The word for its state: 予約 for what waits for its time, 承認待ち for what waits for approval."""
    if item.state is OutboxState.QUEUED and item.scheduled:
        return t("outbox.scheduled")
    if item.held_reason is HeldReason.APPROVAL:
        return t("common.approval")
    if item.bounced and item.state is OutboxState.SENT:
        return t("outbox.bounced")
    return t(f"outbox.{item.state}")


def title(item: OutboxItem) -> SafeText:
    """Its subject; a mail that answers nobody says what it is."""
    words = subject(item.subject)
    return safe_line(f"[{t('outbox.kind.forward')}] {words}") if item.kind == FORWARD else words


def moment(item: OutboxItem) -> tuple[str, datetime]:
    """The time that matters of it, and what time it is: sent, handed over, leaves, queued."""
    if item.sent_at is not None:
        return "sent", item.sent_at
    if item.committing_at is not None and item.state.needs_a_person:
        return "tried", item.committing_at
    if item.state is OutboxState.QUEUED:
        return "leaves", item.not_before
    return "queued", item.queued_at


def record(
    item: OutboxItem, events: Sequence[Event], now: datetime, zone: tzinfo | None
) -> Sequence[Paragraph]:
    """The panel beside the list."""
    blocks: tuple[list[Paragraph], ...] = (
        list(_head(item, now, zone)),
        list(_trouble(item, now, zone)),
        list(_evidence(item, now, zone)),
        list(_attempts(events, zone)),
        list(_identity(item)),
    )
    found: list[Paragraph] = []
    for block in blocks:
        if found and block:
            found.append((NOTHING, "text"))
        found += block
    return found


def _head(item: OutboxItem, now: datetime, zone: tzinfo | None) -> Iterator[Paragraph]:
    yield title(item), "title"
    yield safe_line(t("outbox.to", names=addresses(item.recipients))), "text"
    yield safe_line(t("outbox.from", who=item.author, at=full_time(item.queued_at, now, zone))), "muted"
    if item.approved_by and item.approved_at is not None:
        at = full_time(item.approved_at, now, zone)
        yield safe_line(t("outbox.approved", who=item.approved_by, at=at)), "muted"
    if item.state is OutboxState.QUEUED:
        yield safe_line(t("outbox.next", at=full_time(item.not_before, now, zone))), "text"
    if item.committing_at is not None and item.state is not OutboxState.SENT:
        yield safe_line(t("outbox.handed", at=full_time(item.committing_at, now, zone))), "text"
    if item.sent_at is not None:
        yield safe_line(t("outbox.sent_at", at=full_time(item.sent_at, now, zone))), "text"


def _trouble(item: OutboxItem, now: datetime, zone: tzinfo | None) -> Iterator[Paragraph]:
    look: Look = "warning" if item.state is OutboxState.UNCERTAIN else "error"
    if item.state.needs_a_person:
        yield SafeText(t(f"outbox.explain.{item.state}")), look
    if item.held_reason in (HeldReason.APPROVAL, HeldReason.NEW_MAIL):
        yield safe_line(why(item, now, zone)), "warning"
    if item.bounced:
        yield SafeText(t("outbox.explain.bounced")), "error"
    if item.last_reply and item.state in (OutboxState.FAILED, OutboxState.QUEUED):
        yield (
            safe_line(t("outbox.reply", reply=item.last_reply)),
            look if item.state.needs_a_person else "text",
        )
    if item.refused:
        yield safe_line(t("outbox.refused", names=", ".join(item.refused))), "error"


def _evidence(item: OutboxItem, now: datetime, zone: tzinfo | None) -> Iterator[Paragraph]:
    if not item.evidence and item.state is not OutboxState.UNCERTAIN:
        return
    yield SafeText(t("outbox.evidence")), "title"
    for look in item.evidence:
        found = "found" if look.found else "missing" if look.counts else "nothing"
        words = t(
            "outbox.evidence.line",
            at=full_time(look.at, now, zone),
            what=t(f"outbox.evidence.{look.kind}"),
            result=t(f"outbox.evidence.result.{found}"),
            detail=look.detail,
        )
        yield safe_line(words.rstrip()), "ok" if look.found else "text"
    if not item.evidence:
        yield SafeText(t("outbox.evidence.none")), "muted"


def _identity(item: OutboxItem) -> Iterator[Paragraph]:
    yield safe_line(t("outbox.message_id", id=item.message_id)), "muted"


def _attempts(events: Sequence[Event], zone: tzinfo | None) -> Iterator[Paragraph]:
    yield SafeText(t("outbox.attempts")), "title"
    for event in events:
        key = f"outbox.event.{event.what}"
        what = t(key if has(key) else "conversation.event.other")
        reply = str(event.detail.get("reply") or "")
        at = f"{event.at.astimezone(zone):%m/%d %H:%M:%S}"
        yield safe_line(t("outbox.attempt", at=at, what=what, reply=reply).rstrip()), "text"
    if not events:
        yield SafeText(t("outbox.none")), "muted"
