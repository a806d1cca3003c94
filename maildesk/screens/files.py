"""The attachments of a conversation: looked into, saved, given to a command."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from maildesk.domain.conversation import Attachment, Conversation
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.dialogs import TextDialog
from maildesk.screens.ordering import Ordering
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.words import size
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import content, joined

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.mail.picture import Picture


class Found(NamedTuple):
    """A file of a message."""

    message_id: int
    file: Attachment


def files_of(conversation: Conversation) -> Sequence[Found]:
    """All files of a conversation, in order."""
    return [Found(message.id, file) for message in conversation.messages for file in message.attachments]


class Files(Ordering):
    """Mixed into the screens where ``A`` lists attachments."""

    @work(exclusive=True, group="files")
    async def action_conversation_files(self) -> None:
        """Show the attachments."""
        conversation = await self.meant()
        if conversation is None:
            return
        found = files_of(conversation)
        if not found:
            self.host.say(t("conversation.no_files"))
            return
        message = self.message_of(conversation)
        first = next((n for n, one in enumerate(found) if message and one.message_id == message.id), 0)
        await self.app.push_screen_wait(FilesDialog(found, first))


class FilesDialog(DeskDialog[None]):
    """The files; Enter looks into one, s saves one, S all, | gives one to a command."""

    context: ClassVar[Context] = "files"
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("files")]

    def __init__(self, found: Sequence[Found], first: int = 0) -> None:
        super().__init__()
        self._found = found
        self._first = first

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog picker") as box:
            box.border_title = content(t("files.title", count=len(self._found)))
            yield OptionList(
                *(Option(_line(n, one.file)) for n, one in enumerate(self._found, 1)), compact=True
            )
            shown = self.host.keymap.shown
            keys = [
                ("Enter", t("files.look")),
                (shown("files.save"), t("files.save")),
                (shown("files.save_all"), t("files.save_all")),
                (shown("files.pipe"), t("files.pipe")),
                (shown("files.close"), t("common.back")),
            ]
            yield KeysLine(*keys, classes="keys")

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self._first

    @property
    def _one(self) -> Found:
        return self._found[self.query_one(OptionList).highlighted or 0]

    def action_files_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_files_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_files_look()

    @work(exclusive=True, group="file")
    async def action_files_look(self) -> None:
        """Show what can be seen of the file."""
        from maildesk.screens.file_view import FileView, paragraphs

        message_id, file = self._one
        found = await self.tried(lambda desk: desk.files.preview(message_id, file.index))
        if found is not None and not self.is_going:
            title = f"{file.name}  {size(file.size)}  {file.content_type}"
            picture = self._picture if found[1].kind == "image" and found[1].size is not None else None
            self.app.push_screen(FileView(safe_line(title), paragraphs(found[1]), picture))

    def _picture(self, desk: Desk, columns: int, rows: int) -> Picture:
        settings = self.host.settings
        message_id, file = self._one
        return desk.files.picture(
            message_id,
            file.index,
            columns,
            rows,
            in_ascii=settings.glyphs == "ascii" or settings.ambiguous == "wide",
            in_colour=not self.app.no_color,
        )

    @work(exclusive=True, group="pick")
    async def action_files_save(self) -> None:
        """Ask where, and save the file there."""
        from maildesk.mail.attachment import safe_name

        message_id, file = self._one
        proposed = self.host.settings.downloads / safe_name(file.name)
        path: Path | None = await self.app.push_screen_wait(SaveTo(t("files.save.title"), proposed))
        if path is not None:
            await self._save([Found(message_id, file)], path, path.name)

    @work(exclusive=True, group="pick")
    async def action_files_save_all(self) -> None:
        """Ask for a folder, and save all files there."""
        title = t("files.save_all.title", count=len(self._found))
        folder: Path | None = await self.app.push_screen_wait(SaveTo(title, self.host.settings.downloads))
        if folder is not None:
            await self._save(self._found, folder)

    async def _save(self, wanted: Sequence[Found], path: Path, name: str = "") -> None:
        """Save files into the folder ``path``, or one under that name where no such folder is."""

        def save(desk: Desk) -> list[Path]:
            folder, wish = (path.parent, name) if name and not path.is_dir() else (path, "")
            folder.mkdir(parents=True, exist_ok=True)
            return [desk.files.save(one.message_id, one.file.index, folder, wish) for one in wanted]

        try:
            saved = await self.tried(save)
        except OSError as error:
            self.host.say(t("conversation.save_failed", reason=error.strerror or error), "error")
            return
        if saved is None:
            return
        if len(saved) > 1:
            self.host.say(t("files.saved", count=len(saved), folder=path))
            return
        renamed = name and saved[0].parent == path.parent and saved[0].name != name
        self.host.say(t("files.saved_as" if renamed else "conversation.saved", file=saved[0]))

    @work(exclusive=True, group="pick")
    async def action_files_pipe(self) -> None:
        """Ask for a command, give it the file, and show what it writes."""
        from maildesk.screens.file_view import FileView, of_command

        message_id, file = self._one
        command: str | None = await self.app.push_screen_wait(Ask(t("files.pipe.title", name=file.name)))
        if not command:
            return
        try:
            found = await self.tried(lambda desk: desk.files.pipe(message_id, file.index, command))
        except OSError as error:
            self.host.say(t("files.pipe.failed", reason=error.strerror or error), "error")
            return
        if found is not None and not self.is_going:
            self.app.push_screen(FileView(safe_line(f"| {command}"), of_command(found)))

    def action_files_close(self) -> None:
        self.dismiss(None)


def _line(number: int, file: Attachment) -> Content:
    return joined(
        (f"{number:>2} ", "$text-muted"),
        safe_line(file.name),
        (f"  {size(file.size)}  {safe_line(file.content_type)}", "$text-muted"),
    )


class Ask(TextDialog[str | None]):
    """Asks for a line."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, given: str = "", note: str = "") -> None:
        super().__init__()
        self._title = title
        self._given = given
        self._note = note or t("files.pipe.note")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog claim") as box:
            box.border_title = content(self._title)
            yield Paragraphs((SafeText(self._note), "muted"), classes="line")
            yield Input(self._given, compact=True, select_on_focus=False)
            yield self.keys(t("files.do"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_finish()

    def action_finish(self) -> None:
        self.dismiss(self.query_one(Input).value.strip())


class SaveTo(TextDialog[Path | None]):
    """Asks for the path of a file or folder. What is there is never overwritten."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, proposed: Path) -> None:
        super().__init__()
        self._title = title
        self._proposed = proposed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog claim") as box:
            box.border_title = content(self._title)
            yield Paragraphs((SafeText(t("files.save.note")), "muted"), classes="line")
            yield Input(str(self._proposed), compact=True, select_on_focus=False)
            yield self.keys(t("files.save"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_finish()

    def action_finish(self) -> None:
        typed = self.query_one(Input).value.strip()
        if typed and "\0" not in typed:
            self.dismiss(Path(os.path.expanduser(typed)))
        else:
            self.host.say(t("files.save.needed"), "warning")
