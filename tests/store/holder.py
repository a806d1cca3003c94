"""A process that answers a conversation at somebody's bidding: ``python -m tests.store.holder URL LOGIN NUMBER``.

Reads acts from standard input, one a line, and prints what came of each as a line of JSON: ``begin`` takes the claim and
saves a draft, ``renew`` keeps it alive, ``release`` gives it back, ``submit`` sends. It can be stopped, killed and woken.
"""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import replace

from maildesk.desk import Desk
from maildesk.domain.claim import Claim, LostClaim
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Draft
from maildesk.store import agents
from maildesk.store.engine import open_store

TEXT = "書いていた返信です。"


class Holder:
    """One reply, from the claim to the outbox."""

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk = desk
        self.number = number
        self.claim: Claim | None = None
        self.draft: Draft | None = None

    def begin(self) -> object:
        """Take the claim and write."""
        begun = self.desk.replies.begin(self.number)
        assert isinstance(begun, Begun)
        self.claim = begun.claim
        self.draft = self.desk.replies.save(replace(begun.draft, body=TEXT))
        return "begun"

    def renew(self) -> object:
        """Keep it alive."""
        assert self.claim is not None
        outcome = self.desk.claims.renew(self.claim, typed=True)
        if isinstance(outcome, LostClaim):
            holder = outcome.holder.agent_name if outcome.holder else None
            return ["LostClaim", holder, outcome.reason]
        return "kept"

    def release(self) -> object:
        """Give it back."""
        assert self.claim is not None
        self.desk.claims.release(self.claim)
        return "released"

    def submit(self) -> object:
        """Send it."""
        assert self.claim is not None
        assert self.draft is not None
        outcome = self.desk.replies.submit(
            self.claim, self.draft, seen_version=self.claim.version, request_id=str(uuid.uuid4())
        )
        return type(outcome).__name__


def main() -> None:
    """Do as told, until nobody tells anything more."""
    url, login, number = sys.argv[1:]
    store = open_store(url)
    with store.reading() as tx:
        me = agents.by_login(tx, login)
    assert me is not None
    holder = Holder(Desk(store, me), int(number))
    acts = {
        "begin": holder.begin,
        "renew": holder.renew,
        "release": holder.release,
        "submit": holder.submit,
    }
    for line in sys.stdin:
        print(json.dumps(acts[line.strip()]()), flush=True)


if __name__ == "__main__":
    main()
