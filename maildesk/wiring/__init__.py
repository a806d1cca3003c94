"""The composition root: the one place that knows every layer and puts a running maildesk together.

Everything heavy is imported where it is used, so that ``maildesk config path`` pays for nothing else.
"""

from __future__ import annotations

import difflib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import config, locale
from maildesk.config.urls import masked
from maildesk.domain.claim import MAX_CLAIMS
from maildesk.domain.safetext import safe_line
from maildesk.errors import ConfigError, NotFound, NotPermitted, StoreError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from datetime import tzinfo

    from maildesk.app import UiSettings
    from maildesk.config import Origin, Settings
    from maildesk.config.deskfile import DeskFile
    from maildesk.desk import Desk
    from maildesk.desk.setup import Made
    from maildesk.domain.agent import Agent
    from maildesk.domain.notify import NotifyRules
    from maildesk.domain.secret import SecretRef
    from maildesk.store.engine import Store
    from maildesk.sync.embedded import EmbeddedWorker


@dataclass(frozen=True, slots=True)
class Flags:
    """What was said on the command line before any verb; None where nothing was."""

    store: str | None = field(default=None, repr=False)
    agent: str | None = None
    config: Path | None = None
    profile: str | None = None
    language: str | None = None


# ---- settings, store, who I am


def settings(flags: Flags, environ: Mapping[str, str]) -> Settings:
    """The settings in force. Speaks their language from now on. Raises ConfigError."""
    found = config.load(
        flags.config,
        environ,
        {"store.url": flags.store, "agent.login": flags.agent, "ui.language": flags.language},
        profile=flags.profile,
    )
    locale.use(locale.choose(found.ui.language))
    return found


def zone(found: Settings) -> tzinfo | None:
    """The team's time zone; None is this computer's."""
    import zoneinfo

    return zoneinfo.ZoneInfo(found.ui.time_zone) if found.ui.time_zone else None


def is_set_up(found: Settings) -> bool:
    """Whether there is a desk to open: one is named, or the personal one exists."""
    return found.origin("store.url").source != "default" or Path(sqlite_path(found.store.url)).exists()


def sqlite_path(url: str) -> str:
    """The file of a SQLite URL."""
    return url.removeprefix("sqlite:///").partition("?")[0]


def store_url(url: str) -> str:
    """The URL as the store wants it: ``postgres://`` is another way to write ``postgresql://``."""
    return f"postgresql{url[8:]}" if url.startswith("postgres:") else url


def open_store_for(found: Settings, *, create: bool = False) -> Store:
    """The store that the settings name, with its schema up to date. Raises StoreError."""
    from maildesk.store.engine import open_store

    return open_store(store_url(found.store.url), create=create)


def os_user() -> str:
    """The login of the operating system's user who runs this, '' where it has none (in a container)."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return ""


def identify(store: Store, found: Settings, explicit: str | None = None) -> Agent:
    """Who works here.

    On PostgreSQL the login of the connection and nothing else. On SQLite ``explicit``, else the agent of the
    settings (``--as``, ``MAILDESK_AGENT``, ``agent.login``), else the user of the operating system, else the
    only agent there is. Raises NotFound or ConfigError, with a list of the agents; NotPermitted for ``--as``
    somebody else than the connection's login.
    """
    from maildesk.store import agents

    with store.reading() as tx:
        known = agents.active(tx)
        logins = safe_line(", ".join(agent.login for agent in known)) or "-"
        wanted = explicit or found.agent.login
        if not store.is_sqlite:
            login = agents.session_user(tx)
            if wanted and wanted != login and (explicit or found.origin("agent.login").source == "flag"):
                raise NotPermitted("as_other", wanted=safe_line(wanted), login=safe_line(login))
            if (me := agents.by_login(tx, login)) is None:
                raise NotPermitted("login_no_agent", login=safe_line(login), known=logins)
            return me
        if wanted:
            if (me := agents.by_login(tx, wanted)) is None:
                raise NotFound("as_unknown", login=safe_line(wanted), known=logins)
            return me
        user = os_user()
        me = agents.by_os_user(tx, user) or agents.by_login(tx, user)
    if me is not None:
        return me
    if not known:
        raise ConfigError("no_agents")
    if len(known) > 1:
        raise ConfigError("who_are_you", user=safe_line(user) or "-", known=logins)
    return known[0]


def open_desk(found: Settings) -> Desk:
    """A session at the desk, which closes the store when it is closed. Raises StoreError and what
    :func:`identify` raises."""
    from maildesk.desk import Desk

    store = open_store_for(found)
    try:
        return Desk(store, identify(store, found), zone=zone(found), max_claims=MAX_CLAIMS)
    except BaseException:
        store.close()
        raise


@contextmanager
def command_desk(found: Settings) -> Iterator[Desk]:
    """A desk for one command. All commands of an agent are one session: what ``maildesk claim`` took, the next
    ``maildesk reply`` may use, and the end of a command gives nothing back."""
    from maildesk.desk import Desk

    store = open_store_for(found)
    try:
        me = identify(store, found)
        yield Desk(store, me, session=f"command:{me.login}", zone=zone(found))
    finally:
        store.close()


def resolve_secret(found: Settings, ref: SecretRef, account: str) -> str:
    """The password that a reference of the store means, on this machine. Raises ConfigError."""
    from maildesk.sync import secrets

    return secrets.resolve(ref, account, store_file=found.paths.secrets_file)


# ---- making a desk


@dataclass(frozen=True, slots=True)
class Initialised:
    """What ``maildesk init`` did. ``config`` is the file that now names the store, None where none was written;
    ``note`` says why, where that is a surprise; ``left`` is SQL that the database's administrator has to run."""

    store: str
    created: bool
    made: tuple[Made, ...]
    config: Path | None = None
    note: str = ""
    left: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything is different now."""
        return self.created or self.config is not None or any(m.result != "unchanged" for m in self.made)


def initialise(desk_file: DeskFile, found: Settings) -> Initialised:
    """Make the desk that a file describes, or bring it up to date. A second time changes nothing; what the file does
    not name stays as it is.

    The store is that of the flag or the environment, else that of the file, else that of the settings. The user's
    configuration gets it only where there is none yet. Raises StoreError, TemplateError.
    """
    from maildesk.desk import setup
    from maildesk.store.engine import open_store

    setup.check(desk_file)
    given = found.origin("store.url").source in ("flag", "environment")
    from_file = bool(desk_file.store_url) and not given
    url = _absolute(
        store_url(desk_file.store_url if from_file else found.store.url),
        desk_file.path if from_file else None,
    )
    created = not _is_made(url)
    store = open_store(url, create=True)
    try:
        made = setup.put(store, desk_file)
        left = setup.grant(store, desk_file)
    finally:
        store.close()
    written, note = None, ""
    if not given and url != found.store.url:
        written, note = _name_store(found, url)
    return Initialised(masked(url), created, made, written, note, left)


def _absolute(url: str, beside: Path | None) -> str:
    """A SQLite URL that means the same in every folder; a relative one counts from the file that names it."""
    if not url.startswith("sqlite:///"):
        return url
    path, mark, query = url.removeprefix("sqlite:///").partition("?")
    folder = beside.absolute().parent if beside else Path.cwd()
    return f"sqlite:///{folder / path}{mark}{query}"


def _is_made(url: str) -> bool:
    from maildesk.store.engine import open_store

    try:
        open_store(url).close()
    except StoreError as error:
        if error.key not in ("store_missing", "store_empty"):
            raise
        return False
    return True


def _name_store(found: Settings, url: str) -> tuple[Path | None, str]:
    """Name the store in the user's configuration where there is none yet; else say what stands against it."""
    if found.file is not None:
        return None, t("cli.init.other_store", file=safe_line(str(found.file)))
    try:
        return add_to_config(found.paths.config_file, {"store": {"url": url}}), ""
    except ConfigError as error:
        return None, str(error)


def add_to_config(file: Path, tables: Mapping[str, Mapping[str, str]]) -> Path:
    """Add tables to a configuration file, made if it is not there (mode 0600: a store's URL may hold a password).

    A table that stands there already is left as it is. Raises ConfigError when the file cannot be read or written.
    """
    from maildesk.config.tomlfile import TomlFile

    there = TomlFile(file).content if file.exists() else {}
    added = "".join(
        f"\n[{name}]\n"
        + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
        for name, table in tables.items()
        if name not in there
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        old = file.read_text("utf-8") if file.exists() else ""
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".config-")
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(f"{old}{added}".lstrip("\n"))
        os.replace(temporary, file)
    except OSError as error:
        raise ConfigError(
            "config_unwritable", file=safe_line(str(file)), reason=system_words(error)
        ) from None
    return file


# ---- the app


def _theme(found: Settings) -> str:
    """The theme of the settings. Raises ConfigError for one that does not exist, with the nearest that does."""
    from maildesk import themes

    known = themes.names()
    if found.ui.theme in known:
        return found.ui.theme
    nearest = difflib.get_close_matches(found.ui.theme, known, 1, 0.0)[0]
    raise ConfigError(
        "config_theme", origin=found.origin("ui.theme"), theme=safe_line(found.ui.theme), nearest=nearest
    )


def ui_settings(found: Settings) -> UiSettings:
    """What the app wants to know of the settings. Raises ConfigError for a theme that does not exist."""
    from maildesk.app import UiSettings

    _check_keys(found)
    return UiSettings(
        theme=_theme(found),
        keys=found.keys.overrides,
        preset=found.keys.preset,
        hold=found.send.hold_seconds,
        after_done=found.ui.after_done,
        zone=zone(found),
        mouse=found.ui.mouse,
        bell=found.notify.bell,
        clipboard=found.ui.clipboard,
        browser=found.ui.browser,
        downloads=Path(found.ui.downloads).expanduser(),
        crash_log=found.paths.log_file,
        count_wait=found.keys.count_wait,
        macros=found.paths.macros_file,
        density=found.ui.density,
        columns=tuple(found.ui.columns.split()),
        glyphs=found.ui.glyphs,
        ambiguous=found.ui.ambiguous,
        dim=found.ui.dim,
        notify=_notify(found),
    )


def _notify(found: Settings) -> NotifyRules:
    """How the agent is told of things outside of the app."""
    import shlex
    import zoneinfo

    from maildesk.domain.day_hours import DayHours
    from maildesk.domain.notify import Kind, NotifyRules

    return NotifyRules(
        events=frozenset(Kind(name) for name in found.notify.events.split()),
        bell=found.notify.bell,
        terminal=found.notify.terminal,
        command=tuple(shlex.split(found.notify.command)),
        command_seconds=found.notify.command_seconds,
        per_minute=int(found.notify.per_minute),
        status_file=Path(found.notify.status_file).expanduser() if found.notify.status_file else None,
        quiet=DayHours.parse(found.notify.quiet) if found.notify.quiet else None,
        quiet_zone=zoneinfo.ZoneInfo(found.notify.quiet_zone) if found.notify.quiet_zone else zone(found),
    )


def _check_keys(found: Settings) -> None:
    """Raise ConfigError for the first key that cannot be, with its file and line and how many more there are."""
    from maildesk import keymap

    _, errors = keymap.problems(found.keys.overrides, found.keys.preset)
    if errors:
        first = errors[0]
        raise ConfigError("config_keys", origin=key_origin(found, first), reason=first, more=len(errors) - 1)


def key_origin(found: Settings, error: ConfigError) -> Origin:
    """Where the key stands that an error of the keymap is about."""
    named = [str(error.values[name]) for name in ("action", "second", "first") if name in error.values]
    origins = [found.origin(f"keys.{action}") for action in named]
    return next((origin for origin in origins if origin.file is not None), found.origin("keys.preset"))


def embedded_worker(found: Settings) -> EmbeddedWorker:
    """A worker for the desk of the settings, not started yet. Its store is named in its environment: a URL may hold
    a password, and arguments are for everybody to read."""
    from maildesk.sync.embedded import EmbeddedWorker

    command = [
        sys.executable,
        "-m",
        "maildesk",
        "--lang",
        locale.current(),
        "sync",
        "--watch",
        "--with-parent",
    ]
    environ = {k: v for k, v in os.environ.items() if k not in ("MAILDESK_STORE", "MAILDESK_STORE__URL")}
    environ["MAILDESK_STORE"] = found.store.url
    if found.file is not None:
        environ["MAILDESK_CONFIG"] = str(found.file)
    return EmbeddedWorker(lambda: open_store_for(found), command, environ)


def run_app(found: Settings) -> int:
    """Open the app on the desk of the settings, with a worker where nobody else is one. Returns the exit code."""
    from maildesk import app

    worker = embedded_worker(found)

    def opened() -> Desk:
        desk = open_desk(found)
        if found.sync.embedded:
            worker.start()
        return desk

    try:
        return app.run_app(opened, ui_settings(found))
    finally:
        worker.stop()


def run_plain(found: Settings) -> int:
    """The linear mode on the desk of the settings, on standard input and output. Returns the exit code."""
    worker = embedded_worker(found)

    def opened() -> Desk:
        desk = open_desk(found)
        if found.sync.embedded:
            worker.start()
        return desk

    try:
        return talk(opened, found)
    finally:
        worker.stop()


def talk(open_it: Callable[[], Desk], found: Settings) -> int:
    """The linear mode at a desk that is opened now and closed at the end. Returns the exit code."""
    from maildesk.plain import Lines, Session

    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                encoding=None if stream.isatty() else "utf-8",
                errors="replace" if stream is sys.stdin else "backslashreplace",
            )
    desk = open_it()
    try:
        lines = Lines(sys.stdin, sys.stdout)
        return Session(desk, lines, zone=zone(found), hold=found.send.hold_seconds).run()
    finally:
        desk.close()
