"""Everything with one customer, over all his addresses and shops: for the moment when the telephone rings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll

from maildesk.domain.customer import CustomerCard
from maildesk.domain.customer_history import HistoryEntry, HistoryFilter, HistoryKind, HistoryPage
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.phone import CallState
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.status import Status
from maildesk.errors import MaildeskError, NotFound
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.call_words import call_words
from maildesk.screens.filtering import Filtering
from maildesk.screens.fuzzy import Choice
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.picker import Picker
from maildesk.screens.rereading import Rereading
from maildesk.screens.title import TitleBar
from maildesk.screens.words import actor, event_line, full_time, number, subject
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.header_bar import Part
from maildesk.widgets.history_list import HistoryLine, HistoryList
from maildesk.widgets.rule import Rule
from maildesk.widgets.search_bar import SearchBar
from maildesk.widgets.tab_bar import Tab, TabBar
from maildesk.widgets.text import NOTHING

if TYPE_CHECKING:
    from maildesk.desk import Desk

TABS: tuple[tuple[str, tuple[HistoryKind, ...]], ...] = (
    ("all", ()),
    ("mail", (HistoryKind.IN, HistoryKind.OUT)),
    ("phone", (HistoryKind.PHONE,)),
    ("comment", (HistoryKind.COMMENT,)),
    ("event", (HistoryKind.EVENT,)),
)
"""The tabs and the kinds that each shows."""


class HistoryScreen(Filtering, Rereading):
    """The history of a customer, or of the customer of a conversation."""

    context: ClassVar[Context] = "history"
    AUTO_FOCUS = "HistoryList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("history", only=lambda name: name not in HistoryList.ACTIONS)
    ]

    def __init__(self, customer_id: int | None = None, *, conversation_id: int | None = None) -> None:
        super().__init__()
        self.customer_id = customer_id
        self._conversation_id = conversation_id
        self.card: CustomerCard | None = None
        self.wanted = HistoryFilter()
        self.tab = "all"
        self.entries: dict[tuple[str, int], HistoryEntry] = {}
        self._cursor: str | None = None
        self._boxes: tuple[Mailbox, ...] = ()
        self._now: datetime | None = None

    # what is seen

    @property
    def place(self) -> SafeText:
        return SafeText(t("keymap.in.history"))

    def body(self) -> ComposeResult:
        yield TitleBar()
        yield TabBar(_tabs(), self.tab)
        yield SearchBar(t("history.search"), t("history.search.hint"))
        yield Rule(classes="under-tabs")
        with Vertical(id="panes"):
            yield HistoryList()
            yield Rule(classes="over-entry")
            with VerticalScroll(id="entry", can_focus=False):
                yield Paragraphs()

    def on_mount(self) -> None:
        rebind(self.query_one(HistoryList), "history", self.host.keymap)
        self.read()

    def speak(self) -> None:
        self.query_one(TabBar).set_tabs(_tabs())
        self.query_one(SearchBar).say(t("history.search"), t("history.search.hint"))
        super().speak()
        rebind(self.query_one(HistoryList), "history", self.host.keymap)

    def offered(self, action_id: str) -> bool | None:
        entry = self.entry
        if action_id == "history.open":
            return entry is not None
        if action_id == "history.call_state":
            return entry is not None and entry.call is not None
        _, _, tab = action_id.partition("tab.")
        return not tab.isdigit() or int(tab) <= len(TABS)

    @property
    def entry(self) -> HistoryEntry | None:
        """The entry under the cursor."""
        line = self.query_one(HistoryList).line
        return self.entries.get(line.key) if line is not None else None

    # reading

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the first page again, and who it is; the cursor stays with its entry."""
        wanted, about, conversation_id = self.wanted, self.customer_id, self._conversation_id
        size = max(200, self.query_one(HistoryList).cursor + HistoryList.AHEAD)

        def read_all(desk: Desk) -> tuple[CustomerCard, HistoryPage, tuple[Mailbox, ...], datetime]:
            if about is not None:
                card = desk.customers.card(about)
            else:
                card = desk.customers.of_conversation(conversation_id or 0)
            page = desk.customers.history(card.id, wanted, None, size)
            return card, page, desk.inbox.mailboxes(), desk.now()

        try:
            card, page, boxes, now = await self.ask(read_all)
        except NotFound as error:
            if not self.is_going:
                self.host.explain(error)
                self.dismiss(None)
            return
        except MaildeskError as error:
            if not self.is_going and not self.entries:
                words = [safe_line(t("history.failed", reason=error)), safe_line(error.hint)]
                self.query_one(HistoryList).show((), more=False, words=words)
            return
        if self.is_going or wanted is not self.wanted:
            return
        self.card, self.customer_id, self._boxes, self._now = card, card.id, boxes, now
        self.entries = {(e.kind.value, e.id): e for e in page.entries}
        self._cursor = page.cursor
        counts = {name: sum(page.counts.get(k, 0) for k in kinds or HistoryKind) for name, kinds in TABS}
        self.query_one(TabBar).set_counts(counts)
        lines = [self._line(entry) for entry in page.entries]
        self.query_one(HistoryList).show(lines, more=page.cursor is not None, words=self._empty())
        self._show_title()
        found = t("history.found", count=counts[self.tab]) if self.wanted.words.strip() else ""
        self.query_one(SearchBar).show_count(found)
        self.refresh_header()

    @work(exclusive=True, group="more")
    async def read_more(self) -> None:
        """Read the page after the last one."""
        wanted, about, after = self.wanted, self.customer_id, self._cursor
        if about is None or after is None:
            return
        page = await self.tried(lambda desk: desk.customers.history(about, wanted, after))
        if page is None or self.is_going or wanted is not self.wanted or after != self._cursor:
            return
        self._cursor = page.cursor
        self.entries |= {(e.kind.value, e.id): e for e in page.entries}
        lines = [self._line(entry) for entry in page.entries]
        self.query_one(HistoryList).add(lines, more=page.cursor is not None)

    def on_history_list_more_needed(self, event: HistoryList.MoreNeeded) -> None:
        self.read_more()

    def _empty(self) -> list[SafeText]:
        if self.wanted.narrows or self.tab != "all":
            return [SafeText(t("history.none")), SafeText(t("history.none.key"))]
        key = self.host.keymap.shown("conversation.phone")
        return [SafeText(t("history.empty")), SafeText(t("history.empty.phone", key=key))]

    # drawing

    def _line(self, entry: HistoryEntry) -> HistoryLine:
        assert self._now is not None
        zone = self.host.settings.zone
        return HistoryLine(
            (entry.kind.value, entry.id),
            entry.kind.value,
            SafeText(t(f"history.glyph.{entry.kind}")),
            short_time(entry.at, self._now, zone),
            safe_line(entry.shop),
            number(entry.conversation_id),
            SafeText(t(f"common.{'archived' if entry.archived else entry.status}.short")),
            actor(entry.who) if entry.kind is HistoryKind.EVENT else safe_line(entry.who),
            summary(entry),
            entry.call is not None and entry.call.state is CallState.FOLLOW_UP,
        )

    def _show_title(self) -> None:
        assert self.card is not None
        parts: list[Part] = []
        if len(self.card.members) > 1:
            parts.append((SafeText(t("history.merged", count=len(self.card.members))), "muted"))
        if self.wanted.mailbox_id is not None:
            name = next((b.name for b in self._boxes if b.id == self.wanted.mailbox_id), "")
            parts.append((safe_line(t("history.shop_is", name=name)), "warning"))
        if self.wanted.status is not None:
            parts.append((SafeText(t("history.state_is", name=t(f"common.{self.wanted.status}"))), "warning"))
        phones = [i.shown for i in self.card.identities if i.kind == "phone"]
        if phones:
            parts.append((safe_line(phones[0]), "muted"))
        title = safe_line(t("history.title", name=self.card.name or t("common.no_sender")))
        self.query_one(TitleBar).show(SafeText("‹"), title, parts)

    def on_history_list_moved(self, event: HistoryList.Moved) -> None:
        entry = self.entry
        paragraphs = (
            () if entry is None or self._now is None else about(entry, self._now, self.host.settings.zone)
        )
        self.query_one(Paragraphs).show(*paragraphs)
        self.query_one("#entry").scroll_home(animate=False)
        self.refresh_footer()

    # tabs and filters

    def _filter(self, wanted: HistoryFilter) -> None:
        self.wanted = wanted
        self._cursor = None
        self.read()

    def show_kind(self, name: str) -> None:
        """Show the entries of a tab."""
        self.tab = name
        self.query_one(TabBar).active = name
        self._filter(replace(self.wanted, kinds=dict(TABS)[name]))

    def on_tab_bar_selected(self, event: TabBar.Selected) -> None:
        self.show_kind(event.tab)

    def action_tab_next(self) -> None:
        self.show_kind(self.query_one(TabBar).beside(1))

    def action_tab_prev(self) -> None:
        self.show_kind(self.query_one(TabBar).beside(-1))

    def action_tab_1(self) -> None:
        self.show_kind("all")

    def action_tab_2(self) -> None:
        self.show_kind("mail")

    def action_tab_3(self) -> None:
        self.show_kind("phone")

    def action_tab_4(self) -> None:
        self.show_kind("comment")

    def action_tab_5(self) -> None:
        self.show_kind("event")

    def on_search_bar_searched(self, event: SearchBar.Searched) -> None:
        if event.text != self.wanted.words:
            self._filter(replace(self.wanted, words=event.text))
        if event.done:
            self.query_one(HistoryList).focus()

    @work(group="pick", exclusive=True)
    async def action_history_shop(self) -> None:
        every = Choice(0, t("history.every_shop"), marked=self.wanted.mailbox_id is None)
        shops = [
            Choice(b.id, b.name, b.short_name, marked=b.id == self.wanted.mailbox_id) for b in self._boxes
        ]
        picked = await self.app.push_screen_wait(Picker(t("history.shop"), [every, *shops]))
        if picked is not None:
            self._filter(replace(self.wanted, mailbox_id=picked or None))

    @work(group="pick", exclusive=True)
    async def action_history_state(self) -> None:
        every = Choice("", t("history.every_state"), marked=self.wanted.status is None)
        states = [Choice(s.value, t(f"common.{s}"), marked=s is self.wanted.status) for s in Status]
        picked = await self.app.push_screen_wait(Picker(t("history.state"), [every, *states]))
        if picked is not None:
            self._filter(replace(self.wanted, status=Status(picked) if picked else None))

    def action_app_back(self) -> None:
        """Take the filter off, else go back."""
        if self.query_one(SearchBar).close() or self.wanted.narrows or self.tab != "all":
            self.tab = "all"
            self.query_one(TabBar).active = "all"
            self.query_one(HistoryList).focus()
            self._filter(HistoryFilter())
        elif self.is_current:
            self.dismiss(None)

    def action_goto_top(self) -> None:
        self.query_one(HistoryList).action_history_top()

    # acting

    def on_history_list_opened(self, event: HistoryList.Opened) -> None:
        entry = self.entry
        if entry is not None:
            mail = None if entry.kind is HistoryKind.EVENT else entry.id
            self.host.read_conversation(entry.conversation_id, mail)

    def action_history_customer(self) -> None:
        if self.customer_id is not None:
            from maildesk.screens.customer import CustomerScreen

            self.app.push_screen(CustomerScreen(self.customer_id))

    def action_customer_merge(self) -> None:
        if self.card is not None:
            from maildesk.screens.customer import merge_into

            merge_into(self, self.card)

    def action_conversation_phone(self) -> None:
        if self.card is not None:
            from maildesk.screens.phone import PhoneScreen

            self.app.push_screen(PhoneScreen(self.card))

    @work(group="act", exclusive=True)
    async def action_history_call_state(self) -> None:
        entry = self.entry
        if entry is None or entry.call is None:
            self.host.say(t("history.no_call"))
            return
        other = CallState.DONE if entry.call.state is CallState.FOLLOW_UP else CallState.FOLLOW_UP
        undo = await self.tried(lambda desk: desk.phone.set_state(entry.id, other))
        if undo is not None:
            self.host.undoing.remember(undo)
            key = self.host.keymap.shown("app.undo")
            self.host.say(t("history.call_state", state=t(f"common.{other}"), key=key))
            self.read()


def _tabs() -> list[Tab]:
    return [
        Tab(name, str(place), SafeText(t(f"history.tab.{name}"))) for place, (name, _) in enumerate(TABS, 1)
    ]


def short_time(at: datetime, now: datetime, zone: tzinfo | None) -> SafeText:
    """``11/21 09:17``, of another year ``2025/11/21``."""
    there = at.astimezone(zone)
    same = there.year == now.astimezone(zone).year
    return SafeText(f"{there:%m/%d %H:%M}" if same else f"{there:%Y/%m/%d}")


def summary(entry: HistoryEntry) -> SafeText:
    """An entry in one line."""
    if entry.event is not None:
        return safe_line(event_line(entry.event, {}).partition(": ")[2])
    if entry.kind in (HistoryKind.IN, HistoryKind.OUT):
        return safe_line(f"{subject(entry.subject)}  {entry.text}")
    return safe_line(entry.text)


def about(entry: HistoryEntry, now: datetime, zone: tzinfo | None) -> list[Paragraph]:
    """An entry with the beginning of its text."""
    kind = t(f"history.kind.{entry.kind}")
    head = f"{number(entry.conversation_id)} {subject(entry.subject)}"
    line = f"{kind}  {entry.who}  {full_time(entry.at, now, zone)}  {entry.shop}"
    found: list[Paragraph] = [(safe_line(head), "title"), (safe_line(line), "muted")]
    if entry.call is not None:
        found.append((call_words(entry.call), "warning" if entry.call.state is CallState.FOLLOW_UP else "ok"))
    body = event_line(entry.event, {}) if entry.event is not None else safe(entry.text.strip())
    return [*found, (NOTHING, "text"), (SafeText(body), "text")]
