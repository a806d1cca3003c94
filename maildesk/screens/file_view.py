"""An attachment as far as a terminal can show it: text, a table, what is in an archive, a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.mail.outside import Output, has_pdf_text
from maildesk.mail.picture import Outcome, Picture
from maildesk.mail.preview import Preview
from maildesk.screens.base import DeskDialog
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.words import size
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.picture_view import PictureView
from maildesk.widgets.tables import rows_of
from maildesk.widgets.text import NOTHING, content

if TYPE_CHECKING:
    from maildesk.desk import Desk


_WHY: Mapping[Outcome, str] = {
    "no_program": "files.image.no_program",
    "large": "files.image.large",
    "unknown": "files.image.none",
    "failed": "files.image.failed",
}


class FileView(DeskDialog[None]):
    """Scrolls through paragraphs; F3 gives them to the pager."""

    context: ClassVar[Context] = "view"
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view", only=lambda name: name != "view.copy")]

    def __init__(
        self,
        title: str,
        paragraphs: Sequence[Paragraph],
        picture: Callable[[Desk, int, int], Picture] | None = None,
    ) -> None:
        """``picture`` draws what is shown below the paragraphs, within so many columns and rows."""
        super().__init__()
        self._title = title
        self._shown = paragraphs
        self._picture = picture
        self._room = (0, 0)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog file-view") as box:
            box.border_title = content(self._title)
            with VerticalScroll():
                yield Paragraphs(*self._shown)
                if self._picture is not None:
                    yield Paragraphs((SafeText(t("files.image.drawing")), "muted"), id="drawing")
                    yield PictureView()
            shown = self.host.keymap.shown
            keys = (
                (f"{shown('view.down')}/{shown('view.up')}", t("files.scroll")),
                (shown("view.pager"), t("copy.pager")),
                (shown("view.close"), t("common.back")),
            )
            yield KeysLine(*keys, classes="keys")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._picture is not None and not self.is_going:
            around = self.query_one(VerticalScroll).size
            room = (around.width, around.height - self.query_one(Paragraphs).size.height)
            if room != self._room and min(room) > 1:
                self._room = room
                self.draw(self._picture, *room)

    @work(exclusive=True, group="picture")
    async def draw(self, picture: Callable[[Desk, int, int], Picture], columns: int, rows: int) -> None:
        """Draw the picture for the room that there is."""
        found = await self.tried(lambda desk: picture(desk, columns, rows))
        if found is None or self.is_going:
            return
        why = () if found.outcome == "drawn" else ((SafeText(t(_WHY[found.outcome])), "muted"),)
        self.query_one("#drawing", Paragraphs).show(*why)
        self.query_one("#drawing").display = bool(why)
        self.query_one(PictureView).show(found.lines)

    def action_view_down(self) -> None:
        self._scroll(1)

    def action_view_up(self) -> None:
        self._scroll(-1)

    def action_view_page_down(self) -> None:
        self._scroll(self._page)

    def action_view_page_up(self) -> None:
        self._scroll(-self._page)

    @property
    def _page(self) -> int:
        return max(self.query_one(VerticalScroll).size.height - 2, 1)

    def _scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_view_pager(self) -> None:
        self.host.page("\n".join(text for text, _ in self._shown))

    def action_view_close(self) -> None:
        self.dismiss(None)


def paragraphs(found: Preview) -> Sequence[Paragraph]:
    """What a preview shows."""
    lines = list(_paragraphs(found))
    if found.cut:
        lines.append((SafeText(t("files.cut")), "muted"))
    return lines


def _paragraphs(found: Preview) -> Iterator[Paragraph]:
    match found.kind:
        case "table":
            rows = [[safe_line(cell) for cell in row] for row in found.rows]
            yield (rows_of(rows), "text") if rows else (SafeText(t("files.empty")), "muted")
        case "archive":
            yield from _archive(found)
        case "image":
            if found.size is None:
                yield SafeText(t("files.image.unknown")), "muted"
                yield SafeText(t("files.image.none")), "muted"
            else:
                yield SafeText(t("files.image", width=found.size[0], height=found.size[1])), "text"
        case "pdf" if not found.text:
            yield SafeText(t("files.pdf.nothing" if has_pdf_text() else "files.pdf.no_program")), "muted"
        case "document" if not found.text:
            yield SafeText(t("files.document.nothing")), "muted"
        case "none" | "large" | "locked":
            yield SafeText(t(f"files.{found.kind}")), "muted"
        case _:
            if not found.text.strip():
                yield SafeText(t("files.empty")), "muted"
            for block in safe(found.text).split("\n\n"):
                yield SafeText(block), "text"
                yield NOTHING, "text"


def _archive(found: Preview) -> Iterator[Paragraph]:
    if found.bomb:
        yield SafeText(t("files.archive.bomb")), "error"
    if any(entry.outside for entry in found.entries):
        yield SafeText(t("files.archive.outside")), "error"
    if any(entry.locked for entry in found.entries):
        yield SafeText(t("files.archive.locked")), "warning"
    if not found.entries:
        yield SafeText(t("files.empty")), "muted"
        return
    head = [SafeText(t("files.archive.name")), SafeText(t("files.archive.size")), NOTHING]
    rows = [
        [safe_line(entry.name), safe_line(size(entry.size)), SafeText("!" if entry.outside else "")]
        for entry in found.entries
    ]
    yield rows_of([head, *rows]), "text"


def of_command(found: Output) -> Sequence[Paragraph]:
    """What a command wrote, and how it ended."""
    lines: list[Paragraph] = [(safe(found.data.decode("utf-8", "replace").rstrip("\n")), "text")]
    if not found.data.strip():
        lines = [(SafeText(t("files.pipe.nothing")), "muted")]
    if found.code is None:
        lines.append((SafeText(t("files.pipe.cut")), "warning"))
    elif found.code:
        lines.append((SafeText(t("files.pipe.code", code=found.code)), "warning"))
    return lines
