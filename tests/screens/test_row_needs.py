"""What rows of a list need: states, labels, flags; at every size, with Japanese, nothing touching."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from rich.cells import cell_len

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.widgets.columns import Needs, columns_for
from maildesk.widgets.list_row import ListRow
from maildesk.widgets.tags import LEAST, LEAST_BESIDE_ONE, Tag, behind
from tests.screens.list_app import ListApp, row
from tests.screens.support import assert_aligned, screen_lines, screen_text

LABELS = (
    Tag(safe_line("返品"), "red"),
    Tag(safe_line("至急対応")),
    Tag(safe_line("楽天ポイント関連の問い合わせ")),
)


@pytest.mark.parametrize("needs", [Needs(), Needs(9, 12, True), Needs(6, 99, True)])
@pytest.mark.parametrize("two_lines", [False, True])
def test_columns_never_touch_whatever_rows_need(needs: Needs, two_lines: bool) -> None:
    for width in range(1, 200):
        for line in columns_for(width, two_lines, needs):
            for before, after in itertools.pairwise(line):
                assert before.start + before.width <= after.start <= width
            assert line[-1].start + line[-1].width <= width
        if width >= 80:
            names = {
                column.name: column.width for line in columns_for(width, two_lines, needs) for column in line
            }
            assert names["subject"] >= LEAST_BESIDE_ONE
            assert names["flags"] >= min(needs.flags, 12 if width >= 100 else 6)


@pytest.mark.parametrize(
    "subject", ["", "短い件名", "とても長い件名がここに続いていて切れるはずのもの", "x" * 90]
)
def test_labels_stand_where_the_subject_leaves_room(subject: str) -> None:
    """A subject keeps 20 cells if it has so many, beside one label 12; what does not fit is counted; all of it is as wide as the column."""
    for width in range(100):
        pieces = behind(SafeText(subject), LABELS, width)
        text = "".join(piece for piece, _ in pieces)
        assert cell_len(text) == width
        if "[" in text.replace(subject, ""):
            least = LEAST if text.count("[") > 1 else LEAST_BESIDE_ONE
            assert text.startswith(subject) or cell_len(text.partition(" [")[0]) >= least - 1
    assert behind(safe_line("件名"), LABELS[:2], 30)[1] == (" [返品]", "red")
    counted = "".join(text for text, _ in behind(safe_line("件名"), LABELS, 30))
    assert counted.rstrip() == "件名 [返品] [至急対応] +1"


def mixed() -> list[ListRow]:
    """Rows that stand in different states, with labels; one has all flags."""
    return [
        replace(
            row(place),
            state=safe_line("新保完承"[place % 4]),
            labels=LABELS[: place % 4],
            flags=safe_line("不空目添自返" if place == 1 else "返"),
        )
        for place in range(8)
    ]


@pytest.mark.parametrize(("size", "flags"), [((80, 24), "不空…"), ((140, 40), "不空目添自返")])
async def test_states_labels_and_the_gravest_flags_are_seen(size: tuple[int, int], flags: str) -> None:
    """The bounce is seen at every size; without colour the state and the labels are, too."""
    app = ListApp(8)
    async with app.run_test(size=size) as pilot:
        app.mail_list.reset(mixed())
        await pilot.pause()
        assert_aligned(app)
        lines = screen_lines(app)
        assert flags in lines[1]
        assert all(f" {sign} " in line for sign, line in zip("新保完承", lines, strict=False))
        assert "[返品]" in screen_text(app)


async def test_a_list_of_one_state_says_none() -> None:
    """The column is not there; flags need no more than two kanji."""
    app = ListApp(5)
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        assert app.mail_list.needs == Needs()
        app.mail_list.update_row(replace(row(0), state=safe_line("完"), flags=safe_line("不空目")))
        await pilot.pause()
        assert app.mail_list.needs == Needs(6, 6, True)
        assert "完" in screen_lines(app)[0]
        assert_aligned(app)
