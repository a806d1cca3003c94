"""The command palette: every action of the keymap that works here, people, templates, and ``#number``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from maildesk import keymap
from maildesk.domain.agent import Agent
from maildesk.domain.template import Template
from maildesk.locale import keymap as keymap_texts
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.screens.triage import Triage
from maildesk.widgets.bindings import action_name

_ACTS = ("conversation.", "claim.", "compose.")
"""What is done to conversations and replies stands before what only goes somewhere."""

_NUMBER = re.compile(r"#?([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Command:
    """What a line of the palette does. ``run`` is called, or the action ``action_id`` of the screen or the app."""

    action_id: str = ""
    run: Callable[[], object] | None = None


def commands(
    screen: DeskScreen[object], agents: Sequence[Agent], templates: Sequence[Template]
) -> list[Choice[Command]]:
    """What can be done on ``screen``, with its keys and the texts of both languages to find it by."""
    found = []
    places: tuple[keymap.Context, ...] = (screen.context, "app")
    prefixed = {sheet: action.id for action in keymap.ACTIONS if (sheet := action.sheet) is not None}
    contexts = [*places, *(sheet for sheet, prefix in prefixed.items() if _is_here(prefix, screen.context))]
    for context in contexts:
        for action in screen.host.keymap.actions(context):
            if action.palette and (screen.offered(action.id) is not False):
                key = screen.host.keymap.shown(action.id)
                if context in prefixed:
                    key = f"{screen.host.keymap.shown(prefixed[context])} {key}"
                also = (*keymap_texts.TEXTS[f"keymap.{action.id}.help"], action.label, action.id)
                found.append(Choice(Command(action.id), action.help, key, also))
    found.sort(key=lambda choice: not choice.value.action_id.startswith(_ACTS))
    if isinstance(screen, Triage):
        for agent in agents:
            label = t("picker.palette.assign", name=t("common.colleague", name=agent.name))
            run = partial(screen.assign, agent.id, agent.name)
            found.append(Choice(Command(run=run), label, also=(agent.reading, agent.login, agent.name)))
        for template in templates:
            label = t("picker.palette.reply", name=template.name)
            run = partial(screen.reply_with, template.id)
            found.append(
                Choice(Command(run=run), label, template.category, (template.reading, template.name))
            )
    return found


def _is_here(action_id: str, context: keymap.Context) -> bool:
    return context in keymap.BY_ID[action_id].contexts


class Palette(Picker[Command]):
    """Choose a command; the screen that opened it runs it."""

    def __init__(
        self,
        screen: DeskScreen[object],
        agents: Sequence[Agent],
        templates: Sequence[Template],
    ) -> None:
        self._for = screen
        super().__init__(
            t("picker.palette"),
            commands(screen, agents, templates),
            hint=t("picker.palette.hint"),
            typed=self._numbered,
            digits=False,
        )

    def keys_line(self) -> str:
        hints = self.host.keymap.hints("picker")
        return "  ".join(f"{hint.keys} {hint.label}" for hint in hints)

    def _numbered(self, text: str) -> Choice[Command] | None:
        match = _NUMBER.fullmatch(text.strip())
        if match is None:
            return None
        conversation_id = int(match[1])
        run = partial(self._for.host.open_conversation, conversation_id)
        return Choice(Command(run=run), t("picker.palette.open", number=conversation_id))


async def run(screen: DeskScreen[object], command: Command) -> None:
    """Do what a command says."""
    if command.run is not None:
        command.run()
    elif "app" in keymap.BY_ID[command.action_id].contexts:
        await screen.app.run_action(action_name(command.action_id))
    else:
        await screen.run_action(action_name(command.action_id))
