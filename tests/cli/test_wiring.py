"""Who I am on each kind of store, and what the wizard has done for it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from maildesk import wiring
from maildesk.config import Settings
from maildesk.demo.imapd import ImapServer
from maildesk.demo.smtpd import SmtpSink
from maildesk.domain.agent import Role
from maildesk.errors import ConfigError, MaildeskError, NotPermitted
from maildesk.screens.wizard.answers import Answers, Server
from maildesk.store import agents, mailboxes
from maildesk.store.engine import Store, open_store
from maildesk.wiring.wizard import Actions
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk, small_desk
from tests.support.postgres import Postgres

# ---- who I am


def settings(desk_url: str, **environ: str) -> Settings:
    """Settings with nothing but a store and these variables."""
    return wiring.settings(wiring.Flags(store=desk_url), environ)


def login_of(store: Store, found: Settings, explicit: str | None = None) -> str:
    """Whom the store takes us for."""
    return wiring.identify(store, found, explicit).login


def test_sqlite_believes_flag_then_variable_then_the_systems_user(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "os_user", lambda: "suzuki")
    assert login_of(desk.store, settings(desk.url)) == "suzuki"
    assert login_of(desk.store, settings(desk.url, MAILDESK_AGENT="sato")) == "sato"
    assert login_of(desk.store, settings(desk.url, MAILDESK_AGENT="sato"), "takahashi") == "takahashi"


def test_sqlite_knows_a_user_who_is_linked_to_an_agent(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.store.transaction() as tx:
        agents.put(tx, "sato", "佐藤", Role.AGENT, "さとう", os_user="hsato")
    monkeypatch.setattr(wiring, "os_user", lambda: "hsato")
    assert login_of(desk.store, settings(desk.url)) == "sato"


def test_a_desk_of_one_needs_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "os_user", lambda: "")
    url = f"sqlite:///{tmp_path / 'one.db'}"
    store = open_store(url, create=True)
    try:
        with pytest.raises(ConfigError):
            login_of(store, settings(url))
        with store.transaction() as tx:
            agents.put(tx, "sole", "一人", Role.ADMIN)
        assert login_of(store, settings(url)) == "sole"
    finally:
        store.close()


@pytest.fixture
def shared(postgresql: Postgres, tmp_path: Path) -> Iterator[tuple[SmallDesk, str]]:
    """A desk on PostgreSQL on which 佐藤 and a stranger may sign in; and the address without a user."""
    database = postgresql.create_database()
    made = small_desk(tmp_path, postgresql.url(database))
    with psycopg.connect(postgresql.dsn(database), autocommit=True) as connection:
        for login in ("sato", "stranger"):
            role = sql.Identifier(login)
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
    yield made, f"postgresql://{{}}@/{database}?host={postgresql.socket}"
    made.close()
    postgresql.drop_database(database)


def test_postgresql_believes_only_its_own_login(shared: tuple[SmallDesk, str]) -> None:
    _, address = shared
    url = address.format("sato")
    store = open_store(url)
    try:
        assert login_of(store, settings(url)) == "sato"
        assert login_of(store, settings(url, MAILDESK_AGENT="takahashi")) == "sato"
        with pytest.raises(NotPermitted, match="takahashi"):
            login_of(store, settings(url), "takahashi")
    finally:
        store.close()


def test_a_login_of_postgresql_that_is_no_agent(shared: tuple[SmallDesk, str], bare: CommandLine) -> None:
    _, address = shared
    ran = bare("--store", address.format("stranger"), "list")
    assert (ran.code, ran.out) == (8, "")
    assert "stranger" in ran.err
    assert "sato, suzuki, takahashi" in ran.err


def test_postgres_is_another_word_for_postgresql(shared: tuple[SmallDesk, str], bare: CommandLine) -> None:
    desk, address = shared
    number = desk.mail()
    url = address.format("sato").replace("postgresql:", "postgres:")
    assert bare("--store", url, "list", "--json").row["number"] == number


def test_a_database_that_is_not_there_and_a_server_that_is_not_there(
    postgresql: Postgres, bare: CommandLine
) -> None:
    missing = f"postgresql://postgres@/none?host={postgresql.socket}"
    nobody = f"postgresql://nobody_at_all@/postgres?host={postgresql.socket}"
    for url, code in ((missing, 1), ("postgresql://sato:hush@127.0.0.1:1/desk", 4), (nobody, 5)):
        ran = bare("--store", url, "list")
        assert (ran.code, ran.out) == (code, "")
        assert "hush" not in ran.err
        assert "Traceback" not in ran.err


# ---- the wizard's deeds

USER = "live@shop.example"


@pytest.fixture
def actions(home: Path) -> Actions:
    """The deeds, for somebody who has nothing yet."""
    return Actions(wiring.settings(wiring.Flags(), {"HOME": str(home)}))


@pytest.fixture
def answers(actions: Actions) -> Iterator[Answers]:
    """Answers that work: a desk in the home, live servers."""
    with ImapServer({USER: "hush"}) as imap, SmtpSink(lambda *_: None, {USER: "hush"}) as smtp:
        yield Answers(
            login="sato",
            name="佐藤",
            url=actions.default_url(),
            shop="実店舗",
            address=USER,
            imap=Server("127.0.0.1", str(imap.port), "loopback", USER),
            smtp=Server("127.0.0.1", str(smtp.port), "loopback", USER),
            password="hush",
            team="suzuki 鈴木 supervisor\n",
        )


def test_each_test_goes_step_by_step_and_ends_where_it_fails(actions: Actions, answers: Answers) -> None:
    assert [(line.name, line.ok) for line in actions.test_store(answers)] == [("store", True)]
    good = [(name, True) for name in ("dns", "tcp", "tls", "login")]
    assert [(line.name, line.ok) for line in actions.test_imap(answers)] == [*good, ("folder", True)]
    assert [(line.name, line.ok) for line in actions.test_smtp(answers)] == good
    answers.folder = "Nowhere"
    assert [line.ok for line in actions.test_imap(answers)] == [True] * 4 + [False]
    answers.password = "canary"
    refused = list(actions.test_imap(answers))
    assert [(line.name, line.ok) for line in refused][-2:] == [("tls", True), ("login", False)]
    assert "canary" not in "".join(line.detail + line.remedy for line in refused)
    answers.imap.port = "1"
    assert [(line.name, line.ok) for line in actions.test_imap(answers)] == [("dns", True), ("tcp", False)]
    answers.imap.port = "x"
    assert [line.ok for line in actions.test_imap(answers)] == [False]
    answers.imap = Server("mail.example.jp", "143", "loopback", USER)
    assert [line.ok for line in actions.test_imap(answers)] == [False]


def test_a_store_that_cannot_be_made_is_said_before_it_is_tried(actions: Actions, answers: Answers) -> None:
    for url in ("sqlite:////dev/null/desk.db", "mysql://x", "postgresql://x@127.0.0.1:1/y"):
        answers.url = url
        (line,) = actions.test_store(answers)
        assert not line.ok
        with pytest.raises(MaildeskError):
            actions.write(answers)
    assert not actions._config_file.exists()


def test_the_desk_is_made_named_and_its_passwords_kept_apart(
    actions: Actions, answers: Answers, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "")
    file = actions.write(answers)
    found = wiring.settings(wiring.Flags(), {})
    assert (found.file, found.agent.login, wiring.is_set_up(found)) == (file, "sato", True)
    assert actions.made is not None
    assert (actions.made.store.url, actions.made.agent.login) == (found.store.url, "sato")
    desk = wiring.open_desk(found)
    try:
        assert (desk.me.name, desk.me.role) == ("佐藤", Role.ADMIN)
        assert {a.login: a.role for a in desk.people.agents()}["suzuki"] is Role.SUPERVISOR
    finally:
        desk.close()
    store = wiring.open_store_for(found)
    try:
        with store.reading() as tx:
            (box,) = mailboxes.all_mailboxes(tx)
            refs = mailboxes.secret_refs(tx, box.id)
    finally:
        store.close()
    assert wiring.resolve_secret(found, refs["imap"], f"imap:{USER}@127.0.0.1") == "hush"
    assert "hush" not in file.read_text("utf-8")
    assert b"hush" not in Path(wiring.sqlite_path(found.store.url)).read_bytes()
    assert stat.S_IMODE(found.paths.secrets_file.stat().st_mode) == 0o600


def test_answers_are_kept_for_later_without_the_password(
    actions: Actions, answers: Answers, home: Path
) -> None:
    assert actions.resume() is None
    answers.step = "outgoing"
    actions.keep(answers)
    kept = actions.resume()
    assert kept is not None
    assert (kept.step, kept.password, kept.imap) == ("outgoing", "", answers.imap)
    assert not any("hush" in path.read_text("utf-8") for path in home.rglob("*") if path.is_file())
    actions.write(answers)
    assert actions.resume() is None


def test_known_providers_are_found_without_asking(actions: Actions) -> None:
    found = actions.detect("someone@yahoo.co.jp")
    assert found is not None
    assert (found[0].host, found[0].port, found[1].security) == ("imap.mail.yahoo.co.jp", "993", "tls")


def test_an_existing_configuration_keeps_what_stands_in_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('# mine\n[ui]\ntheme = "nord"\n[agent]\nlogin = "sato"\n', "utf-8")
    wiring.add_to_config(file, {"store": {"url": "sqlite:////a/b.db"}, "agent": {"login": "x"}})
    assert file.read_text("utf-8") == (
        '# mine\n[ui]\ntheme = "nord"\n[agent]\nlogin = "sato"\n\n[store]\nurl = "sqlite:////a/b.db"\n'
    )


def test_the_only_mailbox_needs_no_name() -> None:
    """One shop: nothing to choose. None or several: which one must be said."""
    from maildesk.cli.read import chosen_mailbox
    from maildesk.domain.mailbox import Mailbox
    from maildesk.errors import UsageError

    rakuten, yahoo = (
        Mailbox(1, "楽天市場店", "楽天", "r@shop.example"),
        Mailbox(2, "Yahoo!店", "Yahoo", "y@shop.example"),
    )
    assert chosen_mailbox([rakuten], None) is rakuten
    assert chosen_mailbox([rakuten, yahoo], "Yahoo") is yahoo
    for boxes in ([], [rakuten, yahoo]):
        with pytest.raises(UsageError):
            chosen_mailbox(boxes, None)
