"""Reading a conversation: links by number, copies, attachments, headers and source, charsets."""

from __future__ import annotations

import asyncio
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from maildesk.app import UiSettings
from maildesk.screens import external
from maildesk.screens import links as link_screen
from maildesk.screens.clipboard import reaches
from maildesk.screens.confirm import Confirm
from maildesk.screens.copying import ShownText
from maildesk.screens.file_view import FileView
from maildesk.screens.files import FilesDialog, SaveTo
from maildesk.screens.links import LinkPicker, browser
from tests.screens.conftest import TOKYO, Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_text

FILES = 1044
"""A conversation with three files."""

LINKED = (
    "注文 angers-10028841 の件、ここ[1]を見てください。https://plain.example/b\n\n"
    "[1] https://shop.example/o/1\n[2!] https://evil.example/login (≠ www.bank.example)"
)


def linked_desk(text: str = LINKED) -> FakeDesk:
    """A desk whose first conversation has links."""
    desk = FakeDesk()
    old = desk.timelines[1042]
    last = old.messages[-1]
    desk.timelines[1042] = replace(old, messages=(*old.messages[:-1], replace(last, text=text)))
    return desk


async def test_a_link_is_chosen_by_its_number_and_copied(run: Run) -> None:
    """O lists the links of the message with their hosts; the number and Enter copy one."""
    async with run(linked_desk()) as session:
        await session.press("enter", "O")
        assert session.shows(LinkPicker)
        text = screen_text(session.app)
        assert "[1] shop.example" in text
        assert "表示は www.bank.example" in text
        await session.press("3", "enter")
        assert session.app.clipboard == "https://plain.example/b"
        assert any("コピーしました" in toast for toast in session.toasts)


async def test_a_link_that_shows_another_host_warns_and_asks(run: Run) -> None:
    """Above the message and before it is used: what it says, and where it leads."""
    async with run(linked_desk()) as session:
        await session.press("enter")
        assert "! リンク [2] は www.bank.example と表示していますが、" in screen_text(session.app)
        await session.press("y", "u", "2", "enter")
        assert session.shows(Confirm)
        assert "evil.example" in screen_text(session.app)
        await session.press("escape")
        assert session.app.clipboard == ""
        await session.press("y", "u", "2", "enter", "y")
        assert session.app.clipboard == "https://evil.example/login"


async def test_what_cannot_be_copied_is_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No word of a copy on a terminal that takes none: the text itself, whole."""
    monkeypatch.setenv("TERM", "linux")
    async with run(linked_desk()) as session:
        await session.press("y", "o")
        assert session.shows(ShownText)
        assert "angers-10028841" in screen_text(session.app)
        assert not session.toasts
        await session.press("escape", "y", "n")
        assert "#1042" in screen_text(session.app)


@pytest.mark.parametrize(
    ("environ", "tmux", "answer"),
    [
        ({"TERM": "xterm-256color"}, "", True),
        ({"TERM": "linux"}, "", False),
        ({}, "", False),
        ({"TERM": "screen", "STY": "1.x"}, "", False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x"}, "on", True),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x"}, "external", False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "", False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6800"}, "", False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7801"}, "", True),
    ],
)
def test_where_copies_arrive(environ: dict[str, str], tmux: str, answer: bool) -> None:
    """Terminals that are known to throw copies away get none."""
    assert reaches(environ, lambda: tmux) is answer


async def test_a_browser_is_started_where_one_is_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never over SSH, never for what is no web address; the address is one word of the command."""
    started: list[Any] = []

    def start(command: Any) -> bool:
        started.append(command)
        return True

    monkeypatch.setattr(link_screen, "_start", start)
    async with run(linked_desk(), settings=UiSettings(zone=TOKYO, browser="firefox --new-tab")) as session:
        await session.press("enter", "O", "1", "enter")
        assert started == [["firefox", "--new-tab", "https://shop.example/o/1"]]
        monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
        await session.press("O", "1", "enter")
        assert len(started) == 1
        assert session.app.clipboard == "https://shop.example/o/1"
    assert browser("w3m {url}", {}, "http://a.example/;rm") == ["w3m", "http://a.example/;rm"]
    assert browser("x", {}, "mailto:a@b.example") is None
    assert browser("x", {"SSH_TTY": "/dev/pts/1"}, "http://a.example") is None
    assert browser("  ", {}, "http://a.example") is None
    assert browser("x '", {}, "http://a.example") is None


async def test_files_are_looked_into_saved_and_given_to_commands(run: Run, tmp_path: Path) -> None:
    """A lists them; Enter shows one safely, s asks where and never overwrites, | shows what a command writes."""
    downloads = tmp_path / "in"
    settings = UiSettings(zone=TOKYO, downloads=downloads)
    async with run(settings=settings) as session:
        session.screen.mails.move_to_id(FILES)
        await session.press("enter", "A")
        assert session.shows(FilesDialog)
        assert "812KB" in screen_text(session.app)
        await session.press("enter")
        assert session.shows(FileView)
        text = screen_text(session.app)
        assert "靴   │ ␛[2J1200" in text
        assert_aligned(session.app)
        await session.press("escape", "s")
        assert session.shows(SaveTo)
        field = session.screen.query_one(Input)
        first = Path(field.value)
        assert first.parent == downloads
        await session.press("enter")
        assert await asyncio.to_thread(first.read_bytes) == b"data"
        await session.press("s", "enter")
        assert f"{first.stem} (2){first.suffix}" in os.listdir(downloads)
        assert any("名前を変えて" in toast for toast in session.toasts)
        await session.press("S", "enter")
        assert len(os.listdir(downloads)) == 2 + 3
        await session.press("vertical_line", *"wc", "enter")
        text = screen_text(session.app)
        assert "3 ␛]0;title␇ lines" in text
        assert "終了コード 1" in text
        await session.press("escape", "escape")
        assert type(session.screen).__name__ == "ConversationScreen"


async def test_the_start_of_a_browser_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and nothing breaks."""

    def fail(*words: Any, **how: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "Popen", fail)
    assert link_screen._start(["no-such-browser", "http://a.example"]) is False


async def test_f4_goes_from_text_to_headers_to_source_and_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the timeline, in place; F3 pages the source where that is shown."""
    paged: list[str] = []
    monkeypatch.setattr(external, "page", lambda app, text: paged.append(text))
    async with run() as session:
        await session.press("enter", "f4")
        text = screen_text(session.app)
        assert "すべてのヘッダー" in text
        assert "Message-ID: <" in text
        assert "お世話になって" in text
        await session.press("f4")
        text = screen_text(session.app)
        assert "原文(f4" in text.lower()
        assert "お世話になって" not in text
        await session.press("f3")
        assert paged[0].startswith("Message-ID:")
        await session.press("f4")
        assert "お世話になって" in screen_text(session.app)
        await session.press("f3")
        assert "お世話になっております" in paged[1]


async def test_a_charset_is_chosen_by_what_it_makes_of_the_mail(run: Run) -> None:
    """f7 shows the beginning in the charset under the cursor; Enter takes it, a for all of the sender, z takes it back."""
    async with run() as session:
        await session.press("enter", "f7", "j", "j")
        assert "件名 cp932" in screen_text(session.app)
        assert "␛[2J" in screen_text(session.app)
        await session.press("enter")
        (message,) = next(call[1][0] for call in session.desk.calls if call[0] == "charsets.choose")
        assert session.desk.charsets.chosen(message) == "cp932"
        await session.press("z")
        assert session.desk.charsets.chosen(message) == ""
        await session.press("f7", "j", "a")
        assert ("charsets.choose", ((message, message + 1), "utf-8")) in session.desk.calls


async def test_a_mail_is_saved_as_a_file(run: Run, tmp_path: Path) -> None:
    """W asks where."""
    async with run(settings=UiSettings(zone=TOKYO, downloads=tmp_path / "in")) as session:
        await session.press("enter", "W", "enter")
        [saved] = os.listdir(tmp_path / "in")
        assert saved.endswith(".eml")
