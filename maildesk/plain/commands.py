"""The commands of the linear mode: their letter, which is the app's key, their names, and what they do."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maildesk.locale import LANGUAGES, current, t
from maildesk.locale.plain import TEXTS
from maildesk.plain import acting, letters, looking, writing

if TYPE_CHECKING:
    from maildesk.plain.session import Session


@dataclass(frozen=True, slots=True)
class Command:
    """``name`` is its id and its English name; the Japanese one is beside it in the catalogue."""

    name: str
    letter: str
    run: Callable[[Session, str], None]

    @property
    def names(self) -> tuple[str, ...]:
        """By which it can be called, whichever language is spoken."""
        return (*TEXTS[f"plain.name.{self.name}"], self.letter)

    @property
    def told(self) -> str:
        """Its line in the help."""
        name = TEXTS[f"plain.name.{self.name}"][LANGUAGES.index(current())]
        called = f"{name} ({self.letter})" if self.letter else name
        return f"{called}: {t(f'plain.help.{self.name}')}"


def _help(session: Session, rest: str) -> None:
    """All commands, or one."""
    named = find(rest) if rest else None
    session.lines.say(*([named.told] if named else [t("plain.help.first"), *(c.told for c in COMMANDS)]))


def _quit(session: Session, rest: str) -> None:
    session.is_over = True


COMMANDS = (
    Command("help", "?", _help),
    Command("tabs", "", looking.tabs),
    Command("tab", "", looking.tab),
    Command("list", "l", looking.show_list),
    Command("more", "", looking.more),
    Command("find", "/", looking.find),
    Command("open", "o", looking.open_named),
    Command("read", "", looking.read),
    Command("forward", "J", looking.forward),
    Command("back", "K", looking.back),
    Command("next", "", acting.next_one),
    Command("skip", "", acting.skip),
    Command("claim", "", acting.claim),
    Command("release", "D", acting.release),
    Command("takeover", "T", acting.take_over),
    Command("reply", "r", writing.reply),
    Command("write", "w", writing.write),
    Command("edit", "", writing.edit),
    Command("template", ";", writing.template),
    Command("pass", "f", letters.pass_on),
    Command("new", "C", letters.new),
    Command("to", "", letters.to),
    Command("subject", "", writing.subject),
    Command("draft", "", writing.show),
    Command("send", "", writing.send),
    Command("keep", "", writing.keep),
    Command("done", "e", acting.done),
    Command("status", "s", acting.status),
    Command("snooze", "b", acting.snooze),
    Command("assign", "a", acting.assign),
    Command("take", "i", acting.take),
    Command("label", "t", acting.label),
    Command("comment", "c", acting.comment),
    Command("approve", "y", writing.approve),
    Command("return", "", writing.give_back),
    Command("undo", "z", acting.undo),
    Command("quit", "q", _quit),
)


def find(word: str) -> Command | None:
    """The command of a name or a letter. A letter counts as it is typed, a name however it is."""
    for command in COMMANDS:
        if (command.letter and word == command.letter) or word.casefold() in command.names[:-1]:
            return command
    return None


def nearest(word: str) -> str:
    """The name that is most like ``word``, '' for none."""
    names = [name for command in COMMANDS for name in command.names if len(name) > 1]
    return next(iter(difflib.get_close_matches(word.casefold(), names, 1, 0.6)), "")


def obey(session: Session, line: str) -> None:
    """Do what a line says: a place in the list or a number to open it, else a command and what it is for."""
    line = line.strip()
    word, _, rest = line.partition(" ")
    plain = unicodedata.normalize("NFKC", word)
    if not plain:
        return
    if re.fullmatch(r"#?[0-9]{1,18}", plain) and not rest.strip():
        looking.open_named(session, plain)
        return
    if plain.startswith("/") and len(plain) > 1:
        plain, rest = "/", f"{word[1:]} {rest}"
    command = find(plain)
    if command is not None:
        command.run(session, rest.strip())
        return
    near = nearest(plain)
    session.lines.say(t("plain.unknown_near" if near else "plain.unknown", word=plain[:40], near=near))
