"""What HTML mail hides from its reader: preheaders, text without size, pictures that count openings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

MAX_STYLES = 200_000
"""Characters of style sheets that are looked at."""

MAX_RULES = 5_000

_GAP = r"\s{0,9}:\s{0,9}"
_HIDDEN = re.compile(
    rf"display{_GAP}none|visibility{_GAP}hidden|mso-hide{_GAP}all"
    rf"|(?:font-size|max-height|opacity|max-width){_GAP}0(?![.\d])|font-size{_GAP}1px"
    rf"|(?:left|top|text-indent|margin-left){_GAP}-\d{{4,6}}px|clip{_GAP}rect\(\s{{0,3}}0",
    re.IGNORECASE,
)
_SHOWN = re.compile(rf"display{_GAP}(?!none)[a-z]", re.IGNORECASE)
_COMMENT = re.compile(r"/\*[^*]{0,5000}\*/|<!--|-->")
_SIMPLE = re.compile(r"(?:[a-z0-9]{1,12})?([.#][A-Za-z_][\w-]{0,80})")
_TINY = re.compile(rf"(?:width|height){_GAP}[01](?:px)?\s{{0,9}}(?:;|!|$)", re.IGNORECASE)
_BRACE = re.compile("[{}]")


class Hiding:
    """Knows the classes that the style sheets of a mail hide, in one pass over them."""

    def __init__(self, sheets: Iterable[str]) -> None:
        hidden: set[str] = set()
        shown: set[str] = set()
        for nested, selector, rules in _rules("\n".join(sheets)[:MAX_STYLES]):
            names = {m[1] for part in selector.split(",")[:50] if (m := _SIMPLE.fullmatch(part.strip()))}
            if _HIDDEN.search(rules[:4_000]):
                hidden |= names if not nested else set()
            elif nested or _SHOWN.search(rules[:4_000]):
                shown |= (
                    {m[1] for m in _SIMPLE.finditer(selector[:4_000])}
                    if _SHOWN.search(rules[:4_000])
                    else set()
                )
        self._names = frozenset(hidden - shown)

    def hides(self, attributes: Mapping[str, str | None]) -> bool:
        """Whether an element with these attributes is not meant to be seen."""
        if not attributes:
            return False
        if "hidden" in attributes or _HIDDEN.search((attributes.get("style") or "")[:4_000]):
            return True
        if not self._names:
            return False
        if f"#{attributes.get('id') or ''}" in self._names:
            return True
        return any(f".{name}" in self._names for name in (attributes.get("class") or "")[:2_000].split())

    def is_tracker(self, attributes: Mapping[str, str | None]) -> bool:
        """Whether a picture is too small to be seen."""
        sizes = [(attributes.get(name) or "").strip().removesuffix("px") for name in ("width", "height")]
        return any(size in ("0", "1") for size in sizes) or bool(
            _TINY.search((attributes.get("style") or "")[:4_000])
        )


def _rules(sheet: str) -> Iterator[tuple[bool, str, str]]:
    """The rules of a style sheet: whether under a condition (``@media``), the selector, the declarations."""
    sheet = _COMMENT.sub(" ", sheet)
    depth = start = 0
    selectors: list[str] = []
    for count, brace in enumerate(_BRACE.finditer(sheet)):
        if count > 2 * MAX_RULES:
            return
        words = sheet[start : brace.start()][-4_000:]
        start = brace.end()
        if brace[0] == "{":
            depth += 1
            selectors.append(words.strip())
            del selectors[:-4]
        elif depth:
            depth -= 1
            selector = selectors.pop() if selectors else ""
            if not selector.startswith("@"):
                yield depth > 0, selector, words
