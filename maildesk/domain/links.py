"""Links in the text of a mail: where they really lead, and whether what is shown says something else (phishing).

The reader of HTML writes ``words[1]`` and, at the end, ``[1] https://…``; ``[1!] https://… (≠ shop.example)`` where the
words name another host. Links of plain text are found where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from maildesk.domain.trust import imitates

MAX_LINKS = 300
"""No more links of one text are listed."""

_NOTE = re.compile(r"^\[(\d{1,3})(!?)\] (\S{1,2100})(?: \(([≠→]) ?([^\s()]{1,253})\))?$")
_PLAIN = re.compile(r"(?:https?://|mailto:)[!#-;=?-Z\[\]_a-z~%]{3,2000}", re.IGNORECASE)
_SCHEMED = re.compile(r"https?://([^\s/?#、。「」()<>\"']{1,255})", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}([a-z]{2,24}|xn--[a-z0-9-]{1,59})", re.IGNORECASE)
_SHORT = frozenset({"co", "ne", "or", "ac", "go", "ad", "ed", "lg", "com", "net", "org", "gov", "edu"})
_ENDINGS = re.compile(
    "com|net|org|info|biz|io|shop|store|online|site|xyz|top|app|dev|cloud|club|example|test|tokyo|osaka|kyoto|bank"
    "|[a-z]{2}"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link. ``number`` as the text shows it; ``host`` is where it leads ('' for mailto and tel); ``shown`` the host
    that its words name where that is another one; ``odd`` whether a careful reader would not open it."""

    number: int
    url: str
    host: str
    shown: str = ""
    odd: bool = False


def host_of(url: str) -> str:
    """The host that a browser would ask, in lower case; the domain of a mailto; '' where there is none."""
    url = url.strip().replace("\\", "/")
    if url.lower().startswith("mailto:"):
        return url[7:].partition("?")[0].rpartition("@")[2].lower()
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def shown_host(words: str) -> str:
    """The host that the words of a link name: of a URL in them, or the words themselves; '' where they name none."""
    words = words.strip()[:2_000]
    if found := _SCHEMED.search(words):
        host = found[1].rpartition("@")[2].partition(":")[0]
        return host.rstrip(".").lower()
    bare = words.rpartition("@")[2] if "@" in words and " " not in words else words
    bare = bare.partition("/")[0].partition("?")[0].strip().rstrip(".")
    found = _HOST.fullmatch(bare)
    if found and (_ENDINGS.fullmatch(found[1].lower()) or bare.lower().startswith("www.")):
        return bare.lower()
    return ""


def same_site(one: str, other: str) -> bool:
    """Whether two hosts belong together: one domain, as far as that can be told without a list of suffixes."""
    return _site(one) == _site(other)


def is_odd(url: str) -> bool:
    """Whether a URL pretends: a name before an ``@``, a backslash, foreign letters that look Latin, an address of
    digits."""
    host = host_of(url)
    if url.lower().startswith(("mailto:", "tel:")):
        return imitates(host)
    authority = url.partition("//")[2].partition("/")[0].partition("?")[0]
    return (
        "@" in authority
        or "\\" in authority
        or imitates(host)
        or (bool(host) and not host.strip("0123456789."))
    )


def links(text: str) -> tuple[Link, ...]:
    """The links of a text in the order of their numbers: those that HTML had keep theirs, those of plain text follow.

    At most :data:`MAX_LINKS`.
    """
    found: dict[str, Link] = {}
    lines = text.split("\n")
    for line in reversed(lines[-MAX_LINKS - 50 :]):
        if (note := _NOTE.match(line)) is None:
            if line.strip():
                break
            continue
        url = note[3]
        shown = note[5] if note[4] == "≠" else ""
        found[url] = Link(int(note[1]), url, host_of(url), shown or "", bool(note[2]) or is_odd(url))
    notes = sorted(found.values(), key=lambda link: link.number)
    found = {link.url: link for link in notes}
    number = max((link.number for link in notes), default=0)
    for match in _PLAIN.finditer(text):
        url = _trimmed(match[0])
        if url not in found and len(found) < MAX_LINKS and host_of(url):
            number += 1
            found[url] = Link(number, url, host_of(url), odd=is_odd(url))
    return tuple(found.values())


def _site(host: str) -> str:
    parts = host.rstrip(".").lower().split(".")
    size = 3 if len(parts) > 2 and parts[-2] in _SHORT and len(parts[-1]) == 2 else 2
    return ".".join(parts[-size:])


def _trimmed(url: str) -> str:
    """A URL in running text without what belongs to the sentence."""
    while url and (url[-1] in ".,;:!?'*" or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url
