"""Taking the next conversation, spam with its senders, what is put off, closed for good or followed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from maildesk.desk import Desk
from maildesk.domain.claim import Claimed
from maildesk.domain.outcomes import NotUndone, Undone
from maildesk.domain.status import Priority, Sort, Status, Tab, WaitingReason
from maildesk.domain.view import View
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import conversations
from tests.support.stores import Team, mail

CLIENTS, NUMBER = 20, 200


def at_once(acts: list[Callable[[], None]]) -> None:
    """Run them in threads that begin together."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        ready.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def naive(desk: Desk) -> int | None:
    """What a client without the one statement would do: look, then take whatever it saw."""
    with desk._store.reading() as tx:
        rows = conversations.page(tx, desk.me.id, Tab.NEW, limit=1).rows
    if rows:
        desk.claims.take(rows[0].id)
    return rows[0].id if rows else None


@pytest.mark.slow
@pytest.mark.parametrize("one_statement", [True, False])
def test_twenty_clients_get_two_hundred_different_ones(both: Team, one_statement: bool) -> None:
    """Nobody gets what another has, nobody is told too early that nothing is left; who looks first and takes later
    meets colleagues."""
    both.arrive(*(mail(n) for n in range(NUMBER)))
    desks = [both.new_session(("sato", "suzuki", "takahashi")[n % 3]) for n in range(CLIENTS)]
    got: list[int] = []

    def work(desk: Desk) -> None:
        for _ in range(NUMBER // CLIENTS):
            claim = desk.queue.next() if one_statement else None
            found = naive(desk) if not one_statement else claim.conversation_id if claim else None
            if found is not None:
                got.append(found)

    at_once([lambda desk=desk: work(desk) for desk in desks])  # type: ignore[misc]
    for desk in desks:
        desk.close()
    if one_statement:
        assert len(got) == len(set(got)) == NUMBER
    else:
        assert len(set(got)) < len(got)


def test_the_order_is_time_left_then_priority_then_age(both: Team) -> None:
    """A list sorted by hand keeps its own order."""
    plain, urgent, late, due = (both.conversation(n) for n in range(4))
    both.sato.triage.set_priority([urgent], Priority.URGENT)
    both.sql("UPDATE conversation SET due_at = last_message_at + 60 WHERE id = :c", c=due)
    both.sql("UPDATE conversation SET due_at = last_message_at + 30 WHERE id = :c", c=late)
    got = [both.sato.queue.next() for _ in range(5)]
    assert [claim and claim.conversation_id for claim in got] == [late, due, urgent, plain, None]
    both.sato.leave()
    oldest = both.sato.queue.next(sort=Sort.OLDEST)
    assert oldest is not None
    assert oldest.conversation_id == plain


def test_the_view_is_kept_and_what_waits_is_passed_over(both: Team) -> None:
    """Tab and filter count; so does a colleague's claim. The tab of what is answered now has nothing to take."""
    first, second, third = (both.conversation(n, subject=f"件名{n}") for n in range(3))
    both.sato.triage.set_status([third], Status.WAITING, reason=WaitingReason.COLLEAGUE)
    assert isinstance(both.suzuki.claims.take(first), Claimed)
    assert both.sato.queue.next(Tab.REPLYING) is None
    assert both.sato.queue.next(query="件名0") is None
    waiting = both.sato.queue.next(Tab.WAITING)
    assert waiting is not None
    assert waiting.conversation_id == third
    found = both.sato.queue.next(Tab.ALL)
    assert found is not None
    assert found.conversation_id == second


def test_what_is_a_colleagues_to_answer_is_left_to_him(both: Team) -> None:
    """However overdue: mine and nobody's are offered, and those of who has left. What is left to others is counted."""
    theirs, mine, nobodys, left = (both.conversation(n) for n in range(4))
    for number, who in ((theirs, both.suzuki), (mine, both.sato), (left, both.desk("takahashi"))):
        both.sato.triage.assign([number], who.me.id)
    both.sql("UPDATE conversation SET due_at = last_message_at + 10 WHERE id = :c", c=theirs)
    both.sql("UPDATE agent SET active = false WHERE login = 'takahashi'")
    got = [both.sato.queue.next() for _ in range(4)]
    assert [claim and claim.conversation_id for claim in got] == [mine, nobodys, left, None]
    assert both.sato.queue.assigned_to_others() == 1
    assert both.sato.queue.assigned_to_others(query="nothing-like-it") == 0
    assert both.sato.queue.assigned_to_others(Tab.REPLYING) == 0
    claim = both.suzuki.queue.next()
    assert claim is not None
    assert claim.conversation_id == theirs
    assert both.sato.queue.assigned_to_others() == 0


def test_skipping_needs_a_reason_and_is_written_down(both: Team) -> None:
    """The claim is free again, and this session is offered another one."""
    first, second = both.conversation(1), both.conversation(2)
    claim = both.sato.queue.next()
    assert claim is not None
    with pytest.raises(MaildeskError):
        both.sato.queue.skip(claim, " ")
    both.sato.queue.skip(claim, "担当外")
    last = both.sato.conversations.get(first).events[-1]
    assert (last.what, last.detail["reason"]) == ("skipped", "担当外")
    other = both.sato.queue.next()
    assert other is not None
    assert other.conversation_id == second
    assert both.sato.queue.next() is None
    assert both.sato.queue.forget_skipped()
    again = both.sato.queue.next()
    assert again is not None
    assert again.conversation_id == first


# ---- what is put off


@pytest.mark.slow
def test_what_was_put_off_wakes_once_whoever_looks(both: Team) -> None:
    """Workers and clients at once: one event each, and nobody needs a worker."""
    ids = [both.conversation(n) for n in range(10)]
    until = both.sato.now() + timedelta(hours=1)
    both.sato.triage.set_status(ids, Status.WAITING, until=until)
    assert both.sato.inbox.counts()["waiting"] == 10
    both.sql("UPDATE conversation SET waiting_until = 1.0")

    def worker() -> None:
        both.store.run(conversations.wake)

    desks = [both.new_session("sato") for _ in range(4)]
    at_once([worker, worker, *(desk.inbox.counts for desk in desks)])  # type: ignore[list-item]
    for desk in desks:
        desk.close()
    assert both.sato.inbox.counts()["new"] == 10
    assert both.sql("SELECT count(*) FROM event WHERE what = 'woke'") == [(10,)]
    assert all(row.unread for row in both.suzuki.inbox.page(Tab.NEW).rows)


def test_until_reply_wakes_by_the_customers_mail(both: Team) -> None:
    """And by nothing else; the reason was told."""
    number = both.conversation(1)
    both.sato.triage.set_status([number], Status.WAITING, reason=WaitingReason.CUSTOMER, note="写真待ち")
    assert both.sato.conversations.summary(number).note == "写真待ち"
    both.sato.inbox.counts()
    assert both.sato.conversations.summary(number).status is Status.WAITING
    both.arrive(mail(2, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    assert both.sato.conversations.summary(number).status is Status.NEW


# ---- closed without an answer


def test_no_answer_needed_is_counted_apart_and_reopened_by_mail(both: Team) -> None:
    """Done with a reason, told from what was answered, until the customer writes again; undone like any state."""
    number, other = both.conversation(1), both.conversation(2)
    changed = both.sato.triage.no_answer([number], "お礼のみ")
    row = changed.summaries[0]
    assert (row.status, row.no_answer, row.note) == (Status.DONE, True, "お礼のみ")
    both.sato.triage.set_status([other], Status.DONE)
    assert not both.sato.conversations.summary(other).no_answer
    both.arrive(mail(3, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    row = both.sato.conversations.summary(number)
    assert (row.status, row.no_answer) == (Status.NEW, False)
    outcome = both.sato.triage.undo(changed.undo)
    assert isinstance(outcome, NotUndone)
    assert outcome.can_force


# ---- spam


@pytest.mark.parametrize("block", ["customer1@example.jp", "@example.jp"])
def test_a_blocked_senders_mail_is_spam_and_nothing_else(both: Team, block: str) -> None:
    """Out of the way, never closed or answered; not spam brings the earlier state back and forgets the block."""
    number = both.conversation(1)
    both.sato.triage.set_status([number], Status.WAITING, reason=WaitingReason.COLLEAGUE)
    changed = both.sato.triage.spam([number], [block])
    assert [one.address for one in both.suzuki.blocks.all()] == [block]
    later = both.conversation(5, sender="X <Customer1@Example.jp>")
    assert both.sato.conversations.summary(later).status is Status.SPAM
    assert both.sato.inbox.counts()["spam"] == 2
    freed = both.sato.triage.not_spam([number])
    row = freed.summaries[0]
    assert (row.status, row.waiting_reason) == (Status.WAITING, WaitingReason.COLLEAGUE)
    assert both.sato.blocks.all() == ()
    assert both.sato.conversations.summary(both.conversation(6, sender="customer1@example.jp")).status is (
        Status.NEW
    )
    assert isinstance(both.sato.triage.undo(freed.undo), Undone)
    assert [one.address for one in both.sato.blocks.all()] == [block]
    assert isinstance(both.sato.triage.undo(changed.undo, force=True), Undone)
    assert both.sato.blocks.all() == ()


@pytest.mark.parametrize("wrong", ["shop@shop.example", "@shop.example", "@gmail.com", "nobody", "a b@x.jp"])
def test_who_cannot_be_blocked(both: Team, wrong: str) -> None:
    """We ourselves, a domain of many, and what is no address."""
    with pytest.raises(MaildeskError):
        both.sato.blocks.add([wrong])
    with pytest.raises(MaildeskError):
        both.sato.triage.spam([both.conversation(1)], [wrong])


# ---- followed


def test_a_follower_hears_once_of_what_others_do(both: Team) -> None:
    """Mail and colleagues, not himself; in one of two windows; the list knows what is followed."""
    number, other = both.conversation(1), both.conversation(2)
    assert both.sato.triage.follow([number]) == (number,)
    assert both.sato.triage.follow([number]) == ()
    both.sato.triage.set_priority([number], Priority.URGENT)
    assert both.sato.triage.news() == ()
    both.suzuki.triage.label([number, other], add=["破損"])
    second = both.new_session("sato")
    heard = both.sato.triage.news() + second.triage.news()
    second.close()
    assert [(one.conversation_id, one.who, one.what) for one in heard] == [(number, "鈴木", "labels")]
    both.arrive(mail(3, sender="客 1 <customer1@example.jp>", headers=["In-Reply-To: <m1@example.jp>"]))
    assert [one.what for one in both.sato.triage.news()] == ["received"]
    assert [row.id for row in both.sato.inbox.page(Tab.ALL, query="is:followed").rows] == [number]
    assert both.sato.conversations.summary(number).followed
    both.sato.triage.unfollow([number])
    both.suzuki.triage.label([number], add=["至急"])
    assert both.sato.triage.news() == ()


# ---- tried only


def test_a_rehearsal_tells_and_leaves_nothing(both: Team) -> None:
    """What would change and what not, by the very rules; no field, no event, no block."""
    ids = [both.conversation(n) for n in range(4)]
    both.suzuki.claims.take(ids[2])
    events = both.sql("SELECT count(*) FROM event")
    with both.sato.triage.rehearsing():
        tried = both.sato.triage.spam([*ids, 9999], ["@example.jp"])
    assert [row.id for row in tried.summaries] == [ids[0], ids[1], ids[3]]
    assert [one.reason for one in tried.skipped] == ["replying", "gone"]
    assert both.sql("SELECT count(*) FROM event") == events
    assert both.sato.blocks.all() == ()
    assert both.sato.inbox.counts()["new"] == 3
    assert both.sato.triage.set_status(ids[:1], Status.DONE).summaries[0].status is Status.DONE


def test_acts_of_several_transactions_are_rehearsed_together(both: Team) -> None:
    """Each sees what the ones before did; what is refused among them leaves the others, and at the end nothing stays."""
    one, two = both.conversation(1), both.conversation(2)
    desk = both.sato
    mine = desk.conversations.get(one).customer.id
    with desk.triage.rehearsing():
        desk.views.save(View("返品", "返品"))
        assert desk.views.rename("返品", "交換").name == "交換"
        with pytest.raises(NotFound):
            desk.views.get("返品")
        assert isinstance(desk.claims.take(two), Claimed)
        assert desk.customers.rename(mine, "試し").card.name == "試し"
        with pytest.raises(NotFound):
            desk.triage.move([one], 4711)
    assert desk.views.list() == ()
    assert desk.conversations.summary(two).claim is None
    assert desk.customers.card(mine).name != "試し"

    def interrupted() -> None:
        with desk.triage.rehearsing():
            raise ZeroDivisionError(desk.views.save(View("返品", "返品")).name)

    with pytest.raises(ZeroDivisionError, match="返品"):
        interrupted()
    assert desk.views.list() == ()
    assert desk.views.save(View("返品", "返品")).own
