"""The list of conversations: cursor, pages, marks, states, looks."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from maildesk.domain.safetext import safe_line
from maildesk.themes import THEMES
from maildesk.widgets.columns import columns_for
from maildesk.widgets.list_row import ListRow
from maildesk.widgets.mail_list import MailList
from tests.screens.list_app import ListApp, row
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


class Watched(ListApp):
    """A list app that remembers what the list told it."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.opened: list[int] = []
        self.moved: list[int | None] = []
        self.asked: list[tuple[int, int, int | None, int | None]] = []

    def on_mail_list_opened(self, message: MailList.Opened) -> None:
        self.opened.append(message.row.id)

    def on_mail_list_moved(self, message: MailList.Moved) -> None:
        self.moved.append(message.row.id if message.row else None)

    def on_mail_list_page_needed(self, message: MailList.PageNeeded) -> None:
        after, before = message.after, message.before
        self.asked.append(
            (message.offset, message.count, after.id if after else None, before.id if before else None)
        )
        super().on_mail_list_page_needed(message)


def drawn(app: ListApp) -> list[str]:
    """The numbers on the screen, the one under the cursor with a bar before it."""
    numbers = []
    for line in screen_lines(app):
        if "#" in line:
            numbers.append(line[0].strip() + line.split("#")[1].split()[0])
    return numbers


async def test_keys_move_the_cursor_and_open() -> None:
    app = Watched(50)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "down", "j", "k", "up", "enter", "G")
        assert app.mail_list.cursor == 49
        await pilot.press("home", "k")
        assert app.mail_list.cursor == 0
        await pilot.press("end", "l")
        await pilot.pause()
        assert app.opened == [1001, 1049]
        assert app.moved[:3] == [1001, 1002, 1003]


async def test_at_the_edge_it_scrolls_by_half_a_screen() -> None:
    app = Watched(50)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press(*["j"] * 19)
        assert app.mail_list.scroll_y == 0
        await pilot.press("j")
        assert app.mail_list.scroll_y == 10
        await pilot.press(*["k"] * 10)
        assert app.mail_list.scroll_y == 10
        await pilot.press("k")
        assert app.mail_list.scroll_y == 0


async def test_only_the_rows_around_the_view_are_asked_for_with_anchors() -> None:
    app = Watched(1_000_000)
    async with app.run_test(size=(100, 20)) as pilot:
        assert not app.asked
        await pilot.press("G")
        await pilot.pause()
        assert app.asked == [(999_800, 200, None, None)]
        assert drawn(app)[-1] == "▌1000999"
        app.asked.clear()
        app.mail_list.move_to(999_795)
        await pilot.pause()
        assert app.asked == [(999_600, 200, None, 1_000_800)]
        app.mail_list.move_to(0)
        await pilot.pause()
        app.asked.clear()
        for _ in range(30):
            await pilot.press("ctrl+d")
        await pilot.pause()
        assert app.asked[0] == (200, 200, 1199, None)
        assert len(app.asked) <= 2


async def test_rows_far_away_are_forgotten_and_asked_for_again() -> None:
    app = Watched(8_000)
    async with app.run_test(size=(100, 20)) as pilot:
        for place in range(0, 8_000, 190):
            app.mail_list.move_to(place)
            await pilot.pause()
        assert len(app.mail_list.rows(0, 8_000)) <= MailList.KEPT
        app.mail_list.move_to(0)
        await pilot.pause()
        assert drawn(app)[0] == "▌1000"


async def test_the_cursor_stays_with_its_conversation_when_others_change_the_list() -> None:
    app = Watched(50)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press(*["j"] * 5)
        rows = [row(place) for place in range(50)]
        app.moved.clear()
        app.mail_list.reset([row(200), row(201), *rows])  # two new ones above
        await pilot.pause()
        assert app.mail_list.row == row(5)
        assert app.mail_list.cursor == 7
        assert app.moved == []
        app.mail_list.reset(
            [item for item in rows if item.id != 1005]
        )  # ours went away: the next takes its place
        await pilot.pause()
        assert app.mail_list.row == row(6)
        app.mail_list.reset([])
        await pilot.pause()
        assert drawn(app) == []
        assert app.mail_list.state == "empty"
        assert app.moved[-1] is None


async def test_a_reset_in_a_scrolled_list_keeps_the_line_on_the_screen() -> None:
    app = Watched(100)
    async with app.run_test(size=(100, 20)) as pilot:
        app.mail_list.move_to(40)
        await pilot.pause()
        before = drawn(app).index("▌1040")
        app.mail_list.reset([*map(row, range(200, 203)), *map(row, range(100))])
        await pilot.pause()
        assert drawn(app).index("▌1040") == before


async def test_rows_that_leave_are_struck_and_then_gone_and_the_next_takes_the_place() -> None:
    app = Watched(50)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "j")
        app.mail_list.leave([1000, 1002], seconds=0.01)
        await pilot.pause(0.05)
        assert app.mail_list.total == 48
        assert app.mail_list.row == row(3)
        assert drawn(app)[:3] == ["1001", "▌1003", "1004"]
        app.mail_list.leave([row(place).id for place in range(50)], seconds=0)
        await pilot.pause()
        assert app.mail_list.state == "empty"


async def test_marks_survive_resets_and_decide_what_is_chosen() -> None:
    app = Watched(50)
    async with app.run_test(size=(100, 20)) as pilot:
        assert list(app.mail_list.chosen) == [1000]
        await pilot.press("x", "j", "x")
        assert app.mail_list.marks == {1000, 1002}
        app.mail_list.reset([row(place) for place in reversed(range(50))])
        assert list(app.mail_list.chosen) == [1002, 1000]
        assert sum("✓" in line for line in screen_lines(app)) == 2
        await pilot.press("asterisk", "asterisk")
        assert len(app.mail_list.marks) == 50


async def test_a_row_is_updated_in_place() -> None:
    app = Watched(5)
    async with app.run_test(size=(100, 10)) as pilot:
        changed = replace(row(1), subject=safe_line("変わりました"), holder=safe_line("鈴木"))
        app.mail_list.update_row(changed)
        await pilot.pause()
        assert "✎鈴木" in screen_lines(app)[1]
        assert "▌" in screen_lines(app)[0]


async def test_an_empty_list_shows_the_words_given() -> None:
    app = Watched(0)
    async with app.run_test(size=(100, 20)) as pilot:
        app.mail_list.set_state(
            "empty", safe_line("新着はすべて対応済みです"), safe_line("2  処理中を見る(4)")
        )
        await pilot.pause()
        assert "新着はすべて対応済みです" in screen_text(app)
        await pilot.press("j", "k", "G", "enter", "x", "asterisk", "ctrl+d")
        assert app.opened == []
        assert_aligned(app)


async def test_loading_is_said_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MailList, "LOADING_AFTER", 1234.0)
    app = Watched(5)
    async with app.run_test(size=(100, 20)) as pilot:
        app.mail_list.clear()
        await pilot.pause()
        assert screen_text(app).strip() == ""
        (after,) = [timer for timer in app.mail_list._timers if timer._interval == 1234.0]
        assert after._callback is not None
        after._callback()
        await pilot.pause()
        assert "読み込み中…" in screen_text(app) or "Loading…" in screen_text(app)
        app.mail_list.set_page([row(1)], 0, 1)
        await pilot.pause()
        assert "#1001" in screen_text(app)


async def test_clicks_choose_and_open() -> None:
    app = Watched(50)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.click(MailList, offset=(10, 4))
        assert app.mail_list.cursor == 4
        await pilot.click(MailList, offset=(10, 4), times=2)
        await pilot.pause()
        assert app.opened == [1004]


def hard_rows() -> list[ListRow]:
    """Rows of hostile, markup-like and hard-to-measure texts in every field."""
    texts = [*HOSTILE, *MARKUP, *WIDE]
    return [
        ListRow(
            place,
            number=safe_line(text),
            sender=safe_line(text),
            subject=safe_line(text),
            time=safe_line(text),
            unread=place % 2 == 0,
            flags=safe_line(text),
            priority=safe_line(text),
            urgency="critical",
            shop=safe_line(text),
            assignee=safe_line(text),
            holder=safe_line(text if place % 3 else ""),
        )
        for place, text in enumerate(texts)
    ]


@pytest.mark.parametrize("two_lines", [False, True])
@pytest.mark.parametrize("size", [*SIZES, *ODD_SIZES])
async def test_every_line_is_as_wide_as_the_terminal(size: tuple[int, int], two_lines: bool) -> None:
    made = MailList(two_lines=two_lines)
    app = Stage(lambda: [made])
    async with app.run_test(size=size) as pilot:
        made.focus()
        made.reset(hard_rows())
        for _ in range(8):
            await pilot.pause()
            assert_aligned(app)
            made.action_list_down()
            made.action_list_mark()
        made.set_state("error", *(safe_line(text) for text in [*HOSTILE, *MARKUP, *WIDE]))
        await pilot.pause()
        assert_aligned(app)
        assert app.guard.dropped == 0


async def test_markup_is_shown_as_it_stands_and_does_nothing_when_clicked() -> None:
    made = MailList()
    app = Stage(lambda: [made])
    async with app.run_test(size=(200, 60)) as pilot:
        made.reset(hard_rows())
        await pilot.pause()
        text = screen_text(app)
        for markup in MARKUP:
            assert markup[:16] in text
        for y in range(len(HOSTILE), len(HOSTILE) + len(MARKUP)):
            await pilot.click(MailList, offset=(40, y))
        assert app.is_running


async def test_a_storm_of_sizes_leaves_a_sound_list() -> None:
    app = Watched(1000)
    dice = random.Random(7)
    async with app.run_test(size=(100, 30)) as pilot:
        for _ in range(12):
            await pilot.resize_terminal(dice.randint(1, 160), dice.randint(1, 50))
            await pilot.press(dice.choice(["j", "k", "G", "home", "ctrl+d", "x"]))
            app.mail_list.two_lines = dice.random() < 0.5
            await pilot.pause()
            assert_aligned(app)
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert any(line.startswith("▌") for line in screen_lines(app))


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_text_of_the_list_can_be_read(theme: str) -> None:
    made = MailList()
    app = Stage(lambda: [made], theme)
    async with app.run_test(size=(132, 40)) as pilot:
        made.focus()
        made.reset([row(place) for place in range(30)])
        made.leave([1005], seconds=60)
        await pilot.press("x")
        await pilot.pause()
        assert_contrast(app)
        made.set_state("error", safe_line("送信できませんでした"), safe_line("理由"))
        await pilot.pause()
        assert_contrast(app)


async def test_unread_marked_claimed_and_current_rows_differ_without_colour() -> None:
    app = Watched(10)
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.press("x")
        await pilot.pause()
        lines = screen_lines(app)
        assert lines[0].startswith(" ✓▪ ")
        assert lines[1].startswith("▌ ▪ ")
        assert lines[2].startswith("    ")
        assert "✎鈴木" in lines[4]


@pytest.mark.parametrize("two_lines", [False, True])
def test_columns_fill_every_width_without_touching(two_lines: bool) -> None:
    for width in range(1, 200):
        for line in columns_for(width, two_lines):
            for before, after in itertools.pairwise(line):
                assert before.start + before.width <= after.start <= width
            assert line[-1].start + line[-1].width <= width
        if width >= 60:
            assert columns_for(width, two_lines)[-1][-1].width > 0
