"""Races between real processes: one holder per conversation, one answer per turn."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.support.stores import Team, mail

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
PROCESSES = 4


def fight(team: Team, act: str, ids: Sequence[int], *, kill: bool = False) -> list[tuple[int, str, str]]:
    """Let processes act on the same conversations, in different orders, all at once; ``kill`` ends one in the middle."""
    rng = random.Random(7)
    logins = ["sato", "suzuki", "takahashi"]
    fighters = []
    for i in range(PROCESSES):
        # pairs go through the conversations in the same order, so that they meet on each of them
        order = list(ids) if i < PROCESSES - 1 else rng.sample(list(ids), len(ids))
        command = [
            sys.executable,
            "-m",
            "tests.store.contender",
            team.url,
            logins[i % 3],
            act,
            *map(str, order),
        ]
        fighters.append(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
    try:
        for fighter in fighters:
            assert fighter.stdout is not None
            assert fighter.stdout.readline() == "ready\n", fighter.communicate()[1]
        for fighter in fighters:
            assert fighter.stdin is not None
            fighter.stdin.write("go\n")
            fighter.stdin.flush()
        if kill:
            for fighter in fighters[:1]:
                assert fighter.stdout is not None
                fighter.stdout.readline()
                fighter.kill()
        results = []
        for i, fighter in enumerate(fighters):
            out, err = fighter.communicate(timeout=200)
            assert (kill and i < 1) or fighter.returncode == 0, err
            results += [tuple(json.loads(line)) for line in out.splitlines() if line.endswith("]")]
        return results
    finally:
        for fighter in fighters:
            fighter.kill()
            fighter.wait()


def conversations(team: Team, count: int) -> list[int]:
    """New conversations."""
    taken = team.arrive(*(mail(n) for n in range(count)))
    return [t.conversation_id for t in taken if t.conversation_id is not None]


def test_no_conversation_has_two_holders(both: Team) -> None:
    """Processes want the same 40 conversations: each goes to exactly one of them."""
    ids = conversations(both, 40)
    results = fight(both, "claim", ids)
    assert len(results) == PROCESSES * len(ids)
    assert Counter(n for n, _, result in results if result == "claimed") == Counter(ids)


def test_the_naive_way_fails_this_test(both: Team) -> None:
    """Read, look, write: some conversation goes to two. So the test above is able to fail."""
    ids = conversations(both, 120)
    results = fight(both, "naive", ids)
    holders = Counter(n for n, _, result in results if result == "claimed")
    assert max(holders.values()) > 1


def test_no_turn_gets_two_answers(both: Team) -> None:
    """Everybody answers everything, claims are given back at once, processes die: one reply in the outbox per turn."""
    ids = conversations(both, 15)
    fight(both, "answer", ids, kill=True)
    both.sql("UPDATE claim SET expires_at = 1.0 WHERE owner_id IS NOT NULL")
    fight(both, "answer", ids)
    replies = Counter(row[0] for row in both.sql("SELECT conversation_id FROM outbox WHERE kind = 'reply'"))
    assert replies == Counter(ids)


def test_the_index_alone_stops_a_second_answer(both: Team) -> None:
    """The guarantee is structural: the row cannot be written, whatever the code before it believed."""
    from sqlalchemy.exc import IntegrityError

    number = conversations(both, 1)[0]
    fight(both, "answer", [number])
    columns = (
        "conversation_id, mailbox_id, turn, kind, seq, author_id, token, epoch, state, attempt, not_before"
    )
    more = "queued_at, last_reply, from_name, from_address, subject, body, in_reply_to, before_status, filing_tries, cursor_line, cursor_column"
    with pytest.raises(IntegrityError):
        both.sql(
            f"INSERT INTO outbox ({columns}, {more}, request_id, message_id) "
            f"SELECT {columns}, {more}, 'another', '<another@shop.example>' FROM outbox"
        )
