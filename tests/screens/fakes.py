"""A desk in memory with the signatures of the real one.

It is for what a pilot cannot arrange otherwise: colleagues, lost leases, servers out of reach. The
acceptance tests use the real desk.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from maildesk.desk.notices import News
from maildesk.domain.address import Address
from maildesk.domain.agent import Agent, Right
from maildesk.domain.claim import LEASE, Claim, Claimed, ClaimView, Freed, HeldByOther, LostClaim
from maildesk.domain.conversation import (
    Attachment,
    Conversation,
    ConversationSummary,
    Counts,
    Event,
    Heard,
    Key,
    Left,
    Message,
    MessageKind,
    Page,
)
from maildesk.domain.day_hours import DayHours
from maildesk.domain.hit import Hit
from maildesk.domain.label import LabelLook
from maildesk.domain.mailbox import FolderHealth, Health, Mailbox, MailboxHealth, SyncHealth
from maildesk.domain.notify import Kind, Notice, Seen
from maildesk.domain.outbox import HeldReason, OutboxItem, OutboxState
from maildesk.domain.outcomes import (
    Approved,
    Before,
    Begun,
    Changed,
    Check,
    NotUndone,
    Released,
    Skipped,
    TextChanged,
    Undo,
    Undone,
    UndoOutcome,
    Waiting,
)
from maildesk.domain.progress import Progress
from maildesk.domain.query import parse, phrases
from maildesk.domain.query_text import excerpt
from maildesk.domain.related import Reason, Relative, Why
from maildesk.domain.repair import Look, Recoded
from maildesk.domain.reply import (
    AfterSend,
    AlreadyAnswered,
    AlreadyQueued,
    ColleaguesDraft,
    Draft,
    DraftFile,
    DraftSummary,
    Queued,
    Recalled,
    ReplyText,
    StaleView,
    StoppedReply,
    TooLate,
    put_in,
)
from maildesk.domain.status import CustomState, Priority, Sort, Status, Tab, WaitingReason
from maildesk.domain.template import Rendered, Suggestion, Template, placeholders
from maildesk.domain.view import View, check
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from maildesk.mail.attachment import save
from maildesk.mail.outside import Output
from maildesk.mail.picture import Picture
from maildesk.mail.preview import Preview, preview
from tests.screens import sample
from tests.screens.fake_customers import FakeCalls, FakeCustomers
from tests.screens.fake_letters import FakeLetters
from tests.screens.fake_talk import FakeChat, FakeMentions, FakeNotes, FakeRules

DONE_AFTER = AfterSend()


class FakeDesk:
    """The desk of one agent. ``calls`` lists what was asked; everything raises ``broken`` if that is set."""

    def __init__(self, me: Agent = sample.SATO, hostile: bool = False, empty: bool = False) -> None:
        self.me = me
        self.session = "session-1"
        self.hostile = hostile
        self.lock = threading.RLock()
        self.moment = sample.NOW
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.broken: MaildeskError | None = None
        self.closed = False
        self.rows: dict[int, ConversationSummary] = {}
        if not empty:
            self.rows = {row.id: row for row in sample.summaries(hostile)}
        self.timelines: dict[int, Conversation] = {
            row.id: sample.conversation(row, hostile) for row in self.rows.values()
        }
        self.tokens: dict[int, int] = {}
        self.drafts_saved: dict[int, Draft] = {}
        self.outbox_items: dict[int, OutboxItem] = {}
        self.comments_read = False
        """Whether colleagues have read the comments already."""
        self.focus_hours: tuple[DayHours, ...] = ()
        self.sync_health = SyncHealth(
            tuple(FolderHealth(box.id, box.name, "INBOX", Health.OK, sample.NOW) for box in sample.MAILBOXES),
            workers=3,
            mailboxes=tuple(
                MailboxHealth(box.id, box.name, Health.OK, sample.NOW, 12.0) for box in sample.MAILBOXES
            ),
        )
        self.viewers: tuple[str, ...] = ()
        self.mailboxes: tuple[Mailbox, ...] = sample.MAILBOXES
        self.states: tuple[CustomState, ...] = ()
        self.looking: int | None = None
        self.watched: list[int] = []
        self.by_others: set[int] = set()
        """Conversations to which colleagues or the sync did the last that was done."""
        self.requests: dict[str, int] = {}
        self.discarded: dict[int, Draft] = {}
        self.stopped_replies: list[StoppedReply] = []
        self.colleagues_drafts: dict[int, ColleaguesDraft] = {}
        self.changed_text: ReplyText | None = None
        """What waits instead of the text that is approved next."""
        self._subscribers: list[Callable[[int], None]] = []
        self._number = 0
        bad = sample.HOSTILE[0] if hostile else ""
        self.template_list = [
            Template(n, bad + name, bad + category, "", body, keywords=("傷", "交換"), reading=reading)
            for n, (name, reading, category, body) in enumerate(sample.TEMPLATES, 1)
        ]
        self.indexing: Progress | None = None
        self.inbox = FakeInbox(self)
        self.views = FakeViews(self)
        self.conversations = FakeConversations(self)
        self.files = FakeFiles(self)
        self.charsets = FakeCharsets(self)
        self.triage = FakeTriage(self)
        self.blocks = FakeBlocks(self)
        self.marks = FakeMarks(self)
        self.queue = FakeQueue(self)
        self.blocked: list[str] = []
        self.heard: list[Heard] = []
        self.claims = FakeClaims(self)
        self.replies = FakeReplies(self)
        self.letters = FakeLetters(self)
        self.drafts = FakeDrafts(self)
        self.comments = FakeComments(self)
        self.mentions = FakeMentions(self)
        self.notes = FakeNotes(self)
        self.chat = FakeChat(self)
        self.rules = FakeRules(self)
        self.customers = FakeCustomers(self)
        self.phone = FakeCalls(self)
        self.templates = FakeTemplates(self)
        self.outbox = FakeOutbox(self)
        self.people = FakePeople(self)
        self.notices_waiting: list[Notice] = []
        self.notices = FakeNotices(self)
        self.sync = FakeSync(self)

    def now(self) -> datetime:
        return self.moment

    def subscribe(self, callback: Callable[[int], None]) -> Callable[[], None]:
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def close(self) -> None:
        with self.lock:
            self.closed = True
            for row in list(self.rows.values()):
                if row.claim and row.claim.agent_id == self.me.id:
                    self.put(replace(row, claim=None))

    # what a test does to it

    def called(self, name: str, *values: Any) -> None:
        """Note a call, and fail it while the desk is broken."""
        self.calls.append((name, values))
        if self.broken is not None:
            raise self.broken

    def asked(self, name: str) -> int:
        """How often ``name`` was called."""
        return sum(1 for call, _ in self.calls if call == name)

    def put(self, row: ConversationSummary) -> None:
        """Store a row as it is now."""
        self.rows[row.id] = row
        if row.id in self.timelines:
            self.timelines[row.id] = replace(self.timelines[row.id], summary=row)

    def changed(self) -> None:
        """Tell the subscribers, from another thread as the real desk does."""
        self._number += 1
        number = self._number
        for callback in list(self._subscribers):
            thread = threading.Thread(target=callback, args=(number,))
            thread.start()
            thread.join()

    def view(self, agent: Agent, minutes: int = 0) -> ClaimView:
        since = self.moment - timedelta(minutes=minutes)
        return ClaimView(agent.id, agent.login, agent.name, since, self.moment + LEASE, self.moment)

    def colleague_claims(self, conversation_id: int, agent: Agent = sample.SUZUKI, minutes: int = 6) -> None:
        """A colleague replies to it since ``minutes``, whoever held it before."""
        with self.lock:
            self.tokens[conversation_id] = self.tokens.get(conversation_id, 0) + 1
            self.put(replace(self.rows[conversation_id], claim=self.view(agent, minutes)))
            self.by_others.add(conversation_id)
        self.changed()

    def colleague_lets_go(self, conversation_id: int) -> None:
        with self.lock:
            self.put(replace(self.rows[conversation_id], claim=None))
            self.by_others.add(conversation_id)
        self.changed()

    def colleague_sets(self, conversation_id: int, status: Status) -> None:
        """A colleague gives it another state."""
        with self.lock:
            self.put(replace(self.rows[conversation_id], status=status))
            self.by_others.add(conversation_id)
        self.changed()

    def deliver(self, conversation_id: int, text: str = "追伸です。急いでおります。") -> Message:
        """The customer writes again."""
        with self.lock:
            old = self.timelines[conversation_id]
            row = old.summary
            message = Message(
                conversation_id * 10 + len(old.messages) + 1,
                MessageKind.IN,
                self.moment,
                Address(row.customer_name, row.customer_address),
                subject=row.subject,
                text=text,
            )
            row = replace(row, version=row.version + 1, turn=row.turn + 1, messages=row.messages + 1)
            row = replace(row, last_message_at=self.moment, unread=True)
            event = Event(self.moment, "", "received", {"message": message.id})
            self.timelines[conversation_id] = replace(
                old, summary=row, messages=(*old.messages, message), events=(*old.events, event)
            )
            self.put(row)
        self.changed()
        return message

    def arrive(self, number: int, subject: str = "新しいお問い合わせ") -> None:
        """A new conversation comes in."""
        with self.lock:
            first = sample.summaries()[0]
            row = replace(
                first, id=number, subject=subject, last_message_at=self.moment, received_at=self.moment
            )
            self.rows[number] = row
            self.timelines[number] = sample.conversation(row)
        self.changed()

    def hold(self, numbers: Iterable[int]) -> None:
        """It has these conversations, too, new ones below all others: the higher the number, the older."""
        first = sample.summaries()[0]
        for number in numbers:
            at = sample.NOW - timedelta(days=1, seconds=number)
            self.rows[number] = replace(first, id=number, last_message_at=at)
            self.timelines[number] = sample.conversation(self.rows[number])

    def waiting(self, conversation_id: int) -> OutboxItem | None:
        """The reply of a conversation that waits for somebody or for its time."""
        for item in self.outbox_items.values():
            later = item.state is OutboxState.QUEUED and item.scheduled
            if item.conversation_id == conversation_id and (later or item.state is OutboxState.HELD):
                return item
        return None

    def row(self, conversation_id: int) -> ConversationSummary:
        try:
            return self.rows[conversation_id]
        except KeyError:
            raise NotFound("no_conversation", number=conversation_id) from None


class _Part:
    def __init__(self, desk: FakeDesk) -> None:
        self.d = desk


def _place(row: ConversationSummary, sort: Sort) -> Key:
    """Where a row stands in an order."""
    at = row.last_message_at.timestamp()
    match sort:
        case Sort.PRIORITY:
            return -row.priority, -at, -row.id
        case Sort.DUE:
            return row.due_at.timestamp() if row.due_at else 1e18, -row.priority, at, row.id
        case Sort.OLDEST:
            return at, row.id
    return -at, -row.id


class FakeInbox(_Part):
    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _rows(self, tab: Tab, mailbox_id: int | None) -> list[ConversationSummary]:
        rows = [row for row in self.d.rows.values() if mailbox_id in (None, row.mailbox_id)]
        match tab:
            case Tab.REPLYING:
                return [row for row in rows if row.claim]
            case Tab.ALL:
                return [row for row in rows if row.status not in (Status.SPAM, Status.TRASH)]
            case _:
                return [row for row in rows if row.status is tab.status]

    def page(
        self,
        tab: Tab,
        *,
        sort: Sort = Sort.NEWEST,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        after: str | Key | None = None,
        limit: int = 200,
        backwards: bool = False,
        skip: int = 0,
    ) -> Page:
        self.d.called("inbox.page", tab, sort, query, mine)
        rows = [
            row
            for row in self._rows(tab, mailbox_id)
            if query in row.subject + row.customer_name and (not mine or row.assignee_id == self.d.me.id)
        ]
        placed = sorted(((_place(row, sort), row) for row in rows), key=itemgetter(0), reverse=backwards)
        edge = json.loads(after) if isinstance(after, str) else after
        if edge is not None:
            beyond = tuple(edge)
            placed = [one for one in placed if (one[0] < beyond if backwards else one[0] > beyond)]
        found = placed[skip : skip + limit]
        cursor = json.dumps(found[-1][0]) if found and len(placed) > skip + limit else None
        if backwards:
            found.reverse()
        return Page(tuple(row for _, row in found), cursor, keys=tuple(key for key, _ in found))

    def found(
        self,
        tab: Tab,
        *,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        most: int = 1000,
    ) -> int:
        return min(most, len(self.page(tab, query=query, mailbox_id=mailbox_id, mine=mine, limit=most).rows))

    def numbers(
        self,
        tab: Tab,
        *,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        most: int = 1000,
    ) -> tuple[int, ...]:
        rows = self.page(tab, query=query, mailbox_id=mailbox_id, mine=mine, limit=most).rows
        return tuple(row.id for row in rows)

    def found_anywhere(
        self, query: str, *, mailbox_id: int | None = None, mine: bool = False, most: int = 1000
    ) -> Counts:
        def count(tab: Tab) -> int:
            return self.found(tab, query=query, mailbox_id=mailbox_id, mine=mine, most=most)

        return Counts({tab.value: count(tab) for tab in (Tab.ALL, Tab.SPAM, Tab.TRASH)})

    def hits(self, query: str, ids: Sequence[int]) -> dict[int, Hit]:
        self.d.called("inbox.hits", query, tuple(ids))
        words = list(phrases(parse(query)))
        found = {}
        for number in ids:
            for message in self.d.timelines[number].messages:
                if (part := excerpt(message.text, words)) is not None:
                    found[number] = Hit(part, "comment" if message.kind is MessageKind.COMMENT else "body")
        return found

    def indexing(self) -> Progress | None:
        return self.d.indexing

    def left(self, conversation_id: int, *, filtered: bool = False) -> Left:
        return Left(conversation_id, conversation_id in self.d.by_others, self.d.rows.get(conversation_id))

    def states(self) -> tuple[CustomState, ...]:
        return self.d.states

    def counts(self, *, mailbox_id: int | None = None, reasons: bool = False) -> Counts:
        self.d.called("inbox.counts")
        return Counts({tab.value: len(self._rows(tab, mailbox_id)) for tab in Tab})

    def labels(self) -> tuple[str, ...]:
        self.d.called("inbox.labels")
        bad = sample.HOSTILE[:2] if self.d.hostile else ()
        return (*bad, "交換", "破損", "至急対応", "返金")

    def label_looks(self) -> tuple[LabelLook, ...]:
        return (LabelLook("破損", "red", "h"),)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        return self.d.mailboxes

    def overdue(self) -> int | None:
        if all(box.reply_target is None for box in self.d.mailboxes):
            return None
        late = [row for row in self.d.rows.values() if row.due_at is not None and row.due_at <= self.d.now()]
        return len(late)


class FakeViews(_Part):
    def __init__(self, desk: FakeDesk) -> None:
        super().__init__(desk)
        self.kept: dict[str, View] = {}

    def list(self) -> tuple[View, ...]:
        return tuple(self.kept.values())

    def save(self, view: View) -> View:
        self.d.called("views.save", view)
        check(view)
        self.kept[view.name] = view
        return view

    def of_letter(self, letter: str) -> View | None:
        return next((view for view in self.kept.values() if view.letter == letter), None)


class FakeConversations(_Part):
    def get(self, conversation_id: int) -> Conversation:
        self.d.called("conversations.get", conversation_id)
        with self.d.lock:
            row = self.d.row(conversation_id)
            return replace(self.d.timelines[conversation_id], summary=row)

    def summary(self, conversation_id: int) -> ConversationSummary:
        self.d.called("conversations.summary", conversation_id)
        return self.d.row(conversation_id)

    def related(self, conversation_id: int) -> tuple[Relative, ...]:
        self.d.called("conversations.related", conversation_id)
        linked = [m.related for m in self.d.timelines[conversation_id].messages if m.related is not None]
        known = {one.conversation_id: Reason(Why.LINKED, one.reason) for one in linked}
        known |= {n: Reason(Why.LINKED, "bridge") for n in self.d.row(conversation_id).related}
        return tuple(Relative(self.d.row(number), (reason,)) for number, reason in known.items())

    def mark_seen(self, conversation_id: int) -> None:
        self.d.called("conversations.mark_seen", conversation_id)
        self.d.put(replace(self.d.row(conversation_id), unread=False))

    def mark_unseen(self, conversation_id: int) -> None:
        self.d.called("conversations.mark_unseen", conversation_id)
        self.d.put(replace(self.d.row(conversation_id), unread=True))

    def raw(self, message_id: int, limit: int | None = None) -> bytes:
        self.d.called("conversations.raw", message_id)
        return f"Message-ID: <{message_id}@customer.example>\r\nSubject: x\r\n\r\nbody\r\n".encode()

    def reparse(self, message_id: int) -> None:
        self.d.called("conversations.reparse", message_id)
        old = self.d.timelines[message_id // 10]
        read = {m.id: replace(m, quarantined=False) if m.id == message_id else m for m in old.messages}
        self.d.timelines[message_id // 10] = replace(old, messages=tuple(read.values()))
        self.d.changed()


class FakeFiles(_Part):
    DATA = b"name,price\n\xe9\x9d\xb4,\x1b[2J1200\n"
    seen: Preview | None = None
    drawn = Picture("no_program")

    def _file(self, message_id: int, index: int) -> Attachment:
        files = next(m for m in self.d.timelines[message_id // 10].messages if m.id == message_id).attachments
        return files[index]

    def preview(self, message_id: int, index: int) -> tuple[Attachment, Preview]:
        self.d.called("files.preview", message_id, index)
        return self._file(message_id, index), self.seen or preview("data.csv", "text/csv", self.DATA)

    def picture(
        self,
        message_id: int,
        index: int,
        columns: int,
        rows: int,
        *,
        in_ascii: bool = False,
        in_colour: bool = True,
    ) -> Picture:
        self.d.called("files.picture", columns, rows, in_ascii, in_colour)
        return self.drawn

    def save(self, message_id: int, index: int, directory: Path, name: str = "") -> Path:
        self.d.called("files.save", message_id, index, directory, name)
        return save(directory, name or f"file-{index}.jpg", b"data")

    def pipe(self, message_id: int, index: int, command: str) -> Output:
        self.d.called("files.pipe", message_id, index, command)
        return Output(b"3 \x1b]0;title\x07 lines\n", 1)

    def export(self, message_id: int, directory: Path, name: str = "") -> Path:
        self.d.called("files.export", message_id, directory, name)
        return save(directory, name or f"{message_id}.eml", b"data")


class FakeCharsets(_Part):
    """Every charset makes its own name of the subject."""

    wanted: Mapping[int, str] = {}

    def chosen(self, message_id: int) -> str:
        return self.wanted.get(message_id, "")

    def look(self, message_id: int, charset: str) -> Look:
        self.d.called("charsets.look", message_id, charset)
        return Look(charset, f"件名 {charset}", "渡邉", ("本文", "\x1b[2J"), charset == "koi8-r")

    def of_sender(self, message_id: int) -> Sequence[int]:
        return (message_id, message_id + 1)

    def choose(self, message_ids: Sequence[int], charset: str) -> Recoded:
        self.d.called("charsets.choose", tuple(message_ids), charset)
        before = tuple((number, self.wanted.get(number, "")) for number in message_ids)
        self.wanted = {**self.wanted, **dict.fromkeys(message_ids, charset)}
        return Recoded(before)

    def undo(self, recoded: Recoded) -> Recoded:
        self.d.called("charsets.undo", recoded.before)
        self.wanted = {**self.wanted, **dict(recoded.before)}
        return recoded


class FakeTriage(_Part):
    def _change(
        self, what: str, ids: Sequence[int], change: Callable[[ConversationSummary], dict[str, Any]]
    ) -> Changed:
        self.d.called(f"triage.{what}", tuple(ids))
        rows, before, skipped = [], [], []
        with self.d.lock:
            for number in ids:
                row = self.d.row(number)
                if what == "status" and row.claim and row.claim.agent_id != self.d.me.id:
                    skipped.append(Skipped(number, "replying", row.claim))
                    continue
                fields = change(row)
                before.append(Before(number, row.version, {name: getattr(row, name) for name in fields}))
                row = replace(row, **fields)
                self.d.put(row)
                rows.append(row)
        return Changed(tuple(rows), Undo(what, tuple(before)), tuple(skipped))

    def set_status(
        self,
        ids: Sequence[int],
        status: Status,
        *,
        reason: WaitingReason | None = None,
        until: datetime | None = None,
        note: str = "",
    ) -> Changed:
        new = {"status": status, "waiting_reason": reason, "waiting_until": until, "note": note}
        return self._change("status", ids, lambda row: dict(new))

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        with self.d.lock:
            rows, calls = dict(self.d.rows), list(self.d.calls)
            try:
                yield
            finally:
                self.d.calls[:] = calls
                for row in rows.values():
                    self.d.put(row)

    def no_answer(self, ids: Sequence[int], note: str = "") -> Changed:
        new = {"status": Status.DONE, "no_answer": True, "note": note}
        return self._change("status", ids, lambda row: dict(new))

    def spam(self, ids: Sequence[int], block: Sequence[str] = ()) -> Changed:
        self.d.blocked += block
        return self._change("status", ids, lambda row: {"status": Status.SPAM})

    def not_spam(self, ids: Sequence[int]) -> Changed:
        self.d.blocked.clear()
        return self._change("status", ids, lambda row: {"status": Status.NEW})

    def follow(self, ids: Sequence[int]) -> tuple[int, ...]:
        self._change("follow", ids, lambda row: {"followed": True})
        return tuple(ids)

    def unfollow(self, ids: Sequence[int]) -> tuple[int, ...]:
        self._change("unfollow", ids, lambda row: {"followed": False})
        return tuple(ids)

    def news(self) -> tuple[Heard, ...]:
        heard = tuple(self.d.heard)
        self.d.heard.clear()
        return heard

    def merge(self, ids: Sequence[int], into: int | None = None) -> Changed:
        self.d.called("triage.merged", tuple(ids))
        rows = sorted((self.d.row(number) for number in ids), key=lambda row: (row.received_at, row.id))
        for row in rows[1:]:
            self.d.put(replace(row, status=Status.TRASH))
        before = tuple(Before(row.id, row.version, {"status": row.status}) for row in rows)
        return Changed(tuple(self.d.row(row.id) for row in rows), Undo("merged", before))

    def move(self, ids: Sequence[int], mailbox_id: int) -> Changed:
        box = next(box for box in self.d.inbox.mailboxes() if box.id == mailbox_id)
        new = {"mailbox_id": box.id, "mailbox_name": box.name, "shop": box.short_name}
        return self._change("moved", ids, lambda row: dict(new))

    def split(self, message_id: int, *, following: bool = False) -> Changed:
        self.d.called("triage.split", message_id, following)
        row = self.d.row(message_id // 10)
        return Changed((row,), Undo("split", (Before(row.id, row.version, {}),)))

    def assign(self, ids: Sequence[int], agent_id: int | None) -> Changed:
        agent = next((a for a in self.d.people.agents() if a.id == agent_id), None)
        new = {"assignee_id": agent_id, "assignee_name": agent.name if agent else ""}
        return self._change("assigned", ids, lambda row: dict(new))

    def set_priority(self, ids: Sequence[int], priority: Priority) -> Changed:
        return self._change("priority", ids, lambda row: {"priority": priority})

    def label(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Changed:
        def labelled(row: ConversationSummary) -> dict[str, Any]:
            kept = [label for label in row.labels if label not in remove]
            return {"labels": (*kept, *(label for label in add if label not in kept))}

        return self._change("labels", ids, labelled)

    def undo(self, undo: Undo, *, force: bool = False) -> UndoOutcome:
        self.d.called("triage.undo", undo.what)
        with self.d.lock:
            for before in undo.before:
                if self.d.row(before.conversation_id).version != before.version and not force:
                    return NotUndone("鈴木", "status", undo.what == "status")
            rows = []
            for before in undo.before:
                fields: dict[str, Any] = dict(before.fields)
                row = replace(self.d.row(before.conversation_id), **fields)
                self.d.put(row)
                rows.append(row)
        return Undone(tuple(rows))


class FakeBlocks(_Part):
    def others(self, domains: Sequence[str], senders: Sequence[str]) -> int:
        known = {row.customer_address.casefold() for row in self.d.rows.values()} - set(senders)
        return sum(address.endswith(tuple(domains)) for address in known)


class FakeMarks(_Part):
    def see(self, ids: Sequence[int], is_seen: bool = True) -> Changed:
        return self.d.triage._change("seen", ids, lambda row: {"unread": not is_seen})

    def follow(self, ids: Sequence[int], on: bool = True) -> Changed:
        return self.d.triage._change("followed", ids, lambda row: {"followed": on})

    def release(self, ids: Sequence[int]) -> Changed:
        rows = [self.d.row(number) for number in ids]
        mine = [row.id for row in rows if row.claim is not None and row.claim.agent_id == self.d.me.id]
        changed = self.d.triage._change("released", mine, lambda row: {"claim": None})
        others = tuple(Skipped(row.id, "not_held") for row in rows if row.id not in mine)
        return replace(changed, skipped=others)


class FakeQueue(_Part):
    def __init__(self, desk: FakeDesk) -> None:
        super().__init__(desk)
        self.skipped: dict[int, str] = {}

    def next(
        self,
        tab: Tab = Tab.NEW,
        *,
        sort: Sort = Sort.NEWEST,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
    ) -> Claim | None:
        self.d.called("queue.next", tab, sort, query, mine)
        rows = [r for r in self._free(tab, query) if not self._is_others(r)]
        rows = sorted((r for r in rows if r.id not in self.skipped), key=lambda r: r.last_message_at)
        return self.d.claims.grant(rows[0].id) if rows else None

    def assigned_to_others(
        self, tab: Tab = Tab.NEW, *, query: str = "", mailbox_id: int | None = None
    ) -> int:
        return sum(self._is_others(row) for row in self._free(tab, query))

    def _free(self, tab: Tab, query: str) -> list[ConversationSummary]:
        return [row for row in self.d.inbox.page(tab, query=query).rows if row.claim is None]

    def _is_others(self, row: ConversationSummary) -> bool:
        return row.assignee_id not in (None, self.d.me.id)

    def skip(self, claim: Claim, reason: str) -> None:
        self.d.called("queue.skip", claim.conversation_id, reason)
        self.skipped[claim.conversation_id] = reason
        self.d.claims.release(claim)

    def forget_skipped(self) -> bool:
        there = bool(self.skipped)
        self.skipped.clear()
        return there


class FakeClaims(_Part):
    def _current(self, claim: Claim) -> bool:
        return self.d.tokens.get(claim.conversation_id) == claim.token

    def grant(self, conversation_id: int) -> Claim:
        holder = self.d.row(conversation_id).claim
        is_mine = holder is not None and holder.agent_id == self.d.me.id  # a session keeps its token
        token = self.d.tokens.get(conversation_id, 0) + (0 if is_mine else 1)
        self.d.tokens[conversation_id] = token
        row = replace(self.d.row(conversation_id), claim=self.d.view(self.d.me))
        self.d.put(row)
        return Claim(conversation_id, self.d.session, token, self.d.moment + LEASE, row.version)

    def take(self, conversation_id: int) -> Claimed | HeldByOther:
        self.d.called("claims.take", conversation_id)
        with self.d.lock:
            holder = self.d.row(conversation_id).claim
            if holder and holder.agent_id != self.d.me.id:
                return HeldByOther(holder)
            return Claimed(self.grant(conversation_id))

    def renew(self, claim: Claim, *, typed: bool) -> Claim | LostClaim:
        self.d.called("claims.renew", typed)
        if not self._current(claim):
            return LostClaim(self.d.row(claim.conversation_id).claim, "顧客から電話中のため")
        return replace(claim, expires_at=self.d.moment + LEASE)

    def release(self, claim: Claim) -> None:
        self.d.called("claims.release", claim.conversation_id)
        if self._current(claim):
            self.d.put(replace(self.d.row(claim.conversation_id), claim=None))

    def release_held(self, conversation_id: int) -> bool:
        self.d.called("claims.release_held", conversation_id)
        row = self.d.row(conversation_id)
        mine = row.claim is not None and row.claim.agent_id == self.d.me.id
        if mine:
            self.d.put(replace(row, claim=None))
        return mine

    def take_over(self, conversation_id: int, seen: ClaimView, reason: str) -> Claimed | HeldByOther:
        self.d.called("claims.take_over", conversation_id, reason)
        if not self.d.me.may(Right.TAKE_OVER):
            raise NotPermitted("not_permitted")
        with self.d.lock:
            return Claimed(self.grant(conversation_id))

    def watch(self, conversation_id: int) -> None:
        self.d.called("claims.watch", conversation_id)
        self.d.watched.append(conversation_id)

    def freed(self) -> tuple[Freed, ...]:
        with self.d.lock:
            found = tuple(number for number in self.d.watched if self.d.row(number).claim is None)
            self.d.watched = [number for number in self.d.watched if number not in found]
        return tuple(Freed(number) for number in found)


class FakeReplies(_Part):
    def _fresh(self, conversation_id: int, reply_all: bool, template: int | None) -> Draft:
        row = self.d.row(conversation_id)
        conversation = self.d.timelines[conversation_id]
        body = f"{row.customer_name} 様\n\n\n--\n{sample.MAILBOXES[row.mailbox_id - 1].signature}\n"
        draft = Draft(
            conversation_id,
            (Address(row.customer_name, row.customer_address),),
            (Address("", "other@customer.example"),) if reply_all and conversation_id == 1047 else (),
            f"Re: {row.subject}",
            body,
            cursor=(2, 0),
            in_reply_to=conversation.last_in.id if conversation.last_in else None,
            author_id=self.d.me.id,
            id=conversation_id,
        )
        if template is None:
            return draft
        return replace(
            put_in(draft, self.d.templates.render(template, conversation_id).body), template_id=template
        )

    def begin(
        self, conversation_id: int, *, reply_all: bool = True, template: int | None = None
    ) -> Begun | HeldByOther | Waiting:
        self.d.called("replies.begin", conversation_id, reply_all, template)
        waiting = self.d.waiting(conversation_id)
        if waiting is not None:
            return Waiting(waiting)
        outcome = self.d.claims.take(conversation_id)
        if isinstance(outcome, HeldByOther):
            return outcome
        draft = self.d.drafts_saved.get(conversation_id) or self._fresh(conversation_id, reply_all, template)
        return Begun(outcome.claim, draft, self.d.conversations.get(conversation_id))

    def begin_private(self, conversation_id: int) -> Draft:
        self.d.called("replies.begin_private", conversation_id)
        return self._fresh(conversation_id, True, None)

    def save(self, draft: Draft) -> Draft:
        self.d.called("replies.save", draft.conversation_id)
        saved = replace(draft, saved_at=self.d.moment)
        self.d.drafts_saved[draft.conversation_id] = saved
        return saved

    def attach(self, draft: Draft, name: str, content_type: str, data: bytes) -> Draft:
        self.d.called("replies.attach", name, len(data))
        file = DraftFile(name, content_type, len(data), len(draft.files) + 1)
        return self.save(replace(draft, files=(*draft.files, file)))

    def detach(self, draft: Draft, file_id: int) -> Draft:
        return self.save(replace(draft, files=tuple(file for file in draft.files if file.id != file_id)))

    def check(self, draft: Draft) -> tuple[Check, ...]:
        self.d.called("replies.check")
        gaps = placeholders(draft.body)
        return (
            Check(not gaps, True, f"未入力の項目: {gaps[0].name}" if gaps else "未入力の項目はありません"),
            Check(bool(draft.to), True, "宛先があります" if draft.to else "宛先がありません"),
            Check("添付" not in draft.body or bool(draft.files), False, "「添付」の記載と添付ファイル"),
        )

    def submit(
        self,
        claim: Claim,
        draft: Draft,
        *,
        seen_version: int,
        request_id: str,
        after: AfterSend = DONE_AFTER,
        hold: float = 0.0,
        follow_up: bool = False,
        at: datetime | None = None,
        approval: bool = False,
    ) -> Queued | AlreadyQueued | LostClaim | StaleView | AlreadyAnswered:
        self.d.called("replies.submit", after, hold, follow_up, at, approval)
        with self.d.lock:
            row = self.d.row(claim.conversation_id)
            if request_id in self.d.requests:
                return AlreadyQueued(self.d.requests[request_id], "<md.1@shop.example>")
            if self.d.tokens.get(row.id) != claim.token:
                return LostClaim(row.claim)
            if row.version != seen_version:
                newer = self.d.timelines[row.id].messages[-1:]
                return StaleView(row.version, newer)
            live = [i for i in self.d.outbox_items.values() if i.conversation_id == row.id]
            if any(i.state is not OutboxState.CANCELLED for i in live) and not follow_up:
                return AlreadyAnswered("鈴木", self.d.moment, live[0].id)
            number = len(self.d.outbox_items) + 1
            item = OutboxItem(
                number,
                row.id,
                "reply",
                OutboxState.QUEUED,
                0,
                self.d.me.name,
                draft.subject,
                draft.to,
                f"<md.{number}@shop.example>",
                at or self.d.moment + timedelta(seconds=hold),
                self.d.moment,
                author_id=self.d.me.id,
                scheduled=at is not None,
            )
            held = approval or self.d.me.needs_approval
            if held:
                item = replace(item, state=OutboxState.HELD, approval=True, held_reason=HeldReason.APPROVAL)
            self.d.outbox_items[number] = item
            self.d.requests[request_id] = number
            self.d.drafts_saved[row.id] = draft
            status = Status.APPROVAL if held else after.status
            row = replace(row, claim=None, status=status, waiting_reason=after.waiting_reason, answered=True)
            self.d.put(replace(row, version=row.version + 1))
            return Queued(number, item.message_id, item.not_before, held)

    def recall(self, outbox_id: int) -> Recalled | TooLate:
        self.d.called("replies.recall", outbox_id)
        item = self.d.outbox_items[outbox_id]
        if item.state not in (OutboxState.QUEUED, OutboxState.HELD):
            return TooLate(item.state.value)
        self.d.outbox_items[outbox_id] = replace(item, state=OutboxState.CANCELLED)
        self.d.claims.grant(item.conversation_id)
        self.d.put(replace(self.d.row(item.conversation_id), status=Status.NEW))
        return Recalled(self.d.drafts_saved[item.conversation_id])


class FakeDrafts(_Part):
    def mine(self) -> tuple[DraftSummary, ...]:
        self.d.called("drafts.mine")
        return tuple(
            DraftSummary(
                d.id,
                number,
                d.subject,
                self.d.row(number).customer_name,
                d.body[:40],
                d.saved_at or sample.NOW,
            )
            for number, d in self.d.drafts_saved.items()
        )

    def of(self, conversation_id: int) -> Draft | None:
        return self.d.drafts_saved.get(conversation_id)

    def discard(self, conversation_id: int) -> Draft | None:
        self.d.called("drafts.discard", conversation_id)
        self.d.stopped_replies = [r for r in self.d.stopped_replies if r.conversation_id != conversation_id]
        gone = self.d.drafts_saved.pop(conversation_id, None)
        if gone is not None:
            self.d.discarded[conversation_id] = gone
        return gone

    def undiscard(self, conversation_id: int) -> Draft | None:
        self.d.called("drafts.undiscard", conversation_id)
        back = self.d.discarded.pop(conversation_id, None)
        if back is not None:
            self.d.drafts_saved[conversation_id] = back
        return back

    def stopped(self) -> tuple[StoppedReply, ...]:
        self.d.called("drafts.stopped")
        return tuple(self.d.stopped_replies)

    def peek(self, conversation_id: int) -> ColleaguesDraft | None:
        self.d.called("drafts.peek", conversation_id)
        if not self.d.me.may(Right.PEEK):
            raise NotPermitted("not_permitted")
        return self.d.colleagues_drafts.get(conversation_id)

    def colleagues(self, conversation_id: int) -> tuple[ColleaguesDraft, ...]:
        self.d.called("drafts.colleagues", conversation_id)
        found = self.d.colleagues_drafts.get(conversation_id)
        return (found,) if found is not None else ()

    def copy(self, conversation_id: int, author_id: int) -> Draft:
        self.d.called("drafts.copy", conversation_id, author_id)
        copied = replace(self.d.colleagues_drafts[conversation_id].draft, author_id=self.d.me.id)
        return self.d.replies.save(copied)


class FakeComments(_Part):
    def add_to(
        self, conversation_ids: Sequence[int], text: str, *, kind: MessageKind = MessageKind.COMMENT
    ) -> tuple[Message, ...]:
        return tuple(self.add(number, text, kind=kind) for number in conversation_ids)

    def withdraw(self, comment_ids: Sequence[int]) -> bool:
        self.d.called("comments.withdraw", *comment_ids)
        if self.d.comments_read:
            return False
        for number, old in list(self.d.timelines.items()):
            kept = tuple(one for one in old.messages if one.id not in comment_ids)
            self.d.timelines[number] = replace(old, messages=kept)
        return True

    def add(
        self,
        conversation_id: int,
        text: str,
        *,
        message_id: int | None = None,
        kind: MessageKind = MessageKind.COMMENT,
    ) -> Message:
        self.d.called("comments.add", conversation_id, text, kind)
        old = self.d.timelines[conversation_id]
        message = Message(
            conversation_id * 10 + len(old.messages) + 1,
            kind,
            self.d.moment,
            text=text,
            author=self.d.me.name,
            about=message_id,
        )
        self.d.timelines[conversation_id] = replace(old, messages=(*old.messages, message))
        return message


class FakeTemplates(_Part):
    def all(self) -> tuple[Template, ...]:
        self.d.called("templates.all")
        return tuple(self.d.template_list)

    def get(self, template_id: int) -> Template:
        return self.d.template_list[template_id - 1]

    def by_name(self, name: str) -> Template:
        return next(template for template in self.d.template_list if template.name == name)

    def save(self, template: Template) -> Template:
        self.d.called("templates.save", template.id)
        return replace(template, version=template.version + 1)

    def suggest(self, conversation_id: int, limit: int = 5) -> tuple[Suggestion, ...]:
        self.d.called("templates.suggest", conversation_id)
        scores = (92, 61, 40)
        return tuple(
            Suggestion(template, score, ("傷", "交換"), ("傷",))
            for template, score in zip(self.d.template_list, scores, strict=False)
        )[:limit]

    def render(
        self, template_id: int, conversation_id: int, extra: Mapping[str, str] | None = None
    ) -> Rendered:
        self.d.called("templates.render", template_id)
        template = self.get(template_id)
        body = template.body.replace("{{ customer }}", self.d.row(conversation_id).customer_name)
        for name, value in (extra or {}).items():
            body = body.replace("{{ " + name + " }}", value)
        return Rendered("", body, tuple(gap.name for gap in placeholders(body)))


class FakeOutbox(_Part):
    def items(self, state: OutboxState | None = None, limit: int = 200) -> tuple[OutboxItem, ...]:
        self.d.called("outbox.items", state)
        items = [item for item in self.d.outbox_items.values() if state in (None, item.state)]
        return tuple(reversed(items))[:limit]

    def attempts(self, outbox_id: int) -> tuple[Event, ...]:
        self.d.called("outbox.attempts", outbox_id)
        bad = sample.HOSTILE[1] if self.d.hostile else "550 5.1.1 user unknown"
        return (
            Event(
                self.d.moment - timedelta(minutes=9), "", "try-later", {"reply": "451 4.3.0 try again later"}
            ),
            Event(self.d.moment - timedelta(minutes=3), "", "no-answer", {"reply": bad}),
        )

    def _to(self, outbox_id: int, state: OutboxState) -> OutboxItem:
        item = self.d.outbox_items[outbox_id] = replace(self.d.outbox_items[outbox_id], state=state)
        return item

    def mark_sent(self, outbox_id: int) -> OutboxItem:
        self.d.called("outbox.mark_sent", outbox_id)
        return self._to(outbox_id, OutboxState.SENT)

    def send_again(self, outbox_id: int) -> OutboxItem:
        self.d.called("outbox.send_again", outbox_id)
        return self._to(outbox_id, OutboxState.QUEUED)

    def cancel(self, outbox_id: int) -> OutboxItem:
        self.d.called("outbox.cancel", outbox_id)
        return self._to(outbox_id, OutboxState.CANCELLED)

    def item(self, outbox_id: int) -> OutboxItem:
        return self.d.outbox_items[outbox_id]

    def recallable(self, outbox_ids: Collection[int]) -> frozenset[int]:
        self.d.called("outbox.recallable", *outbox_ids)
        return frozenset(i for i in outbox_ids if self.d.outbox_items[i].state is OutboxState.QUEUED)

    def retry_now(self, outbox_id: int) -> OutboxItem:
        self.d.called("outbox.retry_now", outbox_id)
        return self.d.outbox_items[outbox_id]

    def approvals(self) -> tuple[OutboxItem, ...]:
        return tuple(i for i in self.items(OutboxState.HELD) if i.held_reason is HeldReason.APPROVAL)

    def scheduled(self) -> tuple[OutboxItem, ...]:
        return tuple(item for item in self.items(OutboxState.QUEUED) if item.scheduled)

    def reply_of(self, outbox_id: int) -> ReplyText:
        self.d.called("outbox.reply_of", outbox_id)
        item = self.d.outbox_items[outbox_id]
        draft = self.d.drafts_saved.get(item.conversation_id)
        body = draft.body if draft is not None else f"{sample.HOSTILE[0]}\nご連絡ありがとうございます。"
        return ReplyText(
            item, Address("", "shop@shop.example"), item.recipients, (), item.subject, body, (), body[:8]
        )

    def approve(self, outbox_id: int, sha256: str) -> Approved | TextChanged:
        self.d.called("outbox.approve", outbox_id, sha256)
        if self.d.changed_text is not None:
            changed, self.d.changed_text = self.d.changed_text, None
            return TextChanged(changed)
        item = replace(self._to(outbox_id, OutboxState.QUEUED), held_reason=None, approved_by=self.d.me.name)
        self.d.outbox_items[outbox_id] = item
        return Approved(item)

    def give_back(self, outbox_id: int, note: str) -> OutboxItem:
        self.d.called("outbox.give_back", outbox_id, note)
        return self._to(outbox_id, OutboxState.CANCELLED)

    def pull_back(self, outbox_id: int) -> Recalled | TooLate:
        self.d.called("outbox.pull_back", outbox_id)
        item = self._to(outbox_id, OutboxState.CANCELLED)
        fresh = self.d.replies._fresh(item.conversation_id, False, None)
        return Recalled(self.d.drafts_saved.setdefault(item.conversation_id, fresh))

    def release(self, outbox_id: int) -> Released:
        self.d.called("outbox.release", outbox_id)
        return Released(self._to(outbox_id, OutboxState.QUEUED))


class FakeNotices(_Part):
    """Assignments by colleagues, and what the test put into ``notices_waiting``."""

    def __init__(self, desk: FakeDesk) -> None:
        super().__init__(desk)
        self._assigned: set[tuple[int, datetime]] = set()

    def news(self, seen: Seen | None = None) -> News:
        given = [
            (number, event)
            for number, conversation in self.d.timelines.items()
            for event in conversation.events
            if event.what == "assigned" and event.actor != self.d.me.name
        ]
        new = [Notice(Kind.ASSIGNED, n) for n, event in given if (n, event.at) not in self._assigned]
        self._assigned.update((number, event.at) for number, event in given)
        new += self.d.notices_waiting
        self.d.notices_waiting = []
        return News(tuple(new) if seen is not None else (), Seen(1, self.d.moment))


class FakePeople(_Part):
    def agents(self) -> tuple[Agent, ...]:
        self.d.called("people.agents")
        if self.d.hostile:
            return (*sample.AGENTS, Agent(9, "evil", sample.HOSTILE[1] + sample.HOSTILE[4]))
        return sample.AGENTS

    def viewing(self, conversation_id: int) -> tuple[str, ...]:
        self.d.called("people.viewing", conversation_id)
        return self.d.viewers

    def look(self, conversation_id: int | None) -> None:
        self.d.called("people.look", conversation_id)
        self.d.looking = conversation_id


class FakeSync(_Part):
    def health(self) -> SyncHealth:
        self.d.called("sync.health")
        queued = sum(1 for item in self.d.outbox_items.values() if item.state is OutboxState.QUEUED)
        attention = sum(1 for item in self.d.outbox_items.values() if item.state.needs_a_person)
        uncertain = sum(1 for item in self.d.outbox_items.values() if item.state is OutboxState.UNCERTAIN)
        return replace(
            self.d.sync_health,
            queued=queued,
            attention=attention,
            uncertain=uncertain,
            failed=attention - uncertain,
        )

    def now(self) -> None:
        self.d.called("sync.now")
