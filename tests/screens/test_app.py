"""The app itself: its first paint, its ends, too small a terminal, an input method left on, no colours."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from textual.widgets import TextArea
from textual.worker import WorkerFailed

from maildesk.app import MaildeskApp, UiSettings, run_app
from maildesk.errors import StoreError
from maildesk.screens import composer as composer_module
from maildesk.screens.composer import Composer
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.small import TooSmall
from maildesk.themes import THEMES
from tests.screens.conftest import TOKYO, Run, Session, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import SIZES, assert_aligned, assert_contrast, screen_text
from tests.support.terminal import Terminal, python

HEAVY = ("sqlalchemy", "keyring", "imapclient", "jinja2", "email", "alembic", "psycopg")

FIRST_PAINT = f"""
import asyncio, sys
from maildesk.app import MaildeskApp
heavy = {HEAVY!r}
seen = []
def opened():
    raise SystemExit
async def main():
    app = MaildeskApp(opened)
    app.begin = lambda: seen.append([name for name in heavy if name in sys.modules])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
asyncio.run(main())
print(seen)
"""

ON_A_TERMINAL = """
import sys
from pathlib import Path
from maildesk.app import UiSettings, run_app
from tests.screens.fakes import FakeDesk
trace = Path(sys.argv[1])
class Traced(FakeDesk):
    def close(self):
        super().close()
        claims = [row.id for row in self.rows.values() if row.claim]
        trace.write_text(repr((sorted(d.body for d in self.drafts_saved.values()), claims)))
raise SystemExit(run_app(Traced, UiSettings()))
"""


def test_first_paint_imports_nothing_heavy() -> None:
    """The frame is on screen before SQLAlchemy, keyring, imapclient, jinja2 or email are imported."""
    done = subprocess.run([sys.executable, "-c", FIRST_PAINT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[[]]"


async def test_the_desk_opens_in_a_thread() -> None:
    """Opening blocks no key, and what cannot be opened is said with the remedy; F5 tries again."""
    threads: list[threading.Thread] = []
    answers: list[StoreError | FakeDesk] = [StoreError("store_missing", path="desk.db"), FakeDesk()]

    def open_desk() -> FakeDesk:
        threads.append(threading.current_thread())
        answer = answers.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    app = MaildeskApp(open_desk, UiSettings(zone=TOKYO))  # type: ignore[arg-type]
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        session = Session(app, FakeDesk(), pilot)
        await session.settle()
        text = screen_text(app)
        assert "デスクを開けません" in text
        assert "保存先 desk.db がありません" in text
        assert "F5  もう一度試す" in text
        await session.press("f5")
        assert "#1042" in screen_text(app)
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("keys", [("ｊ", "ｊ"), ("j", "j")])
async def test_full_width_keys_act_like_their_own(run: Run, keys: tuple[str, str]) -> None:
    """An input method left on does not break the keys, and is said once."""
    async with run() as session:
        await session.press(*keys)
        assert session.screen.mails.cursor == 2
        assert sum("IME" in toast for toast in session.toasts) == (1 if keys[0] == "ｊ" else 0)


async def test_full_width_text_stays_text(run: Run) -> None:
    """In the composer a full-width letter is what was typed."""
    async with run() as session:
        await session.press("r", "ｊ")
        assert "ｊ" in session.screen.query_one(TextArea).text


async def test_too_small_a_terminal_says_so_and_keeps_everything(run: Run) -> None:
    """Below 40×16 one line; grown again, the text is as it was."""
    async with run() as session:
        await session.press("r", "a")
        await session.pilot.resize_terminal(40, 10)
        await session.settle()
        assert session.shows(TooSmall)
        text = "".join(screen_text(session.app).split())
        assert "画面が小さすぎます(40x16以上)" in text
        assert "^q終了" in text
        await session.press("b")
        await session.pilot.resize_terminal(100, 30)
        await session.settle()
        assert session.shows(Composer)
        assert session.screen.query_one(TextArea).text.startswith("佐藤 花子 様\n\na")


@pytest.mark.parametrize("size", [(1, 1), (40, 16), (60, 16), (300, 90)])
async def test_odd_sizes(run: Run, size: tuple[int, int]) -> None:
    """No size breaks the screen; every line is as wide as the terminal."""
    async with run() as session:
        await session.pilot.resize_terminal(*size)
        await session.settle()
        assert_aligned(session.app)


async def test_an_error_stays_until_a_key(run: Run) -> None:
    """Errors do not go by themselves; the next key takes them away."""
    async with run() as session:
        session.app.explain(StoreError("store_readonly", path="desk.db"))
        await session.pilot.pause()
        assert len(session.toasts) == 1
        await session.press("j")
        assert session.toasts == []


async def test_quitting_asks_when_a_draft_cannot_be_saved(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """ctrl+q with an unsaved text and a store out of reach asks; without anything to lose it ends."""
    monkeypatch.setattr(composer_module, "SAVE_AFTER", 60)
    async with run() as session:
        await session.press("r", "a")
        session.desk.broken = StoreError("store_readonly", path="desk.db")
        await session.press("ctrl+q")
        assert "保存できていない下書きがあります" in screen_text(session.app)
        await session.press("escape")
        session.desk.broken = None
        await session.press("ctrl+q")
        await session.settle()
        assert session.desk.closed
        assert any("a" in draft.body for draft in session.desk.drafts_saved.values())


async def test_a_crash_saves_releases_and_shows_no_locals(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a defect: drafts saved, claims released, the kind of error in words, no local in terminal or log."""
    monkeypatch.setattr(composer_module, "SAVE_AFTER", 60)
    caplog.set_level(logging.DEBUG, logger="maildesk")
    desk = FakeDesk()

    def defect(self: Composer) -> None:
        password = "canary-secret"
        raise RuntimeError("boom " + password[:0])

    monkeypatch.setattr(Composer, "action_compose_save", defect)

    async def crash() -> None:
        async with run_session(desk) as session:
            await session.press("r", "a")
            await session.pilot.press("ctrl+s")
            await session.pilot.pause()

    with pytest.raises(RuntimeError):
        await crash()
    assert "a" in desk.drafts_saved[1042].body
    assert desk.rows[1042].claim is None
    printed = "".join(capsys.readouterr())
    assert "予期しないエラーで終了しました" in printed
    logged = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "RuntimeError" in logged
    assert "action_compose_save" in logged or "defect" in logged
    assert "canary" not in printed + logged


async def test_a_defect_in_a_worker_is_logged_with_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Textual wraps it; the log names the defect itself, not the wrapping."""
    caplog.set_level(logging.DEBUG, logger="maildesk")
    desk = FakeDesk()

    def defect(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.templates, "suggest", defect)

    async def crash() -> None:
        async with run_session(desk) as session:
            await session.press("semicolon")

    with pytest.raises(WorkerFailed):
        await crash()
    logged = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "ZeroDivisionError" in logged
    assert " defect" in logged


def _begin_a_reply(terminal: Terminal) -> None:
    terminal.wait_for("#1042")
    terminal.press("r")
    terminal.wait_for("宛先")
    terminal.settle()
    terminal.press("typed")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_save_release_and_end_within_a_second(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP in the composer: the text is in the store, no claim is held, and the app has ended."""
    trace = tmp_path / "trace"
    with Terminal(python("-c", ON_A_TERMINAL, str(trace))) as terminal:
        _begin_a_reply(terminal)
        terminal.kill(number)
        status = terminal.wait(terminal.at_this_load(3.0))
    assert status in (128 + number, -number)
    bodies, claims = eval(trace.read_text())
    assert any("typed" in body for body in bodies)
    assert claims == []


@pytest.mark.slow
def test_a_closed_terminal_saves_and_releases(tmp_path: Path) -> None:
    """What a dropped SSH connection leaves: the text saved, no claim held."""
    trace = tmp_path / "trace"
    with Terminal(python("-c", ON_A_TERMINAL, str(trace))) as terminal:
        _begin_a_reply(terminal)
        terminal.hang_up()
        terminal.wait(terminal.at_this_load(3.0))
    bodies, claims = eval(trace.read_text())
    assert any("typed" in body for body in bodies)
    assert claims == []


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, None], ids=["term", "hup", "closed"])
def test_the_end_while_the_editor_is_open(tmp_path: Path, end: signal.Signals | None) -> None:
    """SIGTERM, SIGHUP and a closed terminal while $EDITOR is open: what it has written to its file is in the store
    within a second, no claim is held, and the editor has ended."""
    trace, editor, pid = tmp_path / "trace", tmp_path / "editor", tmp_path / "pid"
    editor.write_text(
        f'#!/bin/sh\necho "written outside" >> "$1"\necho $$ > {pid}\nsleep 0.3\necho the-editor-is-open\nexec sleep 60\n'
    )
    editor.chmod(0o700)
    environment = {"MAILDESK_EDITOR": str(editor)}
    with Terminal(python("-c", ON_A_TERMINAL, str(trace)), env=environment) as terminal:
        _begin_a_reply(terminal)
        terminal.press("\x07")
        terminal.wait_for("the-editor-is-open")
        began = time.monotonic()
        if end is not None:
            terminal.kill(end)
        else:
            terminal.hang_up()
        terminal.wait(terminal.at_this_load(3.0))
        took = time.monotonic() - began
    bodies, claims = eval(trace.read_text())
    assert any("typed" in body and "written outside" in body for body in bodies)
    assert claims == []
    assert took < terminal.at_this_load(2.0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.slow
def test_no_color_sends_no_colour(tmp_path: Path) -> None:
    """NO_COLOR that is not empty: not one colour code."""
    environment = {"NO_COLOR": "1"}
    with Terminal(python("-c", ON_A_TERMINAL, str(tmp_path / "trace")), env=environment) as terminal:
        terminal.wait_for("#1042")
        terminal.settle()
        output = bytes(terminal.output)
    codes = {code for found in re.findall(rb"\x1b\[([0-9;]*)m", output) for code in found.split(b";")}
    colours = {b"38", b"48", *(str(n).encode() for n in (*range(30, 38), *range(40, 48), *range(90, 108)))}
    assert not codes & colours


def test_the_mouse_is_off_over_ssh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over SSH the mouse costs 0.65 KB a motion, so it is off unless the setting says on."""
    asked: list[bool] = []
    monkeypatch.setattr(MaildeskApp, "run", lambda self, mouse: asked.append(mouse))
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    run_app(FakeDesk, UiSettings())  # type: ignore[arg-type]
    run_app(FakeDesk, UiSettings(mouse="on"))  # type: ignore[arg-type]
    monkeypatch.delenv("SSH_CONNECTION")
    run_app(FakeDesk, UiSettings())  # type: ignore[arg-type]
    assert asked == [False, True, True]


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_contrast_of_every_text(run: Run, theme: str) -> None:
    """4.5:1 on list, conversation and composer in both themes."""
    async with run(settings=UiSettings(theme=theme, zone=TOKYO)) as session:
        session.desk.colleague_claims(1047)
        await session.settle()
        assert_contrast(session.app)
        await session.press("enter")
        assert_contrast(session.app)
        await session.press("r")
        assert_contrast(session.app)


async def test_keys_of_the_user_work_and_show(run: Run) -> None:
    """A remapped key works, and footer and help show it; the old one does nothing."""
    settings = UiSettings(zone=TOKYO, keys={"conversation.done": "Y"})
    async with run(settings=settings) as session:
        assert "Y 完了" in screen_text(session.app)
        await session.press("e")
        assert session.desk.asked("triage.status") == 0
        await session.press("Y")
        assert session.desk.asked("triage.status") == 1


async def test_rapid_changes_become_one_reading(run: Run) -> None:
    """A hundred hints in a row do not make a hundred readings."""
    async with run() as session:
        before = session.desk.asked("inbox.page")
        for _ in range(100):
            session.desk.changed()
        await session.pilot.pause(0.2)
        await session.settle()
        assert session.desk.asked("inbox.page") - before <= 4
        assert session.shows(InboxScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_every_line_is_as_wide_as_the_terminal(run: Run, size: tuple[int, int]) -> None:
    """List, conversation, composer and review are aligned, with hostile texts too."""
    async with run(FakeDesk(hostile=True), size=size) as session:
        for key in ("j", "enter", "r", "ctrl+r"):
            await session.press(key)
            assert_aligned(session.app)


async def test_what_begins_after_the_end_is_given_up(run: Run) -> None:
    """A hint that comes while the app ends asks no thread that is gone: that would look like a crash."""
    async with run() as session:
        app = session.app
    with pytest.raises(asyncio.CancelledError):
        await app.in_thread(str, 1)
