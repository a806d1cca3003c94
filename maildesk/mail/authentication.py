"""``Authentication-Results`` (RFC 8601) as they stand in a mail, with the servers that handled it above them.

Whether any of them can be believed is not decided here: see :func:`maildesk.domain.trust.authenticate`.
"""

from __future__ import annotations

from collections.abc import Iterator

from maildesk.domain.trust import METHODS, AuthenticationField, Finding
from maildesk.mail import header
from maildesk.mail.structure import Part

MAX_FIELDS = 20
MAX_HOPS = 100
MAX_FINDINGS = 30
_MAX_LENGTH = 8_192
_DOMAINS = {
    "spf": ("smtp.mailfrom", "smtp.mfrom"),
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
}


def fields(root: Part) -> tuple[AuthenticationField, ...]:
    """The fields in the order of the mail, the first :data:`MAX_FIELDS` of them."""
    found: list[AuthenticationField] = []
    hops: list[str] = []
    for name, raw in root.headers:
        if name == "received" and len(hops) < MAX_HOPS:
            hops.append(_receiver(raw))
        elif name == "authentication-results" and len(found) < MAX_FIELDS:
            found.append(_field(raw, tuple(hops)))
    return tuple(found)


def _field(raw: bytes, hops: tuple[str, ...]) -> AuthenticationField:
    first, *rest = _clauses(_plain(raw)) or [""]
    words = _words(first)
    findings = [f for clause in rest[:MAX_FINDINGS] if (f := _finding(clause)) is not None]
    return AuthenticationField(words[0].lower() if words else "", tuple(findings), hops)


def _finding(clause: str) -> Finding | None:
    """``dkim=pass header.d=shop.example``; None for a method that is not looked at."""
    words = _words(clause)
    pairs = dict(_pairs(words[1:]))
    for method, result in _pairs(words[:1]):
        method = method.partition("/")[0]
        if method in METHODS:
            value = next((pairs[name] for name in _DOMAINS[method] if pairs.get(name)), "")
            word = result.lower() if result.isascii() and result.isalpha() else ""
            return Finding(method, word, value.rpartition("@")[2].lower())
    return None


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            yield name.strip().lower(), value.strip()


def _receiver(raw: bytes) -> str:
    """Who wrote a ``Received`` field: what stands behind ``by``; '' where nothing does."""
    words = _words(_plain(raw).partition(";")[0])
    lowered = [word.lower() for word in words]
    return lowered[lowered.index("by") + 1] if "by" in lowered[:-1] else ""


def _plain(raw: bytes) -> str:
    """A field without its comments and quotation marks, in one pass; blanks around ``=`` are gone."""
    value = header.unfold(raw[:_MAX_LENGTH]).decode("utf-8", "replace")
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in value:
        if escaped:
            escaped = False
            if not depth:
                out.append(char)
        elif char == "\\":
            escaped = True
        elif char == '"' and not depth:
            quoted = not quoted
        elif char == "(" and not quoted:
            depth += 1
        elif char == ")" and not quoted and depth:
            depth -= 1
            out.append(" ")
        elif not depth:
            out.append("_" if quoted and (char.isspace() or char in ";=") else char)
    return "".join(out)


def _clauses(value: str) -> list[str]:
    return [clause.strip() for clause in value.split(";")]


def _words(clause: str) -> list[str]:
    """The words of a clause, ``name = value`` being one."""
    words: list[str] = []
    for word in clause.split():
        if words and (words[-1].endswith("=") or word.startswith("=")):
            words[-1] += word
        else:
            words.append(word)
    return words
