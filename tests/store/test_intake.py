"""Giving mails their places: threads come together in any order, strangers never, and nothing is taken in twice."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maildesk.domain.mailbox import Mailbox
from maildesk.mail.parse import parse
from maildesk.store import folders, intake
from maildesk.store.engine import Store
from maildesk.store.intake import Arrived, Result, TakenIn
from maildesk.store.tables import message
from tests.store import stores
from tests.store.stores import SHOP, mail, rows
from tests.support.databases import KINDS

START = datetime(2025, 8, 1, tzinfo=UTC)
_minutes = itertools.count()


def take(
    store: Store, box: Mailbox, raws: Sequence[bytes], *, sent: bool = False, at: datetime | None = None
) -> list[TakenIn]:
    """Take mails in as one batch, each a minute after the one before."""
    with store.transaction() as tx:
        arrived = [
            Arrived(
                folders.add_raw(tx, raw),
                None,
                at or START + timedelta(minutes=next(_minutes)),
                parse(raw),
                sent,
            )
            for raw in raws
        ]
        return intake.take_in(tx, box, arrived)


@pytest.fixture
def box(store: Store) -> Mailbox:
    """The shop's mailbox."""
    return stores.add_mailbox(store)


def conversations_of(store: Store) -> list[tuple[str, ...]]:
    """The Message-IDs of each conversation, sorted."""
    found: dict[int, list[str]] = {}
    for number, message_id in rows(store, "SELECT conversation_id, message_id FROM message"):
        found.setdefault(number, []).append(message_id)
    return sorted(tuple(sorted(ids)) for ids in found.values())


def thread_of(length: int, first: int = 1) -> list[bytes]:
    """A customer and the shop write in turn, as mail programs do: with all References."""
    made: list[bytes] = []
    ids: list[str] = []
    for n in range(length):
        ours = n % 2 == 1
        name = f"<{first + n}@{'shop.example' if ours else 'mail.example'}>"
        made.append(
            mail(
                first + n,
                sender=SHOP if ours else "customer@mail.example",
                to="customer@mail.example" if ours else SHOP,
                message_id=name,
                in_reply_to=ids[-1] if ids else "",
                references=tuple(ids),
            )
        )
        ids.append(name)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_thread_is_one_conversation_in_any_order(kind: str, tmp_path: Path) -> None:
    """Whatever order its mails come in, and however they are cut into batches. All threads are in one store."""
    with stores.opened(kind, tmp_path) as store:
        box = stores.add_mailbox(store)
        firsts = itertools.count(1, 5)

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(order=st.permutations(range(5)), cuts=st.sets(st.integers(1, 4)))
        def check(order: Sequence[int], cuts: set[int]) -> None:
            mails = thread_of(5, first=next(firsts))
            raws = [mails[n] for n in order]
            bounds = [0, *sorted(cuts), len(raws)]
            taken = [
                one for low, high in itertools.pairwise(bounds) for one in take(store, box, raws[low:high])
            ]
            (number,) = {one.conversation_id for one in taken}
            assert number is not None
            counted = rows(store, "SELECT turn, messages FROM conversation WHERE id = :n", n=number)
            assert counted == [(3, 5)]

        check()


@pytest.mark.slow
def test_batches_do_not_matter(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two threads and a copy, cut anywhere, give the same conversations, turns and participants as in one batch."""
    raws = [*thread_of(3), *thread_of(3, first=10), mail(1)]

    def result(cuts: Sequence[int]) -> object:
        with stores.opened("sqlite", tmp_path_factory.mktemp("desk")) as store:
            box = stores.add_mailbox(store)
            start = 0
            for end in [*cuts, len(raws)]:
                take(store, box, raws[start:end])
                start = end
            return (
                conversations_of(store),
                sorted(rows(store, "SELECT turn, version, messages, status, answered FROM conversation")),
                sorted(rows(store, "SELECT address FROM participant")),
                sorted(rows(store, "SELECT status, n FROM counter WHERE n > 0")),
            )

    whole = result(())
    for cuts in itertools.chain(
        itertools.combinations(range(1, 7), 1), itertools.combinations(range(1, 7), 2)
    ):
        assert result(cuts) == whole


def test_the_same_subject_joins_nobody(store: Store, box: Mailbox) -> None:
    """Never by subject (row 60)."""
    take(store, box, [mail(n, subject="注文について", sender=f"c{n}@mail.example") for n in range(4)])
    assert len(conversations_of(store)) == 4


@pytest.mark.parametrize("message_id", ["", "<>", "<no-at-sign>", "< @ >", "garbage"])
def test_empty_and_malformed_ids_join_nobody(store: Store, box: Mailbox, message_id: str) -> None:
    """One mail without an id must not swallow all that come after it (libredesk)."""
    raws = [
        mail(
            n,
            sender=f"c{n}@mail.example",
            message_id=message_id or " ",
            in_reply_to=message_id,
            references=(message_id,),
        )
        for n in range(3)
    ]
    take(store, box, raws)
    assert len(conversations_of(store)) == 3


def test_a_stranger_who_knows_an_id_does_not_get_in(store: Store, box: Mailbox) -> None:
    """An id of others joins only for who takes part already."""
    take(store, box, [mail(1)])
    forged = mail(
        2, sender="mallory@evil.example", in_reply_to="<1@mail.example>", references=("<1@mail.example>",)
    )
    take(store, box, [forged])
    assert len(conversations_of(store)) == 2
    early = mail(4, sender="mallory@evil.example", references=("<3@mail.example>",))
    take(store, box, [early])
    take(store, box, [mail(3, sender="victim@mail.example")])
    assert len(conversations_of(store)) == 4


def test_an_answer_to_our_own_random_id_joins_from_any_address(store: Store, box: Mailbox) -> None:
    """Who has our id got our mail: a customer with a second address."""
    who = stores.add_agent(store)
    (first,) = take(store, box, [mail(1)])
    assert first.conversation_id is not None
    queued = stores.queue_reply(store, box, who, first.conversation_id)
    stores.execute(store, "UPDATE outbox SET state = 'committing', attempt = 1")
    from maildesk.domain.outbox import Step
    from maildesk.store import outbox

    with store.transaction() as tx:
        outbox.finish(tx, queued.outbox_id, 1, Step.ACCEPTED, "250 ok")
    (second,) = take(store, box, [mail(2, sender="private@other.example", in_reply_to=queued.message_id)])
    assert second.conversation_id == first.conversation_id
    assert rows(store, "SELECT status, turn FROM conversation") == [("new", 2)]


def test_a_reused_message_id_suppresses_no_mail(store: Store, box: Mailbox) -> None:
    """The same id with other words is another mail (row 43); so is a stranger's mail under an id of ours."""
    take(store, box, [mail(1), mail(1, body="別の内容です。")])
    assert rows(store, "SELECT COUNT(*) FROM message") == [(2,)]
    who = stores.add_agent(store)
    ((number,), *_) = rows(store, "SELECT id FROM conversation ORDER BY id")
    queued = stores.queue_reply(store, box, who, number)
    (taken,) = take(store, box, [mail(9, message_id=queued.message_id)])
    assert taken.result is Result.STORED
    assert stores.state_of(store, queued.outbox_id).value == "queued"


def test_copies_of_one_mail(store: Store, box: Mailbox) -> None:
    """Over two ways, with other trace fields and line ends: one message, whether in one batch or two."""
    raw = mail(1)
    copy = b"Received: from a.example by b.example; Fri, 1 Aug 2025 10:00:00 +0900\r\n" + raw
    first, second = take(store, box, [raw, copy])
    (third,) = take(store, box, [raw.replace(b"\r\n", b"\n")])
    assert [first.result, second.result, third.result] == [Result.STORED, Result.DUPLICATE, Result.DUPLICATE]
    assert first.message_id == second.message_id == third.message_id


def test_new_mail_opens_and_our_answer_closes(store: Store, box: Mailbox) -> None:
    """A mail of the customer makes it new, whatever it was; an answer sent from elsewhere closes it."""
    first, answer, again = thread_of(3)
    take(store, box, [first])
    take(store, box, [answer], sent=True)
    assert rows(store, "SELECT status, answered FROM conversation") in ([("done", 1)], [("done", True)])
    take(store, box, [again])
    assert rows(store, "SELECT status, turn, version FROM conversation") == [("new", 2, 3)]


def test_an_old_answer_does_not_close_a_newer_question(store: Store, box: Mailbox) -> None:
    """Sent is synced after INBOX: the answer to the first mail comes in after the customer's second one."""
    first, answer, again = thread_of(3)
    take(store, box, [first], at=START)
    take(store, box, [again], at=START + timedelta(days=2))
    take(store, box, [answer], sent=True, at=START + timedelta(days=1))
    assert rows(store, "SELECT status FROM conversation") == [("new",)]


def test_a_mail_in_our_name_in_the_inbox_closes_nothing(store: Store, box: Mailbox) -> None:
    """Anybody can write our address into From."""
    first, forged, _ = thread_of(3)
    stores.receive(store, box, [first, forged])
    assert rows(store, "SELECT status FROM conversation") == [("new",)]


def test_an_automatic_answer_does_not_reopen(store: Store, box: Mailbox) -> None:
    """ "I am on holiday" is written down and wakes nobody."""
    first, answer, _ = thread_of(3)
    take(store, box, [first])
    take(store, box, [answer], sent=True)
    away = mail(
        7,
        in_reply_to="<2@shop.example>",
        references=("<1@mail.example>",),
        extra="Auto-Submitted: auto-replied",
    )
    take(store, box, [away])
    assert rows(store, "SELECT status, messages FROM conversation") == [("done", 3)]


def test_what_is_waiting_keeps_its_reason_until_the_customer_writes(store: Store, box: Mailbox) -> None:
    """An automatic mail leaves 保留 as it is, a real one ends it."""
    take(store, box, [mail(1)])
    stores.execute(
        store,
        "UPDATE conversation SET status = 'waiting', waiting_reason = 'until', waiting_until = 5000000000",
    )
    take(store, box, [mail(2, references=("<1@mail.example>",), extra="Auto-Submitted: auto-replied")])
    assert rows(store, "SELECT status, waiting_reason, waiting_until FROM conversation") == [
        ("waiting", "until", 5000000000)
    ]
    take(store, box, [mail(3, references=("<1@mail.example>",))])
    assert rows(store, "SELECT status, waiting_reason, waiting_until FROM conversation") == [
        ("new", None, None)
    ]


def test_history_comes_in_as_done(store: Store) -> None:
    """On the first sync of an old mailbox only what is young is new."""
    box = stores.add_mailbox(store, history_days=30)
    now = store.now()
    take(store, box, [mail(1)], at=now - timedelta(days=60))
    take(store, box, [mail(2, sender="b@mail.example")], at=now - timedelta(days=2))
    assert rows(store, "SELECT status FROM conversation ORDER BY id") == [("done",), ("new",)]


def test_what_cannot_be_read_is_kept_and_visible(store: Store, box: Mailbox) -> None:
    """In quarantine, with its source, in a conversation of its own; its copy is known again."""
    first, second = take(store, box, [b"\x00\xff\x00binary", mail(2)])
    (copy,) = take(store, box, [b"\x00\xff\x00binary"])
    assert [first.result, second.result, copy.result] == [Result.QUARANTINED, Result.STORED, Result.DUPLICATE]
    assert first.conversation_id != second.conversation_id


@given(order=st.permutations(range(4)))
@settings(max_examples=10, deadline=None)
def test_results_stand_in_the_order_asked(order: Sequence[int]) -> None:
    """Whatever order the mails are decided in."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, stores.opened("sqlite", Path(folder)) as store:
        box = stores.add_mailbox(store)
        with store.transaction() as tx:
            arrived = [
                Arrived(folders.add_raw(tx, mail(n)), None, START + timedelta(minutes=n), parse(mail(n)))
                for n in order
            ]
            taken = intake.take_in(tx, box, arrived)
        assert [t.raw_id for t in taken] == [a.raw_id for a in arrived]
        by_id = dict(rows(store, "SELECT id, message_id FROM message"))
        assert [by_id[t.message_id] for t in taken] == [f"<{n}@mail.example>" for n in order]


def test_a_mail_that_an_older_client_brought_in_is_known(store: Store, box: Mailbox) -> None:
    """A worker of the version before works on while the store is migrated, and keeps no row of its own for the
    content: its mail makes no second message when another folder has it, too."""
    take(store, box, [mail(1)])
    columns = ", ".join(f'"{c.name}"' for c in message.columns if c.name != "id")
    found_by = (
        ("message_words",) if store.engine.dialect.name == "sqlite" else ("message_words", "message_fts")
    )
    for statement in (
        f"CREATE TABLE kept AS SELECT {columns} FROM message",
        *(f"DELETE FROM {table}" for table in (*found_by, "message_body", "content", "message")),
        f"INSERT INTO message ({columns}) SELECT {columns} FROM kept",
    ):
        stores.execute(store, statement)
    copy = b"Received: from a.example by b.example; Fri, 1 Aug 2025 10:00:00 +0900\r\n" + mail(1)
    (again,) = take(store, box, [copy])
    assert again.result is Result.DUPLICATE
