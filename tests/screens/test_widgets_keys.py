"""Every key of the keymap, pressed in a real Textual screen of its context, does its own action and no
other."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from maildesk.keymap import CONTEXTS, PRESETS, TYPING, Context, Keymap, is_character, resolve
from maildesk.widgets.bindings import action_name, bindings


class Place(Screen[None]):
    """A screen with the bindings of one context and what people type in there."""

    def __init__(self, context: Context, keymap: Keymap, fired: list[str]) -> None:
        super().__init__()
        self.context, self.fired = context, fired
        for action in keymap.actions(context):
            setattr(self, f"action_{action_name(action.id)}", lambda name=action.id: fired.append(name))
        for binding in bindings(context, keymap):
            for key in binding.key.split(","):
                self._bindings.key_to_bindings[key] = [binding]

    def compose(self) -> ComposeResult:
        """A text field where people type, else something that has the focus."""
        body: Widget = Static("x")
        if self.context == "compose":
            body = TextArea("本文")
        elif self.context == "picker":
            body = Input("x")
        else:
            body.can_focus = True
        yield body

    def on_mount(self) -> None:
        self.query("Static, TextArea, Input").first().focus()


class Desk(App[None]):
    """An app with the bindings of the app."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self.fired: list[str] = []
        for action in keymap.actions("app"):
            setattr(self, f"action_{action_name(action.id)}", lambda name=action.id: self.fired.append(name))
        for binding in bindings("app", keymap):
            for key in binding.key.split(","):
                self._bindings.key_to_bindings[key] = [binding]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("context", "preset"),
    [
        *((context, "standard") for context in CONTEXTS if context != "app"),
        *(("list", preset) for preset in PRESETS if preset != "standard"),
    ],
)
async def test_every_key_does_its_own_action(context: Context, preset: str) -> None:
    keymap = resolve({}, preset)
    app = Desk(keymap)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Place(context, keymap, app.fired))
        await pilot.pause()
        pressed = 0
        places: tuple[Context, ...] = (context, "app")
        own = {key for action in keymap.actions(context) for key in action.keys}
        own = {key for action in keymap.actions(context) for key in action.keys}
        for place in places:
            for action in keymap.actions(place):
                for key in action.keys:
                    if context in TYPING and is_character(key):
                        continue
                    if place == "app" and key in own:  # what is nearer comes first
                        continue
                    if place == "app" and key in own:  # what is nearer comes first
                        continue
                    app.fired.clear()
                    await pilot.press(key)
                    assert app.fired == [action.id], key
                    pressed += 1
        assert pressed >= 5
