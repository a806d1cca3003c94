"""Bytes of mail to text, whatever the label says.

Japanese mail is labelled with three charsets and written in others: ``iso-2022-jp`` means what Microsoft
calls cp50221 (JIS X 0208 with NEC row 13, the IBM extensions and half-width kana), ``shift_jis`` means
cp932, and both come without any label. Python's own codecs of those names lose ①㈱髙～. The order here is:
what is declared, with that bridge; then UTF-8; then a guess by the shape of Japanese text; then
windows-1252. Nothing here raises.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_SJIS = frozenset(
    {
        "shift_jis",
        "shift-jis",
        "shiftjis",
        "sjis",
        "x-sjis",
        "x-shift-jis",
        "ms_kanji",
        "csshiftjis",
        "windows-31j",
        "windows31j",
        "cswindows31j",
        "ms932",
        "cp932",
        "x-ms-cp932",
        "windows-932",
        "cp943",
        "cp943c",
        "ibm943",
        "ibm-943",
        "sjis-win",
        "shift_jisx0213",
        "shift_jis-2004",
    }
)
_JIS = frozenset(
    {
        "iso-2022-jp",
        "iso2022-jp",
        "iso2022jp",
        "iso_2022-jp",
        "csiso2022jp",
        "iso-2022-jp-ms",
        "iso-2022-jp-1",
        "iso-2022-jp-2",
        "iso-2022-jp-3",
        "iso-2022-jp-2004",
        "iso-2022-jp-ext",
        "cp50220",
        "cp50221",
        "cp50222",
        "jis",
        "jis7",
        "x-jis",
        "_iso-2022-jp$esc",
    }
)
_EUC = frozenset(
    {
        "euc-jp",
        "euc_jp",
        "eucjp",
        "x-euc-jp",
        "x-euc",
        "euc",
        "cp51932",
        "eucjp-ms",
        "eucjp-win",
        "ujis",
        "cseucpkdfmtjapanese",
    }
)
_NOTHING = frozenset(
    {
        "",
        "us-ascii",
        "ascii",
        "ansi_x3.4-1968",
        "8bit",
        "7bit",
        "unknown",
        "unknown-8bit",
        "x-unknown",
        "default",
        "none",
        "default_charset",
        "charset",
        "binary",
        "x-user-defined",
    }
)
_LATIN = frozenset(
    {
        "iso-8859-1",
        "iso8859-1",
        "iso_8859-1",
        "latin1",
        "latin-1",
        "windows-1252",
        "cp1252",
        "cp-1252",
    }
)
_CHAINS: dict[str, tuple[str, ...]] = {
    "utf8": ("utf-8",),
    "uft-8": ("utf-8",),
    "utf-8n": ("utf-8",),
    "utf8mb4": ("utf-8",),
    "x-utf-8": ("utf-8",),
    "unicode-1-1-utf-8": ("utf-8",),
    "unicode-1-1-utf-7": ("utf-7",),
    "utf7": ("utf-7",),
    "gb2312": ("gb18030",),
    "gb_2312-80": ("gb18030",),
    "csgb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "x-gbk": ("gb18030",),
    "cp936": ("gb18030",),
    "windows-936": ("gb18030",),
    "euc-cn": ("gb18030",),
    "hz-gb-2312": ("hz",),
    "big5": ("cp950", "big5hkscs"),
    "x-big5": ("cp950", "big5hkscs"),
    "cn-big5": ("cp950", "big5hkscs"),
    "csbig5": ("cp950", "big5hkscs"),
    "big5-hkscs": ("big5hkscs",),
    "euc-kr": ("cp949", "johab"),
    "euckr": ("cp949",),
    "ks_c_5601-1987": ("cp949",),
    "ks_c_5601": ("cp949",),
    "ksc5601": ("cp949",),
    "korean": ("cp949",),
    "windows-949": ("cp949",),
    "cp-850": ("cp850",),
    "windows-874": ("cp874",),
    "x-mac-roman": ("mac-roman",),
    "macintosh": ("mac-roman",),
    "x-mac-japanese": ("cp932",),
    "x-mac-cyrillic": ("mac-cyrillic",),
    "iso-8859-8-i": ("iso-8859-8", "cp1255"),
    "iso-8859-8-e": ("iso-8859-8", "cp1255"),
    "iso-8859-6-i": ("iso-8859-6",),
    "iso-8859-9": ("cp1254",),
    "iso-8859-11": ("cp874",),
    "tis-620": ("cp874",),
    "koi8": ("koi8-r",),
    "koi-8": ("koi8-r",),
    "cskoi8r": ("koi8-r",),
    "koi8-ru": ("koi8-u",),
    "windows-1251": ("cp1251",),
    "win-1251": ("cp1251",),
    "unicode": ("utf-16",),
    "ucs-2": ("utf-16",),
}
_NOT_TEXT = frozenset(
    {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "undefined"}
)
_NOT_ASCII = ("utf-7", "utf-16", "utf-32", "hz", "iso2022", "cp037", "cp500")

_ESCAPE = re.compile(rb"\x1b(\$\([@BCDOPQ]|\$[@BA]|\([BJIH]|\.A)")
_JIS_SHIFT = re.compile(rb"[\x0e\x0f]")
_MICROSOFT = str.maketrans("〜‖−¢£¬", "～∥－￠￡￢")
_OTHER_SETS = {
    b"$(D": "iso2022_jp_ext",
    b"$A": "iso2022_jp_2",
    b"$(C": "iso2022_jp_2",
    b"$(O": "iso2022_jp_3",
    b"$(P": "iso2022_jp_3",
    b"$(Q": "iso2022_jp_2004",
}
_JAPANESE_MARKS = "、。・「」『』【】（）！？：～ー"
_SAMPLE = 65_536


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the charset that was really used, and whether something was lost or guessed as a last resort."""

    text: str
    charset: str
    lossy: bool = False


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode the bytes of a header or a text part, given the charset that the mail names (or None)."""
    label = _label(declared)
    if label in _JIS or (b"\x1b$" in data and (not label or label in _NOTHING | _LATIN or label == "utf-8")):
        if data.isascii() or b"\x1b$" in data:
            return _from_jis(data)
        return _guess(data)
    if label in _SJIS:
        return _first(data, ("cp932", "shift_jis_2004"), "cp932")
    if label in _EUC:
        return _first(data, ("euc_jp", "euc_jis_2004"), "euc-jp")
    chain = _CHAINS.get(label) or ((label,) if _is_codec(label) else ())
    if data.isascii() and not (chain and _stateful(chain[0])):
        return Decoded(data.decode("ascii"), "us-ascii")
    if label in _LATIN:
        guessed = _guess(data)
        as_declared = guessed.charset in ("cp1252", "iso-8859-1")
        return Decoded(guessed.text, guessed.charset) if as_declared else guessed
    if label in _NOTHING or not chain:
        return _guess(data)
    if chain[0].startswith(("utf-16", "utf-32", "utf_16", "utf_32")) and 0 not in data:
        return _guess(data)
    for codec in chain:
        try:
            return Decoded(data.decode(codec), codec)
        except (UnicodeError, ValueError):
            continue
    return _mislabelled(data, chain[0])


def sniff(data: bytes) -> str:
    """The likeliest charset of bytes without a label: ``utf-8``, ``iso-2022-jp``, ``euc-jp``, ``cp932``, ...

    ``cp1252`` is the answer when nothing fits better.
    """
    data = data[:_SAMPLE]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and len(data) % 2 == 0:
        return "utf-16"
    if b"\x1b$" in data or b"\x1b(I" in data:
        return "iso-2022-jp"
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and len(data) > 8 and error.reason == "unexpected end of data":
            return "utf-8"  # cut in the middle of a character
    try:
        data.decode("cp1252")
        best, name = 0.3, "cp1252"
    except UnicodeDecodeError:
        best, name = -2.0, "cp1252"
    for codec, label in (("euc_jp", "euc-jp"), ("cp932", "cp932")):
        text = _whole_characters(data, codec)
        if text is None:
            continue
        score = _japanese(text)
        if score > best:
            best, name = score, label
    return name


def clean(text: str) -> str:
    """Text that every store takes: no NUL, no lone surrogate."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text


def _label(declared: str | None) -> str:
    name = (declared or "").strip().strip("\"'").strip().lower()
    return name.partition("*")[0][:60]


def _is_codec(label: str) -> bool:
    if not label.isascii() or not re.fullmatch(r"[\w.:+-]+", label):
        return False
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError, TypeError):
        return False
    name = found.name.replace("_", "-")
    return found.name not in _NOT_TEXT and "unicode" not in name and name not in ("mbcs", "oem", "rot-13")


def _stateful(codec: str) -> bool:
    return codec.replace("_", "-").startswith(_NOT_ASCII)


def _first(data: bytes, chain: tuple[str, ...], name: str) -> Decoded:
    if data.isascii() and b"\x1b" not in data:
        return Decoded(data.decode("ascii"), "us-ascii")
    for codec in chain:
        try:
            return Decoded(data.decode(codec), name)
        except UnicodeDecodeError:
            continue
    return _mislabelled(data, chain[0], name)


def _mislabelled(data: bytes, codec: str, name: str = "") -> Decoded:
    """The declared codec does not fit: another one if it fits clearly, else the declared one with losses."""
    text = data.decode(codec, "replace")
    lost = text.count("\ufffd")
    high = sum(1 for char in text[:_SAMPLE] if char > "\x7f") or 1
    cut_at_end = codec == "utf-8" and lost == 1 and text.endswith("\ufffd")
    if (lost * 10 > high and not cut_at_end) or codec not in ("utf-8", "cp932", "euc_jp"):
        other = sniff(data)
        if other not in ("cp1252", codec, name):
            guessed = _guess(data)
            if guessed.text.count("\ufffd") < lost:
                return guessed
    return Decoded(text, name or codec, lossy=lost > 0)


def _guess(data: bytes) -> Decoded:
    if data.isascii() and b"\x1b" not in data:
        return Decoded(data.decode("ascii"), "us-ascii")
    name = sniff(data)
    if name == "iso-2022-jp":
        return _from_jis(data)
    if name == "cp1252":
        try:
            return Decoded(data.decode("cp1252"), "cp1252", lossy=True)
        except UnicodeDecodeError:
            return Decoded(data.decode("latin-1"), "iso-8859-1", lossy=True)
    text = data.decode("euc_jp" if name == "euc-jp" else name, "replace")
    return Decoded(text, name, lossy="\ufffd" in text)


def _whole_characters(data: bytes, codec: str) -> str | None:
    """The text if it decodes, apart from a character that is cut at the very end."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 2 and error.start > 8:
            return data[: error.start].decode(codec)
    return None


def _japanese(text: str) -> float:
    """How much text looks like Japanese: about 1 to 2 for real text, below 0.3 for chance."""
    high = kana = kanji = bad = runs = letters = 0
    before = ""
    for char in text:
        before, last = char, before
        if char <= "\x7f":
            letters += char.isalpha()
            continue
        high += 1
        runs += last <= "\x7f"
        if "\u3040" <= char <= "\u30ff" or char in _JAPANESE_MARKS:
            kana += 1
        elif "\u4e00" <= char <= "\u9fff":
            kanji += 1
        elif "\uff61" <= char <= "\uff9f" or char < "\xa1" or "\ue000" <= char <= "\uf8ff":
            bad += 1
    if letters and not kana and high < 2 * runs:
        return -3.0  # single characters between Latin letters: accents, not kanji
    return (2 * kana + kanji - 1.5 * bad) / (high or 1)


def _from_jis(data: bytes) -> Decoded:
    if b"\x1b" not in data and (b"$B" in data or b"$@" in data):
        data = _restore_escapes(data)
    if b"\x1b" not in data and b"\x0e" not in data:
        if data.isascii():
            return Decoded(data.decode("ascii"), "us-ascii")
        return _guess(data)
    out: list[str] = []
    mode, position, lost = b"(B", 0, False
    for match in _ESCAPE.finditer(data):
        lost = _segment(data[position : match.start()], mode, out) or lost
        mode, position = match.group(1), match.end()
    lost = _segment(data[position:], mode, out) or lost
    text = "".join(out)
    return Decoded(text, "iso-2022-jp", lossy=lost or "\ufffd" in text)


def _segment(segment: bytes, mode: bytes, out: list[str]) -> bool:
    """Decode what stands between two escapes. True if something was lost."""
    if not segment:
        return False
    if mode in (b"$@", b"$B", b"$(@", b"$(B"):
        return _double_bytes(segment, out)
    if mode in _OTHER_SETS:
        text = (b"\x1b" + mode + segment + b"\x1b(B").decode(_OTHER_SETS[mode], "replace")
        out.append(text)
        return "\ufffd" in text
    if mode == b"(I":
        out.append(_kana(segment))
        return False
    if b"\x0e" in segment:  # JIS X 0201 by shift-out and shift-in
        shifted = False
        for piece in re.split(rb"([\x0e\x0f])", segment):
            if piece in (b"\x0e", b"\x0f"):
                shifted = piece == b"\x0e"
            else:
                out.append(_kana(piece) if shifted else piece.decode("cp932", "replace"))
        return False
    out.append(segment.decode("cp932", "replace"))  # bare 8-bit kana happens inside "ISO-2022-JP"
    return False


def _kana(segment: bytes) -> str:
    return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in segment).decode("cp932", "replace")


def _double_bytes(segment: bytes, out: list[str]) -> bool:
    head, separator, tail = segment, b"", b""
    for end in (b"\r", b"\n"):
        if end in head:
            head, separator, rest = head.partition(end)
            tail = separator + rest + tail
    try:
        out.append((b"\x1b$B" + head + b"\x1b(B").decode("iso2022_jp").translate(_MICROSOFT))
        lost = False
    except UnicodeDecodeError:
        lost = _pair_by_pair(head, out)
    if tail:  # a line end inside double-byte mode: back to ASCII (RFC 1468)
        out.append(tail.decode("ascii", "replace"))
        lost = lost or not tail.isascii()
    return lost


def _pair_by_pair(segment: bytes, out: list[str]) -> bool:
    shifted = bytearray()
    lost = len(segment) % 2 == 1
    for index in range(0, len(segment) - 1, 2):
        first, second = segment[index], segment[index + 1]
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            shifted += b"?"
            lost = True
            continue
        lead = ((first - 0x21) >> 1) + 0x81
        if lead > 0x9F:
            lead += 0x40
        trail = second + 0x1F + (second >= 0x60) if first & 1 else second + 0x7E
        shifted += bytes((lead, trail))
    out.append(shifted.decode("cp932", "replace"))
    return lost


def _restore_escapes(data: bytes) -> bytes:
    """Some gateways strip the ESC bytes and leave ``$B…(B``: put them back where what stands between fits."""
    out: list[bytes] = []
    position = 0
    while (start := data.find(b"$B", position)) >= 0:
        end = data.find(b"(B", start + 2, start + 1002)
        segment = data[start + 2 : end] if end >= 0 else b""
        if len(segment) < 2 or len(segment) % 2 or not all(0x21 <= byte <= 0x7E for byte in segment):
            out.append(data[position : start + 2])
            position = start + 2
            continue
        out += (data[position:start], b"\x1b$B", segment, b"\x1b(B")
        position = end + 2
    out.append(data[position:])
    return b"".join(out)
