"""Saved views: one's own and those that colleagues share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk.domain.query import QueryError
from maildesk.domain.status import Sort, Tab
from maildesk.domain.view import View
from maildesk.errors import NotFound, NotPermitted, UsageError
from tests.support.stores import Team


def test_a_view_is_ones_own_until_it_is_shared(both: Team) -> None:
    """Others see it then; only its owner and administrators change it."""
    mine = both.sato.views.save(View("楽天 未返信", "shop:自社 is:unread", Tab.NEW, Sort.OLDEST, "自社", "b"))
    assert (mine.mailbox, mine.letter, mine.own, mine.owner) == ("自社", "b", True, "佐藤")
    assert both.suzuki.views.list() == ()
    both.sato.views.share("楽天 未返信")
    (seen,) = both.suzuki.views.list()
    assert (seen.query, seen.own, seen.owner) == (mine.query, False, "佐藤")
    with pytest.raises(NotPermitted):
        both.suzuki.views.delete("楽天 未返信")
    with pytest.raises(NotPermitted):
        both.suzuki.views.rename("楽天 未返信", "x")
    assert both.desk("takahashi").views.rename("楽天 未返信", "楽天").name == "楽天"
    gone = both.sato.views.delete("楽天")
    assert both.sato.views.list() == ()
    assert both.sato.views.save(replace(gone, id=0)).query == mine.query, (
        "what was deleted can be saved again"
    )


def test_a_name_and_a_letter_mean_one_view(both: Team) -> None:
    """A view of the same name is replaced, a letter goes to the view that was given it last."""
    both.sato.views.save(View("一", "a", letter="b"))
    both.sato.views.save(View("一", "b", letter="b"))
    both.sato.views.save(View("二", "c", letter="b"))
    assert {(view.name, view.query, view.letter) for view in both.sato.views.list()} == {
        ("一", "b", ""),
        ("二", "c", "b"),
    }
    with pytest.raises(UsageError):
        both.sato.views.rename("一", "二")


def test_what_cannot_be_a_view(both: Team) -> None:
    """A query that cannot be obeyed, no name, a letter that means something else, an unknown shop."""
    for view, error in (
        (View("x", "stat:new"), QueryError),
        (View(" "), UsageError),
        (View("x", letter="i"), UsageError),
        (View("x", mailbox="どこ"), NotFound),
    ):
        with pytest.raises(error):
            both.sato.views.save(view)
    with pytest.raises(NotFound):
        both.sato.views.get("x")
    assert both.sato.views.list() == ()
