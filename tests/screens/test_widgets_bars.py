"""Header, tabs, footer, rules, notices, sheets and the countdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widget import Widget
from textual.widgets import Input

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context, Hint, resolve, standard
from maildesk.locale import LANGUAGES, Language, use
from maildesk.themes import THEMES
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.column_header import ColumnHeader
from maildesk.widgets.countdown import Countdown
from maildesk.widgets.footer_bar import FooterBar, choose
from maildesk.widgets.guard import ControlGuard
from maildesk.widgets.header_bar import HeaderBar
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.mail_list import MailList
from maildesk.widgets.notice import Notice
from maildesk.widgets.rule import Rule
from maildesk.widgets.sheet import Sheet, choices
from maildesk.widgets.tab_bar import Tab, TabBar
from maildesk.widgets.text import content, joined
from tests.screens.list_app import row
from tests.screens.support import (
    HOSTILE,
    MARKUP,
    ODD_SIZES,
    SIZES,
    WIDE,
    Stage,
    assert_aligned,
    assert_contrast,
    screen_lines,
    screen_text,
)

TABS = tuple(
    Tab(id_, key, safe_line(label), safe_line(short), secondary=id_ in ("spam", "trash"))
    for id_, key, label, short in (
        ("new", "1", "新着", ""),
        ("replying", "2", "返信処理中", "処理中"),
        ("approval", "3", "承認待ち", ""),
        ("waiting", "4", "保留", ""),
        ("done", "5", "対応完了", "完了"),
        ("all", "6", "すべて", ""),
        ("spam", "7", "迷惑メール", "迷惑"),
        ("trash", "8", "ゴミ箱", ""),
    )
)
COUNTS = {"new": 12, "replying": 4, "approval": 2, "waiting": 7, "done": 0, "all": 1284, "spam": 3}
PALETTE = Hint("^p", "コマンド", 1, ("app.palette",))


@pytest.fixture(autouse=True)
def _japanese() -> None:
    use("ja")


class Bars(Stage):
    """All bars one above the other, and what they told."""

    def __init__(self, theme: str = THEMES[0].name) -> None:
        self.told: list[str] = []
        self.header, self.tabs, self.footer = HeaderBar(), TabBar(TABS, "new"), FooterBar()
        self.rule, self.columns, self.notice = Rule(), ColumnHeader(), Notice()
        self.countdown, self.sheet, self.field = Countdown(), Sheet(), Input()
        super().__init__(self._widgets, theme)

    def _widgets(self) -> Iterable[Widget]:
        return (
            self.header,
            self.tabs,
            self.rule,
            self.columns,
            self.notice,
            self.field,
            self.countdown,
            self.footer,
            self.sheet,
        )

    def fill(self, text: str) -> None:
        """Put ``text`` wherever a bar shows text from outside."""
        line = safe_line(text)
        self.header.show(line, [(line, "ok"), (line, "warning"), (line, "")])
        self.tabs.set_counts(COUNTS)
        self.tabs.set_right(line)
        self.footer.show([Hint("x", text_hint(line), 1, ("list.mark",)), *standard().hints("list")], PALETTE)
        self.rule.show(line, line)
        self.notice.show(line, SafeText(line * 9), right=line)
        self.countdown.start(60, line)

    def on_tab_bar_selected(self, message: TabBar.Selected) -> None:
        self.told.append(message.tab)

    def on_footer_bar_pressed(self, message: FooterBar.Pressed) -> None:
        self.told.append(message.action)

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        self.told.append(f"{message.name}={message.value}")

    def on_sheet_closed(self, message: Sheet.Closed) -> None:
        self.told.append(f"{message.name} closed")

    def on_countdown_finished(self) -> None:
        self.told.append("finished")


def text_hint(line: SafeText) -> str:
    """A label that is not SafeText by type, as labels of the keymap are."""
    return str(line)


@pytest.mark.parametrize("size", [*SIZES, *ODD_SIZES])
async def test_every_line_is_as_wide_as_the_terminal(size: tuple[int, int]) -> None:
    app = Bars()
    async with app.run_test(size=size) as pilot:
        for text in [*HOSTILE, *MARKUP, *WIDE]:
            app.fill(text)
            await pilot.pause()
            assert_aligned(app)
        app.sheet.open("x", safe_line(WIDE[1]), choices(standard(), "goto"), delay=0)
        await pilot.pause()
        assert_aligned(app)
        assert app.guard.dropped == 0


async def test_markup_is_shown_as_it_stands() -> None:
    app = Bars()
    async with app.run_test(size=(300, 30)) as pilot:
        for text in MARKUP:
            app.fill(text)
            await pilot.pause()
            assert screen_text(app).count(text) >= 8, text


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_text_can_be_read(theme: str) -> None:
    app = Bars(theme)
    async with app.run_test(size=(132, 30)) as pilot:
        app.fill("Aあ")
        app.header.show(safe_line("x"), [(safe_line(w), w) for w in ("muted", "ok", "warning", "error")])
        app.footer.show(standard().hints("list"), PALETTE, off={"conversation.reply"})
        app.sheet.open("x", safe_line("g"), choices(standard(), "goto"), delay=0)
        await pilot.pause()
        assert_contrast(app)
        app.notice.show(safe_line("!"), safe_line("!"), tone="error")
        await pilot.pause()
        assert_contrast(app)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (
            132,
            " [1 新着 12]  2 返信処理中 4   3 承認待ち 2   4 保留 7   5 対応完了   6 すべて 1,284   7 迷惑メール 3   8 ゴミ箱",
        ),
        (
            100,
            " [1 新着 12]  2 処理中 4   3 承認待ち 2   4 保留 7   5 完了   6 すべて 1,284   7 迷惑 3   8 ゴミ箱",
        ),
        (80, " [1 新着 12]  2 処理中 4   3 承認待ち 2   4 保留 7   5 完了   6 すべて 1,284"),
        (70, " [1 新着 12] 2 処理中  3 承認待ち  4 保留  5 完了  6 すべて"),
    ],
)
async def test_tabs_say_less_where_it_is_narrow(width: int, line: str) -> None:
    app = Bars()
    async with app.run_test(size=(width, 20)) as pilot:
        app.tabs.set_counts(COUNTS)
        await pilot.pause()
        assert screen_lines(app)[1].rstrip() == line


async def test_the_active_tab_is_always_there() -> None:
    app = Bars()
    async with app.run_test(size=(30, 20)) as pilot:
        app.tabs.set_counts(COUNTS)
        for tab in TABS:
            app.tabs.active = tab.id
            await pilot.pause()
            assert f"[{tab.key} " in screen_lines(app)[1]
        assert app.tabs.beside(1) == "new"
        assert app.tabs.beside(-1) == "spam"


async def test_a_click_on_a_tab_and_on_a_hint() -> None:
    app = Bars()
    async with app.run_test(size=(100, 20)) as pilot:
        app.footer.show(standard().hints("list"), PALETTE)
        await pilot.pause()
        await pilot.click(TabBar, offset=(cell_len(screen_lines(app)[1].partition("3")[0]), 0))
        await pilot.click(FooterBar, offset=(2, 0))
        await pilot.click(FooterBar, offset=(97, 0))
        await pilot.pause()
        assert app.told == ["approval", "list.down", "app.palette"]


hints = st.lists(
    st.builds(
        Hint,
        st.text("jkEntersc^/", min_size=1, max_size=5),
        st.text("移動返信abc", min_size=1, max_size=8),
        st.integers(1, 9),
        st.just(("x",)),
    ),
    max_size=12,
    unique_by=lambda hint: (hint.keys, hint.label),
)


@given(hints, st.integers(0, 140))
def test_hints_are_whole_or_not_there_and_the_most_important_stay(made: list[Hint], width: int) -> None:
    kept, gap = choose(made, width)
    assert sum(cell_len(h.keys) + 1 + cell_len(h.label) for h in kept) + gap * max(len(kept) - 1, 0) <= width
    dropped = list(made)
    for hint in kept:
        dropped.remove(hint)
    assert all(hint.rank >= max(k.rank for k in kept) for hint in dropped if kept)
    assert [made.index(hint) for hint in kept] == sorted(made.index(hint) for hint in kept)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("context", ["list", "conversation", "compose", "review", "claim", "picker"])
@pytest.mark.parametrize("width", [60, 80, 100, 132])
async def test_the_footer_of_every_context_cuts_no_hint(
    width: int, context: Context, language: Language
) -> None:
    use(language)
    app = Bars()
    async with app.run_test(size=(width, 20)) as pilot:
        made = standard().hints(context)
        app.footer.show(made, PALETTE)
        await pilot.pause()
        line = next(line for line in screen_lines(app) if "^p" in line)
        assert line.rstrip().endswith(("^p", "^p コマンド"))
        first = min(made, key=lambda hint: hint.rank)
        assert f"{first.keys} {first.label}" in line
        rest = line.replace("^p コマンド", "").replace("^p", "")
        for hint in sorted(made, key=lambda hint: -len(hint.label)):
            rest = rest.replace(f"{hint.keys} {hint.label}", "")
        assert rest.strip() == ""


async def test_the_header_drops_parts_from_the_left_and_keeps_the_last() -> None:
    app = Bars()
    async with app.run_test(size=(60, 20)) as pilot:
        parts = [(safe_line(word), "") for word in ("同期 10:42 ✓", "送信待ち 1", "佐藤")]
        app.header.show(safe_line("サポート共有 support@example.jp"), parts)  # type: ignore[arg-type]
        await pilot.pause()
        assert screen_lines(app)[0].rstrip() == " maildesk ▸ サポート共有 support@example.… 送信待ち 1  佐藤"
        await pilot.resize_terminal(24, 20)
        await pilot.pause()
        assert screen_lines(app)[0].rstrip().endswith("佐藤")


async def test_a_notice_takes_as_many_rows_as_it_needs_and_goes() -> None:
    app = Bars()
    async with app.run_test(size=(70, 20)) as pilot:
        before = screen_text(app)
        app.notice.show(
            safe_line("✎ 鈴木さんが返信対応中です(14:02 から 6 分)"), right=safe_line("w 空いたら通知")
        )
        await pilot.pause()
        lines = screen_lines(app)
        assert lines[4] == lines[6] == "━" * 70
        assert re.fullmatch(" ✎ 鈴木さんが返信対応中です.14:02 から 6 分. +w 空いたら通知 ", lines[5])
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert screen_lines(app)[7] == "━" * 50
        await pilot.resize_terminal(70, 20)
        app.notice.hide()
        await pilot.pause()
        assert screen_text(app) == before


async def test_a_sheet_takes_one_key_and_gives_the_focus_back() -> None:
    app = Bars()
    async with app.run_test(size=(100, 20)) as pilot:
        app.field.focus()
        await pilot.pause()
        for keys in (["i"], ["q"], ["escape"], ["ｏ"]):
            app.sheet.open("goto", safe_line("g 移動 …"), choices(standard(), "goto"))
            await pilot.pause()
            assert "受信トレイ" not in screen_text(app)  # typed quickly, nothing is painted
            await pilot.press(*keys)
            await pilot.pause()
            assert not app.sheet.waiting
            assert app.focused is app.field
        assert app.told == ["goto=goto.inbox", "goto closed", "goto closed", "goto=goto.outbox"]
        assert app.field.value == ""


async def test_a_sheet_shows_itself_after_a_while_and_goes_when_the_focus_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Sheet, "DELAY", 0.05)
    app = Bars()
    async with app.run_test(size=(100, 20)) as pilot:
        app.sheet.open("goto", safe_line("g 移動 …"), choices(standard(), "goto"))
        await pilot.pause(0.1)
        assert "g 移動 …" in screen_text(app)
        assert "i  受信トレイ" in screen_text(app)
        app.field.focus()
        await pilot.pause()
        assert "受信トレイ" not in screen_text(app)
        assert app.told == ["goto closed"]


async def test_the_countdown_counts_tells_the_end_and_can_be_stopped() -> None:
    app = Bars()
    async with app.run_test(size=(100, 20)) as pilot:
        app.countdown.start(10, safe_line("#1044 へ送信"), safe_line("z で取り消し"))
        await pilot.pause()
        assert "#1044 へ送信  あと 10 秒 ██████████ z で取り消し" in screen_text(app)
        app.countdown.stop()
        await pilot.pause()
        assert "あと" not in screen_text(app)
        app.countdown.start(5, safe_line("#1044 へ送信"), of=10)
        await pilot.pause()
        assert "あと 5 秒 █████░░░░░" in screen_text(app), "the rest of what was counted before"
        app.countdown.start(0.05, safe_line("#1044 へ送信"))
        await pilot.pause(0.2)
        assert app.told == ["finished"]
        assert not app.countdown.running


def test_the_guard_drops_what_a_terminal_would_obey_and_counts_it() -> None:
    from rich.segment import Segment
    from rich.style import Style
    from textual.color import Color

    guard = ControlGuard()
    ground = Color(0, 0, 0)
    clean = [Segment("佐藤 abc ┃ ✓ 👨\u200d👩", Style())]
    assert guard.apply(clean, ground) is clean
    for text in HOSTILE:
        shown = guard.apply([Segment(text), Segment("rest", Style(link=f"https://x{text}"))], ground)
        out = "".join(segment.text + (segment.style.link or "" if segment.style else "") for segment in shown)
        assert all(char.isprintable() or char == " " for char in out), repr(out)
    assert guard.dropped > 20


async def test_the_guard_holds_behind_a_widget_that_forgot() -> None:
    from textual.widgets import Static

    app = Stage(lambda: [Static(text, markup=False) for text in HOSTILE[:4]])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not any("\x1b" in line or "\u202e" in line for line in screen_lines(app))
        assert app.guard.dropped > 0


def test_content_takes_text_as_it_stands() -> None:
    for text in [*MARKUP, *HOSTILE]:
        assert (
            content(text).plain
            == content(text, "bold").plain
            == joined(text).plain
            == joined((text, "red")).plain
        )
        assert content(text).plain == str(content(text).plain)
    assert joined("a", ("[/]", "bold")).plain == "a[/]"


def test_bindings_leave_characters_to_the_text_where_people_type() -> None:
    assert not [b.key for b in bindings("compose") if "question_mark" in b.key]
    made = {b.id: b for b in bindings("list")}
    assert made["list.open"].key == "enter,l,right"
    assert made["conversation.done"].action == "conversation_done"
    assert {b.id for b in bindings("list", only=MailList.ACTIONS.__contains__)} == MailList.ACTIONS


async def test_a_widget_can_be_given_other_keys_while_it_runs() -> None:
    made = MailList()
    app = Stage(lambda: [made])
    async with app.run_test(size=(100, 20)) as pilot:
        made.focus()
        made.reset([row(place) for place in range(9)])
        rebind(made, "list", resolve({"list.down": "Y", "list.mark": "", "list.up": "j"}))
        await pilot.press("Y", "Y", "j", "down", "x")
        assert made.cursor == 1
        assert not made.marks
        rebind(made, "list", standard())
        await pilot.press("j", "Y", "x")
        assert made.cursor == 3
        assert made.marks == {1002}


@pytest.mark.parametrize("width", [16, 20, 27, 40, 80])
async def test_no_key_of_a_dialog_stands_apart_from_its_words(width: int) -> None:
    """The line breaks between keys, never between a key and what it does."""
    keys = [("^s", "保存"), ("F4", "完了/要対応"), ("F8", "通話終了"), ("Esc", "[/]戻る")]
    app = Stage(lambda: [KeysLine(*keys)])
    async with app.run_test(size=(width, 12)) as pilot:
        await pilot.pause()
        assert_aligned(app)
        lines = [line.strip() for line in screen_lines(app) if line.strip()]
        assert "   ".join(lines).split("   ") == [f"{key} {words}" for key, words in keys]
