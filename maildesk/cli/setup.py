"""``keys``, ``config``, ``version``: how this maildesk is set up."""

from __future__ import annotations

import argparse
import platform
from typing import TYPE_CHECKING

from maildesk import __version__
from maildesk.cli.context import Context
from maildesk.errors import ConfigError, UsageError
from maildesk.locale import has, t

if TYPE_CHECKING:
    from maildesk.cli.output import Style


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    match verb:
        case "keys":
            parser.add_argument("act", choices=("list", "check"), help=t("cli.keys.act"))
        case "config":
            parser.add_argument("act", choices=("path", "get", "list"), help=t("cli.config.act"))
            parser.add_argument("key", metavar="KEY", nargs="?", help=t("cli.config.key"))
            parser.add_argument("--origin", action="store_true", help=t("cli.config.origin"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    match given.verb:
        case "version":
            return _version(context, given)
        case "config":
            return _config(context, given)
        case _:
            return _list_keys(context, given) if given.act == "list" else _check_keys(context, given)


def _version(context: Context, given: argparse.Namespace) -> int:
    if given.json:
        context.out.json(
            {"version": __version__, "python": platform.python_version(), "system": platform.platform()}
        )
    else:
        context.out.line(f"maildesk {__version__}")
    return 0


# ---- settings


def _config(context: Context, given: argparse.Namespace) -> int:
    from maildesk.config import BY_KEY, SETTINGS

    if given.act == "path":
        return _config_path(context, given)
    if given.act == "list":
        if given.key is not None:
            raise UsageError("usage_unknown", names=given.key, prog="maildesk config")
        for setting in SETTINGS:
            _config_one(context, given, setting.key, all_of_it=True)
        return 0
    if given.key is None:
        raise UsageError("usage_missing", names="KEY", prog="maildesk config")
    if given.key not in BY_KEY:
        from difflib import get_close_matches

        raise UsageError(
            "no_setting", key=given.key[:60], nearest=get_close_matches(given.key, BY_KEY, 1, 0.0)[0]
        )
    _config_one(context, given, given.key, all_of_it=given.origin)
    return 0


def _config_path(context: Context, given: argparse.Namespace) -> int:
    """The file, whether it exists or not; told even when what stands in it is wrong."""
    from maildesk.config import user_paths

    paths = user_paths()
    named = context.flags.config or context.environ.get("MAILDESK_CONFIG") or paths.config_file
    if given.json:
        context.out.json(
            {
                "config": str(named),
                "data": str(paths.data),
                "state": str(paths.state),
                "log": str(paths.log_file),
                "store": paths.personal_store,
            }
        )
    else:
        context.out.line(str(named))
    return 0


def _config_one(context: Context, given: argparse.Namespace, key: str, *, all_of_it: bool) -> None:
    from maildesk.config import BY_KEY
    from maildesk.config.urls import masked

    value = context.settings.value(key)
    if isinstance(value, str):
        value = masked(value)
    origin = context.settings.origin(key)
    if given.json:
        context.out.json({"key": key, "value": value, "origin": origin.source, "where": str(origin)})
        return
    shown = (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
    if not all_of_it:
        context.out.line(shown)
        return
    context.out.line(f"{key} = {shown}" + (f"  ({origin})" if given.origin or given.act == "list" else ""))
    if given.act == "list":
        context.out.styled([(f"    {BY_KEY[key].description}", "dim")])


# ---- keys


def _list_keys(context: Context, given: argparse.Namespace) -> int:
    from maildesk import keymap

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
    from maildesk import keymap

    settings = context.settings
    _, errors = keymap.problems(settings.keys.overrides, settings.keys.preset)
    for error in errors:
        action = str(error.values.get("action") or error.values.get("second") or "")
        origin = settings.origin(f"keys.{action}" if action else "keys.preset")
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
