"""``version``: which maildesk this is."""

from __future__ import annotations

import argparse
import platform

from maildesk import __version__
from maildesk.cli.context import Context


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes: nothing."""


def run(context: Context, given: argparse.Namespace) -> int:
    """Say it."""
    if given.json:
        context.out.json(
            {"version": __version__, "python": platform.python_version(), "system": platform.platform()}
        )
    else:
        context.out.line(f"maildesk {__version__}")
    return 0
