"""Telling the agent outside of the app: bell, terminal, command, the line for tmux. F228."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from maildesk.app import MaildeskApp, UiSettings
from maildesk.app.notifying import Hook, write_line
from maildesk.domain.day_hours import DayHours
from maildesk.domain.notify import Kind, Notice, NotifyRules
from tests.screens.conftest import TOKYO, Run, Session
from tests.screens.support import screen_text
from tests.support.waiting import is_running, until


class Heard:
    """What the app told outside of itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bells = 0
        self.sequences: list[str] = []
        monkeypatch.setattr(MaildeskApp, "bell", lambda app: self._ring())
        monkeypatch.setattr(MaildeskApp, "is_headless", False)
        monkeypatch.setattr(MaildeskApp, "write_to_terminal", lambda app, said: self.sequences.append(said))

    def _ring(self) -> None:
        self.bells += 1


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Listening."""
    return Heard(monkeypatch)


def settings(**rules: Any) -> UiSettings:
    """The app's, with other rules."""
    return UiSettings(zone=TOKYO, notify=replace(NotifyRules(terminal="osc9"), **rules))


async def notice(session: Session, *notices: Notice) -> None:
    """These are new at the desk."""
    session.desk.notices_waiting = list(notices)
    session.desk.changed()
    await session.until(lambda: not session.desk.notices_waiting)
    await session.settle()


@pytest.mark.parametrize("kind", [Kind.ASSIGNED, Kind.REPLY, Kind.BREACH])
async def test_bell_terminal_and_toast(run: Run, heard: Heard, kind: Kind) -> None:
    """One line with the number and no word of the mail."""
    async with run(settings=settings()) as session:
        await notice(session, Notice(kind, 1042))
        assert heard.bells == 1
        (said,) = heard.sequences
        assert said.startswith("\x1b]9;#1042")
        assert said.count("\x1b") == 2
        assert any("#1042" in toast for toast in session.toasts)


async def test_only_the_kinds_that_are_wanted(run: Run, heard: Heard) -> None:
    """The app itself goes on saying it."""
    async with run(settings=settings(events=frozenset({Kind.ASSIGNED}))) as session:
        await notice(session, Notice(Kind.REPLY, 1042))
        assert (heard.bells, heard.sequences) == (0, [])
        assert any("#1042" in toast for toast in session.toasts)


async def test_quiet_hours(run: Run, heard: Heard) -> None:
    """Neither bell nor notification; afterwards both."""
    now = datetime.now(UTC).time()
    quiet = DayHours(now.replace(minute=0), now.replace(hour=(now.hour + 1) % 24, minute=0))
    async with run(settings=settings(quiet=quiet, quiet_zone=UTC)) as session:
        await notice(session, Notice(Kind.ASSIGNED, 1042))
        assert (heard.bells, heard.sequences) == (0, [])


async def test_more_than_the_rate_become_a_number(run: Run, heard: Heard) -> None:
    """The bell rings for each, the terminal is told twice."""
    async with run(settings=settings(per_minute=2)) as session:
        await notice(session, *(Notice(Kind.REPLY, 1042 + n) for n in range(5)))
        assert heard.bells == 5
        assert len(heard.sequences) == 2


async def test_the_status_line(run: Run, tmp_path: Path) -> None:
    """Counts in one line, readable for its owner only; it goes with the app."""
    file = tmp_path / "state" / "status"
    async with run(settings=settings(status_file=file)) as session:
        await session.until(file.exists)
        assert file.read_text("utf-8") == "新着 12 担当 1 メンション 0\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [one.name for one in file.parent.iterdir()] == ["status"]
        session.app.leaving.farewell()
        assert not file.exists()


async def test_a_status_line_that_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    """The app goes on."""
    (tmp_path / "file").write_text("", "utf-8")
    async with run(settings=settings(status_file=tmp_path / "file" / "status")) as session:
        await session.until(lambda: session.toasts)
        assert "書けません" in session.toasts[0]
        assert "#1042" in screen_text(session.app)


def test_a_line_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """The old line stays whole."""
    file = tmp_path / "place" / "status"
    file.mkdir(parents=True)
    with pytest.raises(OSError, match="irectory"):
        write_line(file, "x")
    assert [one.name for one in file.parent.iterdir()] == ["status"]


# ---- the command


def script(tmp_path: Path, code: str) -> tuple[str, ...]:
    """A command that is a Python program."""
    return sys.executable, "-c", code, str(tmp_path / "out.json"), "$(touch pwned); `id`"


SAVE = (
    "import json, os, sys; json.dump([sys.stdin.read(), sys.argv[2:], "
    "{k: v for k, v in os.environ.items() if k.startswith('MAILDESK_')}], open(sys.argv[1], 'w'))"
)


def test_the_command_gets_input_and_environment_and_no_shell(tmp_path: Path) -> None:
    """Arguments stay as they are written; nothing of the notice is among them."""
    text = "#1042: 「; rm -rf ~」 $(id)"
    assert Hook(script(tmp_path, SAVE), 20).run(Kind.REPLY, 1042, text) == 0
    given, arguments, environ = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert given == f"{text}\n"
    assert arguments == ["$(touch pwned); `id`"]
    assert environ["MAILDESK_TEXT"] == text
    assert (environ["MAILDESK_EVENT"], environ["MAILDESK_CONVERSATION"]) == ("reply", "1042")


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    """The next notice is not kept waiting, and nothing of it goes on."""
    file = tmp_path / "pid"
    waits = """sh -c 'echo $$ > "$0"; exec sleep 60' "$0" & wait"""
    assert Hook(("sh", "-c", waits, str(file)), 1.0).run(Kind.REPLY, 1, "x") is None
    child = int(file.read_text("ascii"))
    until(lambda: not is_running(child), "its child goes on")


def test_a_command_that_does_not_read_or_is_not_there(tmp_path: Path) -> None:
    """Neither ends the thread that starts them."""
    assert Hook(script(tmp_path, "pass"), 20).run(Kind.REPLY, 1, "x" * 10) == 0
    hook = Hook((str(tmp_path / "none"),), 5)
    with pytest.raises(FileNotFoundError):
        hook.run(Kind.REPLY, 1, "x")
    hook.start(Kind.REPLY, 1, "x")
    hook.start(Kind.REPLY, 2, "y")
    hook._waiting.join()
    assert hook._thread is not None
    assert hook._thread.is_alive()
