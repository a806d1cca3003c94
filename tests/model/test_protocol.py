"""The protocol has no state that breaks an invariant; every guard that is left out is missed at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk.domain.outbox import TRANSITIONS, OutboxState, Step
from tests.model.protocol import OVER, UNDER_WAY, Bounds, Guards, Protocol, Table

WHOLE = Bounds()
"""Two agents, three workers, two turns, approval, take-over, restore: everything at once."""
TWO_REPLIES = Bounds(rows=2, workers=1, resends=0, approval=False, restore=False)
"""Two replies at once, in the old turn and the new one."""
SMALL = Bounds(turns=1, workers=2)
"""Enough for every mistake below, in a moment."""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("bounds", [WHOLE, TWO_REPLIES], ids=["whole", "two-replies"])
def test_no_state_breaks_an_invariant(bounds: Bounds) -> None:
    """All states that crashes, pauses, lost answers, take-overs and new mail can lead to (I1 to I6)."""
    result = Protocol(bounds=bounds).explore()
    print(result)
    assert not result.violation, str(result)
    assert result.states > 50_000


def mistaken(guards: Guards, table: Table = TRANSITIONS, bounds: Bounds = SMALL) -> str:
    """What the search finds when guards are left out or the table is wrong; '' when it finds nothing."""
    result = Protocol(guards, table, bounds).explore()
    print(result)
    return str(result) if result.violation else ""


def test_telling_the_database_after_the_250_is_found() -> None:
    """The first classic mistake: no mark before the dot, and no answer means again (RFC 1047)."""
    table = dict(TRANSITIONS) | {(OutboxState.SENDING, Step.ACCEPTED): OutboxState.SENT}
    found = mistaken(Guards(mark_before_dot=False), table)
    assert found.startswith("I5: 2 deliveries"), found
    assert "writes the dot" in found


def test_a_reaper_that_queues_committing_again_is_found() -> None:
    """The second classic mistake: a worker that is silent after the mark is taken for one that sent nothing."""
    table = dict(TRANSITIONS) | {(OutboxState.COMMITTING, Step.REAP): OutboxState.QUEUED}
    found = mistaken(Guards(), table)
    assert found.startswith("I5: 2 deliveries"), found
    assert "it is reaped" in found


@pytest.mark.parametrize(
    ("without", "what"),
    [
        ({"one_answer": False, "version": False, "claim_token": False}, "I"),
        ({"claim_token": False, "version": False}, "I2"),
        ({"version": False}, "I"),
        ({"release_by_token": False}, "I1"),
        ({"force_by_token": False}, "I1"),
        ({"mark_asks_state": False, "mark_asks_attempt": False}, "I"),
        ({"resend_waits": False}, "I5"),
        ({"other_approves": False}, "approved by its author"),
        ({"approval_sees_all": False}, "approved on an old view"),
        ({"hold_stops_pick": False}, "I5"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else value,
)
def test_each_guard_is_needed(without: dict[str, bool], what: str) -> None:
    """Left out one at a time, each is missed: the search prints the shortest way to the harm."""
    bounds = Bounds(workers=2) if "approval_sees_all" in without or "version" in without else SMALL
    found = mistaken(replace(Guards(), **without), bounds=bounds)
    assert found.startswith(what), found


def test_from_the_dot_on_only_a_4xx_or_a_person_queues_again() -> None:
    """I4, read off the table: no path by itself from *committing* or *uncertain* back to *queued*."""
    back = {
        (before, step)
        for (before, step), after in TRANSITIONS.items()
        if after is OutboxState.QUEUED and before in (OutboxState.COMMITTING, OutboxState.UNCERTAIN)
    }
    assert back == {(OutboxState.COMMITTING, Step.TRY_LATER), (OutboxState.UNCERTAIN, Step.RESEND)}


def test_what_is_over_is_over_and_what_is_under_way_ends() -> None:
    """I6, read off the table: nothing leaves *sent* and *cancelled*; from anywhere else one of the ends is reached."""
    assert not [before for before, _ in TRANSITIONS if before in OVER]
    for state in (*UNDER_WAY, OutboxState.HELD):
        reached, waiting = {state}, [state]
        while waiting:
            here = waiting.pop()
            for (before, _), after in TRANSITIONS.items():
                if before is here and after not in reached:
                    reached.add(after)
                    waiting.append(after)
        assert OutboxState.SENT in reached or OutboxState.CANCELLED in reached
