"""The field that mail is written in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.document import _wrapped_document

from maildesk.widgets.wrap import NO_START
from maildesk.widgets.writing_area import WritingArea, wrap_offsets
from tests.screens.support import screen_lines

LONG = "いつもこもれび 公式オンラインショップをご利用いただき、ありがとうございます。担当の佐藤でございます。"


class Stage(App[object]):
    """A text area on its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        yield WritingArea(self.text)


@pytest.mark.parametrize("text", [LONG, f"> {LONG}", f"{LONG}{LONG}"])
@pytest.mark.parametrize("width", [20, 31, 40, 61])
async def test_no_line_begins_with_punctuation(text: str, width: int) -> None:
    """On the screen, not only in the function: Textual still wraps where we say how."""
    app = Stage(text)
    async with app.run_test(size=(width, 20)) as pilot:
        await pilot.pause()
        lines = [line.strip() for line in screen_lines(app) if line.strip()]
    assert len(lines) > 1
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not [line for line in lines[1:] if line[0] in NO_START]


@given(st.text(alphabet="あいう、。」「ーっABC def123(,.)漢字ゃ> ", max_size=120), st.integers(8, 60))
def test_breaks_are_inside_the_text_and_fit(text: str, width: int) -> None:
    """Growing offsets within the text; no line is wider than the field but for blanks that hang."""
    offsets = wrap_offsets(text, width, 4)
    assert offsets == sorted(set(offsets))
    edges = [0, *offsets, len(text)]
    for start, end in pairwise(edges):
        assert cell_len(text[start:end].rstrip()) <= width


def test_textual_wraps_through_us() -> None:
    """The hook is in place."""
    assert vars(_wrapped_document)["compute_wrap_offsets"] is wrap_offsets


async def test_typing_japanese_in_the_middle_keeps_the_cursor() -> None:
    """What is typed stands where the cursor was, across soft-wrapped lines."""
    app = Stage(LONG)
    async with app.run_test(size=(30, 10)) as pilot:
        area = app.query_one(WritingArea)
        area.focus()
        area.move_cursor((0, 20))
        for key in ("日", "本", "語"):
            await pilot.press(key)
        assert area.text == LONG[:20] + "日本語" + LONG[20:]
        assert area.cursor_location == (0, 23)
