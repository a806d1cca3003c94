"""The help: what the screen is for in a few sentences, and its keys as they are now, from the keymap."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.widgets import Input, Static

from maildesk.domain import synonyms
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Action, Context, shown
from maildesk.locale import has, t
from maildesk.locale import keymap as keymap_texts
from maildesk.screens.base import DeskDialog
from maildesk.screens.fuzzy import fold
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.widgets.bindings import bindings
from maildesk.widgets.text import NOTHING, content
from maildesk.widgets.wrap import wrap

_TYPING = "help.focus.SearchBar"
"""What is explained before the screen around it: the agent is in the middle of it."""
_WORDS_AT = 16
"""The cell at which what a key does begins."""


class HelpText(Paragraphs):
    """Paragraphs in which what a key does goes on under its first words."""

    def wrapped(self, text: SafeText, width: int) -> list[SafeText]:
        if not text.startswith("  ") or text[_WORDS_AT - 1] != " " or width < 2 * _WORDS_AT:
            return super().wrapped(text, width)
        first, *rest = wrap(SafeText(text[_WORDS_AT:]), width - _WORDS_AT)
        return [SafeText(text[:_WORDS_AT] + first), *(SafeText(" " * _WORDS_AT + line) for line in rest)]


class HelpScreen(DeskDialog[None]):
    """Help for the screen whose context is ``about``."""

    context: ClassVar[Context] = "help"
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("help"),
    ]

    def __init__(self, about: Context, focused: DOMNode | None = None) -> None:
        """``focused`` is where the agent was when he asked."""
        super().__init__()
        self.about: Context = about
        places = (focused.parent, focused) if focused is not None else ()
        names = [kind.__name__ for place in places for kind in type(place).__mro__]
        self._focus = next((key for name in names if has(key := f"help.focus.{name}")), "")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help") as box:
            box.border_title = content(t("help.title", where=t(f"keymap.in.{self.about}")))
            field = Input(placeholder=t("help.search"), compact=True)
            field.display = False
            yield field
            with VerticalScroll():
                yield HelpText(id="help-text")
            yield Static(content(t("help.keys")), classes="keys")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.query_one(VerticalScroll).focus()

    def _show(self, query: str) -> None:
        paragraphs: list[Paragraph] = []
        keyless = False
        if not query:
            about: list[Paragraph] = [(SafeText(t(f"help.about.{self.about}")), "text"), (NOTHING, "text")]
            focus: list[Paragraph] = []
            if self._focus:
                words: list[Paragraph] = [(SafeText(line), "text") for line in t(self._focus).splitlines()]
                focus = [(SafeText(t("help.focus")), "title"), *words, (NOTHING, "text")]
            paragraphs += [*focus, *about] if self._focus == _TYPING else [*about, *focus]
            if has(f"help.signs.{self.about}"):
                paragraphs += [(SafeText(t(f"help.signs.{self.about}")), "text"), (NOTHING, "text")]
        for title, actions in self._groups():
            lines = [self._line(action) for action in actions if _fits(action, query)]
            if lines:
                paragraphs += [(SafeText(title), "title"), *lines, (NOTHING, "text")]
                keyless = keyless or any(not action.keys and _fits(action, query) for action in actions)
        if keyless:
            shown = self.host.keymap.shown
            words_for_none = t("help.no_key", ex=shown("app.ex"), palette=shown("app.palette"))
            paragraphs += [(SafeText(words_for_none), "muted")]
        if not paragraphs:
            paragraphs = [(SafeText(t("help.none")), "muted")]
        self.query_one("#help-text", HelpText).show(*paragraphs)

    def _groups(self) -> list[tuple[str, list[Action]]]:
        keys = self.host.keymap
        groups = []
        if self.about != "app":
            here = sorted(keys.actions(self.about), key=self._rank)
            groups.append((t("help.here"), here))
            for action in here:
                if action.sheet is not None:
                    title = t("help.after", key=keys.shown(action.id))
                    groups.append((title, list(keys.actions(action.sheet))))
        groups.append((t("help.everywhere"), list(keys.actions("app"))))
        return groups

    def _rank(self, action: Action) -> int:
        """In a conversation what is done to it comes first, and the tabs last."""
        if self.about != "conversation":
            return 0
        return (
            0
            if action.id.startswith(("conversation.", "claim."))
            else 2
            if action.id.startswith("tab.")
            else 1
        )

    def _line(self, action: Action) -> Paragraph:
        keys = " ".join(shown(key) for key in action.keys) or "—"
        return safe_line(f"  {keys}{' ' * max(1, _WORDS_AT - 2 - cell_len(keys))}{action.help}"), "text"

    def action_help_search(self) -> None:
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def action_help_down(self) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=1, animate=False)

    def action_help_up(self) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=-1, animate=False)

    def action_help_page_down(self) -> None:
        self._half_a_page(1)

    def action_help_page_up(self) -> None:
        self._half_a_page(-1)

    def action_help_top(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_help_bottom(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)

    def _half_a_page(self, way: int) -> None:
        view = self.query_one(VerticalScroll)
        view.scroll_relative(y=way * max(1, view.size.height // 2), animate=False)

    def action_app_back(self) -> None:
        field = self.query_one(Input)
        if field.display:
            field.value = ""
            field.display = False
            self.query_one(VerticalScroll).focus()
        else:
            self.dismiss(None)


def _fits(action: Action, query: str) -> bool:
    wanted = fold(query)
    own = [*keymap_texts.TEXTS[f"keymap.{action.id}.help"], *keymap_texts.TEXTS[f"keymap.{action.id}"]]
    texts = [*own, *synonyms.of(action.id)]
    keys = [shown(key) for key in action.keys]
    return query in keys or any(wanted in fold(text) for text in texts)
