"""The claim (返信権): who may answer a conversation now, and what asking for it can come to.

A claim is a lease with a fencing token. The token grows with every grant and is checked by the store in the
transaction that queues a reply, so a client that was asleep or cut off cannot send on a claim that somebody else
took meanwhile (``protocol.md`` 1.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(seconds=90)
RENEW_EVERY = timedelta(seconds=30)
IDLE_LIMIT = timedelta(minutes=15)
"""Without a keystroke for this long the app asks, then lets go."""
MAX_CLAIMS = 3
"""How many claims one window may hold: who clicks through conversations must not lock them all (osTicket #1434)."""


class Standing(StrEnum):
    """How a claim stands, seen by one session. *Mine*: this session, with the newest token; any other is *others'*."""

    FREE = "free"
    MINE = "mine"
    MINE_LAPSED = "mine, lapsed"
    OTHERS = "others'"
    OTHERS_LAPSED = "others', lapsed"


class Act(StrEnum):
    """What a session may ask of a claim."""

    TAKE = "take"
    RENEW = "renew"
    RELEASE = "release"
    TAKE_OVER = "take over"
    SUBMIT = "submit"


RULES: dict[tuple[Standing, Act], Standing] = {
    (Standing.FREE, Act.TAKE): Standing.MINE,
    (Standing.MINE, Act.TAKE): Standing.MINE,
    (Standing.MINE_LAPSED, Act.TAKE): Standing.MINE,
    (Standing.OTHERS_LAPSED, Act.TAKE): Standing.MINE,
    (Standing.OTHERS, Act.TAKE_OVER): Standing.MINE,
    (Standing.OTHERS_LAPSED, Act.TAKE_OVER): Standing.MINE,
    (Standing.MINE, Act.RENEW): Standing.MINE,
    (Standing.MINE_LAPSED, Act.RENEW): Standing.MINE,
    (Standing.MINE, Act.RELEASE): Standing.FREE,
    (Standing.MINE_LAPSED, Act.RELEASE): Standing.FREE,
    (Standing.MINE, Act.SUBMIT): Standing.FREE,
    (Standing.MINE_LAPSED, Act.SUBMIT): Standing.FREE,
}
"""What an act makes of a claim; what is not here is refused and changes nothing. The token grows when a claim becomes
mine that was not. A take-over also needs the token that was seen. The model test walks exactly this table, and the
store's statements are held to it on both databases."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A live claim as everybody sees it. All times are the store's."""

    agent_id: int
    agent_login: str
    agent_name: str
    since: datetime
    expires_at: datetime
    last_key_at: datetime
    token: int = 0
    """The token seen, so that a take-over takes the claim from this holder and no later one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that this session holds. Hand it back to renew, release or submit."""

    conversation_id: int
    session: str
    token: int
    expires_at: datetime
    version: int
    """The conversation's version when the claim was granted."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim is ours."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class HeldByOther:
    """Somebody else is replying."""

    holder: ClaimView


@dataclass(frozen=True, slots=True)
class LostClaim:
    """The claim was taken over, or lapsed and was taken by another. ``holder`` is None when nobody has it now."""

    holder: ClaimView | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Freed:
    """What an agent waited for: nobody answers the conversation any more. ``answered_by`` has answered it at ``at``; ''
    when it is free to be answered."""

    conversation_id: int
    answered_by: str = ""
    at: datetime | None = None
