"""Attaching files to a draft, and taking them off."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.domain.reply import Draft, DraftFile
from maildesk.locale import t
from maildesk.screens.paths import PathPicker
from maildesk.screens.words import size

if TYPE_CHECKING:
    from maildesk.screens.composer import Composer

LIMIT = 25 * 1024 * 1024
"""The largest file that is attached, in bytes: more is refused by most servers anyway."""


async def choose(screen: Composer, draft: Draft) -> Draft | None:
    """Let the agent pick a file and attach it (or take one off); the draft with it, None when nothing changed."""
    picked = await screen.app.push_screen_wait(PathPicker(draft.files, Path.home()))
    if picked is None:
        return None
    if isinstance(picked, DraftFile):
        file_id = picked.id
        changed = await screen.tried(lambda desk: desk.replies.detach(draft, file_id))
        if changed is not None:
            screen.host.say(t("compose.detached", name=picked.name))
        return changed
    try:
        length = picked.stat().st_size
        if length > LIMIT:
            screen.host.say(t("compose.too_big", size=size(length), limit=size(LIMIT)), "warning")
            return None
        data = await screen.host.in_thread(lambda path: path.read_bytes(), picked)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        screen.host.say(t("compose.cannot_read", file=picked, reason=reason), "error")
        return None
    content_type = mimetypes.guess_type(picked.name)[0] or "application/octet-stream"
    name = picked.name
    changed = await screen.tried(lambda desk: desk.replies.attach(draft, name, content_type, data))
    if changed is not None:
        screen.host.say(t("compose.attached", name=name, size=size(len(data))))
    return changed
