"""Whether what is copied (OSC 52) can arrive at all: terminals do not answer, but some are known to throw it away."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping

_DEAF = ("linux", "dumb", "vt", "screen", "cons", "sun", "ansi")
"""How the names of terminals begin that have no clipboard."""

_VTE = 7600
"""The VTE (GNOME Terminal and its kin) that learned OSC 52, as it writes its version."""


def reaches(environ: Mapping[str, str], tmux: Callable[[], str] | None = None) -> bool:
    """Whether a copy may be claimed. Inside tmux it is asked (``tmux``, for tests): it passes a copy on only where
    ``set-clipboard`` is on. Takes up to half a second; call it in a thread."""
    if "TMUX" in environ:
        return (tmux or _set_clipboard)() == "on"
    term = environ.get("TERM", "")
    if not term or term.startswith(_DEAF) or "STY" in environ:
        return False
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return False
    vte = environ.get("VTE_VERSION", "")
    return not (vte.isascii() and vte.isdigit() and int(vte) < _VTE)


def _set_clipboard() -> str:
    try:
        done = subprocess.run(
            ["tmux", "show-options", "-sv", "set-clipboard"],
            capture_output=True,
            timeout=0.5,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("ascii", "replace").strip()
