"""The file of ``maildesk init --from``: what a desk is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from maildesk.config.target import read_policy, read_target
from maildesk.config.tomlfile import Table, TomlFile
from maildesk.config.urls import is_store_url, masked, shown
from maildesk.domain.address import is_valid
from maildesk.domain.agent import Role
from maildesk.domain.archive import months_of
from maildesk.domain.customer import FieldType, is_field_name
from maildesk.domain.day_hours import DayHours
from maildesk.domain.endpoint import SECURITIES, Endpoint, Security, is_loopback
from maildesk.domain.label import LabelLook, is_label_name
from maildesk.domain.oauth import PROVIDERS, OAuthApp
from maildesk.domain.orders import is_order_url
from maildesk.domain.reply_target import REOPENS, ReopenPolicy, ReplyTarget
from maildesk.domain.safetext import safe_line
from maildesk.domain.secret import SecretRef, account_name
from maildesk.domain.status import COLOURS, Colour, CustomState, is_state_name
from maildesk.errors import ConfigError
from maildesk.locale import t


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """``[[agents]]``. ``os_user`` is the account of the operating system that this agent works from (SQLite);
    ``needs_approval``: what he writes leaves after a supervisor approved it."""

    login: str
    name: str
    role: Role = Role.AGENT
    reading: str = ""
    os_user: str = ""
    needs_approval: bool | None = None


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """``[mailboxes.imap]`` or ``[mailboxes.smtp]``. ``secret`` is None where the server wants no login, and where the
    mailbox signs in by OAuth."""

    endpoint: Endpoint
    secret: SecretRef | None


@dataclass(frozen=True, slots=True)
class OAuthEntry:
    """``[mailboxes.oauth]``: where the secret of the registered application is, if it has one, and the key with which
    tokens are stored."""

    app: OAuthApp
    client_secret: SecretRef | None = None
    token_key: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class MailboxEntry:
    """``[[mailboxes]]``. Without ``imap`` mail only comes in by ``maildesk import``, without ``smtp`` none
    goes out. ``history_days``: on the first sync older mail is stored as done.
    ``journal``: an address of ours that gets a copy of everything sent. ``authserv_id``: the name under which its mail
    server writes ``Authentication-Results``."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    folders: tuple[str, ...] = ("INBOX",)
    short_name: str = ""
    signature: str = ""
    order_pattern: str = ""
    imap: ServerEntry | None = None
    smtp: ServerEntry | None = None
    history_days: int | None = None
    oauth: OAuthEntry | None = None
    journal: str = ""
    authserv_id: str = ""
    reply_target: ReplyTarget | None = None
    reopen: ReopenPolicy = REOPENS
    order_url: str = ""


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
class FieldEntry:
    """``[[customer_fields]]``: a field that this desk keeps of its customers."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskFile:
    """What a desk is made of. ``store_url`` is '' where the file does not say."""

    path: Path
    store_url: str = field(default="", repr=False)
    agents: tuple[AgentEntry, ...] = ()
    mailboxes: tuple[MailboxEntry, ...] = ()
    templates: tuple[TemplateEntry, ...] = ()
    customer_fields: tuple[FieldEntry, ...] = ()
    states: tuple[CustomState, ...] | None = None
    """``[[states]]``; None where the file does not say, () where there are to be none."""
    labels: tuple[LabelLook, ...] | None = None
    """``[[labels]]``; None and () as with states."""
    archive_after: int | None = None
    """``[desk] archive_after`` in months, 0 for ``"off"``; None where the file does not say."""
    focus_hours: tuple[DayHours, ...] | None = None
    """``[desk] focus_hours``; None where the file does not say, () where there are to be none."""


def read_desk_file(path: Path) -> DeskFile:
    """Read the file of ``maildesk init --from``. Passwords cannot stand in it: it says where they are.

    Raises ConfigError with file, line and key: unknown keys (with the nearest), missing ones, values that
    cannot be, names used twice, clear text to another machine, a store URL with a password in a file that
    others may read.
    """
    file = TomlFile(path)
    top = Table(file, (), file.content)
    store = top.table("store")
    url = store.text("url", check=is_store_url, expected="url") if store else ""
    if store:
        store.end()
    if masked(url) != url:
        file.refuse_loose()
    desk = DeskFile(
        path,
        url,
        tuple(_agent(table) for table in top.tables("agents")),
        tuple(_mailbox(table) for table in top.tables("mailboxes")),
        tuple(_template(table) for table in top.tables("templates")),
        tuple(_field(table) for table in top.tables("customer_fields")),
        tuple(_state(table) for table in top.tables("states")) if "states" in file.content else None,
        tuple(_look(table) for table in top.tables("labels")) if "labels" in file.content else None,
        *_whole(top.table("desk"), file.content.get("desk", {})),
    )
    top.end()
    _once(file, "agents", "login", [agent.login for agent in desk.agents])
    _once(file, "mailboxes", "name", [mailbox.name for mailbox in desk.mailboxes])
    _once(file, "mailboxes", "address", [mailbox.address for mailbox in desk.mailboxes])
    _once(file, "templates", "name", [template.name for template in desk.templates])
    _once(file, "customer_fields", "name", [entry.name for entry in desk.customer_fields])
    _once(file, "customer_fields", "label", [entry.label for entry in desk.customer_fields])
    states = desk.states or ()
    _once(file, "states", "name", [state.name for state in states])
    _once(file, "states", "label_ja", [state.label_ja for state in states])
    _once(file, "states", "label_en", [state.label_en for state in states])
    _once_key(file, "states", [state.key for state in states])
    looks = desk.labels or ()
    _once(file, "labels", "name", [look.name for look in looks])
    _once_key(file, "labels", [look.key for look in looks])
    return desk


def _whole(
    table: Table | None, content: Mapping[str, object]
) -> tuple[int | None, tuple[DayHours, ...] | None]:
    """``[desk]``: what holds for the whole desk."""
    if table is None:
        return None, None
    written = table.text("archive_after", "", check=lambda v: months_of(v) is not None, expected="months")
    hours = table.texts("focus_hours", check=lambda v: DayHours.parse(v) is not None, expected="daytime")
    focus = tuple(one for one in map(DayHours.parse, hours) if one is not None)
    return table.done((months_of(written) if written else None, focus if "focus_hours" in content else None))


def _agent(table: Table) -> AgentEntry:
    login = table.text(
        "login", check=lambda v: bool(v) and v.isprintable() and " " not in v, expected="login"
    )
    role = table.text(
        "role", "agent", check=lambda v: v in [*Role], expected="choice", choices=", ".join(Role)
    )
    return table.done(
        AgentEntry(
            login,
            table.text("name"),
            Role(role),
            table.text("reading", ""),
            table.text("os_user", ""),
            table.switch("needs_approval"),
        )
    )


def _mailbox(table: Table) -> MailboxEntry:
    oauth = _oauth(table.table("oauth"))
    imap, smtp = (_server(table.table(wire), wire, by_token=oauth is not None) for wire in _WIRES)
    folders = table.texts("folders", ("INBOX",))
    if not folders:  # no mail would ever come in, and nobody would know why
        table.wrong("folders", t("config.expected.text"))
    return table.done(
        MailboxEntry(
            table.text("name"),
            table.text("address", check=is_valid, expected="address"),
            table.texts("aliases", check=is_valid, expected="address"),
            folders,
            table.text("short_name", ""),
            table.text("signature", ""),
            table.text("order_pattern", ""),
            imap,
            smtp,
            table.number("history_days", 0, 36500),
            oauth,
            journal=table.text("journal", "", check=lambda v: not v or is_valid(v), expected="address"),
            authserv_id=table.text(
                "authserv_id", "", check=lambda v: v.isprintable() and " " not in v, expected="host"
            ),
            reply_target=read_target(table.table("reply_target")),
            reopen=read_policy(table),
            order_url=table.text(
                "order_url", "", check=lambda v: not v or is_order_url(v), expected="order_url"
            ),
        )
    )


def _oauth(table: Table | None) -> OAuthEntry | None:
    if table is None:
        return None
    written = table.text(
        "provider", check=lambda v: v in PROVIDERS, expected="choice", choices=", ".join(PROVIDERS)
    )
    ca_file = table.path("ca_file")
    urls = {key: table.text(key, "") for key in ("token_url", "auth_url", "device_url", "revoke_url")}
    values = {"client_id": table.text("client_id"), "tenant": table.text("tenant", ""), **urls}
    scopes = table.texts("scopes")
    try:
        app = OAuthApp(
            next(known for known in PROVIDERS if known == written),
            scopes=scopes,
            ca_file=str(ca_file) if ca_file else None,
            **values,
        )
    except ValueError as error:
        key = str(error)
        if key not in table.content:
            raise ConfigError("config_missing", **table.place(key)) from None
        kind = "https" if key.endswith("_url") else key
        of = "_custom" if written != "custom" and kind == "https" else ""
        table.wrong(key, t(f"config.expected.{kind}{of}"))
    return table.done(
        OAuthEntry(app, _given_secret(table, "client_secret"), _given_secret(table, "token_key"))
    )


def _server(table: Table | None, protocol: Literal["imap", "smtp"], *, by_token: bool) -> ServerEntry | None:
    if table is None:
        return None
    host = table.text("host", check=lambda v: bool(v) and v.isprintable() and " " not in v, expected="host")
    security = _security(table, host)
    port = table.port(_USUAL_PORTS[protocol].get(security))
    user = table.text("user", *([""] if protocol == "smtp" else []))
    ca_file = table.path("ca_file")
    endpoint = Endpoint(host, port, security, user, str(ca_file) if ca_file else None)
    secret = _given_secret(table, "password")
    if secret is None and not by_token:
        secret = SecretRef("keyring", account_name(protocol, endpoint))
    return table.done(ServerEntry(endpoint, secret if user else None))


_WIRES: tuple[Literal["imap", "smtp"], ...] = ("imap", "smtp")
_USUAL_PORTS: Mapping[str, Mapping[str, int]] = {
    "imap": {"tls": 993, "starttls": 143},
    "smtp": {"tls": 465, "starttls": 587},
}


def _security(table: Table, host: str) -> Security:
    written = table.text(
        "security", "tls", check=lambda v: v in SECURITIES, expected="choice", choices=", ".join(SECURITIES)
    )
    security = next(known for known in SECURITIES if known == written)
    if security == "loopback" and not is_loopback(host):
        raise ConfigError("config_clear_text", host=safe_line(host), **table.place("security"))
    return security


def _given_secret(table: Table, what: str) -> SecretRef | None:
    """Where a secret is: at most one of three keys, ``password_command`` and so on; None where none is given."""
    keys = [f"{what}_{kind}" for kind in ("command", "env", "file")]
    command = table.texts(keys[0])
    name = table.text(keys[1], "", check=str.isprintable)
    path = table.path(keys[2])
    given = [key for key in keys if key in table.content]
    if len(given) > 1:
        raise ConfigError("config_one_password", keys=", ".join(given), **table.place(given[1]))
    if given and not (command or name or path):
        table.wrong(given[0], t("config.expected.text"))
    if command:
        return SecretRef.command(command)
    if name:
        return SecretRef("env", name)
    return SecretRef("file", str(path)) if path else None


def _template(table: Table) -> TemplateEntry:
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


def _field(table: Table) -> FieldEntry:
    name = table.text("name", check=is_field_name, expected="field")
    kind = table.text(
        "type", "text", check=lambda v: v in [*FieldType], expected="choice", choices=", ".join(FieldType)
    )
    choices = table.texts("choices")
    if (kind == FieldType.CHOICE) != bool(choices):
        table.wrong("choices" if choices else "type", t("config.expected.choices"))
    return table.done(FieldEntry(name, table.text("label", name), FieldType(kind), choices))


def _look(table: Table) -> LabelLook:
    """``[[labels]]``: how a label is shown."""
    name = table.text("name", check=is_label_name, expected="label_name")
    return table.done(LabelLook(name, _colour(table), _key(table)))


def _colour(table: Table) -> Colour:
    written = table.text(
        "colour", "grey", check=lambda v: v in COLOURS, expected="choice", choices=", ".join(COLOURS)
    )
    return next(known for known in COLOURS if known == written)


def _key(table: Table) -> str:
    return table.text("key", "", check=lambda v: not v or _is_key(v), expected="key")


def _state(table: Table) -> CustomState:
    """``[[states]]``: a state of the desk's own."""
    name = table.text("name", check=is_state_name, expected="state")
    label = table.text("label_ja", name, check=_is_label, expected="label")
    colour, key = _colour(table), _key(table)
    is_open = table.switch("open")
    return table.done(
        CustomState(
            name,
            label,
            table.text("label_en", name, check=_is_label, expected="label"),
            key,
            colour,
            is_open is not False,
        )
    )


def _is_label(label: str) -> bool:
    return bool(label.strip()) and len(label) <= 20 and label.isprintable()


def _is_key(key: str) -> bool:
    """A letter: digits are tabs and counts, the rest is for the keymap."""
    return len(key) == 1 and key.isascii() and key.isalpha()


def _once_key(file: TomlFile, section: str, keys: Sequence[str]) -> None:
    for index, key in enumerate(keys):  # upper and lower case are two keys
        if key and key in keys[:index]:
            raise ConfigError("config_twice", value=shown(key), **file.place((section, index, "key")))


def _once(file: TomlFile, section: str, name: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value.casefold() in seen:
            raise ConfigError("config_twice", value=shown(value), **file.place((section, index, name)))
        seen.add(value.casefold())
