"""The other end of the demo, in a process of its own: mail servers, customers, colleagues, and the worker.

``python -m maildesk.demo.world FOLDER LANGUAGE`` makes the store in FOLDER, says ``ready`` on standard output, and
lives until its standard input closes, that is, as long as the app that started it. Everything between the servers and
the app is the real code: sync, store, outbox.
"""

from __future__ import annotations

import logging
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from maildesk import locale, logs
from maildesk.demo import open_ends, team
from maildesk.demo.colleagues import Colleague, morning
from maildesk.demo.imapd import ImapServer
from maildesk.demo.mails import INBOX, SENT, seed_mails
from maildesk.demo.people import AGENTS, FIELDS, LABELS, SHOPS
from maildesk.demo.phrases import arrivals, customer_answer
from maildesk.demo.replies import TEMPLATES
from maildesk.demo.smtpd import SmtpSink
from maildesk.desk import Desk
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.secret import SecretRef
from maildesk.store import agents, customers, labels, mailboxes, templates
from maildesk.store.engine import Store, open_store
from maildesk.sync.worker import Worker

SEED = 20261121
PASSWORD = "demo"
ARRIVAL_SECONDS = 45.0
ANSWER_SECONDS = (8.0, 25.0)
_log = logging.getLogger(__name__)


class Customers:
    """Who writes to the shops: new mail now and then, and answers to what we send."""

    def __init__(self, imap: ImapServer, seed: int, stop: threading.Event) -> None:
        self._imap = imap
        self._rng = Random(seed)
        self._stop = stop
        self._seed = seed

    def take(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        """A mail of ours arrived. After a while its customer may answer."""
        answer = customer_answer(raw, self._seed, datetime.now(UTC))
        if answer is None or sender not in self._imap.users:
            return
        wait = self._rng.uniform(*ANSWER_SECONDS)
        timer = threading.Timer(wait, lambda: self._stop.is_set() or self._imap.deliver(sender, answer))
        timer.daemon = True
        timer.start()

    def keep_writing(self) -> None:
        """New mail until the demo ends."""
        for mail in arrivals(self._seed):
            if self._stop.wait(self._rng.uniform(0.5, 1.5) * ARRIVAL_SECONDS):
                return
            self._imap.deliver(mail.shop_address, mail.raw)


def fill(imap: ImapServer, now: datetime) -> None:
    """The mail that is there when the demo begins."""
    for mail in sorted(seed_mails(now, SEED), key=lambda m: m.age, reverse=True):
        flags = ("\\Seen",) if mail.folder == SENT else ()
        imap.deliver(
            mail.shop_address, mail.raw, SENT if mail.folder == SENT else INBOX, flags, now - mail.age
        )


def make_desk(store: Store, shops: Iterable[Mailbox]) -> None:
    """Agents, mailboxes, templates, labels, and what is kept of customers."""
    with store.transaction() as tx:
        for agent in AGENTS:
            agents.put(tx, agent.login, agent.name, agent.role, agent.reading)
        for shop in shops:
            mailboxes.put(tx, replace(shop, folders=("INBOX",)), _SECRETS)
        for template in TEMPLATES:
            templates.put(tx, replace(template, id=0), None)
        for place, look in enumerate(LABELS):
            labels.put(tx, look, place)
        for place, described in enumerate(FIELDS):
            customers.put_field(tx, described, place)


_SECRETS = {"imap": SecretRef("env", "MAILDESK_DEMO"), "smtp": SecretRef("env", "MAILDESK_DEMO")}


def _connected(shop: Mailbox, imap_port: int, smtp_port: int) -> Mailbox:
    return replace(
        shop,
        imap=Endpoint("127.0.0.1", imap_port, "loopback", shop.address),
        smtp=Endpoint("127.0.0.1", smtp_port, "loopback", shop.address),
    )


@contextmanager
def world(url: str) -> Iterator[None]:
    """Servers, worker, customers and colleagues, as long as the block lasts. The store exists when it begins."""
    stop = threading.Event()
    users = {shop.address: PASSWORD for shop in SHOPS}
    with ExitStack() as stack:
        imap = stack.enter_context(ImapServer(users))
        outside = Customers(imap, SEED, stop)
        smtp = stack.enter_context(SmtpSink(outside.take, users))
        fill(imap, datetime.now(UTC))
        store = open_store(url, create=True)
        stack.callback(store.close)
        make_desk(store, (_connected(shop, imap.port, smtp.port) for shop in SHOPS))
        threads = [
            threading.Thread(
                target=Worker(store, lambda ref, account: PASSWORD).run, args=(stop,), name="worker"
            ),
            threading.Thread(target=outside.keep_writing, name="customers"),
            threading.Thread(target=_colleagues, args=(url, stop, smtp), name="colleagues"),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(10)


def _colleagues(url: str, stop: threading.Event, smtp: SmtpSink) -> None:
    desks = [sit_down(url, agent.login) for agent in AGENTS]
    expected = len(SHOPS)
    while not stop.wait(0.2):
        folders = [f for f in desks[0].sync.health().folders if f.folder == INBOX]
        if len(folders) == expected and all(f.checked_at is not None and f.done >= f.total for f in folders):
            break
    if not stop.is_set():
        morning(desks)
        team.talk(desks)
        open_ends.leave(desks, smtp.lose_answer)
    others = [Colleague(desk, Random(SEED + i)) for i, desk in enumerate(desks[1:])]
    desks[0].close()
    for colleague in others:
        colleague.start()
    stop.wait()
    for colleague in others:
        colleague.stop()


def sit_down(url: str, login: str) -> Desk:
    """A session of an agent of the demo."""
    store = open_store(url)
    with store.reading() as tx:
        agent = agents.by_login(tx, login)
    assert agent is not None
    return Desk(store, agent)


def main() -> None:
    """The process: until standard input closes. It removes the folder itself, because an app that is killed cannot."""
    folder = Path(sys.argv[1])
    locale.use(locale.choose(sys.argv[2]))
    logs.to_file(folder / "world.log")
    with world(f"sqlite:///{folder / 'desk.db'}"):
        print("ready", flush=True)
        sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
