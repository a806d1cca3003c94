"""Passwords: found where the reference says, kept where only their owner reads them, shown nowhere."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from maildesk.domain.secret import SecretRef
from maildesk.errors import ConfigError
from maildesk.sync.secrets import os_keyring, resolve, store

CANARY = "ひみつ-canary-'\"$(id)"
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
RING = {"PYTHON_KEYRING_BACKEND": "tests.sync.test_secrets.Ring"}


class Ring:
    """A key ring in memory, chosen by name as a user would choose one."""

    priority = 1.0
    kept: dict[tuple[str, str], str] = {}  # noqa: RUF012 - the back end is made by keyring, the test looks in here
    locked = False

    def get_password(self, service: str, user: str) -> str | None:
        """What is kept, or None."""
        if Ring.locked:
            raise RuntimeError(f"locked, and says {CANARY}")
        return Ring.kept.get((service, user))

    def set_password(self, service: str, user: str, secret: str) -> None:
        """Keep it."""
        if Ring.locked:
            raise RuntimeError(f"locked, and says {CANARY}")
        Ring.kept[service, user] = secret


@pytest.fixture(autouse=True)
def _empty_ring() -> None:
    Ring.kept.clear()
    Ring.locked = False


def private(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return path


def printing(text: str) -> SecretRef:
    return SecretRef.command(
        [sys.executable, "-c", f"import sys; sys.stdout.buffer.write({text.encode()!r})"]
    )


def everything(error: ConfigError) -> str:
    return f"{error} {error!r} {error.hint} {error.values} {error.__cause__!r}"


# -- references


@pytest.mark.parametrize(
    "ref",
    [
        SecretRef("keyring", "imap:rakuten"),
        SecretRef.command(["pass", "show", "shop/楽天"]),
        SecretRef("env", "SHOP_SMTP_PASSWORD"),
        SecretRef("file", "/etc/maildesk/a:b"),
    ],
)
def test_a_reference_can_be_stored_as_text(ref: SecretRef) -> None:
    assert SecretRef.parse(str(ref)) == ref


@pytest.mark.parametrize(
    "text", ["", "keyring", "plain:x", "command:pass show x", "command:[]", "command:[1]"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        SecretRef.parse(text)


# -- where they are found


def test_from_the_environment() -> None:
    assert resolve(SecretRef("env", "SHOP"), "imap", environ={"SHOP": CANARY}) == CANARY


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(SecretRef("env", "SHOP_PASSWORD"), "imap", environ={})
    assert "SHOP_PASSWORD" in str(caught.value)
    assert caught.value.exit_code == 3


def test_from_the_first_line_of_a_command() -> None:
    assert resolve(printing(f"{CANARY}\nurl: example\n"), "imap") == CANARY
    assert resolve(printing(f"{CANARY}\r\n"), "imap") == CANARY


def test_a_command_is_not_given_to_a_shell(tmp_path: Path) -> None:
    ref = SecretRef.command(
        [sys.executable, "-c", "import sys; print(sys.argv[1])", f"$(touch {tmp_path}/x); a b"]
    )
    assert resolve(ref, "imap") == f"$(touch {tmp_path}/x); a b"
    assert not (tmp_path / "x").exists()


def test_a_command_that_asks_gets_no_answer_and_does_not_hang() -> None:
    """Also where something could be read: what is typed is meant for the app."""
    code = (
        "import sys; from maildesk.domain.secret import SecretRef; from maildesk.sync.secrets import resolve;"
        "print(resolve(SecretRef.command([sys.executable, '-c', 'print(input())']), 'imap'))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"typed", capture_output=True, check=False)
    assert done.returncode == 1
    assert b"typed" not in done.stdout
    assert b"ConfigError" in done.stderr


def test_a_command_that_fails_tells_its_code_and_not_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    ref = SecretRef.command(
        [sys.executable, "-c", "import os, sys; print(os.environ['C'], flush=True); sys.exit(3)"]
    )
    monkeypatch.setenv("C", CANARY)
    with pytest.raises(ConfigError) as caught:
        resolve(ref, "imap")
    assert "3" in str(caught.value)
    assert CANARY not in everything(caught.value)


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """The grandchild holds the pipe open until it is gone."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(ConfigError) as caught:
            resolve(SecretRef.command(["sh", "-c", f"sleep 60 > '{pipe}' & wait"]), "imap", timeout=1)
        assert caught.value.key == "secret_command_slow"
        assert select.select([reader], [], [], 5)[0]
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no-such-vault"):
        resolve(SecretRef.command(["no-such-vault", "show"]), "imap")


@pytest.mark.parametrize("ref", [printing(""), printing("\n"), SecretRef("env", "EMPTY")])
def test_an_empty_password_is_an_error(ref: SecretRef) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(ref, "imap", environ={"EMPTY": ""})
    assert caught.value.key == "secret_empty"


def test_from_a_file_with_one_password(tmp_path: Path) -> None:
    assert resolve(SecretRef("file", str(private(tmp_path / "p", f"{CANARY}\n"))), "imap") == CANARY
    assert resolve(SecretRef("file", str(private(tmp_path / "j", '{"a": 1}'))), "imap") == '{"a": 1}'


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_can_touch_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "my password", CANARY)
    path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        resolve(SecretRef("file", str(path)), "imap")
    assert caught.value.hint == f"chmod 600 '{path}'"
    assert CANARY not in everything(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent"):
        resolve(SecretRef("file", str(tmp_path / "absent")), "imap")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "p", "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        resolve(SecretRef("file", str(path)), "imap")


# -- key ring, or a file


def test_the_key_ring_is_used_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets.json"
    ref = store("imap:rakuten", CANARY, path, environ=RING)
    assert ref == SecretRef("keyring", "imap:rakuten")
    assert Ring.kept == {("maildesk", "imap:rakuten"): CANARY}
    assert not path.parent.exists()
    assert resolve(ref, "imap:rakuten", environ=RING) == CANARY


def test_without_a_key_ring_it_is_a_file_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyring.backend.get_all_keyring", list)
    path = tmp_path / "data" / "secrets.json"
    old = os.umask(0)
    try:
        first = store("imap:a", CANARY, path, environ={})
    finally:
        os.umask(old)
    second = store("smtp:a", "other", path, environ={})
    assert first == second == SecretRef("file", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (resolve(first, "imap:a"), resolve(second, "smtp:a")) == (CANARY, "other")
    assert [p.name for p in path.parent.iterdir()] == ["secrets.json"]


def test_a_key_ring_reference_also_finds_what_was_stored_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``init --from`` says key ring where nothing is said; on a server there is none."""
    monkeypatch.setattr("keyring.backend.get_all_keyring", list)
    path = tmp_path / "secrets.json"
    store("imap:a", CANARY, path, environ={})
    assert resolve(SecretRef("keyring", "imap:a"), "imap:a", environ={}, store_file=path) == CANARY


@pytest.mark.parametrize("environ", [NO_KEYRING, RING])
def test_nothing_stored_says_what_to_do(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(
            SecretRef("keyring", "imap:a"), "imap:a", environ=environ, store_file=tmp_path / "secrets.json"
        )
    assert caught.value.key == "secret_missing"
    assert "password_command" in caught.value.hint


def test_a_locked_key_ring_is_an_error_without_its_words(tmp_path: Path) -> None:
    Ring.locked = True
    with pytest.raises(ConfigError) as read:
        resolve(SecretRef("keyring", "imap:a"), "imap:a", environ=RING)
    with pytest.raises(ConfigError) as written:
        store("imap:a", CANARY, tmp_path / "s", environ=RING)
    assert read.value.key == written.value.key == "secret_keyring"
    assert CANARY not in everything(read.value) + everything(written.value)


def test_a_back_end_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no\.such\.Ring"):
        os_keyring({"PYTHON_KEYRING_BACKEND": "no.such.Ring"})


def test_back_ends_that_ask_on_the_terminal_are_never_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ring stands for keyrings.alt: installed and viable, but none of the operating system's."""
    monkeypatch.setattr("keyring.backend.get_all_keyring", lambda: [Ring()])
    assert os_keyring({}) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyring.backend.get_all_keyring", list)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError) as caught:
        store("imap:a", CANARY, tmp_path / "file" / "secrets.json", environ={})
    assert caught.value.exit_code == 3
    assert CANARY not in everything(caught.value)


def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyring.backend.get_all_keyring", list)
    path = tmp_path / "data" / "secrets.json"
    ref = store("imap:a", CANARY, path, environ={})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError, match="空きがありません"):
        store("imap:a", "new", path, environ={})
    assert resolve(ref, "imap:a") == CANARY
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store("imap:a", CANARY, tmp_path / "s", environ=RING)
    resolve(printing(CANARY), "imap:a")
    resolve(SecretRef("keyring", "imap:a"), "imap:a", environ=RING)
    assert CANARY not in caplog.text


def test_the_key_ring_library_is_loaded_only_when_it_is_asked() -> None:
    """It costs 70 ms, which a start without it must not pay."""
    code = "import sys, maildesk.sync.secrets; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
