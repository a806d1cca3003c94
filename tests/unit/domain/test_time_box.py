"""A time box for sorting: reading how long, what is left, how fast."""

from __future__ import annotations

import pytest

from maildesk.domain.time_box import TimeBox, minutes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("15m", 15),
        ("15", 15),
        ("１５分", 15),
        ("1h", 60),
        ("1h30m", 90),
        ("1時間15分", 75),
        ("", None),
        ("m", None),
        ("0m", None),
        ("9h", None),
        ("soon", None),
        ("-5m", None),
    ],
)
def test_how_long(text: str, found: int | None) -> None:
    """In minutes, in hours and minutes, also full width; nothing that is no such time."""
    assert minutes(text) == found


def test_what_is_counted_and_taken_back() -> None:
    """A conversation counts once however much is done to it; undo takes an act back, and the pace is of the time that
    has passed."""
    box = TimeBox(1000.0, 15)
    assert box.left(1000.0) == 900.0
    box.did(1, "完了", (1, 2, 3))
    box.did(2, "ラベル", (3,))
    assert (box.handled, box.by_act()) == (3, {"完了": 3, "ラベル": 1})
    assert box.pace(1120.0) == 1.5
    assert box.pace(1001.0) == 6.0, "of the first seconds no pace is made"
    box.did(3, "完了", (1,))
    assert box.by_act()["完了"] == 3, "twice the same is one"
    box.undone(3)
    box.undone(1)
    box.undone(77)
    assert (box.handled, box.by_act()) == (1, {"ラベル": 1})
    assert box.left(2000.0) == 0.0
