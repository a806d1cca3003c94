"""Keeping claims while their owner listens, thinks and types: renewed from a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from maildesk.domain.claim import IDLE_LIMIT, RENEW_EVERY, Claim, LostClaim
from maildesk.domain.clock import boottime
from maildesk.errors import MaildeskError

if TYPE_CHECKING:
    from maildesk.desk import Desk


class Keeper:
    """The claims of this session, by conversation. Who types nothing for as long as the app would ask loses them: here
    nobody can be asked meanwhile, and what was written is saved."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._claims: dict[int, Claim] = {}
        self._lost: list[tuple[int, LostClaim | None]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._typed = False
        self._away = False
        self._last_line = boottime()

    def start(self) -> None:
        """Renew from now on."""
        threading.Thread(target=self._run, daemon=True, name="maildesk-keeper").start()

    def stop(self) -> None:
        """Renew no more."""
        self._stop.set()

    def line(self) -> None:
        """A line was typed."""
        self._typed, self._last_line = True, boottime()

    @contextmanager
    def in_editor(self) -> Iterator[None]:
        """Another program has the terminal: whoever is in it is there."""
        self._away = True
        try:
            yield
        finally:
            self._away = False
            self.line()

    def hold(self, claim: Claim) -> None:
        """Keep this one."""
        with self._lock:
            self._claims[claim.conversation_id] = claim

    def of(self, conversation_id: int) -> Claim | None:
        """The claim of a conversation, None where this session has none."""
        return self._claims.get(conversation_id)

    def drop(self, conversation_id: int) -> Claim | None:
        """Keep it no more."""
        with self._lock:
            return self._claims.pop(conversation_id, None)

    def losses(self) -> list[tuple[int, LostClaim | None]]:
        """What was lost since this was last asked; None: given up because nobody typed."""
        with self._lock:
            lost, self._lost = self._lost, []
        return lost

    def renew(self) -> None:
        """Renew all, or give all up when nobody is there. What cannot be asked is no loss: the next renewal tells."""
        idle = not self._away and boottime() - self._last_line >= IDLE_LIMIT.total_seconds()
        typed, self._typed = self._typed or self._away, False
        for number, claim in list(self._claims.items()):
            try:
                if idle:
                    self._desk.claims.release(claim)
                    self._lose(number, None)
                    continue
                outcome = self._desk.claims.renew(claim, typed=typed)
            except MaildeskError:
                self._typed = self._typed or typed
                continue
            if isinstance(outcome, LostClaim):
                self._lose(number, outcome)
            else:
                with self._lock:
                    if number in self._claims:
                        self._claims[number] = outcome

    def _lose(self, number: int, lost: LostClaim | None) -> None:
        with self._lock:
            if self._claims.pop(number, None) is not None:
                self._lost.append((number, lost))

    def _run(self) -> None:
        while not self._stop.wait(RENEW_EVERY.total_seconds()):
            self.renew()
