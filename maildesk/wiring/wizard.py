"""What the first-run wizard has done for it: trying servers, keeping passwords, making the desk."""

from __future__ import annotations

import json
import os
import shlex
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from maildesk import wiring
from maildesk.config import deskfile
from maildesk.config.urls import is_store_url, masked
from maildesk.domain.agent import Role
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.secret import SecretRef, account_name
from maildesk.errors import ConfigError, MaildeskError, StoreError
from maildesk.locale import t
from maildesk.screens.wizard.answers import Answers, Server, TestLine, colleagues

if TYPE_CHECKING:
    from maildesk.config import Settings
    from maildesk.sync.probe import Step

Wire = Literal["imap", "smtp"]

PROVIDERS: Mapping[str, tuple[str, str]] = {
    "gmail.com": ("imap.gmail.com", "smtp.gmail.com"),
    "yahoo.co.jp": ("imap.mail.yahoo.co.jp", "smtp.mail.yahoo.co.jp"),
    "icloud.com": ("imap.mail.me.com", "smtp.mail.me.com"),
    "me.com": ("imap.mail.me.com", "smtp.mail.me.com"),
    "biglobe.ne.jp": ("mail.biglobe.ne.jp", "mail.biglobe.ne.jp"),
    "nifty.com": ("imap.nifty.com", "smtp.nifty.com"),
    "fastmail.com": ("imap.fastmail.com", "smtp.fastmail.com"),
}
"""The servers of providers whose names do not follow from the address."""

_STARTTLS = frozenset({"smtp.mail.me.com"})


def run_wizard(found: Settings) -> int:
    """Open the wizard, and the app on the desk that it made. Returns the exit code."""
    from maildesk import app

    actions = Actions(found)
    if not app.run_setup(actions, wiring.ui_settings(found)) or actions.made is None:
        return 0
    return wiring.run_app(actions.made)


class Actions:
    """The deeds of the wizard, for the settings in force."""

    def __init__(self, found: Settings) -> None:
        self._found = found
        self._kept = found.paths.state / "wizard.json"
        self.made: Settings | None = None
        """The settings with the desk that was made, None before."""

    # ---- what is offered

    def default_url(self) -> str:
        """The address of the personal desk on this computer."""
        return self._found.paths.personal_store

    def detect(self, address: str) -> tuple[Server, Server] | None:
        """The servers of an address: of a known provider, else the usual names in its domain, if they exist."""
        domain = address.strip().rpartition("@")[2].lower()
        if known := PROVIDERS.get(domain):
            imap, smtp = known
        else:
            found_imap = _first_name(f"imap.{domain}", f"mail.{domain}")
            found_smtp = _first_name(f"smtp.{domain}", f"mail.{domain}")
            if found_imap is None or found_smtp is None:
                return None
            imap, smtp = found_imap, found_smtp
        user = address.strip()
        outgoing = (
            Server(smtp, "587", "starttls", user) if smtp in _STARTTLS else Server(smtp, "465", "tls", user)
        )
        return Server(imap, "993", "tls", user), outgoing

    # ---- trying

    def test_store(self, answers: Answers) -> Iterator[TestLine]:
        """Open the store; one that can be made counts as good."""
        from maildesk.store.engine import open_store

        try:
            url = self._url(answers)
            open_store(url).close()
        except MaildeskError as error:
            if error.key not in ("store_missing", "store_empty"):
                yield TestLine("store", False, str(error), error.hint)
                return
            folder = Path(wiring.sqlite_path(url)).parent
            while not folder.exists():
                folder = folder.parent
            usable = folder.is_dir() and os.access(folder, os.W_OK)
            if url.startswith("sqlite:") and not usable:
                yield TestLine("store", False, t("cli.wizard.no_folder", folder=folder))
                return
            yield TestLine("store", True, t("cli.wizard.will_be_made", url=masked(url)))
        else:
            yield TestLine("store", True, masked(url))

    def test_imap(self, answers: Answers) -> Iterator[TestLine]:
        """Look up, connect, encrypt, sign in, open the folder; it ends at the first that fails."""
        from maildesk.sync import probe

        try:
            endpoint = self._endpoint(answers.imap)
        except ConfigError as error:
            yield TestLine("dns", False, str(error), error.hint)
            return
        folders = [answers.folder] if answers.folder else []
        steps = probe.try_imap(endpoint, lambda: self._password(answers, "imap", endpoint), folders)
        yield from _lines(steps)

    def test_smtp(self, answers: Answers) -> Iterator[TestLine]:
        """Look up, connect, encrypt, sign in; nothing is sent."""
        from maildesk.sync import probe

        try:
            endpoint = self._endpoint(answers.smtp)
        except ConfigError as error:
            yield TestLine("dns", False, str(error), error.hint)
            return
        steps = probe.try_smtp(endpoint, lambda: self._password(answers, "smtp", endpoint))
        yield from _lines(steps)

    # ---- stopping and going on

    def resume(self) -> Answers | None:
        """What was kept of an earlier run; nothing where that cannot be read."""
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
            servers = {wire: Server(**kept.pop(wire)) for wire in ("imap", "smtp")}
            answers = Answers(imap=servers["imap"], smtp=servers["smtp"])
            for name, value in kept.items():
                setattr(answers, name, value)
            return answers
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def keep(self, answers: Answers) -> None:
        """Keep the answers, without the password, for a later run. Where that is impossible they are not kept."""
        kept = asdict(answers)
        del kept["password"]
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False)
        except OSError:
            self._kept.unlink(missing_ok=True)

    # ---- making the desk

    def write(self, answers: Answers) -> Path:
        """Make the desk and name it in the user's configuration. Raises MaildeskError; then nothing is named."""
        from maildesk.desk import setup
        from maildesk.store.engine import open_store

        url = self._url(answers)
        desk_file = self._desk_file(answers)
        store = open_store(url, create=True)
        try:
            setup.put(store, desk_file)
            setup.grant(store, desk_file)
        finally:
            store.close()
        written = wiring.add_to_config(
            self._config_file, {"store": {"url": url}, "agent": {"login": answers.login}}
        )
        self._kept.unlink(missing_ok=True)
        self.made = replace(
            self._found,
            store=replace(self._found.store, url=url),
            agent=replace(self._found.agent, login=answers.login),
        )
        return written

    @property
    def _config_file(self) -> Path:
        return self._found.file or self._found.paths.config_file

    def _desk_file(self, answers: Answers) -> deskfile.DeskFile:
        """The answers as the file of ``maildesk init``; whoever makes a desk administers it."""
        imap, smtp = self._endpoint(answers.imap), self._endpoint(answers.smtp)
        team = [
            deskfile.AgentEntry(one.login, one.name, one.role)
            for one in colleagues(answers.team)
            if one.login != answers.login
        ]
        me = deskfile.AgentEntry(answers.login, answers.name, Role.ADMIN, answers.reading)
        box = deskfile.MailboxEntry(
            answers.shop or answers.address,
            answers.address,
            folders=(answers.folder or "INBOX",),
            imap=deskfile.ServerEntry(imap, self._keep_secret(answers, "imap", imap)),
            smtp=deskfile.ServerEntry(smtp, self._keep_secret(answers, "smtp", smtp) if smtp.user else None),
        )
        return deskfile.DeskFile(self._config_file, agents=(me, *team), mailboxes=(box,))

    def _url(self, answers: Answers) -> str:
        url = answers.url.strip()
        if answers.store == "sqlite" and url and "://" not in url:
            url = f"sqlite:///{Path(url).expanduser().absolute()}"
        if not is_store_url(url):
            raise StoreError("store_url", url=masked(url))
        return wiring.store_url(url)

    def _endpoint(self, server: Server) -> Endpoint:
        """The server as typed. Raises ConfigError for what cannot be one."""
        try:
            return Endpoint(server.host.strip(), int(server.port), server.security, server.user.strip())
        except ValueError:
            raise ConfigError(
                "wizard_server", host=server.host.strip() or "—", port=server.port or "—"
            ) from None

    def _reference(self, answers: Answers) -> SecretRef | None:
        """Where the password is, when it is not typed here; None for the key ring."""
        value = answers.secret_value.strip()
        match answers.secret:
            case "command":
                words = shlex.split(value)
                if not words:
                    raise ConfigError("secret_empty", where="password_command")
                return SecretRef.command(words)
            case "env":
                return SecretRef("env", value)
            case "file" if value:
                return SecretRef("file", str(Path(value).expanduser().absolute()))
            case _:
                return None

    def _password(self, answers: Answers, wire: Wire, endpoint: Endpoint) -> str:
        ref = self._reference(answers)
        if ref is None:
            return answers.password
        return wiring.resolve_secret(self._found, ref, account_name(wire, endpoint))

    def _keep_secret(self, answers: Answers, wire: Wire, endpoint: Endpoint) -> SecretRef:
        """The reference that goes into the store; a typed password goes to the key ring, or the private file."""
        if ref := self._reference(answers):
            return ref
        from maildesk.sync import secrets

        return secrets.store(account_name(wire, endpoint), answers.password, self._found.paths.secrets_file)


def _first_name(*names: str) -> str | None:
    """The first of the names that exists."""
    for name in names:
        try:
            socket.getaddrinfo(name, None)
        except (OSError, UnicodeError):
            continue
        return name
    return None


def _lines(steps: Iterator[Step]) -> Iterator[TestLine]:
    for step in steps:
        if step.name == "abilities":
            continue
        if step.error is not None:
            yield TestLine(step.name, False, str(step.error), step.error.hint)
        else:
            yield TestLine(step.name, True, step.detail)
