"""Reply targets: when a clock starts, stands still, goes on and ends; and mail to what is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maildesk.domain.business import Calendar
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outbox import Step
from maildesk.domain.outcomes import Begun, Undo
from maildesk.domain.reply import Queued
from maildesk.domain.reply_target import ReopenPolicy, ReplyTarget
from maildesk.domain.status import Priority, Sort, Status, Tab, WaitingReason
from maildesk.domain.template import Template
from maildesk.store import mailboxes, outbox, targets
from tests.desk.test_waiting import send
from tests.support.stores import Team, mail

FOUR_HOURS = ReplyTarget(4 * 3600)
HOUR = timedelta(hours=1)


def configure(team: Team, target: ReplyTarget | None = None, reopen: ReopenPolicy | None = None) -> None:
    """Give the shop a target, and compute again what is due."""
    with team.store.transaction() as tx:
        box = mailboxes.by_id(tx, team.box.id)
        assert box is not None
        mailboxes.put(tx, replace(box, reply_target=target, reopen=reopen or ReopenPolicy()), {})
        targets.recompute(tx, box.id)


def due(team: Team, number: int) -> datetime | None:
    """Until when, as the list says it."""
    return team.sato.conversations.get(number).summary.due_at


def again(team: Team, n: int, at: datetime, **about: str) -> int:
    """The customer of conversation 1 writes once more; the conversation that his mail is in."""
    raw = mail(n, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"], **about)
    taken = team.arrive(raw, at=at)[0]
    assert taken.conversation_id is not None
    return taken.conversation_id


def arrived(team: Team, at: datetime, number: int = 1) -> int:
    """A first mail of that time."""
    taken = team.arrive(mail(number), at=at)[0]
    assert taken.conversation_id is not None
    return taken.conversation_id


def leave(team: Team, number: int) -> None:
    """佐藤's answer leaves."""
    queued = send(team.sato, number)
    with team.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        outbox.finish(tx, queued.outbox_id, picked.attempt, Step.ACCEPTED, "250 ok")


def test_without_a_target_nothing_is_due(both: Team) -> None:
    """The ordinary desk: no clock, and nothing overdue to be counted."""
    number = both.conversation()
    assert due(both, number) is None
    assert both.sato.inbox.overdue() is None


def test_a_customers_mail_starts_the_clock_and_his_next_one_does_not_turn_it_back(both: Team) -> None:
    """The target counts from the first mail that has no answer, in the shop's own hours."""
    configure(both, ReplyTarget(4 * 3600, Calendar("Asia/Tokyo", ("mon-fri 09:00-18:00",))))
    friday = datetime(2026, 11, 20, 6, tzinfo=UTC)  # 15:00 in Tokyo
    number = arrived(both, friday)
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert due(both, number) == monday
    assert again(both, 50, friday + HOUR) == number
    assert due(both, number) == monday


def test_the_answer_ends_it_and_the_next_mail_begins_anew(both: Team) -> None:
    """Until the mail has left, the target is only out of sight: taken back, it is there again."""
    configure(both, FOUR_HOURS)
    now = both.sato.now()
    number = arrived(both, now)
    queued = send(both.sato, number)
    assert due(both, number) is None
    both.sato.replies.recall(queued.outbox_id)
    assert due(both, number) == pytest.approx(now + 4 * HOUR, abs=timedelta(seconds=0.01))
    both.sql("DELETE FROM draft")
    leave(both, number)
    assert both.sql("SELECT due_at, due_from FROM conversation") == [(None, None)]
    later = now + 5 * HOUR
    again(both, 50, later)
    assert due(both, number) == pytest.approx(later + 4 * HOUR, abs=timedelta(seconds=0.01))


def test_done_and_no_answer_end_it_and_undo_brings_it_back(both: Team) -> None:
    """What is settled is not due; z puts it back as it was."""
    configure(both, FOUR_HOURS)
    number = both.conversation()
    until = due(both, number)
    assert until is not None
    for act in (both.sato.triage.no_answer, lambda ids: both.sato.triage.set_status(ids, Status.DONE)):
        undo = act([number]).undo
        assert due(both, number) is None
        assert isinstance(undo, Undo)
        both.sato.triage.undo(undo)
        assert due(both, number) == until


def test_waiting_stops_the_clock_and_it_goes_on_where_it_stopped(both: Team) -> None:
    """An hour was spent; after any wait three are left. So by hand, and where the time came."""
    configure(both, FOUR_HOURS)
    for by_hand in (True, False):
        start = both.sato.now() - 3 * HOUR
        number = arrived(both, start, 10 + by_hand)
        both.sato.triage.set_status([number], Status.WAITING, until=both.sato.now() + HOUR)
        assert due(both, number) is None
        both.sql("UPDATE conversation SET paused_at = due_from + 3600 WHERE id = :i", i=number)
        if by_hand:
            both.sato.triage.set_status([number], Status.NEW)
        else:
            both.sql("UPDATE conversation SET waiting_until = 1.0 WHERE id = :i", i=number)
            both.sato.inbox.page(Tab.NEW)
        until = due(both, number)
        assert until is not None
        assert until - both.sato.now() == pytest.approx(3 * HOUR, abs=timedelta(minutes=1))


def test_a_wait_can_let_the_clock_run(both: Team) -> None:
    """``runs_while``: whoever waits for a colleague lets the customer wait."""
    configure(both, ReplyTarget(4 * 3600, runs_while=("colleague",)))
    number = both.conversation()
    until = due(both, number)
    both.sato.triage.set_status([number], Status.WAITING, reason=WaitingReason.COLLEAGUE)
    assert due(both, number) == until
    both.sato.triage.set_status([number], Status.NEW)
    assert due(both, number) == until
    both.sato.triage.set_status([number], Status.WAITING, reason=WaitingReason.CUSTOMER)
    assert due(both, number) is None


def test_another_target_is_computed_again(both: Team) -> None:
    """Also for what had none; without a target nothing is due."""
    now = both.sato.now()
    number = arrived(both, now)
    for hours in (4, 8):
        configure(both, ReplyTarget(hours * 3600))
        assert due(both, number) == pytest.approx(now + hours * HOUR, abs=timedelta(seconds=0.01))
    configure(both)
    assert due(both, number) is None


def test_automatic_mail_waits_for_nobody(both: Team) -> None:
    """A newsletter has no target, and does not get one when targets change."""
    configure(both, FOUR_HOURS)
    taken = both.arrive(mail(1, headers=["Auto-Submitted: auto-generated"]))[0]
    configure(both, ReplyTarget(8 * 3600))
    assert taken.conversation_id is not None
    assert due(both, taken.conversation_id) is None


def test_what_is_overdue_is_counted_and_found(both: Team) -> None:
    """``overdue:``, ``overdue:2h``, ``due:1h``; what is settled or waits is not."""
    configure(both, FOUR_HOURS)
    now = both.sato.now()
    late, later, soon, far, done = (arrived(both, now - h * HOUR, n) for n, h in enumerate((5, 9, 3.5, 1, 7)))
    both.sato.triage.set_status([done], Status.DONE)

    def found(query: str) -> list[int]:
        return sorted(row.id for row in both.sato.inbox.page(Tab.ALL, query=query).rows)

    assert found("overdue:") == found("期限切れ:") == found("is:overdue") == sorted([late, later])
    assert found("overdue:2h") == [later]
    assert found("due:1h") == sorted([late, later, soon])
    assert found("-due:2h state:new") == [far]
    assert both.sato.inbox.overdue() == 2


def test_lists_by_what_is_left_then_priority_then_age(both: Team) -> None:
    """The same order in the list and for the next one."""
    configure(both, FOUR_HOURS)
    base = both.sato.now().replace(second=5, microsecond=0)
    ids = [
        arrived(both, base - offset, n)
        for n, offset in enumerate((HOUR, 2 * HOUR, timedelta(seconds=4), timedelta()))
    ]
    plain, first, same_minute, urgent = ids
    both.sato.triage.set_priority([urgent], Priority.URGENT)
    wanted = [first, plain, urgent, same_minute]
    assert [row.id for row in both.sato.inbox.page(Tab.NEW, sort=Sort.DUE).rows] == wanted
    taken = [both.sato.queue.next() for _ in wanted]
    assert [claim and claim.conversation_id for claim in taken] == wanted


def test_a_client_of_the_version_before_keeps_the_order_right(both: Team) -> None:
    """It sets the state and the priority, and knows nothing of the rest."""
    configure(both, FOUR_HOURS)
    number = both.conversation()
    until = due(both, number)
    both.sql("UPDATE conversation SET status = 'done' WHERE id = :i", i=number)
    assert due(both, number) is None
    both.sql("UPDATE conversation SET status = 'new', priority = 3 WHERE id = :i", i=number)
    assert due(both, number) == until
    order = both.sql("SELECT due_order - 60 * CAST(due_order / 60 - 0.5 AS INTEGER) FROM conversation")
    assert order[0][0] in (0, 60)


def test_mail_to_what_is_done_opens_it_again_by_default(both: Team) -> None:
    """The old conversation is new again."""
    number = both.conversation()
    both.sato.triage.set_status([number], Status.DONE)
    assert again(both, 50, both.sato.now()) == number
    assert both.sato.conversations.get(number).summary.status is Status.NEW


def test_mail_to_what_is_done_can_begin_another_conversation(both: Team) -> None:
    """``reopen = "new"``: it names the old one, his further mails go there, and the old one stays done."""
    configure(both, reopen=ReopenPolicy("new"))
    number = both.conversation()
    assert again(both, 49, both.sato.now()) == number  # it is open
    both.sato.triage.set_status([number], Status.DONE)
    other = again(both, 50, both.sato.now())
    assert other != number
    assert both.sato.conversations.get(number).summary.status is Status.DONE
    assert both.sato.conversations.get(other).summary.related == (number,)
    assert again(both, 51, both.sato.now()) == other
    both.sato.triage.set_status([other], Status.DONE)
    third = again(both, 52, both.sato.now())
    assert third not in (number, other)
    assert again(both, 53, both.sato.now()) == third


def test_mail_does_not_follow_into_spam(both: Team) -> None:
    """What began after the old one was taken for spam, and its sender is not blocked: his next mail is seen."""
    configure(both, reopen=ReopenPolicy("new"))
    number = both.conversation()
    both.sato.triage.set_status([number], Status.DONE)
    other = again(both, 50, both.sato.now())
    both.sato.triage.spam([other])
    third = again(both, 51, both.sato.now())
    assert third not in (number, other)
    assert both.sato.conversations.get(third).summary.status is Status.NEW
    both.sato.triage.spam([third], block=["customer1@example.jp"])
    assert both.sato.conversations.get(again(both, 52, both.sato.now())).summary.status is Status.SPAM


def test_mails_of_one_batch_to_what_is_done_begin_one_conversation(both: Team) -> None:
    """Not one each."""
    configure(both, reopen=ReopenPolicy("new"))
    number = both.conversation()
    both.sato.triage.set_status([number], Status.DONE)
    raws = [
        mail(n, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]) for n in (50, 51)
    ]
    one, two = (taken.conversation_id for taken in both.arrive(*raws))
    assert one == two != number


def test_mail_to_what_has_an_answer_that_waits_for_its_time_joins_it(both: Team) -> None:
    """It is done but for the hour: what was written without this mail is held, and does not leave over it."""
    configure(both, reopen=ReopenPolicy("new"))
    number = both.conversation()
    begun = both.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    later = both.sato.replies.submit(
        begun.claim,
        replace(begun.draft, body="明日お送りします。"),
        seen_version=begun.claim.version,
        request_id="later",
        at=both.sato.now() + timedelta(days=1),
    )
    assert isinstance(later, Queued)
    assert both.sato.conversations.get(number).summary.status is Status.DONE
    assert again(both, 50, both.sato.now()) == number
    assert both.sato.conversations.get(number).summary.status is Status.NEW
    assert both.sql("SELECT state FROM outbox") == [("held",)]


def test_mail_to_what_was_done_long_ago_begins_another_conversation(both: Team) -> None:
    """``reopen_within_days``: the days count from the last mail."""
    configure(both, reopen=ReopenPolicy(within_days=7))
    number = both.conversation()
    both.sato.triage.set_status([number], Status.DONE)
    day = timedelta(days=1)
    assert again(both, 50, both.sato.now() + 6 * day) == number
    both.sato.triage.set_status([number], Status.DONE)
    assert again(both, 51, both.sato.now() + 14 * day) != number


@pytest.mark.parametrize("kind", ["reopen", "new"])
def test_a_mere_thank_you_opens_nothing(both: Team, kind: str) -> None:
    """It joins what is done, which stays done; a question opens it."""
    configure(both, FOUR_HOURS, ReopenPolicy("new" if kind == "new" else "reopen", thanks="ありがとう"))
    number = both.conversation()
    both.sato.triage.set_status([number], Status.DONE)
    assert again(both, 50, both.sato.now(), body="ありがとうございました。") == number
    summary = both.sato.conversations.get(number).summary
    assert (summary.status, summary.due_at, summary.unread) == (Status.DONE, None, True)
    there = again(both, 51, both.sato.now(), body="ありがとうございます。いつ届きますか?")
    assert both.sato.conversations.get(there).summary.status is Status.NEW
    assert (there == number) is (kind == "reopen")


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_that_is_found_later_ends_the_clock_of_the_mails_before_it(
    both: Team, together: bool
) -> None:
    """Sent is read after the inbox: the customer waits since his first mail after the answer, not since the first."""
    configure(both, FOUR_HOURS)
    start = both.sato.now() - 10 * HOUR
    number = arrived(both, start)
    again(both, 50, start + 9 * HOUR)
    if not together:
        again(both, 51, start + 9.5 * HOUR)
    assert due(both, number) == pytest.approx(start + 4 * HOUR, abs=timedelta(seconds=0.01))
    ours = mail(
        60,
        sender="テスト店 <shop@shop.example>",
        to="customer1@example.jp",
        headers=["In-Reply-To: <m1@example.jp>"],
    )
    assert both.arrive(ours, at=start + 8 * HOUR, sent=True)[0].conversation_id == number
    assert due(both, number) == pytest.approx(start + 13 * HOUR, abs=timedelta(seconds=0.01))


def test_a_merge_keeps_the_target_that_ends_first_and_a_move_takes_that_of_the_shop(both: Team) -> None:
    """Each is taken back with its act."""
    configure(both, FOUR_HOURS)
    now = both.sato.now()
    old, young = arrived(both, now - 2 * HOUR, 1), arrived(both, now - HOUR, 2)
    until, later = due(both, old), due(both, young)
    merged = both.sato.triage.merge([old, young], into=young).undo
    assert due(both, young) == until
    both.sato.triage.undo(merged)
    assert (due(both, old), due(both, young)) == (until, later)
    with both.store.transaction() as tx:
        other, _ = mailboxes.put(
            tx, Mailbox(0, "他店", "他店", "other@shop.example", reply_target=ReplyTarget(8 * 3600)), {}
        )
    moved = both.sato.triage.move([old], other).undo
    assert due(both, old) == pytest.approx(now + 6 * HOUR, abs=timedelta(seconds=0.01))
    both.sato.triage.undo(moved)
    assert due(both, old) == until


def test_business_days_of_a_template_are_the_shops(both: Team) -> None:
    """What a template promises, and what the word means where something is put off, is the same day."""
    number = arrived(both, datetime(2026, 11, 20, 1, tzinfo=UTC))
    template = both.suzuki.templates.save(
        Template(0, "出荷", "", "", "{{ '2026-11-20'|営業日(1)|短い日付 }}出荷")
    )

    def says(calendar: Calendar) -> str:
        configure(both, replace(FOUR_HOURS, calendar=calendar))
        return both.sato.templates.render(template.id, number).body

    assert says(Calendar(hours=("mon-fri 10:00-17:00",))) == "11月23日(月)出荷"
    assert says(Calendar(hours=("mon-fri 10:00-17:00",), holidays="japan")) == "11月24日(火)出荷"
    assert says(Calendar(hours=("mon-sun 10:00-17:00",), closed=("2026-11-21",))) == "11月22日(日)出荷"
