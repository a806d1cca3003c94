"""The protocol of claim and outbox as an explicit-state model: every state that two agents, three workers, a customer
and crashes can reach, looked at one by one, breadth first.

The model has no rules of its own: what may follow what is read from :data:`maildesk.domain.outbox.TRANSITIONS` and
:data:`maildesk.domain.claim.RULES`, the tables that the store obeys (``test_claim_rules.py`` holds its statements to
the second one). What a step asks before it acts stands in :class:`Guards`, so that each guard can be left out.

Tokens, versions and attempts only grow and are only compared for equality, so all that matters of them is whether what
somebody remembers is still the newest. The model keeps that one bit; nothing is cut off by a bound on these numbers.
What is bounded stands in :class:`Bounds`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from maildesk.domain.claim import RULES, Act, Standing
from maildesk.domain.outbox import TRANSITIONS, OutboxState, Step

Table: TypeAlias = Mapping[tuple[OutboxState, Step], OutboxState]
NOBODY = -1
DEAD = (OutboxState.CANCELLED, OutboxState.FAILED)
OVER = (OutboxState.CANCELLED, OutboxState.SENT)
"""No step leads from here."""
UNDER_WAY = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.COMMITTING)


@dataclass(frozen=True)
class Guards:
    """What each step asks before it acts. ``False`` leaves the question out."""

    one_answer: bool = True
    claim_token: bool = True
    version: bool = True
    release_by_token: bool = True
    force_by_token: bool = True
    mark_before_dot: bool = True
    mark_asks_attempt: bool = True
    mark_asks_state: bool = True
    finish_asks_attempt: bool = True
    resend_waits: bool = True
    other_approves: bool = True
    approval_sees_all: bool = True
    request_id: bool = True
    hold_stops_pick: bool = True


@dataclass(frozen=True)
class Bounds:
    """How large the world is: customer turns, replies that are not over, resends by a person, workers; and whether the
    first agent's replies are approved by the second, claims are taken over, and the store is restored."""

    turns: int = 2
    rows: int = 1
    resends: int = 1
    workers: int = 3
    approval: bool = True
    force: bool = True
    restore: bool = True


class Agent(NamedTuple):
    """What an agent's client believes. ``token`` and ``version``: whether what it remembers is still the newest."""

    doing: str = "away"
    token: bool = False
    version: bool = False


class Row(NamedTuple):
    """A reply on its way. ``fresh``: never picked; ``delivered``: how often since a person last wanted it sent;
    ``wrong``: what broke an invariant when it was made."""

    state: OutboxState
    turn: int
    author: int
    fresh: bool = True
    delivered: int = 0
    resends: int = 0
    wrong: str = ""


class Worker(NamedTuple):
    """Where a worker is, with which row, and whether its attempt is still the row's newest."""

    doing: str = "idle"
    row: int = 0
    attempt: bool = False


class State(NamedTuple):
    """Everything."""

    turn: int = 1
    owner: int = NOBODY
    live: bool = False
    held: bool = False
    agents: tuple[Agent, ...] = (Agent(), Agent())
    rows: tuple[Row, ...] = ()
    workers: tuple[Worker, ...] = (Worker(), Worker(), Worker())


Next: TypeAlias = tuple[str, State]


@dataclass
class Result:
    """What a search found: how many states, and the shortest way to a violation, if there is one."""

    states: int
    violation: str = ""
    path: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.violation:
            return f"{self.states} states, no violation"
        steps = "\n".join(f"  {n}. {step}" for n, step in enumerate(self.path, 1))
        return f"{self.violation}, after {len(self.path)} steps ({self.states} states looked at):\n{steps}"


class Protocol:
    """The steps that can follow a state."""

    def __init__(
        self, guards: Guards | None = None, table: Table = TRANSITIONS, bounds: Bounds | None = None
    ) -> None:
        self.guards = guards or Guards()
        self.table = table
        self.bounds = bounds or Bounds()
        self.start = State(workers=(Worker(),) * self.bounds.workers)

    # ---- putting states together

    @staticmethod
    def _agent(s: State, i: int, agent: Agent) -> State:
        return s._replace(agents=(*s.agents[:i], agent, *s.agents[i + 1 :]))

    @staticmethod
    def _row(s: State, r: int, row: Row) -> State:
        return s._replace(rows=(*s.rows[:r], row, *s.rows[r + 1 :]))

    @staticmethod
    def _worker(s: State, w: int, worker: Worker) -> State:
        return s._replace(workers=(*s.workers[:w], worker, *s.workers[w + 1 :]))

    def _tidy(self, s: State) -> State:
        """One state for all that differ in nothing that can still matter: workers are alike; of a reply that is over
        only an answer to the present turn counts; of a claim that is lost, nothing."""
        busy = {w.row for w in s.workers if w.doing != "idle"}
        rows: list[Row] = []
        place: dict[int, int] = {}
        for r, row in enumerate(s.rows):
            if r not in busy and row.state in OVER and not row.wrong:
                if row.state is OutboxState.CANCELLED or row.turn < s.turn:
                    continue
                row = Row(row.state, row.turn, 0)
            elif row.state is not OutboxState.HELD:
                row = row._replace(author=0, fresh=row.fresh and row.state is OutboxState.QUEUED)
            place[r] = len(rows)
            rows.append(row)
        workers = (w if w.doing == "idle" else w._replace(row=place[w.row]) for w in s.workers)
        held = any(row.state is OutboxState.HELD for row in rows)
        agents = tuple(self._tidy_agent(a, held) for a in s.agents)
        return State(s.turn, s.owner, s.live, s.held, agents, tuple(rows), tuple(sorted(workers)))

    def _tidy_agent(self, a: Agent, held: bool) -> Agent:
        if a.doing == "writing" and not a.token and self.guards.claim_token:
            return Agent("writing")
        if a.doing == "saw" and not a.token and self.guards.force_by_token:
            return Agent()
        return Agent() if a.doing == "approving" and not held else a

    @staticmethod
    def _new_version(s: State) -> State:
        return s._replace(agents=tuple(a._replace(version=False) for a in s.agents))

    def _grant(self, s: State, i: int) -> State:
        s = s._replace(owner=i, live=True, agents=tuple(a._replace(token=False) for a in s.agents))
        return self._agent(s, i, Agent("writing", True, True))

    def _standing(self, s: State, i: int) -> Standing:
        if s.owner == NOBODY:
            return Standing.FREE
        if s.owner == i and s.agents[i].token:
            return Standing.MINE if s.live else Standing.MINE_LAPSED
        return Standing.OTHERS if s.live else Standing.OTHERS_LAPSED

    def _moved(self, s: State, r: int, step: Step) -> State | None:
        after = self.table.get((s.rows[r].state, step))
        if after is None:
            return None
        return self._row(s, r, s.rows[r]._replace(state=after))

    # ---- what can happen

    def steps(self, s: State) -> Iterator[Next]:
        """Every step from ``s`` and where it leads."""
        for i in range(len(s.agents)):
            yield from self._of_agent(s, i)
        for w in range(len(s.workers)):
            yield from self._of_worker(s, w)
        for r in range(len(s.rows)):
            yield from self._of_row(s, r)
        if s.owner != NOBODY and s.live:
            yield "the lease lapses", s._replace(live=False)
        if s.turn < self.bounds.turns:
            yield "the customer writes", self._news(s)
        if self.bounds.restore and not s.held and any(row.state in UNDER_WAY for row in s.rows):
            yield "the store is restored from a backup", self._restored(s)

    def _news(self, s: State) -> State:
        s = self._new_version(s._replace(turn=s.turn + 1))
        for r, row in enumerate(s.rows):
            if row.state is OutboxState.QUEUED and row.fresh and (n := self._moved(s, r, Step.HOLD)):
                s = n
        return s

    def _restored(self, s: State) -> State:
        s = s._replace(held=True)
        if self.guards.hold_stops_pick:
            for r in range(len(s.rows)):
                s = self._moved(s, r, Step.DOUBT) or s
        else:  # a backup from before the attempt, believed
            for r, row in enumerate(s.rows):
                if row.state in UNDER_WAY:
                    s = self._row(s, r, row._replace(state=OutboxState.QUEUED))
        return s

    def _of_agent(self, s: State, i: int) -> Iterator[Next]:
        me, name = s.agents[i], f"agent {i + 1}"
        standing = self._standing(s, i)
        if me.doing in ("away", "saw") and RULES.get((standing, Act.TAKE)) is Standing.MINE:
            yield f"{name} takes the claim", self._grant(s, i)
        if self.bounds.force and me.doing == "away" and standing in (Standing.OTHERS, Standing.OTHERS_LAPSED):
            yield f"{name} looks who has the claim", self._agent(s, i, Agent("saw", True))
        if me.doing == "saw":
            asked = me.token or not self.guards.force_by_token
            if asked and RULES.get((self._standing(self._agent(s, i, Agent()), i), Act.TAKE_OVER)):
                after = self._grant(s, i)
                if not me.token:
                    wrong = Row(
                        OutboxState.CANCELLED, s.turn, i, wrong="I1: taken from a holder nobody looked at"
                    )
                    after = after._replace(rows=(*after.rows, wrong))
                yield f"{name} takes the claim over", after
            yield f"{name} goes away", self._agent(s, i, Agent())
        if me.doing == "writing":
            yield f"{name} crashes", self._agent(s, i, Agent())
            yield from self._submit(s, i, me, name, standing)
        if me.doing == "queued, unsure":
            yield f"{name} crashes", self._agent(s, i, Agent())
            if self.guards.request_id:
                yield f"{name} asks again, and hears that it is queued", self._agent(s, i, Agent())
            else:
                yield from self._submit(s, i, me, name, standing)
        if me.doing == "writing":
            if not me.version:
                yield f"{name} reads what is new", self._agent(s, i, me._replace(version=True))
            if RULES.get((standing, Act.RENEW)):
                yield f"{name} types", s._replace(live=True)
            if RULES.get((standing, Act.RELEASE)) or not self.guards.release_by_token:
                yield (
                    f"{name} gives the claim back",
                    self._agent(s, i, Agent())._replace(owner=NOBODY, live=False),
                )

    def _submit(self, s: State, i: int, me: Agent, name: str, standing: Standing) -> Iterator[Next]:
        if len(s.rows) >= self.bounds.rows:
            return
        if self.guards.claim_token and not RULES.get((standing, Act.SUBMIT)):
            if me.doing == "writing":
                yield f"{name} hears that the claim is lost", self._agent(s, i, Agent())
            return
        if self.guards.version and not me.version:
            return
        if self.guards.one_answer and self._answered(s):
            return
        wrong = "I2" if not RULES.get((standing, Act.SUBMIT)) or not me.version else ""
        if me.doing == "queued, unsure":
            wrong = ""
        state = OutboxState.HELD if i == 0 and self.bounds.approval else OutboxState.QUEUED
        made = self._new_version(s)._replace(
            rows=(*s.rows, Row(state, s.turn, i, wrong=wrong)), owner=NOBODY, live=False
        )
        yield f"{name} queues a reply", self._agent(made, i, Agent())
        if me.doing == "writing":
            yield f"{name} queues a reply, the answer is lost", self._agent(made, i, Agent("queued, unsure"))

    @staticmethod
    def _answered(s: State) -> bool:
        return any(row.turn == s.turn and row.state not in DEAD for row in s.rows)

    def _of_worker(self, s: State, w: int) -> Iterator[Next]:
        me, name = s.workers[w], "a worker"
        if me.doing == "idle":
            if not s.held or not self.guards.hold_stops_pick:
                for r, row in enumerate(s.rows):
                    if (sending := self.table.get((row.state, Step.PICK))) is not None:
                        older = tuple(x._replace(attempt=False) if x.row == r else x for x in s.workers)
                        picked = self._row(s, r, row._replace(state=sending, fresh=False))
                        picked = picked._replace(workers=older)
                        yield (
                            f"{name} picks reply {r + 1}",
                            self._worker(picked, w, Worker("writing", r, True)),
                        )
            return
        idle = Worker()
        row = s.rows[me.row]
        yield f"{name} is killed", self._worker(s, w, idle)
        if me.doing == "writing":
            yield from self._before_dot(s, w, me, name, row)
        elif me.doing == "marked":
            taken = self._row(s, me.row, row._replace(delivered=min(row.delivered + 1, 3)))
            for words, after, outcome in (
                ("writes the dot, hears 250", taken, "heard 250"),
                ("writes the dot, the mail is taken, the answer is lost", taken, "heard nothing"),
                ("writes the dot, it is lost", s, "heard nothing"),
                ("writes the dot, hears 4xx", s, "heard 4xx"),
                ("writes the dot, hears 5xx", s, "heard 5xx"),
            ):
                yield f"{name} {words}", self._worker(after, w, me._replace(doing=outcome))
        else:
            step = {
                "heard 250": Step.ACCEPTED,
                "heard nothing": Step.NO_ANSWER if self.guards.mark_before_dot else Step.TRY_LATER,
                "heard 4xx": Step.TRY_LATER,
                "heard 5xx": Step.REFUSED,
            }[me.doing]
            known = me.attempt or not self.guards.finish_asks_attempt
            done = self._moved(s, me.row, step) if known else None
            if done is not None and step is Step.REFUSED:
                done = self._new_version(done)
            yield f"{name} tells the store", self._worker(done or s, w, idle)

    def _before_dot(self, s: State, w: int, me: Worker, name: str, row: Row) -> Iterator[Next]:
        if not self.guards.mark_before_dot:
            yield f"{name} goes on to the dot", self._worker(s, w, me._replace(doing="marked"))
            return
        to = self.table.get((row.state, Step.MARK))
        allowed = (to is not None or not self.guards.mark_asks_state) and (
            me.attempt or not self.guards.mark_asks_attempt
        )
        if allowed:
            marked = self._row(s, me.row, row._replace(state=to or OutboxState.COMMITTING))
            yield f"{name} marks reply {me.row + 1}", self._worker(marked, w, me._replace(doing="marked"))
        else:
            yield f"{name} may not mark, and closes the line", self._worker(s, w, Worker())
        later = (
            self._moved(s, me.row, Step.TRY_LATER)
            if me.attempt and row.state is OutboxState.SENDING
            else None
        )
        if later:
            yield f"{name} cannot reach the server", self._worker(later, w, Worker())

    def _of_row(self, s: State, r: int) -> Iterator[Next]:
        row, name = s.rows[r], f"reply {r + 1}"
        if (after := self._moved(s, r, Step.REAP)) is not None:
            yield f"the lease of {name} has lapsed, it is reaped", after
        doubtful = row.state in (OutboxState.UNCERTAIN, OutboxState.COMMITTING)
        if doubtful and (row.delivered or row.resends) and (after := self._moved(s, r, Step.ACCEPTED)):
            yield f"a copy of {name} comes back", after
        if row.state is OutboxState.QUEUED and row.fresh and (after := self._moved(s, r, Step.CANCEL)):
            yield f"{name} is recalled", self._new_version(after)
        if row.state is OutboxState.HELD:
            yield from self._held(s, r, row, name)
        for step in (Step.CONFIRM, Step.CANCEL, Step.RESEND):
            if row.state in (OutboxState.UNCERTAIN, OutboxState.FAILED):
                yield from self._decided(s, r, row, name, step)

    def _held(self, s: State, r: int, row: Row, name: str) -> Iterator[Next]:
        for i in range(len(s.agents)):
            me = s.agents[i]
            if me.doing == "away" and self.bounds.approval:
                yield (
                    f"agent {i + 1} reads {name} to approve it",
                    self._agent(s, i, Agent("approving", False, True)),
                )
            if me.doing == "approving":
                yield f"agent {i + 1} goes away", self._agent(s, i, Agent())
                if self.guards.other_approves and row.author == i:
                    continue
                if self.guards.approval_sees_all and not me.version:
                    continue
                if (after := self._moved(s, r, Step.APPROVE)) is not None:
                    wrong = "approved by its author" if row.author == i else ""
                    wrong = wrong or ("" if me.version else "approved on an old view")
                    if wrong:
                        after = self._row(after, r, after.rows[r]._replace(wrong=wrong))
                    yield f"agent {i + 1} approves {name}", self._agent(after, i, Agent())
        if (after := self._moved(s, r, Step.CANCEL)) is not None:
            yield f"{name} is cancelled", self._new_version(after)

    def _decided(self, s: State, r: int, row: Row, name: str, step: Step) -> Iterator[Next]:
        after = self._moved(s, r, step)
        if after is None:
            return
        if step is Step.RESEND:
            others = [x for n, x in enumerate(s.rows) if n != r]
            taken = any(x.turn == row.turn and x.state not in DEAD for x in others)
            zombie = any(w.doing == "marked" and w.row == r for w in s.workers)
            if row.resends >= self.bounds.resends or (taken and self.guards.one_answer):
                return
            if zombie and self.guards.resend_waits and row.state is OutboxState.UNCERTAIN:
                return  # fifteen minutes after the mark no worker is still before its dot
            after = self._row(after, r, after.rows[r]._replace(resends=row.resends + 1, delivered=0))
            after = after._replace(
                held=False
            )  # a person who sends again after a restore has let sending go on
        else:
            after = self._new_version(after)
        yield f"a person decides of {name}: {step.value}", after

    # ---- what must hold

    def broken(self, s: State) -> str:
        """Which invariant does not hold, '' if all do."""
        for row in s.rows:
            if row.wrong:
                return row.wrong
            if row.delivered > 1:
                return f"I5: {row.delivered} deliveries of one reply that was wanted once"
        if sum(a.token and a.doing == "writing" and s.owner == i for i, a in enumerate(s.agents)) > 1:
            return "I1: two holders"
        for i, a in enumerate(s.agents):
            if a.doing == "writing" and a.token and s.owner != i:
                return "I1: a holder whose token is the newest has no claim"
        live = [row.turn for row in s.rows if row.state not in DEAD]
        if len(live) != len(set(live)):
            return "I3: two live answers to one turn"
        for r in range(len(s.rows)):
            if sum(w.doing == "marked" and w.attempt and w.row == r for w in s.workers) > 1:
                return "I4: two dots for one attempt"
        return ""

    def stuck(self, s: State, follow: list[Next]) -> str:
        """I6: a reply that is under way can always move on, '' if so."""
        idle = any(w.doing == "idle" for w in s.workers)
        for r, row in enumerate(s.rows):
            if row.state not in UNDER_WAY or (row.state is OutboxState.QUEUED and (s.held or not idle)):
                continue
            if not any(len(t.rows) != len(s.rows) or t.rows[r].state is not row.state for _, t in follow):
                return f"I6: a reply stays {row.state.value} for ever"
        return ""

    def explore(self, limit: int = 3_000_000) -> Result:
        """Look at every state that can be reached, nearest first. Stops at the first violation."""
        came: dict[State, tuple[State, str] | None] = {self.start: None}
        waiting = deque([self.start])
        while waiting:
            state = waiting.popleft()
            follow = list(self.steps(state))
            if violation := self.broken(state) or self.stuck(state, follow):
                return Result(len(came), violation, _path(came, state))
            for words, after in follow:
                after = self._tidy(after)
                if after not in came:
                    came[after] = (state, words)
                    waiting.append(after)
            assert len(came) <= limit, "the model has grown beyond what can be looked at"
        return Result(len(came))


def _path(came: Mapping[State, tuple[State, str] | None], state: State) -> list[str]:
    path: list[str] = []
    while (step := came[state]) is not None:
        state, words = step
        path.append(words)
    return path[::-1]
