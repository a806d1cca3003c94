"""Settings: where they come from, what they may be, and errors that name file, line and key.

A setting is looked for in this order: the command line, the environment (``MAILDESK_STORE``,
``MAILDESK_AGENT`` and ``MAILDESK_SECTION__KEY``), the profile, the file, the default. :data:`SETTINGS`
lists them all; the reference in the documentation is made from it.

:func:`read_desk_file` reads the other file of maildesk: what ``maildesk init --from`` puts into the store.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, get_args

from maildesk.domain.address import is_valid
from maildesk.domain.agent import Role
from maildesk.domain.endpoint import SECURITIES, Endpoint, Security, is_loopback
from maildesk.domain.safetext import safe_line
from maildesk.domain.secret import SecretRef, account_name
from maildesk.errors import ConfigError
from maildesk.locale import t

Value = str | int | float | bool
Kind = Literal["text", "choice", "number", "switch", "url", "zone", "path"]
LanguageSetting = Literal["auto", "ja", "en"]
Glyphs = Literal["unicode", "ascii"]
Mouse = Literal["auto", "on", "off"]
Density = Literal["comfortable", "compact"]
AfterDone = Literal["next", "list"]
Preset = Literal["standard", "gmail", "mutt"]
Source = Literal["flag", "environment", "profile", "file", "default"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, what it may be, and what it is where nobody says anything.

    ``choices`` are all values of a ``choice``; ``low`` and ``high`` are the limits of a ``number``.
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
    Setting("ui.language", "choice", "auto", get_args(LanguageSetting)),
    Setting("ui.theme", "text", "maildesk-dark"),
    Setting("ui.glyphs", "choice", "unicode", get_args(Glyphs)),
    Setting("ui.mouse", "choice", "auto", get_args(Mouse)),
    Setting("ui.density", "choice", "comfortable", get_args(Density)),
    Setting("ui.animation", "switch", False),
    Setting("ui.after_done", "choice", "next", get_args(AfterDone)),
    Setting("ui.time_zone", "zone", ""),
    Setting("ui.downloads", "path", "~/Downloads"),
    Setting("keys.preset", "choice", "standard", get_args(Preset)),
    Setting("send.hold_seconds", "number", 10, low=0, high=120),
    Setting("sync.embedded", "switch", True),
    Setting("notify.bell", "switch", False),
)
"""Every setting but the keys themselves (``[keys]``, one entry per command id)."""

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(setting.key.partition(".")[0] for setting in SETTINGS))

_STORE_URL = re.compile(r"sqlite:///.+|postgres(?:ql)?(?:\+psycopg)?://.+", re.DOTALL)
_URL_PASSWORD = re.compile(r"(?<=://)([^:@/?#]*):([^@/?#]*)(?=@)|(?<=[?&]password=)([^&#]+)")
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
    def log_file(self) -> Path:
        """The log."""
        return self.state / "maildesk.log"


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
    glyphs: Glyphs
    mouse: Mouse
    density: Density
    animation: bool
    after_done: AfterDone
    time_zone: str
    downloads: str


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The keys: a preset, and over it command id to key or keys, as they stand in the file."""

    preset: Preset
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
    """Telling the agent. ``bell``: ring the terminal's bell."""

    bell: bool


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


def masked(url: str) -> str:
    """``url`` without its password, for showing."""
    return _URL_PASSWORD.sub(lambda found: f"{found[1]}:***" if found[1] is not None else "***", url)


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
            values[key] = _given(BY_KEY[key], given, "config_flag", key)
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


def refuse_loose(path: Path, mode: int) -> None:
    """Raise ConfigError with the ``chmod`` to run where others than the owner may read or write ``path``,
    which holds a password."""
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ConfigError("secret_loose", file=safe_line(str(path)), path=safe_line(shlex.quote(str(path))))


# -- settings from a file


def _settings_file(path: Path | None, environ: Mapping[str, str], paths: Paths) -> _TomlFile | None:
    named = path or (
        Path(environ["MAILDESK_CONFIG"]).expanduser() if environ.get("MAILDESK_CONFIG") else None
    )
    if named is None and not paths.config_file.exists():
        return None
    return _TomlFile(named or paths.config_file)


def _apply_file(
    file: _TomlFile,
    profile: str,
    values: dict[str, Value],
    keys: dict[str, tuple[str, ...]],
    origins: dict[str, Origin],
) -> None:
    top = dict(file.content)
    profiles = top.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        file.wrong(("profiles",), profiles, t("config.expected.table"))
    read: list[tuple[Source, str, dict[str, Any], _Path]] = [("file", "", top, ())]
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
            refuse_loose(file.path, file.mode)
        if source == "file" or name == profile:
            values.update(found)
            keys.update(found_keys)
            for key in [*found, *(f"keys.{command}" for command in found_keys)]:
                line = file.line((*where, key))
                origins[key] = Origin(source, name, file.path, line)


def _settings_in(
    file: _TomlFile, table: dict[str, Any], where: _Path
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


def _keys(file: _TomlFile, path: _Path, command: str, value: object) -> dict[str, tuple[str, ...]]:
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


def _from_toml(file: _TomlFile, path: _Path, setting: Setting, value: object) -> Value:
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
            nearest = difflib.get_close_matches(name, twins, 1, 0.0)[0]
            raise ConfigError("config_unknown_env", env=safe_line(name), nearest=nearest)
    for setting in SETTINGS:
        for name in (setting.env, setting.short_env):
            if environ.get(name):
                values[setting.key] = _given(setting, environ[name], "config_env", name)
                origins[setting.key] = Origin("environment", name)


def _given(setting: Setting, given: Value, error: str, name: str) -> Value:
    """A value that came as text, from the environment or a flag."""
    value: Value = given
    if isinstance(given, str) and setting.kind == "switch":
        value = _SWITCH.get(given.strip().lower(), given)
    elif isinstance(given, str) and setting.kind == "number":
        try:
            value = float(given)
        except ValueError:
            value = given
    if not _allowed(setting, value):
        raise ConfigError(error, name=name, value=_shown(given), expected=setting.expected)
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
            return isinstance(value, str) and bool(_STORE_URL.fullmatch(value))
        case "zone":
            return isinstance(value, str) and _is_zone(value)
        case "text" | "path":
            return isinstance(value, str) and "\0" not in value


def _is_zone(name: str) -> bool:
    import zoneinfo

    try:
        return not name or bool(zoneinfo.ZoneInfo(name))
    except (LookupError, OSError, ValueError):
        return False


def _section(values: Mapping[str, Value], section: str) -> dict[str, Any]:
    return {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{section}.")}


# -- the desk file of `maildesk init --from`


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """``[[agents]]``."""

    login: str
    name: str
    role: Role = Role.AGENT
    reading: str = ""


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """``[mailboxes.imap]`` or ``[mailboxes.smtp]``. ``secret`` is None where the server wants no login."""

    endpoint: Endpoint
    secret: SecretRef | None


@dataclass(frozen=True, slots=True)
class MailboxEntry:
    """``[[mailboxes]]``. Without ``imap`` mail only comes in by ``maildesk import``, without ``smtp`` none
    goes out."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    folders: tuple[str, ...] = ("INBOX",)
    short_name: str = ""
    signature: str = ""
    order_pattern: str = ""
    imap: ServerEntry | None = None
    smtp: ServerEntry | None = None


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """``[[templates]]``."""

    name: str
    subject: str
    body: str
    keywords: tuple[str, ...] = ()
    category: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True)
class DeskFile:
    """What a desk is made of. ``store_url`` is '' where the file does not say."""

    path: Path
    store_url: str = field(default="", repr=False)
    agents: tuple[AgentEntry, ...] = ()
    mailboxes: tuple[MailboxEntry, ...] = ()
    templates: tuple[TemplateEntry, ...] = ()


def read_desk_file(path: Path) -> DeskFile:
    """Read the file of ``maildesk init --from``. Passwords cannot stand in it: it says where they are.

    Raises ConfigError with file, line and key: unknown keys (with the nearest), missing ones, values that
    cannot be, names used twice, clear text to another machine, a store URL with a password in a file that
    others may read.
    """
    file = _TomlFile(path)
    top = _Table(file, (), file.content)
    store = top.table("store")
    url = store.text("url", check=lambda v: bool(_STORE_URL.fullmatch(v)), expected="url") if store else ""
    if store:
        store.end()
    if masked(url) != url:
        refuse_loose(path, file.mode)
    desk = DeskFile(
        path,
        url,
        tuple(_agent(table) for table in top.tables("agents")),
        tuple(_mailbox(table) for table in top.tables("mailboxes")),
        tuple(_template(table) for table in top.tables("templates")),
    )
    top.end()
    _once(file, "agents", "login", [agent.login for agent in desk.agents])
    _once(file, "mailboxes", "name", [mailbox.name for mailbox in desk.mailboxes])
    _once(file, "mailboxes", "address", [mailbox.address for mailbox in desk.mailboxes])
    _once(file, "templates", "name", [template.name for template in desk.templates])
    return desk


def _agent(table: _Table) -> AgentEntry:
    login = table.text(
        "login", check=lambda v: bool(v) and v.isprintable() and " " not in v, expected="login"
    )
    role = table.text(
        "role", "agent", check=lambda v: v in [*Role], expected="choice", choices=", ".join(Role)
    )
    return table.done(AgentEntry(login, table.text("name"), Role(role), table.text("reading", "")))


def _mailbox(table: _Table) -> MailboxEntry:
    imap, smtp = _server(table.table("imap"), "imap"), _server(table.table("smtp"), "smtp")
    return table.done(
        MailboxEntry(
            table.text("name"),
            table.text("address", check=is_valid, expected="address"),
            table.texts("aliases", check=is_valid, expected="address"),
            table.texts("folders", ("INBOX",)),
            table.text("short_name", ""),
            table.text("signature", ""),
            table.text("order_pattern", ""),
            imap,
            smtp,
        )
    )


def _server(table: _Table | None, protocol: Literal["imap", "smtp"]) -> ServerEntry | None:
    if table is None:
        return None
    host = table.text("host", check=lambda v: bool(v) and v.isprintable() and " " not in v, expected="host")
    security = _security(table, host)
    port = table.port(_USUAL_PORTS[protocol].get(security))
    user = table.text("user", *([""] if protocol == "smtp" else []))
    ca_file = table.path("ca_file")
    endpoint = Endpoint(host, port, security, user, str(ca_file) if ca_file else None)
    secret = _secret(table, account_name(protocol, endpoint))
    return table.done(ServerEntry(endpoint, secret if user else None))


_USUAL_PORTS: Mapping[str, Mapping[str, int]] = {
    "imap": {"tls": 993, "starttls": 143},
    "smtp": {"tls": 465, "starttls": 587},
}


def _security(table: _Table, host: str) -> Security:
    written = table.text(
        "security", "tls", check=lambda v: v in SECURITIES, expected="choice", choices=", ".join(SECURITIES)
    )
    security = next(known for known in SECURITIES if known == written)
    if security == "loopback" and not is_loopback(host):
        raise ConfigError("config_clear_text", host=safe_line(host), **table.place("security"))
    return security


def _secret(table: _Table, account: str) -> SecretRef:
    """Where the password is: at most one of three keys, else the key ring."""
    command = table.texts("password_command")
    name = table.text("password_env", "", check=str.isprintable)
    path = table.path("password_file")
    given = [key for key in ("password_command", "password_env", "password_file") if key in table.content]
    if len(given) > 1:
        raise ConfigError("config_one_password", keys=", ".join(given), **table.place(given[1]))
    if given and not (command or name or path):
        table.wrong(given[0], t("config.expected.text"))
    if command:
        return SecretRef.command(command)
    if name:
        return SecretRef("env", name)
    return SecretRef("file", str(path)) if path else SecretRef("keyring", account)


def _template(table: _Table) -> TemplateEntry:
    return table.done(
        TemplateEntry(
            table.text("name"),
            table.text("subject", ""),
            table.text("body", multiline=True),
            table.texts("keywords"),
            table.text("category", ""),
            table.text("reading", ""),
        )
    )


def _once(file: _TomlFile, section: str, name: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value.casefold() in seen:
            raise ConfigError("config_twice", value=_shown(value), **file.place((section, index, name)))
        seen.add(value.casefold())


# -- TOML with line numbers

_Path = tuple[str | int, ...]
_Made = TypeVar("_Made")

_BARE_OR_QUOTED = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_BARE_OR_QUOTED}(?:\s*\.\s*{_BARE_OR_QUOTED})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")
_PART = re.compile(_BARE_OR_QUOTED)
_STRINGS = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|#.*""")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


def _key_lines(source: str) -> dict[str, int]:
    """The line of each key and table, by its dotted path (``mailboxes.0.imap.port``). tomllib does not keep
    them."""
    lines: dict[str, int] = {}
    tables: dict[str, int] = {}
    here, within = "", ""
    for number, line in enumerate(source.split("\n"), 1):
        rest = line
        if not within:
            if header := _HEADER.match(line):
                here = _table_path(_parts(header[2]), header[1] == "[[", tables)
                lines.setdefault(here, number)
            elif entry := _ENTRY.match(line):
                path = here
                for part in _parts(entry[1]):
                    path = f"{path}.{part}" if path else part
                    lines.setdefault(path, number)
                rest = line[entry.end() :]
        within = _open_string(rest, within)
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _table_path(parts: list[str], repeated: bool, tables: dict[str, int]) -> str:
    path = ""
    for position, part in enumerate(parts, 1):
        path = f"{path}.{part}" if path else part
        if repeated and position == len(parts):
            tables[path] = tables.get(path, -1) + 1
        if path in tables:
            path = f"{path}.{tables[path]}"
    return path


def _open_string(line: str, within: str) -> str:
    """The quotes of the multi-line string that is open at the end of ``line``, '' outside one."""
    position = 0
    while True:
        if within:
            end = re.compile(r"(?:[^\\]|\\.)*?\"{3}" if within == '"""' else "'{3}")
            found = end.match(line, position) if within == '"""' else end.search(line, position)
            if not found:
                return within
            position, within = found.end(), ""
        elif not (found := _STRINGS.search(line, position)):
            return ""
        else:
            position = found.end()
            within = found[0] if found[0] in ('"""', "'''") else ""


class _TomlFile:
    """A TOML file with what is needed to say where in it something is wrong."""

    def __init__(self, path: Path) -> None:
        import tomllib

        self.path = path
        try:
            with path.open("rb") as file:
                self.mode = os.fstat(file.fileno()).st_mode
                source = file.read().decode("utf-8-sig")
        except OSError as error:
            raise ConfigError("config_unreadable", file=self.name, reason=error.strerror) from None
        except UnicodeDecodeError:
            raise ConfigError("config_unreadable", file=self.name, reason="UTF-8") from None
        try:
            self.content: dict[str, Any] = tomllib.loads(source)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            at = _AT_LINE.search(str(error))
            line = int(at[1]) if at and at[1] else source.rstrip().count("\n") + 1
            reason = safe_line(_AT_LINE.sub("", str(error)))
            raise ConfigError("config_syntax", file=self.name, line=line, reason=reason) from None
        self._lines = _key_lines(source.replace("\r\n", "\n"))

    @property
    def name(self) -> str:
        """The path, for showing."""
        return safe_line(str(self.path))

    def line(self, path: _Path) -> int:
        """The line of ``path``, or of the nearest thing around it."""
        dotted = ".".join(map(str, path))
        while dotted and dotted not in self._lines:
            dotted = dotted.rpartition(".")[0]
        return self._lines.get(dotted, 1)

    def place(self, path: _Path) -> dict[str, Any]:
        """File, line and key, for an error."""
        key = safe_line(".".join(part for part in path if isinstance(part, str)))
        return {"file": self.name, "line": self.line(path), "key": key}

    def unknown(self, path: _Path, known: Iterable[str]) -> NoReturn:
        """Raise for a key that does not exist, with the nearest of those that do."""
        nearest = difflib.get_close_matches(str(path[-1]), list(known), 1, 0.0)
        section = [str(part) for part in path[:-1] if isinstance(part, str)]
        shown = ".".join([*section, *nearest])
        raise ConfigError("config_unknown_key", nearest=shown, **self.place(path))

    def wrong(self, path: _Path, value: object, expected: str) -> NoReturn:
        """Raise for a value that cannot be."""
        raise ConfigError("config_value", value=_shown(value), expected=expected, **self.place(path))


class _Table:
    """One table of a file, read key by key; :meth:`done` refuses the keys that nobody asked for."""

    def __init__(self, file: _TomlFile, where: _Path, content: dict[str, Any]) -> None:
        self.file = file
        self.where = where
        self.content = content
        self._known: list[str] = []

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        check: Callable[[str], bool] = bool,
        expected: str = "text",
        multiline: bool = False,
        **values: object,
    ) -> str:
        """A text; without ``default`` it must be there. ``check`` must hold for what is written."""
        value = self._take(key)
        if value is None:
            return self._missing(key) if default is None else default
        fits = isinstance(value, str) and (check(value) or value == default)
        if not fits or "\0" in value or ("\n" in value and not multiline and key != "signature"):
            self.wrong(key, t(f"config.expected.{expected}", **values))
        return str(value)

    def texts(
        self,
        key: str,
        default: tuple[str, ...] = (),
        *,
        check: Callable[[str], bool] = bool,
        expected: str = "text",
    ) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.wrong(key, t("config.expected.texts"))
        for text in value:
            if not check(text):
                self.file.wrong((*self.where, key), text, t(f"config.expected.{expected}"))
        return tuple(value)

    def port(self, default: int | None) -> int:
        """A port."""
        value = self._take("port")
        if value is None:
            return self._missing("port") if default is None else default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
            self.wrong("port", t("config.expected.number", low=1, high=65535))
        return value

    def path(self, key: str) -> Path | None:
        """A path; a relative one counts from the file's folder."""
        written = self.text(key, "")
        return (self.file.path.parent / Path(written).expanduser()).absolute() if written else None

    def table(self, key: str) -> _Table | None:
        """A table inside this one."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, t("config.expected.table"))
        return _Table(self.file, (*self.where, key), value)

    def tables(self, key: str) -> Sequence[_Table]:
        """An array of tables, ``[[key]]``."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.wrong(key, t("config.expected.tables", key=key))
        return [_Table(self.file, (*self.where, key, index), inner) for index, inner in enumerate(value)]

    def done(self, made: _Made) -> _Made:
        """``made`` of this table, if there is no other key in it."""
        self.end()
        return made

    def end(self) -> None:
        """Raise for a key that nobody asked for."""
        for key in self.content:
            if key not in self._known:
                self.file.unknown((*self.where, key), self._known)

    def place(self, key: str) -> dict[str, Any]:
        """File, line and key, for an error."""
        return self.file.place((*self.where, key))

    def wrong(self, key: str, expected: str) -> NoReturn:
        """Raise for a value that cannot be."""
        self.file.wrong((*self.where, key), self.content[key], expected)

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self.content.get(key)

    def _missing(self, key: str) -> NoReturn:
        """Raise for a key that must be there; one that is nearly written so is named instead."""
        others = [other for other in self.content if other not in self._known]
        if near := difflib.get_close_matches(key, others, 1, 0.6):
            self.file.unknown((*self.where, near[0]), [key])
        raise ConfigError("config_missing", **self.place(key))


def _shown(value: object) -> str:
    """A value in an error: one line, no password of a URL, not endless."""
    text = safe_line(masked(str(value).lower() if isinstance(value, bool) else str(value)))
    return f"{text[:60]}…" if len(text) > 61 else text or '""'
