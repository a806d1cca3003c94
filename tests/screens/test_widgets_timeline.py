"""The timeline of a conversation: order, folds, movement, looks, size."""

from __future__ import annotations

import random
import time

import pytest

from maildesk.domain.safetext import safe, safe_line
from maildesk.locale import LANGUAGES, Language, use
from maildesk.themes import THEMES
from maildesk.widgets.timeline import Entry, EntryKind, Piece, Timeline
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

LETTER = safe(
    "お世話になっております。11月18日に注文した「オーク材 学習机(注文番号:angers-10028841)」が本日届きましたが、天板の右端に"
    "約3cmの傷がありました。写真を3枚添付いたします。\n\nよろしくお願いいたします。"
)


@pytest.fixture(autouse=True)
def _japanese() -> None:
    use("ja")


def conversation(messages: int = 2) -> list[Entry]:
    """An event, some mails with quotes and signatures, a comment, two events."""
    mails = [
        Entry(
            f"m{number}",
            "inbound" if number % 2 == 0 else "outbound",
            safe_line(f"渡邉 美咲  11/{number % 28 + 1} 09:17"),
            safe_line("受信  添3"),
            (
                Piece("text", LETTER),
                Piece("quote", safe(f"> quoted {number}\n> again")),
                Piece("signature", safe("-- \n渡邉")),
                Piece("attachments", safe("添1 kizu_01.jpg 812KB")),
            ),
            unread=number == messages - 1,
        )
        for number in range(messages)
    ]
    comment = Entry(
        "c", "comment", safe_line("高橋 10:05"), pieces=(Piece("text", safe("倉庫に在庫2台確認済み。")),)
    )
    events = [Entry(f"e{n}", "event", safe_line(f"10:1{n}  佐藤が担当になりました")) for n in range(2)]
    return [Entry("e", "event", safe_line("11/18  注文")), *mails, comment, *events]


class TimelineApp(Stage):
    """A timeline that remembers what it told."""

    def __init__(self, theme: str = THEMES[0].name) -> None:
        self.timeline = Timeline()
        self.past_end = 0
        super().__init__(lambda: [self.timeline], theme)

    def on_mount(self) -> None:
        self.timeline.focus()

    def on_timeline_past_end(self) -> None:
        self.past_end += 1


def current(app: TimelineApp) -> str:
    entry = app.timeline.current
    return entry.id if entry else ""


async def test_it_opens_at_the_first_unread_with_quotes_folded() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 14)) as pilot:
        app.timeline.set_entries(conversation())
        await pilot.pause()
        assert current(app) == "m1"
        assert "渡邉 美咲  11/2" in screen_lines(app)[0]
        text = screen_text(app)
        assert "> 引用 2 行(= で展開)" in text
        assert "-- 署名 2 行(= で展開)" in text
        assert "quoted 1" not in text
        assert "社内コメント  高橋" in text


async def test_enter_unfolds_quotes_then_folds_the_message_then_opens_it() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.timeline.set_entries(conversation(), current="m0")
        await pilot.press("enter")
        assert "> quoted 0" in screen_text(app)
        assert "> quoted 1" not in screen_text(app)
        await pilot.press("enter")
        assert "▸ 渡邉 美咲  11/1" in screen_text(app)
        await pilot.press("enter")
        assert "> 引用" in screen_text(app)
        await pilot.press("equals_sign")
        assert "> quoted 0" in screen_text(app)
        assert "> quoted 1" in screen_text(app)
        await pilot.press("minus")
        assert "▸ 渡邉 美咲  11/2" in screen_text(app)
        assert "> quoted" not in screen_text(app)


async def test_keys_walk_from_message_to_message_over_events() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 12)) as pilot:
        app.timeline.set_entries(conversation(5), current="m0")
        await pilot.press("right_curly_bracket")
        assert current(app) == "m1"
        assert "11/2" in screen_lines(app)[0]
        await pilot.press("left_curly_bracket", "left_curly_bracket", "left_curly_bracket")
        assert current(app) == "m0"
        for _ in range(10):
            await pilot.press("right_curly_bracket")
        assert current(app) == "c"


async def test_scrolling_takes_the_current_message_along() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 12)) as pilot:
        app.timeline.set_entries(conversation(6), current="m0")
        for _ in range(4):
            await pilot.press("ctrl+d")
        assert current(app) not in ("m0", "")
        await pilot.press("j", "k", "ctrl+u", "ctrl+u", "ctrl+u", "ctrl+u")
        assert app.timeline.scroll_y <= 6


async def test_space_pages_to_the_end_and_then_asks_for_the_next_conversation() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 12)) as pilot:
        app.timeline.set_entries(conversation(4), current="e")
        for _ in range(20):
            await pilot.press("space")
            if app.past_end:
                break
        assert app.past_end == 1
        assert app.timeline.at_end


async def test_a_conversation_that_grows_keeps_place_and_folds() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 14)) as pilot:
        entries = conversation(4)
        app.timeline.set_entries(entries, current="m1")
        await pilot.press("enter")
        before = screen_lines(app)
        assert any("> quoted 1" in line for line in before)
        app.timeline.set_entries([*entries, Entry("new", "event", safe_line("新しい出来事"))])
        await pilot.pause()
        assert screen_lines(app) == before
        app.timeline.set_entries([Entry("other", "inbound", safe_line("別の会話"))])
        await pilot.pause()
        assert current(app) == "other"


async def test_words_are_lit_up_in_upper_and_lower_case() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.timeline.set_entries(conversation(), current="e")
        app.timeline.highlight(safe_line("ANGERS"))
        await pilot.pause()
        found = app.timeline.get_component_rich_style("timeline--found")
        lit = [s.text for strip in app.screen._compositor.render_strips() for s in strip if s.style == found]
        assert lit == ["angers", "angers"]
        assert_aligned(app)


def hard_entries() -> list[Entry]:
    """Entries of texts that are hostile, like markup, or hard to measure."""
    texts = [*HOSTILE, *MARKUP, *WIDE]
    kinds: tuple[EntryKind, ...] = ("inbound", "outbound", "comment", "phone")
    return [
        Entry(
            str(place),
            kinds[place % 4],
            safe_line(text),
            safe_line(text),
            (
                Piece("text", safe(text * 20)),
                Piece("quote", safe(text)),
                Piece("attachments", safe(text * 3)),
            ),
        )
        for place, text in enumerate(texts)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [*SIZES, *ODD_SIZES])
async def test_every_line_is_as_wide_as_the_terminal(size: tuple[int, int], language: Language) -> None:
    use(language)
    app = TimelineApp()
    async with app.run_test(size=size) as pilot:
        app.timeline.set_entries(hard_entries(), current="0")
        app.timeline.highlight(safe_line("a"))
        app.timeline.action_conv_expand()
        for _ in range(5):
            await pilot.pause()
            assert_aligned(app)
            app.timeline.action_conv_page_down()
        assert app.guard.dropped == 0


async def test_markup_is_shown_as_it_stands() -> None:
    app = TimelineApp()
    async with app.run_test(size=(120, 90)) as pilot:
        app.timeline.set_entries([Entry(m, "inbound", safe_line(m), safe_line(m)) for m in MARKUP])
        app.timeline.scroll_to(y=0, animate=False)
        await pilot.pause()
        for markup in MARKUP:
            assert screen_text(app).count(markup) >= 2
        await pilot.click(Timeline, offset=(3, 6))
        assert app.is_running


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_text_of_the_timeline_can_be_read(theme: str) -> None:
    app = TimelineApp(theme)
    async with app.run_test(size=(100, 60)) as pilot:
        app.timeline.set_entries([*conversation(), *hard_entries()[:4]], current="e")
        app.timeline.highlight(safe_line("写真"))
        await pilot.pause()
        assert_contrast(app)


async def test_ten_thousand_lines_are_laid_out_and_scrolled_at_once() -> None:
    app = TimelineApp()
    async with app.run_test(size=(80, 30)) as pilot:
        long = safe("\n".join(["これは長い会話の一行です。折り返しはほとんど要りません。"] * 500))
        entries = [
            Entry(str(n), "inbound", safe_line(f"#{n}"), pieces=(Piece("text", long),)) for n in range(20)
        ]
        start = time.process_time()
        app.timeline.set_entries(entries)
        await pilot.pause()
        laid_out = time.process_time() - start
        assert app.timeline.line_count > 10_000
        start = time.process_time()
        for y in range(300):
            app.timeline.render_line(y % 30)
        assert time.process_time() - start < 3
        assert laid_out < 5
        start = time.process_time()
        app.timeline.action_conv_fold()
        await pilot.pause()
        assert time.process_time() - start < 2.5


async def test_a_storm_of_sizes_leaves_a_sound_timeline() -> None:
    app = TimelineApp()
    dice = random.Random(3)
    async with app.run_test(size=(100, 30)) as pilot:
        app.timeline.set_entries(hard_entries())
        for _ in range(12):
            await pilot.resize_terminal(dice.randint(1, 160), dice.randint(1, 50))
            await pilot.press(
                dice.choice(["j", "k", "enter", "equals_sign", "minus", "space", "right_curly_bracket"])
            )
            await pilot.pause()
            assert_aligned(app)


async def test_a_word_is_found_across_lines_and_in_what_is_folded() -> None:
    """A word that a line end cuts is lit on both lines; a fold that has it opens; one that has none stays."""
    app = TimelineApp()
    async with app.run_test(size=(24, 40)) as pilot:
        cut = Entry(
            "cut", "inbound", safe_line("渡邉"), pieces=(Piece("text", safe("一二三四五六七八九学習机の件")),)
        )
        app.timeline.set_entries([cut, *conversation()], current="cut")
        app.timeline.highlight(safe_line("学習机"), safe_line("ＱＵＯＴＥＤ 1"))
        await pilot.pause()
        lit = [app.timeline._lines[p].text[a:b] for p in range(5) for a, b in app.timeline._lines[p].lit]
        assert lit == ["学", "習机"]
        assert "引用" in screen_text(app)
        assert app.timeline.to_match(1)
        while app.timeline.to_match(1):
            pass
        assert "quoted 1" in screen_text(app)
        assert app.timeline.matches >= 4
        app.timeline.highlight()
        assert app.timeline.matches == 0
        assert not app.timeline.to_match(-1)


async def test_a_table_keeps_its_columns_in_any_width() -> None:
    """Long cells are wrapped inside their column; without room the rows become a list with the titles."""
    table = safe(
        "商品                                   │ 数 │ 金額\n───────────────────────────────────────┼────┼───────\n"
        "オーク材 学習机 天板の大きいほう        │ 1  │ 49,800"
    )
    app = TimelineApp()
    async with app.run_test(size=(34, 20)) as pilot:
        app.timeline.set_entries([Entry("t", "inbound", safe_line("x"), pieces=(Piece("text", table),))])
        await pilot.pause()
        lines = [line.strip() for line in screen_lines(app)[1:6]]
        assert lines[0].split() == ["商品", "│", "数", "│", "金額"]
        assert [line.find("┼") for line in lines[1:2]] == [17]
        assert lines[2].endswith("│ 1  │ 49,800")
        assert lines[3].endswith("│    │")
        assert (
            "".join(line.split("│")[0].strip() for line in lines[2:5]).replace(" ", "")
            == "オーク材学習机天板の大きいほう"
        )
        await pilot.resize_terminal(18, 20)
        await pilot.pause()
        assert "金額: 49,800" in screen_text(app)
        assert_aligned(app)
