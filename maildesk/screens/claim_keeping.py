"""Keeping a claim while a reply is written: renewing it, noticing that it is lost, giving it up when nobody types."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from maildesk.domain.claim import IDLE_LIMIT, RENEW_EVERY, Claim, LostClaim
from maildesk.domain.clock import boottime
from maildesk.errors import MaildeskError

if TYPE_CHECKING:
    from maildesk.desk import Desk

T = TypeVar("T")
ASLEEP = 5.0
"""Seconds by which the clocks must have parted for the machine to have slept."""


class Ask(Protocol):
    """The way to the desk: what a function makes of it, in a thread."""

    def __call__(self, work: Callable[[Desk], T], /) -> Awaitable[T]:
        """Raises what ``work`` raises."""


class ClaimKeeper:
    """One claim (None: there never was one, the draft is private) from the first keystroke to its end.

    ``lost`` is called once, when the store says that the claim is another's. What cannot be asked is no loss: the claim
    lapses by itself, and the next renewal tells.
    """

    def __init__(self, claim: Claim | None, ask: Ask, lost: Callable[[LostClaim], None]) -> None:
        self.claim = claim
        self.is_over = False
        """Whether the claim was lost or given up."""
        self._ask = ask
        self._lost = lost
        self._last_key = boottime()
        self._typed = False
        self._gap = boottime() - time.monotonic()

    @property
    def held(self) -> Claim | None:
        """The claim, while it is ours as far as we know."""
        return None if self.is_over else self.claim

    # typing

    def key(self) -> None:
        """Something was typed."""
        self._typed = True
        self.awake()

    def awake(self) -> None:
        """Somebody is there, though nothing was typed."""
        self._last_key = boottime()

    @property
    def seconds_left(self) -> float:
        """How long nothing may be typed before somebody has to say that he is still there."""
        return max(0.0, IDLE_LIMIT.total_seconds() - (boottime() - self._last_key))

    @property
    def is_idle(self) -> bool:
        """Whether nobody has typed for so long that the claim should be given up."""
        return self.held is not None and not self.seconds_left

    def has_slept(self) -> bool:
        """Whether the machine slept since this was last asked: the timers stood still meanwhile, the lease did not, so
        the store has to be asked at once."""
        before, self._gap = self._gap, boottime() - time.monotonic()
        return self._gap - before > ASLEEP

    # the store

    async def renew(self) -> None:
        """Tell the store that this session is alive, and learn whether the claim is still its own."""
        claim = self.held
        if claim is None:
            return
        typed, self._typed = self._typed, False
        try:
            outcome = await self._ask(lambda desk: desk.claims.renew(claim, typed=typed))
        except MaildeskError:
            self._typed = self._typed or typed
            return
        if isinstance(outcome, LostClaim):
            self.lose(outcome)
        else:
            self.claim = outcome

    async def look(self) -> None:
        """Something changed in the store: is the claim still ours?"""
        claim = self.held
        if claim is None:
            return
        try:
            holder = await self._ask(
                lambda desk: (desk.conversations.summary(claim.conversation_id).claim, desk.me.id)
            )
        except MaildeskError:
            return
        if holder[0] is None or holder[0].agent_id != holder[1]:
            await self.renew()

    def lose(self, outcome: LostClaim) -> None:
        """The store said so."""
        if not self.is_over:
            self.is_over = True
            self._lost(outcome)

    async def release(self) -> None:
        """Give the claim back. Raises what the desk raises."""
        claim = self.held
        if claim is not None:
            await self._ask(lambda desk: desk.claims.release(claim))
            self.is_over = True

    @contextmanager
    def kept_alive(self, desk: Desk) -> Iterator[None]:
        """Renewed from a thread, while another program has the terminal and nothing else runs here."""
        stop = threading.Event()
        threading.Thread(target=self._keep_alive, args=(desk, stop), daemon=True).start()
        try:
            yield
        finally:
            stop.set()
            self.awake()

    def _keep_alive(self, desk: Desk, stop: threading.Event) -> None:
        while not stop.wait(RENEW_EVERY.total_seconds()):
            try:
                if self.held is not None:
                    desk.claims.renew(self.held, typed=True)
            except MaildeskError:
                continue  # renewed or lost: the next renewal tells
