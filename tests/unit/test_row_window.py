"""The rows of a long list that are held, with one among them that is not of the list any more."""

from __future__ import annotations

from hypothesis import given, strategies

from maildesk.widgets.row_window import RowWindow
from tests.screens.list_app import row

LISTS = strategies.lists(strategies.integers(0, 99), unique=True, max_size=40)


@given(
    LISTS,
    strategies.integers(0, 40),
    strategies.lists(strategies.tuples(strategies.integers(0, 40), strategies.integers(1, 12)), max_size=6),
    strategies.sets(strategies.integers(0, 100), max_size=5),
)
def test_places_count_the_row_that_lingers_and_offsets_do_not(
    listed: list[int], place: int, pages: list[tuple[int, int]], gone: set[int]
) -> None:
    """Whatever pages come in and whatever leaves: what stands at a place is what the list has there, with the one that
    lingers between."""
    window = RowWindow()
    window.reset([row(one) for one in listed[:5]], 0, len(listed))
    place = min(place, len(listed))
    window.linger(row(100), place)
    seen = [*listed[:place], 100, *listed[place:]]
    for offset, count in pages:
        window.put([row(one) for one in listed[offset : offset + count]], offset)
    _agree(window, seen)
    window.remove({one + 1000 for one in gone if row(one).id in window})
    assert window.lingering == (None if 100 in gone else 1100)
    kept = [one for one in seen if one not in gone]
    held = [one for one in seen if one in gone and row(one).id not in window]
    if len(kept) + len(held) == len(seen):
        assert window.total <= len(seen)
    window.remove({1100})
    assert window.lingering is None


@given(LISTS, strategies.integers(0, 40), strategies.integers(0, 40), strategies.integers(1, 9))
def test_what_is_asked_for_fills_the_view(listed: list[int], place: int, first: int, visible: int) -> None:
    """Page after page, until all that is seen is held; nothing is asked for that the list does not have."""
    window = RowWindow()
    window.reset([], 0, len(listed))
    place = min(place, len(listed))
    window.linger(row(100), place)
    seen = [*listed[:place], 100, *listed[place:]]
    for _ in range(len(seen) + 1):
        wanted = window.wanted(first, visible, 4)
        if wanted is None:
            break
        assert wanted.count > 0
        assert 0 <= wanted.offset <= wanted.offset + wanted.count <= len(listed)
        assert 1100 not in [one.id for one in (wanted.after, wanted.before) if one is not None]
        page = listed[wanted.offset : wanted.offset + wanted.count]
        window.put([row(one) for one in page], wanted.offset)
        _agree(window, seen)
    assert window.wanted(first, visible, 4) is None


def test_what_comes_back_lingers_no_more() -> None:
    """A conversation that is in the list again stands there once."""
    window = RowWindow()
    window.reset([row(1), row(2)], 0, 2)
    window.linger(row(3), 1)
    window.put([row(1), row(3), row(2)], 0)
    window.listed = 3
    assert window.lingering is None
    assert [one.id for one in window.span(0, 9)] == [1001, 1003, 1002]


def _agree(window: RowWindow, seen: list[int]) -> None:
    assert window.total == len(seen)
    for place, one in enumerate(seen):
        held = window.at(place)
        assert held is None or held.id == row(one).id
        assert window.place(row(one).id) in (None, place)
