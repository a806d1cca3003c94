"""HTML mail as text for a terminal.

Nothing is fetched and nothing is run. Scripts and hidden text are dropped, links become numbers with a
list at the end, layout tables are flattened, tables of data are aligned by cells (a Japanese character is
two wide).
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_CHARACTERS = 1_000_000
MAX_TAGS = 20_000
"""Lexbor takes time in the square of the depth: 20,000 nested tags 0.4 s, 100,000 tags 12 s."""

MAX_DEPTH = 120
MAX_LINKS = 300
MAX_ADDRESS = 2_000
MAX_COLUMN = 40

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
_HIDDEN = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|mso-hide\s{0,9}:\s{0,9}all"
    r"|(?:font-size|max-height|opacity|max-width)\s{0,9}:\s{0,9}0(?![.\d])",
    re.IGNORECASE,
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
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    page = _Page({})
    _children(body, page, 0)
    page.block()
    text = _GAPS.sub("\n\n", "\n".join(page.lines)).strip("\n")
    if page.links:
        notes = "\n".join(f"[{number}] {link}" for link, number in page.links.items())
        text = f"{text}\n\n{notes}" if text else notes
    return text


class _Page:
    """The text so far: finished lines, the pieces of the line in hand, the quote prefix and the links."""

    __slots__ = ("blank", "lines", "links", "pieces", "prefix", "preformatted")

    def __init__(self, links: dict[str, int]) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.blank = True  # the line in hand is empty or ends in a blank
        self.prefix = ""
        self.links = links
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
        self.lines.append((self.prefix + "".join(self.pieces)).rstrip())
        self.pieces, self.blank = [], True

    def block(self, gap: bool = False) -> None:
        if self.preformatted or "".join(self.pieces).strip():
            self.newline()
        self.pieces, self.blank = [], True
        if gap and self.lines and self.lines[-1].strip(" >"):
            self.lines.append(self.prefix.rstrip())

    def number(self, link: str) -> int:
        return self.links.setdefault(link, len(self.links) + 1)


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
    if "hidden" in attributes or _HIDDEN.search((attributes.get("style") or "")[:4_000]):
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
    elif tag == "table" and _holds_data(node):
        _table(node, page, depth)
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
    elif tag == "li":
        page.block()
        page.pieces = ["・"]
        _children(node, page, depth + 1)
        page.block()
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


def _image(attributes: dict[str, str | None], page: _Page) -> None:
    alternative = _BLANKS.sub(" ", attributes.get("alt") or "").strip()
    if alternative and "1" not in (attributes.get("width"), attributes.get("height")):
        page.text(f"[{alternative[:200]}]")


def _link(node: LexborNode, address: str, page: _Page, depth: int) -> None:
    start = len(page.pieces)
    lines = len(page.lines)
    _children(node, page, depth + 1)
    address = "".join(address.split())[:MAX_ADDRESS]
    if not _LINK.match(address):
        return
    label = "".join(page.pieces[start:] if len(page.lines) == lines else page.pieces).strip()
    if label in (address, _SCHEME.sub("", address)):
        return
    if address in page.links or len(page.links) < MAX_LINKS:
        page.pieces.append(f"[{page.number(address)}]")
        page.blank = False


def _holds_data(table: LexborNode) -> bool:
    """A table of rows and columns, not a page layout: no table and no paragraphs inside, equal rows."""
    inside = table.css_first("table, p, h1, h2, h3, ul, ol, blockquote, div div")
    if inside is not None and (inside.tag != "table" or len(table.css("table")) > 1):
        return False
    widths = [len(_cells(row)) for row in table.css("tr")]
    return len(widths) > 1 and widths[0] > 1 and min(widths) == max(widths)


def _cells(row: LexborNode) -> list[LexborNode]:
    return [cell for cell in row.iter() if cell.tag in ("td", "th")]


def _table(table: LexborNode, page: _Page, depth: int) -> None:
    page.block(gap=True)
    rows: list[list[str]] = []
    for row in table.css("tr"):
        texts = []
        for cell in _cells(row):
            inner = _Page(page.links)
            _children(cell, inner, depth + 1)
            inner.block()
            texts.append(" ".join(line for line in inner.lines if line))
        rows.append(texts)
    widths = [min(MAX_COLUMN, max(cell_len(text) for text in column)) for column in zip(*rows, strict=True)]
    for texts in rows:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(texts, widths, strict=True))
        page.pieces = ["  ".join(padded)]
        page.newline()
    page.block(gap=True)
