"""Colleagues: who they are and what they look at."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.agent import Agent
from maildesk.errors import NotFound
from maildesk.store import agents, presence


class People:
    """The team."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def agents(self) -> tuple[Agent, ...]:
        """Everybody who works here."""
        with self._desk.store.reading() as tx:
            return agents.active(tx)

    def find(self, who: str) -> Agent:
        """An agent by login, name or reading. Raises NotFound."""
        for agent in self.agents():
            if who in (agent.login, agent.name, agent.reading):
                return agent
        raise NotFound("no_such_agent", who=who)

    def viewing(self, conversation_id: int) -> tuple[str, ...]:
        """The names of colleagues who have it open (閲覧中)."""
        with self._desk.store.reading() as tx:
            return presence.viewers(tx, conversation_id, self._desk.me.id)

    def look(self, conversation_id: int | None) -> None:
        """Tell the others what I have open; None for nothing."""
        with self._desk.store.transaction() as tx:
            presence.look(tx, self._desk.session, self._desk.me.id, conversation_id)
