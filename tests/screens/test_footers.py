"""What a footer promises: every hint of every screen, pressed, does something that can be seen or was asked of the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import TextArea

from maildesk import keymap, locale
from maildesk.keymap import Context, Hint
from maildesk.locale import Language
from maildesk.screens import external
from maildesk.widgets.footer_bar import FooterBar
from maildesk.widgets.mail_list import MailList
from tests.screens.conftest import Run, Session
from tests.screens.fakes import FakeDesk
from tests.screens.support import screen_text
from tests.screens.test_states import SCENES
from tests.screens.test_stopped import stopped_reply

PLACES = (
    "inbox",
    "marked",
    "conversation",
    "composer",
    "template",
    "review",
    "conflict",
    "outbox",
    "drafts",
    "stopped",
    "waiting",
)
"""Scenes that between them show every footer."""


async def _lead(session: Session, place: str) -> None:
    if place == "drafts":  # two of them, so that there is somewhere to go
        await session.press("j", "r", "a", "escape", "k")
    await SCENES[place](session)
    if place == "stopped":  # so too
        session.desk.stopped_replies.append(replace(stopped_reply(), conversation_id=1047))
        session.desk.changed()
        await session.pilot.pause(0.1)
        await session.settle()


def _trace(session: Session) -> tuple[Any, ...]:
    """What an act may change: the screen in front, its picture, the toasts, what the desk was asked, the cursor."""
    area = session.screen.query(TextArea)
    return (
        session.screen,
        screen_text(session.app),
        tuple(session.toasts),
        tuple(name for name, _ in session.desk.calls),
        area.first().text if area else None,
        session.app.is_running and session.app._exit,
    )


def _hints(session: Session) -> list[Hint]:
    """What the screen in front offers now, in its footer or where a dialog has none in its last line."""
    context: Context = session.screen.context
    hints = keymap.standard().hints(context)
    return [hint for hint in hints if all(session.screen.offered(action) is True for action in hint.actions)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "language"), [*((place, "ja") for place in PLACES), ("inbox", "en"), ("composer", "en")]
)
async def test_every_hint_does_something(
    run: Run, place: str, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each on a screen of its own: an act on the desk, another screen, another picture or a toast."""
    locale.use(language)
    monkeypatch.setattr(external, "edit", lambda app, text: text + " edited")
    monkeypatch.setattr(external, "page", lambda app, text: app.notify("page"))
    idle = []
    async with run(FakeDesk(), size=(100, 17)) as session:
        await _lead(session, place)
        hints = _hints(session)
    assert hints
    for hint in hints:
        for action in hint.actions:  # at the end of a list, one of j and k has nowhere to go
            if await _does_something(run, place, action):
                break
        else:
            idle.append(hint.keys)
    assert not idle


async def _does_something(run: Run, place: str, action: str) -> bool:
    """Whether the key of an action changes anything where a scene has led."""
    async with run(FakeDesk(), size=(100, 17)) as session:
        await _lead(session, place)
        session.app.clear_notifications()
        await session.pilot.pause(0.15)
        await session.settle()
        before = _trace(session)
        await session.press(keymap.standard().of(action)[0])
        await session.pilot.pause(0.15)
        return _trace(session) != before


async def test_the_footer_shows_what_works_while_a_filter_is_typed(run: Run) -> None:
    """In the list and in the history; a click on Enter filters, and the keys of the list are back."""
    async with run(FakeDesk()) as session:
        await session.press("slash", *"返品")
        assert (
            screen_text(session.app)
            .split("\n")[-1]
            .startswith(" Enter 絞り込み  Tab 補完  ↑ 履歴  Esc 戻る  F1 ヘルプ")
        )
        await session.pilot.click(FooterBar, offset=(3, 0))
        await session.settle()
        assert "r返信" in screen_text(session.app).split("\n")[-1].replace(" ", "")
        assert isinstance(session.app.focused, MailList)
        await session.press("escape", "H", "slash")
        assert screen_text(session.app).split("\n")[-1].startswith(" Enter 絞り込み  ↑ 履歴  Esc 戻る")
