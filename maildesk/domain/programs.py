"""Which other programs the user wants: the editor and the pager of the environment."""

from __future__ import annotations

import shlex
from collections.abc import Mapping


def editor(environ: Mapping[str, str]) -> list[str]:
    """The command of the editor: MAILDESK_EDITOR, VISUAL, EDITOR, else vi."""
    return _command(environ, ("MAILDESK_EDITOR", "VISUAL", "EDITOR"), "vi")


def pager(environ: Mapping[str, str]) -> list[str]:
    """The command of the pager: MAILDESK_PAGER, PAGER, else less."""
    return _command(environ, ("MAILDESK_PAGER", "PAGER"), "less")


def _command(environ: Mapping[str, str], names: tuple[str, ...], otherwise: str) -> list[str]:
    for name in names:
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError:
                continue
    return [otherwise]
