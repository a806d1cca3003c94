"""Text that may be shown in a terminal.

Mail, names, file names and the words of servers can hold escape sequences, bidirectional overrides and other
controls that a terminal would obey. :func:`safe` is the one gate: what it returns has no character that moves the
cursor, changes the title, writes the clipboard or turns the reading direction. Widgets accept nothing else.
"""

from __future__ import annotations

import re
import unicodedata


class SafeText(str):
    """A string that :func:`safe` made. Lines are separated by ``\\n``; there is no other control character."""

    __slots__ = ()


_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065\u206a-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff"
)
_UNSAFE = re.compile(
    f"[\x00-\x09\x0b-\x1f\x7f-\x9f{_BIDI}{_INVISIBLE}\u2028\u2029\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_TAB = 4


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char == "\t":
        return " " * _TAB
    if code < 0x20:
        return chr(0x2400 + code)  # the control pictures, one cell each
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0 or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return ""


def safe(text: str) -> SafeText:
    """``text`` fit for a terminal: NFC, line ends as ``\\n``, tabs as spaces, controls as pictures (␛), bidirectional
    and invisible characters dropped. Idempotent."""
    if isinstance(text, SafeText):
        return text
    if text.isascii() and text.isprintable():
        return SafeText(text)
    text = _LINE_END.sub("\n", text)
    text = _UNSAFE.sub(_visible, text)
    return SafeText(unicodedata.normalize("NFC", text))


def safe_line(text: str) -> SafeText:
    """Like :func:`safe`, on one line: each line end becomes one space."""
    if isinstance(text, SafeText) and "\n" not in text:
        return text
    return SafeText(safe(text).replace("\n", " "))
