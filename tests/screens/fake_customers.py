"""Customers and calls of the desk in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from maildesk.domain.conversation import ConversationSummary, Event, MessageKind
from maildesk.domain.customer import (
    CustomerCard,
    CustomerChanged,
    CustomerField,
    CustomerHit,
    CustomerUndo,
    FieldType,
    FieldValue,
    Identity,
    IdentityKind,
    MaybeSame,
    MergedCustomer,
    MergeRefused,
    Reason,
    fold_identity,
)
from maildesk.domain.customer_history import Beside, HistoryEntry, HistoryFilter, HistoryKind, HistoryPage
from maildesk.domain.orders import order_numbers
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.phone import Call, CallState, CallUndo, normalise, shown
from maildesk.errors import MaildeskError, NotFound

if TYPE_CHECKING:
    from tests.screens.fakes import FakeDesk

RANK = CustomerField("rank", "会員ランク", FieldType.CHOICE, ("一般", "ゴールド"))
BIRTHDAY = CustomerField("birthday", "誕生日", FieldType.DATE)


class FakeCustomers:
    """Each address is a customer; his number is that of its first conversation."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.merged: dict[int, int] = {}
        self.known: dict[int, list[Identity]] = {}
        self.values: dict[tuple[int, str], str] = {}
        self.names: dict[int, str] = {}
        self.suggested: tuple[MaybeSame, ...] = ()
        self.refused: MergeRefused | None = None
        self.extra: list[HistoryEntry] = []
        """Entries of the history of everybody."""

    def _number(self, conversation_id: int) -> int:
        address = self.desk.row(conversation_id).customer_address
        return min(row.id for row in self.desk.rows.values() if row.customer_address == address)

    def _group(self, customer_id: int) -> tuple[int, ...]:
        main = self.merged.get(customer_id, customer_id)
        return (main, *sorted(other for other, into in self.merged.items() if into == main))

    def card(self, customer_id: int) -> CustomerCard:
        self.desk.called("customers.card", customer_id)
        members = self._group(customer_id)
        rows = [row for row in self.desk.rows.values() if self._number(row.id) in members]
        if not rows and customer_id not in self.names:
            raise NotFound("no_customer", number=customer_id)
        found = [
            Identity(IdentityKind.MAIL, address, address, members[0])
            for address in sorted({row.customer_address for row in rows})
        ]
        found += [one for member in members for one in self.known.get(member, [])]
        name = self.names.get(members[0]) or next(row.customer_name for row in rows)
        now, me = self.desk.moment, self.desk.me.name
        fields = tuple(
            FieldValue(one, self.values.get((members[0], one.name), ""), me, now) for one in (RANK, BIRTHDAY)
        )
        merged = tuple(
            MergedCustomer(other, members[0], self.desk.row(other).customer_name, me, now)
            for other in members[1:]
        )
        return CustomerCard(members[0], name, "", members, tuple(found), fields, merged)

    def of_conversation(self, conversation_id: int) -> CustomerCard:
        return self.card(self._number(conversation_id))

    def find(self, typed: str, limit: int = 8) -> tuple[CustomerHit, ...]:
        self.desk.called("customers.find", typed)
        number = normalise(typed)
        found = []
        for customer_id in sorted({self._number(i) for i in self.desk.rows}):
            card = self.card(customer_id)
            phones = tuple(one.shown for one in card.of_kind(IdentityKind.PHONE))
            if typed.strip() in card.name or any(
                one.value == number or one.value.endswith(typed) for one in card.identities
            ):
                found.append(CustomerHit(card.id, card.name, card.reading, typed, (), phones))
        return tuple(dict.fromkeys(found))[:limit]

    def _entries(self, members: Iterable[int]) -> list[HistoryEntry]:
        found = list(self.extra)
        for timeline in self.desk.timelines.values():
            row = timeline.summary
            if self._number(row.id) not in members:
                continue
            for one in timeline.messages:
                who = one.author or (one.from_.name if one.from_ is not None else "")
                found.append(
                    HistoryEntry(
                        HistoryKind(one.kind.value),
                        one.id,
                        row.id,
                        one.at,
                        who,
                        one.subject or row.subject,
                        one.text,
                        row.mailbox_id,
                        row.shop,
                        row.status,
                        call=(one.call or Call("+819012345678")) if one.kind is MessageKind.PHONE else None,
                    )
                )
            for place, event in enumerate(timeline.events):
                if event.what in ("status", "labels"):
                    found.append(self._event(row.id * 100 + place, row, event))
        return sorted(found, key=lambda e: (e.at, e.id), reverse=True)

    def _event(self, number: int, row: Any, event: Event) -> HistoryEntry:
        return HistoryEntry(
            HistoryKind.EVENT,
            number,
            row.id,
            event.at,
            event.actor,
            row.subject,
            "",
            row.mailbox_id,
            row.shop,
            row.status,
            event,
        )

    def conversations_of(self, customer_id: int, limit: int = 100) -> tuple[ConversationSummary, ...]:
        rows = (row for row in self.desk.rows.values() if self.of_conversation(row.id).id == customer_id)
        return tuple(sorted(rows, key=lambda row: row.last_message_at, reverse=True)[:limit])

    def history(
        self,
        customer_id: int,
        wanted: HistoryFilter | None = None,
        after: str | None = None,
        limit: int = 200,
    ) -> HistoryPage:
        self.desk.called("customers.history", customer_id, wanted, after, limit)
        asked = wanted or HistoryFilter()
        every = [
            entry
            for entry in self._entries(self._group(customer_id))
            if asked.mailbox_id in (None, entry.mailbox_id)
            and asked.status in (None, entry.status)
            and all(word in entry.text + entry.subject for word in asked.words.split())
        ]
        counts: dict[HistoryKind, int] = {}
        for entry in every:
            counts[entry.kind] = counts.get(entry.kind, 0) + 1
        chosen = [entry for entry in every if not asked.kinds or entry.kind in asked.kinds]
        start = int(after or 0)
        more = len(chosen) > start + limit
        cursor = str(start + limit) if more else None
        return HistoryPage(tuple(chosen[start : start + limit]), cursor, counts if after is None else {})

    def beside(self, conversation_id: int) -> Beside:
        card = self.of_conversation(conversation_id)
        entries = self._entries(card.members)
        timeline = self.desk.timelines[conversation_id]
        text = "\n".join(f"{one.subject}\n{one.text}" for one in timeline.messages)
        orders = order_numbers(f"{timeline.summary.subject}\n{text}")
        elsewhere = [entry for entry in entries if entry.conversation_id != conversation_id]
        phones = tuple(one.shown for one in card.of_kind(IdentityKind.PHONE))
        fields = tuple((value.field.label, value.value) for value in card.fields if value.value)
        return Beside(card.id, card.name, len(elsewhere), tuple(elsewhere[:3]), phones, orders, (), fields)

    def maybe_same(self, customer_id: int) -> tuple[MaybeSame, ...]:
        return tuple(one for one in self.suggested if one.customer_id not in self._group(customer_id))

    def fields(self) -> tuple[CustomerField, ...]:
        return (RANK, BIRTHDAY)

    def suggest(self, customer_id: int) -> None:
        """Let this customer be a suggestion for the others."""
        name = self.card(customer_id).name
        self.suggested = (MaybeSame(customer_id, name, Reason.PHONE, "+819012345678"),)

    # acts

    def _changed(self, customer_id: int, act: str, **before: object) -> CustomerChanged:
        return CustomerChanged(self.card(customer_id), CustomerUndo(act, customer_id, before))

    def rename(self, customer_id: int, name: str, reading: str = "") -> CustomerChanged:
        self.desk.called("customers.rename", customer_id, name, reading)
        self.names[customer_id] = name
        return self._changed(customer_id, "name")

    def set_field(self, customer_id: int, name: str, text: str) -> CustomerChanged:
        self.desk.called("customers.set_field", customer_id, name, text)
        before = self.values.get((customer_id, name), "")
        self.values[customer_id, name] = text
        return self._changed(customer_id, "field", field=name, value=before)

    def add_identity(
        self, customer_id: int, kind: IdentityKind, text: str, source: str = "hand"
    ) -> CustomerChanged:
        self.desk.called("customers.add_identity", customer_id, kind, text)
        value = fold_identity(kind, text)
        if value is None:
            raise MaildeskError(f"identity_{kind}", value=text)
        told = shown(value) if kind is IdentityKind.PHONE else text
        one = Identity(kind, value, told, customer_id, True, self.desk.me.name, self.desk.moment, source)
        self.known.setdefault(customer_id, []).append(one)
        return self._changed(customer_id, "identity", value=value)

    def remove_identity(self, customer_id: int, kind: IdentityKind, value: str) -> CustomerChanged:
        self.desk.called("customers.remove_identity", customer_id, kind, value)
        self.known[customer_id] = [one for one in self.known[customer_id] if one.value != value]
        return self._changed(customer_id, "identity-removed", value=value)

    def merge(self, into_id: int, customer_id: int) -> CustomerChanged | MergeRefused:
        self.desk.called("customers.merge", into_id, customer_id)
        if self.refused is not None:
            return self.refused
        self.merged[customer_id] = into_id
        return self._changed(into_id, "merged", customer=customer_id)

    def unmerge(self, customer_id: int) -> CustomerChanged:
        self.desk.called("customers.unmerge", customer_id)
        into = self.merged.pop(customer_id)
        return self._changed(into, "unmerged", customer=customer_id, into=into)

    def undo(self, undo: CustomerUndo) -> NotUndone | None:
        self.desk.called("customers.undo", undo.act)
        match undo.act:
            case "merged":
                self.merged.pop(int(str(undo.before["customer"])))
            case "unmerged":
                self.merged[int(str(undo.before["customer"]))] = int(str(undo.before["into"]))
            case "field":
                self.values[undo.customer_id, str(undo.before["field"])] = str(undo.before["value"])
        return None


class FakeCalls:
    """Memos become phone notes of the conversation, or of a new one."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.states: dict[int, CallState] = {}

    def memo(
        self,
        text: str,
        call: Call,
        *,
        conversation_id: int | None = None,
        customer_id: int | None = None,
        name: str = "",
        mailbox_id: int | None = None,
    ) -> Any:
        from maildesk.desk.calls import Memo

        self.desk.called("phone.memo", text, call, conversation_id, customer_id, name, mailbox_id)
        number = conversation_id if conversation_id is not None else max(self.desk.rows) + 1
        if conversation_id is None:
            self.desk.arrive(number, text)
        note = self.desk.comments.add(number, text, kind=MessageKind.PHONE)
        return Memo(number, customer_id or number, note, conversation_id is None)

    def set_state(self, note_id: int, state: CallState) -> CallUndo:
        self.desk.called("phone.set_state", note_id, state)
        before = self.states.get(note_id, CallState.DONE)
        self.states[note_id] = state
        for number, timeline in self.desk.timelines.items():
            messages = tuple(
                replace(one, call=Call("+819012345678", state=state)) if one.id == note_id else one
                for one in timeline.messages
            )
            self.desk.timelines[number] = replace(timeline, messages=messages)
        return CallUndo(note_id, before, state)

    def undo(self, undo: CallUndo) -> NotUndone | None:
        self.set_state(undo.note_id, undo.before)
        return None
