"""HTML mail as text for a terminal.

Nothing is fetched and nothing is run. Scripts and hidden text (preheaders, text without size) are dropped, links
become numbers with a list at the end, layout tables are flattened, tables of data get a line a row with ``│`` between
the cells, aligned by cells (a Japanese character is two wide) so that the screen can lay them out for its width.

A link whose words name another host than it leads to, or that pretends otherwise, is marked ``[1!]``
(:mod:`maildesk.domain.links`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len
from selectolax.lexbor import LexborHTMLParser, LexborNode

from maildesk.domain.links import host_of, is_odd, same_site, shown_host
from maildesk.mail.hiding import Hiding

MAX_CHARACTERS = 1_000_000
MAX_TAGS = 20_000
"""Lexbor takes time in the square of the depth: 20,000 nested tags 0.4 s, 100,000 tags 12 s."""

MAX_DEPTH = 120
MAX_LINKS = 300
MAX_ADDRESS = 2_000
MAX_INDENT = 24
MAX_PICTURES = 20
MAX_COLUMN = 40
MAX_COLUMNS = 20
MAX_CELL = 300
"""A cell with more characters makes its table a layout."""

BAR = " │ "
_EDGE = "│"

_BLOCKS = frozenset(
    {
        "address",
        "article",
        "body",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
    }
    | {
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
    }
    | {"table", "tbody", "tfoot", "thead", "tr", "ul"}
)
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "dl"})
_DROPPED = frozenset(
    {"script", "style", "head", "title", "noscript", "template", "object", "iframe", "svg", "math", "select"}
    | {"option", "textarea", "audio", "video", "canvas", "link", "meta"}
)
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u200e\u200f]+")
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
_GAPS = re.compile(r"\n{3,}")


def to_text(html: str) -> str:
    """The readable text of an HTML mail. Never raises; lines end in ``\\n``."""
    html = html[:MAX_CHARACTERS].replace("\x00", "")
    if html.count("<") > MAX_TAGS:
        html = "<".join(html.split("<", MAX_TAGS)[:MAX_TAGS])
    tree = LexborHTMLParser(html)
    body = tree.body
    if body is None:
        return ""
    page = _Page({}, Hiding(style.text(deep=True) for style in tree.css("style")))
    _children(body, page, 0)
    page.block()
    text = _GAPS.sub("\n\n", "\n".join(page.lines)).strip("\n")
    if not text and page.pictures:
        text = "\n".join(f"[{name}]" for name in page.pictures)
    if page.links:
        notes = "\n".join(map(_note, page.links.values(), page.links))
        text = f"{text}\n\n{notes}" if text else notes
    return text


def _note(link: _Link, address: str) -> str:
    if link.shown:
        return f"[{link.number}!] {address} (≠ {link.shown})"
    if link.odd:
        return f"[{link.number}!] {address} (→ {host_of(address)})"
    return f"[{link.number}] {address}"


@dataclass(slots=True)
class _Link:
    """The number of an address, the host that some of its words name though it leads elsewhere, whether it pretends."""

    number: int
    shown: str
    odd: bool


class _Page:
    """The text so far: finished lines, the pieces of the line in hand, the quote prefix, the indent and the links."""

    __slots__ = (
        "blank",
        "bullet",
        "counters",
        "hiding",
        "indent",
        "lines",
        "links",
        "pictures",
        "pieces",
        "prefix",
        "preformatted",
    )

    def __init__(self, links: dict[str, _Link], hiding: Hiding) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.blank = True  # the line in hand is empty or ends in a blank
        self.prefix = ""
        self.indent = ""
        self.bullet = ""
        self.counters: list[int | None] = []
        self.links = links
        self.hiding = hiding
        self.pictures: list[str] = []
        self.preformatted = 0

    def text(self, text: str) -> None:
        text = _INVISIBLE.sub("", text)
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.pieces.append(first)
            for line in rest:
                self.newline()
                self.pieces.append(line)
            self.blank = False
            return
        text = _BLANKS.sub(" ", text)
        if self.blank:
            text = text.lstrip(" ")
        if text:
            self.pieces.append(text)
            self.blank = text.endswith(" ")

    def newline(self) -> None:
        start = self.indent
        if self.bullet:
            start, self.bullet = self.indent[:-2] + self.bullet, ""
        self.lines.append((self.prefix + start + "".join(self.pieces)).rstrip())
        self.pieces, self.blank = [], True

    def block(self, gap: bool = False) -> None:
        if self.preformatted or "".join(self.pieces).strip():
            self.newline()
        self.pieces, self.blank = [], True
        if gap and self.lines and self.lines[-1].strip(" >"):
            self.lines.append(self.prefix.rstrip())

    def link(self, address: str, words: str) -> str:
        """The number of an address as the text shows it; '' where there are too many."""
        found = self.links.get(address)
        if found is None:
            if len(self.links) >= MAX_LINKS:
                return ""
            found = self.links[address] = _Link(len(self.links) + 1, "", is_odd(address))
        shown = shown_host(words)
        if shown and not same_site(shown, host_of(address)):
            found.shown = found.shown or shown
            return f"[{found.number}!]"
        return f"[{found.number}!]" if found.odd else f"[{found.number}]"


def _children(node: LexborNode, page: _Page, depth: int) -> None:
    child = node.child
    while child is not None:
        _node(child, page, depth)
        child = child.next


def _node(node: LexborNode, page: _Page, depth: int) -> None:
    tag = node.tag or ""
    if tag == "-text":
        page.text(node.text_content or "")
        return
    if tag in _DROPPED or tag.startswith(("-", "_", "!")):
        return
    attributes = node.attributes
    if page.hiding.hides(attributes):
        return
    if depth >= MAX_DEPTH:
        page.text(node.text(deep=True, separator=" "))
        return
    if tag == "br":
        page.newline()
    elif tag == "hr":
        page.block()
        page.pieces = ["─" * 20]
        page.block()
    elif tag == "img":
        _image(attributes, page)
    elif tag == "a":
        _link(node, attributes.get("href") or "", page, depth)
    elif tag == "table" and (rows := _rows(node)):
        _table(rows, page, depth)
    elif tag in ("td", "th"):
        _children(node, page, depth + 1)
        if page.pieces and not page.blank:
            page.pieces.append("  ")
            page.blank = True
    elif tag == "blockquote":
        page.block(gap=True)
        before, page.prefix = page.prefix, (page.prefix + "> ")[:40]
        _children(node, page, depth + 1)
        page.block()
        page.prefix = before
        page.block(gap=True)
    elif tag in ("ul", "ol"):
        _list(node, _first_number(attributes) if tag == "ol" else None, page, depth)
    elif tag == "li":
        _item(node, page, depth)
    elif tag == "dd":
        page.block()
        before, page.indent = page.indent, (page.indent + "  ")[:MAX_INDENT]
        _children(node, page, depth + 1)
        page.block()
        page.indent = before
    elif tag in ("h1", "h2", "h3"):
        page.block(gap=True)
        start = len(page.lines)
        page.bullet, page.indent = "■ ", page.indent + "  "
        _children(node, page, depth + 1)
        page.block()
        page.bullet, page.indent = "", page.indent[:-2]
        page.block(gap=len(page.lines) > start)
    elif tag == "pre":
        page.block(gap=True)
        page.preformatted += 1
        _children(node, page, depth + 1)
        page.block()
        page.preformatted -= 1
        page.block(gap=True)
    elif tag in _BLOCKS:
        page.block(gap=tag in _SPACED)
        _children(node, page, depth + 1)
        page.block(gap=tag in _SPACED)
    else:
        _children(node, page, depth + 1)


def _list(node: LexborNode, first: int | None, page: _Page, depth: int) -> None:
    """A list; one inside another needs no empty lines around it."""
    page.block(gap=not page.counters)
    page.counters.append(first)
    _children(node, page, depth + 1)
    page.counters.pop()
    page.block(gap=not page.counters)


def _item(node: LexborNode, page: _Page, depth: int) -> None:
    page.block()
    counter = page.counters[-1] if page.counters else None
    bullet = "・"
    if counter is not None:
        bullet = f"{counter}. "
        page.counters[-1] = counter + 1
    before, page.indent, page.bullet = page.indent, (page.indent + "  ")[:MAX_INDENT], bullet
    _children(node, page, depth + 1)
    page.block()
    page.indent, page.bullet = before, ""


def _first_number(attributes: dict[str, str | None]) -> int:
    start = (attributes.get("start") or "1").strip()
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1


def _image(attributes: dict[str, str | None], page: _Page) -> None:
    """Its words; nothing of a picture that is too small to be seen, which is there to count readers."""
    if page.hiding.is_tracker(attributes):
        return
    alternative = _BLANKS.sub(" ", attributes.get("alt") or "").strip()
    if alternative:
        page.text(f"[{alternative[:200]}]")
    elif len(page.pictures) < MAX_PICTURES:
        name = re.split(r"[?#]", attributes.get("src") or "")[0].rpartition("/")[2][:80]
        page.pictures.append(_INVISIBLE.sub("", _BLANKS.sub(" ", name)) or "img")


def _link(node: LexborNode, address: str, page: _Page, depth: int) -> None:
    start = len(page.pieces)
    lines = len(page.lines)
    _children(node, page, depth + 1)
    address = "".join(address.split())[:MAX_ADDRESS]
    if not _LINK.match(address):
        return
    label = "".join(page.pieces[start:] if len(page.lines) == lines else page.pieces).strip()
    if label.casefold() in _spellings(address) and not is_odd(address):
        return
    if len(page.lines) > lines:
        label = " ".join([*page.lines[lines : lines + 3], label])[:MAX_ADDRESS]
    if mark := page.link(address, label):
        page.pieces.append(mark)
        page.blank = False


def _spellings(address: str) -> set[str]:
    """The words that say no more of a link than its address does."""
    address = address.casefold()
    bare = _SCHEME.sub("", address)
    return {address, bare, address.rstrip("/"), bare.rstrip("/")}


_Row = list[LexborNode | None]


def _rows(table: LexborNode) -> list[_Row]:
    """The rows of a table of data, each cell in its column; empty for a page layout: a table or a list inside, one row
    or column, rows of different lengths, or much text in a cell."""
    inside = table.css_first("table table, ul, ol, blockquote, pre, h1, h2, hr")
    if inside is not None or len(table.css("table")) > 1:
        return []
    rows: list[_Row] = []
    held: dict[int, int] = {}
    for row in table.css("tr"):
        cells: _Row = []
        for cell in row.iter():
            if cell.tag not in ("td", "th"):
                continue
            while held.get(len(cells), 0) > 0 and len(cells) < MAX_COLUMNS:
                held[len(cells)] -= 1
                cells.append(None)
            attributes = cell.attributes
            if len(cell.text(deep=True)) > MAX_CELL or len(cells) >= MAX_COLUMNS:
                return []
            down = _span(attributes.get("rowspan")) - 1
            for place in range(min(_span(attributes.get("colspan")), MAX_COLUMNS - len(cells))):
                if down:
                    held[len(cells)] = down
                cells.append(cell if place == 0 else None)
        while held.get(len(cells), 0) > 0 and len(cells) < MAX_COLUMNS:
            held[len(cells)] -= 1
            cells.append(None)
        if cells:
            rows.append(cells)
    widths = set(map(len, rows))
    return rows if len(rows) > 1 and len(widths) == 1 and widths.pop() > 1 else []


def _span(value: str | None) -> int:
    value = (value or "1").strip()
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 3 else 1


def _table(rows: list[_Row], page: _Page, depth: int) -> None:
    page.block(gap=True)
    headed = all(cell is None or cell.tag == "th" for cell in rows[0])
    texts = [[_cell(cell, page, depth) for cell in row] for row in rows]
    texts = [row for row in texts if any(row)]
    kept = [place for place in range(len(rows[0])) if any(row[place] for row in texts)]
    texts = [[row[place] for place in kept] for row in texts]
    widths = [min(MAX_COLUMN, max(map(cell_len, column))) for column in zip(*texts, strict=True)]
    for number, row in enumerate(texts):
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        page.pieces = [BAR.join(padded)]
        page.newline()
        if number == 0 and headed and len(texts) > 1 and len(widths) > 1:
            page.pieces = ["─┼─".join("─" * width for width in widths)]
            page.newline()
    page.block(gap=True)


def _cell(cell: LexborNode | None, page: _Page, depth: int) -> str:
    if cell is None or page.hiding.hides(cell.attributes):
        return ""
    inner = _Page(page.links, page.hiding)
    _children(cell, inner, depth + 1)
    inner.block()
    return " ".join(line.strip() for line in inner.lines if line).replace(_EDGE, "|")
