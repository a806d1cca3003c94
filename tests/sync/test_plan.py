"""What one look has to do, decided without any server."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maildesk.store.folders import Cursor
from maildesk.sync.imap import FolderState
from maildesk.sync.plan import LIST_ABOVE, Emptied, Fetch, FindVanished, Renumbered, has_vanished, plan_folder


def cursor(last_uid: int = 10, uidvalidity: int | None = 7, modseq: int | None = 5) -> Cursor:
    """A folder that has been read so far."""
    return Cursor(1, "INBOX", "inbox", uidvalidity, last_uid, modseq)


def state(uidnext: int = 11, exists: int = 10, uidvalidity: int = 7) -> FolderState:
    """What the server says."""
    return FolderState(uidvalidity, uidnext, 5, exists)


def test_nothing_new_is_nothing_to_do() -> None:
    """As many as known, no higher UID."""
    assert plan_folder(state(), cursor(), known=10) == ()


def test_new_uids_are_fetched_blindly_when_they_are_few() -> None:
    """No question before the fetch: one round trip less."""
    assert plan_folder(state(uidnext=13, exists=12), cursor(), known=10) == (Fetch(11, 12, listed=False),)


def test_a_wide_span_is_listed_first() -> None:
    """UIDs may have gaps as wide as the history of the folder."""
    high = 10 + LIST_ABOVE + 1
    assert plan_folder(state(uidnext=high + 1, exists=12), cursor(), known=10) == (
        Fetch(11, high, listed=True),
    )


def test_the_first_look_lists_everything() -> None:
    """UIDVALIDITY is unknown as yet."""
    assert plan_folder(state(), cursor(0, None, None), known=0) == (Renumbered(7), Fetch(1, 10, listed=True))


def test_an_empty_folder_at_the_first_look() -> None:
    """Its number is noted, there is nothing to fetch."""
    assert plan_folder(state(1, 0), cursor(0, None, None), known=0) == (Renumbered(7),)


def test_renumbered_begins_at_one() -> None:
    """What was known of the old numbers says nothing of the new ones."""
    assert plan_folder(state(uidvalidity=8), cursor(), known=10) == (Renumbered(8), Fetch(1, 10, listed=True))


def test_fewer_than_known_with_nothing_new() -> None:
    """Something vanished."""
    assert plan_folder(state(exists=9), cursor(), known=10) == (FindVanished(),)


def test_new_mail_comes_before_what_vanished() -> None:
    """What vanished is decided after the new mail is in (Nylas)."""
    assert plan_folder(state(uidnext=12, exists=5), cursor(), known=10) == (Fetch(11, 11, listed=False),)
    assert has_vanished(state(uidnext=12, exists=5), known=11)


def test_an_emptied_folder_stops() -> None:
    """Whatever else changed, also the UIDVALIDITY."""
    for uidvalidity in (7, 8):
        assert plan_folder(state(40, 0, uidvalidity), cursor(), known=10) == (Emptied(10),)


@given(
    st.integers(1, 5000),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.sampled_from([7, 8]),
    st.sampled_from([None, 7]),
)
def test_no_uid_is_left_out(
    uidnext: int, exists: int, last_uid: int, known: int, server: int, ours: int | None
) -> None:
    """Whatever the server says: every UID that can hold an unknown mail is fetched, none twice, unless it stopped."""
    if ours is None:
        last_uid = 0
    actions = plan_folder(state(uidnext, exists, server), cursor(last_uid, ours), known)
    if any(isinstance(action, Emptied) for action in actions):
        assert actions == (Emptied(known),)
        assert exists == 0
        return
    fetched = [action for action in actions if isinstance(action, Fetch)]
    first = 1 if server != ours else last_uid + 1
    span = range(first, uidnext) if exists else range(0)
    assert [uid for fetch in fetched for uid in range(fetch.low, fetch.high + 1)] == list(span)
    renumbered = [action for action in actions if isinstance(action, Renumbered)]
    assert bool(renumbered) == (server != ours)
    assert list(actions[:1]) == renumbered[:1] or not renumbered
