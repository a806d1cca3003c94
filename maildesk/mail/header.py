"""Header fields as they come: encoded words, raw 8-bit text, parameters, addresses, dates and message ids.

Every reader here takes the raw bytes of one field, works in one pass without recursion, has a cap, and
answers with the best reading instead of an error. RFC 2047, RFC 2231, RFC 5322; and what Japanese mailers
do instead of them: encoded words inside quotes, raw ISO-2022-JP, a character cut in two between encoded
words.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from maildesk.domain.address import Address, unquoted
from maildesk.mail.findings import Findings

MAX_FIELD = 262_144
"""No more than this many bytes of one field are read."""

MAX_ADDRESSES = 2_000
MAX_IDS = 1_000
MAX_PARAMETERS = 200

_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?([^?\r\n]{0,8000})\?=")
_FOLD = re.compile(rb"\r?\n[ \t]|[\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"[\t\n\x0b\x0c\r \x85\u2028\u2029]+")
_ID = re.compile(r"<([^<>\s]{1,900})>")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*"')
_BARE_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:\\]{1,200}@[^\s<>()\[\]\",;:\\@]{1,255}")
_STATEFUL = ("iso-2022", "iso2022", "csiso2022", "utf-7", "hz", "cp5022", "jis")
_NAMED_ZONES = (("JST", "+0900"), ("KST", "+0900"), ("HKT", "+0800"), ("SGT", "+0800"), ("CET", "+0100"))


def unfold(raw: bytes) -> bytes:
    """One field on one line: the line ends go, the blanks stay (RFC 5322 2.2.3)."""
    raw = raw[:MAX_FIELD]
    if b"\n" not in raw and b"\r" not in raw:
        return raw
    return _FOLD.sub(b" ", raw)


def text(raw: bytes, findings: Findings | None = None) -> str:
    """An unstructured field (Subject) as text on one line, without control characters."""
    findings = findings or Findings()
    return _tidy(words(_characters(raw, findings), findings))


def words(value: str, findings: Findings) -> str:
    """Text with its encoded words decoded (RFC 2047).

    Neighbouring words of one charset are joined as bytes first, since mailers cut characters in two; but
    not those of charsets with escapes, where each word starts afresh.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        name = match.group(1).partition("*")[0].lower()
        if between.strip() or (between and not pending):
            if pending:
                out.append(findings.text(pending, charset))
                pending = b""
            out.append(between)
        data = _word_bytes(match.group(2), match.group(3))
        if data is None:
            data = match.group(0).encode("utf-8")
            name = "utf-8"
            findings.defect("encoded-word")
        if pending and (name != charset or name.startswith(_STATEFUL)):
            out.append(findings.text(pending, charset))
            pending = b""
        pending, charset, position = pending + data, name, match.end()
    if pending:
        out.append(findings.text(pending, charset))
    out.append(value[position:])
    return "".join(out)


def parameters(raw: bytes, findings: Findings | None = None) -> tuple[str, dict[str, str]]:
    """``text/plain; charset="utf-8"`` as its value (lower case) and its parameters (names in lower case).

    Understands continuations and charsets of RFC 2231, encoded words in values, quotes and comments, and
    raw 8-bit names. Of two parameters with one name the first counts.
    """
    findings = findings or Findings()
    pieces = list(_pieces(_characters(raw, findings)))
    value = pieces[0].strip().lower() if pieces else ""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for piece in pieces[1:MAX_PARAMETERS]:
        name, equals, content = piece.partition("=")
        name = name.strip().lower()
        if not equals or not name:
            continue
        content = _unquoted(content.strip())
        if "*" not in name:
            plain.setdefault(name, _tidy(words(content, findings)))
            continue
        base, _, rest = name.partition("*")
        encoded = rest == "" or rest.endswith("*")
        number = rest.rstrip("*") or "0"
        if number.isascii() and number.isdigit() and len(number) < 5:
            sections.setdefault(base, {}).setdefault(int(number), (content, encoded))
    for base, numbered in sections.items():
        plain[base] = _tidy(_joined(numbered, findings))
    return value, plain


def addresses(raw: bytes, findings: Findings | None = None) -> tuple[Address, ...]:
    """The addresses of From, To, Cc and the like, at most MAX_ADDRESSES; groups are opened (RFC 5322 3.4)."""
    findings = findings or Findings()
    value = _characters(raw, findings)
    found: list[Address] = []
    for phrase, comment, angle in _mailboxes(value):
        if len(found) >= MAX_ADDRESSES:
            findings.defect("too-many-addresses")
            break
        entry = _mailbox(phrase, comment, angle, findings)
        if entry is not None:
            found.append(entry)
    if not any("@" in entry.address for entry in found) and "@" in value:
        match = _BARE_ADDRESS.search(value[:10_000])
        if match:
            findings.defect("address")
            return (Address("", match.group()),)
    return tuple(found)


def date(raw: bytes) -> datetime | None:
    """A Date field in UTC, or None when it makes no sense. Without a zone it is taken as UTC."""
    value = unfold(raw[:300]).decode("ascii", "replace").strip()[:120]
    upper = value.upper()
    for name, offset in _NAMED_ZONES:
        if upper.endswith(name):
            value = value[: -len(name)] + offset
            break
    try:
        iso = datetime.fromisoformat(value.replace("/", "-"))
        return iso.astimezone(UTC) if iso.tzinfo else iso.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    try:
        fields = parsedate_tz(value)
        if fields is None:
            return None
        offset_seconds = fields[9] or 0
        if abs(offset_seconds) >= 86_400:
            offset_seconds = 0
        year, month, day, hour, minute, second = fields[:6]
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return local - timedelta(seconds=offset_seconds)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def message_ids(raw: bytes) -> tuple[str, ...]:
    """The message ids of Message-ID, In-Reply-To or References, with their angle brackets, each once.

    An id counts only if something stands on both sides of one ``@``; empty and malformed ones do not exist.
    """
    value = unfold(raw).decode("utf-8", "replace")
    found = dict.fromkeys(f"<{inner}>" for inner in _inner_ids(value) if _is_id(inner))
    if not found and "<" not in value:
        found = dict.fromkeys(
            f"<{token}>" for token in value.split()[:50] if _is_id(token) and '"' not in token
        )
    return tuple(found)[:MAX_IDS]


def _inner_ids(value: str) -> Iterator[str]:
    for count, match in enumerate(_ID.finditer(value)):
        if count >= MAX_IDS:
            return
        yield match.group(1)


def _is_id(inner: str) -> bool:
    left, at, right = inner.rpartition("@")
    return bool(at and left and right) and inner.isprintable() and "@" not in left and len(inner) <= 900


def _characters(raw: bytes, findings: Findings) -> str:
    line = unfold(raw)
    if len(raw) > MAX_FIELD:
        findings.defect("header-too-long")
    if line.isascii() and b"\x1b" not in line:
        return line.decode("ascii")
    return findings.text(line)


def _tidy(value: str) -> str:
    return _BLANKS.sub(" ", _CONTROL.sub("", value)).strip()


def _word_bytes(encoding: str, content: str) -> bytes | None:
    try:
        if encoding in "bB":
            letters = re.sub(r"[^A-Za-z0-9+/]", "", content)
            if len(letters) % 4 == 1:
                letters = letters[:-1]
            return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
        return binascii.a2b_qp(content.replace("_", " ").encode("utf-8"), header=False)
    except (binascii.Error, ValueError):
        return None


def _pieces(value: str) -> Iterator[str]:
    """Split at semicolons outside quotes; comments are dropped outside quotes."""
    piece: list[str] = []
    position, end = 0, len(value)
    while position < end:
        char = value[position]
        if char == '"':
            close = _closing_quote(value, position)
            if close < 0:
                close = value.find(";", position)
                close = (close if close >= 0 else end) - 1
                piece.append(value[position + 1 : close + 1])
            else:
                piece.append(value[position : close + 1])
            position = close + 1
            continue
        if char == ";":
            yield "".join(piece)
            piece = []
        elif char == "(" and not (piece and "=" in piece):
            close = value.find(")", position)
            if close < 0:
                close = end
            position = close
        else:
            piece.append(char)
        position += 1
    yield "".join(piece)


def _closing_quote(value: str, start: int) -> int:
    position = start + 1
    while True:
        quote = value.find('"', position)
        if quote < 0:
            return -1
        backslashes = 0
        while quote - 1 - backslashes > start and value[quote - 1 - backslashes] == "\\":
            backslashes += 1
        if backslashes % 2 == 0:
            return quote
        position = quote + 1


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
        if "\\" in value:
            value = re.sub(r"\\([\\\"])", r"\1", value)
    return value


def _joined(numbered: dict[int, tuple[str, bool]], findings: Findings) -> str:
    """The sections of one RFC 2231 parameter; the charset stands in the first."""
    data, charset, plain = b"", "", []
    any_encoded = any(encoded for _, encoded in numbered.values())
    for place, number in enumerate(sorted(numbered)):
        content, encoded = numbered[number]
        if place == 0 and encoded and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += _percent(content) if encoded else content.encode("utf-8", "replace")
        plain.append(content)
    if not any_encoded:
        return words("".join(plain), findings)
    return findings.text(data, charset or None)


def _percent(content: str) -> bytes:
    head, *rest = content.encode("utf-8", "replace").split(b"%")
    out = [head]
    for piece in rest:
        try:
            out.append(bytes((int(piece[:2].decode("ascii"), 16),)) + piece[2:])
        except ValueError:
            out.append(b"%" + piece)
    return b"".join(out)


def _mailboxes(value: str) -> Iterator[tuple[str, str, str | None]]:
    """(phrase, comment, what stood in angle brackets) of each entry between commas, in one pass."""
    phrase: list[str] = []
    comment = ""
    angle: str | None = None
    at = False
    position, end = 0, len(value)
    quotes = angles = comments = True  # False: no closing one is left, so the sign is taken literally
    while position < end:
        char = value[position]
        if char == "=" and (match := _WORD.match(value, position)):
            phrase.append(match.group())
            position = match.end()
            continue
        if char == '"' and quotes:
            close = _closing_quote(value, position)
            if close >= 0:
                phrase.append(value[position : close + 1])
                position = close + 1
                continue
            quotes = False
        elif char == "<" and angles:
            close = value.find(">", _after_quotes(value, position + 1))
            if close >= 0:
                inner = value[position + 1 : close].lstrip("<")
                if angle is None or "@" not in angle:
                    angle = inner
                position = close + 1
                while value.startswith(">", position):
                    position += 1
                continue
            angles = False
        elif char == "(" and comments:
            close = _closing_comment(value, position)
            if close >= 0:
                comment = comment or value[position + 1 : close]
                position = close + 1
                continue
            comments = False
        elif char in ",;":
            yield "".join(phrase), comment, angle
            phrase, comment, angle, at = [], "", None, False
        elif char == ":" and angle is None and not at and not "".join(phrase[:6]).startswith("mailto"):
            phrase, comment = [], ""  # the name of a group
        else:
            at = at or char == "@"
            phrase.append(char)
        position += 1
    yield "".join(phrase), comment, angle


def _after_quotes(value: str, start: int) -> int:
    """Behind a quoted local part that begins at ``start``, in which signs mean nothing; else ``start``."""
    first = start + len(value[start : start + 8]) - len(value[start : start + 8].lstrip())
    return max(_closing_quote(value, first), start) if value.startswith('"', first) else start


def _closing_comment(value: str, start: int) -> int:
    depth, position = 0, start
    while position < len(value):
        char = value[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return -1


def _mailbox(phrase: str, comment: str, angle: str | None, findings: Findings) -> Address | None:
    phrase = phrase.strip()
    if angle is None:
        if not phrase:
            return None
        before, _, last = phrase.rpartition(" ")
        if phrase.startswith('"') and phrase.startswith("@", _closing_quote(phrase, 0) + 1):
            name, bare = "", phrase
        elif "@" in last or not before:
            name, bare = before, last
        else:
            name, bare = phrase, ""
        if "@" not in bare:
            findings.defect("address")
            return Address(_name(phrase, findings), "")
        if not name:
            name = comment
        return Address(_name(name, findings), _address(bare))
    address = _address(angle)
    name = _name(phrase or comment, findings)
    if not address and not name:
        return None
    if "@" not in address:
        findings.defect("address")
    return Address(name, address)


def _name(phrase: str, findings: Findings) -> str:
    out = []
    position = 0
    while position < len(phrase):
        quote = phrase.find('"', position)
        close = _closing_quote(phrase, quote) if quote >= 0 else -1
        if close < 0:
            break
        out += [phrase[position:quote], re.sub(r"\\(.)", r"\1", phrase[quote + 1 : close])]
        position = close + 1
    out.append(phrase[position:])
    return _tidy(words("".join(out), findings))


def _address(inner: str) -> str:
    value = inner.strip()
    if "=?" in value:
        value = words(value, Findings()).strip()
    if value.lower().startswith("mailto:"):
        value = value[7:]
    if value.startswith("@") and ":" in value:  # an old source route (RFC 822)
        value = value.rpartition(":")[2]
    local, at, domain = value.rpartition("@")
    if at and _QUOTED_LOCAL.fullmatch(local.strip()):
        value = unquoted(f"{local.strip()}@{''.join(domain.split())}")
    else:
        value = "".join(value.split())
    return _CONTROL.sub("", value)[:1_000]
