"""Tokens in the store: sealed, refreshed by one of many, given up when a person is needed; and servers that take them."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Health, Mailbox
from maildesk.domain.oauth import AccessToken
from maildesk.domain.outbox import OutboxState
from maildesk.domain.secret import SecretRef
from maildesk.errors import (
    ConfigError,
    ConnectionLost,
    LoginNeeded,
    LoginRefused,
    MaildeskError,
    StoreError,
)
from maildesk.store import health as health_of_all
from maildesk.store import mailboxes, seats, tokens
from maildesk.store.engine import Store, open_store
from maildesk.sync import bearer, ingest
from maildesk.sync.imap import ImapSession
from maildesk.sync.oauth import TokenKeeper, flows, keeper
from maildesk.sync.oauth.vault import Unreadable, Vault
from maildesk.sync.smtp import SmtpSession
from maildesk.sync.wires import Wires
from maildesk.sync.worker import Worker
from tests.store import stores
from tests.store.stores import SHOP, execute, mail, rows, url_of
from tests.support import dovecot, scripted
from tests.support.idp import Idp
from tests.support.install import needs
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_until

KEY = "0123456789012345678901234567890123456789"


@pytest.fixture
def idp() -> Iterator[Idp]:
    """A strict provider: refresh tokens rotate, and one used twice ends the grant."""
    with Idp(SHOP) as running:
        yield running


def secret(ref: SecretRef, account: str) -> str:
    """The key for tokens, where a mailbox has one."""
    assert ref.value == "TOKEN_KEY", account
    return KEY


def add(
    store: Store,
    idp: Idp,
    imap: Endpoint | None = None,
    smtp: Endpoint | None = None,
    *,
    sealed: bool = True,
    lasts: float | None = None,
) -> Mailbox:
    """A mailbox that signs in by OAuth; with ``lasts``, somebody has signed it in already."""
    refs = {mailboxes.TOKEN_KEY: SecretRef("env", "TOKEN_KEY")} if sealed else {}
    made = Mailbox(0, "見本商店", "見本", SHOP, imap=imap, smtp=smtp, oauth=idp.app())
    with store.transaction() as tx:
        box_id, _ = mailboxes.put(tx, made, refs)
        box = mailboxes.by_id(tx, box_id)
    assert box is not None
    if lasts is not None:
        sign_in(store, box, idp, lasts)
    return box


def sign_in(store: Store, box: Mailbox, idp: Idp, lasts: float = 3600.0) -> tuple[str, str]:
    """What ``maildesk login`` does when the person has said yes."""
    access, refresh = idp.give()
    vault = keeper.vault_of(store, box, secret, sealed=False)
    keeper.keep(store, box, vault, flows.Tokens(AccessToken(access), refresh, lasts))
    return access, refresh


def keeper_of(store: Store, box: Mailbox) -> TokenKeeper:
    """A keeper as a worker has one."""
    return TokenKeeper(store, box, secret)


def asked(idp: Idp) -> int:
    """How often the provider was asked for tokens."""
    return sum(path == "/token" for path, _ in idp.requests)


# ---- at rest


@pytest.mark.parametrize("sealed", [True, False])
def test_tokens_of_any_length_are_kept_whole(store: Store, idp: Idp, sealed: bool) -> None:
    """8 KiB and more: a column that cuts them off makes a login that never works."""
    idp.size = 8 << 10
    box = add(store, idp, sealed=sealed)
    access, _ = sign_in(store, box, idp)
    assert len(access) == 8 << 10
    assert keeper_of(store, box).access().value == access
    execute(store, "UPDATE mailbox_token SET expires_at = 1.0")
    assert idp.knows(keeper_of(store, box).access().value)


def test_with_a_key_nothing_readable_is_stored(store: Store, idp: Idp) -> None:
    """Neither token stands in the row; without the key, or with another, a person has to sign in."""
    box = add(store, idp, lasts=3600.0)
    assert "canary" not in str(rows(store, "SELECT * FROM mailbox_token"))
    for resolve in (lambda _r, _a: KEY[::-1], _missing):
        with pytest.raises(LoginNeeded) as raised:
            TokenKeeper(store, box, resolve).access()
        assert raised.value.key == "oauth_login_key"
    assert keeper_of(store, box).access()


@pytest.mark.parametrize("lasts", [0.0, 20.0, 120.0, 300.0])
def test_tokens_of_a_short_life_are_asked_for_once(store: Store, idp: Idp, lasts: float) -> None:
    """A provider whose tokens last no longer than our margin (five minutes are the usual setting of some) gives one for
    each connection: no number of questions would make it last longer."""
    idp.lasts = lasts
    box = add(store, idp, lasts=10.0)
    got: list[AccessToken] = []
    asking = threading.Thread(target=lambda: got.append(keeper_of(store, box).access()), daemon=True)
    asking.start()
    asking.join(3.0)
    questions = asked(idp)
    idp.end_grants()
    asking.join(10.0)
    assert (len(got), questions) == (1, 1)


def test_an_error_of_the_store_holds_no_token(store: Store, idp: Idp) -> None:
    """Not even where tokens lie as they are, and not in what it was caused by: both end in logs."""
    box = add(store, idp, sealed=False)
    if store.is_sqlite:
        trigger = "CREATE TRIGGER odd BEFORE INSERT ON mailbox_token BEGIN SELECT RAISE(FAIL, 'odd'); END"
        execute(store, trigger)
    else:
        execute(
            store,
            "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'odd'; END $$",
        )
        execute(
            store, "CREATE TRIGGER odd BEFORE INSERT ON mailbox_token FOR EACH ROW EXECUTE FUNCTION odd()"
        )
    with pytest.raises(Exception, match="odd") as raised:
        sign_in(store, box, idp)
    assert "canary" not in "".join(traceback.format_exception(raised.value))


class _NoWaiting:
    """A clock for which nobody waits."""

    monotonic = time.monotonic

    @staticmethod
    def sleep(_seconds: float) -> None:
        """At once."""


def _missing(_ref: SecretRef, account: str) -> str:
    raise ConfigError("secret_missing", account=account)


def test_a_sealed_token_fits_its_place_only() -> None:
    """Not another mailbox, not the other column; the same token twice is two texts."""
    vault = Vault(1, KEY)
    sealed = vault.seal("access", "token")
    assert sealed != vault.seal("access", "token")
    assert vault.open("access", sealed) == "token"
    for other, what in ((Vault(2, KEY), "access"), (vault, "refresh"), (Vault(1, ""), "access")):
        with pytest.raises(Unreadable):
            other.open(what, sealed)  # type: ignore[arg-type]  # one of the two words
    for broken in ("", "token", sealed[:-8], sealed[:-4] + "AAA=", "aes256gcm:", "aes256gcm:ほげ"):
        with pytest.raises(Unreadable):
            vault.open("access", broken)
    with pytest.raises(ConfigError):
        Vault(1, "short")


def test_an_agents_own_login_cannot_read_tokens(tmp_path: Path) -> None:
    """On PostgreSQL by the database itself."""
    from sqlalchemy import make_url, text

    from maildesk.domain.agent import Role
    from maildesk.store import grants

    with stores.opened("postgresql", tmp_path) as store, Idp(SHOP) as idp:
        add(store, idp, lasts=3600.0)
        with store.transaction() as tx:
            assert grants.apply(tx, [("sato", Role.AGENT), ("suzuki", Role.SUPERVISOR)]) == ()
        for login in ("sato", "suzuki"):
            url = make_url(url_of(store)).set(username=login).render_as_string(hide_password=False)
            with contextlib.closing(open_store(url)) as mine:
                for words in (
                    "SELECT access FROM mailbox_token",
                    "SELECT count(*) FROM mailbox_token",
                    "UPDATE mailbox_token SET refused = ''",
                    "DELETE FROM mailbox_token",
                ):
                    with pytest.raises(StoreError) as raised, mine.transaction() as tx:
                        tx.execute(text(words))
                    assert raised.value.key == "store_permission"


def test_tokens_go_with_the_application_that_got_them(store: Store, idp: Idp) -> None:
    """Another scope or certificate leaves them; another client, or no OAuth at all, does not."""
    box = add(store, idp, lasts=3600.0)
    assert box.oauth
    for oauth, left in (
        (replace(box.oauth, revoke_url="", scopes=("mail",)), 1),
        (replace(box.oauth, client_id="another"), 0),
    ):
        with store.transaction() as tx:
            mailboxes.put(tx, replace(box, oauth=oauth), {})
        assert rows(store, "SELECT count(*) FROM mailbox_token") == [(left,)]
    sign_in(store, box, idp)
    with store.transaction() as tx:
        mailboxes.put(tx, replace(box, oauth=None), {})
    assert rows(store, "SELECT count(*) FROM mailbox_token") == [(0,)]


# ---- refreshing


def test_a_token_that_lasts_is_given_without_asking(store: Store, idp: Idp) -> None:
    """Until five minutes before its end; then it is refreshed, and the new refresh token is kept."""
    box = add(store, idp, lasts=keeper.EARLY + 20)
    mine = keeper_of(store, box)
    first = mine.access()
    assert asked(idp) == 0
    execute(store, "UPDATE mailbox_token SET expires_at = expires_at - 30")
    second = mine.access()
    assert second != first
    assert idp.knows(second.value)
    assert (asked(idp), rows(store, "SELECT lease_by, lease_until FROM mailbox_token")) == (1, [(None, None)])
    execute(store, "UPDATE mailbox_token SET expires_at = 1.0")
    assert idp.knows(mine.access().value), "the rotated one was kept"


def test_eight_refreshers_make_one_refresh(store: Store, idp: Idp) -> None:
    """Each with connections of its own, a slow provider, a token that has ended: one asks, all get its answer."""
    box = add(store, idp, lasts=0.0)
    idp.fault(delay=0.4)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(contextlib.closing(open_store(url_of(store)))) for _ in range(8)]
        together = threading.Barrier(8)

        def refresh(mine: Store) -> AccessToken:
            together.wait()
            return keeper_of(mine, box).access()

        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(refresh, opened))
    assert len(found) == 1
    assert idp.knows(found.pop().value)
    assert (idp.refreshes, asked(idp)) == (1, 1)


_RACER = """
import sys
from maildesk.domain.secret import SecretRef
from maildesk.store import mailboxes
from maildesk.store.engine import open_store
from maildesk.sync.oauth import TokenKeeper
store = open_store(sys.argv[1])
with store.reading() as tx:
    box = mailboxes.all_mailboxes(tx)[0]
print("ready", flush=True)
sys.stdin.readline()
print(TokenKeeper(store, box, lambda ref, account: sys.argv[2]).access().value)
"""


@pytest.mark.slow
def test_eight_processes_make_one_refresh(store: Store, idp: Idp) -> None:
    """What threads of one process could hide."""
    add(store, idp, lasts=0.0)
    idp.fault(delay=0.3)
    command = [sys.executable, "-c", _RACER, url_of(store), KEY]
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
        for _ in range(8)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    found = {racer.communicate(timeout=60)[0].strip() for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 8
    assert len(found) == 1
    assert (idp.refreshes, asked(idp)) == (1, 1)


def test_while_one_refreshes_the_others_use_the_old_one(store: Store, idp: Idp) -> None:
    """It lasts five minutes more: nobody waits."""
    box = add(store, idp, lasts=keeper.EARLY - 60)
    with store.reading() as tx:
        seen = tokens.get(tx, box.id)
    assert seen
    with store.transaction() as tx:
        assert tokens.lease(tx, box.id, "somebody", seen)
        assert not tokens.lease(tx, box.id, "else", seen)
    assert idp.knows(keeper_of(store, box).access().value)
    assert asked(idp) == 0


def test_who_read_before_a_refresh_does_not_refresh_after_it(store: Store, idp: Idp) -> None:
    """It would use the old refresh token once more, which ends the whole grant at a strict provider; nor is the word
    of a person overwritten."""
    box = add(store, idp, lasts=0.0)
    with store.reading() as tx:
        seen = tokens.get(tx, box.id)
    assert seen
    keeper_of(store, box).access()
    with store.transaction() as tx:
        assert not tokens.lease(tx, box.id, "late", seen)
        now = tokens.get(tx, box.id)
        assert now
        assert tokens.refuse(tx, box.id, now, "invalid_grant")
        assert not tokens.lease(tx, box.id, "later", now)


def test_a_refresher_that_was_killed_holds_nobody_up_for_long(store: Store, idp: Idp) -> None:
    """Its lease lapses; what it got and did not store is lost. Where the provider does not rotate, that costs nothing."""
    idp.rotate = False
    box = add(store, idp, lasts=0.0)
    with store.reading() as tx:
        seen = tokens.get(tx, box.id)
    assert seen
    with store.transaction() as tx:
        assert tokens.lease(tx, box.id, "killed", seen)
    flows.refresh(idp.app(), "", Vault(box.id, KEY).open("refresh", seen.refresh))
    execute(store, "UPDATE mailbox_token SET lease_until = 1.0")
    assert idp.knows(keeper_of(store, box).access().value)


def test_killed_between_answer_and_commit_with_a_rotating_provider(store: Store, idp: Idp) -> None:
    """The one case that nobody can save: it ends in words for a person, not in silence."""
    box = add(store, idp, lasts=0.0)
    idp.fault(swallow=True)  # the provider rotates, the answer never arrives
    with pytest.raises(ConnectionLost):
        keeper_of(store, box).access()
    with pytest.raises(LoginNeeded) as raised:
        keeper_of(store, box).access()
    assert "maildesk login 見本商店" in raised.value.hint


def test_a_late_answer_is_kept_although_its_lease_has_lapsed(store: Store, idp: Idp) -> None:
    """The old refresh token is of no more use: whoever has the new one must store it, and whoever was told no for the
    old one must not say that a login is needed."""
    box = add(store, idp, lasts=0.0)
    vault = Vault(box.id, KEY)
    with store.reading() as tx:
        seen = tokens.get(tx, box.id)
    assert seen
    found = flows.refresh(idp.app(), "", vault.open("refresh", seen.refresh))
    access, refresh = vault.seal("access", found.access.value), vault.seal("refresh", found.refresh)
    with store.transaction() as tx:
        assert tokens.lease(tx, box.id, "later", seen)
        assert tokens.refreshed(tx, box.id, seen, access, refresh, 3600.0)
        assert not tokens.refuse(tx, box.id, seen, "invalid_grant"), "that was the old one"
        assert not tokens.refreshed(tx, box.id, seen, "older", "older", 3600.0), "once"
    assert keeper_of(store, box).access() == found.access


def test_a_store_that_is_away_for_a_moment_loses_no_refresh_token(
    store: Store, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storing what the provider gave is tried again."""
    box = add(store, idp, lasts=0.0)
    really, failed = tokens.refreshed, list[int]()

    def away(*given: object) -> bool:
        if not failed:
            failed.append(1)
            raise StoreError("store_unreachable", path="x", reason="gone")
        return really(*given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(tokens, "refreshed", away)
    monkeypatch.setattr(keeper, "time", _NoWaiting)
    assert idp.knows(keeper_of(store, box).access().value)
    assert failed


# ---- a person is needed


def test_an_ended_grant_asks_for_a_person_and_nobody_else(store: Store, idp: Idp) -> None:
    """The provider is asked once; a login ends it."""
    box = add(store, idp, lasts=0.0)
    idp.end_grants()
    for _ in range(3):
        with pytest.raises(LoginNeeded) as raised:
            keeper_of(store, box).access()
        assert raised.value.key == "oauth_login_again"
        assert "invalid_grant" in str(raised.value)
        assert "canary" not in f"{raised.value}{rows(store, 'SELECT refused FROM mailbox_token')}"
    assert asked(idp) == 1
    access, _ = sign_in(store, box, idp)
    assert keeper_of(store, box).access().value == access


def test_a_mailbox_that_nobody_signed_in(store: Store, idp: Idp) -> None:
    """Told with the command."""
    box = add(store, idp)
    with pytest.raises(LoginNeeded) as raised:
        keeper_of(store, box).access()
    assert (raised.value.values["mailbox"], raised.value.key) == (box.name, "oauth_login_first")


def test_trouble_at_the_provider_is_tried_again_and_needs_nobody(store: Store, idp: Idp) -> None:
    """503 and silence are no LoginNeeded; a token that still lasts is used meanwhile; the lease is given back."""
    box = add(store, idp, lasts=keeper.EARLY - 60)
    idp.fault(status=503, times=2)
    mine = keeper_of(store, box)
    assert idp.knows(mine.access().value)
    execute(store, "UPDATE mailbox_token SET expires_at = 1.0")
    with pytest.raises(ConnectionLost):
        mine.access()
    assert rows(store, "SELECT lease_by, refused FROM mailbox_token") == [(None, "")]
    assert idp.knows(mine.access().value)


def test_a_wrong_client_is_a_setting_and_not_a_login(store: Store, idp: Idp) -> None:
    """Signing in again would not help."""
    box = add(store, idp, lasts=0.0)
    idp.client_secret = "another"
    with pytest.raises(ConfigError):
        keeper_of(store, box).access()
    assert rows(store, "SELECT lease_by, refused FROM mailbox_token") == [(None, "")]


def test_a_token_that_nobody_uses_is_counted(store: Store, idp: Idp) -> None:
    """Days since it was last used; using it is written once an hour at most."""
    box = add(store, idp, lasts=3600.0)
    execute(store, "UPDATE mailbox_token SET used_at = used_at - :s", s=61 * 86400.0)
    with store.reading() as tx:
        kept = tokens.get(tx, box.id)
    assert kept
    assert kept.unused_days > tokens.UNUSED_DAYS
    keeper_of(store, box).used()
    before = rows(store, "SELECT used_at FROM mailbox_token")
    keeper_of(store, box).used()
    assert rows(store, "SELECT used_at FROM mailbox_token") == before
    with store.reading() as tx:
        kept = tokens.get(tx, box.id)
    assert kept
    assert kept.unused_days < 1


# ---- servers


@pytest.fixture
def imap(idp: Idp) -> Iterator[dovecot.Dovecot]:
    """A real Dovecot that asks the provider about tokens."""
    needs("dovecot", "openssl")
    with dovecot.server({SHOP: "password"}, f"{idp.base}/introspect") as server:
        yield server


@pytest.fixture
def smtp(idp: Idp) -> Iterator[SmtpServer]:
    """An outgoing server over TLS that does the same."""
    with SmtpServer({SHOP: ""}, "implicit", mechanisms="XOAUTH2 OAUTHBEARER", token=idp.knows) as server:
        yield server


def endpoint(server: dovecot.Dovecot) -> Endpoint:
    """Over TLS, with its certificate trusted."""
    return Endpoint("localhost", server.tls_port, "tls", SHOP, server.ca_file)


@pytest.mark.parametrize("mechanism", bearer.MECHANISMS)
def test_a_real_server_takes_the_token(
    idp: Idp, imap: dovecot.Dovecot, mechanism: bearer.Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dovecot, by both mechanisms; a refused one is a refused login, at once."""
    monkeypatch.setattr(bearer, "MECHANISMS", (mechanism,))
    access, _ = idp.give()
    with ImapSession.open(endpoint(imap), AccessToken(access), 10.0) as session:
        assert {folder.name for folder in session.folders()} >= {"INBOX", "Sent"}
    for other in ("wrong", "w" * 3000):
        with pytest.raises(LoginRefused) as raised:
            ImapSession.open(endpoint(imap), AccessToken(other), 10.0)
        assert raised.value.key == "imap_login_refused"


@pytest.mark.parametrize("mechanism", bearer.MECHANISMS)
def test_the_words_about_a_refused_token_get_the_answer_that_they_want(
    mechanism: bearer.Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty line (XOAUTH2) or one \\1 (RFC 7628 3.2.3), and not the token once more; 8 KiB in one line."""
    monkeypatch.setattr(bearer, "MECHANISMS", (mechanism,))
    token = "w" * (8 << 10)
    offered = f"* OK [CAPABILITY IMAP4rev1 AUTH={mechanism}] hello\r\n".encode()
    words = (offered, b"+ \r\n", b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", b"* BYE refused\r\n")
    with scripted.server(*words) as server:
        endpoint = Endpoint("127.0.0.1", server.port, "loopback", SHOP)
        with pytest.raises(MaildeskError):
            ImapSession.open(endpoint, AccessToken(token), 0.5)
    command, said, last = server.heard.split(b"\r\n")[:3]
    assert command.endswith(f"AUTHENTICATE {mechanism}".encode())
    assert token.encode() in base64.b64decode(said)
    assert base64.b64decode(last) == (b"" if mechanism == "XOAUTH2" else b"\1")


@pytest.mark.parametrize("size", [0, 8 << 10])
@pytest.mark.parametrize("mechanism", bearer.MECHANISMS)
def test_the_outgoing_server_takes_the_token(
    idp: Idp, smtp: SmtpServer, mechanism: bearer.Mechanism, size: int
) -> None:
    """Short ones with the command, long ones after the 334; the error challenge is answered, with nothing (XOAUTH2) or
    one \\1 (RFC 7628 3.2.3)."""
    smtp.mechanisms, idp.size = mechanism, size
    access, _ = idp.give()
    SmtpSession.open(smtp.endpoint(SHOP), AccessToken(access), 5.0).close()
    assert smtp.answers == []
    with pytest.raises(LoginRefused) as raised:
        SmtpSession.open(smtp.endpoint(SHOP), AccessToken("wrong" + "w" * size), 5.0)
    assert raised.value.key == "smtp_login"
    assert smtp.answers == [b"" if mechanism == "XOAUTH2" else b"\1"]
    longest = max(len(line) for line in smtp.commands)
    assert longest <= 510


def test_a_server_that_takes_no_tokens_is_told_none(idp: Idp) -> None:
    """And an access token never travels as a password."""
    with SmtpServer({SHOP: ""}, mechanisms="PLAIN LOGIN") as smtp, pytest.raises(LoginRefused) as raised:
        SmtpSession.open(smtp.endpoint(SHOP), AccessToken("token"), 5.0)
    assert raised.value.key == "smtp_no_login"
    assert not [line for line in smtp.commands if line.startswith("AUTH")]


def test_no_token_goes_out_in_clear(idp: Idp) -> None:
    """STARTTLS that is not offered, or fails: nothing is said before it."""
    access, _ = idp.give()
    with SmtpServer(
        {SHOP: ""}, "starttls", mechanisms="XOAUTH2", offer_starttls=False, token=idp.knows
    ) as smtp:
        with pytest.raises(ConnectionLost):
            SmtpSession.open(smtp.endpoint(SHOP), AccessToken(access), 5.0)
        assert not [line for line in smtp.clear_commands if "AUTH" in line]


def test_a_whole_day_by_token(
    store: Store, idp: Idp, imap: dovecot.Dovecot, smtp: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Mail in, a reply out and filed; then the token ends before its time, both ways, and again; the log has none."""
    caplog.set_level("DEBUG")
    box = add(store, idp, endpoint(imap), smtp.endpoint(SHOP), lasts=3600.0)
    worker = Worker(store, secret)
    imap.deliver(SHOP, mail(1))
    assert [report.error for report in worker.run_once("in")] == [None, None]
    ((number,),) = rows(store, "SELECT id FROM conversation")
    queued = stores.queue_reply(store, box, stores.add_agent(store), number)
    idp.end_access()
    (sent,) = worker.run_once("out")
    assert sent.json()["result"] == OutboxState.SENT.value
    assert smtp.count(queued.message_id) == 1
    idp.end_access()
    imap.deliver(SHOP, mail(2))
    assert [report.error for report in worker.run_once("in")] == [None, None]
    assert idp.refreshes == 2
    assert "canary" not in caplog.text


def test_a_fresh_token_that_is_not_taken_is_told_as_such(store: Store, idp: Idp, smtp: SmtpServer) -> None:
    """Another account signed in, or SMTP is turned off for it: the provider is asked once, not for ever."""
    smtp.token = lambda _: False
    box = add(store, idp, None, smtp.endpoint(SHOP), lasts=3600.0)
    with pytest.raises(LoginRefused) as raised:
        Wires(store, box, secret).smtp()
    assert raised.value.key == "oauth_not_taken"
    assert not isinstance(raised.value, LoginNeeded)
    assert asked(idp) == 1


def test_a_server_with_a_password_of_its_own_gets_that(store: Store, idp: Idp, smtp: SmtpServer) -> None:
    """IMAP by token, SMTP by another provider with a password."""
    with SmtpServer({"relay": KEY}, "implicit") as relay:
        box = add(store, idp, None, relay.endpoint("relay"))
        with store.transaction() as tx:
            mailboxes.put(tx, box, {"smtp": SecretRef("env", "TOKEN_KEY")})
        Wires(store, box, secret).smtp().close()


def _until(ready: Callable[[], bool], what: Callable[[], str]) -> None:
    wait_until(ready, lambda: True, what)


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_revoked_in_the_middle_of_idle(store: Store, idp: Idp, imap: dovecot.Dovecot) -> None:
    """The server drops the line, the provider says no: all agents read that a login is needed, nobody hammers; after
    the login mail comes in by itself."""
    box = add(store, idp, endpoint(imap), lasts=3600.0)
    stop = threading.Event()
    thread = threading.Thread(target=Worker(store, secret).run, args=(stop,))
    thread.start()

    def health() -> str:
        return str(rows(store, "SELECT name, health, error FROM folder ORDER BY name"))

    try:
        _until(lambda: "Sent" in health(), health)
        idp.end_grants()
        imap.stop()
        imap.start()
        with store.transaction() as tx:
            seats.want(tx)  # nobody has to wait for the next try
        _until(lambda: "maildesk login 見本商店" in health(), health)
        with store.reading() as tx:
            (stands,) = health_of_all.read(tx).mailboxes
        assert (stands.state, "maildesk login 見本商店" in stands.hint) == (Health.LOGIN, True)
        before = asked(idp)
        assert before == 1
        imap.deliver(SHOP, mail(1))
        sign_in(store, box, idp)
        _until(lambda: rows(store, "SELECT count(*) FROM message") == [(1,)], health)
        assert asked(idp) == before
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert "canary" not in health()


def test_no_token_is_in_what_people_see(store: Store, idp: Idp, smtp: SmtpServer) -> None:
    """Refused by the server, which repeats it, and by the provider: not in errors, hints, health or the outbox."""
    box = add(store, idp, None, smtp.endpoint(SHOP), lasts=3600.0)
    (found,) = ingest.import_mails(store, replace(box), [("x", mail(1))])
    assert found.conversation is not None
    stores.queue_reply(store, box, stores.add_agent(store), found.conversation)
    idp.end_grants()
    (report,) = Worker(store, secret).run_once("out")
    assert isinstance(report.error, MaildeskError)
    seen = f"{report.error}{report.error.hint}{report.error.values!r}{report.json()}"
    for table in ("folder", "outbox", "event"):
        seen += str(rows(store, f"SELECT * FROM {table}"))
    assert "login" in seen
    assert "canary" not in seen
