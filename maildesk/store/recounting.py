"""What a conversation's row says of its mails, told anew after mails have left it or come to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from maildesk.domain.address import address_key
from maildesk.domain.conversation import MessageKind
from maildesk.domain.outbox import OutboxState
from maildesk.domain.trust import OWN_ADDRESS, Verdict
from maildesk.store import conversations, mailboxes
from maildesk.store.addresses import addresses_from
from maildesk.store.tables import message, message_body, outbox

_SNIPPET = 120
_OVER = (OutboxState.CANCELLED.value, OutboxState.FAILED.value)


def mails(tx: Connection, conversation_id: int) -> list[Row[Any]]:
    """The mails of a conversation in the order in which they are shown."""
    return list(
        tx.execute(
            select(message)
            .where(message.c.conversation_id == conversation_id)
            .order_by(message.c.at, message.c.id)
        )
    )


def facts(tx: Connection, found: list[Row[Any]]) -> dict[str, Any]:
    """Those columns of ``conversation`` that follow from its mails, of which there is at least one."""
    words = tx.execute(select(message_body.c.text).where(message_body.c.message_id == found[-1].id)).scalar()
    return {
        "received_at": found[0].at,
        "last_message_at": found[-1].at,
        "messages": len(found),
        "attachments": sum(1 for one in found for file in one.files if not file["inline"]),
        "answered": any(one.kind == MessageKind.OUT.value for one in found),
        "bounced": any(one.bounce is not None and one.bounce["action"] != "delayed" for one in found),
        "snippet": " ".join((words or "")[:1000].split())[:_SNIPPET],
    }


def recount(tx: Connection, conversation_id: int) -> None:
    """Write them down."""
    if found := mails(tx, conversation_id):
        conversations.change(tx, conversation_id, facts(tx, found), visible=False)


def newest_in(found: list[Row[Any]]) -> Row[Any] | None:
    """The newest mail from outside among these."""
    return next((one for one in reversed(found) if one.kind == MessageKind.IN.value), None)


def answering_turn(tx: Connection, found: list[Row[Any]]) -> int | None:
    """Which turn the answer to the newest mail from outside belongs to: 0 where it was answered elsewhere; None where
    nobody has answered it."""
    last = newest_in(found)
    if last is None:
        return None
    turn = tx.execute(
        select(outbox.c.turn)
        .where(outbox.c.answers == last.id, outbox.c.state.not_in(_OVER))
        .order_by(outbox.c.turn.desc())
        .limit(1)
    ).scalar()
    if turn is not None:
        return int(turn)
    after = (
        one for one in found if one.kind == MessageKind.OUT.value and (one.at, one.id) > (last.at, last.id)
    )
    return 0 if next(after, None) is not None else None


def people(tx: Connection, found: Iterable[Row[Any]]) -> set[str]:
    """Who takes part in a conversation by these mails, as when they came: whoever wrote one that may not be forged, and
    to whom we wrote. Never who is only named in one, nor an outsider to whom something was passed on: what he writes
    would be taken for the customer's mail, and answered to him."""
    own = {key for box in mailboxes.all_mailboxes(tx) for key in box.own_addresses}
    there: set[str] = set()
    for one in found:
        if OWN_ADDRESS in one.marks or (one.authentication or {}).get("verdict") == Verdict.FAIL:
            continue
        sender = address_key(one.from_address)
        if one.kind == MessageKind.OUT.value:
            there |= {a.key() for a in (*addresses_from(one.to), *addresses_from(one.cc))}
        elif one.kind == MessageKind.IN.value and sender in own:  # a contact form
            outside = [a.key() for a in addresses_from(one.reply_to) if a.key() not in own]
            there |= set(outside[:1])
        elif one.kind == MessageKind.IN.value:
            there.add(sender)
    return there - own - {""}
