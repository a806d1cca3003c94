"""The whole way of a reply as a state machine over both real stores: agents, approver, workers, customer, crashes, clock
jumps and a restore in any order, and I1 to I8 asked of the store after every step."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.exc import DBAPIError

from maildesk.domain.claim import Claimed
from maildesk.domain.outbox import TRANSITIONS, OutboxState, Step
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import AfterSend, Queued
from maildesk.errors import MaildeskError
from maildesk.store import outbox
from maildesk.store.events import actor
from maildesk.sync import ingest
from tests.support.databases import KINDS, fresh
from tests.support.stores import Team, mail, team

LOGINS = st.sampled_from(["sato", "suzuki"])
WHICH = st.integers(0, 9)
ANSWERS = [Step.ACCEPTED, Step.TRY_LATER, Step.REFUSED, Step.NO_ANSWER]
LIVE = "state NOT IN ('cancelled', 'failed')"
REACHED: dict[str, set[str]] = {}
for (_before, _), _after in TRANSITIONS.items():
    REACHED.setdefault(_before.value, set()).add(_after.value)
for _round in OutboxState:  # a rule may take several steps at once
    for _word, _words in REACHED.items():
        REACHED[_word] = _words | {w for one in _words for w in REACHED.get(one, set())}


class Story(RuleBasedStateMachine):
    """Two conversations, two agents, and workers that may fall asleep at any point of an attempt."""

    make: ClassVar[staticmethod[[], Team]]

    @initialize()
    def begin(self) -> None:
        """A fresh desk."""
        self.team = type(self).make()
        self.numbers = [self.team.conversation(n) for n in (1, 2)]
        self.begun: dict[tuple[str, int], Begun] = {}
        self.attempts: list[tuple[int, int, bool]] = []
        """(item, attempt, marked) of workers that are still somewhere."""
        self.deliveries: dict[int, int] = {}
        self.wanted: dict[int, int] = {}
        self.states: dict[int, str] = {}
        self.tokens: dict[int, int] = {}
        self.events = 0
        self.serial = itertools.count(100)

    def _items(self, *states: OutboxState) -> list[int]:
        rows = self.team.sql("SELECT id, state FROM outbox ORDER BY id")
        return [int(str(row[0])) for row in rows if row[1] in states]

    # ---- agents

    @rule(login=LOGINS, which=WHICH)
    def take(self, login: str, which: int) -> None:
        """Begin a reply."""
        number = self.numbers[which % 2]
        outcome = self.team.desk(login).replies.begin(number)
        if isinstance(outcome, Begun):
            self.begun[login, number] = outcome

    @rule(login=LOGINS, which=WHICH, let_go=st.booleans())
    def renew_or_release(self, login: str, which: int, let_go: bool) -> None:
        """Type, or give back."""
        if (begun := self.begun.get((login, self.numbers[which % 2]))) is not None:
            claims = self.team.desk(login).claims
            if let_go:
                claims.release(begun.claim)
            else:
                claims.renew(begun.claim, typed=True)

    @rule(which=WHICH)
    def take_over(self, which: int) -> None:
        """The supervisor takes a claim over."""
        number = self.numbers[which % 2]
        seen = self.team.suzuki.conversations.summary(number).claim
        if seen is not None and seen.agent_login != "suzuki":
            outcome = self.team.suzuki.claims.take_over(number, seen, "急ぎ")
            assert isinstance(outcome, Claimed)

    @rule(login=LOGINS, which=WHICH, approval=st.booleans(), twice=st.booleans())
    def queue(self, login: str, which: int, approval: bool, twice: bool) -> None:
        """Submit what was begun, on whatever view and claim it was; perhaps twice, because the answer was lost."""
        number = self.numbers[which % 2]
        if (begun := self.begun.get((login, number))) is None:
            return
        desk, request = self.team.desk(login), f"request {next(self.serial)}"
        draft = replace(begun.draft, body=f"{login}の返信")
        version = begun.conversation.summary.version
        before = self.team.sql("SELECT version FROM conversation WHERE id = :c", c=number)[0][0]
        owner, token = self.team.sql(
            "SELECT owner_id, token FROM claim WHERE conversation_id = :c", c=number
        )[0]
        for _ in range(2 if twice else 1):
            outcome = ingest.run(
                self.team.store,
                lambda tx: outbox.queue(
                    tx, actor(desk.me), self.team.box, begun.claim, draft, references=("", ()),
                    seen_version=version, request_id=request, after=AfterSend(), hold=0.0, follow_up=False,
                    approval=approval,
                ),
            )  # fmt: skip
            if isinstance(outcome, Queued):  # I2
                assert (owner, token, before) == (desk.me.id, begun.claim.token, version)
                self.wanted[outcome.outbox_id] = 1

    @rule(which=WHICH, login=LOGINS)
    def approve(self, which: int, login: str) -> None:
        """Somebody approves what waits."""
        if not (items := self._items(OutboxState.HELD)):
            return
        item, who = items[which % len(items)], self.team.desk(login).me
        ((author,),) = self.team.sql("SELECT author_id FROM outbox WHERE id = :i", i=item)
        done = False
        with contextlib.suppress(DBAPIError, MaildeskError), self.team.store.transaction() as tx:
            text = outbox.text_of(tx, item)
            assert text is not None
            done = outbox.approve(tx, actor(who), item, text.sha256)
        assert not done or (who.login == "suzuki" and who.id != author)

    @rule(which=WHICH, step=st.sampled_from([Step.RESEND, Step.CANCEL, Step.CONFIRM]))
    def decide(self, which: int, step: Step) -> None:
        """A person decides what no program may; time has passed."""
        if not (items := self._items(OutboxState.UNCERTAIN, OutboxState.FAILED)):
            return
        item = items[which % len(items)]
        self.team.sql(
            "UPDATE outbox SET committing_at = 1.0 WHERE id = :i AND committing_at IS NOT NULL", i=item
        )
        if step is Step.RESEND:  # fifteen minutes later no worker is still before its dot
            self.attempts = [a for a in self.attempts if a[0] != item]
        who = actor(self.team.suzuki.me)
        if ingest.run(self.team.store, lambda tx: outbox.decide(tx, who, item, step)) and step is Step.RESEND:
            self.wanted[item] += 1

    @rule(which=WHICH, login=LOGINS)
    def recall(self, which: int, login: str) -> None:
        """Take back what has not left."""
        if items := self._items(OutboxState.QUEUED, OutboxState.SENDING):
            with contextlib.suppress(MaildeskError):
                self.team.desk(login).replies.recall(items[which % len(items)])

    # ---- workers

    @rule()
    def pick(self) -> None:
        """A worker takes something, and may fall asleep with it."""
        if (picked := ingest.run(self.team.store, lambda tx: outbox.pick(tx, "worker"))) is not None:
            assert all((picked.id, picked.attempt) != a[:2] for a in self.attempts)
            self.attempts.append((picked.id, picked.attempt, False))

    @rule(which=WHICH)
    def mark(self, which: int) -> None:
        """A worker, perhaps woken after hours, asks for its dot."""
        waiting = [a for a in self.attempts if not a[2]]
        if not waiting:
            return
        item, attempt, _ = mine = waiting[which % len(waiting)]
        self.attempts.remove(mine)
        if ingest.run(self.team.store, lambda tx: outbox.mark_committing(tx, item, attempt)):
            self.attempts.append((item, attempt, True))

    @rule(which=WHICH, taken=st.booleans(), answer=st.sampled_from(ANSWERS), dies=st.booleans())  # fmt: skip
    def dot(self, which: int, taken: bool, answer: Step, dies: bool) -> None:
        """The dot is written; the server takes the mail or not, and answers or not; the worker tells the store or dies."""
        marked = [a for a in self.attempts if a[2]]
        if not marked:
            return
        item, attempt, _ = mine = marked[which % len(marked)]
        self.attempts.remove(mine)
        if answer is Step.ACCEPTED or (answer is Step.NO_ANSWER and taken):
            self.deliveries[item] = self.deliveries.get(item, 0) + 1
        if not dies:
            ingest.run(self.team.store, lambda tx: outbox.finish(tx, item, attempt, answer, "words"))

    @rule(login=LOGINS, which=WHICH, answer=st.sampled_from(ANSWERS), dies=st.booleans(), stays=st.booleans())
    def reply(self, login: str, which: int, answer: Step, dies: bool, stays: bool) -> None:
        """The usual day in one step, so that stories get far: answered, picked, marked, and perhaps sent."""
        self.take(login, which)
        self.queue(login, which, False, False)
        self.attempt(which, answer, dies, stays)

    @rule(which=WHICH, answer=st.sampled_from(ANSWERS), dies=st.booleans(), stays=st.booleans())
    def attempt(self, which: int, answer: Step, dies: bool, stays: bool) -> None:
        """A pause is over, a worker tries; it may fall asleep before its dot."""
        self.team.sql("UPDATE outbox SET not_before = 0 WHERE state = 'queued'")
        self.pick()
        self.mark(which)
        if not stays:
            self.dot(which, True, answer, dies)

    # ---- the world

    @rule(which=WHICH)
    def customer_writes(self, which: int) -> None:
        """A new turn."""
        n = which % 2 + 1
        answered = [f"In-Reply-To: <m{n}@example.jp>"]
        self.team.arrive(mail(next(self.serial), sender=f"customer{n}@example.jp", headers=answered))

    @rule(leases=st.booleans())
    def time_passes(self, leases: bool) -> None:
        """The clock jumps: claims lapse, pauses end; perhaps leases too, and the reaper runs."""
        self.team.sql("UPDATE claim SET expires_at = 1.0 WHERE owner_id IS NOT NULL")
        self.team.sql("UPDATE outbox SET not_before = 0 WHERE state = 'queued'")
        if leases:
            self.team.sql("UPDATE outbox SET lease_until = 1.0 WHERE lease_until IS NOT NULL")
            ingest.run(self.team.store, outbox.reap)

    @rule()
    def restore(self) -> None:
        """The store comes back from a backup: a new epoch, and all that may have left is doubtful."""
        self.team.sql("UPDATE desk SET epoch = :e", e=f"epoch {next(self.serial)}")
        ingest.run(self.team.store, lambda tx: outbox.doubt(tx, actor(self.team.suzuki.me)))

    # ---- what must hold

    @invariant()
    def nothing_is_broken(self) -> None:
        """I1 to I8, as the store tells them."""
        if not hasattr(self, "team"):
            return
        claims = self.team.sql("SELECT conversation_id, token FROM claim")
        assert len(claims) == 2  # I1: one row each
        for number, token in claims:
            assert int(str(token)) >= self.tokens.get(int(str(number)), 0)
            self.tokens[int(str(number))] = int(str(token))
        twice = f"SELECT 1 FROM outbox WHERE kind = 'reply' AND {LIVE} GROUP BY conversation_id, turn HAVING count(*) > 1"
        assert not self.team.sql(twice)  # I3
        rows = {int(str(i)): str(s) for i, s in self.team.sql("SELECT id, state FROM outbox")}
        assert self.states.keys() <= rows.keys()  # I6: nothing is deleted
        for item, state in rows.items():
            before = self.states.get(item, state)
            assert state == before or state in REACHED.get(before, set()), (before, state)
            assert self.deliveries.get(item, 0) <= self.wanted[item], (item, self.deliveries)  # I5
            if state == "sent" and before not in ("uncertain", "sent"):
                assert self.deliveries.get(item)
        self.states = rows
        ((events,),) = self.team.sql("SELECT count(*) FROM event")
        assert int(str(events)) >= self.events  # I8
        self.events = int(str(events))
        ((queued,),) = self.team.sql("SELECT count(DISTINCT outbox_id) FROM event WHERE what = 'queued'")
        assert queued == len(rows)

    def teardown(self) -> None:
        """Close the desk of this run."""
        if hasattr(self, "team"):
            self.team.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", KINDS)
def test_every_story_ends_well(kind: str, tmp_path: Path) -> None:
    """Random stories on each database."""
    with contextlib.ExitStack() as stack:
        make = staticmethod(lambda: team(stack.enter_context(fresh(kind, tmp_path))))
        story = type("Told", (Story,), {"make": make})
        run_state_machine_as_test(
            story,
            settings=settings(
                max_examples=25 if kind == "sqlite" else 10,
                stateful_step_count=40,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
