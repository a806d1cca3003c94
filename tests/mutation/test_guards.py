"""Each guard is removed once, and the check named beside it must find the harm. With all guards every check passes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import NamedTuple
from unittest import mock

import pytest

from maildesk.domain.outbox import TRANSITIONS, OutboxState, Step
from maildesk.store import claims
from maildesk.store.intake import lookup
from maildesk.store.outbox import deciding, holding, queueing, sending
from maildesk.sync import folder as sync_folder
from maildesk.sync.outbox import Sender
from stress.syncs import cursor_first
from tests.mutation import checks
from tests.mutation.mutants import mutant
from tests.support.stores import Team

Check = Callable[[Team], None]
Removal = Callable[[Team], AbstractContextManager[object]]


class Guard(NamedTuple):
    """What is removed, and the check that must notice."""

    name: str
    check: Check
    removals: tuple[Removal, ...]


def without(function: Callable[..., object], old: str, new: str = "", *more: tuple[str, str]) -> Removal:
    """A piece of a function's source is changed, or several."""
    return lambda team: mutant(function, (old, new), *more)


def dropped(statement: str) -> Removal:
    """Something is dropped from the store."""

    def drop(team: Team) -> AbstractContextManager[object]:
        team.sql(statement)
        return contextlib.nullcontext()

    return drop


def stepping(before: OutboxState, step: Step, after: OutboxState) -> Removal:
    """The table of steps says something else."""
    return lambda team: mock.patch.dict(TRANSITIONS, {(before, step): after})


def patched(place: object, name: str, value: object) -> Removal:
    """Something else runs in its place."""
    return lambda team: mock.patch.object(place, name, value)


GUARDS = (
    Guard("one_answer", checks.one_answer_per_turn, (dropped("DROP INDEX one_answer"),)),
    Guard(
        "claim token",
        checks.old_token_queues_nothing,
        (
            without(claims._held_by, "claim.c.token == held.token,"),
            without(queueing.queue, "row.version != seen_version", "False"),
        ),
    ),
    Guard(
        "token at renewal",
        checks.old_token_is_not_renewed,
        (
            without(
                claims.renew, "_held_by(held, agent_id)", "claim.c.conversation_id == held.conversation_id"
            ),
        ),
    ),
    Guard(
        "release by token",
        checks.old_token_frees_nothing,
        (
            without(
                claims.release, "_held_by(held, agent_id)", "claim.c.conversation_id == held.conversation_id"
            ),
        ),
    ),
    Guard(
        "claim is free",
        checks.live_claim_is_not_taken,
        (
            without(
                claims.take,
                "free = or_(claim.c.owner_id.is_(None), claim.c.expires_at <= now)",
                "free = true()",
            ),
        ),
    ),
    Guard(
        "take-over by token",
        checks.take_over_is_from_the_holder_seen,
        (without(claims.take_over, "claim.c.token == seen.token,"),),
    ),
    Guard(
        "version",
        checks.unseen_mail_is_not_answered,
        (without(queueing.queue, "row.version != seen_version", "False"),),
    ),
    Guard(
        "request id",
        checks.same_request_queues_once,
        (
            without(
                queueing.queue,
                "if (known := _by_request(tx, request_id)) is not None:\n        return _already(tx, who, known, reply)\n    row",
                "row",
            ),
        ),
    ),
    Guard(
        "mark before the dot",
        checks.lost_answer_is_not_sent_again,
        (patched(Sender, "_may_write_dot", lambda *_: True),),
    ),
    Guard(
        "no answer is uncertain",
        checks.lost_answer_is_not_sent_again,
        (stepping(OutboxState.COMMITTING, Step.NO_ANSWER, OutboxState.QUEUED),),
    ),
    Guard(
        "reaper leaves committing",
        checks.reaped_mark_is_uncertain,
        (stepping(OutboxState.COMMITTING, Step.REAP, OutboxState.QUEUED),),
    ),
    Guard(
        "attempt in finish",
        checks.zombie_changes_nothing,
        (without(sending.finish, "row.attempt != attempt or state is None", "state is None"),),
    ),
    Guard(
        "attempt in mark",
        checks.zombie_writes_no_dot,
        (without(sending.mark_committing, "outbox.c.attempt == attempt,"),),
    ),
    Guard(
        "state in mark",
        checks.mark_is_given_once,
        (without(sending.mark_committing, "outbox.c.state == OutboxState.SENDING.value,"),),
    ),
    Guard(
        "lease in mark",
        checks.lapsed_lease_writes_no_dot,
        (without(sending.mark_committing, "outbox.c.lease_until > db_now(),"),),
    ),
    Guard(
        "mail in mark",
        checks.another_mail_is_not_marked,
        (without(sending.mark_committing, "outbox.c.message_id == message_id,"),),
    ),
    Guard(
        "state in pick",
        checks.one_worker_per_attempt,
        (
            without(
                sending.pick,
                "outbox.c.state == OutboxState.QUEUED.value,\n            outbox.c.not_before",
                "outbox.c.not_before",
                (
                    "due.scalar_subquery(), outbox.c.state == OutboxState.QUEUED.value",
                    "due.scalar_subquery()",
                ),
            ),
        ),
    ),
    Guard(
        "epoch in pick",
        checks.restored_store_sends_nothing,
        (without(sending.pick, "outbox.c.epoch == _sending_epoch(),"),),
    ),
    Guard(
        "hold in mark",
        checks.restored_store_sends_nothing,
        (without(sending.mark_committing, "outbox.c.epoch == _sending_epoch(),"),),
    ),
    Guard(
        "resend waits",
        checks.resend_waits,
        (without(deciding.decide, "age < RESEND_AFTER.total_seconds()", "False"),),
    ),
    Guard(
        "approved by another",
        checks.nobody_approves_himself,
        (
            without(holding.approve, "outbox.c.author_id != who.id,"),
            dropped("DROP TRIGGER outbox_approval_by_another"),
        ),
    ),
    Guard("content once", checks.same_mail_is_one_message, (patched(lookup, "_reserve", lambda *_: None),)),
    Guard(
        "cursor with the mail",
        checks.killed_sync_loses_nothing,
        (patched(sync_folder._Look, "_store", cursor_first),),
    ),
)


CHECKS = {getattr(guard.check, "__name__", guard.name): guard.check for guard in GUARDS}


@contextlib.contextmanager
def removed(guard: Guard, team: Team) -> Iterator[None]:
    """The guard is not there."""
    with ExitStack() as stack:
        for removal in guard.removals:
            stack.enter_context(removal(team))
        yield


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_with_all_guards_it_holds(small: Team, check: Check) -> None:
    """Nothing removed: no check complains."""
    check(small)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.name)
def test_without_the_guard_it_is_seen(small: Team, guard: Guard) -> None:
    """One guard removed: its check complains."""
    with removed(guard, small), pytest.raises((AssertionError, TypeError)) as seen:
        guard.check(small)
    print(f"{guard.name}: its check says {str(seen.value).splitlines()[:1]}")
