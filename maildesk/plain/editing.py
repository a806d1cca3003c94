"""A text in the user's editor, through a file that only he can read."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from maildesk.domain.programs import editor
from maildesk.errors import MaildeskError, system_words


def edited(text: str, environ: Mapping[str, str]) -> str:
    """``text`` as it left the editor. Raises MaildeskError when the editor could not be started or failed; the file is
    then kept and named."""
    command = editor(environ)
    folder = Path(tempfile.mkdtemp(prefix="maildesk-"))
    file = folder / "reply.txt"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as opened:
        opened.write(text)
    try:
        code = subprocess.run([*command, str(file)], check=False).returncode
    except OSError as error:
        raise MaildeskError(
            "plain_editor", program=command[0], reason=system_words(error), file=file
        ) from None
    if code:
        raise MaildeskError("plain_editor", program=command[0], reason=f"exit {code}", file=file)
    found = file.read_text("utf-8", "replace")
    file.unlink()
    folder.rmdir()
    return found[:-1] if found.endswith("\n") and not text.endswith("\n") else found
