"""``archive``: put away what was done long ago, without waiting for whoever syncs."""

from __future__ import annotations

import argparse

from maildesk.cli.context import Context
from maildesk.locale import t


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--dry-run", action="store_true", help=t("cli.archive.dry_run"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    with context.desk() as desk:
        months = desk.archive.after()
        number = desk.archive.waiting() if given.dry_run else desk.archive.run()
    if given.json:
        context.out.json({"after_months": months or None, "conversations": number, "dry_run": given.dry_run})
    elif not months:
        context.out.line(t("cli.archive.off"))
    else:
        key = "cli.archive.would" if given.dry_run else "cli.archive.done"
        context.out.line(t(key, count=number, months=months))
    return 0
