"""Settings that change while the app runs: ``:set density compact``. They last as long as the session; ``maildesk
config set`` keeps them."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from maildesk import locale, themes
from maildesk.domain.columns import COLUMNS, DENSITIES, typed
from maildesk.errors import UsageError
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.widgets.bindings import rebind

if TYPE_CHECKING:
    from maildesk.app.desk_app import MaildeskApp


def _values() -> dict[str, tuple[str, ...]]:
    return {
        "theme": themes.names(),
        "after_done": ("next", "list"),
        "bell": ("on", "off"),
        "density": DENSITIES,
        "columns": ("all", "none", *COLUMNS),
        "language": locale.LANGUAGES,
    }


def lines() -> list[str]:
    """Every setting with every value, for completion."""
    return [f"{key} {value}" for key, values in _values().items() for value in values]


def check(key: str, value: str) -> tuple[str, str]:
    """The setting and its value as they are meant. Raises UsageError for what there is not."""
    known = _values()
    name = key.rpartition(".")[2]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.0)[0]
        raise UsageError("no_live_setting", key=key[:40], nearest=near, known=", ".join(known))
    if name == "columns":
        return name, value if typed(value) or value == "none" else "all"
    if value not in known[name]:
        raise UsageError("live_value", key=name, value=value[:40], known=", ".join(known[name]))
    return name, value


def change(app: MaildeskApp, key: str, value: str) -> str:
    """Change a setting now; what to say of it. Raises UsageError."""
    name, value = check(key, value)
    if name == "language":
        speak(app, "ja" if value == "ja" else "en")
        return t("app.ex.set", key=name, value=value)
    meant: Any = value == "on" if name == "bell" else typed(value) if name == "columns" else value
    app.settings = replace(app.settings, **{name: meant})
    if name == "theme":
        app.theme = value
    if name in ("density", "columns") and app.inbox is not None:
        app.inbox.listing.columns, app.inbox.listing.density = None, ""
        app.inbox.lay_out()
    return t("app.ex.set", key=name, value=value)


def speak(app: MaildeskApp, language: locale.Language) -> None:
    """Speak another language from now on, on every screen that is open. Nothing that is typed is touched."""
    locale.use(language)
    rebind(app, "app", app.keymap)
    for screen in app.screen_stack:
        if isinstance(screen, DeskScreen):
            screen.speak()
