"""The desk: every act that a front end may call, by noun."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, tzinfo

from maildesk.desk.archiving import Archive
from maildesk.desk.blocks import Blocks
from maildesk.desk.calls import Calls
from maildesk.desk.charsets import Charsets
from maildesk.desk.claims import Claims
from maildesk.desk.comments import Comments
from maildesk.desk.context import Context
from maildesk.desk.conversations import Conversations
from maildesk.desk.customers import Customers
from maildesk.desk.drafts import Drafts
from maildesk.desk.files import Files
from maildesk.desk.inbox import Inbox
from maildesk.desk.letters import Letters
from maildesk.desk.marks import Marks
from maildesk.desk.notices import Notices
from maildesk.desk.outbox import Outbox
from maildesk.desk.people import People
from maildesk.desk.queue import Queue
from maildesk.desk.replies import Replies
from maildesk.desk.sync_status import SyncStatus
from maildesk.desk.talk_chat import Chat
from maildesk.desk.talk_mentions import Mentions
from maildesk.desk.talk_notes import Notes
from maildesk.desk.talk_rules import Rules
from maildesk.desk.templates import Templates
from maildesk.desk.triage import Triage
from maildesk.desk.views import Views
from maildesk.domain.agent import Agent
from maildesk.errors import StoreError
from maildesk.store import claims, events, presence
from maildesk.store.engine import Store
from maildesk.store.hints import Subscription

_log = logging.getLogger(__name__)


class Desk:
    """A session of one agent at the shared store.

    Every method of every noun may be called from any thread, opens its own short transaction and returns frozen
    values. Raises StoreError when the store is out of reach. ``session`` is what holds claims: a random one, unless
    several clients of one agent are to be the same. ``zone`` is the team's time zone (None: this computer's): dates
    in quotes and templates are told in it. ``max_claims`` is how many claims the session may hold at a time (None: any
    number)."""

    def __init__(
        self,
        store: Store,
        me: Agent,
        session: str = "",
        zone: tzinfo | None = None,
        max_claims: int | None = None,
    ) -> None:
        self.me = me
        self.session = session or str(uuid.uuid4())
        self._store = store
        self._subscriptions: list[Subscription] = []
        context = Context(store, me, self.session, zone, max_claims)
        self.inbox = Inbox(context)
        self.views = Views(context)
        self.conversations = Conversations(context)
        self.charsets = Charsets(context, self.conversations)
        self.files = Files(context, self.conversations)
        self.triage = Triage(context)
        self.marks = Marks(context)
        self.queue = Queue(context)
        self.blocks = Blocks(context)
        self.archive = Archive(context)
        self.claims = Claims(context)
        self.templates = Templates(context)
        self.replies = Replies(context, self.templates)
        self.letters = Letters(context, self.conversations, self.files)
        self.drafts = Drafts(context)
        self.comments = Comments(context)
        self.mentions = Mentions(context)
        self.notices = Notices(context)
        self.notes = Notes(context)
        self.chat = Chat(context)
        self.rules = Rules(context)
        self.customers = Customers(context)
        self.phone = Calls(context)
        self.outbox = Outbox(context)
        self.people = People(context)
        self.sync = SyncStatus(context)

    def now(self) -> datetime:
        """The store's clock."""
        return self._store.now()

    def subscribe(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Call ``callback(serial)`` from a thread after any change by anybody. Returns what ends it."""
        subscription = self._store.subscribe(callback)
        self._subscriptions.append(subscription)
        return subscription.close

    def leave(self) -> None:
        """Give back this session's claims and presence. Drafts stay."""
        with self._store.transaction() as tx:
            presence.look(tx, self.session, self.me.id, None)
            for conversation_id in claims.release_of_session(tx, self.me.id, self.session):
                events.record(tx, events.actor(self.me), "released", conversation_id, detail={"left": True})

    def close(self) -> None:
        """End this session: claims are free at once, threads end, connections close."""
        for subscription in self._subscriptions:
            subscription.close()
        try:
            self.leave()
        except StoreError as error:  # the leases lapse by themselves
            _log.warning("session not closed", extra={"error": error.key})
        self._store.close()
