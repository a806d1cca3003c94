"""Triage acts, and taking them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maildesk.domain.outcomes import NotUndone, Undone
from maildesk.domain.status import Priority, Status, Tab, WaitingReason
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import conversations
from tests.support.stores import Team, mail


def test_an_act_on_many_is_one_and_is_undone_as_one(both: Team) -> None:
    """Ten become done; ``z`` makes all of them what they were."""
    ids = [both.conversation(n) for n in range(10)]
    both.sato.triage.set_status(ids[:2], Status.WAITING, reason=WaitingReason.COLLEAGUE)
    changed = both.sato.triage.set_status(ids, Status.DONE)
    assert len(changed.summaries) == 10
    assert both.sato.inbox.counts()["done"] == 10
    assert isinstance(both.sato.triage.undo(changed.undo), Undone)
    rows = {r.id: r for r in both.sato.inbox.page(Tab.ALL).rows}
    assert [rows[i].status for i in ids] == [Status.WAITING] * 2 + [Status.NEW] * 8
    assert rows[ids[0]].waiting_reason is WaitingReason.COLLEAGUE


def test_what_a_colleague_answers_is_skipped_and_named(both: Team) -> None:
    """Bulk done leaves alone what somebody replies to, and says who."""
    ids = [both.conversation(n) for n in range(3)]
    both.suzuki.claims.take(ids[1])
    changed = both.sato.triage.set_status([*ids, 99999], Status.DONE)
    assert [s.id for s in changed.summaries] == [ids[0], ids[2]]
    assert [(s.id, s.reason) for s in changed.skipped] == [(ids[1], "replying"), (99999, "gone")]
    assert changed.skipped[0].holder is not None
    assert changed.skipped[0].holder.agent_name == "鈴木"


@pytest.mark.parametrize("what", ["status", "assign", "priority", "label"])
def test_undo_gives_way_to_a_colleagues_later_act(both: Team, what: str) -> None:
    """Undo does not overwrite what somebody did since; it says who."""
    number = both.conversation()
    acts = {
        "status": lambda desk, i: desk.triage.set_status([number], (Status.DONE, Status.SPAM)[i]),
        "assign": lambda desk, i: desk.triage.assign([number], desk.me.id),
        "priority": lambda desk, i: desk.triage.set_priority([number], Priority(i + 1)),
        "label": lambda desk, i: desk.triage.label([number], add=[f"l{i}"]),
    }
    mine = acts[what](both.sato, 0)
    acts[what](both.suzuki, 1)
    outcome = both.sato.triage.undo(mine.undo)
    assert isinstance(outcome, NotUndone)
    assert outcome.who == "鈴木"


def test_undo_minds_only_the_same_field(both: Team) -> None:
    """A colleague's label does not keep me from taking back my assignment."""
    number = both.conversation()
    mine = both.sato.triage.assign([number], both.sato.me.id)
    both.suzuki.triage.label([number], add=["破損"])
    assert isinstance(both.sato.triage.undo(mine.undo), Undone)
    summary = both.sato.conversations.summary(number)
    assert (summary.assignee_id, summary.labels) == (None, ("破損",))


def test_labels_are_added_not_replaced(both: Team) -> None:
    """Adding one leaves the others; undo takes off only what was added."""
    number = both.conversation()
    both.sato.triage.label([number], add=["至急", "破損"])
    changed = both.sato.triage.label([number], add=["破損", "返品"], remove=["至急"])
    assert changed.summaries[0].labels == ("破損", "返品")
    both.sato.triage.undo(changed.undo)
    assert both.sato.conversations.summary(number).labels == ("破損", "至急")
    assert both.sato.inbox.labels() == ("破損", "至急")


@pytest.mark.parametrize("what", ["status", "assigned", "priority", "labels"])
def test_what_is_so_already_is_no_act(both: Team, what: str) -> None:
    """It is shown as it is, and neither written down nor taken back; what changed beside it is."""
    old, new = both.conversation(1), both.conversation(2)
    acts = {
        "status": lambda desk, ids: desk.triage.set_status(ids, Status.DONE),
        "assigned": lambda desk, ids: desk.triage.assign(ids, both.sato.me.id),
        "priority": lambda desk, ids: desk.triage.set_priority(ids, Priority.IMPORTANT),
        "labels": lambda desk, ids: desk.triage.label(ids, add=["破損"]),
    }
    acts[what](both.sato, [old])
    changed = acts[what](both.suzuki, [old, new])
    assert [row.id for row in changed.summaries] == [old, new]
    assert [one.conversation_id for one in changed.undo.before] == [new]
    assert isinstance(both.suzuki.triage.undo(changed.undo), Undone)
    done = [event for event in both.sato.conversations.get(old).events if event.what == what]
    assert [event.actor for event in done] == ["佐藤"]


def test_an_unknown_agent_is_refused(both: Team) -> None:
    """Nobody is put in charge who does not work here."""
    with pytest.raises(NotFound):
        both.sato.triage.assign([both.conversation()], 4711)


def test_a_label_does_not_stop_a_colleagues_reply_but_a_state_does(both: Team) -> None:
    """The version counts what a replier must have seen: states, not labels (ADR 3)."""
    number = both.conversation()
    before = both.sato.conversations.summary(number).version
    both.suzuki.triage.label([number], add=["破損"])
    both.suzuki.triage.assign([number], both.suzuki.me.id)
    assert both.sato.conversations.summary(number).version == before
    both.suzuki.triage.set_status([number], Status.SPAM)
    assert both.sato.conversations.summary(number).version == before + 1


def test_a_snoozed_conversation_wakes_once(both: Team) -> None:
    """Whoever is running wakes it, exactly once, as news."""
    number = both.conversation()
    both.sato.conversations.mark_seen(number)
    both.sato.triage.set_status([number], Status.WAITING, until=both.sato.now() + timedelta(hours=1))
    with both.store.transaction() as tx:
        assert conversations.wake(tx) == ()
    both.sql("UPDATE conversation SET waiting_until = 1.0")
    with both.store.transaction() as tx:
        assert conversations.wake(tx) == (number,)
        assert conversations.wake(tx) == ()
    summary = both.sato.conversations.summary(number)
    assert (summary.status, summary.waiting_until, summary.unread) == (Status.NEW, None, True)


def test_the_customers_next_mail_opens_it_again(both: Team) -> None:
    """Done, waiting and trash become new; spam stays spam."""
    outcomes = {}
    for n, status in enumerate((Status.DONE, Status.WAITING, Status.TRASH, Status.SPAM)):
        number = both.conversation(n)
        both.sato.triage.set_status([number], status)
        both.arrive(
            mail(100 + n, sender=f"customer{n}@example.jp", headers=[f"In-Reply-To: <m{n}@example.jp>"])
        )
        outcomes[status] = both.sato.conversations.summary(number).status
    assert outcomes == {
        Status.DONE: Status.NEW,
        Status.WAITING: Status.NEW,
        Status.TRASH: Status.NEW,
        Status.SPAM: Status.SPAM,
    }


def test_comments_have_no_way_out(both: Team) -> None:
    """A comment stands in the timeline, is news to colleagues, and is nowhere in what a reply sends."""
    number = both.conversation()
    both.suzuki.conversations.mark_seen(number)
    both.sato.comments.add(number, "内緒の合言葉")
    assert both.suzuki.conversations.summary(number).unread
    assert not both.sato.conversations.summary(number).unread
    assert [m.text for m in both.suzuki.conversations.get(number).messages][-1] == "内緒の合言葉"
    begun = both.suzuki.replies.begin(number)
    assert "合言葉" not in str(getattr(begun, "draft", ""))
    with pytest.raises(MaildeskError):
        both.sato.comments.add(number, "  \n")


def test_presence_is_shown_and_never_blocks(both: Team) -> None:
    """閲覧中 names the others who have it open; not me, and not for ever."""
    number = both.conversation()
    both.suzuki.people.look(number)
    assert both.sato.people.viewing(number) == ("鈴木",)
    assert both.suzuki.people.viewing(number) == ()
    both.sql("UPDATE presence SET seen_at = 1.0")
    assert both.sato.people.viewing(number) == ()


def test_who_took_a_conversation_out_of_a_list(both: Team) -> None:
    """What others did last is told, with how it is now; what I did is not, nor how my reply goes on its way."""
    ids = [both.conversation(n) for n in range(4)]
    both.suzuki.claims.take(ids[0])
    left = both.sato.inbox.left(ids[0])
    assert left.by_others
    assert left.now is not None
    assert left.now.claim is not None
    assert left.now.claim.agent_name == "鈴木"
    assert not both.suzuki.inbox.left(ids[0]).by_others

    both.sato.triage.set_status([ids[1]], Status.DONE)
    assert not both.sato.inbox.left(ids[1]).by_others
    both.suzuki.triage.label([ids[1]], add=["x"])
    assert not both.sato.inbox.left(ids[1]).by_others
    assert both.sato.inbox.left(ids[1], filtered=True).by_others

    both.suzuki.triage.merge([ids[2], ids[3]], into=ids[2])
    left = both.sato.inbox.left(ids[3])
    assert (left.by_others, left.now, left.into) == (True, None, ids[2])
