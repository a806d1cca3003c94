"""What waits for approval or for its time keeps its turn, and what stops it is told to its author."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from maildesk.desk import Desk
from maildesk.domain.claim import Claimed, HeldByOther
from maildesk.domain.outbox import HeldReason, OutboxState
from maildesk.domain.outcomes import Approved, Begun, Released, TextChanged, Waiting
from maildesk.domain.reply import AfterSend, AlreadyAnswered, Draft, Queued, Recalled, StopReason, TooLate
from maildesk.domain.status import Status, Tab, WaitingReason
from maildesk.errors import MaildeskError, NotPermitted, StoreError
from maildesk.store import outbox
from tests.support.stores import Team, mail


def begin(desk: Desk, number: int, text: str = "本日発送しました。") -> tuple[Begun, Draft]:
    """Take the claim and write."""
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun), begun
    return begun, replace(begun.draft, body=f"{text}\n{begun.draft.body}")


def send(desk: Desk, number: int, **how: object) -> Queued:
    """Answer a conversation."""
    begun, draft = begin(desk, number)
    version = begun.conversation.summary.version
    request = f"request-{desk.me.login}-{number}-{version}"
    outcome = desk.replies.submit(begun.claim, draft, seen_version=version, request_id=request, **how)  # type: ignore[arg-type]
    assert isinstance(outcome, Queued), outcome
    return outcome


def ask(team: Team, number: int) -> int:
    """佐藤 asks for approval of an answer."""
    return send(team.sato, number, approval=True).outbox_id


def tomorrow(team: Team, number: int) -> int:
    """佐藤's answer leaves tomorrow."""
    return send(team.sato, number, at=team.sato.now() + timedelta(days=1)).outbox_id


def write_again(team: Team, n: int = 100) -> None:
    """The customer of conversation 1 writes once more."""
    team.arrive(mail(n, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]))


def approve(team: Team, outbox_id: int) -> Approved | TextChanged:
    """鈴木 reads and approves."""
    return team.suzuki.outbox.approve(outbox_id, team.suzuki.outbox.reply_of(outbox_id).sha256)


def pick(team: Team) -> int | None:
    """What a worker would send now."""
    with team.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
    return None if picked is None else picked.id


# ---- asking for approval


def test_what_waits_for_approval_is_not_sent(both: Team) -> None:
    """Held, its conversation in the approval tab, listed for the approver, and no worker takes it."""
    number = both.conversation()
    asked = send(both.sato, number, approval=True)
    assert asked.held
    assert pick(both) is None
    item = both.suzuki.outbox.approvals()[0]
    assert (item.id, item.state, item.held_reason) == (
        asked.outbox_id,
        OutboxState.HELD,
        HeldReason.APPROVAL,
    )
    row = both.suzuki.inbox.page(Tab.APPROVAL).rows[0]
    assert (row.id, row.status, row.answered) == (number, Status.APPROVAL, False)


def test_approving_lets_it_leave(both: Team) -> None:
    """It is queued with the name of who approved, and its conversation gets the status that its author chose."""
    number = both.conversation()
    after = AfterSend(Status.WAITING, WaitingReason.CUSTOMER)
    asked = send(both.sato, number, approval=True, after=after).outbox_id
    outcome = approve(both, asked)
    assert isinstance(outcome, Approved)
    assert (outcome.item.state, outcome.item.approved_by) == (OutboxState.QUEUED, "鈴木")
    summary = both.sato.conversations.summary(number)
    assert (summary.status, summary.waiting_reason) == (Status.WAITING, WaitingReason.CUSTOMER)
    assert pick(both) == asked
    with pytest.raises(MaildeskError) as twice:
        approve(both, asked)
    assert twice.value.key == "outbox_no_approve"


def test_the_text_that_was_read_is_the_text_that_leaves(both: Team) -> None:
    """An approval names the SHA-256 of text, recipients and files: when any of it is another by then, nothing leaves."""
    number = both.conversation()
    asked = ask(both, number)
    read = both.suzuki.outbox.reply_of(asked)
    both.sql("UPDATE outbox SET body = 'another text' WHERE id = :i", i=asked)
    outcome = both.suzuki.outbox.approve(asked, read.sha256)
    assert isinstance(outcome, TextChanged)
    assert outcome.reply.body == "another text"
    assert outcome.reply.sha256 != read.sha256
    assert pick(both) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outbox SET subject = '{x}'",
        """UPDATE outbox SET "to" = '[["", "{x}@example.jp"]]'""",
        """UPDATE outbox SET cc = '[["", "{x}@example.jp"]]'""",
        "UPDATE file SET name = '{x}'",
        "INSERT INTO file (outbox_id, name, content_type, size, data) "
        "SELECT outbox_id, '{x}', content_type, size, data FROM file",
        "DELETE FROM file WHERE name <> '{x}'",
    ],
)
def test_everything_that_the_customer_gets_is_part_of_it(both: Team, change: str) -> None:
    """Subject, recipients and files, too; and once it was approved, the database refuses the change."""
    begun, draft = begin(both.sato, both.conversation())
    for name in ("a.txt", "b.txt"):
        draft = both.sato.replies.attach(draft, name, "text/plain", b"x")
    asked = both.sato.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id="r", approval=True
    )
    assert isinstance(asked, Queued)
    read = both.suzuki.outbox.reply_of(asked.outbox_id).sha256
    both.sql(change.format(x="a.txt"))
    assert isinstance(both.suzuki.outbox.approve(asked.outbox_id, read), TextChanged)
    assert isinstance(approve(both, asked.outbox_id), Approved)
    with pytest.raises((DBAPIError, StoreError)):
        both.sql(change.format(x="z.txt"))


def test_nobody_approves_his_own(both: Team) -> None:
    """Not by the desk, and not by the database."""
    number = both.conversation()
    asked = send(both.suzuki, number, approval=True).outbox_id
    with pytest.raises(NotPermitted) as refused:
        approve(both, asked)
    assert refused.value.key == "approve_own"
    with pytest.raises((DBAPIError, StoreError)):
        both.sql(
            "UPDATE outbox SET state = 'queued', approved_by = author_id, approved_sha256 = 'x' WHERE id = :i",
            i=asked,
        )
    assert pick(both) is None


def test_who_may_not_approve_is_refused(both: Team) -> None:
    """An agent approves nothing, and the database takes no agent's name for an approver's."""
    number = both.conversation()
    asked = send(both.suzuki, number, approval=True).outbox_id
    with pytest.raises(NotPermitted):
        both.sato.outbox.approve(asked, "")
    with pytest.raises((DBAPIError, StoreError)):
        both.sql(
            "UPDATE outbox SET state = 'queued', approved_by = :a, approved_sha256 = 'x' WHERE id = :i",
            a=both.agents["sato"].id,
            i=asked,
        )


# ---- who needs it always


@pytest.fixture
def watched(both: Team) -> Team:
    """佐藤 is new: what he writes needs an approval."""
    both.sql("UPDATE agent SET needs_approval = true WHERE login = 'sato'")
    return both


def test_who_needs_approval_has_no_way_around_it(watched: Team) -> None:
    """At once, with a time, as a follow-up: all of it is held."""
    first, second = watched.conversation(1), watched.conversation(2)
    assert send(watched.sato, first).held
    assert send(watched.sato, second, at=watched.sato.now() + timedelta(seconds=1)).held
    watched.sql("UPDATE outbox SET not_before = 1.0")
    assert pick(watched) is None
    for item in watched.suzuki.outbox.approvals():
        assert isinstance(approve(watched, item.id), Approved)
    assert pick(watched) is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox SET state = 'queued'",
        "UPDATE outbox SET state = 'sending'",
        "UPDATE outbox SET approval = false, state = 'queued'",
        "UPDATE outbox SET author_id = (SELECT id FROM agent WHERE login = 'suzuki'), state = 'queued'",
    ],
)
def test_the_database_lets_nothing_leave_without_approval(watched: Team, statement: str) -> None:
    """Whatever a client believes."""
    send(watched.sato, watched.conversation())
    with pytest.raises((DBAPIError, StoreError)):
        watched.sql(statement)
    assert pick(watched) is None


def test_the_database_queues_nothing_of_his_unapproved(watched: Team) -> None:
    """A client that does not know of approvals cannot insert what would leave, nor bring its approval along."""
    asked = send(watched.sato, watched.conversation()).outbox_id
    names = (
        [str(r[0]) for r in watched.sql("SELECT name FROM pragma_table_info('outbox')")]
        if (watched.store.is_sqlite)
        else [
            str(r[0])
            for r in watched.sql(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'outbox'"
            )
        ]
    )
    kept = [
        f'"{n}"'
        for n in names
        if n not in ("id", "request_id", "message_id", "seq", "state", "approval", "approved_by")
    ]
    for state, approval, by in (
        ("queued", "false", "NULL"),
        ("queued", "true", "NULL"),
        ("held", "true", "1"),
    ):
        with pytest.raises((DBAPIError, StoreError)):
            watched.sql(
                f"INSERT INTO outbox ({', '.join(kept)}, request_id, message_id, seq, state, approval, approved_by) "
                f"SELECT {', '.join(kept)}, 'other', '<other@shop.example>', 9, '{state}', {approval}, {by} "
                "FROM outbox WHERE id = :i",
                i=asked,
            )


def test_what_failed_and_was_approved_may_be_sent_again(watched: Team) -> None:
    """The approval stays with the text."""
    from maildesk.domain.outbox import Step

    asked = send(watched.sato, watched.conversation()).outbox_id
    approve(watched, asked)
    with watched.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)
        outbox.finish(tx, picked.id, picked.attempt, Step.REFUSED, "550 no")
    assert watched.sato.outbox.send_again(asked).state is OutboxState.QUEUED


# ---- giving back, pulling back


def test_what_is_given_back_lies_with_its_author(both: Team) -> None:
    """With the note; the turn is free for everybody, the text is a draft again with its files."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    draft = both.sato.replies.attach(draft, "a.txt", "text/plain", b"x")
    asked = both.sato.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id="r", approval=True
    )
    assert isinstance(asked, Queued)
    both.suzuki.outbox.give_back(asked.outbox_id, "日付を確かめてください")
    assert both.sato.conversations.summary(number).status is Status.NEW
    line = both.sato.drafts.stopped()[0]
    assert (line.outbox_id, line.stop.reason) == (asked.outbox_id, StopReason.RETURNED)
    assert (line.stop.who, line.stop.why, line.text) == ("鈴木", "日付を確かめてください", draft.body)
    taken = both.suzuki.claims.take(number)
    assert isinstance(taken, Claimed)
    both.suzuki.claims.release(taken.claim)
    back = both.sato.outbox.pull_back(asked.outbox_id)
    assert isinstance(back, Recalled)
    assert (back.draft.body, [f.name for f in back.draft.files]) == (draft.body, ["a.txt"])
    again = both.sato.drafts.stopped()
    assert [(s.outbox_id, s.stop.reason, s.stop.why) for s in again] == [
        (None, StopReason.RETURNED, "日付を確かめてください")
    ]


def test_only_who_approves_gives_back(both: Team) -> None:
    """Nobody else stops a colleague's reply."""
    asked = send(both.suzuki, both.conversation(), approval=True).outbox_id
    with pytest.raises(NotPermitted):
        both.sato.outbox.give_back(asked, "x")
    with pytest.raises(NotPermitted):
        both.sato.outbox.cancel(asked)
    assert isinstance(both.sato.outbox.pull_back(asked), TooLate)


def test_the_author_pulls_back_until_it_is_decided(both: Team) -> None:
    """Then it is his draft again and the conversation as it was; afterwards it is too late."""
    number = both.conversation()
    asked = ask(both, number)
    assert isinstance(both.sato.outbox.pull_back(asked), Recalled)
    assert both.sato.conversations.summary(number).status is Status.NEW
    with pytest.raises(MaildeskError):
        both.suzuki.outbox.approve(asked, both.suzuki.outbox.reply_of(asked).sha256)
    again = ask(both, number)
    approve(both, again)
    assert pick(both) == again
    assert isinstance(both.sato.outbox.pull_back(again), TooLate)


def test_taking_back_overwrites_no_draft(both: Team) -> None:
    """What was written meanwhile stays, and what was taken back lies among the stopped replies."""
    number = both.conversation()
    asked = ask(both, number)
    written = replace(both.sato.replies.begin_private(number), body="あとで書いた文章")
    both.sato.replies.save(written)
    assert isinstance(both.sato.outbox.pull_back(asked), Recalled)
    found = both.sato.drafts.of(number)
    assert found is not None
    assert found.body == "あとで書いた文章"
    assert [s.outbox_id for s in both.sato.drafts.stopped()] == [asked]


# ---- nobody else meanwhile


@pytest.mark.parametrize("wait", [ask, tomorrow])
def test_nobody_replies_while_an_answer_waits(both: Team, wait: object) -> None:
    """Not a colleague, not its author: the item that waits is shown instead."""
    number = both.conversation()
    waiting = wait(both, number)  # type: ignore[operator]
    for desk in (both.sato, both.suzuki, both.desk("takahashi")):
        outcome = desk.replies.begin(number)
        assert isinstance(outcome, Waiting)
        assert outcome.item.id == waiting
        assert isinstance(desk.claims.take(number), Waiting)
    both.sato.outbox.pull_back(waiting)
    both.sato.claims.release_held(number)
    assert isinstance(both.suzuki.claims.take(number), Claimed)


def test_an_answer_that_waits_is_the_answer_of_its_turn(both: Team) -> None:
    """``one_answer`` counts it: a second one cannot be written, whatever the claim says."""
    number = both.conversation()
    tomorrow(both, number)
    both.sql("UPDATE outbox SET scheduled = false")  # a claim that should not have been given
    begun, draft = begin(both.suzuki, number)
    outcome = both.suzuki.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id="other"
    )
    assert isinstance(outcome, AlreadyAnswered)


# ---- at a time


def test_a_scheduled_reply_leaves_at_its_time(both: Team) -> None:
    """Not before; it is listed with the time."""
    number = both.conversation()
    at = both.sato.now() + timedelta(days=1)
    queued = send(both.sato, number, at=at)
    assert abs(queued.not_before - at) < timedelta(milliseconds=1)
    assert [i.id for i in both.suzuki.outbox.scheduled()] == [queued.outbox_id]
    assert pick(both) is None
    both.sql("UPDATE outbox SET not_before = 1.0")
    assert pick(both) == queued.outbox_id


def test_a_time_that_is_over_is_refused(both: Team) -> None:
    """By the store's clock; the draft is kept."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    with pytest.raises(MaildeskError) as refused:
        both.sato.replies.submit(
            begun.claim,
            draft,
            seen_version=begun.claim.version,
            request_id="r",
            at=both.sato.now() - timedelta(seconds=1),
        )
    assert refused.value.key == "time_over"
    assert both.sato.drafts.of(number) is not None


def test_a_supervisor_stops_a_scheduled_reply(both: Team) -> None:
    """Its author finds the text among his stopped replies."""
    number = both.conversation()
    waiting = tomorrow(both, number)
    assert both.suzuki.outbox.cancel(waiting).state is OutboxState.CANCELLED
    assert [(s.outbox_id, s.stop.who) for s in both.sato.drafts.stopped()] == [(waiting, "鈴木")]
    assert both.sato.conversations.summary(number).status is Status.NEW


# ---- new mail


@pytest.mark.parametrize("wait", [ask, tomorrow])
def test_new_mail_holds_what_waits(both: Team, wait: object) -> None:
    """The author is asked, the turn of the new mail is free, and nothing leaves by itself."""
    number = both.conversation()
    waiting = wait(both, number)  # type: ignore[operator]
    write_again(both)
    both.sql("UPDATE outbox SET not_before = 1.0")
    assert pick(both) is None
    line = both.sato.drafts.stopped()[0]
    assert (line.outbox_id, line.stop.reason) == (waiting, StopReason.NEW_MAIL)
    assert both.sato.conversations.summary(number).status is Status.NEW
    assert both.sato.outbox.attempts(waiting)[-1].what == "held"
    assert isinstance(both.suzuki.claims.take(number), Claimed)


def test_new_mail_voids_an_approval(both: Team) -> None:
    """Also one that was given and has not left yet: it was given for another state of things."""
    asked = send(
        both.sato, both.conversation(), approval=True, at=both.sato.now() + timedelta(hours=1)
    ).outbox_id
    read = both.suzuki.outbox.reply_of(asked).sha256
    approve(both, asked)
    write_again(both)
    item = both.sato.outbox.item(asked)
    assert (item.state, item.held_reason, item.approved_by) == (OutboxState.HELD, HeldReason.NEW_MAIL, "")
    with pytest.raises(MaildeskError):
        both.suzuki.outbox.approve(asked, read)
    released = both.sato.outbox.release(asked)
    assert isinstance(released, Released)
    assert (released.item.state, released.item.held_reason) == (OutboxState.HELD, HeldReason.APPROVAL)
    assert isinstance(approve(both, asked), Approved)


def test_an_approval_is_for_the_mail_that_was_answered(both: Team) -> None:
    """The approver reads, the customer writes again, the author sends the same words anyway: the approver is told, and
    looks again before they leave as the answer to another mail."""
    asked = ask(both, both.conversation())
    read = both.suzuki.outbox.reply_of(asked).sha256
    write_again(both)
    with pytest.raises(MaildeskError) as news:
        both.suzuki.outbox.approve(asked, read)
    assert news.value.key == "outbox_news"
    assert isinstance(both.sato.outbox.release(asked), Released)
    outcome = both.suzuki.outbox.approve(asked, read)
    assert isinstance(outcome, TextChanged)
    assert pick(both) is None
    assert isinstance(both.suzuki.outbox.approve(asked, outcome.reply.sha256), Approved)


def test_what_answers_an_old_turn_is_held_and_not_approved(both: Team) -> None:
    """Whoever should have held it did not: approving looks itself."""
    number = both.conversation()
    asked = ask(both, number)
    both.sql("UPDATE conversation SET turn = turn + 1 WHERE id = :i", i=number)
    with pytest.raises(MaildeskError) as news:
        approve(both, asked)
    assert news.value.key == "outbox_news"
    item = both.sato.outbox.item(asked)
    assert (item.state, item.held_reason) == (OutboxState.HELD, HeldReason.NEW_MAIL)
    assert [line.stop.reason for line in both.sato.drafts.stopped()] == [StopReason.NEW_MAIL]


def test_a_reply_that_is_not_scheduled_is_not_held(both: Team) -> None:
    """What is on its way at once goes: new mail then is a new turn."""
    number = both.conversation()
    queued = send(both.sato, number)
    write_again(both)
    assert pick(both) == queued.outbox_id


def test_send_anyway_answers_the_newest_mail(both: Team) -> None:
    """The reply becomes the answer of the new turn, so that nobody answers that again."""
    number = both.conversation()
    waiting = tomorrow(both, number)
    write_again(both)
    released = both.sato.outbox.release(waiting)
    assert isinstance(released, Released)
    assert released.item.state is OutboxState.QUEUED
    assert both.sato.conversations.summary(number).status is Status.DONE
    assert isinstance(both.suzuki.replies.begin(number), Waiting)
    assert both.sato.drafts.stopped() == ()
    with pytest.raises(MaildeskError):
        both.sato.outbox.release(waiting)


def test_send_anyway_gives_way_to_a_colleague(both: Team) -> None:
    """Who answers the new mail now, or did, comes first."""
    number = both.conversation()
    waiting = tomorrow(both, number)
    write_again(both)
    begun, draft = begin(both.suzuki, number)
    assert isinstance(both.sato.outbox.release(waiting), HeldByOther)
    version = begun.conversation.summary.version
    both.suzuki.replies.submit(begun.claim, draft, seen_version=version, request_id="suzuki")
    outcome = both.sato.outbox.release(waiting)
    assert isinstance(outcome, AlreadyAnswered)
    assert outcome.by == "鈴木"
    assert both.sato.outbox.item(waiting).held_reason is HeldReason.NEW_MAIL
    assert isinstance(both.sato.claims.take(number), Claimed), "no claim is left behind"
