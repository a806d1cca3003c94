"""Taking a call: who rings is found while the number is typed, and what was said is written down with its time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.customer import CustomerCard, IdentityKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.phone import Call, CallState, normalise
from maildesk.domain.safetext import safe_line
from maildesk.keymap import Context, Keymap
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.call_words import duration
from maildesk.screens.confirm import Confirm
from maildesk.screens.customer_finder import choice
from maildesk.screens.deeds import Deed
from maildesk.screens.history import HistoryScreen
from maildesk.screens.words import clock
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import content, joined
from maildesk.widgets.writing_area import WritingArea

RECENT = 20
"""How many of a person's conversations are looked at for those that a call may be about."""
_KEYS = ("save", "history", "target", "state", "shop", "hang_up", "close")


class PhoneScreen(DeskDialog[None]):
    """A memo of a call. ``card`` is who is thought to ring, None: nobody is; ``conversation_id`` what the memo may be
    put on: at once where it is of ``card``. Who is found by the number has his open conversations offered first. The
    number may have been given with the command (``:call 090-…``)."""

    context: ClassVar[Context] = "phone"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("phone")]

    def __init__(self, card: CustomerCard | None = None, conversation_id: int | None = None) -> None:
        super().__init__()
        self._card = card
        self._conversation_id = conversation_id
        self._number = ""
        self._place = 0
        """Which of :attr:`_targets` the memo goes on."""
        self._open: tuple[int, tuple[ConversationSummary, ...]] = (0, ())
        """A person, and what of him is open, the newest first."""
        self._state = CallState.DONE
        self._offered: Sequence[tuple[int, str]] = ()
        """Who may ring: those found, and who was thought to ring."""
        self._boxes: tuple[Mailbox, ...] = ()
        self._box: int | None = None
        self._history = 0
        self._began: datetime | None = None
        self._from = self._until = time.monotonic()
        self._ended = False

    # what is seen

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog phone") as box:
            box.border_title = content(t("phone.title"))
            with Horizontal(classes="field"):
                yield Static(content(t("phone.number")), classes="label")
                yield Input(
                    self._number, placeholder=t("phone.number.hint"), compact=True, id="number", max_length=80
                )
            yield OptionList(markup=False, compact=True)
            with Horizontal(classes="field", id="new"):
                yield Static(content(t("phone.name")), classes="label")
                yield Input(placeholder=t("phone.name.hint"), compact=True, id="name", max_length=200)
            yield Static(id="who")
            yield WritingArea("")
            yield Static(id="target")
            yield _keys(self.host.keymap)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        options = self.query_one(OptionList)
        options.can_focus = False
        self._number = self.host.command_line.take_answer() or ""
        with self.prevent(Input.Changed):
            self.query_one("#number", Input).value = self._number
        self.query_one("#number" if self._card is None and not self._number else WritingArea).focus()
        self.set_interval(1.0, self._show_time)
        self._begin()
        self._show()
        if self._number:
            self._search(self._number)

    @work(exclusive=True, group="begin")
    async def _begin(self) -> None:
        found = await self.tried(lambda desk: (desk.now(), desk.inbox.mailboxes()))
        if found is not None and not self.is_going:
            self._began, self._boxes = found
            self._show()
            self._show_time()
        self._count()

    @property
    def _length(self) -> timedelta:
        now = self._until if self._ended else time.monotonic()
        return timedelta(seconds=now - self._from)

    def _show_time(self) -> None:
        if self._began is None or self.is_going:
            return
        zone = self.host.settings.zone
        words = t(
            "phone.ended" if self._ended else "phone.running",
            duration=duration(self._length),
            since=clock(self._began, zone),
            until=clock(self._began + self._length, zone),
        )
        self.query_one(".phone", Vertical).border_subtitle = content(words)

    @property
    def _chosen(self) -> tuple[int, str] | None:
        """Who rings, as far as known: number and name; None for somebody new."""
        if self._typed:
            place = self.query_one(OptionList).highlighted
            return self._offered[place] if place is not None and place < len(self._offered) else None
        return None if self._card is None else (self._card.id, self._card.name)

    @property
    def _typed(self) -> str:
        return self.query_one("#number", Input).value.strip()

    @property
    def _targets(self) -> Sequence[int | None]:
        """What the memo may go on, the likeliest first; None: a new conversation."""
        chosen, given = self._chosen, self._conversation_id
        whose, rows = self._open
        mine = [row.id for row in rows if chosen is not None and whose == chosen[0]]
        if given is None:
            return (*mine, None)
        same = given in mine or (self._card is not None and chosen is not None and chosen[0] == self._card.id)
        own = [number for number in mine if number != given]
        return (given, *own, None) if same else (*own, None, given)

    @property
    def _target(self) -> int | None:
        targets = self._targets
        return targets[self._place % len(targets)]

    def _show(self) -> None:
        chosen, target = self._chosen, self._target
        new = chosen is None and bool(self._typed)
        self.query_one(OptionList).display = bool(self._typed)
        self.query_one("#new").display = new
        if chosen is not None:
            who = t("phone.customer", name=chosen[1] or t("customer.nobody"), count=self._history)
        else:
            who = "" if new else t("phone.nobody")
        self.query_one("#who", Static).update(content(safe_line(who), "bold" if chosen else "$text-muted"))
        state = (
            t("phone.state", state=t(f"common.{self._state}")),
            "$text-warning" if self._state is CallState.FOLLOW_UP else "$text-success",
        )
        if target is not None:
            about = next((row.subject for row in self._open[1] if row.id == target), "")
            where = t("phone.attach", number=target, subject=f" {about}" if about else "")
        else:
            where = t("phone.begin", shop=self._shop_name())
        self.query_one("#target", Static).update(joined(safe_line(where), "   ", state))

    def _shop_name(self) -> str:
        if self._box is not None:
            return next((box.name for box in self._boxes if box.id == self._box), "")
        return self._boxes[0].name if self._chosen is None and self._boxes else t("phone.last_shop")

    # finding

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "number":
            self._search(event.value)

    @work(exclusive=True, group="find")
    async def _search(self, typed: str) -> None:
        hits = await self.tried(lambda desk: desk.customers.find(typed, 5)) if typed.strip() else ()
        if hits is None or self.is_going or self.query_one("#number", Input).value != typed:
            return
        offered = [(hit.id, hit.name) for hit in hits]
        options = self.query_one(OptionList)
        options.clear_options()
        for hit in hits:
            one = choice(hit)
            parts = (t("phone.match", name=safe_line(one.label)), (f"  {safe_line(one.note)}", "$text-muted"))
            options.add_option(Option(joined(*parts)))
        card = self._card
        if card is not None and card.id not in (number for number, _ in offered):
            offered.append((card.id, card.name))
            name = safe_line(card.name or t("customer.nobody"))
            options.add_option(Option(joined(t("phone.match", name=name), (t("phone.also"), "$text-muted"))))
        self._offered, self._place = offered, 0
        options.add_option(Option(content(t("phone.new"), "$text-muted")))
        options.highlighted = 0
        self._show()
        self._count()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._place = 0
        self._show()
        self._count()

    @work(exclusive=True, group="count")
    async def _count(self) -> None:
        """How much there is with whoever is chosen, and what of it is open."""
        chosen, found = self._chosen, None
        if chosen is not None:
            number = chosen[0]
            found = await self.tried(
                lambda desk: (
                    desk.customers.history(number, None, None, 1),
                    desk.customers.conversations_of(number, RECENT),
                )
            )
        if not self.is_going and chosen == self._chosen:
            self._history = found[0].total if found is not None else 0
            if chosen is not None and found is not None:
                self._open = chosen[0], tuple(row for row in found[1] if row.status.is_open)
            self._show()

    def on_key(self, event: events.Key) -> None:
        number = self.query_one("#number", Input)
        if self.focused is number and event.key in ("up", "down") and self._typed:
            event.stop()
            options = self.query_one(OptionList)
            step = options.action_cursor_up if event.key == "up" else options.action_cursor_down
            step()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(WritingArea).focus()

    # acting

    def action_phone_history(self) -> None:
        chosen = self._chosen
        if chosen is None:
            self.host.say(t("phone.no_history"))
        else:
            self.app.push_screen(HistoryScreen(chosen[0]))

    def action_phone_target(self) -> None:
        if len(self._targets) == 1:
            self.host.say(t("phone.no_target"))
            return
        self._place += 1
        self._show()

    def action_phone_state(self) -> None:
        self._state = CallState.DONE if self._state is CallState.FOLLOW_UP else CallState.FOLLOW_UP
        self._show()

    def action_phone_shop(self) -> None:
        numbers = [box.id for box in self._boxes]
        if numbers:
            place = numbers.index(self._box) + 1 if self._box in numbers else 0
            self._box = numbers[place % len(numbers)]
            self._place = self._targets.index(None)
            self._show()

    def action_phone_hang_up(self) -> None:
        self._until = time.monotonic()
        self._ended = not self._ended
        self._show_time()

    def action_phone_save(self) -> None:
        self._save()

    @work(group="save")
    async def _save(self) -> None:
        text = self.query_one(WritingArea).text.strip()
        chosen, conversation, typed = self._chosen, self._target, self._typed
        if not text:
            self.host.say(t("phone.empty"), "warning")
            return
        name = self.query_one("#name", Input).value.strip()
        if chosen is None and not typed:
            self.host.say(t("phone.nobody"), "warning")
            return
        number = typed if normalise(typed) is not None else ""
        if not number and self._card is not None and chosen is not None and chosen[0] == self._card.id:
            known = self._card.of_kind(IdentityKind.PHONE)
            number = known[0].value if len(known) == 1 else ""
        until = None if self._began is None else self._began + self._length
        call = Call(number, self._began, until, self._state)
        customer = None if chosen is None else chosen[0]
        called = name or ("" if number else typed)
        box = self._box
        memo = await self.once(
            lambda desk: desk.phone.memo(
                text, call, conversation_id=conversation, customer_id=customer, name=called, mailbox_id=box
            )
        )
        if memo is not None and not self.is_going:
            if memo.new:  # its conversation would be left without anything
                self.host.undoing.cannot(Deed("memo"), [memo.conversation_id])
            else:
                self.host.undoing.wrote([memo.note.id], Deed("memo"), [memo.conversation_id])
            undo = "" if memo.new else t("deed.undo", key=self.host.keymap.shown("app.undo"))
            key = "phone.saved.new" if memo.new else "phone.saved"
            self.host.say(t(key, number=memo.conversation_id) + undo)
            self.host.hearing.tell()
            self.dismiss(None)

    def action_phone_close(self) -> None:
        self._leave()

    @work(exclusive=True, group="close")
    async def _leave(self) -> None:
        written = bool(self.query_one(WritingArea).text.strip())
        if not written or await self.app.push_screen_wait(Confirm(t("phone.discard"))):
            self.dismiss(None)


def _keys(keymap: Keymap) -> KeysLine:
    """The last line of the dialog."""
    shown = [(keymap.shown(f"phone.{name}"), t(f"keymap.phone.{name}")) for name in _KEYS]
    return KeysLine(*((key, words) for key, words in shown if key), classes="keys")
