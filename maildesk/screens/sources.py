"""What stands behind a mail: all its headers, its source as it came, as a file, and its charset."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual import work

from maildesk.domain.conversation import Conversation, Message, MessageKind
from maildesk.domain.safetext import safe, safe_line
from maildesk.locale import t
from maildesk.mail.source import header_lines
from maildesk.screens.base import DeskScreen
from maildesk.screens.files import SaveTo
from maildesk.widgets.entry import Entry, Piece

if TYPE_CHECKING:
    from maildesk.desk import Desk

SHOWN = 512 << 10
"""Bytes of a source that are shown."""

View = Literal["headers", "source"]


@dataclass(frozen=True, slots=True)
class Behind:
    """What is shown of a message instead of its text, or above it."""

    view: View
    pieces: Sequence[Piece]
    text: str


class Sources(DeskScreen[None]):
    """Mixed into the conversation: F4 goes from the mail to its headers, to its source, and back."""

    conversation: Conversation | None

    def __init__(self) -> None:
        super().__init__()
        self._behind: dict[int, Behind] = {}

    @abstractmethod
    def current_message(self) -> Message | None:
        """The mail that an action is for."""

    @abstractmethod
    def read(self) -> object:
        """Show the conversation anew."""

    def with_sources(self, entries: Iterable[Entry]) -> list[Entry]:
        """Entries, those whose source or headers are wanted with these."""
        wanted = {f"message-{number}": behind for number, behind in self._behind.items()}
        return [_with(entry, wanted[entry.id]) if entry.id in wanted else entry for entry in entries]

    def source_shown(self) -> str | None:
        """The source of the current mail where it is what is shown of it."""
        message = self.current_message()
        behind = self._behind.get(message.id) if message is not None else None
        return behind.text if behind is not None and behind.view == "source" else None

    @property
    def _mail(self) -> Message | None:
        message = self.current_message()
        if message is None or message.is_mail:
            return message
        self.host.say(t("sources.no_mail"))
        return None

    @work(exclusive=True, group="source")
    async def action_conv_source(self) -> None:
        """The next view of the current mail: its text, with all headers, its source."""
        message = self._mail
        if message is None:
            return
        before = self._behind.pop(message.id, None)
        if before is None or before.view == "headers":
            number = message.id
            found = await self.tried(
                lambda desk: (desk.conversations.raw(number, SHOWN + 1), desk.charsets.chosen(number))
            )
            if found is not None:
                raw, charset = found
                key = self.host.keymap.shown("conv.source")
                self._behind[number] = _headers(raw, charset, key) if before is None else _source(raw, key)
        self.read()

    @work(exclusive=True, group="pick")
    async def action_conv_export(self) -> None:
        """Save the current mail as it came as a file, where the agent says."""
        message = self._mail
        if message is None:
            return
        proposed = self.host.settings.downloads / f"{message.id}.eml"
        path: Path | None = await self.app.push_screen_wait(SaveTo(t("sources.export.title"), proposed))
        if path is None:
            return
        chosen = path

        def export(desk: Desk) -> Path:
            folder, name = (chosen, "") if chosen.is_dir() else (chosen.parent, chosen.name)
            folder.mkdir(parents=True, exist_ok=True)
            return desk.files.export(message.id, folder, name)

        try:
            saved = await self.tried(export)
        except OSError as error:
            self.host.say(t("conversation.save_failed", reason=error.strerror or error), "error")
        else:
            if saved is not None:
                self.host.say(t("conversation.saved", file=saved))

    @work(exclusive=True, group="pick")
    async def action_conv_charset(self) -> None:
        """Let the agent choose the charset in which the current mail is read, seeing what comes of it."""
        from maildesk.screens.charsets import CharsetDialog

        message = self._mail
        if message is None or message.kind is not MessageKind.IN:
            return
        found = await self.tried(
            lambda desk: (desk.charsets.chosen(message.id), desk.charsets.of_sender(message.id))
        )
        if found is None:
            return
        picked = await self.app.push_screen_wait(CharsetDialog(message.id, found[0], len(found[1])))
        if picked is None:
            return
        ids = found[1] if picked.all_of_sender else [message.id]
        recoded = await self.tried(lambda desk: desk.charsets.choose(ids, picked.charset))
        if recoded is not None:
            self.host.undoing.remember(recoded)
            key = self.host.keymap.shown("app.undo")
            self.host.say(t("sources.charset.done", count=len(ids), key=key))
            self.read()


def _with(entry: Entry, behind: Behind) -> Entry:
    pieces = behind.pieces if behind.view == "source" else (*behind.pieces, *entry.pieces)
    return replace(entry, pieces=tuple(pieces), folded=False)


def _headers(raw: bytes, charset: str, key: str) -> Behind:
    lines = [f"{name}: {value}" for name, value in header_lines(raw, charset)]
    text = "\n".join(safe_line(line) for line in lines)
    pieces = (Piece("note", safe_line(t("sources.headers", key=key))), Piece("text", safe(text)), _GAP)
    return Behind("headers", pieces, text)


def _source(raw: bytes, key: str) -> Behind:
    text = raw[:SHOWN].decode("utf-8", "replace").replace("\r\n", "\n")
    note = "sources.source.cut" if len(raw) > SHOWN else "sources.source"
    pieces = (Piece("note", safe_line(t(note, key=key))), Piece("text", safe(text.rstrip())))
    return Behind("source", pieces, text)


_GAP = Piece("text", safe(""))
