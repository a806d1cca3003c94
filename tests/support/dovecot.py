"""A throw-away Dovecot 2.3: own configuration and folders, free ports, no system service touched.

It speaks IMAP in clear and with STARTTLS on one port and over TLS on another, and takes mail over LMTP on a
private socket (what arrives there is told in IDLE). Runs as root (then its processes are ``nobody``) and as
any user.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.support.ports import certificate, free_port, greets
from tests.support.waiting import NotReady, wait_until

CONFIGURATION = """\
base_dir = {top}/run
state_dir = {top}/state
log_path = {top}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 60
default_vsz_limit = 1G
disable_plaintext_auth = no
auth_mechanisms = plain login{token_mechanisms}
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {top}/users
}}
{token_passdb}userdb {{
  driver = static
  args = uid={user} gid={group} home={top}/mail/%u
}}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_privileged_group =
maildir_very_dirty_syncs = yes
mail_fsync = never
mailbox_list_index = yes
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  mailbox Archive {{
    auto = create
    special_use = \\Archive
  }}
}}
ssl = yes
ssl_cert = <{top}/cert.pem
ssl_key = <{top}/key.pem
service anvil {{
  chroot =
{anvil_user}  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service lmtp {{
  user = {user}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
"""
TOKEN_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {top}/oauth2.conf
}}
"""
LIBRARIES = ("/usr/lib/dovecot", "/usr/libexec/dovecot")


def find() -> str | None:
    """The path of a Dovecot 2.3 that has IMAP and LMTP, or None. (2.4 has another configuration language.)"""
    binary = shutil.which("dovecot") or "/usr/sbin/dovecot"
    has_parts = any(all(os.path.exists(f"{lib}/{part}") for part in ("imap", "lmtp")) for lib in LIBRARIES)
    if not os.path.exists(binary) or not has_parts:
        return None
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    return binary if version.startswith("2.3.") else None


class Dovecot:
    """A Dovecot in its own folder. ``port`` is clear text and STARTTLS, ``tls_port`` is TLS, ``ca_file`` the
    certificate a client is to trust (for ``localhost`` and ``127.0.0.1``)."""

    host = "127.0.0.1"

    def __init__(self, binary: str, users: Mapping[str, str], introspection: str = "") -> None:
        self._binary = binary
        self._introspection = introspection
        self._owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._process: subprocess.Popen[bytes] | None = None
        self.users = dict(users)
        self.port = self.tls_port = 0
        self.top = Path(tempfile.mkdtemp(prefix="mddc-"))
        self.top.chmod(0o755)
        for name in ("run", "state", "mail"):
            (self.top / name).mkdir()
        self.ca_file = str(certificate(self.top))
        (self.top / "users").write_text(
            "".join(f"{user}:{{PLAIN}}{word}::::::\n" for user, word in users.items())
        )
        self._own(self.top, *self.top.rglob("*"))
        if os.geteuid() == 0:
            os.chown(self.top / "run", 0, 0)

    def _own(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def start(self) -> None:
        """Start it (again), on the ports it had before, if it had some."""
        if self.port:
            self._start()
            return
        for attempt in range(3):
            self.port, self.tls_port = free_port(), free_port()
            try:
                self._start()
                return
            except NotReady as error:
                self.stop()
                if attempt == 2 or "Address already in use" not in str(error):
                    raise

    def _start(self) -> None:
        user = self._owner.pw_name
        settings = CONFIGURATION.format(
            top=self.top, user=user, group=grp.getgrgid(self._owner.pw_gid).gr_name, port=self.port,
            tls_port=self.tls_port,
            token_mechanisms=" xoauth2 oauthbearer" if self._introspection else "",
            token_passdb=TOKEN_PASSDB.format(top=self.top) if self._introspection else "",
            anvil_user="" if os.geteuid() == 0 else f"  user = {user}\n",
        )  # fmt: skip
        (self.top / "dovecot.conf").write_text(settings)
        (self.top / "oauth2.conf").write_text(
            f"introspection_url = {self._introspection}\nintrospection_mode = post\n"
            "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
        )
        with open(self.top / "stderr", "wb") as errors:
            process = self._process = subprocess.Popen(
                [self._binary, "-F", "-c", str(self.top / "dovecot.conf")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            )  # fmt: skip
        wait_until(lambda: greets(self.port, b"* OK"), lambda: process.poll() is None, self.log)

    def stop(self) -> None:
        """End it with all its connections; mail and ports stay as they are."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            # Dovecot lets a client in IDLE live on without its master until it was quiet for ten seconds
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def log(self) -> str:
        """What Dovecot said last."""
        words = [
            (self.top / name).read_text(errors="replace")
            for name in ("stderr", "log")
            if (self.top / name).exists()
        ]
        return "\n".join(words)[-4000:]

    @property
    def lmtp(self) -> str:
        """The path of the LMTP socket."""
        return str(self.top / "run" / "lmtp")

    def deliver(self, user: str, *mails: bytes, sender: str = "sender@mail.example") -> None:
        """Deliver ``mails`` to ``user``'s INBOX over LMTP, which adds Return-Path, Delivered-To and Received,
        as real deliveries do. Returns when they are in the mailbox."""
        with smtplib.LMTP(self.lmtp) as line:
            for mail in mails:
                line.sendmail(sender, [user], mail)

    def fill(self, user: str, mails: Iterable[bytes], folder: str = "INBOX") -> None:
        """Put ``mails`` straight into a Maildir, unaltered but for line ends: the fast way to thousands. For
        a folder that nobody has open; UIDs follow the order given. ``folder`` other than INBOX must exist."""
        maildir = self.top / "mail" / user / "Maildir" / ("" if folder == "INBOX" else f".{folder}")
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True, exist_ok=True)
        stamp = time.time_ns() // 1000
        for number, mail in enumerate(mails):
            path = maildir / "cur" / f"{stamp // 1_000_000}.M{stamp % 1_000_000:06}P{number:08}.test:2,"
            path.write_bytes(mail)
            self._own(path)
        self._own(*(self.top / "mail" / user).glob("**/"))

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.top, ignore_errors=True)


@contextlib.contextmanager
def server(users: Mapping[str, str], introspection: str = "") -> Iterator[Dovecot]:
    """Run a Dovecot for ``users`` (name to password), who may come with access tokens where ``introspection`` says
    whom it asks about them (RFC 7662). Raises FileNotFoundError where there is none."""
    binary = find()
    if binary is None:
        raise FileNotFoundError("Dovecot 2.3 with IMAP and LMTP: apt-get install dovecot-imapd dovecot-lmtpd")
    dovecot = Dovecot(binary, users, introspection)
    try:
        dovecot.start()
        yield dovecot
    finally:
        dovecot.close()
