"""The store's statements are held to the one table of claims, cell by cell, on both databases."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from maildesk.domain.claim import RULES, Act, Claim, Claimed, ClaimView, Standing
from maildesk.domain.reply import Queued
from maildesk.store import claims
from tests.support.stores import Team


def arrange(team: Team, number: int, standing: Standing) -> Claim:
    """The claim stands so for 鈴木, a supervisor; what her client believes to hold."""
    mine = team.suzuki.claims.take(number)
    assert isinstance(mine, Claimed)
    if standing in (Standing.OTHERS, Standing.OTHERS_LAPSED):
        team.lapse(number)
        assert isinstance(team.sato.claims.take(number), Claimed)
    if standing is Standing.FREE:
        team.suzuki.claims.release(mine.claim)
    if standing in (Standing.MINE_LAPSED, Standing.OTHERS_LAPSED):
        team.lapse(number)
    return mine.claim


def see(team: Team, number: int) -> tuple[object, ...]:
    """The claim's row: whose, which token, live or lapsed."""
    return team.sql(
        "SELECT owner_id, token, expires_at IS NOT NULL AND expires_at > 2 FROM claim WHERE conversation_id = :c",
        c=number,
    )[0]


def submit(team: Team, number: int, held: Claim) -> bool:
    """Queue a reply with what she believes to hold."""
    draft = replace(team.suzuki.replies.begin_private(number), body="返信")
    version = team.suzuki.conversations.summary(number).version
    outcome = team.suzuki.replies.submit(held, draft, seen_version=version, request_id=str(uuid.uuid4()))
    return isinstance(outcome, Queued)


def act(team: Team, number: int, wanted: Act, held: Claim) -> bool:
    """Do it; whether the store says that it is done."""
    me, session = team.suzuki.me.id, team.suzuki.session
    if wanted is Act.SUBMIT:
        return submit(team, number, held)
    with team.store.transaction() as tx:
        if wanted is Act.TAKE:
            return claims.take(tx, number, me, session) is not None
        if wanted is Act.RENEW:
            return claims.renew(tx, held, me, typed=True) is not None
        if wanted is Act.RELEASE:
            return claims.release(tx, held, me)
        seen = claims.holder(tx, number)
        if seen is None:  # lapsed: what she saw a moment ago
            row = team_row(team, number)
            seen = replace(SEEN, agent_id=int(str(row[0])), token=int(str(row[1]))) if row[0] else SEEN
        return claims.take_over(tx, number, seen, me, session, "急ぎ") is not None


def team_row(team: Team, number: int) -> tuple[object, ...]:
    """Owner and token, read by another connection before this one writes."""
    with team.store.reading() as tx:
        row = tx.execute(
            text("SELECT owner_id, token FROM claim WHERE conversation_id = :c"), {"c": number}
        ).one()
    return tuple(row)


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = ClaimView(0, "", "", LONG_AGO, LONG_AGO, LONG_AGO, -1)
CELLS = [
    (standing, wanted)
    for standing in Standing
    for wanted in Act
    if wanted is not Act.TAKE_OVER or standing in (Standing.FREE, Standing.OTHERS, Standing.OTHERS_LAPSED)
]


@pytest.mark.parametrize(("standing", "wanted"), CELLS, ids=lambda v: v.value)
def test_the_store_obeys_the_table(both: Team, standing: Standing, wanted: Act) -> None:
    """What the table has is done and leads where it says; what it has not is refused and changes nothing."""
    number = both.conversation(1)
    held = arrange(both, number, standing)
    before = see(both, number)
    done = act(both, number, wanted, held)
    owner, token, live = see(both, number)
    assert done is ((standing, wanted) in RULES)
    if not done:
        assert (owner, token, live) == before
        return
    after = RULES[standing, wanted]
    assert owner == (None if after is Standing.FREE else both.suzuki.me.id)
    if after is Standing.MINE:
        assert live
        grows = standing not in (Standing.MINE, Standing.MINE_LAPSED)
        assert token == int(str(before[1])) + grows
