"""The first-run wizard: six steps, tests in plain words, stopping anywhere and going on later."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from maildesk import locale
from maildesk.app import SetupApp, UiSettings
from maildesk.domain.agent import Role
from maildesk.errors import StoreError
from maildesk.locale import Language
from maildesk.screens.wizard.answers import STEPS, Answers, Server, TestLine, colleagues
from maildesk.screens.wizard.screen import WizardScreen
from tests.screens.conftest import TOKYO
from tests.screens.support import VIEWS, assert_aligned, screen_text


class FakeActions:
    """What the wizard has done for it, in memory."""

    def __init__(self, kept: Answers | None = None) -> None:
        self.kept = kept
        self.written: Answers | None = None
        self.refuse: StoreError | None = None

    def default_url(self) -> str:
        return "sqlite:////home/sato/.local/share/maildesk/desk.db"

    def detect(self, address: str) -> tuple[Server, Server] | None:
        if not address.endswith("@shop.example"):
            return None
        return (
            Server("imap.shop.example", "993", "tls", address),
            Server("smtp.shop.example", "465", "tls", address),
        )

    def test_store(self, answers: Answers) -> Iterator[TestLine]:
        yield TestLine("store", True, answers.url)

    def test_imap(self, answers: Answers) -> Iterator[TestLine]:
        yield TestLine("dns", True, answers.imap.host)
        yield TestLine("tcp", True, f"{answers.imap.port}  38 ms")
        yield TestLine("tls", True, "1.3 \x1b[31m[/]")
        yield TestLine(
            "login", False, "失敗(パスワード)", "2段階認証をお使いの場合は、アプリパスワードが必要です。"
        )

    def test_smtp(self, answers: Answers) -> Iterator[TestLine]:
        yield TestLine("dns", True, answers.smtp.host)

    def resume(self) -> Answers | None:
        return deepcopy(self.kept)

    def keep(self, answers: Answers) -> None:
        self.kept = deepcopy(answers)
        self.kept.password = ""

    def write(self, answers: Answers) -> Path:
        if self.refuse is not None:
            raise self.refuse
        self.written = deepcopy(answers)
        return Path("config.toml")


def full(step: str = "check") -> Answers:
    """Everything answered."""
    server = Server("imap.shop.example", "993", "tls", "support@shop.example")
    answers = Answers(
        login="sato", name="佐藤", shop="アンジェ", address="support@shop.example", password="secret-word"
    )
    answers.url = "sqlite:///desk.db"
    answers.imap, answers.smtp = server, deepcopy(server)
    answers.team = "suzuki 鈴木\ntakahashi 高橋 supervisor"
    answers.step = next(name for name in STEPS if name == step)
    return answers


async def settle(app: SetupApp, pilot: Pilot[Any]) -> None:
    """Wait for the workers."""
    for _ in range(20):
        await pilot.pause()
        await pilot.pause(0.01)
        if not any(worker.is_running for worker in app.workers):
            break
    await pilot.pause()


async def press(app: SetupApp, pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each when the last has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)


def toasts(app: SetupApp) -> list[str]:
    """What the toasts say."""
    return [notification.message for notification in app._notifications]


async def test_from_nothing_to_a_desk() -> None:
    """Every step in turn; the servers are found by the address; the last makes the desk."""
    actions = FakeActions()
    app = SetupApp(actions, UiSettings(zone=TOKYO))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "佐", "藤", "tab", "tab", *"sato", "pagedown")
        assert "[2 保存先]" in screen_text(app)
        await press(app, pilot, "pagedown", *"shop", "tab", *"support@shop.example", "tab")
        assert app.screen.query_one("#wizard-imap-host", Input).value == "imap.shop.example"
        app.screen.query_one("#wizard-password", Input).value = "secret-word"
        await press(app, pilot, "pagedown", "pagedown", "pagedown")
        assert "[6 確認]" in screen_text(app)
        assert "secret-word" not in screen_text(app)
        await press(app, pilot, "enter")
    assert app.return_value == 1
    assert actions.written is not None
    assert (actions.written.login, actions.written.smtp.host) == ("sato", "smtp.shop.example")


async def test_the_connection_test_says_each_step_and_the_remedy() -> None:
    """DNS, TCP, TLS and sign-in stand on lines of their own, the remedy below; words of servers are safe."""
    app = SetupApp(FakeActions(full("incoming")), UiSettings(zone=TOKYO))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        app.screen.query_one("#wizard-password", Input).value = "x"
        await press(app, pilot, "f5")
        text = screen_text(app)
        assert "✓ 名前  imap.shop.example" in text
        assert "✗ サインイン  失敗(パスワード)" in text
        assert "2段階認証をお使いの場合" in text
        assert "␛[31m[/]" in text
    assert app.guard.dropped == 0


async def test_stopping_keeps_everything_but_the_password() -> None:
    """Escape at any step keeps what was typed; the next run goes on there."""
    actions = FakeActions(full("team"))
    app = SetupApp(actions, UiSettings(zone=TOKYO))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "pageup", "escape")
    assert actions.kept is not None
    assert (actions.kept.step, actions.kept.name, actions.kept.password) == ("outgoing", "佐藤", "")
    assert actions.written is None
    assert app.return_value is None


@pytest.mark.parametrize(
    ("step", "field", "value", "words"),
    [
        ("you", "name", "", "名前を入力してください"),
        ("you", "login", "さとう", "半角英数字"),
        ("incoming", "address", "nobody", "メールアドレスを確かめて"),
        ("incoming", "imap-port", "70000", "1〜65535"),
        ("incoming", "imap-host", "", "サーバーを入力"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(step: str, field: str, value: str, words: str) -> None:
    """A step is not left with something missing or impossible; the field has the focus."""
    answers = full(step)
    app = SetupApp(FakeActions(answers), UiSettings(zone=TOKYO))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        app.screen.query_one(f"#wizard-{field}", Input).value = value
        await press(app, pilot, "pagedown")
        assert any(words in toast for toast in toasts(app))
        assert app.focused is app.screen.query_one(f"#wizard-{field}")


async def test_clear_text_is_for_this_computer_only() -> None:
    """A server elsewhere cannot be used without encryption."""
    answers = full("incoming")
    answers.imap.security = "loopback"
    app = SetupApp(FakeActions(answers), UiSettings(zone=TOKYO))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "pagedown")
        assert any("暗号化なし" in toast for toast in toasts(app))


async def test_a_desk_that_cannot_be_made_says_why_and_stays() -> None:
    """An error while writing leaves the wizard open."""
    actions = FakeActions(full())
    actions.refuse = StoreError("store_readonly", path="desk.db")
    app = SetupApp(actions, UiSettings(zone=TOKYO))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, WizardScreen)
        assert any("desk.db" in toast for toast in toasts(app))


def test_lines_of_the_team() -> None:
    """login, name (of several words), role; a line without a name is refused by its words."""
    found = colleagues("suzuki 鈴木\n\ntaro 山田 太郎 admin\n")
    assert [(c.login, c.name, c.role) for c in found] == [
        ("suzuki", "鈴木", Role.AGENT),
        ("taro", "山田 太郎", Role.ADMIN),
    ]
    with pytest.raises(ValueError, match="alone"):
        colleagues("alone")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "size"), VIEWS, ids=[f"{it}-{w}x{h}" for it, (w, h) in VIEWS])
@pytest.mark.parametrize("step", STEPS)
async def test_screen(
    step: str, language: Language, size: tuple[int, int], snapshot: SnapshotAssertion
) -> None:
    """Each step is the accepted picture."""
    locale.use(language)
    app = SetupApp(FakeActions(full(step)), UiSettings(zone=TOKYO))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_aligned(app)
        assert screen_text(app) == snapshot


async def test_the_keys_of_the_wizard_are_those_of_the_keymap() -> None:
    """Whoever has others in his configuration sees and uses these."""
    keys = {"wizard.next": "f9", "app.sync": "f12"}
    app = SetupApp(FakeActions(full("incoming")), UiSettings(zone=TOKYO, keys=keys))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        assert "F12 接続テスト  F9 次へ  PgUp 戻る" in screen_text(app)
        app.screen.query_one("#wizard-password", Input).value = "x"
        await press(app, pilot, "f12")
        assert "✓ 名前" in screen_text(app)
        await press(app, pilot, "pagedown")
        assert "[3 受信]" in screen_text(app)
        await press(app, pilot, "f9")
        assert "[4 " in screen_text(app)
