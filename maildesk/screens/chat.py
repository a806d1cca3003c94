"""The team's chat: a room for everybody and one for each mailbox. A line that names ``#1044`` leads there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.talk import EVERYBODY, ChatLine, Room
from maildesk.keymap import BY_ID, Context
from maildesk.locale import t
from maildesk.screens.chat_lines import day, option
from maildesk.screens.confirm import Confirm
from maildesk.screens.filtering import Filtering
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.screens.rereading import Rereading
from maildesk.screens.title import TitleBar
from maildesk.screens.typed import Typed, leaving
from maildesk.widgets.bindings import bindings
from maildesk.widgets.rule import Rule
from maildesk.widgets.search_bar import SearchBar
from maildesk.widgets.tab_bar import Tab, TabBar
from maildesk.widgets.text import content

if TYPE_CHECKING:
    from maildesk.desk import Desk

PAGE = 200
"""How many lines are read at first, and more when one goes up."""
LONGEST = 2_000
"""Characters of a line."""

_Read = tuple[int, Sequence[Room], Sequence[ChatLine]]


class ChatScreen(Filtering, Rereading):
    """Reads a room, says something in it. What was read stays read, what is typed stays until it is said."""

    context: ClassVar[Context] = "chat"
    AUTO_FOCUS = "#say"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chat")]

    def __init__(self) -> None:
        super().__init__()
        self.rooms: Sequence[Room] = ()
        self.lines: Sequence[ChatLine] = ()
        self.room: int | None = None
        """The room that is shown, None before the first reading."""
        self._query = ""
        self._limit = PAGE
        self._places: list[int | None] = []
        """What stands at each place of the list: a line by its place, None for a day."""

    @property
    def place(self) -> SafeText:
        return SafeText(t("talk.chat.title"))

    def body(self) -> ComposeResult:
        yield TitleBar()
        yield TabBar([Tab(str(EVERYBODY), "", SafeText(t("talk.chat.everybody")))], str(EVERYBODY))
        yield SearchBar(t("inbox.search"), t("talk.chat.search.hint"))
        yield Rule(classes="under-title")
        yield OptionList(markup=False, compact=True, id="lines")
        with Horizontal(id="saying"):
            yield Static(content("▸ "), classes="label")
            yield Input(placeholder=t("talk.chat.hint"), compact=True, id="say", max_length=LONGEST)

    def on_mount(self) -> None:
        self.query_one(TitleBar).show(SafeText("‹"), SafeText(t("talk.chat.title")))
        self._field.cursor_blink = False
        self.read()

    def speak(self) -> None:
        self.query_one(TitleBar).show(SafeText("‹"), SafeText(t("talk.chat.title")))
        self.query_one(SearchBar).say(t("inbox.search"), t("talk.chat.search.hint"))
        self._field.placeholder = t("talk.chat.hint")
        super().speak()

    @property
    def _field(self) -> Input:
        return self.query_one("#say", Input)

    @property
    def _options(self) -> OptionList:
        return self.query_one("#lines", OptionList)

    @property
    def line(self) -> ChatLine | None:
        """The highlighted line."""
        place = self._options.highlighted
        at = self._places[place] if place is not None and place < len(self._places) else None
        return self.lines[at] if at is not None else None

    # reading

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the room again; the highlight stays on its line, or at the end."""
        room, query, limit = self.room, self._query, self._limit
        current = self.is_current

        def found(desk: Desk) -> _Read:
            rooms = desk.chat.rooms()
            shown = room if room is not None else _first(rooms)
            lines = desk.chat.lines(shown, query=query, limit=limit)
            if lines and not query and current and any(one.id == shown and one.unread for one in rooms):
                desk.chat.seen(shown, lines[-1].id)
                rooms = desk.chat.rooms()
            self._now = desk.now()
            return shown, rooms, lines

        read = await self.tried(found)
        if read is None or self.is_going or (room, query) != (self.room, self._query):
            return
        self.room, self.rooms, lines = read
        bar = self.query_one(TabBar)
        bar.set_tabs([Tab(str(one.id), "", self._called(one)) for one in self.rooms])
        bar.active = str(self.room)
        bar.set_counts({str(one.id): one.unread for one in self.rooms})
        self._show(lines)
        self.refresh_footer()

    def _called(self, room: Room) -> SafeText:
        return safe_line(room.name or t("talk.chat.everybody"))

    def _show(self, lines: Sequence[ChatLine]) -> None:
        options, before = self._options, self.line
        was_last = before is None or (bool(self.lines) and before.id == self.lines[-1].id)
        self.lines = lines
        self._places = []
        made: list[Option] = []
        zone, width, me = self.host.settings.zone, max(20, options.size.width - 3), self.desk.me.id
        last = None
        for place, line in enumerate(lines):
            if (today := line.at.astimezone(zone).date()) != last:
                last = today
                made.append(Option(day(line.at, self._now, zone), disabled=True))
                self._places.append(None)
            made.append(Option(option(line, zone, width, mine=line.author_id == me)))
            self._places.append(place)
        options.clear_options()
        options.add_options(made)
        if not lines:
            key = "talk.chat.none" if self._query else "talk.chat.empty"
            options.add_option(Option(content(t(key), "$text-muted"), disabled=True))
            return
        wanted = None if was_last or before is None else before.id
        options.highlighted = next(
            (at for at, place in enumerate(self._places) if place is not None and lines[place].id == wanted),
            len(made) - 1,
        )
        if wanted is None:
            options.scroll_end(animate=False)

    def on_resize(self) -> None:
        if self.lines:
            self.call_after_refresh(lambda: self._show(self.lines))

    def offered(self, action_id: str) -> bool | None:
        line = self.line if self.is_mounted else None
        if action_id == "chat.open":
            return line is not None and bool(line.references)
        if action_id == "chat.withdraw":
            return line is not None and line.author_id == self.desk.me.id
        return len(self.rooms) > 1 if action_id in ("chat.next_room", "chat.prev_room") else True

    def on_option_list_option_highlighted(self) -> None:
        self.refresh_footer()

    @property
    def typed(self) -> Sequence[Typed] | None:
        if not self._field.has_focus:
            return super().typed
        rooms = [Typed("chat.next_room", BY_ID["chat.next_room"].label, 3)] if len(self.rooms) > 1 else []
        lines = Typed("outbox.up", t("talk.chat.lines"), 4)
        return [Typed("chat.open", t("talk.chat.say"), 1, "chat.say"), *rooms, lines, *leaving()]

    # rooms

    def show_room(self, room: int) -> None:
        """Show another room, from its end."""
        self.room = room
        self._start_again()
        self.query_one(TabBar).active = str(room)
        self.read()

    def _start_again(self) -> None:
        """What is read next is shown from its end."""
        self._limit, self.lines, self._places = PAGE, (), []

    def on_tab_bar_selected(self, event: TabBar.Selected) -> None:
        self.show_room(int(event.tab))

    def action_chat_next_room(self) -> None:
        self.show_room(int(self.query_one(TabBar).beside(1)))

    def action_chat_prev_room(self) -> None:
        self.show_room(int(self.query_one(TabBar).beside(-1)))

    # moving

    def action_outbox_down(self) -> None:
        options = self._options
        if options.highlighted is not None and options.highlighted >= len(self._places) - 1:
            self._field.focus()
        else:
            options.action_cursor_down()

    def action_outbox_up(self) -> None:
        if self._field.has_focus:
            self._options.focus()
        if self.line is not None and self.line.id == self.lines[0].id:
            self._older()
        else:
            self._options.action_cursor_up()

    def action_outbox_page_down(self) -> None:
        self._options.scroll_page_down(animate=False)

    def action_outbox_page_up(self) -> None:
        self._options.scroll_page_up(animate=False)

    def _older(self) -> None:
        if len(self.lines) >= self._limit:
            self._limit += PAGE
            self.read()

    def action_app_back(self) -> None:
        """One step back: out of the search, out of the field, out of the chat; what is typed is asked for."""
        if self.query_one(SearchBar).close():
            self._options.focus()
            if self._query:
                self._query = ""
                self._start_again()
                self.read()
        elif self._field.has_focus and self._field.value:
            self._options.focus()
        elif self.is_current:
            self._leave()

    @work(exclusive=True, group="close")
    async def _leave(self) -> None:
        if not self._field.value.strip() or await self.app.push_screen_wait(Confirm(t("talk.note.discard"))):
            self.dismiss(None)

    # searching

    def on_search_bar_searched(self, event: SearchBar.Searched) -> None:
        if event.text != self._query:
            self._query = event.text
            self._start_again()
            self.read()
        if event.done:
            self._options.focus()

    # acting

    def action_chat_write(self) -> None:
        self._field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_chat_say()

    def action_chat_say(self) -> None:
        """Say what is typed; where nothing is, open what the line names."""
        if self._field.value.strip():
            self._say(self._field.value)
        else:
            self.action_chat_open()

    @work(group="say")
    async def _say(self, text: str) -> None:
        room = self.room if self.room is not None else EVERYBODY
        said = await self.once(lambda desk: desk.chat.say(text, room))
        if said is None:
            return
        self.host.undoing.remember(said.undo)
        if self._field.value == text:
            self._field.value = ""
        self.query_one(SearchBar).close()
        self._query = ""
        self._start_again()
        self.read()

    @work(exclusive=True, group="say")
    async def action_chat_withdraw(self) -> None:
        line = self.line
        if line is None or line.author_id != self.desk.me.id:
            return
        said = await self.tried(lambda desk: desk.chat.withdraw(line.id))
        if said is not None:
            self.host.undoing.remember(said.undo)
            self.host.say(t("talk.note.withdrawn", key=self.host.keymap.shown("app.undo")))
            self.read()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_chat_open()

    @work(exclusive=True, group="pick")
    async def action_chat_open(self) -> None:
        """Open the conversation that the line names; where it names several, ask which."""
        line = self.line
        if line is None or not line.references:
            return
        numbers = line.references
        chosen: int | None = numbers[0]
        if len(numbers) > 1:
            choices = [Choice(one, f"#{one}") for one in numbers]
            chosen = await self.app.push_screen_wait(Picker(safe(t("talk.chat.which")), choices))
        if chosen is None:
            return
        number = chosen
        if await self.tried(lambda desk: desk.conversations.summary(number)) is not None:
            self.host.read_conversation(number)


def _first(rooms: Sequence[Room]) -> int:
    """The room to begin with: the first in which there is something unread, else everybody's."""
    return next((one.id for one in rooms if one.unread), EVERYBODY)
