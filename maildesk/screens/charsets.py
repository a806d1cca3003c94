"""The charset of a mail, chosen by what it makes of it."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from maildesk.domain.repair import Look
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.mail.repair import CHARSETS
from maildesk.screens.base import DeskDialog
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import content
from maildesk.widgets.wrap import cut

LINES = 6


class Picked(NamedTuple):
    """A charset ('': the mail's own), for one mail or all of its sender."""

    charset: str
    all_of_sender: bool


class CharsetDialog(DeskDialog[Picked | None]):
    """Charsets above, below them the beginning of the mail as it reads in the one under the cursor."""

    context: ClassVar[Context] = "charset"
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("charset")]

    def __init__(self, message_id: int, chosen: str, of_sender: int) -> None:
        super().__init__()
        self._message_id = message_id
        self._chosen = chosen
        self._of_sender = of_sender
        self._looks: dict[str, Look] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog picker charsets") as box:
            box.border_title = content(t("sources.charset.title"))
            names = ["", *CHARSETS]
            yield OptionList(*(Option(content(self._label_of(name))) for name in names), compact=True)
            yield Rule()
            yield Paragraphs(id="look")
            shown = self.host.keymap.shown
            keys = [("Enter", t("sources.charset.use")), (shown("files.close"), t("common.back"))]
            if self._of_sender > 1:
                keys.insert(1, (shown("charset.all"), t("sources.charset.all", count=self._of_sender)))
            yield KeysLine(*keys, classes="keys")

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = ["", *CHARSETS].index(self._chosen)

    def _label_of(self, charset: str) -> str:
        mark = "✓ " if charset == self._chosen else "  "
        return mark + (
            t(f"sources.charset.{charset}") if charset in ("utf-8-twice",) else charset or t("sources.auto")
        )

    @property
    def _charset(self) -> str:
        return ["", *CHARSETS][self.query_one(OptionList).highlighted or 0]

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.look()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(Picked(self._charset, False))

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Show the beginning of the mail in the charset under the cursor."""
        charset, number = self._charset, self._message_id
        if charset not in self._looks:
            found = await self.tried(lambda desk: desk.charsets.look(number, charset))
            if found is None:
                return
            self._looks[charset] = found
        if not self.is_going and charset == self._charset:
            self._show(self._looks[charset])

    def _show(self, look: Look) -> None:
        width = max(self.query_one("#look").size.width, 20)
        lines: list[Paragraph] = [
            (cut(safe_line(look.sender), width), "text"),
            (cut(safe_line(look.subject or t("common.no_subject")), width), "title"),
        ]
        lines += [(cut(safe_line(line), width), "text") for line in look.lines[:LINES]]
        if look.lossy:
            lines.append((SafeText(t("sources.charset.lossy")), "warning"))
        self.query_one("#look", Paragraphs).show(*lines)

    def action_files_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_files_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_charset_all(self) -> None:
        if self._of_sender > 1:
            self.dismiss(Picked(self._charset, True))

    def action_files_close(self) -> None:
        self.dismiss(None)
