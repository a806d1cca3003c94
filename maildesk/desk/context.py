"""What every part of the desk stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, TypeVar

from maildesk.domain.agent import Agent, Right
from maildesk.errors import NotFound, NotPermitted
from maildesk.store import conversations, merged
from maildesk.store.engine import Store
from maildesk.store.events import Actor, actor

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """The store, who I am, this session (a random id: one per running client), the team's time zone (None: this
    computer's), and how many claims the session may hold (None: any number)."""

    store: Store
    me: Agent
    session: str
    zone: tzinfo | None = None
    max_claims: int | None = None

    def local(self, at: datetime) -> datetime:
        """A time as the team's clocks show it."""
        return at.astimezone(self.zone)

    def act(self, act: Callable[[Connection], T]) -> T:
        """``act`` in a transaction of its own, again where the database chose it as a victim. Raises StoreError."""
        return self.store.run(act)

    @property
    def actor(self) -> Actor:
        """Me, as events name me."""
        return actor(self.me)

    def require(self, right: Right) -> None:
        """Raise NotPermitted unless my role has ``right``."""
        if not self.me.may(right):
            raise NotPermitted(f"not_permitted_{right.value.replace('-', '_')}", role=self.me.role.value)

    def require_conversation(self, conversation_id: int) -> None:
        """Raise NotFound unless there is such a conversation, on its own."""
        with self.store.reading() as tx:
            self.require_own(tx, conversation_id)
            if not conversations.summaries(tx, self.me.id, [conversation_id]):
                raise NotFound("no_conversation", number=conversation_id)

    def require_own(self, tx: Connection, conversation_id: int) -> None:
        """Raise NotFound for a conversation that was merged into another, naming that one."""
        into = merged.survivor(tx, conversation_id)
        if into != conversation_id:
            raise NotFound("conversation_merged", number=conversation_id, into=into)
