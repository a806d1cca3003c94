"""Saved views: one's own and those that colleagues share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk.domain.query import QueryError
from maildesk.domain.status import Sort, Tab
from maildesk.domain.view import TAKEN, View, ViewUndo
from maildesk.errors import NotFound, NotPermitted, UsageError
from maildesk.keymap import ACTIONS
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


def test_a_letter_opens_ones_own_view_before_a_shared_one(both: Team) -> None:
    """It is told which view had it, and a letter that means something after ``g`` is refused."""
    both.suzuki.views.save(View("鈴木の", "a", letter="b", shared=True))
    both.sato.views.save(View("一", "b"))
    found = both.sato.views.of_letter("b")
    assert found is not None
    assert found.name == "鈴木の"
    given, taken_from = both.sato.views.give_letter("一", "b")
    assert (given.letter, taken_from) == ("b", None)
    found = both.sato.views.of_letter("b")
    assert found is not None
    assert found.name == "一"
    both.sato.views.save(View("二", "c"))
    _, taken_from = both.sato.views.give_letter("二", "b")
    assert taken_from is not None
    assert taken_from.name == "一"
    assert both.sato.views.get("一").letter == ""
    for letter in ("i", "B", "bb", "1"):
        with pytest.raises(UsageError):
            both.sato.views.give_letter("二", letter)
    with pytest.raises(NotPermitted):
        both.sato.views.give_letter("鈴木の", "e")
    assert both.sato.views.of_letter("") is None


def test_no_letter_of_a_view_is_a_key_after_g() -> None:
    """Whatever comes to the keymap: what it uses after ``g`` no view can have, and every other letter it can."""
    used = {key for action in ACTIONS if "goto" in action.contexts for key in action.keys if len(key) == 1}
    assert used == TAKEN


def test_a_change_of_a_view_is_taken_back(both: Team) -> None:
    """Saving anew, another name, sharing, deleting."""
    views = both.sato.views
    first = views.save(View("一", "a", Tab.NEW, Sort.OLDEST, "自社", "b"))
    views.undo(ViewUndo(None, first))
    assert views.list() == ()
    first = views.save(View("一", "a", Tab.NEW, Sort.OLDEST, "自社", "b"))
    views.undo(ViewUndo(first, views.save(View("一", "b"))))
    assert [replace(view, id=0) for view in views.list()] == [replace(first, id=0)]
    views.undo(ViewUndo(first, views.rename("一", "二")))
    views.undo(ViewUndo(first, views.share("一")))
    assert [replace(view, id=0) for view in views.list()] == [replace(first, id=0)]
    views.undo(ViewUndo(views.delete("一"), None))
    assert [replace(view, id=0) for view in views.list()] == [replace(first, id=0)]


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


def test_what_an_administrator_changed_and_takes_back_stays_the_owners(both: Team) -> None:
    """He gets no copy of his own of it."""
    both.sato.views.save(View("一", "a", shared=True))
    boss = both.desk("takahashi").views
    was = boss.get("一")
    boss.undo(ViewUndo(was, boss.rename("一", "二")))
    boss.undo(ViewUndo(was, boss.share("一", False)))
    (seen,) = boss.list()
    assert (seen.name, seen.owner, seen.shared, seen.own) == ("一", "佐藤", True, False)
    boss.undo(ViewUndo(boss.delete("一"), None))
    (seen,) = both.sato.views.list()
    assert (seen.name, seen.owner, seen.shared, seen.own) == ("一", "佐藤", True, True)
    with pytest.raises(NotPermitted):
        both.suzuki.views.undo(ViewUndo(both.suzuki.views.get("一"), None))
