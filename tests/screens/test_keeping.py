"""What keeps a reply safe while it is written: the claim's keeper and the draft's saver, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from maildesk.domain.claim import IDLE_LIMIT, Claim, Claimed, LostClaim
from maildesk.domain.clock import boottime
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Draft
from maildesk.errors import StoreError
from maildesk.screens.claim_keeping import ClaimKeeper
from maildesk.screens.draft_saving import DraftSaver
from tests.screens.fakes import FakeDesk

if TYPE_CHECKING:
    from maildesk.desk import Desk

T = TypeVar("T")
GONE = StoreError("store_readonly", path="desk.db")


class Written:
    """A reply to #1042 that is being written, and what became of its claim."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        begun = self.desk.replies.begin(1042)
        assert isinstance(begun, Begun)
        self.claim: Claim = begun.claim
        self.text = begun.draft.body
        self.losses: list[LostClaim] = []
        self.keeper = ClaimKeeper(begun.claim, self.ask, self.losses.append)
        self.saver = DraftSaver(begun.draft, self.ask, lambda: replace(self.saver.draft, body=self.text))

    async def ask(self, work: Callable[[Desk], T], /) -> T:
        """As a screen asks: later, not at once."""
        await asyncio.sleep(0)
        return work(cast("Desk", self.desk))

    def write(self, text: str) -> None:
        """Type."""
        self.text += text
        self.saver.touch()
        self.keeper.key()

    @property
    def stored(self) -> Draft | None:
        """The draft in the store."""
        return self.desk.drafts_saved.get(1042)


@pytest.fixture
def reply() -> Written:
    """A reply that was just begun."""
    return Written()


async def test_a_renewal_that_fails_keeps_the_claim_and_the_keystroke(reply: Written) -> None:
    """A store out of reach is no loss, and the next renewal still tells that somebody typed."""
    reply.write("a")
    reply.desk.broken = GONE
    await reply.keeper.renew()
    assert reply.keeper.held == reply.claim
    reply.desk.broken = None
    await reply.keeper.renew()
    assert reply.desk.calls[-1] == ("claims.renew", (True,))


async def test_sleep_counts(reply: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a laptop sleeps its ordinary clock stands still, the lease does not: on waking the store is asked at once, and
    the time in which nothing was typed includes the sleep."""
    assert not reply.keeper.has_slept()
    asleep = IDLE_LIMIT.total_seconds() + 1
    monkeypatch.setattr("maildesk.screens.claim_keeping.boottime", lambda: boottime() + asleep)
    assert reply.keeper.has_slept()
    assert not reply.keeper.has_slept(), "once for each sleep"
    assert reply.keeper.is_idle


async def test_a_loss_is_told_once(reply: Written) -> None:
    """Whoever notices first: renewal, change, submit. Afterwards nothing is renewed or released."""
    reply.desk.colleague_claims(1042)
    await asyncio.gather(reply.keeper.look(), reply.keeper.renew())
    await reply.keeper.renew()
    await reply.keeper.release()
    assert len(reply.losses) == 1
    assert reply.keeper.held is None
    assert reply.desk.asked("claims.release") == 0


async def test_a_look_renews_only_when_the_claim_seems_gone(reply: Written) -> None:
    """Changes of others cost one small question."""
    await reply.keeper.look()
    assert reply.desk.asked("claims.renew") == 0


async def test_silence_counts_from_the_last_key(reply: Written) -> None:
    """Idle after the limit, not before; a key begins again; without a claim never."""
    limit = IDLE_LIMIT.total_seconds()
    reply.keeper._last_key -= limit - 5
    early = reply.keeper.is_idle
    reply.keeper._last_key -= 5
    late = reply.keeper.is_idle
    reply.keeper.key()
    assert (early, late, reply.keeper.is_idle) == (False, True, False)
    private = ClaimKeeper(None, reply.ask, reply.losses.append)
    private._last_key -= limit
    assert not private.is_idle


async def test_a_private_draft_asks_nothing_of_the_claims(reply: Written) -> None:
    """No claim: nothing is renewed, looked at or released."""
    reply.desk.calls.clear()
    keeper = ClaimKeeper(None, reply.ask, reply.losses.append)
    await keeper.renew()
    await keeper.look()
    await keeper.release()
    assert reply.desk.calls == []


async def test_what_is_typed_during_a_save_is_not_taken_for_saved(reply: Written) -> None:
    """The answer of the store is about the text that it was given."""
    reply.write("a")
    save = asyncio.ensure_future(reply.saver.save())
    await asyncio.sleep(0)
    reply.write("b")
    assert not await save
    assert reply.stored is not None
    assert reply.stored.body.endswith("a")
    assert await reply.saver.save()
    assert reply.stored.body.endswith("ab")


async def test_nothing_new_is_not_saved_again(reply: Written) -> None:
    """One save for one change."""
    assert await reply.saver.save()
    assert reply.stored is None
    reply.write("a")
    assert await reply.saver.save()
    assert await reply.saver.save()
    assert reply.desk.asked("replies.save") == 1


async def test_a_failed_save_is_remembered_until_one_succeeds(reply: Written) -> None:
    """failure says why; the text is still unsaved; the next save has everything."""
    reply.write("a")
    reply.desk.broken = GONE
    assert not await reply.saver.save()
    assert reply.saver.failure is GONE
    assert not reply.saver.is_saved
    reply.desk.broken = None
    assert await reply.saver.save()
    assert reply.saver.failure is None


def test_the_end_of_the_app_saves_what_is_left(reply: Written) -> None:
    """save_now works without a loop, and not twice."""
    reply.write("a")
    reply.saver.save_now(cast("Desk", reply.desk))
    reply.saver.save_now(cast("Desk", reply.desk))
    assert reply.desk.asked("replies.save") == 1
    assert isinstance(reply.desk.claims.take(1042), Claimed)
