"""Pictures: every character in its cell, and the same picture every time."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widgets import Static

from maildesk import locale
from scripts import pictures, scenes, stage, svg

LINES = "┌─番号─┐\n│#1050│ 渡邉 美咲 ﾌﾟﾚｾﾞﾝﾄ ①…✓\n└────┘\n<b>&amp;</b> x"


class Written(App[None]):
    """An app that shows some lines."""

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static(LINES, markup=False)


async def test_every_character_stands_in_its_cell() -> None:
    """Words of ASCII begin in their column, every other character has a place and a width of its own."""
    app = Written()
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        root = ET.fromstring(svg.picture(app, "title"))
    drawn = {}
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        if "textLength" in text.attrib:
            column = (int(text.attrib["x"]) - svg.MARGIN) // svg.CELL
            row = (int(text.attrib["y"]) - svg.TITLE) // svg.LINE
            drawn[(row, column)] = (text.text or "", int(text.attrib["textLength"]) // svg.CELL)
    expected = {}
    for row, line in enumerate(LINES.splitlines()):
        for at, char in enumerate(line):
            expected[(row, cell_len(line[:at]))] = char
    for place, (said, cells) in drawn.items():
        assert expected[place] == said[0]
        assert cells == cell_len(said)
        assert len(said) == 1 or said.isascii() or cell_len(said) == 1
    assert drawn[(1, 8)] == ("渡", 2)
    assert drawn[(3, 0)] == ("<b>&amp;</b>", 12)
    assert not any(said[0] in "┌─┐│└┘" for said, _ in drawn.values()), "lines are shapes, not letters"


@pytest.mark.slow
async def test_a_picture_is_the_same_every_time(tmp_path: Path) -> None:
    """The desk, its mail and its clock are made anew, and nothing differs."""
    shot = next(shot for shot in scenes.PICTURES if shot.name == "inbox")
    taken = []
    clock = stage.Clock()
    with stage.stopped(clock):
        for number in (1, 2):
            folder = tmp_path / str(number)
            folder.mkdir()
            pattern = folder / "pattern.db"
            stage.make_pattern(pattern)
            taken.append(await pictures.take(shot, pattern, folder, clock))
            shutil.rmtree(folder)
    locale.use("ja")
    assert taken[0] == taken[1]
    assert "佐" in taken[0]
