"""``maildesk`` itself, ``plain``, ``demo`` and ``init``: what opens the app, or the linear mode."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from maildesk import wiring
from maildesk.cli.context import Context
from maildesk.errors import UsageError
from maildesk.locale import t


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    if verb == "demo":
        parser.add_argument("--plain", action="store_true", help=t("cli.demo.plain"))
    if verb == "init":
        parser.add_argument("--from", metavar="FILE", type=Path, dest="file", help=t("cli.init.from"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    match given.verb:
        case "demo":
            return _demo(context, plain=given.plain)
        case "plain":
            return wiring.run_plain(context.settings)
        case "init":
            return _init(context, given)
        case _:
            require_terminal(context)
            settings = context.settings
            if wiring.is_set_up(settings):
                return wiring.run_app(settings)
            from maildesk.wiring.wizard import run_wizard

            return run_wizard(settings)


def require_terminal(context: Context) -> None:
    """Raise UsageError where the app could not be drawn or used, with what to do instead."""
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageError("no_terminal")
    term = context.environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        raise UsageError("bad_terminal", term=term or "—")


def _demo(context: Context, *, plain: bool) -> int:
    if not plain:
        require_terminal(context)
    from maildesk.demo.desk import run

    return run(context.settings, plain=plain)


def _init(context: Context, given: argparse.Namespace) -> int:
    if given.file is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("init_needs_file")
        require_terminal(context)
        from maildesk.wiring.wizard import run_wizard

        return run_wizard(context.settings)
    from maildesk.config.deskfile import read_desk_file

    desk_file = read_desk_file(given.file)
    report = wiring.initialise(desk_file, context.settings)
    if given.json:
        context.out.json(
            {
                "store": report.store,
                "created": report.created,
                "changed": report.changed,
                "config": str(report.config) if report.config else None,
                "sql": list(report.left),
                "items": [{"kind": m.kind, "name": m.name, "result": m.result} for m in report.made],
            }
        )
    else:
        word = t("cli.init.created" if report.created else "cli.init.existing")
        context.out.line(f"{t('cli.init.store')}: {report.store} ({word})")
        for made in report.made:
            context.out.line(f"{t(f'cli.init.{made.kind}')} {made.name}: {t(f'cli.made.{made.result}')}")
    if report.config is not None:
        context.out.say(t("cli.init.config", file=report.config))
    if report.note:
        context.out.say(report.note)
    if report.left:
        context.out.say(t("cli.init.left"))
        for statement in report.left:
            context.out.say(f"  {statement}")
    signing_in = {entry.name for entry in desk_file.mailboxes if entry.oauth is not None}
    for made in report.made:
        if made.kind == "mailbox" and made.result != "unchanged" and made.name in signing_in:
            context.out.say(t("login.first", mailbox=made.name))
    for state in desk_file.states or ():
        if state.key and (taken := _meaning(state.key)):
            context.out.say(t("cli.init.key_taken", key=state.key, state=state.name, what=taken))
    if not report.changed:
        context.out.say(t("cli.init.nothing"))
    return 0


def _meaning(key: str) -> str:
    """What a key does in a list or a conversation already, '' for nothing: it goes on doing that."""
    from maildesk.keymap import standard

    actions = (standard().action(context, key) for context in ("list", "conversation"))
    return next((action.label for action in actions if action is not None), "")
