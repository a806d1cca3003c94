"""Customers: one person over all his addresses, numbers and shops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.customer import (
    CustomerCard,
    CustomerChanged,
    CustomerField,
    CustomerHit,
    CustomerUndo,
    Identity,
    IdentityKind,
    MaybeSame,
    MergeRefused,
    Reason,
    fold_identity,
    read_value,
    similar_addresses,
)
from maildesk.domain.customer_history import Beside, HistoryFilter, HistoryPage
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.phone import numbers_in
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import conversations, customers, events, history, identities, order_refs, related

if TYPE_CHECKING:
    from sqlalchemy import Connection

LATEST = 3
"""Entries of the history that stand beside a conversation."""
LONGEST_NAME = 200


class Customers:
    """Who writes to us. Customers who were merged are one person in every answer."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    # ---- reading

    def card(self, customer_id: int) -> CustomerCard:
        """All that is known of a person. Raises NotFound."""
        with self._desk.store.reading() as tx:
            return customers.card(tx, customer_id)

    def of_conversation(self, conversation_id: int) -> CustomerCard:
        """The customer of a conversation. Raises NotFound."""
        with self._desk.store.reading() as tx:
            return customers.card(tx, customers.of_conversation(tx, conversation_id))

    def find(self, typed: str, limit: int = 8) -> tuple[CustomerHit, ...]:
        """Who fits what was typed so far of a number, a name, an address or an id."""
        with self._desk.store.reading() as tx:
            return customers.find(tx, typed, limit)

    def history(
        self,
        customer_id: int,
        wanted: HistoryFilter | None = None,
        after: str | None = None,
        limit: int = 200,
    ) -> HistoryPage:
        """A page of everything with a person, the newest first. ``after`` is the cursor of the page before."""
        with self._desk.store.reading() as tx:
            members = customers.group(tx, customer_id)
            return history.page(tx, members, wanted or HistoryFilter(), after, limit)

    def beside(self, conversation_id: int) -> Beside:
        """What stands beside a conversation: the last entries of its customer, and its orders. Raises NotFound."""
        with self._desk.store.reading() as tx:
            card = customers.card(tx, customers.of_conversation(tx, conversation_id))
            page = history.page(tx, card.members, HistoryFilter(), None, LATEST, conversation_id)
            return Beside(
                card.id,
                card.name,
                page.total,
                page.entries,
                tuple(i.shown for i in card.of_kind(IdentityKind.PHONE)),
                order_refs.of_conversation(tx, conversation_id),
                order_refs.same_order(tx, conversation_id),
                tuple((v.field.label, v.value) for v in card.fields if v.value),
                related.links(tx, conversation_id),
            )

    def fields(self) -> tuple[CustomerField, ...]:
        """The fields that this desk keeps of its customers."""
        with self._desk.store.reading() as tx:
            return customers.fields(tx)

    def of_order(self, number: str) -> tuple[ConversationSummary, ...]:
        """The conversations about an order, the newest first."""
        with self._desk.store.reading() as tx:
            return conversations.summaries(tx, self._desk.me.id, order_refs.conversations_about(tx, number))

    def of_identity(self, kind: IdentityKind, text: str) -> CustomerCard | None:
        """Whose an address, a number or an id is; None for nobody's. Raises MaildeskError for what is none."""
        value = _folded(kind, text)
        with self._desk.store.reading() as tx:
            found = identities.owner(tx, kind, value)
            return None if found is None else customers.card(tx, found)

    def conversations_of(self, customer_id: int, limit: int = 100) -> tuple[ConversationSummary, ...]:
        """The conversations of a person, the newest first. Raises NotFound."""
        with self._desk.store.reading() as tx:
            members = customers.group(tx, customer_id)
            ids = customers.conversations_of(tx, members, limit)
            return conversations.summaries(tx, self._desk.me.id, ids)

    def maybe_same(self, customer_id: int) -> tuple[MaybeSame, ...]:
        """Who of the same name may be the same person, because of a number, an order or an address. Raises NotFound."""
        with self._desk.store.reading() as tx:
            card = customers.card(tx, customer_id)
            others = [customers.card(tx, other) for other in customers.namesakes(tx, card)]
            found = (_reason(tx, card, other) for other in others)
            return tuple(reason for reason in found if reason is not None)

    # ---- changing

    def add(
        self, name: str, reading: str = "", known: Sequence[tuple[IdentityKind, str]] = ()
    ) -> CustomerCard:
        """A customer who has not written yet. Raises MaildeskError for an empty name, and for an identity that cannot
        be one or is somebody's."""
        with self._desk.store.transaction() as tx:
            number = customers.add(tx, _name(name), reading.strip())
            for kind, text in known:
                self._add_identity(tx, number, kind, text, "hand")
            events.record(tx, self._desk.actor, "customer-added", None, detail={"customer": number})
            return customers.card(tx, number)

    def rename(self, customer_id: int, name: str, reading: str = "") -> CustomerChanged:
        """Another name or reading. Raises NotFound, and MaildeskError for an empty name."""
        wanted = _name(name)
        with self._desk.store.transaction() as tx:
            main = customers.group(tx, customer_id)[0]
            before = customers.rename(tx, main, wanted, reading.strip())
            return self._changed(
                tx, "name", main, {"name": before[0], "reading": before[1], "now": [wanted, reading.strip()]}
            )

    def set_field(self, customer_id: int, name: str, text: str) -> CustomerChanged:
        """What a field says of a customer; '' for nothing. Raises NotFound, MaildeskError for what it cannot hold."""
        with self._desk.store.transaction() as tx:
            described = next((f for f in customers.fields(tx) if name in (f.name, f.label)), None)
            if described is None:
                known = ", ".join(f.name for f in customers.fields(tx))
                raise NotFound("no_customer_field", name=name[:60], known=known or "-")
            value = read_value(described, text)
            if value is None:
                choices = ", ".join(described.choices)
                key = f"customer_value_{described.type.value}"
                raise MaildeskError(key, field=described.label, value=text[:60], choices=choices)
            main = customers.group(tx, customer_id)[0]
            before = customers.set_value(tx, main, described.name, value, self._desk.me.id)
            return self._changed(tx, "field", main, {"field": described.name, "value": before, "now": value})

    def add_identity(
        self, customer_id: int, kind: IdentityKind, text: str, source: str = "hand"
    ) -> CustomerChanged:
        """By what else the customer is known. Raises NotFound, and MaildeskError for what cannot be that or is
        somebody's."""
        with self._desk.store.transaction() as tx:
            main = customers.group(tx, customer_id)[0]
            value = self._add_identity(tx, main, kind, text, source)
            return self._changed(tx, "identity", main, {"kind": kind.value, "value": value})

    def _add_identity(
        self, tx: Connection, customer_id: int, kind: IdentityKind, text: str, source: str
    ) -> str:
        value = _folded(kind, text)
        if not identities.add(tx, kind, value, text.strip(), customer_id, self._desk.me.id, source):
            other = identities.owner(tx, kind, value)
            name = customers.card(tx, other).name if other is not None else ""
            raise MaildeskError("identity_taken", value=text[:60], name=name or "-", number=other)
        return value

    def remove_identity(self, customer_id: int, kind: IdentityKind, value: str) -> CustomerChanged:
        """Take away what somebody added. Raises MaildeskError for what mail brought, NotFound for what is not there."""
        with self._desk.store.transaction() as tx:
            members = customers.group(tx, customer_id)
            there = any((i.kind, i.value) == (kind, value) for i in identities.of_customers(tx, members))
            gone = identities.remove(tx, kind, value, members)
            if gone is None:
                raise (
                    MaildeskError("identity_from_mail", value=value)
                    if there
                    else NotFound("no_identity", value=value)
                )
            detail = {
                "kind": kind.value,
                "value": value,
                "shown": gone.shown,
                "source": gone.source,
                "customer": gone.customer_id,
            }
            return self._changed(tx, "identity-removed", members[0], detail)

    def merge(self, into_id: int, customer_id: int) -> CustomerChanged | MergeRefused:
        """From now on they are one person: everything of both, and all mail to come from any address of either. What
        was merged before is not merged again; it is told by whom. Raises NotFound, MaildeskError for one and the same.
        """
        if into_id == customer_id:
            raise MaildeskError("merge_same")
        with self._desk.store.transaction() as tx:
            refused = customers.merge(tx, into_id, customer_id, self._desk.me.id)
            if refused is not None:
                return refused
            return self._changed(tx, "merged", into_id, {"customer": customer_id, "into": into_id})

    def unmerge(self, customer_id: int) -> CustomerChanged:
        """Two persons again, each with what was his. Raises NotFound for one who is merged into nobody."""
        with self._desk.store.transaction() as tx:
            into = customers.unmerge(tx, customer_id)
            if into is None:
                raise NotFound("not_merged", number=customer_id)
            return self._changed(tx, "unmerged", into, {"customer": customer_id, "into": into})

    def _changed(
        self, tx: Connection, act: str, customer_id: int, before: Mapping[str, object]
    ) -> CustomerChanged:
        detail = {"customer": customer_id} | {
            k: v for k, v in before.items() if k in ("into", "field", "kind", "customer")
        }
        events.record(tx, self._desk.actor, f"customer-{act}", None, detail=detail)
        return CustomerChanged(customers.card(tx, customer_id), CustomerUndo(act, customer_id, dict(before)))

    def undo(self, undo: CustomerUndo) -> NotUndone | None:
        """Take an act back, unless what it changed was changed since; None when it was taken back."""
        with self._desk.store.transaction() as tx:
            done = self._undo(tx, undo)
            if not done:
                return NotUndone("", f"customer-{undo.act}")
            detail = {"customer": undo.customer_id, "undone": True}
            events.record(tx, self._desk.actor, f"customer-{undo.act}", None, detail=detail)
        return None

    def _undo(self, tx: Connection, undo: CustomerUndo) -> bool:
        me, was = self._desk.me.id, undo.before
        match undo.act:
            case "merged":
                return customers.unmerge(tx, _int(was["customer"]), _int(was["into"])) is not None
            case "unmerged":
                return customers.merge(tx, _int(was["into"]), _int(was["customer"]), me) is None
            case "name":
                now = customers.rename(tx, undo.customer_id, str(was["name"]), str(was["reading"]))
                if list(now) != was["now"]:
                    customers.rename(tx, undo.customer_id, *now)
                    return False
                return True
            case "field":
                old = None if was["value"] is None else str(was["value"])
                now_there = customers.set_value(tx, undo.customer_id, str(was["field"]), old, me)
                if now_there != was["now"]:
                    customers.set_value(tx, undo.customer_id, str(was["field"]), now_there, me)
                    return False
                return True
            case "identity":
                members = customers.group(tx, undo.customer_id)
                kind = IdentityKind(str(was["kind"]))
                return identities.remove(tx, kind, str(was["value"]), members) is not None
            case _:
                back = Identity(
                    IdentityKind(str(was["kind"])),
                    str(was["value"]),
                    str(was["shown"]),
                    _int(was["customer"]),
                    source=str(was["source"]),
                )
                return identities.put_back(tx, back, me)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise MaildeskError("customer_name", limit=LONGEST_NAME)
    return plain


def _folded(kind: IdentityKind, text: str) -> str:
    value = fold_identity(kind, text)
    if value is None:
        raise MaildeskError(f"identity_{kind.value}", value=text[:60])
    return value


_LOOKED_AT = HistoryFilter()


def _phones(tx: Connection, card: CustomerCard) -> frozenset[str]:
    """The numbers of a customer: those known, and those that his last mails and calls name."""
    found = {i.value for i in card.of_kind(IdentityKind.PHONE)}
    for entry in history.page(tx, card.members, _LOOKED_AT, None, 30).entries:
        if entry.call is not None:
            found.add(entry.call.number)
        elif entry.kind == "in":
            found |= numbers_in(entry.text)
    return frozenset(found - {""})


def _reason(tx: Connection, card: CustomerCard, other: CustomerCard) -> MaybeSame | None:
    both = _phones(tx, card) & _phones(tx, other)
    if both:
        return MaybeSame(other.id, other.name, Reason.PHONE, min(both))
    orders = order_refs.of_customers(tx, card.members) & order_refs.of_customers(tx, other.members)
    if orders:
        return MaybeSame(other.id, other.name, Reason.ORDER, min(orders))
    for mine in card.of_kind(IdentityKind.MAIL):
        for his in other.of_kind(IdentityKind.MAIL):
            if similar_addresses(mine.value, his.value):
                return MaybeSame(other.id, other.name, Reason.ADDRESS, his.shown)
    return None
