"""Settings: where they come from, what they may be, and errors that name file, line and key.

A setting is looked for in this order: the command line, the environment (``MAILDESK_STORE``,
``MAILDESK_AGENT``, ``MAILDESK_LANG`` and ``MAILDESK_SECTION__KEY``), the profile, the file, the default.
:data:`SETTINGS` lists them all; the reference in the documentation is made from it.

:mod:`maildesk.config.deskfile` reads the other file of maildesk, what ``maildesk init --from`` puts into
the store.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from maildesk.config.urls import is_store_url, masked, shown
from maildesk.domain.columns import COLUMNS
from maildesk.domain.day_hours import DayHours
from maildesk.domain.notify import KINDS
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.config.tomlfile import KeyPath, TomlFile

Value = str | int | float | bool
Kind = Literal["text", "choice", "several", "number", "switch", "url", "zone", "path", "daytime", "command"]
LanguageSetting = Literal["auto", "ja", "en"]
Mouse = Literal["auto", "on", "off"]
Clipboard = Literal["auto", "on", "off"]
AfterDone = Literal["next", "list"]
Density = Literal["compact", "comfortable"]
Glyphs = Literal["unicode", "ascii"]
Ambiguous = Literal["narrow", "wide"]
Dim = Literal["auto", "on", "off"]
Terminal = Literal["auto", "osc9", "osc777", "off"]
Preset = Literal["standard", "gmail", "mutt", "emacs"]
Source = Literal["flag", "environment", "profile", "file", "default"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, what it may be, and what it is where nobody says anything.

    ``choices`` are all values of a ``choice``, and those of which ``several`` may stand there with blanks between;
    ``daytime`` is ``22:00-07:00`` or ''; a ``command`` is kept as it would be typed, also where the file has a list of
    its words: it is split into words again (:func:`shlex.split`), and no shell sees it. ``low`` and ``high`` are the
    limits of a ``number``.
    """

    key: str
    kind: Kind
    default: Value
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    short_env: str = ""

    @property
    def env(self) -> str:
        """Its twin in the environment."""
        return "MAILDESK_" + self.key.upper().replace(".", "__")

    @property
    def description(self) -> str:
        """What it does, in the language in use."""
        return t(f"config.{self.key}")

    @property
    def expected(self) -> str:
        """What it may be, in the language in use."""
        return t(
            f"config.expected.{self.kind}",
            choices=", ".join(self.choices),
            low=f"{self.low:g}",
            high=f"{self.high:g}",
        )


SETTINGS: tuple[Setting, ...] = (
    Setting("store.url", "url", "", short_env="MAILDESK_STORE"),
    Setting("agent.login", "text", "", short_env="MAILDESK_AGENT"),
    Setting("ui.language", "choice", "auto", get_args(LanguageSetting), short_env="MAILDESK_LANG"),
    Setting("ui.theme", "text", "maildesk-dark"),
    Setting("ui.mouse", "choice", "auto", get_args(Mouse)),
    Setting("ui.after_done", "choice", "next", get_args(AfterDone)),
    Setting("ui.time_zone", "zone", ""),
    Setting("ui.downloads", "path", "~/Downloads"),
    Setting("ui.clipboard", "choice", "auto", get_args(Clipboard)),
    Setting("ui.browser", "text", ""),
    Setting("ui.density", "choice", "compact", get_args(Density)),
    Setting("ui.columns", "several", " ".join(COLUMNS), COLUMNS),
    Setting("ui.glyphs", "choice", "unicode", get_args(Glyphs)),
    Setting("ui.ambiguous", "choice", "narrow", get_args(Ambiguous)),
    Setting("ui.dim", "choice", "auto", get_args(Dim)),
    Setting("keys.preset", "choice", "standard", get_args(Preset)),
    Setting("keys.count_wait", "number", 0.3, low=0, high=2),
    Setting("send.hold_seconds", "number", 10, low=0, high=120),
    Setting("sync.embedded", "switch", True),
    Setting("notify.bell", "switch", True),
    Setting("notify.events", "several", " ".join(KINDS), KINDS),
    Setting("notify.terminal", "choice", "auto", get_args(Terminal)),
    Setting("notify.command", "command", ""),
    Setting("notify.command_seconds", "number", 10, low=1, high=60),
    Setting("notify.per_minute", "number", 6, low=1, high=60),
    Setting("notify.status_file", "path", ""),
    Setting("notify.quiet", "daytime", ""),
    Setting("notify.quiet_zone", "zone", ""),
)
"""Every setting but the keys themselves (``[keys]``, one entry per command id)."""

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(setting.key.partition(".")[0] for setting in SETTINGS))

_SWITCH = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of maildesk for one user."""

    config: Path
    data: Path
    state: Path

    @property
    def config_file(self) -> Path:
        """The configuration file where no other is named."""
        return self.config / "config.toml"

    @property
    def personal_store(self) -> str:
        """The store where no other is named."""
        return f"sqlite:///{self.data / 'desk.db'}"

    @property
    def secrets_file(self) -> Path:
        """Where passwords go without a key ring."""
        return self.data / "secrets.json"

    @property
    def macros_file(self) -> Path:
        """The macros."""
        return self.config / "macros.toml"

    @property
    def log_file(self) -> Path:
        """The log."""
        return self.state / "maildesk.log"

    @property
    def journal_file(self) -> Path:
        """What the commands did last, for ``maildesk undo``."""
        return self.state / "undo.jsonl"


def user_paths() -> Paths:
    """The folders that the operating system names for the user who runs maildesk."""
    import platformdirs

    places = platformdirs.PlatformDirs("maildesk", appauthor=False)
    return Paths(places.user_config_path, places.user_data_path, places.user_state_path)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a setting came from: the variable, the profile, the file and the line, as far as
    known."""

    source: Source
    name: str = ""
    file: Path | None = None
    line: int = 0

    def __str__(self) -> str:
        """For ``config get --origin``."""
        return t(f"config.origin.{self.source}", name=safe_line(self.name), file=self.file, line=self.line)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Which desk. ``url`` may hold a password and is not in the repr; :func:`masked` is for showing it."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Who works here, on SQLite; '' is the user of the operating system."""

    login: str


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How the app looks and behaves. ``time_zone`` is an IANA name, '' is this computer's."""

    language: LanguageSetting
    theme: str
    mouse: Mouse
    after_done: AfterDone
    time_zone: str
    downloads: str
    clipboard: Clipboard
    browser: str
    density: Density
    columns: str
    glyphs: Glyphs
    ambiguous: Ambiguous
    dim: Dim


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The keys: a preset, and over it command id to key or keys, as they stand in the file. ``count_wait`` are the
    seconds in which a digit may become a count, 0 for never."""

    preset: Preset
    count_wait: float
    overrides: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SendSettings:
    """Sending from the app. ``hold_seconds`` is how long a reply can be taken back."""

    hold_seconds: float


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Sync. ``embedded``: the app starts a worker itself when nobody else is one."""

    embedded: bool


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Telling the agent. ``bell``: ring the terminal's bell; ``events``: the kinds that are told; ``terminal``: by
    which escape sequence; ``command``: what is started, for at most ``command_seconds``; ``per_minute``: how many are
    told; ``status_file``: where one line stands for tmux; ``quiet``: hours in which nothing is told, in ``quiet_zone``
    ('': the zone of ``ui.time_zone``)."""

    bell: bool
    events: str
    terminal: Terminal
    command: str
    command_seconds: float
    per_minute: float
    status_file: str
    quiet: str
    quiet_zone: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings in force, and where each came from."""

    store: StoreSettings
    agent: AgentSettings
    ui: UiSettings
    keys: KeySettings
    send: SendSettings
    sync: SyncSettings
    notify: NotifySettings
    paths: Paths
    file: Path | None = None
    profile: str = ""
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False)

    def origin(self, key: str) -> Origin:
        """Where the value of ``key`` (``ui.theme``, ``keys.conversation.reply``) came from."""
        return self.origins.get(key, Origin("default"))

    def value(self, key: str) -> Value:
        """The value of ``key``. Raises KeyError for a key that is not in :data:`SETTINGS`."""
        section, _, name = BY_KEY[key].key.partition(".")
        value: Value = getattr(getattr(self, section), name)
        return value


def load(
    path: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, Value | None],
    *,
    profile: str | None = None,
    paths: Paths | None = None,
) -> Settings:
    """The settings in force.

    ``path`` is the file of ``--config`` (None: ``MAILDESK_CONFIG``, else the user's own, which need not
    exist), ``overrides`` are the flags of the command line by setting (None: not given), ``profile`` is
    ``--profile`` (None: ``MAILDESK_PROFILE``). Raises ConfigError.
    """
    paths = paths or user_paths()
    values: dict[str, Value] = {setting.key: setting.default for setting in SETTINGS}
    values["store.url"] = paths.personal_store
    origins: dict[str, Origin] = {}
    keys: dict[str, tuple[str, ...]] = {}
    profile = profile if profile is not None else environ.get("MAILDESK_PROFILE", "")
    file = _settings_file(path, environ, paths)
    if file is not None:
        _apply_file(file, profile, values, keys, origins)
    elif profile:
        raise ConfigError("config_profile", profile=safe_line(profile), known="-")
    _apply_environment(environ, values, origins)
    for key, given in overrides.items():
        if given is not None:
            values[key] = from_text(BY_KEY[key], given, "config_flag", key)
            origins[key] = Origin("flag")
    return Settings(
        StoreSettings(**_section(values, "store")),
        AgentSettings(**_section(values, "agent")),
        UiSettings(**_section(values, "ui")),
        KeySettings(overrides=keys, **_section(values, "keys")),
        SendSettings(**_section(values, "send")),
        SyncSettings(**_section(values, "sync")),
        NotifySettings(**_section(values, "notify")),
        paths,
        file.path if file else None,
        profile,
        origins,
    )


# -- settings from a file


def _settings_file(path: Path | None, environ: Mapping[str, str], paths: Paths) -> TomlFile | None:
    named = path or (
        Path(environ["MAILDESK_CONFIG"]).expanduser() if environ.get("MAILDESK_CONFIG") else None
    )
    if named is None and not paths.config_file.exists():
        return None
    from maildesk.config.tomlfile import TomlFile

    return TomlFile(named or paths.config_file)


def _apply_file(
    file: TomlFile,
    profile: str,
    values: dict[str, Value],
    keys: dict[str, tuple[str, ...]],
    origins: dict[str, Origin],
) -> None:
    top = dict(file.content)
    profiles = top.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        file.wrong(("profiles",), profiles, t("config.expected.table"))
    read: list[tuple[Source, str, dict[str, Any], KeyPath]] = [("file", "", top, ())]
    for name, table in profiles.items():
        read.append(("profile", name, table, ("profiles", name)))
    if profile and profile not in profiles:
        raise ConfigError(
            "config_profile", profile=safe_line(profile), known=safe_line(", ".join(profiles)) or "-"
        )
    for source, name, table, where in read:
        found, found_keys = _settings_in(file, table, where)
        if any(
            masked(url) != url for key, url in found.items() if key == "store.url" and isinstance(url, str)
        ):
            file.refuse_loose()
        if source == "file" or name == profile:
            values.update(found)
            keys.update(found_keys)
            for key in [*found, *(f"keys.{command}" for command in found_keys)]:
                line = file.line((*where, key))
                origins[key] = Origin(source, name, file.path, line)


def _settings_in(
    file: TomlFile, table: dict[str, Any], where: KeyPath
) -> tuple[dict[str, Value], dict[str, tuple[str, ...]]]:
    """The settings and the keys in one table of the file, each looked at, also in profiles that are not in
    use."""
    found: dict[str, Value] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for section, entries in table.items():
        if section not in SECTIONS:
            file.unknown((*where, section), (*SECTIONS, "profiles") if not where else SECTIONS)
        if not isinstance(entries, dict):
            file.wrong((*where, section), entries, t("config.expected.table"))
        for name, value in entries.items():
            path = (*where, section, name)
            if (setting := BY_KEY.get(f"{section}.{name}")) is not None:
                found[setting.key] = _from_toml(file, path, setting, value)
            elif section == "keys":
                keys.update(_keys(file, path, name, value))
            else:
                file.unknown(
                    path, [s.key.partition(".")[2] for s in SETTINGS if s.key.startswith(f"{section}.")]
                )
    return found, keys


def _keys(file: TomlFile, path: KeyPath, command: str, value: object) -> dict[str, tuple[str, ...]]:
    """``"conversation.reply" = "r"`` and ``conversation.reply = ["r", "R"]`` alike."""
    if isinstance(value, dict):
        nested: dict[str, tuple[str, ...]] = {}
        for name, inner in value.items():
            nested |= _keys(file, (*path, name), f"{command}.{name}", inner)
        return nested
    written = value.split(",") if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(key, str) for key in written):
        file.wrong(path, value, t("config.expected.keys"))
    return {command: tuple(key.strip() for key in written if key.strip())}


def _from_toml(file: TomlFile, path: KeyPath, setting: Setting, value: object) -> Value:
    if setting.kind in ("several", "command") and isinstance(value, list):
        if not all(isinstance(word, str) for word in value):
            file.wrong(path, value, setting.expected)
        value = shlex.join(value) if setting.kind == "command" else " ".join(value)
    fits = {
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "switch": isinstance(value, bool),
    }
    if (
        not fits.get(setting.kind, isinstance(value, str))
        or not isinstance(value, str | int | float)
        or not _allowed(setting, value)
    ):
        file.wrong(path, value, setting.expected)
    return value


# -- settings from elsewhere


def _apply_environment(
    environ: Mapping[str, str], values: dict[str, Value], origins: dict[str, Origin]
) -> None:
    twins = {setting.env: setting for setting in SETTINGS}
    for name in environ:
        if name.startswith("MAILDESK_") and "__" in name and name not in twins:
            from difflib import get_close_matches

            nearest = get_close_matches(name, twins, 1, 0.0)[0]
            raise ConfigError("config_unknown_env", env=safe_line(name), nearest=nearest)
    for setting in SETTINGS:
        for name in (setting.env, setting.short_env):
            if environ.get(name):
                values[setting.key] = from_text(setting, environ[name], "config_env", name)
                origins[setting.key] = Origin("environment", name)


def from_text(setting: Setting, given: Value, error: str, name: str) -> Value:
    """A value that came as text, from the environment or a flag. Raises ConfigError ``error`` for what it cannot be."""
    value: Value = given
    if isinstance(given, str) and setting.kind == "switch":
        value = _SWITCH.get(given.strip().lower(), given)
    elif isinstance(given, str) and setting.kind == "number":
        try:
            value = float(given)
        except ValueError:
            value = given
    if not _allowed(setting, value):
        raise ConfigError(error, name=name, value=shown(given), expected=setting.expected)
    return value


def _allowed(setting: Setting, value: Value) -> bool:
    match setting.kind:
        case "choice":
            return value in setting.choices
        case "number":
            return (
                not isinstance(value, str | bool)
                and math.isfinite(value)
                and setting.low <= value <= setting.high
            )
        case "switch":
            return isinstance(value, bool)
        case "url":
            return isinstance(value, str) and is_store_url(value)
        case "zone":
            return isinstance(value, str) and _is_zone(value)
        case "several":
            return isinstance(value, str) and set(value.split()) <= set(setting.choices)
        case "daytime":
            return isinstance(value, str) and (not value or DayHours.parse(value) is not None)
        case "command":
            return isinstance(value, str) and "\0" not in value and _is_command(value)
        case "text" | "path":
            return isinstance(value, str) and "\0" not in value


def _is_command(text: str) -> bool:
    try:
        shlex.split(text)
    except ValueError:
        return False
    return True


def _is_zone(name: str) -> bool:
    import zoneinfo

    try:
        return not name or bool(zoneinfo.ZoneInfo(name))
    except (LookupError, OSError, ValueError):
        return False


def _section(values: Mapping[str, Value], section: str) -> dict[str, Any]:
    return {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{section}.")}
