"""login and logout: what a person sees and does, with a provider of our own; nothing secret is ever printed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import text

from maildesk.cli.login import tunnel_command
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.secret import SecretRef
from maildesk.store import mailboxes
from maildesk.store.engine import Store
from maildesk.sync.oauth import TokenKeeper
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk
from tests.support.idp import Idp
from tests.support.postgres import Postgres

SHOP = "oauth@shop.example"
FILE = """\
[[mailboxes]]
name = "OAuth 店"
address = "oauth@shop.example"
[mailboxes.imap]
host = "127.0.0.1"
port = 9
security = "loopback"
user = "oauth@shop.example"
[mailboxes.oauth]
provider = "custom"
client_id = "maildesk-test"
scopes = ["mail", "offline_access"]
token_url = "{base}/token"
auth_url = "{base}/authorize"
device_url = "{base}/device"
revoke_url = "{base}/revoke"
"""


@pytest.fixture
def idp() -> Iterator[Idp]:
    """The provider."""
    with Idp(SHOP) as running:
        yield running


@pytest.fixture
def shop(maildesk: CommandLine, idp: Idp, tmp_path: Path) -> CommandLine:
    """A mailbox that signs in by OAuth, made by `init`."""
    file = tmp_path / "oauth.toml"
    file.write_text(FILE.format(base=idp.base), "utf-8")
    assert maildesk("init", "--from", str(file)).code == 0
    return maildesk


def kept(store: Store) -> list[tuple[object, ...]]:
    """The rows of tokens."""
    with store.reading() as tx:
        return [tuple(row) for row in tx.execute(text("SELECT access, refresh, refused FROM mailbox_token"))]


def test_a_code_then_signed_in_then_out(shop: CommandLine, desk: SmallDesk, idp: Idp) -> None:
    """The whole way, sealed with a key that only this user can read; the worker gets a token; logout tells the
    provider."""
    idp.approve = "pending yes"
    assert shop("login", "--status").code == 5
    ran = shop("login", "OAuth 店")
    assert ran.code == 0
    assert "ABCD-EFGH" in ran.out
    ((access, refresh, _),) = kept(desk.store)
    assert "canary" not in f"{ran}{access}{refresh}"
    (secrets_file,) = shop.home.rglob("*secrets*")
    assert secrets_file.stat().st_mode & 0o077 == 0
    from maildesk.sync import secrets

    def resolve(ref: SecretRef, account: str) -> str:
        return secrets.resolve(ref, account, environ={}, store_file=secrets_file)

    assert idp.knows(TokenKeeper(desk.store, desk.boxes["OAuth 店"], resolve).access().value)
    status = shop("login", "--status", "--json")
    assert (status.code, status.row["state"], status.row["sealed"]) == (0, "ok", True)
    out = shop("logout", "OAuth 店", "--json")
    assert out.row == {"mailbox": "OAuth 店", "result": "forgotten", "revoked": True}
    assert "canary" not in f"{status}{out}"
    assert kept(desk.store) == []
    assert idp.requests[-1][0] == "/revoke"
    assert shop("logout", "OAuth 店", "--json").row["result"] == "nothing"


def test_the_steps_as_json(shop: CommandLine, idp: Idp) -> None:
    """For scripts: what to open, then that it is done."""
    ran = shop("login", "--json")
    assert [row["step"] for row in ran.rows] == ["code", "done"]
    assert ran.rows[1] == {"mailbox": "OAuth 店", "step": "done", "account": SHOP, "sealed": True}


def test_a_denied_login_keeps_nothing(shop: CommandLine, desk: SmallDesk, idp: Idp) -> None:
    """Exit code 5, no row; a login that was there before still is."""
    idp.approve = "no"
    assert shop("login").code == 5
    assert kept(desk.store) == []
    idp.approve = "yes"
    shop("login")
    before = kept(desk.store)
    idp.approve = "no"
    assert shop("login").code == 5
    assert kept(desk.store) == before


def test_another_account_is_told(shop: CommandLine, idp: Idp) -> None:
    """Somebody was signed in to the provider with another account in this browser."""
    idp.account = "private@mail.example"
    ran = shop("login")
    assert ran.code == 0
    assert "private@mail.example signed in" in ran.err


def _process(shop: CommandLine, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "maildesk", "--lang", "en", *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=shop.environ | {"SSH_CONNECTION": "192.0.2.1 50000 198.51.100.7 2222"},
    )


def _address(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The address that is shown, and what is shown before it."""
    assert process.stdout
    before = ""
    for line in process.stdout:
        if line.startswith("http"):
            return line.strip(), before
        before += line
    raise AssertionError(before)


def test_in_the_browser_over_ssh(shop: CommandLine, desk: SmallDesk, idp: Idp) -> None:
    """The address, and the `ssh -L` that brings its end back here."""
    process = _process(shop, "login", "OAuth 店", "--browser")
    url, before = _address(process)
    port = urlsplit(parse_qs(urlsplit(url).query)["redirect_uri"][0]).port
    assert f"ssh -p 2222 -L {port}:127.0.0.1:{port} " in before
    assert "@198.51.100.7" in before
    status, page = idp.visit(url)
    assert (status, "Signed in" in page) == (200, True)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert len(kept(desk.store)) == 1
    assert "canary" not in out + err + before


def test_ctrl_c_leaves_nothing(shop: CommandLine, desk: SmallDesk, idp: Idp) -> None:
    """130, no row, no key, and the port is closed."""
    process = _process(shop, "login", "--browser")
    _address(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert kept(desk.store) == []
    assert not list(shop.home.rglob("*secrets*"))


def test_the_address_is_pasted(shop: CommandLine, desk: SmallDesk, idp: Idp) -> None:
    """`--paste`: nobody listens here."""
    process = _process(shop, "login", "--paste", stdin=subprocess.PIPE)
    url, before = _address(process)
    assert "ssh" not in before
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    out, err = process.communicate(f"{idp.authorized(query)}\n", timeout=30)
    assert process.returncode == 0, err
    assert len(kept(desk.store)) == 1
    assert "canary" not in out + err


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
def test_no_secret_is_an_argument(shop: CommandLine, idp: Idp) -> None:
    """While it waits, its arguments are those that were typed, and its environment has no token."""
    process = _process(shop, "login", "--browser")
    url, _ = _address(process)
    words = Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")
    assert words[-3:] == ["login", "--browser", ""]
    threading.Thread(target=idp.visit, args=(url,), daemon=True).start()
    process.communicate(timeout=30)
    log = "".join(path.read_text() for path in shop.home.rglob("*.log"))
    assert "canary" not in log


def test_a_mailbox_without_oauth_says_so(shop: CommandLine, desk: SmallDesk) -> None:
    """With what to add."""
    desk.mailbox("別の店", "other@shop.example", imap=Endpoint("127.0.0.1", 9, "loopback", "x"))
    for words in (["login", "別の店"], ["logout", "別の店"], ["login", "別の店", "--status"]):
        ran = shop(*words)
        assert ran.code == 3
        assert "[mailboxes.oauth]" in ran.err
    assert shop("login", "nowhere").code == 7


def test_an_open_file_is_refused_where_tokens_cannot_be_sealed(
    shop: CommandLine, desk: SmallDesk, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the cipher the tokens lie in the store as they are: then nobody else may read the file, and it is said."""
    from maildesk.sync.oauth import keeper

    monkeypatch.setattr(keeper, "can_seal", lambda: False)
    path = desk.url.removeprefix("sqlite:///")
    os.chmod(path, 0o644)
    ran = shop("login")
    assert ran.code == 3
    assert "chmod" in ran.err
    assert idp.requests == []
    os.chmod(path, 0o600)
    ran = shop("login")
    assert ran.code == 0
    assert "unencrypted" in ran.err
    assert "canary" in str(kept(desk.store))
    assert shop("login", "--status", "--json").row["sealed"] is False


def test_doctor_tells_who_has_to_sign_in(shop: CommandLine, desk: SmallDesk, idp: Idp) -> None:
    """Never signed in, or unused for two months: with the remedy."""
    found = {row["check"]: row for row in shop("doctor", "--quick", "--json").rows}
    assert found["OAuth 店 IMAP password"]["ok"] is False
    assert "maildesk login OAuth 店" in found["OAuth 店 IMAP password"]["remedy"]
    shop("login")
    with desk.store.transaction() as tx:
        tx.execute(text("UPDATE mailbox_token SET used_at = used_at - 61 * 86400.0"))
    found = {row["check"]: row for row in shop("doctor", "--quick", "--json").rows}
    assert found["OAuth 店 IMAP password"]["detail"] == "OAuth"
    assert found["OAuth 店 OAuth"]["ok"] is False
    assert shop("login", "--status", "--json").row["state"] == "unused"


def test_what_tunnel_to_dig() -> None:
    """Only inside SSH."""
    assert tunnel_command("", 5) == ""
    assert "-L 5:127.0.0.1:5 " in tunnel_command("192.0.2.1 1 198.51.100.7 22", 5)
    assert "-p" not in tunnel_command("192.0.2.1 1 198.51.100.7 22", 5)


def test_an_agents_login_cannot_sign_mailboxes_in(
    bare: CommandLine, idp: Idp, tmp_path: Path, postgresql: Postgres
) -> None:
    """On PostgreSQL: told before anybody is asked, and `init` says who has to sign in."""
    database = postgresql.create_database()
    address = f"postgresql://{{}}@/{database}?host={postgresql.socket}"
    file = tmp_path / "oauth.toml"
    file.write_text('[[agents]]\nlogin = "login_sato"\nname = "佐藤"\n' + FILE.format(base=idp.base), "utf-8")
    try:
        made = bare("--store", address.format("postgres"), "init", "--from", str(file))
        assert "maildesk login OAuth 店" in made.err
        ran = bare("--store", address.format("login_sato"), "login")
        assert (ran.code, idp.requests) == (8, [])
        assert "maildesk_worker" in ran.err
        assert bare("--store", address.format("login_sato"), "logout").code == 8
        done = bare("--store", address.format("postgres"), "login", "--json")
        assert done.rows[-1]["sealed"] is False
    finally:
        with psycopg.connect(postgresql.dsn(database), autocommit=True) as connection:
            connection.execute("DROP OWNED BY login_sato")
            connection.execute("DROP ROLE login_sato")
        postgresql.drop_database(database)


# ---- the file of init


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('provider = "yahoo"', "google, microsoft, custom"),
        ('client_id = ""', "client_id"),
        ('token_url = "http://idp.example/token"', "https://"),
        ('client_secret = "hush"', "client_secret_"),
        ('tenant = "x"', "tenant"),
        ('scopes = ["a b"]', "scopes"),
    ],
)
def test_settings_with_file_line_and_key(
    maildesk: CommandLine, tmp_path: Path, wrong: str, said: str
) -> None:
    """A mistake is told before anything is made; a secret cannot stand there, and is not repeated."""
    key = wrong.partition(" =")[0]
    lines = [
        line
        for line in FILE.format(base="https://idp.example").splitlines()
        if not line.startswith(f"{key} =")
    ]
    file = tmp_path / "oauth.toml"
    file.write_text("\n".join([*lines, wrong]) + "\n", "utf-8")
    ran = maildesk("init", "--from", str(file))
    assert ran.code == 3
    assert said in ran.err
    assert "hush" not in ran.err
    assert f"line {len(lines) + 1}" in ran.err


def test_google_needs_nothing_but_the_registration(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """Built-in addresses and scopes; the client's secret and the key by reference only; twice changes nothing."""
    start, _, _ = FILE.partition("[mailboxes.oauth]")
    file = tmp_path / "google.toml"
    file.write_text(
        f'{start}[mailboxes.oauth]\nprovider = "google"\nclient_id = "1.apps.example"\n'
        'client_secret_env = "CLIENT_SECRET"\ntoken_key_env = "TOKEN_KEY"\n',
        "utf-8",
    )
    assert maildesk("init", "--from", str(file)).code == 0
    box = desk.boxes["OAuth 店"]
    assert box.oauth
    assert box.oauth.addresses.token == "https://oauth2.googleapis.com/token"
    with desk.store.reading() as tx:
        assert mailboxes.secret_refs(tx, box.id) == {
            mailboxes.CLIENT: SecretRef("env", "CLIENT_SECRET"),
            mailboxes.TOKEN_KEY: SecretRef("env", "TOKEN_KEY"),
        }
    again = maildesk("init", "--from", str(file), "--json")
    assert [item["result"] for item in again.row["items"]] == ["unchanged"]
