"""Claims and replies as a state machine: whatever two agents, a customer and time do, the invariants hold.

The model knows who may hold what; after every step the store is asked whether I1 to I3 of the protocol hold.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from maildesk.desk import Desk
from maildesk.domain.claim import Claim, Claimed, HeldByOther, LostClaim
from maildesk.domain.outbox import Step
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import AlreadyAnswered, Queued, StaleView
from maildesk.store import outbox
from tests.support.databases import KINDS, fresh
from tests.support.stores import Team, mail, team

LOGINS = st.sampled_from(["sato", "suzuki"])
STEPS = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class ClaimMachine(RuleBasedStateMachine):
    """One conversation, two agents, a customer who writes, leases that lapse, mail that is sent or refused."""

    make: ClassVar[staticmethod[[], Team]]

    @initialize()
    def begin(self) -> None:
        """A fresh desk with one conversation."""
        self.team = type(self).make()
        self.number = self.team.conversation(1)
        self.claims: dict[str, Claim] = {}
        self.views: dict[str, int] = {}
        self.tokens = [0]
        self.requests = itertools.count()
        self.turn = 1

    def _desk(self, login: str) -> Desk:
        return self.team.desk(login)

    @rule(login=LOGINS)
    def take(self, login: str) -> None:
        """Free or lapsed: granted, with a greater token than ever before (or the same to the same holder)."""
        holder = self._desk(login).conversations.summary(self.number).claim
        begun = self._desk(login).replies.begin(self.number)
        if isinstance(begun, HeldByOther):
            assert holder is not None
            assert holder.agent_login != login
            return
        assert isinstance(begun, Begun)
        assert holder is None or holder.agent_login == login
        mine = self.claims.get(login)
        if mine is None or mine.token != begun.claim.token:
            assert begun.claim.token > max(self.tokens)
            self.tokens.append(begun.claim.token)
        self.claims[login] = begun.claim
        self.views[login] = begun.conversation.summary.version

    @precondition(lambda self: self.claims)
    @rule(login=LOGINS, typed=st.booleans())
    def renew(self, login: str, typed: bool) -> None:
        """Only the newest token is renewed, whatever its holder believes."""
        if (claim := self.claims.get(login)) is None:
            return
        outcome = self._desk(login).claims.renew(claim, typed=typed)
        assert isinstance(outcome, LostClaim) or claim.token == max(self.tokens)

    @precondition(lambda self: self.claims)
    @rule(login=LOGINS)
    def release(self, login: str) -> None:
        """An old token frees nobody's claim."""
        if (claim := self.claims.pop(login, None)) is None:
            return
        before = self._desk(login).conversations.summary(self.number).claim
        self._desk(login).claims.release(claim)
        after = self._desk(login).conversations.summary(self.number).claim
        if claim.token != max(self.tokens):
            assert before == after

    @rule()
    def lapse(self) -> None:
        """A laptop sleeps."""
        self.team.lapse(self.number)

    @rule()
    def take_over(self) -> None:
        """The supervisor takes the claim."""
        seen = self.team.suzuki.conversations.summary(self.number).claim
        if seen is None or seen.agent_login == "suzuki":
            return
        outcome = self.team.suzuki.claims.take_over(self.number, seen, "急ぎ")
        assert isinstance(outcome, Claimed)
        assert outcome.claim.token > max(self.tokens)
        self.tokens.append(outcome.claim.token)
        self.claims["suzuki"] = outcome.claim
        self.views["suzuki"] = outcome.claim.version

    @rule()
    def customer_writes(self) -> None:
        """A new turn."""
        n = next(self.requests) + 100
        self.team.arrive(mail(n, sender="customer1@example.jp", headers=["In-Reply-To: <m1@example.jp>"]))
        self.turn += 1

    @precondition(lambda self: self.claims)
    @rule(login=LOGINS, twice=st.booleans())
    def submit(self, login: str, twice: bool) -> None:
        """Queued only by the holder of the newest token, against the version he saw, once per turn."""
        if (claim := self.claims.get(login)) is None:
            return
        desk = self._desk(login)
        draft = desk.drafts.of(self.number) or desk.replies.begin_private(self.number)
        draft = replace(draft, body=f"{login}の返信\n{draft.body}")
        version = desk.conversations.summary(self.number).version
        request = f"request-{next(self.requests)}"
        answered = self._live_replies(self.turn)
        outcome = None
        for _ in range(2 if twice else 1):
            first, outcome = (
                outcome,
                desk.replies.submit(claim, draft, seen_version=self.views[login], request_id=request),
            )
            outcome = first or outcome
        match outcome:
            case Queued():
                assert claim.token == max(self.tokens)
                assert self.views[login] == version
                assert not answered
                del self.claims[login]
            case StaleView():
                assert self.views[login] != version
            case AlreadyAnswered():
                assert answered
            case LostClaim():
                pass
            case _:
                raise AssertionError(outcome)
        if not isinstance(outcome, Queued):
            kept = desk.drafts.of(self.number)
            assert kept is not None
            assert kept.body == draft.body

    @rule(refuse=st.booleans())
    def send(self, refuse: bool) -> None:
        """A worker sends what is queued; some of it is refused."""
        with self.team.store.transaction() as tx:
            picked = outbox.pick(tx, "worker")
            if picked is None:
                return
            assert outbox.mark_committing(tx, picked.id, picked.attempt)
            outbox.finish(tx, picked.id, picked.attempt, Step.REFUSED if refuse else Step.ACCEPTED, "250 ok")

    def _live_replies(self, turn: int) -> int:
        rows = self.team.sql(
            "SELECT count(*) FROM outbox WHERE turn = :t AND kind = 'reply' AND state NOT IN ('cancelled', 'failed')",
            t=turn,
        )
        return int(str(rows[0][0]))

    @invariant()
    def at_most_one_answer_per_turn(self) -> None:
        """I3, and one claim row (I1)."""
        if not hasattr(self, "team"):
            return
        for turn in range(1, self.turn + 1):
            assert self._live_replies(turn) <= 1
        assert self.team.sql("SELECT count(*) FROM claim")[0][0] == 1
        assert self.team.sql("SELECT token FROM claim")[0][0] == max(self.tokens)

    @invariant()
    def every_step_left_an_event(self) -> None:
        """I8: who queued what is written down."""
        if not hasattr(self, "team"):
            return
        queued = self.team.sql("SELECT count(*) FROM event WHERE what = 'queued'")[0][0]
        assert queued == self.team.sql("SELECT count(*) FROM outbox")[0][0]

    def teardown(self) -> None:
        """Close the desk of this run."""
        if hasattr(self, "team"):
            self.team.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", KINDS)
def test_claims_and_replies_keep_their_invariants(kind: str, tmp_path: Path) -> None:
    """Random stories on each database."""
    with contextlib.ExitStack() as stack:
        make = staticmethod(lambda: team(stack.enter_context(fresh(kind, tmp_path))))
        machine = type("Machine", (ClaimMachine,), {"make": make})
        run_state_machine_as_test(machine, settings=STEPS)
