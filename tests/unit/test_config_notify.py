"""The settings of notifications: what they may be, from a file and from the environment."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from maildesk import wiring
from maildesk.config import Paths, Settings, load
from maildesk.domain.notify import Kind, NotifyRules
from maildesk.errors import ConfigError


def settings(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    """The settings of a file."""
    (folder / "config.toml").write_text(text, "utf-8")
    return load(None, environ or {}, {}, paths=Paths(folder, folder, folder))


def rules(found: Settings) -> NotifyRules:
    """What the app gets of them."""
    return wiring.ui_settings(found).notify


def test_what_is_told_where_nothing_is_said(tmp_path: Path) -> None:
    """Everything by the bell; no command, no file, at any hour."""
    found = rules(settings(tmp_path, ""))
    assert found == NotifyRules()


def test_a_file(tmp_path: Path) -> None:
    """A list of words stays that list: a blank in one of them splits nothing."""
    found = rules(
        settings(
            tmp_path,
            """
            [notify]
            events = ["mention", "breach"]
            terminal = "osc777"
            command = ["notify-send", "a b", "$HOME"]
            status_file = "/run/user/1000/maildesk"
            quiet = "22:00-07:00"
            quiet_zone = "Asia/Tokyo"
            per_minute = 2
            [ui]
            density = "comfortable"
            glyphs = "ascii"
            """,
        )
    )
    assert found.events == {Kind.MENTION, Kind.BREACH}
    assert found.command == ("notify-send", "a b", "$HOME")
    assert found.status_file == Path("/run/user/1000/maildesk")
    assert found.quiet is not None
    assert str(found.quiet_zone) == "Asia/Tokyo"
    assert (found.terminal, found.per_minute) == ("osc777", 2)


def test_the_environment(tmp_path: Path) -> None:
    """The same as text; the zone of quiet hours is that of the app where none is named."""
    environ = {
        "MAILDESK_NOTIFY__COMMAND": shlex.join(["tell me", "now"]),
        "MAILDESK_NOTIFY__EVENTS": "reply",
        "MAILDESK_NOTIFY__QUIET": "21:30-06:00",
        "MAILDESK_UI__TIME_ZONE": "Asia/Tokyo",
    }
    found = rules(settings(tmp_path, "", environ))
    assert found.command == ("tell me", "now")
    assert found.events == {Kind.REPLY}
    assert str(found.quiet_zone) == "Asia/Tokyo"


@pytest.mark.parametrize(
    "line",
    [
        'events = ["mention", "birthday"]',
        'events = "all"',
        'command = "notify-send \'x"',
        "command = [1]",
        'quiet = "22-7"',
        'quiet_zone = "Asia/Edo"',
        'terminal = "beep"',
        "per_minute = 0",
        "command_seconds = 61",
        'bells = "on"',
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    """And never found out only when something is to be told."""
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, f"[notify]\nbell = true\n{line}\n")
    assert "3" in str(caught.value)
