"""Jump mode: a letter on every place in front — tabs, panes, fields, lines of a picker, buttons — and the key goes
there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import OptionList, Static

from maildesk import keymap
from maildesk.locale import t
from maildesk.widgets.tab_bar import TabBar
from maildesk.widgets.text import content

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


@dataclass(frozen=True, slots=True)
class Target:
    """A place on the screen, and what going there does."""

    at: Offset
    go: Callable[[], object]


def targets(screen: Screen[Any]) -> list[Target]:
    """Where one can go on ``screen``, from the top left to the bottom right."""
    found = [target for widget in screen.query("*") if _is_seen(widget) for target in _of(screen, widget)]
    found.sort(key=lambda target: (target.at.y, target.at.x))
    return found[: len(LETTERS)]


def _is_seen(widget: Widget) -> bool:
    return widget.display and widget.visible and bool(widget.region.area) and not widget.disabled


def _of(screen: Screen[Any], widget: Widget) -> Iterator[Target]:
    at = widget.region.offset
    if isinstance(widget, TabBar):
        for start, tab in widget.places:
            yield Target(at + Offset(start, 0), partial(_select, widget, tab))
    elif isinstance(widget, OptionList):
        for line in range(min(widget.option_count, widget.size.height)):
            place = round(widget.scroll_y) + line
            if place < widget.option_count and not widget.get_option_at_index(place).disabled:
                yield Target(at + Offset(0, line), partial(_highlight, widget, place))
    elif widget.can_focus and widget.id != "sheet" and type(widget).__name__ != "Sheet":
        yield Target(at, partial(screen.set_focus, widget))


def _select(bar: TabBar, tab: str) -> None:
    bar.post_message(TabBar.Selected(bar, tab))


def _highlight(options: OptionList, place: int) -> None:
    options.highlighted = place
    if options.can_focus:
        options.focus()


class JumpScreen(ModalScreen[Target | None]):
    """The letters over the screen that is in front; the next key chooses or, where it is none of them, goes back."""

    context: ClassVar[keymap.Context] = "app"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False, priority=True)]
    DEFAULT_CSS = """
    JumpScreen { layers: letters; }
    JumpScreen Static {
        layer: letters; position: absolute; width: 3; height: 1;
        background: $warning; color: $background; text-style: bold;
    }
    JumpScreen:ansi Static { background: ansi_default; color: ansi_default; text-style: bold reverse; }
    """

    def __init__(self, found: list[Target]) -> None:
        super().__init__()
        self._found = dict(zip(LETTERS, found, strict=False))

    def compose(self) -> ComposeResult:
        for letter, target in self._found.items():
            label = Static(content(f" {letter} "))
            label.styles.offset = target.at
            yield label

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        key = keymap.normalise(event.key, event.character) or event.key
        self.dismiss(self._found.get(key))


async def choose(app: MaildeskApp) -> None:
    """Let the agent choose a place by its letter, and go there."""
    if isinstance(app.screen, JumpScreen):
        return
    found = targets(app.screen)
    if not found:
        app.say(t("app.jump.nowhere"))
        return
    target = await app.push_screen_wait(JumpScreen(found))
    if target is not None:
        target.go()
