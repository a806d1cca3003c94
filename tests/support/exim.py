"""A throw-away real MTA (Debian's exim4-daemon-light): submission with STARTTLS and AUTH, delivery over LMTP
into a :mod:`tests.support.dovecot`, a real bounce (RFC 3464) for unknown users. Own configuration, spool and
port. Needs root.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import certificate, free_port, greets
from tests.support.waiting import POLL, until, wait_until

OWNER = "Debian-exim"
CONFIGURATION = r"""
exim_user = {owner}
exim_group = {owner}
never_users =
spool_directory = {top}/spool
log_file_path = {top}/log/%slog
pid_file_path = {top}/exim.pid
primary_hostname = mx.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {top}/cert.pem
tls_privatekey = {top}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
message_size_limit = 30M
smtp_accept_max = 50
smtp_accept_queue_per_connection = 1000
queue_run_max = 2
ignore_bounce_errors_after = 1h
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
domainlist local_domains = {domains}
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data

begin acl
acl_rcpt:
  accept authenticated = *
         control = submission/sender_retain
  accept domains = +local_domains
  deny message = relay not permitted
acl_data:
  accept

begin routers
known:
  driver = accept
  domains = +local_domains
  condition = ${{lookup{{$local_part@$domain}}lsearch{{{top}/users}}{{yes}}{{no}}}}
  transport = lmtp
unknown:
  driver = redirect
  domains = +local_domains
  allow_fail
  data = :fail: 550 5.1.1 no such user here
elsewhere:
  driver = redirect
  allow_fail
  data = :fail: 550 5.4.4 no route: this is a test server

begin transports
lmtp:
  driver = lmtp
  socket = {lmtp}
  batch_max = 50
  user = {owner}

begin retry
* * F,1h,1s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{!eq{{$auth3}}{{}}}}\
    {{eq{{$auth3}}{{${{lookup{{$auth2}}lsearch{{{top}/users}}}}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{!eq{{$auth2}}{{}}}}\
    {{eq{{$auth2}}{{${{lookup{{$auth1}}lsearch{{{top}/users}}}}}}}}}}}}
  server_set_id = $auth1
"""


@dataclass(frozen=True)
class Exim:
    """A running MTA. ``port`` wants STARTTLS before AUTH; ``ca_file`` is to be trusted; ``top`` holds all of
    it."""

    host: str
    port: int
    ca_file: str
    top: Path

    def log(self) -> str:
        """What it did with each mail."""
        path = self.top / "log" / "mainlog"
        return path.read_text(errors="replace") if path.exists() else ""

    def queued(self) -> int:
        """How many mails wait in the queue."""
        return len(list((self.top / "spool" / "input").glob("**/*-H")))


def find() -> str | None:
    """The path of exim, or None: where it is not installed, or where we are not root."""
    binary = shutil.which("exim4") or "/usr/sbin/exim4"
    if not os.path.exists(binary) or os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        return None
    return binary


@contextlib.contextmanager
def server(users: Mapping[str, str], lmtp: str) -> Iterator[Exim]:
    """Run exim for ``users`` (full address to password), delivering to the LMTP socket ``lmtp`` of a Dovecot
    that knows the same users. Raises FileNotFoundError where it cannot run."""
    binary = find()
    if binary is None:
        raise FileNotFoundError("exim: apt-get install exim4-daemon-light, and root")
    owner = pwd.getpwnam(OWNER)
    top = Path(tempfile.mkdtemp(prefix="mdex-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        top.chmod(0o755)
        for name in ("spool", "log"):
            (top / name).mkdir()
        ca_file = certificate(top)
        (top / "users").write_text("".join(f'"{user}": {word}\n' for user, word in users.items()))
        port = free_port()
        domains = " : ".join(sorted({user.partition("@")[2] for user in users}))
        (top / "exim.conf").write_text(
            CONFIGURATION.format(top=top, port=port, lmtp=lmtp, owner=OWNER, domains=domains)
        )
        for path in (top, *top.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        os.chown(top / "exim.conf", 0, 0)
        with open(top / "stderr", "wb") as errors:
            process = subprocess.Popen(
                [binary, "-bdf", "-q2s", "-C", str(top / "exim.conf")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            )  # fmt: skip
        running = process
        wait_until(
            lambda: greets(port, b"220"),
            lambda: running.poll() is None,
            lambda: (top / "stderr").read_text(errors="replace"),
        )
        yield Exim("127.0.0.1", port, str(ca_file), top)
    finally:
        if process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # the daemon and its queue runners
            process.wait(10)
        _remove(top)


def _remove(top: Path) -> None:
    """Remove the folder, also while a last delivery still writes into the spool."""

    def gone() -> bool:
        shutil.rmtree(top, ignore_errors=True)
        return not top.exists()

    until(gone, f"cannot remove {top}", seconds=100 * POLL)
