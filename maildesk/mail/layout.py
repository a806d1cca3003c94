"""Which parts of a mail are its words, which are another form of them, and which are attachments.

Each leaf of the MIME tree is in exactly one of the three, so that nothing a sender sent can vanish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from maildesk.mail.charset import clean
from maildesk.mail.findings import Findings
from maildesk.mail.header import parameters
from maildesk.mail.html import to_text
from maildesk.mail.structure import Part, Structure

MAX_TEXT_BYTES = 4_194_304
"""No more than this much of one text part is decoded; the rest stays in the raw mail."""

MAX_TEXT = 1_000_000
"""Characters of text that are kept of one mail."""

_ATTACHED_TEXT = frozenset(
    {"text/calendar", "text/csv", "text/x-vcard", "text/vcard", "text/directory", "text/rtf", "text/css"}
    | {"text/javascript", "text/xml", "text/tab-separated-values", "text/rfc822-headers", "text/x-amp-html"}
    | {"text/watch-html", "text/rfc822"}
)
_META = re.compile(rb"charset[ \t]{0,5}=[ \t\"']{0,5}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_STUB = re.compile(
    r"html ?(?:メール|形式|対応|表示)|お使いのメール|view (?:this|the) (?:e-?mail|message) in|"
    r"html[ -](?:e-?mail|format|version|capable|compatible)|support html|HTML viewer|text version|"
    r"このメールは.{0,20}HTML",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Numbers of leaf parts: what is shown, in order; other forms of what is shown; attachments, in order."""

    shown: tuple[int, ...]
    alternatives: tuple[int, ...]
    attachments: tuple[int, ...]


class Reader:
    """Chooses and decodes the words of one mail."""

    def __init__(self, structure: Structure, findings: Findings) -> None:
        self.structure = structure
        self.findings = findings
        self._alternatives: list[int] = []
        self._attachments: list[int] = []
        self._texts: dict[int, str] = {}

    def layout(self) -> Layout:
        """Give every leaf its place."""
        shown = self._visit(0)
        leaves = set(self.structure.leaves())
        attached = [n for n in sorted(set(self._attachments)) if n in leaves]
        return Layout(tuple(shown), tuple(sorted(self._alternatives)), tuple(attached))

    def words(self, layout: Layout) -> tuple[str, str]:
        """The text of the shown parts and where it comes from (``plain``, ``html`` or ``none``)."""
        texts: list[str] = []
        html = False
        for number in layout.shown:
            text = self.text(number)
            if text.strip():
                html = html or self.structure.parts[number].content_type == "text/html"
                texts.append(text.rstrip("\n"))
        whole = "\n\n".join(texts)
        if len(whole) > MAX_TEXT:
            self.findings.defect("text-cut")
            whole = whole[:MAX_TEXT]
        if not texts:
            return "", "none"
        return whole, "html" if html else "plain"

    def text(self, number: int) -> str:
        """The text of one leaf; HTML as readable text. Line ends are ``\\n``."""
        if number not in self._texts:
            self._texts[number] = self._decode(self.structure.parts[number])
        return self._texts[number]

    def _decode(self, part: Part) -> str:
        data = self.structure.content(part, MAX_TEXT_BYTES + 1)
        if len(data) > MAX_TEXT_BYTES:
            self.findings.defect("text-cut")
            data = data[:MAX_TEXT_BYTES]
        declared: str | None = part.parameters.get("charset")
        html = part.content_type == "text/html"
        if html and (not declared or declared.lower() in ("us-ascii", "ascii")):
            meta = _META.search(data[:4_096])
            declared = meta.group(1).decode("ascii") if meta else declared
        text = self.findings.text(data, declared)
        text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
        if html:
            return clean(to_text(text))
        if part.parameters.get("format", "").lower() == "flowed":
            text = _flowed(text, part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _visit(self, number: int) -> list[int]:
        """The shown leaves under a part; notes attachments and alternatives on the way.

        At most MAX_DEPTH deep.
        """
        part = self.structure.parts[number]
        if not part.multipart:
            if self._is_text(part, number):
                return [number]
            self._attachments.append(number)
            return []
        if part.content_type == "multipart/alternative":
            return self._alternative(part)
        if part.content_type == "multipart/related":
            return self._related(part)
        shown: list[int] = []
        for child in part.children:
            shown += self._visit(child)
        return shown

    def _alternative(self, part: Part) -> list[int]:
        forms = [shown for child in part.children if (shown := self._visit(child))]
        if not forms:
            return []
        chosen = self._best(forms)
        for form in forms:
            if form is not chosen:
                self._alternatives += form
        return chosen

    def _best(self, forms: list[list[int]]) -> list[int]:
        types = [{self.structure.parts[number].content_type for number in form} for form in forms]
        html = [form for form, kinds in zip(forms, types, strict=True) if "text/html" in kinds]
        plain = [form for form, kinds in zip(forms, types, strict=True) if "text/html" not in kinds]
        for form in plain:
            if not html or not self._is_stub(form, html[-1]):
                return form
        return html[-1] if html else forms[-1]

    def _is_stub(self, plain: list[int], html: list[int]) -> bool:
        text = "".join(self.text(number) for number in plain).strip()
        if len(text) > 400:
            return False
        other = "".join(self.text(number) for number in html).strip()
        if not text:
            return bool(other)
        return (bool(_STUB.search(text)) and len(other) > len(text)) or (
            text.startswith("<") and "</" in text
        )

    def _related(self, part: Part) -> list[int]:
        start = part.parameters.get("start", "").strip()
        root = part.children[0] if part.children else -1
        for child in part.children:
            if (
                start
                and (self.structure.parts[child].get("content-id") or b"").decode("latin-1").strip() == start
            ):
                root = child
        shown: list[int] = []
        for child in part.children:
            inner = self._visit(child)
            if child == root or not shown:
                shown += inner
            else:
                self._attachments += inner
        return shown

    def _is_text(self, part: Part, number: int) -> bool:
        kind = part.content_type
        if not kind.startswith("text/") or kind in _ATTACHED_TEXT:
            return False
        disposition, name = disposition_of(part)
        if disposition == "attachment":
            return False
        if not name and "name" not in part.parameters:
            return True
        # Some mailers give the body itself a name; only the first leaf can be that.
        return disposition == "" and number == next(iter(self.structure.leaves()), -1)


def disposition_of(part: Part) -> tuple[str, str]:
    """The Content-Disposition of a part (``attachment``, ``inline`` or empty) and its file name."""
    raw = part.get("content-disposition")
    if raw is None:
        return "", ""
    value, given = parameters(raw)
    return value, given.get("filename", "")


def _flowed(text: str, delete_space: bool) -> str:
    """Join the soft line breaks of RFC 3676."""
    out: list[str] = []
    joining: list[str] = []
    depth_before = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:]
        if body.startswith(" "):
            body = body[1:]
        soft = body.endswith(" ") and body != "-- "
        if joining and depth != depth_before:
            out.append(_quoted("".join(joining), depth_before))
            joining = []
        joining.append(body[:-1] if soft and delete_space else body)
        depth_before = depth
        if not soft:
            out.append(_quoted("".join(joining), depth))
            joining = []
    if joining:
        out.append(_quoted("".join(joining), depth_before))
    return "\n".join(out)


def _quoted(line: str, depth: int) -> str:
    return f"{'>' * depth} {line}" if depth > 0 else line
