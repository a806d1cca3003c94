"""A whole office: Dovecot, a submission server, a desk made by ``maildesk init``, the worker, and agents at terminals."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import make_url

from maildesk.desk import Desk
from maildesk.domain.endpoint import Endpoint
from maildesk.store import agents
from maildesk.store.engine import open_store
from maildesk.sync.imap import ImapSession
from tests.support import dovecot
from tests.support.install import needs
from tests.support.smtp import SmtpServer
from tests.support.terminal import Terminal, python

SHOP = "shop@shop.example"
PASSWORD = "correct horse"
T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str, seconds: float = 30.0) -> T:
    """Ask again and again until ``look`` gives something true; what it gave."""
    deadline = time.monotonic() + seconds
    between = threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: did not come about in {seconds:.0f} s"
        between.wait(0.05)
    return found


@dataclass
class Office:
    """Everything that runs. ``env`` is what an agent's shell has."""

    folder: Path
    imap: dovecot.Dovecot
    smtp: SmtpServer
    url: str
    env: dict[str, str]
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)

    def run(self, *arguments: str, login: str = "sato") -> subprocess.CompletedProcess[str]:
        """A maildesk command, by an agent; what only the administrator may do, by him."""
        env = self.env if arguments[0] in ("init", "sync", "reconcile") else self.env_of(login)
        command = python("-m", "maildesk", *arguments)
        return subprocess.run(
            command, env=os.environ | env, capture_output=True, text=True, timeout=60, check=False
        )

    def env_of(self, login: str) -> dict[str, str]:
        """What an agent's shell has: on PostgreSQL his own role, which says who he is."""
        if self.url.startswith("sqlite"):
            return self.env | {"MAILDESK_AGENT": login}
        return self.env | {"MAILDESK_STORE": make_url(self.url).set(username=login).render_as_string(False)}

    def start_worker(self) -> subprocess.Popen[str]:
        """``maildesk sync --watch``."""
        worker = subprocess.Popen(
            python("-m", "maildesk", "sync", "--watch"),
            env=os.environ | self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.workers.append(worker)
        return worker

    def app(self, login: str, *, columns: int = 100, rows: int = 30) -> Terminal:
        """An agent opens maildesk in a terminal."""
        return Terminal(python("-m", "maildesk"), columns=columns, rows=rows, env=self.env_of(login))

    def desk(self, login: str = "suzuki") -> Desk:
        """A session at the same store, to look into it."""
        store = open_store(self.url)
        with store.reading() as tx:
            me = agents.by_login(tx, login)
        assert me is not None
        self.desks.append(Desk(store, me))
        return self.desks[-1]

    def sent_copies(self, message_id: str) -> list[bytes]:
        """What lies in the server's Sent folder under this Message-ID."""
        endpoint = Endpoint("localhost", self.imap.tls_port, "tls", SHOP, self.imap.ca_file)
        with ImapSession.open(endpoint, PASSWORD) as session:
            uids = session.search_header("Sent", "Message-ID", message_id)
            session.select("Sent")
            return [mail.raw for mail in session.fetch([(uid, uid) for uid in uids])]

    def close(self) -> None:
        """End what still runs."""
        for desk in self.desks:
            desk.close()
        for worker in self.workers:
            worker.kill()
            worker.communicate()


def _desk_file(url: str, imap: dovecot.Dovecot, smtp: SmtpServer) -> str:
    return f'''
[store]
url = "{url}"

[[agents]]
login = "sato"
name = "佐藤"

[[agents]]
login = "suzuki"
name = "鈴木"
role = "supervisor"

[[mailboxes]]
name = "テスト店"
short_name = "自社"
address = "{SHOP}"
[mailboxes.imap]
host = "localhost"
port = {imap.tls_port}
security = "tls"
user = "{SHOP}"
ca_file = "{imap.ca_file}"
password_env = "SHOP_PASSWORD"
[mailboxes.smtp]
host = "localhost"
port = {smtp.port}
security = "tls"
user = "{SHOP}"
ca_file = "{smtp.certificate.cert}"
password_env = "SHOP_PASSWORD"

[[templates]]
name = "お礼"
body = "{{{{ 顧客名|様 }}}}\\n\\nお問い合わせありがとうございます。"
keywords = ["質問"]
'''


@contextmanager
def office(folder: Path, url: str) -> Iterator[Office]:
    """The office, from ``maildesk init --from`` to the last process ended."""
    needs("dovecot", "openssl")
    with ExitStack() as stack:
        imap = stack.enter_context(dovecot.server({SHOP: PASSWORD}))
        smtp = stack.enter_context(SmtpServer({SHOP: PASSWORD}, tls="implicit"))
        home = folder / "agents-home"
        home.mkdir()
        env = {
            "HOME": str(home),
            "TZ": "Asia/Tokyo",
            "LANG": "ja_JP.UTF-8",
            "PYTHONPATH": os.getcwd(),
            "MAILDESK_STORE": url,
            "MAILDESK_SYNC__EMBEDDED": "false",
            "SHOP_PASSWORD": PASSWORD,
        }
        found = Office(folder, imap, smtp, url, env)
        file = folder / "desk.toml"
        file.write_text(_desk_file(url, imap, smtp), "utf-8")
        made = found.run("init", "--from", str(file))
        assert made.returncode == 0, made.stderr
        stack.callback(found.close)
        yield found
