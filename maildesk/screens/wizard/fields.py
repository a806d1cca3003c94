"""The fields of the wizard's steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from textual import events
from textual.message import Message
from textual.widgets import Static

from maildesk.domain.endpoint import SECURITIES
from maildesk.domain.secret import SecretKind
from maildesk.locale import t
from maildesk.screens.wizard.answers import Answers, Step
from maildesk.widgets.text import content


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``path`` is where its value stands in the answers (``imap.host``), ``label`` the key of its name.
    With ``choices`` it is chosen and not typed; ``lines`` makes it a text of several lines."""

    path: str
    label: str
    needed: bool = True
    secret: bool = False
    choices: tuple[str, ...] = ()
    lines: bool = False


FIELDS: dict[Step, tuple[Field, ...]] = {
    "you": (Field("name", "name"), Field("reading", "reading", needed=False), Field("login", "login")),
    "store": (Field("store", "store", choices=("sqlite", "postgresql")), Field("url", "url")),
    "incoming": (
        Field("shop", "shop"),
        Field("address", "address"),
        Field("imap.host", "host"),
        Field("imap.port", "port"),
        Field("imap.security", "security", choices=SECURITIES),
        Field("imap.user", "user"),
        Field("password", "password", secret=True),
        Field("secret", "secret", choices=get_args(SecretKind)),
        Field("secret_value", "secret_value", needed=False),
        Field("folder", "folder"),
    ),
    "outgoing": (
        Field("smtp.host", "host"),
        Field("smtp.port", "port"),
        Field("smtp.security", "security", choices=SECURITIES),
        Field("smtp.user", "user"),
    ),
    "team": (Field("team", "team", needed=False, lines=True),),
    "check": (),
}


def value(answers: Answers, path: str) -> str:
    """The value at ``path``."""
    target: object = answers
    for name in path.split("."):
        target = getattr(target, name)
    return str(target)


def put(answers: Answers, path: str, text: str) -> None:
    """Set the value at ``path``."""
    *names, last = path.split(".")
    target: object = answers
    for name in names:
        target = getattr(target, name)
    setattr(target, last, text)


class Cycle(Static, can_focus=True):
    """A field with a few values: Space, → and ← go through them."""

    class Changed(Message):
        """Another value."""

        def __init__(self, cycle: Cycle) -> None:
            super().__init__()
            self.cycle = cycle

        @property
        def control(self) -> Cycle:
            """The field."""
            return self.cycle

    def __init__(self, name: str, choices: Sequence[str], chosen: str, id: str) -> None:
        super().__init__(id=id)
        self._prefix = name
        self._choices = tuple(choices)
        self.value = chosen if chosen in choices else choices[0]

    def on_mount(self) -> None:
        self.choose(self.value)

    def choose(self, chosen: str) -> None:
        """Take ``chosen``, one of the choices."""
        changed, self.value = chosen != self.value, chosen
        self.update(content(t("wizard.cycle", value=t(f"wizard.{self._prefix}.{chosen}"))))
        if changed:
            self.post_message(self.Changed(self))

    def on_key(self, event: events.Key) -> None:
        step = {"space": 1, "right": 1, "left": -1}.get(event.key)
        if step is not None:
            event.stop()
            at = (self._choices.index(self.value) + step) % len(self._choices)
            self.choose(self._choices[at])
