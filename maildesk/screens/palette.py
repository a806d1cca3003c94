"""The command palette: every action of the keymap that works here, people, templates; ``@`` for people only, ``#`` for
a conversation by its number, ``/`` for a search. What was used lately comes first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from maildesk import keymap
from maildesk.domain import synonyms
from maildesk.domain.agent import Agent
from maildesk.domain.readings import reading
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
    person: bool = False


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
                words = (
                    *keymap_texts.TEXTS[f"keymap.{action.id}"],
                    *keymap_texts.TEXTS[f"keymap.{action.id}.help"],
                )
                also = (*words, *map(reading, words[::2]), *synonyms.of(action.id), action.id)
                found.append(Choice(Command(action.id), action.help, key, also))
    recent = screen.host.recent
    found.sort(
        key=lambda choice: (
            -recent.index(choice.value.action_id) if choice.value.action_id in recent else 1,
            not choice.value.action_id.startswith(_ACTS),
        )
    )
    if isinstance(screen, Triage):
        for agent in agents:
            label = t("picker.palette.assign", name=t("common.colleague", name=agent.name))
            run = partial(screen.assign, agent.id, agent.name)
            command = Command(run=run, person=True)
            found.append(Choice(command, label, agent.login, (agent.reading, agent.login, agent.name)))
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

    def narrow(self, query: str) -> None:
        """With ``@`` among the people only; what follows ``/`` is searched for."""
        everything = self._choices
        if query[:1] in ("@", "\uff20"):
            self._choices = [choice for choice in everything if choice.value.person]
            query = query[1:]
        elif query[:1] in ("/", "\uff0f", "・"):
            self._choices = [self._search(query[1:].strip())]
            query = ""
        super().narrow(query)
        self._choices = everything

    def _search(self, words: str) -> Choice[Command]:
        run = partial(self._for.host.search, words)
        return Choice(Command(run=run), t("picker.palette.search", words=words))

    def _numbered(self, text: str) -> Choice[Command] | None:
        match = _NUMBER.fullmatch(text.strip())
        if match is None:
            return None
        conversation_id = int(match[1])
        run = partial(self._for.host.open_conversation, conversation_id)
        return Choice(Command(run=run), t("picker.palette.open", number=conversation_id))


async def run(screen: DeskScreen[object], command: Command) -> None:
    """Do what a command says, and remember it as used."""
    if command.action_id:
        screen.host.used(command.action_id)
    if command.run is not None:
        command.run()
    elif "app" in keymap.BY_ID[command.action_id].contexts:
        await screen.app.run_action(action_name(command.action_id))
    else:
        await screen.run_action(action_name(command.action_id))
