"""What was noticed while one mail was read: charsets and defects, each once, in order of appearance."""

from __future__ import annotations

from maildesk.mail.charset import clean, decode
from maildesk.mail.repair import decode_as

MAX_DEFECTS = 50


class Findings:
    """Collects while a mail is read; the reader takes the two tuples at the end. ``chosen`` is the charset that
    somebody chose, '' for none."""

    __slots__ = ("_charsets", "_chosen", "_defects")

    def __init__(self, chosen: str = "") -> None:
        self._chosen = chosen
        self._charsets: dict[str, None] = {}
        self._defects: dict[str, None] = {}

    def text(self, data: bytes, declared: str | None = None) -> str:
        """Decode, remembering the charset and whether something was lost."""
        decoded = decode_as(data, declared, self._chosen) if self._chosen else decode(data, declared)
        if decoded.text:
            self._charsets.setdefault(decoded.charset)
        if decoded.lossy:
            self.defect("charset")
        return clean(decoded.text)

    def defect(self, name: str) -> None:
        """Remember a defect by its short name (``charset``, ``no-date``, ``too-many-parts``, ...)."""
        if len(self._defects) < MAX_DEFECTS:
            self._defects.setdefault(name)

    @property
    def charsets(self) -> tuple[str, ...]:
        """The charsets that were really used. ``us-ascii`` only when there is no other."""
        return tuple(c for c in self._charsets if c != "us-ascii") or tuple(self._charsets)

    @property
    def defects(self) -> tuple[str, ...]:
        """The names of the defects."""
        return tuple(self._defects)
