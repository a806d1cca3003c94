"""What must hold, as small checks on a real store. Each raises AssertionError where the promise is broken."""

from __future__ import annotations

import uuid
from dataclasses import replace
from unittest import mock

from sqlalchemy.exc import DBAPIError

from maildesk.demo.imapd import ImapServer
from maildesk.desk import Desk
from maildesk.domain.claim import Claim, HeldByOther, LostClaim
from maildesk.domain.outbox import OutboxState, Step
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import AfterSend, AlreadyAnswered, AlreadyQueued, Queued, StaleView
from maildesk.errors import MaildeskError
from maildesk.store import outbox
from maildesk.store.events import actor
from maildesk.sync import ingest
from maildesk.sync.folder import look
from maildesk.sync.outbox import Sender
from maildesk.sync.smtp import SmtpSession
from stress.syncs import PASSWORD, USER, Day, killed_at
from tests.store import stores
from tests.support.smtp import SmtpServer
from tests.support.stores import Team, mail


def _begin(desk: Desk, number: int) -> Begun:
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun), begun
    return begun


def _submit(desk: Desk, begun: Begun, claim: Claim | None = None, request: str = "") -> object:
    draft = replace(begun.draft, body=f"返信\n{begun.draft.body}")
    return desk.replies.submit(
        claim or begun.claim,
        draft,
        seen_version=begun.conversation.summary.version,
        request_id=request or str(uuid.uuid4()),
    )


def _queued(team: Team) -> int:
    outcome = _submit(team.sato, _begin(team.sato, team.conversation(1)))
    assert isinstance(outcome, Queued), outcome
    return outcome.outbox_id


def _state(team: Team, item: int) -> OutboxState:
    return OutboxState(str(team.sql("SELECT state FROM outbox WHERE id = :i", i=item)[0][0]))


def one_answer_per_turn(team: Team) -> None:
    """Somebody else claims after the first one, reads, and answers the same turn: he is told, nothing is queued."""
    number = team.conversation(1)
    assert isinstance(_submit(team.sato, _begin(team.sato, number)), Queued)
    outcome = _submit(team.suzuki, _begin(team.suzuki, number))
    assert isinstance(outcome, AlreadyAnswered), outcome


def old_token_queues_nothing(team: Team) -> None:
    """A claim that was lost and won again: the reply written under the old one is refused."""
    number = team.conversation(1)
    old = _begin(team.sato, number)
    team.lapse(number)
    _begin(team.suzuki, number)
    team.lapse(number)
    _begin(team.sato, number)
    outcome = _submit(team.sato, old)
    assert isinstance(outcome, LostClaim), outcome


def old_token_frees_nothing(team: Team) -> None:
    """Giving back a claim that another one holds by now changes nothing."""
    number = team.conversation(1)
    old = _begin(team.sato, number)
    team.lapse(number)
    _begin(team.suzuki, number)
    team.sato.claims.release(old.claim)
    holder = team.suzuki.conversations.summary(number).claim
    assert holder is not None
    assert holder.agent_login == "suzuki"


def old_token_is_not_renewed(team: Team) -> None:
    """A lost claim is not kept alive by its loser."""
    number = team.conversation(1)
    old = _begin(team.sato, number)
    team.lapse(number)
    _begin(team.suzuki, number)
    assert isinstance(team.sato.claims.renew(old.claim, typed=True), LostClaim)


def live_claim_is_not_taken(team: Team) -> None:
    """Two want it: one has it."""
    number = team.conversation(1)
    _begin(team.sato, number)
    assert isinstance(team.suzuki.replies.begin(number), HeldByOther)


def take_over_is_from_the_holder_seen(team: Team) -> None:
    """He saw the claim of one, it was given back and taken anew: his take-over takes nothing."""
    number = team.conversation(1)
    begun = _begin(team.sato, number)
    seen = team.suzuki.conversations.summary(number).claim
    assert seen is not None
    team.sato.claims.release(begun.claim)
    _begin(team.sato, number)
    outcome = team.suzuki.claims.take_over(number, seen, "急ぎ")
    assert isinstance(outcome, HeldByOther), outcome


def unseen_mail_is_not_answered(team: Team) -> None:
    """The customer wrote while the reply was written: it waits until that was read."""
    number = team.conversation(1)
    begun = _begin(team.sato, number)
    team.arrive(mail(2, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]))
    outcome = _submit(team.sato, begun)
    assert isinstance(outcome, StaleView), outcome


def same_request_queues_once(team: Team) -> None:
    """The answer to COMMIT was lost, the client asks again."""
    begun = _begin(team.sato, team.conversation(1))
    assert isinstance(_submit(team.sato, begun, request="one"), Queued)
    assert isinstance(_submit(team.sato, begun, request="one"), AlreadyQueued)


def lost_answer_is_not_sent_again(team: Team) -> None:
    """The server takes the mail and goes away without a word: one delivery, however often anybody looks."""
    item = _queued(team)
    with SmtpServer() as server:
        server.fault("dot", accept=True, drop=True)

        def drain() -> None:
            connect = lambda: SmtpSession.open(server.endpoint(), None, 2.0)  # noqa: E731
            Sender(team.store, team.box, connect, "worker", answer_timeout=2.0).drain()

        drain()
        for _ in range(2):
            team.sql("UPDATE outbox SET lease_until = 1.0 WHERE lease_until IS NOT NULL")
            team.store.run(outbox.reap)
            team.sql("UPDATE outbox SET not_before = 0 WHERE state = 'queued'")
            drain()
        assert len(server.mails) == 1, f"{len(server.mails)} deliveries"
    assert _state(team, item) is OutboxState.UNCERTAIN


def _picked(team: Team, item: int) -> outbox.Picked:
    picked = team.store.run(lambda tx: outbox.pick(tx, "worker"))
    assert picked is not None
    assert picked.id == item
    return picked


def _reaped(team: Team, item: int) -> None:
    team.sql("UPDATE outbox SET lease_until = 1.0 WHERE id = :i", i=item)
    team.store.run(outbox.reap)


def zombie_changes_nothing(team: Team) -> None:
    """A worker wakes up after its reply was given to another: what it says of its old attempt is not heard."""
    item = _queued(team)
    old = _picked(team, item)
    _reaped(team, item)
    new = _picked(team, item)
    assert team.store.run(lambda tx: outbox.mark_committing(tx, item, new.attempt, new.message_id))
    team.store.run(lambda tx: outbox.finish(tx, item, old.attempt, Step.TRY_LATER, "451 later"))
    assert _state(team, item) is OutboxState.COMMITTING


def zombie_writes_no_dot(team: Team) -> None:
    """A worker wakes up after its reply was given to another, which has marked it or not: it may not mark."""
    item = _queued(team)
    old = _picked(team, item)
    _reaped(team, item)
    new = _picked(team, item)
    assert not team.store.run(lambda tx: outbox.mark_committing(tx, item, old.attempt, old.message_id))
    assert team.store.run(lambda tx: outbox.mark_committing(tx, item, new.attempt, new.message_id))


def mark_is_given_once(team: Team) -> None:
    """One dot per attempt: whoever asks again is told no."""
    item = _queued(team)
    picked = _picked(team, item)
    assert team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))
    assert not team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))


def lapsed_lease_writes_no_dot(team: Team) -> None:
    """The lease ran out and nobody has looked yet: too late all the same."""
    item = _queued(team)
    picked = _picked(team, item)
    team.sql("UPDATE outbox SET lease_until = 1.0 WHERE id = :i", i=item)
    assert not team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))


def reaped_mark_is_uncertain(team: Team) -> None:
    """Dead after the mark: nobody knows, so nobody sends."""
    item = _queued(team)
    picked = _picked(team, item)
    assert team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))
    _reaped(team, item)
    assert _state(team, item) is OutboxState.UNCERTAIN


def one_worker_per_attempt(team: Team) -> None:
    """What one worker has in hand no other one picks."""
    _picked(team, _queued(team))
    assert team.store.run(lambda tx: outbox.pick(tx, "another")) is None


def restored_store_sends_nothing(team: Team) -> None:
    """Another epoch, or a store that is held: nothing leaves, and nothing in hand gets its dot."""
    item = _queued(team)
    picked = _picked(team, item)
    team.sql("UPDATE desk SET held_at = 1.0")
    assert not team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))
    _reaped(team, item)
    assert team.store.run(lambda tx: outbox.pick(tx, "worker")) is None
    team.sql("UPDATE desk SET held_at = NULL, epoch = 'another'")
    assert team.store.run(lambda tx: outbox.pick(tx, "worker")) is None


def another_mail_is_not_marked(team: Team) -> None:
    """A store that was put back gives the number and the attempt to another reply: the worker of before may not mark."""
    item = _queued(team)
    picked = _picked(team, item)
    other = "<md.ffffffffffffffffffffffffffffffff@shop.example>"
    assert not team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, other))


def resend_waits(team: Team) -> None:
    """A person may not send again while a paused worker may still write its dot."""
    item = _queued(team)
    picked = _picked(team, item)
    assert team.store.run(lambda tx: outbox.mark_committing(tx, item, picked.attempt, picked.message_id))
    _reaped(team, item)
    who = actor(team.suzuki.me)
    assert not team.store.run(lambda tx: outbox.decide(tx, who, item, Step.RESEND))


def nobody_approves_himself(team: Team) -> None:
    """A supervisor writes what needs an approval: he is not the one who gives it."""
    begun = _begin(team.suzuki, team.conversation(1))
    who = actor(team.suzuki.me)
    with team.store.transaction() as tx:
        queued = outbox.queue(
            tx,
            who,
            team.box,
            begun.claim,
            replace(begun.draft, body="返信"),
            references=("", ()),
            seen_version=begun.conversation.summary.version,
            request_id="approve",
            after=AfterSend(),
            hold=0.0,
            follow_up=False,
            approval=True,
        )
        assert isinstance(queued, Queued)
        text = outbox.text_of(tx, queued.outbox_id)
    assert text is not None
    try:
        team.store.run(lambda tx: outbox.approve(tx, who, queued.outbox_id, text.sha256))
    except (DBAPIError, MaildeskError):
        pass  # the trigger refuses, too
    assert _state(team, queued.outbox_id) is OutboxState.HELD


def same_mail_is_one_message(team: Team) -> None:
    """The same mail comes twice, with other trace fields."""
    raw = mail(1)
    list(ingest.import_mails(team.store, team.box, [("", raw)]))
    list(ingest.import_mails(team.store, team.box, [("", b"Received: from a.example; x\r\n" + raw)]))
    assert team.sql("SELECT count(*) FROM message")[0][0] == 1


def killed_sync_loses_nothing(team: Team) -> None:
    """A new mail for each statement at which the worker can be killed: all are in afterwards."""
    with ImapServer({USER: PASSWORD}) as server, mock.patch("maildesk.sync.folder.BATCH", 2):
        day = Day(team.store, team.box, server, 1)
        day.deliver(1)
        assert day.quiet() == []
        for statement in range(20, 60, 2):
            day.deliver(3)
            with killed_at(team.store, statement), day.session() as session:
                look(team.store, session, team.box, "INBOX", "inbox")
        assert day.quiet() == []
        found = [row[0] for row in stores.rows(team.store, "SELECT message_id FROM message")]
    assert len(found) == len(set(found))
    assert day.expected <= {str(one) for one in found}
