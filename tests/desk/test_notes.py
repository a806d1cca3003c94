"""Announcements, hand-over notes, who has read them, and what is overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from maildesk.domain.outcomes import NotUndone
from maildesk.domain.status import Status
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from tests.support.stores import Team, mail


def test_a_note_is_unread_until_one_says_so(both: Team) -> None:
    """Author, time, who has read it; another text is unread again, one's own never."""
    sato, suzuki = both.sato.notes, both.suzuki.notes
    first = sato.add("  本日 15 時から棚卸しです  ").note
    second = sato.add("楽天の返品は高橋まで", mailbox_id=both.box.id).note
    assert first.text == "本日 15 時から棚卸しです"
    assert (first.is_announcement, second.is_announcement) == (True, False)
    assert (sato.unread(), suzuki.unread()) == (0, 2)
    assert suzuki.read([first.id]) == 1
    assert suzuki.read([first.id]) == 0
    listed = {one.id: one for one in both.desk("takahashi").notes.list()}
    assert list(listed) == [second.id, first.id]
    assert (listed[first.id].read_by, listed[second.id].read_by) == (("鈴木",), ())
    assert listed[second.id].shop == "自社"
    sato.edit(first.id, "本日 16 時から棚卸しです")
    assert suzuki.unread() == 2
    assert [one.read_by for one in suzuki.list()] == [(), ()]
    assert suzuki.read() == 2
    assert suzuki.unread() == 0


def test_notes_of_a_mailbox_come_with_the_announcements(both: Team) -> None:
    """Another shop's are left out."""
    both.sato.notes.add("全員へ")
    both.sato.notes.add("この店舗", mailbox_id=both.box.id)
    assert [one.text for one in both.sato.notes.list(mailbox_id=both.box.id)] == ["この店舗", "全員へ"]
    assert [one.text for one in both.sato.notes.list(mailbox_id=both.box.id + 1)] == ["全員へ"]
    with pytest.raises(NotFound):
        both.sato.notes.add("x", mailbox_id=99)


def test_only_the_author_changes_a_note_and_who_leads_takes_it_back(both: Team) -> None:
    """What is withdrawn nobody sees, and nobody changes."""
    note = both.sato.notes.add("間違い").note
    for desk in (both.suzuki, both.desk("takahashi")):
        with pytest.raises(NotPermitted):
            desk.notes.edit(note.id, "x")
    other = both.suzuki.notes.add("鈴木の").note
    with pytest.raises(NotPermitted):
        both.sato.notes.withdraw(other.id)
    both.suzuki.notes.withdraw(note.id)
    assert [one.id for one in both.sato.notes.list()] == [other.id]
    assert [one.id for one in both.sato.notes.list(withdrawn=True)] == [other.id, note.id]
    with pytest.raises(NotFound):
        both.sato.notes.edit(note.id, "x")
    with pytest.raises(NotFound):
        both.sato.notes.withdraw(note.id)


def test_what_was_done_to_a_note_is_taken_back(both: Team) -> None:
    """Writing, changing, withdrawing; not after somebody changed it."""
    notes = both.sato.notes
    written = notes.add("一")
    edited = notes.edit(written.note.id, "二")
    assert isinstance(notes.undo(written.undo), NotUndone), "it has another text since"
    assert notes.undo(edited.undo) is None
    assert notes.list()[0].text == "一"
    withdrawn = notes.withdraw(written.note.id)
    assert notes.list() == ()
    assert notes.undo(withdrawn.undo) is None
    assert notes.list()[0].text == "一"
    assert isinstance(notes.undo(withdrawn.undo), NotUndone)


@pytest.mark.parametrize("text", ["", " \n", "x" * 20_001])
def test_what_is_no_note_is_refused(small: Team, text: str) -> None:
    """Empty, or a book."""
    with pytest.raises(MaildeskError):
        small.sato.notes.add(text)


def test_what_is_overdue(both: Team) -> None:
    """New mail of more than a day ago, or whose reply target is over; the longest first, counted by shop."""
    now = datetime.now(UTC)
    old, older, fresh, done, due, not_due = (
        both.arrive(mail(n), at=now - age)[0].conversation_id or 0
        for n, age in enumerate(
            (
                timedelta(hours=30),
                timedelta(hours=50),
                timedelta(hours=2),
                timedelta(hours=40),
                timedelta(hours=1),
                timedelta(hours=60),
            )
        )
    )
    both.sato.triage.set_status([done], Status.DONE)
    both.sql("UPDATE conversation SET due_at = last_message_at + 60 WHERE id = :i", i=due)
    both.sql("UPDATE conversation SET due_at = last_message_at + 999999 WHERE id = :i", i=not_due)
    both.sato.triage.assign([older], both.suzuki.me.id)
    found = both.sato.notes.overdue()
    assert [one.id for one in found.rows] == [older, old, due]
    assert [one.assignee for one in found.rows] == ["鈴木", "", ""]
    assert (found.counts, found.total) == ((("自社", 3),), 3)
    assert both.sato.notes.overdue(mailbox_id=both.box.id + 1).total == 0
    assert fresh not in {one.id for one in found.rows}
