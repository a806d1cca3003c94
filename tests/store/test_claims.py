"""The claim: one holder, a growing token, the database's clock."""

from __future__ import annotations

import pytest

from maildesk.domain.claim import Claimed, Freed, HeldByOther, LostClaim
from maildesk.domain.status import Tab
from maildesk.errors import NotFound
from tests.support.stores import Team


def test_the_second_agent_is_told_who_replies(both: Team) -> None:
    """Whoever comes second gets no claim, but the holder and since when."""
    number = both.conversation()
    assert isinstance(both.sato.claims.take(number), Claimed)
    outcome = both.suzuki.claims.take(number)
    assert isinstance(outcome, HeldByOther)
    assert outcome.holder.agent_name == "佐藤"
    assert outcome.holder.since <= both.sato.now() <= outcome.holder.expires_at


def test_taking_again_keeps_the_token(both: Team) -> None:
    """The session that holds the claim keeps it, with the same token."""
    number = both.conversation()
    first, second = both.sato.claims.take(number), both.sato.claims.take(number)
    assert isinstance(first, Claimed)
    assert isinstance(second, Claimed)
    assert first.claim.token == second.claim.token


def test_another_session_of_the_same_agent_does_not_share_the_claim(both: Team) -> None:
    """Two windows of one agent are two sessions: the second one is refused."""
    number = both.conversation()
    both.sato.claims.take(number)
    other = both.new_session("sato")
    assert isinstance(other.claims.take(number), HeldByOther)
    other.close()


def test_each_grant_has_a_greater_token(both: Team) -> None:
    """The fence grows with every grant, whoever it goes to."""
    number = both.conversation()
    tokens = []
    for desk in (both.sato, both.suzuki, both.sato):
        outcome = desk.claims.take(number)
        assert isinstance(outcome, Claimed)
        tokens.append(outcome.claim.token)
        desk.claims.release(outcome.claim)
    assert tokens == sorted(set(tokens))


def test_a_lapsed_claim_goes_to_the_next(both: Team) -> None:
    """After the lease anybody may take it, and the first holder then learns who did."""
    number = both.conversation()
    taken = both.sato.claims.take(number)
    assert isinstance(taken, Claimed)
    both.lapse(number)
    assert isinstance(both.suzuki.claims.take(number), Claimed)
    lost = both.sato.claims.renew(taken.claim, typed=True)
    assert isinstance(lost, LostClaim)
    assert lost.holder is not None
    assert lost.holder.agent_name == "鈴木"


def test_a_lapsed_claim_that_nobody_took_is_renewed(both: Team) -> None:
    """A laptop that slept goes on where it was: the token still matches."""
    number = both.conversation()
    taken = both.sato.claims.take(number)
    assert isinstance(taken, Claimed)
    both.lapse(number)
    renewed = both.sato.claims.renew(taken.claim, typed=False)
    assert not isinstance(renewed, LostClaim)
    assert isinstance(both.suzuki.claims.take(number), HeldByOther)


def test_an_old_token_frees_nothing(both: Team) -> None:
    """A late release does not free the newer holder's claim."""
    number = both.conversation()
    old = both.sato.claims.take(number)
    assert isinstance(old, Claimed)
    both.lapse(number)
    assert isinstance(both.suzuki.claims.take(number), Claimed)
    both.sato.claims.release(old.claim)
    assert isinstance(both.sato.claims.take(number), HeldByOther)


def test_an_old_token_frees_nothing_of_ones_own(both: Team) -> None:
    """A release that comes late does not free, and a renewal does not prolong, what the same window has taken anew."""
    number = both.conversation()
    old = both.sato.claims.take(number)
    assert isinstance(old, Claimed)
    both.sato.claims.release(old.claim)
    assert isinstance(both.sato.claims.take(number), Claimed)
    both.sato.claims.release(old.claim)
    assert isinstance(both.sato.claims.renew(old.claim, typed=False), LostClaim)
    assert isinstance(both.suzuki.claims.take(number), HeldByOther)


def test_a_take_over_takes_the_claim_that_was_seen(both: Team) -> None:
    """If the holder gave it back and took it again since, that is another claim: look again."""
    number = both.conversation()
    both.sato.claims.take(number)
    seen = both.suzuki.conversations.summary(number).claim
    assert seen is not None
    both.sato.claims.release_held(number)
    assert isinstance(both.sato.claims.take(number), Claimed)
    assert isinstance(both.suzuki.claims.take_over(number, seen, "急ぎ"), HeldByOther)


def test_a_take_over_names_its_reason(both: Team) -> None:
    """The loser reads who took over and why; the reason is in the events."""
    number = both.conversation()
    taken = both.sato.claims.take(number)
    seen = both.suzuki.conversations.summary(number).claim
    assert isinstance(taken, Claimed)
    assert seen is not None
    assert isinstance(both.suzuki.claims.take_over(number, seen, "お客様と電話中"), Claimed)
    lost = both.sato.claims.renew(taken.claim, typed=True)
    assert isinstance(lost, LostClaim)
    assert lost.reason == "お客様と電話中"
    event = both.sato.conversations.get(number).events[-1]
    assert (event.what, event.actor, event.detail["reason"]) == ("taken-over", "鈴木", "お客様と電話中")


def test_a_take_over_takes_from_the_holder_that_was_seen(both: Team) -> None:
    """If the claim changed hands since, nothing is taken from the newer holder."""
    number = both.conversation()
    both.sato.claims.take(number)
    seen = both.suzuki.conversations.summary(number).claim
    assert seen is not None
    both.sato.claims.release_held(number)
    assert isinstance(both.desk("takahashi").claims.take(number), Claimed)
    outcome = both.suzuki.claims.take_over(number, seen, "急ぎ")
    assert isinstance(outcome, HeldByOther)
    assert outcome.holder.agent_name == "高橋"


def test_a_live_claim_is_the_replying_tab(both: Team) -> None:
    """A conversation stands in exactly one of new and replying, as long as the lease lives."""
    number = both.conversation()
    counts = both.sato.inbox.counts()
    assert (counts["new"], counts["replying"]) == (1, 0)
    both.sato.claims.take(number)
    counts = both.suzuki.inbox.counts()
    assert (counts["new"], counts["replying"]) == (0, 1)
    assert not both.suzuki.inbox.page(Tab.NEW).rows
    row = both.suzuki.inbox.page(Tab.REPLYING).rows[0]
    assert row.claim is not None
    assert row.claim.agent_name == "佐藤"
    both.lapse(number)
    counts = both.suzuki.inbox.counts()
    assert (counts["new"], counts["replying"]) == (1, 0)
    assert both.suzuki.inbox.page(Tab.NEW).rows[0].claim is None


def test_a_session_that_ends_gives_its_claims_back(both: Team) -> None:
    """Closing the app frees the claims at once, not after the lease."""
    number = both.conversation()
    session = both.new_session("sato")
    session.claims.take(number)
    session.close()
    assert isinstance(both.suzuki.claims.take(number), Claimed)


def test_who_waits_is_told_once_when_it_is_free(both: Team) -> None:
    """``w``: told when the claim is free, and only once."""
    number = both.conversation()
    taken = both.sato.claims.take(number)
    assert isinstance(taken, Claimed)
    both.suzuki.claims.watch(number)
    assert both.suzuki.claims.freed() == ()
    both.sato.claims.release(taken.claim)
    assert both.suzuki.claims.freed() == (Freed(number),)
    assert both.suzuki.claims.freed() == ()


def test_what_is_not_there_cannot_be_claimed(both: Team) -> None:
    """An unknown number is said to be unknown."""
    with pytest.raises(NotFound, match="#4711"):
        both.sato.claims.take(4711)
