"""Mail whose charset is wrong, read in one that a person chose."""

from __future__ import annotations

import re

from maildesk.mail.charset import Decoded, decode

TWICE = "utf-8-twice"
"""UTF-8 that somebody took for windows-1252 and wrote as UTF-8 once more (``ã\x81\x82`` for あ)."""

CHARSETS = (
    "utf-8",
    "cp932",
    "iso-2022-jp",
    "euc-jp",
    TWICE,
    "gb18030",
    "big5",
    "euc-kr",
    "koi8-r",
    "windows-1251",
    "windows-1252",
    "utf-16",
    "utf-7",
)
"""What can be chosen, the likeliest first."""

_CODECS = {"cp932": "cp932", "euc-jp": "euc_jis_2004", "big5": "big5hkscs", "euc-kr": "cp949"}
_SURE = frozenset({"utf-8", "utf8"})
_ESCAPES = re.compile(rb"\x1b[$(]")


def decode_as(data: bytes, declared: str | None, chosen: str) -> Decoded:
    """Decode in the ``chosen`` charset of :data:`CHARSETS`, with losses where it does not fit.

    What names its charset and proves it stays: UTF-8 and ISO-2022-JP without an error are no chance. A mail has several
    texts, and a good subject must not suffer for its body.
    """
    if data.isascii() and b"\x1b" not in data and chosen not in ("utf-16", "utf-7"):
        return decode(data, declared)
    if chosen != TWICE and _proves_itself(data, declared):
        return decode(data, declared)
    if chosen == "iso-2022-jp":
        return decode(data, chosen)
    if chosen == TWICE:
        text = _undone(data.decode("utf-8", "replace"))
    else:
        text = data.decode(_CODECS.get(chosen, chosen), "replace")
    return Decoded(text, chosen, lossy="\ufffd" in text)


def _proves_itself(data: bytes, declared: str | None) -> bool:
    name = (declared or "").strip().strip("\"'").lower()
    if name in _SURE:
        try:
            return not data.isascii() and bool(data.decode("utf-8"))
        except UnicodeDecodeError:
            return False
    return name.startswith("iso-2022-jp") and _ESCAPES.search(data) is not None and data.isascii()


def _undone(text: str) -> str:
    """Each character back to the byte that it was taken for."""
    raw = bytearray()
    for char in text:
        try:
            raw += char.encode("cp1252")
        except UnicodeEncodeError:
            raw += char.encode("latin-1") if char < "\u0100" else char.encode("utf-8")
    return raw.decode("utf-8", "replace")
