"""Settings that the app obeys: the bell, the theme."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maildesk import config, themes, wiring
from maildesk.app import MaildeskApp, UiSettings
from maildesk.domain.conversation import Event
from maildesk.errors import ConfigError
from maildesk.screens.composer import Composer
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.palette import Palette
from maildesk.screens.picker import Picker
from tests.screens import sample
from tests.screens.conftest import TOKYO, Run, Session
from tests.screens.fakes import FakeDesk


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for every time that the bell rang."""
    found: list[str] = []
    monkeypatch.setattr(MaildeskApp, "bell", lambda app: found.append("bell"))
    return found


async def _hear(session: Session) -> None:
    session.desk.changed()
    await session.pilot.pause(0.1)
    await session.settle()


async def _given(session: Session, conversation_id: int, by: str) -> None:
    """Somebody makes 佐藤 responsible."""
    desk = session.desk
    desk.triage.assign([conversation_id], desk.me.id)
    event = Event(desk.moment, by, "assigned", {"to": {"assignee_id": desk.me.id}})
    desk.timelines[conversation_id] = replace(desk.timelines[conversation_id], events=(event,))
    await _hear(session)


@pytest.mark.parametrize("bell", [True, False])
async def test_what_a_colleague_assigns_to_me_rings(run: Run, rung: list[str], bell: bool) -> None:
    """It is said once; the bell rings where the agent wants it. What I take myself is not told."""
    desk = FakeDesk()
    free = [row.id for row in desk.rows.values() if row.assignee_id != desk.me.id]
    async with run(desk, settings=UiSettings(zone=TOKYO, bell=bell)) as session:
        await _given(session, free[0], sample.SUZUKI.name)
        await _given(session, free[1], desk.me.name)
        await _hear(session)
        told = [toast for toast in session.toasts if "割り当て" in toast]
        assert told == [f"#{free[0]} があなたに割り当てられました"]
        assert len(rung) == (1 if bell else 0)


@pytest.mark.parametrize("bell", [True, False])
async def test_a_claim_that_becomes_free_rings(run: Run, rung: list[str], bell: bool) -> None:
    """w in the dialog: when the colleague lets go it is said once, with the bell where the agent wants it."""
    async with run(settings=UiSettings(zone=TOKYO, bell=bell)) as session:
        session.desk.colleague_claims(1042)
        await _hear(session)
        await session.press("r", "w")
        assert rung == []
        session.desk.colleague_lets_go(1042)
        await _hear(session)
        await _hear(session)
        assert [toast for toast in session.toasts if "空きました" in toast] == ["#1042 が空きました"]
        assert len(rung) == (1 if bell else 0)


def test_a_theme_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """The error names file, line and the nearest theme."""
    file = tmp_path / "config.toml"
    file.write_text('[ui]\nmouse = "on"\ntheme = "maildesk-drak"\n')
    found = config.load(file, {}, {})
    with pytest.raises(ConfigError) as caught:
        wiring.ui_settings(found)
    assert f"{file} の 3 行目" in str(caught.value)
    assert "maildesk-dark" in caught.value.hint


def test_every_theme_can_be_chosen(tmp_path: Path) -> None:
    """Ours and Textual's."""
    assert {"maildesk-dark", "maildesk-light", "nord"} <= set(themes.names())
    found = config.load(
        None, {"MAILDESK_UI__THEME": "nord"}, {}, paths=config.Paths(tmp_path, tmp_path, tmp_path)
    )
    assert wiring.ui_settings(found).theme == "nord"


async def test_the_keys_of_emacs(run: Run) -> None:
    """C-n and C-p move in the list, a picker and a mail; C-s searches; C-g goes back from everywhere; the palette has
    made room."""
    async with run(settings=UiSettings(zone=TOKYO, preset="emacs")) as session:
        mails = session.screen.mails
        await session.press("ctrl+n", "ctrl+n", "ctrl+p")
        assert mails.cursor == 1
        await session.press("ctrl+s")
        assert session.app.is_typing
        await session.press("ctrl+g")
        assert session.app.focused is mails
        await session.press("a", "ctrl+n")
        assert session.shows(Picker)
        await session.press("ctrl+g")
        assert session.shows(InboxScreen)
        await session.press("f12")
        assert session.shows(Palette)
        await session.press("ctrl+g", "r")
        assert session.shows(Composer)
        await session.press(*"text", "ctrl+g")
        assert session.shows(InboxScreen)
