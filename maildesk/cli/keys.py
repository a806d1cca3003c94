"""``keys``: what the keys do, what is wrong with them, and the macros."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import keymap, wiring
from maildesk.cli.context import Context
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, NotFound, UsageError
from maildesk.locale import has, t

if TYPE_CHECKING:
    from maildesk.cli.output import Style
    from maildesk.config.macros import Broken
    from maildesk.domain.steps import Macro

_MACRO = ("list", "export", "import")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("act", choices=("list", "check", "docs", "macro"), help=t("cli.keys.act"))
    parser.add_argument("what", nargs="?", metavar="ACT", choices=_MACRO, help=t("cli.keys.what"))
    parser.add_argument("file", nargs="?", metavar="FILE|LETTER", help=t("cli.keys.file"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    if given.act != "macro" and given.what is not None:
        raise UsageError("usage_unknown", names=given.what, prog="maildesk keys")
    match given.act:
        case "list":
            return _list_keys(context, given)
        case "check":
            return _check_keys(context, given)
        case "docs":
            return _docs(context)
        case _:
            return _macro(context, given)


# ---- keys


def _list_keys(context: Context, given: argparse.Namespace) -> int:
    keys = keymap.resolve(context.settings.keys.overrides, context.settings.keys.preset)
    for place in keymap.CONTEXTS:
        actions = list(keys.actions(place))
        if given.json:
            for action in actions:
                context.out.json(
                    {
                        "action": action.id,
                        "context": place,
                        "keys": [keymap.shown(key) for key in action.keys],
                        "label": action.label,
                        "help": action.help,
                        "verb": action.verb or None,
                    }
                )
            continue
        style: Style = "bold"
        name = f"keymap.in.{place}"
        context.out.styled([(t(name) if has(name) else place, style)])
        context.out.table(
            [
                (f"  {' '.join(keymap.shown(key) for key in action.keys) or '—'}", action.id, action.help)
                for action in actions
            ]
        )
    return 0


def _check_keys(context: Context, given: argparse.Namespace) -> int:
    """All that is wrong with the keys of the configuration, with the lines. 3 when there is anything."""
    settings = context.settings
    _, errors = keymap.problems(settings.keys.overrides, settings.keys.preset)
    for error in errors:
        action = str(error.values.get("action") or error.values.get("second") or "")
        origin = wiring.key_origin(settings, error)
        if given.json:
            context.out.json(
                {
                    "ok": False,
                    "action": action or None,
                    "message": str(error),
                    "file": str(origin.file) if origin.file else None,
                    "line": origin.line or None,
                }
            )
        else:
            place = f"{origin.file}:{origin.line}: " if origin.file else ""
            context.out.line(f"{place}{error}" + (f" ({error.hint})" if error.hint else ""))
    if not errors:
        if given.json:
            context.out.json(
                {"ok": True, "action": None, "message": t("cli.keys.ok"), "file": None, "line": None}
            )
        else:
            context.out.line(t("cli.keys.ok"))
    return ConfigError.exit_code if errors else 0


def _docs(context: Context) -> int:
    """The keys in force as Markdown."""
    keys = keymap.resolve(context.settings.keys.overrides, context.settings.keys.preset)
    for place in keymap.CONTEXTS:
        context.out.line(f"## {t(f'keymap.in.{place}')}")
        context.out.line("")
        context.out.line(f"| {t('cli.keys.docs.key')} | {t('cli.keys.docs.does')} | ID |")
        context.out.line("|---|---|---|")
        for action in keys.actions(place):
            shown = " ".join(f"`{_cell(keymap.shown(key))}`" for key in action.keys) or "—"
            context.out.line(f"| {shown} | {_cell(action.help)} | `{action.id}` |")
        context.out.line("")
    return 0


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# ---- macros


def _macro(context: Context, given: argparse.Namespace) -> int:
    from maildesk.config import macros

    shelf = macros.MacroShelf(context.settings.paths.macros_file)
    match given.what or "list":
        case "list":
            for one in shelf.load().values():
                _tell(context, given, one)
            _refuse(shelf.broken.values())
        case "export":
            known = shelf.load()
            if given.file in shelf.broken:
                raise shelf.broken[given.file].error
            if given.file is not None and given.file not in known:
                raise NotFound("no_macro", letter=safe_line(given.file[:20]), known=", ".join(known) or "-")
            chosen = [known[given.file]] if given.file is not None else list(known.values())
            context.out.text(macros.text(chosen).rstrip())
            if given.file is None:
                _refuse(shelf.broken.values())
        case _:
            if given.file is None:
                raise UsageError("usage_missing", names="FILE", prog="maildesk keys macro import")
            found = _imported(given.file)
            shelf.put(*found)
            for one in found:
                _tell(context, given, one)
    return 0


def _refuse(broken: Iterable[Broken]) -> None:
    """Raise for the first that is broken, when all others were told."""
    for one in broken:
        raise one.error


def _imported(file: str) -> list[Macro]:
    """The macros of a file, each of whose actions there is. Raises ConfigError."""
    import difflib
    import tempfile

    from maildesk.config import macros
    from maildesk.domain.steps import Act

    if file == "-":
        with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as copy:
            copy.write(sys.stdin.read())
            copy.flush()
            found = list(macros.read(Path(copy.name)).values())
    else:
        found = list(macros.read(Path(file)).values())
    for one in found:
        for step in one.steps:
            if isinstance(step, Act) and step.id not in keymap.BY_ID:
                nearest = difflib.get_close_matches(step.id, keymap.BY_ID, n=1, cutoff=0.0)[0]
                raise ConfigError("keymap_action", action=step.id, nearest=nearest)
            if isinstance(step, Act) and step.id in keymap.SENDING:
                raise ConfigError("macro_sends", action=step.id, letter=one.letter)
    return found


def _tell(context: Context, given: argparse.Namespace, one: Macro) -> None:
    if given.json:
        steps = [str(step) for step in one.steps]
        context.out.json({"letter": one.letter, "about": one.about or None, "steps": steps})
    else:
        context.out.line(f"{one.letter}  {safe_line(one.about or ' · '.join(map(str, one.steps)))}")
