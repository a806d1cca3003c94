"""``config``: where the settings are, what they are and why, and changing them."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.cli.context import Context
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, MaildeskError, UsageError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.config.editing import Value

_ACTS = ("path", "get", "list", "set", "unset", "validate", "schema", "edit")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("act", choices=_ACTS, help=t("cli.config.act"))
    parser.add_argument("key", metavar="KEY", nargs="?", help=t("cli.config.key"))
    parser.add_argument("value", metavar="VALUE", nargs="*", help=t("cli.config.value"))
    parser.add_argument("--origin", action="store_true", help=t("cli.config.origin"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    if given.value and given.act != "set":
        raise UsageError("usage_unknown", names=" ".join(given.value), prog="maildesk config")
    match given.act:
        case "set" | "unset":
            return _set(context, given)
        case "validate":
            return _validate(context, given)
        case "schema":
            return _schema(context)
        case "edit":
            return _edit(context, given)
        case _:
            return _config(context, given)


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


def _file(context: Context) -> Path:
    from maildesk.config import user_paths

    named = context.flags.config or context.environ.get("MAILDESK_CONFIG") or user_paths().config_file
    return Path(named).expanduser()


# ---- changing


def _set(context: Context, given: argparse.Namespace) -> int:
    """Set or take away one setting or the keys of one action. What would be wrong is not written."""
    from maildesk import keymap
    from maildesk.config import BY_KEY
    from maildesk.config.editing import put

    key = given.key
    if key is None or (given.act == "set" and not given.value):
        raise UsageError("usage_missing", names="KEY VALUE", prog=f"maildesk config {given.act}")
    section, _, name = key.partition(".")
    is_keys = section == "keys" and name in keymap.BY_ID
    if key not in BY_KEY and not is_keys:
        from difflib import get_close_matches

        known = [*BY_KEY, *(f"keys.{action}" for action in keymap.BY_ID)]
        raise UsageError("no_setting", key=key[:60], nearest=get_close_matches(key, known, 1, 0.0)[0])
    value: Value | None = None
    if given.act == "set":
        value = tuple(given.value) if is_keys else _value(key, " ".join(given.value))
    file = _file(context)
    profile = context.flags.profile
    before = file.read_bytes() if file.exists() else None
    put(file, (*(("profiles", profile) if profile else ()), section), name, value)
    try:
        wrong = _wrong(context)
    except MaildeskError as error:
        wrong = [str(error)]
    if wrong:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
        raise ConfigError("config_refused", key=safe_line(key), reason=wrong[0])
    shown = " ".join(given.value) if given.act == "set" else None
    if given.json:
        context.out.json({"key": key, "value": shown, "file": str(file)})
    else:
        context.out.say(t("cli.config.done" if shown is not None else "cli.config.gone", key=key, file=file))
    return 0


def _value(key: str, written: str) -> Value:
    """What was written, as its setting takes it. Raises ConfigError."""
    from maildesk.config import BY_KEY, from_text

    return from_text(BY_KEY[key], written, "config_flag", key)


def _wrong(context: Context) -> list[str]:
    """All that is wrong with the settings as they are in the file now. Raises ConfigError for what is no setting."""
    from maildesk import keymap, themes, wiring

    found = wiring.settings(context.flags, context.environ)
    _, errors = keymap.problems(found.keys.overrides, found.keys.preset)
    lines = []
    for error in errors:
        origin = wiring.key_origin(found, error)
        place = f"{origin.file}:{origin.line}: " if origin.file else ""
        lines.append(f"{place}{error}")
    if found.ui.theme not in themes.names():
        try:
            wiring.ui_settings(found)
        except ConfigError as error:
            lines.append(str(error))
    return lines


def _validate(context: Context, given: argparse.Namespace) -> int:
    """Everything that is wrong with the settings and the keys; 3 when there is anything."""
    try:
        wrong = _wrong(context)
    except ConfigError as error:
        wrong = [" ".join(filter(None, (str(error), error.hint)))]
    if given.json:
        context.out.json({"ok": not wrong, "file": str(_file(context)), "messages": wrong})
    else:
        for line in wrong or [t("cli.config.ok", file=_file(context))]:
            context.out.line(line)
    return ConfigError.exit_code if wrong else 0


def _schema(context: Context) -> int:
    from maildesk import keymap
    from maildesk.config.schema import schema

    actions = {action.id: action.help for action in keymap.ACTIONS}
    context.out.text(json.dumps(schema(actions), ensure_ascii=False, indent=2))
    return 0


def _edit(context: Context, given: argparse.Namespace) -> int:
    """The file in $EDITOR, and then what is wrong with it."""
    import shlex

    file = _file(context)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        named = next(
            (
                v
                for name in ("MAILDESK_EDITOR", "VISUAL", "EDITOR")
                if (v := context.environ.get(name, "").strip())
            ),
            "vi",
        )
        subprocess.run([*shlex.split(named), str(file)], check=True)
    except (OSError, ValueError) as error:
        reason = system_words(error) if isinstance(error, OSError) else str(error)
        raise ConfigError("config_unwritable", file=safe_line(str(file)), reason=reason) from None
    except subprocess.CalledProcessError as error:
        raise MaildeskError("editor_failed", code=error.returncode) from None
    return _validate(context, given)
