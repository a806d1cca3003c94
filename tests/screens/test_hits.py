"""Hits shown in the rows of a search: what stands around them, in sight at every width, marked without colour, and
asked for beside the list."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from maildesk.domain.hit import Hit
from maildesk.domain.query_text import Span, excerpt, spans
from maildesk.domain.safetext import SafeText
from maildesk.screens.hit_words import lit
from maildesk.widgets.hit_cells import HIT, Lit, beside
from maildesk.widgets.list_row import ListRow
from tests.screens.conftest import Run, run_session
from tests.screens.fakes import FakeDesk
from tests.screens.support import assert_aligned, screen_lines, screen_text
from tests.support.desk import SmallDesk, small_desk

TOKYO = ZoneInfo("Asia/Tokyo")
ROW = ListRow(1, SafeText("#1"), SafeText("返品 太郎"), SafeText("返品について"), SafeText("10:02"))


def _around(text: str, words: list[str]) -> Lit:
    found = excerpt(text, words)
    assert found is not None
    return Lit(SafeText(found.text), found.spans)


@pytest.mark.parametrize("width", [14, 20, 26, 29, 40, 80, 200])
@pytest.mark.parametrize(
    "subject", ["短い", "とても長い件名がここに入っていてどこにも入りきらないくらいです", ""]
)
def test_the_words_are_in_sight_on_exactly_the_width(width: int, subject: str) -> None:
    """Whatever the subject, and however much stands before the hit; the subject keeps two fifths."""
    around = _around(
        "前に長い文章がいくつも続いていて、その後でサイズ交換をお願いしたいという話になります。",
        ["サイズ交換"],
    )
    shown = beside(Lit(SafeText(subject)), around, width)
    assert sum(cell_len(text) for text, _ in shown) == width
    marked = "".join(text for text, look in shown if look == HIT)
    assert marked.startswith("サイズ交換"[: 5 if width >= 29 else 1])
    if width >= 29 and subject:
        assert shown[0][0].startswith(subject[:4])


def test_what_a_row_shows_itself_is_lit_there() -> None:
    """A hit in the subject needs no excerpt; one inside a file names the file, and a long name does not hide the hit."""
    part = excerpt("返品について", ["返品"])
    assert part is not None
    row = lit(ROW, ["返品"], Hit(part, "subject"))
    assert (row.subject_lit, row.sender_lit, row.around) == ((Span(0, 2),), (Span(0, 2),), None)
    part = excerpt("規約の第3条により返品できます", ["返品"])
    assert part is not None
    row = lit(ROW, ["返品"], Hit(part, "attachment", "terms-and-conditions-of-our-shop.pdf"))
    assert row.around is not None
    assert row.around.text.startswith("添 terms-and-cond")
    assert row.around.spans == spans(row.around.text, ["返品"])
    assert HIT in {look for _, look in beside(Lit(row.subject), row.around, 40)}


async def test_rows_are_asked_for_when_they_are_seen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list without a search asks for nothing; a row that is lit up carries its mark without any colour; moving the
    cursor within what is known asks nothing again."""
    monkeypatch.setenv("NO_COLOR", "1")
    desk = FakeDesk()
    async with run(desk, size=(80, 24)) as session:
        await session.press("j", "k")
        assert not [call for call in desk.calls if call[0] == "inbox.hits"]
        row = session.screen.mails.row
        word = desk.rows[row.id].subject[:2]
        await session.press("slash")
        session.screen.query_one(Input).value = word
        await session.press("enter")
        assert_aligned(session.app)
        styles = [
            segment.style
            for strip in session.app.screen._compositor.render_strips()
            for segment in strip
            if segment.text == word
        ]
        assert any(style is not None and style.reverse and style.bold for style in styles)
        asked = len([call for call in desk.calls if call[0] == "inbox.hits" and len(call[1][1]) > 1])
        await session.press("j", "k")
        assert asked == len([call for call in desk.calls if call[0] == "inbox.hits" and len(call[1][1]) > 1])


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 40), (40, 30)])
async def test_a_hit_in_the_text_of_a_real_desk(tmp_path: Path, size: tuple[int, int]) -> None:
    """At every size the row of a hit shows the words, which its subject has not; without the search it does not."""
    small: SmallDesk = small_desk(tmp_path)
    small.mail(
        "お問い合わせ", "先日の注文についてご連絡いたします。恐れ入りますが翡翠色への変更をお願いします。"
    )
    small.mail("別件", "関係のない話です。")
    with small.session("sato") as sato:
        async with run_session(sato, size=size) as session:
            await session.press("slash")
            session.app.screen.query_one(Input).value = "翡翠"
            await session.press("enter")
            await session.settle()
            mails = session.app.inbox.mails  # type: ignore[union-attr]
            assert mails.row is not None
            assert mails.row.around is not None
            top = mails.region.y
            rows = "\n".join(screen_lines(session.app)[top : top + 2])
            assert "翡翠" in rows
            assert "お問" in rows
            assert_aligned(session.app)
            await session.press("escape")
            assert mails.row.around is None
            assert "翡翠" not in "\n".join(screen_text(session.app).splitlines()[top : top + 2])
