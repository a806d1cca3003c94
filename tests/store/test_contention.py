"""Claims when things go wrong: holders stopped, killed, cut off, asleep, with wrong clocks; two who force at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Connection, event

from maildesk.desk import Desk
from maildesk.domain.claim import MAX_CLAIMS, Claimed, HeldByOther, LostClaim
from maildesk.domain.outcomes import Begun, Waiting
from maildesk.domain.reply import AlreadyQueued, Queued, StopReason
from maildesk.errors import MaildeskError, StoreError
from maildesk.store import claims, conversations, events
from maildesk.store.engine import open_store
from tests.store.holder import TEXT
from tests.support import postgres
from tests.support.databases import fresh
from tests.support.stores import Team, mail, team
from tests.support.waiting import until, wait_until


class Other:
    """佐藤's session in a process of its own."""

    def __init__(self, team: Team, number: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.holder", team.url, "sato", str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, act: str) -> None:
        """Tell it what to do."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{act}\n")
        self.process.stdin.flush()

    def told(self) -> object:
        """What came of it."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def do(self, act: str) -> object:
        """Tell it, and wait for what comes of it."""
        self.say(act)
        return self.told()


@contextmanager
def other(team: Team, number: int) -> Iterator[Other]:
    """佐藤 has begun to answer in another process."""
    process = Other(team, number)
    try:
        assert process.do("begin") == "begun"
        yield process
    finally:
        process.process.kill()
        process.process.communicate()


def claimed(desk: Desk, number: int) -> Claimed:
    """The claim."""
    outcome = desk.claims.take(number)
    assert isinstance(outcome, Claimed), outcome
    return outcome


# ---- the holder's process


def test_a_stopped_holder_wakes_up_to_his_loss(both: Team) -> None:
    """SIGSTOP for longer than the lease: another answers; the woken process is told, sends nothing and frees nothing,
    and its text is kept with who took the claim."""
    number = both.conversation()
    with other(both, number) as holder:
        holder.process.send_signal(signal.SIGSTOP)
        assert isinstance(both.suzuki.claims.take(number), HeldByOther)
        both.lapse(number)
        claimed(both.suzuki, number)
        for act in ("renew", "submit", "release"):
            holder.say(act)
        holder.process.send_signal(signal.SIGCONT)
        assert [holder.told() for _ in range(3)] == [["LostClaim", "鈴木", ""], "LostClaim", "released"]
    assert isinstance(both.desk("takahashi").claims.take(number), HeldByOther), "an old token frees nothing"
    (line,) = both.sato.drafts.stopped()
    assert (line.text, line.stop.reason, line.stop.who) == (TEXT, StopReason.LOST_CLAIM, "鈴木")
    assert both.sql("SELECT count(*) FROM outbox") == [(0,)]


def test_a_stopped_holder_whom_nobody_replaced_goes_on(both: Team) -> None:
    """The lease lapsed, the token is still his: no drama."""
    number = both.conversation()
    with other(both, number) as holder:
        holder.process.send_signal(signal.SIGSTOP)
        both.lapse(number)
        holder.process.send_signal(signal.SIGCONT)
        assert holder.do("submit") == "Queued"


def test_a_killed_holder_keeps_nobody_waiting_longer_than_the_lease(both: Team) -> None:
    """kill -9: the claim stands until the lease ends, then anybody takes it; the draft is there."""
    number = both.conversation()
    with other(both, number) as holder:
        holder.process.kill()
        holder.process.wait()
    assert isinstance(both.suzuki.claims.take(number), HeldByOther)
    both.lapse(number)
    claimed(both.suzuki, number)
    draft = both.sato.drafts.of(number)
    assert draft is not None
    assert draft.body == TEXT


# ---- the way to the database


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Team]:
    """A team on PostgreSQL."""
    with fresh("postgresql", tmp_path) as url:
        found = team(url)
        yield found
        found.close()


def backends(team: Team) -> list[int]:
    """The server's processes for the team's other connections."""
    rows = team.sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    return [int(str(pid)) for (pid,) in rows]


def test_a_cut_connection_loses_neither_claim_nor_text(served: Team) -> None:
    """``pg_terminate_backend``: the next act finds the store again, and the claim is still held."""
    number = served.conversation()
    begun = served.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    served.sato.replies.save(replace(begun.draft, body=TEXT))
    for pid in backends(served):
        served.sql("SELECT pg_terminate_backend(:p)", p=pid)
    assert not isinstance(served.sato.claims.renew(begun.claim, typed=True), LostClaim)
    draft = served.sato.drafts.of(number)
    assert draft is not None
    assert draft.body == TEXT


@pytest.mark.parametrize("statement", ["INSERT INTO outbox", "UPDATE claim SET", "DELETE FROM draft"])
def test_a_connection_cut_while_queueing_queues_all_or_nothing(served: Team, statement: str) -> None:
    """Cut in the middle of the transaction nothing is queued; the same request again queues once."""
    number = served.conversation()
    begun = served.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    draft = replace(begun.draft, body=f"{TEXT}\n{begun.draft.body}")
    engine = served.sato._store.engine

    def cut(connection: Connection, cursor: object, text: str, *rest: object) -> None:
        if text.startswith(statement):
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            event.remove(engine, "before_cursor_execute", cut)
            served.sql("SELECT pg_terminate_backend(:p)", p=pid)

    event.listen(engine, "before_cursor_execute", cut)
    with pytest.raises(StoreError):
        served.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="once")
    assert served.sql("SELECT count(*) FROM outbox") == [(0,)]
    again = served.sato.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id="once"
    )
    assert isinstance(again, Queued)
    assert isinstance(
        served.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="once"),
        AlreadyQueued,
    )


@pytest.fixture
def durable() -> Iterator[Team]:
    """A team on a PostgreSQL of its own that keeps what it committed."""
    with postgres.server(()) as server:
        found = team(server.url(server.create_database()))
        yield found
        found.close()


@pytest.mark.slow
def test_a_server_that_crashes_loses_no_claim(durable: Team) -> None:
    """One of its processes dies, it throws everybody out and recovers: the holder goes on with his token."""
    number = durable.conversation()
    begun = durable.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    draft = durable.sato.replies.save(replace(begun.draft, body=f"{TEXT}\n{begun.draft.body}"))
    os.kill(backends(durable)[0], signal.SIGKILL)

    def again(act: Callable[[], object]) -> object:
        """What it comes to once the server answers: it may fall a moment after it was seen to stand."""
        found: list[object] = []

        def answered() -> bool:
            try:
                found.append(act())
            except StoreError:
                return False
            return True

        until(answered, "the server did not come back")
        return found[0]

    assert isinstance(again(lambda: durable.suzuki.claims.take(number)), HeldByOther)
    assert not isinstance(again(lambda: durable.sato.claims.renew(begun.claim, typed=True)), LostClaim)
    queued = again(
        lambda: durable.sato.replies.submit(
            begun.claim, draft, seen_version=begun.claim.version, request_id="r"
        )
    )
    assert isinstance(queued, Queued | AlreadyQueued)


# ---- clocks


@pytest.mark.parametrize("hours", [-12, 12])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak"])
def test_a_clients_clock_decides_nothing(
    both: Team, hours: int, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a day wrong, in any zone: claims are held, seen and taken over as ever, replies are queued."""
    number = both.conversation()
    right = both.sato.now()
    monkeypatch.setenv("TZ", zone)
    with time_machine.travel(right + timedelta(hours=hours), tick=True):
        begun = both.sato.replies.begin(number)
        assert isinstance(begun, Begun)
        assert isinstance(both.suzuki.claims.take(number), HeldByOther)
        seen = both.suzuki.conversations.summary(number).claim
        assert seen is not None
        assert abs(seen.since - right) < timedelta(minutes=5)
        assert not isinstance(both.sato.claims.renew(begun.claim, typed=True), LostClaim)
        draft = replace(begun.draft, body=f"{TEXT}\n{begun.draft.body}")
        queued = both.sato.replies.submit(
            begun.claim, draft, seen_version=begun.claim.version, request_id="r"
        )
        assert isinstance(queued, Queued)
        assert abs(queued.not_before - right) < timedelta(minutes=5)
    both.arrive(mail(2))


# ---- two at once


def both_at_once(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Do both things at the same time."""
    start = threading.Barrier(2)
    results: list[object] = [None, None]

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait(10)
        results[place] = act()

    threads = [threading.Thread(target=run, args=(i, a)) for i, a in enumerate((first, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_of_two_who_force_at_once_one_wins(both: Team) -> None:
    """The other is told who did, the loser who and why; round after round."""
    suzuki, takahashi = both.suzuki, both.desk("takahashi")
    for n in range(1, 13):
        number = both.conversation(n)
        mine = claimed(both.sato, number)
        seen = suzuki.conversations.summary(number).claim
        assert seen is not None
        outcomes = both_at_once(
            lambda number=number, seen=seen: suzuki.claims.take_over(number, seen, "鈴木の理由"),  # type: ignore[misc]
            lambda number=number, seen=seen: takahashi.claims.take_over(number, seen, "高橋の理由"),  # type: ignore[misc]
        )
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["Claimed", "HeldByOther"]
        winner = "鈴木" if isinstance(outcomes[0], Claimed) else "高橋"
        beaten = next(outcome for outcome in outcomes if isinstance(outcome, HeldByOther))
        assert beaten.holder.agent_name == winner
        lost = both.sato.claims.renew(mine.claim, typed=True)
        assert isinstance(lost, LostClaim)
        assert lost.holder is not None
        assert (lost.holder.agent_name, lost.reason) == (winner, f"{winner}の理由")


def test_no_claim_is_given_while_a_reply_is_being_held(both: Team) -> None:
    """Asked for just while 佐藤's request for approval commits: who waited for the row sees what it keeps."""
    number = both.conversation()
    begun = both.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    draft = replace(begun.draft, body=f"{TEXT}\n{begun.draft.body}")
    outcomes: list[object] = []
    asking = threading.Thread(target=lambda: outcomes.append(both.suzuki.claims.take(number)))
    engine = both.sato._store.engine

    def committing(connection: Connection) -> None:
        writes = connection.get_execution_options().get("maildesk_writes")
        if writes and asking.ident is None and _has_queued(connection):
            asking.start()
            if both.store.is_sqlite:
                asking.join(0.3)
            else:
                wait_until(lambda: _somebody_waits(both), asking.is_alive, lambda: "nobody waits")

    both.suzuki.now()
    event.listen(engine, "commit", committing)
    both.sato.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id="r", approval=True
    )
    asking.join(30)
    assert isinstance(outcomes[0], Waiting)


def _has_queued(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())


def _somebody_waits(team: Team) -> bool:
    return bool(
        team.sql(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )


# ---- how many


def test_looking_takes_no_claim(both: Team) -> None:
    """Whoever clicks through fifty conversations holds none; writing one holds one."""
    taken = both.arrive(*(mail(n) for n in range(50)))
    numbers = [t.conversation_id for t in taken if t.conversation_id is not None]
    for number in numbers:
        both.sato.conversations.get(number)
        both.sato.conversations.mark_seen(number)
        both.sato.people.look(number)
    assert both.suzuki.inbox.counts()["replying"] == 0
    both.sato.replies.begin(numbers[0])
    assert both.suzuki.inbox.counts()["replying"] == 1


def test_a_window_holds_so_many_claims(both: Team) -> None:
    """One more is refused with those that are held; renewing, and taking again what one has, are not one more; another
    window and the command line have their own count."""
    numbers = [both.conversation(n) for n in range(1, MAX_CLAIMS + 2)]
    window = Desk(open_store(both.url), both.agents["sato"], max_claims=MAX_CLAIMS)
    held = [claimed(window, number) for number in numbers[:-1]]
    with pytest.raises(MaildeskError) as refused:
        window.claims.take(numbers[-1])
    assert refused.value.key == "too_many_claims"
    assert f"#{numbers[0]}" in str(refused.value)
    claimed(window, numbers[0])
    window.claims.release(held[0].claim)
    claimed(window, numbers[-1])
    claimed(both.sato, numbers[0])
    window.close()


# ---- presence


def test_presence_is_shown_and_never_blocks(both: Team) -> None:
    """Who looks is named until he looks away, or his machine is gone; everybody may reply."""
    number = both.conversation()
    both.suzuki.people.look(number)
    assert both.sato.people.viewing(number) == ("鈴木",)
    claimed(both.sato, number)
    both.sql("UPDATE presence SET seen_at = 1.0")
    assert both.sato.people.viewing(number) == ()
    both.suzuki.people.look(number)
    assert both.sato.people.viewing(number) == ("鈴木",)
    both.suzuki.people.look(None)
    assert both.sato.people.viewing(number) == ()


def test_a_claim_and_a_reply_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Whoever queues locks the conversation and then its claim, whoever takes the claim writes an event that names the
    conversation: were that a wait, PostgreSQL would have to choose a victim."""
    with fresh("postgresql", tmp_path) as url:
        desk = team(url)
        number = desk.conversation()
        with desk.store.transaction() as queueing, desk.store.transaction() as taking:
            conversations.lock(queueing, [number])
            taking.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            assert claims.take(taking, number, desk.agents["sato"].id, "s") is not None
            events.record(taking, events.actor(desk.agents["sato"]), "claimed", number)
        desk.close()
