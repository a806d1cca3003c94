"""Short lists on a screen of their own (outbox, drafts, mailboxes): rows beside what is known of one of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.safetext import SafeText
from maildesk.locale import t
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.replying import Replying
from maildesk.screens.rereading import Rereading
from maildesk.screens.title import TitleBar
from maildesk.widgets.header_bar import Part
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import content

Row = TypeVar("Row")


class RowsScreen(Rereading, Generic[Row]):
    """A list that is read as a whole. Subclasses say what is read and how a row looks."""

    AUTO_FOCUS = "OptionList"
    title_key: ClassVar[str]
    empty_key: ClassVar[str]
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()

    @abstractmethod
    async def load(self) -> Sequence[Row] | None:
        """Read the rows; None when that failed and was said."""

    @abstractmethod
    def line(self, row: Row) -> Content:
        """A row on one line."""

    @abstractmethod
    def identity(self, row: Row) -> int:
        """What finds the row again."""

    def is_heading(self, row: Row) -> bool:
        """Whether a row only stands over others and is never highlighted."""
        return False

    @abstractmethod
    async def about(self, row: Row) -> Sequence[Paragraph]:
        """What is shown beside the list."""

    @property
    def place(self) -> SafeText:
        return SafeText(t(self.title_key))

    def body(self) -> ComposeResult:
        yield TitleBar()
        yield Rule(classes="under-title")
        with Horizontal(id="panes"):
            yield OptionList(markup=False, compact=True)
            with VerticalScroll(id="about", can_focus=False):
                yield Paragraphs()

    def title_parts(self) -> Sequence[Part]:
        """What stands at the right end of the title."""
        return ()

    def on_mount(self) -> None:
        self._show_title()
        self.read()

    def _show_title(self) -> None:
        self.query_one(TitleBar).show(SafeText("‹"), SafeText(t(self.title_key)), self.title_parts())

    def speak(self) -> None:
        self._show_title()
        super().speak()

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the list again; the highlight stays on its row."""
        rows = await self.load()
        if rows is None or self.is_going:
            return
        before = self.row
        self.rows = rows
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self.line(row), disabled=self.is_heading(row)) for row in rows])
        if rows:
            known = None if before is None else self.identity(before)
            places = [place for place, row in enumerate(rows) if not self.is_heading(row)]
            options.highlighted = next(
                (place for place in places if self.identity(rows[place]) == known),
                next(iter(places), None),
            )
        else:
            options.add_option(Option(content(t(self.empty_key), "$text-muted"), disabled=True))
            self.query_one(Paragraphs).show()
        self.refresh_footer()

    @property
    def row(self) -> Row | None:
        """The highlighted row."""
        place = self.query_one(OptionList).highlighted
        return self.rows[place] if place is not None and place < len(self.rows) else None

    def on_option_list_option_highlighted(self) -> None:
        self.describe()

    @work(exclusive=True, group="about")
    async def describe(self) -> None:
        """Show what is known of the highlighted row."""
        row = self.row
        if row is None:
            return
        about = await self.about(row)
        if not self.is_going:
            self.query_one(Paragraphs).show(*about)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_outbox_open()

    def action_outbox_open(self) -> None:
        """Open what is highlighted."""

    def action_outbox_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_outbox_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_outbox_page_down(self) -> None:
        self._scroll(1)

    def action_outbox_page_up(self) -> None:
        self._scroll(-1)

    def _scroll(self, pages: int) -> None:
        """On a small terminal not all that is known of a row has room."""
        about = self.query_one("#about")
        about.scroll_relative(y=pages * max(1, about.size.height - 1), animate=False)

    def action_app_back(self) -> None:
        if self.is_current:
            self.dismiss(None)


class ConversationRows(RowsScreen[Row], Replying):
    """Rows that each belong to a conversation, which can be answered from here."""

    @abstractmethod
    def conversation_of(self, row: Row) -> int:
        """The conversation that a row belongs to."""

    def targets(self) -> tuple[int, ...]:
        row = self.row
        return (self.conversation_of(row),) if row is not None else ()

    def summary_of(self, conversation_id: int) -> ConversationSummary | None:
        return None

    def reply_closed(self, conversation_id: int, sent: bool) -> None:
        self.read()
