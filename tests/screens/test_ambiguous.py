"""Characters of ambiguous width (UAX #11), in terminals that draw them on one cell or on two; and every other kind of
character that is wider or narrower than it looks. F225."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.widgets import Input, TextArea

from maildesk.app import UiSettings
from maildesk.cli import terminal
from maildesk.domain.safetext import SafeText
from maildesk.widgets import cells
from maildesk.widgets.glyphs import FRAMES, TABLE
from maildesk.widgets.wrap import cut, fit, wrap
from tests.screens.conftest import TOKYO, Run
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_lines, screen_text

WIDE = UiSettings(zone=TOKYO, ambiguous="wide")
KINDS = {
    "circled": ("①②⑳", 3, 6),
    "reference mark": ("※α±×°§¶", 7, 14),
    "Roman numerals": ("Ⅲⅳ", 2, 4),
    "Cyrillic": ("Дом", 3, 6),
    "accents": ("café", 4, 5),
    "quotes": ("“à”—", 4, 8),
    "stars": ("★☆◎", 3, 6),
    "combining dakuten": ("か\u3099は\u309a", 4, 4),
    "half-width kana": ("ｶﾞﾊﾟﾁｭ", 6, 6),
    "emoji": ("😀🎌", 4, 4),
    "emoji by a selector": ("☎\ufe0f❤\ufe0f", 4, 4),
    "a family": ("👨\u200d👩\u200d👧", 2, 2),
    "skin tone": ("👍🏽", 2, 2),
    "beyond the BMP": ("𠮷𩸽", 4, 4),
    "squared": ("㈱㌔", 4, 4),
    "letter and accent": ("e\u0301", 1, 1),
}
"""Some text, and its cells where ambiguous ones are narrow and where they are wide."""
EVERYTHING = "".join(text for text, _, _ in KINDS.values())


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What one test sets holds for no other."""
    yield
    cells.measure("narrow")


@pytest.mark.parametrize(("text", "narrow", "wide"), KINDS.values(), ids=KINDS.keys())
def test_every_kind_is_measured(text: str, narrow: int, wide: int) -> None:
    """Only ambiguous ones depend on the setting; back again everything is as it was."""
    assert cell_len(text) == narrow
    cells.measure("wide", FRAMES)
    assert cell_len(text) == wide
    assert cell_len("─│█…") == 4, "drawn in ASCII"
    line = fit(SafeText(text), 9)
    assert cell_len(line) == 9
    cells.measure("narrow")
    assert cell_len(text) == narrow


def test_words_are_not_torn_because_their_letters_are_wide() -> None:
    """A line breaks between words, whatever an é or a Greek letter is measured."""
    text = SafeText("déjà vu Ωμέγα")
    cells.measure("wide", FRAMES)
    assert wrap(text, 12) == ["déjà vu ", "Ωμέγα"]
    assert cell_len(cut(SafeText("①②③④⑤"), 6)) <= 6


def test_all_of_unicode_is_covered() -> None:
    """Each character that Unicode calls ambiguous and that takes a cell is wide, and nothing else has changed."""
    points = [point for point in range(0xA1, 0xE000) if not unicodedata.category(chr(point)).startswith("C")]
    before = {point: cell_len(chr(point)) for point in points}
    cells.measure("wide")
    for point in points:
        is_ambiguous = unicodedata.east_asian_width(chr(point)) == "A" and before[point] == 1
        assert cell_len(chr(point)) == (2 if is_ambiguous else before[point]), hex(point)


@pytest.mark.parametrize(
    ("size", "keys"),
    [((100, 30), keys) for keys in ("", "enter", "enter A", "r", "H", "g o", "question_mark", "ctrl+p", "V")]
    + [((40, 30), keys) for keys in ("", "enter", "r", "a")],
)
async def test_nothing_shifts_where_they_are_wide(run: Run, keys: str, size: tuple[int, int]) -> None:
    """List, reading, composer, boxes and pickers: every line is as wide as the terminal as it draws it, and no frame,
    bar or line is left that it would draw twice as wide."""
    desk = FakeDesk()
    for row in list(desk.rows.values()):
        desk.put(replace(row, subject=f"①{EVERYTHING}", customer_name="株式会社ⅢΩ…", snippet=EVERYTHING))
    async with run(desk, size=size, settings=WIDE) as session:
        await session.press(*keys.split())
        assert_aligned(session.app)
        assert not {char for char in screen_text(session.app) if ord(char) in FRAMES}
        assert cell_len("①") == 2


async def test_the_text_that_is_typed_is_measured_too(run: Run) -> None:
    """In the composer and in a field: the cursor is where the terminal has it, and lines end before the edge."""
    async with run(settings=WIDE) as session:
        await session.press("r")
        area = session.screen.query_one(TextArea)
        area.load_text("①②③end\n" + "※" * 200)
        area.move_cursor((0, 3))
        await session.settle()
        assert area.cursor_screen_offset.x - area.content_region.x == 6
        assert_aligned(session.app)
        field = session.screen.query_one("#subject", Input)
        field.value = "αβγδ"
        field.focus()
        places = []
        for field.cursor_position in (0, 3):
            await session.settle()
            places.append(field.cursor_screen_offset.x)
        assert places[1] - places[0] == 6


async def test_ascii_signs_stay_narrow(run: Run) -> None:
    """With ``ui.glyphs = "ascii"`` as well, what is drawn as one ASCII sign is measured as one."""
    async with run(size=(80, 24), settings=replace(WIDE, glyphs="ascii")) as session:
        assert cell_len("→●※") == 3
        assert_aligned(session.app)
        assert not {char for char in screen_text(session.app) if ord(char) in TABLE}


@pytest.mark.parametrize(
    ("setting", "drawn", "well"),
    [("narrow", 1, True), ("wide", 2, True), ("narrow", 2, False), ("wide", 1, False)],
)
def test_doctor_says_which_setting_fits(
    monkeypatch: pytest.MonkeyPatch, setting: str, drawn: int, well: bool
) -> None:
    """It asks the terminal, and names what to change."""

    def measure(texts: Sequence[str]) -> list[int]:
        return [drawn if unicodedata.east_asian_width(text[0]) == "A" else 2 for text in texts]

    monkeypatch.setattr(terminal, "measure", measure)
    check, ok, _, remedy = terminal._widths(setting)
    assert (check, ok) == ("widths", well)
    assert ("ui.ambiguous" in remedy) is not well


async def test_a_toast_over_two_panes_keeps_its_characters(run: Run) -> None:
    """Where a pane ends behind it, no wide character is cut in two; nor in a part of the screen that is drawn anew."""
    words = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよ"
    for begin in ("", "a"):
        async with run(size=(100, 30)) as session:
            await session.press("enter")
            session.app.toasts.explain("\n".join((begin + words,) * 3))
            await session.settle()
            assert begin + words in screen_text(session.app).replace("\n", "")
            compositor = session.screen._compositor
            for pane in ("Timeline", "SidePanel"):
                compositor._dirty_regions.clear()
                compositor._dirty_regions.add(session.screen.query_one(pane).region)
                update = compositor.render_partial_update()
                assert update is not None
                assert words in update.render_segments(session.app.console), pane
            assert len(screen_lines(session.app)) == 30
