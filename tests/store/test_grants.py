"""What an agent's own login may do on PostgreSQL, also with another program than maildesk."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from maildesk.desk import Desk
from maildesk.domain.agent import Role
from maildesk.domain.claim import Claimed
from maildesk.domain.customer import IdentityKind
from maildesk.domain.outcomes import Approved, Begun, Released, Undone
from maildesk.domain.phone import Call, CallState
from maildesk.domain.reply import Queued, Recalled
from maildesk.domain.status import Tab
from maildesk.errors import StoreError
from maildesk.store import agents, grants, outbox
from maildesk.store.engine import Store
from maildesk.store.tables import outbox as outbox_table
from tests.desk.test_waiting import send as submit
from tests.support.databases import fresh
from tests.support.stores import Team, mail, team


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Team]:
    """A team on PostgreSQL whose agents have login roles."""
    with fresh("postgresql", tmp_path) as url:
        yield from _shared(url)


def _shared(url: str) -> Iterator[Team]:
    found = team(url)
    with found.store.transaction() as tx:
        roles = [("sato", Role.AGENT), ("suzuki", Role.SUPERVISOR)]
        assert grants.apply(tx, roles) == ()
        assert grants.apply(tx, roles) == (), "twice is as good as once"
    found.conversation()
    yield found
    found.close()


def test_an_agents_login_can_do_an_agents_work(shared: Team, as_sato: Store) -> None:
    """Lists, claim, draft, reply, comment, triage, templates: the whole day with one's own role."""
    with as_sato.reading() as tx:
        assert agents.session_user(tx) == "sato"
    desk = Desk(as_sato, shared.agents["sato"])
    number = shared.sato.inbox.page(Tab.NEW).rows[0].id
    begun = desk.replies.begin(number)
    assert isinstance(begun, Begun)
    draft = desk.replies.attach(begun.draft, "a.txt", "text/plain", b"x")
    desk.comments.add(number, "確認中")
    desk.conversations.mark_seen(number)
    desk.triage.label([number], add=["破損"])
    desk.triage.assign([number], desk.me.id)
    _places(desk, shared)
    desk.people.look(number)
    desk.templates.save(desk.templates.all()[0])
    desk.sync.now()
    version = desk.conversations.summary(number).version
    body = f"返信です\n{draft.body}"
    queued = desk.replies.submit(
        begun.claim, replace(draft, body=body), seen_version=version, request_id="r", hold=9.0
    )
    desk.replies.recall(queued.outbox_id)  # type: ignore[union-attr]  # Queued, or this fails
    desk.conversations.raw(desk.conversations.get(number).messages[0].id)
    desk.leave()


def _places(desk: Desk, shared: Team) -> None:
    """Merging, splitting, blocking, following, taking the next one, and taking it back."""
    old, young = shared.conversation(31), shared.conversation(32)
    merged = desk.triage.merge([old, young])
    assert [row.id for row in merged.summaries] == [old, young]
    split = desk.triage.split(desk.conversations.get(old).messages[-1].id)
    assert len(split.summaries) == 2
    assert isinstance(desk.triage.undo(split.undo), Undone)
    spam = desk.triage.spam([old], ["customer31@example.jp"])
    desk.triage.undo(spam.undo)
    desk.triage.follow([old])
    shared.suzuki.triage.label([old], add=["x"])
    assert desk.triage.news()
    claim = desk.queue.next()
    assert claim is not None
    desk.claims.release(claim)
    desk.comments.add_to([old], "x")
    shared.suzuki.comments.add(old, "@sato x")
    for marked in (desk.marks.see([old]), desk.marks.follow([old], False)):
        assert marked.summaries
        assert isinstance(desk.triage.undo(marked.undo), Undone)
    desk.claims.take(old)
    assert isinstance(desk.triage.undo(desk.marks.release([old]).undo), Undone)
    desk.claims.release_held(old)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM mailbox_secret",
        "UPDATE mailbox SET address = 'mine@example.jp'",
        "DELETE FROM message",
        "UPDATE message SET subject = 'x'",
        "DELETE FROM raw",
        "DELETE FROM conversation",
        "UPDATE conversation SET turn = turn + 1",
        "UPDATE conversation SET turn = turn + 2",
        "UPDATE conversation SET customer_id = 1",
        "INSERT INTO blocked (address, by_id, at) SELECT 'x@example.jp', id, 1.0 FROM agent WHERE login = 'suzuki'",
        "UPDATE event SET what = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "UPDATE outbox SET body = 'x'",
        "UPDATE outbox SET \"to\" = '[]'",
        "DELETE FROM outbox",
        "INSERT INTO outbox_mime (outbox_id, sha256, data) VALUES (1, 'x', 'x')",
        "UPDATE agent SET role = 'admin'",
        "INSERT INTO agent (login, name, reading, role, os_user) VALUES ('x', 'x', '', 'admin', '')",
        "UPDATE seat SET holder = 'me'",
        "UPDATE desk SET epoch = 'x'",
        "UPDATE claim SET owner_id = (SELECT id FROM agent WHERE login = 'suzuki')",
        "INSERT INTO comment (conversation_id, kind, author_id, at, text) "
        "SELECT 1001, 'comment', id, 1.0, 'x' FROM agent WHERE login = 'suzuki'",
        "INSERT INTO event (at, conversation_id, actor_id, actor, what) "
        "SELECT 1.0, 1001, id, '鈴木', 'claimed' FROM agent WHERE login = 'suzuki'",
        "DROP TABLE draft",
        "SET ROLE postgres",
    ],
)
def test_the_database_refuses(as_sato: Store, statement: str) -> None:
    """Not maildesk's manners but PostgreSQL's own refusal."""
    with pytest.raises(StoreError) as refused, as_sato.transaction() as tx:
        tx.exec_driver_sql(statement)
    assert refused.value.key == "store_permission", refused.value


@pytest.fixture
def as_suzuki(shared: Team) -> Iterator[Store]:
    """鈴木's own connection; she is a supervisor."""
    store = shared.as_login("suzuki")
    yield store
    store.close()


def test_a_day_with_approvals_needs_no_more_than_the_grants(
    shared: Team, as_sato: Store, as_suzuki: Store
) -> None:
    """Asking, approving, giving back, pulling back, a time, new mail, sending anyway, taking over, handing over, each by
    the login of who does it."""
    sato, suzuki = Desk(as_sato, shared.agents["sato"]), Desk(as_suzuki, shared.agents["suzuki"])
    number = shared.conversation(7)

    def send(**how: object) -> int:
        begun = sato.replies.begin(number)
        assert isinstance(begun, Begun), begun
        text = replace(begun.draft, body=f"返信です\n{begun.draft.body}")
        queued = sato.replies.submit(
            begun.claim,
            text,
            seen_version=begun.claim.version,
            request_id=str(uuid.uuid4()),
            **how,  # type: ignore[arg-type]  # options of submit
        )
        assert isinstance(queued, Queued), queued
        return queued.outbox_id

    asked = send(approval=True)
    suzuki.outbox.give_back(asked, "日付")
    assert isinstance(sato.outbox.pull_back(asked), Recalled)
    timed = send(at=sato.now() + timedelta(days=1), approval=True)
    assert isinstance(suzuki.outbox.approve(timed, suzuki.outbox.reply_of(timed).sha256), Approved)
    shared.arrive(mail(70, sender="customer7@example.jp", headers=["In-Reply-To: <m7@example.jp>"]))
    assert isinstance(sato.outbox.release(timed), Released)
    suzuki.outbox.cancel(timed)
    begun = sato.replies.begin(number)
    assert isinstance(begun, Begun)
    sato.replies.save(begun.draft)
    seen = suzuki.conversations.summary(number).claim
    assert seen is not None
    assert isinstance(suzuki.claims.take_over(number, seen, "急ぎ"), Claimed)
    assert suzuki.drafts.copy(number, sato.me.id).author_id == suzuki.me.id
    sato.claims.watch(number)
    suzuki.claims.release_held(number)
    assert len(sato.claims.freed()) == 1
    assert sato.drafts.discard(number) is not None
    assert sato.drafts.undiscard(number) is not None


@pytest.fixture
def asked(shared: Team) -> int:
    """An answer of 佐藤, who needs approval for all that he writes, waits for it."""
    shared.sql("UPDATE agent SET needs_approval = true WHERE login = 'sato'")
    number = shared.conversation(8)
    begun = shared.sato.replies.begin(number)
    assert isinstance(begun, Begun)
    draft = shared.sato.replies.attach(begun.draft, "a.txt", "text/plain", b"x")
    draft = replace(draft, body=f"返信です\n{draft.body}")
    queued = shared.sato.replies.submit(
        begun.claim, draft, seen_version=begun.claim.version, request_id="asked"
    )
    assert isinstance(queued, Queued)
    assert queued.held
    return queued.outbox_id


ME = "(SELECT id FROM public.agent WHERE login = 'sato')"
BOSS = "(SELECT id FROM public.agent WHERE login = 'suzuki')"
COLUMNS = (
    "conversation_id, mailbox_id, turn, kind, token, epoch, attempt, not_before, queued_at, last_reply, from_name, "
    'from_address, "to", cc, subject, body, in_reply_to, before_status, filing_tries, cursor_line, cursor_column'
)


def run(store: Store, statements: str) -> None:
    """In one transaction."""
    with store.transaction() as tx:
        for statement in statements.split("; "):
            tx.exec_driver_sql(statement)


def _insert(state: str, author: str, approval: str, approved_by: str = "NULL") -> str:
    return (
        f"INSERT INTO outbox ({COLUMNS}, seq, request_id, message_id, state, author_id, approval, approved_by) "
        f"SELECT {COLUMNS}, 9, 'x', '<x@shop.example>', '{state}', {author}, {approval}, {approved_by} FROM outbox"
    )


@pytest.mark.parametrize(
    "statement",
    [
        # approving oneself, in one's own name and in another's
        f"UPDATE outbox SET state = 'queued', approved_by = {ME}, approved_sha256 = 'x'",
        f"UPDATE outbox SET state = 'queued', approved_by = {BOSS}, approved_sha256 = 'x'",
        f"UPDATE outbox SET approved_by = {BOSS}, approved_sha256 = 'x'",
        # around it
        "UPDATE outbox SET state = 'queued'",
        "UPDATE outbox SET state = 'queued', held_reason = ''",
        "UPDATE outbox SET approval = false",
        "UPDATE outbox SET state = 'sending'",
        f"UPDATE outbox SET author_id = {BOSS}",
        "UPDATE agent SET needs_approval = false",
        _insert("queued", ME, "false"),
        _insert("queued", ME, "true"),
        _insert("held", ME, "false"),
        _insert("held", ME, "true", BOSS),
        _insert("sending", ME, "true"),
        _insert("uncertain", ME, "true"),
        _insert("failed", ME, "false"),
        _insert("queued", BOSS, "false"),
        # a table of one's own with the name that the guard asks
        "CREATE TEMP TABLE agent AS SELECT id, login, name, reading, 'admin' AS role, active, os_user, "
        "false AS needs_approval FROM public.agent; UPDATE outbox SET state = 'queued'",
        f"CREATE TEMP TABLE agent (id int, login text, needs_approval bool); {_insert('queued', ME, 'false')}",
        "CREATE TEMP TABLE agent (id int, login text); "
        "INSERT INTO event (at, conversation_id, actor_id, actor, what) "
        f"SELECT 1.0, 1001, {BOSS}, '鈴木', 'claimed'",
        "ALTER TABLE outbox DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP FUNCTION outbox_guard CASCADE",
        "CREATE OR REPLACE FUNCTION public.outbox_guard() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN new;END'",
    ],
)
def test_nothing_unapproved_leaves_by_an_agents_login(
    shared: Team, asked: int, as_sato: Store, statement: str
) -> None:
    """PostgreSQL refuses every way out, and what waits still waits."""
    with pytest.raises(StoreError) as refused:
        run(as_sato, statement)
    assert refused.value.key == "store_permission", refused.value
    with shared.store.transaction() as tx:
        assert outbox.pick(tx, "worker") is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox SET body = 'x'",
        "UPDATE file SET name = 'x'",
        "UPDATE file SET outbox_id = NULL",
        "DELETE FROM file",
        "INSERT INTO file (outbox_id, name, content_type, size, data) SELECT id, 'x', 'text/plain', 1, 'x' FROM outbox",
    ],
)
def test_what_was_approved_cannot_be_changed(
    shared: Team, asked: int, as_sato: Store, statement: str
) -> None:
    """Neither text nor files, by the author's own login."""
    reply = shared.suzuki.outbox.reply_of(asked)
    assert isinstance(shared.suzuki.outbox.approve(asked, reply.sha256), Approved)
    with pytest.raises(StoreError) as refused, as_sato.transaction() as tx:
        tx.exec_driver_sql(statement)
    assert refused.value.key == "store_permission", refused.value
    assert shared.suzuki.outbox.reply_of(asked).sha256 == reply.sha256


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE claim SET owner_id = {ME}, token = token + 1",
        f"UPDATE claim SET owner_id = {ME}, token = token + 1, forced_from = owner_id, forced_reason = 'x'",
        "UPDATE claim SET owner_id = NULL",
        "UPDATE claim SET expires_at = 1.0",
        "UPDATE claim SET token = token + 1",
    ],
)
def test_a_claim_that_is_held_is_not_taken_by_an_agents_login(
    shared: Team, as_sato: Store, statement: str
) -> None:
    """Only a supervisor takes it over, for a reason; nobody ends it for another."""
    number = shared.conversation(9)
    assert isinstance(shared.suzuki.claims.take(number), Claimed)
    with pytest.raises(StoreError) as refused, as_sato.transaction() as tx:
        tx.exec_driver_sql(f"{statement} WHERE conversation_id = {number}")
    assert refused.value.key == "store_permission", refused.value


COPY = "INSERT INTO outbox ({0}) SELECT {1} FROM outbox"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox SET turn = turn + 1",
        "UPDATE outbox SET seq = seq + 1",
        "UPDATE outbox SET state = 'queued' WHERE state = 'uncertain'",
        "UPDATE draft SET body = 'y'",
        "DELETE FROM draft",
        "UPDATE file SET name = 'x'",
        "DELETE FROM file",
        "INSERT INTO file (draft_id, name, content_type, size, data) SELECT id, 'x', 'text/plain', 1, 'x' FROM draft",
        "INSERT INTO file (outbox_id, name, content_type, size, data) SELECT id, 'x', 'text/plain', 1, 'x' FROM outbox",
    ],
)
def test_a_colleagues_work_is_his(shared: Team, as_sato: Store, statement: str) -> None:
    """What somebody writes, attaches, or has in doubt is not changed by another agent's own login; neither is the turn
    that a reply answers, which would let a second answer in."""
    begun = shared.suzuki.replies.begin(shared.conversation(8))
    assert isinstance(begun, Begun)
    shared.suzuki.replies.attach(replace(begun.draft, body="x"), "a.txt", "text/plain", b"x")
    submit(shared.suzuki, shared.conversation(9))
    if "uncertain" in statement:
        shared.sql(
            "UPDATE outbox SET state = 'uncertain', committing_at = extract(epoch FROM clock_timestamp())"
        )
    with pytest.raises(StoreError) as refused:
        run(as_sato, statement)
    assert refused.value.key == "store_permission", refused.value


@pytest.mark.parametrize("change", [{"turn": "turn + 1"}, {"token": "token + 7"}])
def test_an_agents_login_answers_the_present_turn_with_its_claim(
    shared: Team, as_sato: Store, change: dict[str, str]
) -> None:
    """No row of another turn gets past the one answer, and none without the claim."""
    number = shared.conversation(9)
    submit(shared.sato, number)
    shared.sql("UPDATE outbox SET state = 'cancelled'")
    taken = shared.sato.claims.take(number)
    assert isinstance(taken, Claimed)
    own = {
        "state": "'queued'",
        "request_id": "'new'",
        "message_id": "'<new@x>'",
        "token": str(taken.claim.token),
    }
    values = {c.name: f'"{c.name}"' for c in outbox_table.columns if c.name != "id"} | own
    names = ", ".join(f'"{name}"' for name in values)
    with pytest.raises(StoreError) as refused:
        run(as_sato, COPY.format(names, ", ".join((values | change).values())))
    assert refused.value.key == "store_permission", refused.value
    run(as_sato, COPY.format(names, ", ".join(values.values())))


def test_a_token_never_falls(both: Team) -> None:
    """The fence: on both databases, whoever asks; and another holder has another token."""
    number = both.conversation()
    both.sato.claims.take(number)
    for change in ("token = token - 1", "owner_id = owner_id + 1"):
        with pytest.raises((DBAPIError, StoreError)):
            both.sql(f"UPDATE claim SET {change} WHERE conversation_id = :c", c=number)


def test_an_agents_login_can_do_what_customers_need(shared: Team, as_sato: Store) -> None:
    """Merging, identities, fields and a call that begins a conversation; nothing of it in another's name."""
    desk = Desk(as_sato, shared.agents["sato"])
    number = desk.inbox.page(Tab.NEW).rows[0].id
    one = desk.customers.of_conversation(number).id
    memo = desk.phone.memo("見積り", Call("03-1234-5678", state=CallState.FOLLOW_UP))
    desk.phone.set_state(memo.note.id, CallState.DONE)
    desk.customers.add_identity(one, IdentityKind.MAIL, "second@example.jp")
    desk.customers.remove_identity(one, IdentityKind.MAIL, "second@example.jp")
    desk.customers.rename(one, "渡邉")
    desk.customers.merge(one, memo.customer_id)
    desk.customers.unmerge(memo.customer_id)
    desk.claims.take(memo.conversation_id)
    assert desk.customers.history(memo.customer_id).total == 1
    with pytest.raises(StoreError) as refused, as_sato.transaction() as tx:
        tx.exec_driver_sql(
            f"INSERT INTO customer_merge (customer_id, into_id, by_id, at) VALUES ({memo.customer_id}, {one}, "
            f"{shared.agents['suzuki'].id}, 1)"
        )
    assert refused.value.key == "store_permission", refused.value


def test_an_agent_may_not_run_the_worker(shared: Team, as_sato: Store) -> None:
    """Passwords of mailboxes are for the worker's login only."""
    with as_sato.reading() as tx:
        assert not grants.may_work(tx)
    with shared.store.reading() as tx:
        assert grants.may_work(tx)


def test_every_table_is_granted_or_named_here() -> None:
    """A new table cannot be forgotten: it is readable by agents, or listed as closed to them."""
    from maildesk.store import tables

    closed = {"mailbox_secret", "mailbox_token", "missing_parent", "content", "alias"}
    granted = set(grants._READ) - {"alembic_version", *tables.FULL_TEXT}
    assert set(tables.metadata.tables) == granted | closed
