"""What every part of the desk stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from maildesk.domain.agent import Agent, Right
from maildesk.errors import NotFound, NotPermitted
from maildesk.store import conversations
from maildesk.store.engine import Store
from maildesk.store.events import Actor, actor


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

    @property
    def actor(self) -> Actor:
        """Me, as events name me."""
        return actor(self.me)

    def require(self, right: Right) -> None:
        """Raise NotPermitted unless my role has ``right``."""
        if not self.me.may(right):
            raise NotPermitted(f"not_permitted_{right.value.replace('-', '_')}", role=self.me.role.value)

    def require_conversation(self, conversation_id: int) -> None:
        """Raise NotFound unless there is such a conversation."""
        with self.store.reading() as tx:
            if not conversations.summaries(tx, self.me.id, [conversation_id]):
                raise NotFound("no_conversation", number=conversation_id)
