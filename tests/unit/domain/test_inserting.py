"""A template in a text: what belongs below it stays, what was written is not run into."""

from __future__ import annotations

import pytest

from maildesk.domain.inserting import apart, instead
from maildesk.domain.template import filled


@pytest.mark.parametrize(
    ("body", "lines", "expected"),
    [
        ("\n\n\n署名\n\n> 引用\n", 0, ("様\n本文\n\n署名\n\n> 引用\n", 2)),
        ("前の\n型\n\n\n署名\n", 2, ("様\n本文\n\n署名\n", 2)),
        ("\n", 0, ("様\n本文\n", 2)),
        ("", 0, ("様\n本文\n", 2)),
    ],
)
def test_what_is_above_the_signature_is_replaced(body: str, lines: int, expected: tuple[str, int]) -> None:
    """Signature and quote stay, one blank line below."""
    assert instead(body, lines, "様\n本文\n") == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("お調べします。", "", ("\n\n様", 2)),
        ("お調べします。\n", "\n署名", ("\n様\n", 1)),
        ("お調べします。\n\n", "\n\n署名", ("様", 0)),
        ("お調べ", "します。", ("\n\n様\n\n", 2)),
        ("\n\n", "署名", ("様\n\n", 0)),
        ("", "", ("様", 0)),
    ],
)
def test_a_blank_line_stands_between(before: str, after: str, expected: tuple[str, int]) -> None:
    """To either side where something is written, and no second one."""
    assert apart(before, "様\n", after) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("様\n11/25 に届きます。\n番号は\n998\n\n署名", {1, 3}),
        ("前書き\n\n様\n11/25 に届きます。\n", {3}),
        ("様\nすぐに届きます\n", set()),
        ("", set()),
        ("様\n\n長い引用\n\n別の段落", set()),
    ],
)
def test_lines_with_filled_gaps_are_known(body: str, expected: set[int]) -> None:
    """By what the template has around the gap, or above it."""
    assert filled(body, "様\n{{ 日 }} に届きます。\n番号は\n{{ 番号 }}\n") == expected
