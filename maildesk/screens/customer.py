"""What is known of a customer: names, addresses and numbers, the desk's own fields, who was merged, who may be the
same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import work
from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.customer import (
    CustomerCard,
    CustomerChanged,
    FieldType,
    FieldValue,
    Identity,
    IdentityKind,
    MaybeSame,
    MergedCustomer,
    MergeRefused,
)
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.errors import MaildeskError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.customer_finder import CustomerFinder, reason
from maildesk.screens.customer_forms import LineDialog, kinds
from maildesk.screens.fuzzy import Choice
from maildesk.screens.paragraphs import Paragraph
from maildesk.screens.picker import Picker
from maildesk.screens.rereading import Rereading
from maildesk.screens.rows import RowsScreen
from maildesk.screens.title import TitleBar
from maildesk.screens.words import full_time
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import NOTHING, joined
from maildesk.widgets.wrap import fit

if TYPE_CHECKING:
    from maildesk.desk import Desk

LABEL = 12
"""Cells of the left column."""

RowKind = Literal["name", "reading", "identity", "field", "merged", "maybe"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the screen, with what stands behind it."""

    kind: RowKind
    key: int
    label: str
    value: str
    about: Identity | FieldValue | MergedCustomer | MaybeSame | None = None


def rows(card: CustomerCard, maybe: Sequence[MaybeSame]) -> list[Row]:
    """All that is known, a line each."""
    found = [
        Row("name", 1, t("customer.row.name"), card.name),
        Row("reading", 2, t("customer.row.reading"), card.reading),
    ]
    found += [
        Row("identity", 100 + place, t(f"customer.kind.{one.kind}"), one.shown, one)
        for place, one in enumerate(card.identities)
    ]
    found += [
        Row("field", 10_000 + place, value.field.label, value.value, value)
        for place, value in enumerate(card.fields)
    ]
    found += [
        Row("merged", 1_000_000 + one.id, t("customer.row.merged"), one.name or t("customer.nobody"), one)
        for one in card.merged
    ]
    found += [
        Row(
            "maybe",
            2_000_000_000 + one.customer_id,
            t("customer.row.maybe"),
            f"{one.name}  {reason(one)}",
            one,
        )
        for one in maybe
    ]
    return found


class CustomerScreen(RowsScreen[Row]):
    """A customer, to be looked at and mended."""

    context: ClassVar[Context] = "customer"
    title_key = "customer.title.key"
    empty_key = "customer.empty"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("customer")]

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id
        self.card: CustomerCard | None = None
        self._now: datetime | None = None

    async def load(self) -> Sequence[Row] | None:
        number = self.customer_id
        found = await self.tried(
            lambda desk: (desk.customers.card(number), desk.customers.maybe_same(number), desk.now())
        )
        if found is None:
            return None
        self.card, maybe, self._now = found
        title = safe_line(t("customer.title", name=self.card.name or t("customer.nobody")))
        if not self.is_going:
            self.query_one(TitleBar).show(SafeText("‹"), title)
        return rows(self.card, maybe)

    def identity(self, row: Row) -> int:
        return row.key

    def line(self, row: Row) -> Content:
        label = fit(safe_line(row.label), LABEL)
        tone = "$text-warning" if row.kind == "maybe" else ""
        return joined((f"{label} ", "$text-muted"), (safe_line(row.value or "—"), tone))

    async def about(self, row: Row) -> Sequence[Paragraph]:
        assert self._now is not None
        zone = self.host.settings.zone

        def at(moment: datetime | None) -> str:
            return "" if moment is None or self._now is None else full_time(moment, self._now, zone)

        words: list[str] = []
        match row.about:
            case Identity() as one if not one.by_hand:
                words.append(
                    t("customer.about.mall" if one.kind is IdentityKind.MALL else "customer.about.mail")
                )
            case Identity() as one:
                key = "customer.about.phone" if one.source == "phone" else "customer.about.hand"
                words.append(t(key, by=one.added_by, at=at(one.added_at)))
            case FieldValue() as value:
                words.append(t(f"customer.field.{value.field.type}"))
                if value.field.choices:
                    words.append(t("customer.choices", choices=" / ".join(value.field.choices)))
                told = "customer.about.field" if value.value else "customer.about.field.none"
                words.append(t(told, by=value.changed_by, at=at(value.changed_at)))
            case MergedCustomer() as merged:
                key = self.host.keymap.shown("customer.unmerge")
                words.append(t("customer.about.merged", by=merged.by, at=at(merged.at), key=key))
            case MaybeSame() as maybe:
                words += [reason(maybe), t("customer.about.maybe")]
            case _:
                words.append(t("customer.about.name"))
        head: Paragraph = (safe_line(row.label), "muted")
        title: Paragraph = (safe_line(row.value or "—"), "title")
        return [head, title, (NOTHING, "text"), *((safe_line(word), "text") for word in words)]

    def offered(self, action_id: str) -> bool | None:
        row = self.row
        if action_id == "customer.unmerge":
            return row is not None and row.kind == "merged"
        if action_id == "customer.remove":
            return row is not None and isinstance(row.about, Identity) and row.about.by_hand
        if action_id == "outbox.open":
            return row is not None and row.kind in ("name", "reading", "field", "maybe")
        return True

    def on_option_list_option_highlighted(self) -> None:
        super().on_option_list_option_highlighted()
        self.refresh_footer()

    # acting

    async def _change(self, act: Callable[[Desk], CustomerChanged], said: str) -> None:
        changed = await self.tried(act)
        if changed is not None:
            self.host.undoing.remember(changed.undo)
            self.host.say(said)
            self.read()

    @property
    def _undo_key(self) -> str:
        return self.host.keymap.shown("app.undo")

    def action_outbox_open(self) -> None:
        row = self.row
        if row is not None and self.card is not None:
            self._edit(row, self.card)

    @work(group="act", exclusive=True)
    async def _edit(self, row: Row, card: CustomerCard) -> None:
        number = card.id
        said = t("customer.changed", label=row.label, key=self._undo_key)
        if row.kind in ("name", "reading"):
            typed = await self.app.push_screen_wait(LineDialog(row.label, row.value))
            if typed is not None and typed != row.value:
                name, reading_ = (typed, card.reading) if row.kind == "name" else (card.name, typed)
                await self._change(lambda desk: desk.customers.rename(number, name, reading_), said)
        elif isinstance(row.about, FieldValue):
            value = await self._value(row.about)
            if value is not None and value != row.value:
                field = row.about.field.name
                await self._change(lambda desk: desk.customers.set_field(number, field, value), said)
        elif isinstance(row.about, MaybeSame):
            await merge(self, card, row.about.customer_id)

    async def _value(self, value: FieldValue) -> str | None:
        described = value.field
        if described.type is not FieldType.CHOICE:
            hint = t(f"customer.field.{described.type}")
            return await self.app.push_screen_wait(LineDialog(described.label, value.value, hint))
        offered = [Choice(one, one, marked=one == value.value) for one in described.choices]
        offered.append(Choice("", t("customer.field.clear")))
        return await self.app.push_screen_wait(Picker(described.label, offered))

    @work(group="act", exclusive=True)
    async def action_customer_add(self) -> None:
        number = self.customer_id
        kind = await self.app.push_screen_wait(kinds())
        if kind is None:
            return
        title = t("customer.add.what", kind=t(f"customer.kind.{kind}"))
        typed = await self.app.push_screen_wait(LineDialog(title))
        if typed:
            said = t("customer.added", value=typed, key=self._undo_key)
            await self._change(lambda desk: desk.customers.add_identity(number, kind, typed), said)

    @work(group="act", exclusive=True)
    async def action_customer_remove(self) -> None:
        row, number = self.row, self.customer_id
        if row is None or not isinstance(row.about, Identity):
            self.host.say(t("customer.remove.choose"))
            return
        one = row.about
        said = t("customer.removed", value=one.shown, key=self._undo_key)
        await self._change(lambda desk: desk.customers.remove_identity(number, one.kind, one.value), said)

    def action_customer_merge(self) -> None:
        if self.card is not None:
            merge_into(self, self.card)

    @work(group="act", exclusive=True)
    async def action_customer_unmerge(self) -> None:
        row = self.row
        if row is None or not isinstance(row.about, MergedCustomer):
            self.host.say(t("customer.unmerge.choose"))
            return
        number = row.about.id
        said = t("customer.unmerged", key=self._undo_key)
        await self._change(lambda desk: desk.customers.unmerge(number), said)

    def action_conversation_history(self) -> None:
        from maildesk.screens.history import HistoryScreen

        self.app.push_screen(HistoryScreen(self.customer_id))

    def action_conversation_phone(self) -> None:
        from maildesk.screens.phone import PhoneScreen

        if self.card is not None:
            self.app.push_screen(PhoneScreen(self.card))


def merge_into(screen: Rereading, card: CustomerCard) -> None:
    """Let the agent choose who is the same person as this customer, and merge the two."""
    screen.run_worker(_choose(screen, card), group="act", exclusive=True)


async def _choose(screen: Rereading, card: CustomerCard) -> None:
    maybe = await screen.tried(lambda desk: desk.customers.maybe_same(card.id))
    if maybe is None:
        return
    first = [Choice(one.customer_id, one.name or t("customer.nobody"), reason(one)) for one in maybe]
    title = t("customer.merge", name=card.name or t("customer.nobody"))
    picked = await screen.app.push_screen_wait(CustomerFinder(title, first, card.members))
    if picked is not None:
        await merge(screen, card, picked)


async def merge(screen: Rereading, card: CustomerCard, other: int) -> None:
    """Merge a customer into this one, and say how to take it back."""
    outcome = await screen.tried(lambda desk: desk.customers.merge(card.id, other))
    if isinstance(outcome, MergeRefused):
        screen.host.explain(refusal(outcome, screen))
    elif outcome is not None:
        host = screen.host
        host.undoing.remember(outcome.undo)
        name = next((m.name for m in outcome.card.merged if m.id == other), "")
        key = host.keymap.shown("app.undo")
        host.say(t("customer.merged", other=name or t("customer.nobody"), name=card.name, key=key))
    screen.read()


def refusal(refused: MergeRefused, screen: Rereading) -> MaildeskError:
    """Why nothing was merged, in words."""
    at = f"{refused.at.astimezone(screen.host.settings.zone):%m/%d %H:%M}"
    return MaildeskError(
        "merge_refused",
        number=refused.customer_id,
        into=refused.into_id,
        name=refused.name,
        by=refused.by,
        at=at,
    )
