"""Saving the attachments of a conversation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.links import Links
from maildesk.screens.picker import Picker
from maildesk.screens.words import size

if TYPE_CHECKING:
    from maildesk.desk import Desk


class Files(Links):
    """Mixed into the screens where ``A`` lists attachments."""

    @work(exclusive=True, group="files")
    async def action_conversation_files(self) -> None:
        """Let the agent choose attachments, and save them where the settings say."""
        targets = self.targets()
        conversation = await self.tried(lambda desk: desk.conversations.get(targets[0])) if targets else None
        if conversation is None:
            return
        files = [(m.id, a) for m in conversation.messages for a in m.attachments]
        if not files:
            self.host.say(t("conversation.no_files"))
            return
        folder = self.host.settings.downloads
        offered = [
            Choice([(message_id, file.index)], file.name, size(file.size)) for message_id, file in files
        ]
        if len(files) > 1:
            everything = [(message_id, file.index) for message_id, file in files]
            offered.append(Choice(everything, t("picker.files.all", count=len(files))))
        picked = await self.app.push_screen_wait(Picker(t("picker.files", folder=folder), offered))
        for message_id, index in picked or ():
            await self._save(message_id, index, folder)

    async def _save(self, message_id: int, index: int, folder: Path) -> None:
        def save(desk: Desk) -> Path:
            folder.mkdir(parents=True, exist_ok=True)
            return desk.conversations.save_attachment(message_id, index, folder)

        try:
            saved = await self.tried(save)
        except OSError as error:
            self.host.say(t("conversation.save_failed", reason=error.strerror or error), "error")
        else:
            if saved is not None:
                self.host.say(t("conversation.saved", file=saved))
