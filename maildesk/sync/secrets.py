"""Reading and storing passwords. Only the worker does it; what is stored elsewhere is the reference.

Order for an account: what its settings name (``password_command``, ``password_env``, ``password_file``),
else the key ring of the operating system where a real one is there, else a file that only its owner can
read.

Nothing here asks on the terminal: a key ring of ``keyrings.alt`` or ``keyrings.cryptfile`` would, in the
middle of the app, so back ends are taken from a list and never from ``keyring.get_keyring()``.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.config.tomlfile import refuse_loose
from maildesk.domain.safetext import safe_line
from maildesk.domain.secret import SecretRef
from maildesk.errors import ConfigError, system_words

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "maildesk"
COMMAND_TIMEOUT = 30.0
"""Seconds that a password command may take."""

_REAL_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.libsecret",
        "keyring.backends.kwallet",
        "keyring.backends.macOS",
        "keyring.backends.Windows",
    }
)
_MARK = "maildesk-secrets"
"""The key that tells our file of passwords from a file that holds one password."""


def resolve(
    ref: SecretRef,
    account: str,
    *,
    environ: Mapping[str, str] | None = None,
    store_file: Path | None = None,
    timeout: float = COMMAND_TIMEOUT,
) -> str:
    """The password of ``account`` that ``ref`` refers to.

    ``store_file`` is where :func:`store` wrote when there was no key ring; it is asked after the key ring.
    Raises ConfigError that names what is missing and what to do, and never holds the password.
    """
    match ref.kind:
        case "env":
            return _from_environment(ref.value, os.environ if environ is None else environ)
        case "command":
            return _from_command(ref.arguments, timeout)
        case "file":
            return _from_file(Path(ref.value), account)
        case "keyring":
            return _from_keyring(
                ref.value or account, account, os.environ if environ is None else environ, store_file
            )


def store(
    account: str, secret: str, store_file: Path, *, environ: Mapping[str, str] | None = None
) -> SecretRef:
    """Keep ``secret`` for ``account``: in the key ring where there is a real one, else in ``store_file``
    (made with mode 0600). Returns where it is. Raises ConfigError."""
    if ring := os_keyring(os.environ if environ is None else environ):
        try:
            ring.set_password(SERVICE, account, secret)
        except Exception as error:
            raise ConfigError(
                "secret_keyring", account=safe_line(account), reason=type(error).__name__
            ) from None
        return SecretRef("keyring", account)
    _write(store_file, _stored(store_file) | {account: secret})
    return SecretRef("file", str(store_file))


def os_keyring(environ: Mapping[str, str]) -> KeyringBackend | None:
    """The best real key ring, None without one (over SSH, in containers, in cron).
    ``PYTHON_KEYRING_BACKEND`` is an explicit wish and is obeyed."""
    import keyring.backend
    import keyring.core

    if name := environ.get("PYTHON_KEYRING_BACKEND"):
        try:
            return keyring.core.load_keyring(name)
        except Exception as error:
            raise ConfigError("secret_backend", name=safe_line(name), reason=type(error).__name__) from None
    real = [ring for ring in keyring.backend.get_all_keyring() if type(ring).__module__ in _REAL_BACKENDS]
    return max(real, key=lambda ring: float(ring.priority), default=None)


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise ConfigError("secret_env", name=safe_line(name))
    return _not_empty(environ[name], name)


def _from_command(arguments: tuple[str, ...], timeout: float) -> str:
    """The first line that the program prints. It cannot ask (no standard input), and nobody shows what it
    says."""
    command = safe_line(arguments[0])
    program = [os.path.expanduser(arguments[0]), *arguments[1:]]
    try:
        process = subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise ConfigError("secret_command_missing", command=command) from None
    with process:
        try:
            printed, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # also what it started, which would keep the pipe open
            raise ConfigError("secret_command_slow", command=command, seconds=f"{timeout:g}") from None
    if process.returncode:
        raise ConfigError("secret_command_failed", command=command, code=process.returncode)
    return _not_empty(_first_line(printed, command), command)


def _from_file(path: Path, account: str) -> str:
    """A file with nothing but the password in its first line, or the file that :func:`store` writes."""
    content = _read(path)
    if content is None:
        raise ConfigError(
            "secret_file", file=safe_line(str(path)), reason=system_words(FileNotFoundError(errno.ENOENT, ""))
        )
    if (kept := _parsed(content)) is not None:
        if account not in kept:
            raise ConfigError("secret_missing", account=safe_line(account))
        return kept[account]
    return _not_empty(_first_line(content, str(path)), str(path))


def _from_keyring(entry: str, account: str, environ: Mapping[str, str], store_file: Path | None) -> str:
    found = None
    if ring := os_keyring(environ):
        try:
            found = ring.get_password(SERVICE, entry)
        except Exception as error:
            reason = type(error).__name__
            raise ConfigError("secret_keyring", account=safe_line(account), reason=reason) from None
    if found is None and store_file is not None:
        found = _stored(store_file).get(account)
    if found is None:
        raise ConfigError("secret_missing", account=safe_line(account))
    return found


def _stored(path: Path) -> dict[str, str]:
    """What :func:`store` wrote; nothing where the file is not there yet."""
    content = _read(path)
    if content is None:
        return {}
    kept = _parsed(content)
    if kept is None:
        raise ConfigError("secret_file", file=safe_line(str(path)), reason="JSON")
    return kept


def _parsed(content: bytes) -> dict[str, str] | None:
    try:
        kept = json.loads(content)
    except ValueError:
        return None
    passwords = kept.get(_MARK) if isinstance(kept, dict) else None
    return {str(k): str(v) for k, v in passwords.items()} if isinstance(passwords, dict) else None


def _read(path: Path) -> bytes | None:
    """The content of a file that only its owner may read, None where there is no file."""
    try:
        with path.open("rb") as file:
            refuse_loose(path, os.fstat(file.fileno()).st_mode)
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError("secret_file", file=safe_line(str(path)), reason=system_words(error)) from None


def _write(path: Path, passwords: Mapping[str, str]) -> None:
    """Replace the file at once and durably: a full disk or a crash leaves the old one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({_MARK: dict(passwords)}, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigError(
            "secret_file_write", file=safe_line(str(path)), reason=system_words(error)
        ) from None


def _first_line(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise ConfigError("secret_file", file=safe_line(where), reason="UTF-8") from None


def _not_empty(secret: str, where: str) -> str:
    if not secret:
        raise ConfigError("secret_empty", where=safe_line(where))
    return secret
