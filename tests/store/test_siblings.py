"""One mail to several of our addresses: one conversation, listed in each of their mailboxes, one claim, one answer."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from maildesk.domain.mailbox import Mailbox
from maildesk.domain.query import parse
from maildesk.domain.status import Status, Tab
from maildesk.errors import StoreError
from maildesk.store import claims, conversations, messages, outbox
from maildesk.store.engine import Store, open_store
from maildesk.store.intake import Result
from tests.store import stores
from tests.store.stores import SHOP, mail, receive, rows
from tests.support.databases import KINDS

SECOND, THIRD = "second@shop.example", "third@shop.example"
ALL = f"{SHOP}, {SECOND}, {THIRD}"


@pytest.fixture
def boxes(store: Store) -> tuple[Mailbox, Mailbox, Mailbox]:
    """Three shops."""
    return (
        stores.add_mailbox(store),
        stores.add_mailbox(store, name="二号店", short_name="二号", address=SECOND),
        stores.add_mailbox(store, name="三号店", short_name="三号", address=THIRD),
    )


def listed(store: Store, mailbox_id: int | None = None) -> list[int]:
    """The numbers that a list shows."""
    with store.reading() as tx:
        return [r.id for r in conversations.page(tx, 0, Tab.ALL, mailbox_id=mailbox_id).rows]


def counted(store: Store, mailbox_id: int | None = None) -> dict[str, int]:
    """What the tabs say."""
    with store.reading() as tx:
        return {k: n for k, n in conversations.counts(tx, mailbox_id).by_tab.items() if n}


def test_it_is_one_conversation_listed_in_both(store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox]) -> None:
    """In the lists, the counts and the search of each mailbox, once in those of all (F038)."""
    one, two, three = boxes
    raw = mail(1, to=f"{SHOP}, {SECOND}")
    (first,), (second,) = receive(store, one, [raw]), receive(store, two, [raw])
    receive(store, three, [mail(2, to=THIRD, sender="other@mail.example")])
    number = first.conversation_id
    assert (second.result, second.conversation_id, second.message_id) == (
        Result.DUPLICATE,
        number,
        first.message_id,
    )
    assert listed(store, one.id) == listed(store, two.id) == [number]
    assert len(listed(store)) == 2
    assert counted(store, one.id) == counted(store, two.id) == {"new": 1, "all": 1}
    assert counted(store) == {"new": 2, "all": 2}
    with store.reading() as tx:
        (row,) = conversations.summaries(tx, 0, [number or 0])
        assert (row.shop, row.also_in) == ("見本", ("二号",))
        for query in ("shop:二号", "shop:見本"):
            page = conversations.page(tx, 0, Tab.ALL, query=parse(query))
            assert [r.id for r in page.rows] == [number]
    assert rows(store, "SELECT COUNT(*) FROM claim") == [(2,)]
    assert rows(store, "SELECT result FROM location ORDER BY id") == [
        ("stored",),
        ("duplicate",),
        ("stored",),
    ]


def test_counts_follow_it_everywhere(store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox]) -> None:
    """States and claims: in each mailbox the tabs count what they show."""
    who = stores.add_agent(store)
    assert who.id is not None
    raw = mail(1, to=ALL)
    for box in boxes:
        receive(store, box, [raw])
    ((number,),) = rows(store, "SELECT id FROM conversation")
    for status in (Status.WAITING, Status.SPAM, Status.NEW, Status.DONE, Status.NEW):
        stores.execute(store, "UPDATE conversation SET status = :s", s=status.value)
        for mailbox_id in (None, *(box.id for box in boxes)):
            expected = {status.value: 1} | ({} if status is Status.SPAM else {"all": 1})
            assert counted(store, mailbox_id) == expected
    with store.transaction() as tx:
        claims.take(tx, number, who.id, "session")
    for mailbox_id in (None, *(box.id for box in boxes)):
        assert counted(store, mailbox_id) == {"replying": 1, "all": 1}
    stores.execute(store, "DELETE FROM also_in WHERE mailbox_id = :m", m=boxes[1].id)
    assert counted(store, boxes[1].id) == {}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_mailboxes_in_any_order(
    store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox], order: Sequence[int]
) -> None:
    """A mail to three shops, an answer of one of them with the others in Cc, and the customer's next mail to another
    one only: still one conversation, whose mailbox is the one that had it first."""
    who = stores.add_agent(store)
    first = mail(1, to=ALL)
    for i in order:
        receive(store, boxes[i], [first])
    ((number, home),) = rows(store, "SELECT id, mailbox_id FROM conversation")
    assert home == boxes[order[0]].id
    box = next(b for b in boxes if b.id == home)
    reply = stores.queue_reply(store, box, who, number)
    answer = mail(
        2,
        to=boxes[order[2]].address,
        message_id="<2@mail.example>",
        in_reply_to=reply.message_id,
        references=("<1@mail.example>", reply.message_id),
    )
    receive(store, boxes[order[2]], [answer])
    again = mail(3, to=boxes[order[1]].address, references=("<1@mail.example>", "<2@mail.example>"))
    receive(store, boxes[order[1]], [again])
    assert rows(store, "SELECT id, mailbox_id FROM conversation") == [(number, home)]
    assert {r[0] for r in rows(store, "SELECT mailbox_id FROM also_in")} == {b.id for b in boxes} - {home}
    assert rows(store, "SELECT COUNT(*) FROM message WHERE kind = 'in'") == [(3,)]
    # the copies that shops in Cc got of our own answer are no mails of their own
    copy = mail(9, sender=SHOP, to=f"customer@mail.example, {ALL}", message_id=reply.message_id)
    for each in boxes:
        (back,) = receive(store, each, [copy])
        assert (back.result, back.conversation_id) == (Result.DUPLICATE, number)


def test_an_answer_to_another_shop_joins_and_is_listed_there(
    store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox]
) -> None:
    """The customer answers the mail of one shop at the address of another."""
    one, two, _ = boxes
    receive(store, one, [mail(1)])
    receive(store, two, [mail(2, to=SECOND, references=("<1@mail.example>",))])
    ((number, home, turn),) = rows(store, "SELECT id, mailbox_id, turn FROM conversation")
    assert (home, turn) == (one.id, 2)
    assert listed(store, two.id) == [number]
    stranger = mail(3, to=SECOND, sender="other@mail.example", references=("<1@mail.example>",))
    receive(store, two, [stranger])
    assert len(rows(store, "SELECT id FROM conversation")) == 2


def test_one_shop_writes_to_another(store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox]) -> None:
    """Whether Sent of the one or INBOX of the other is read first: it is new for the other, and one conversation."""
    one, two, _ = boxes
    for first, sender_first in (
        (mail(1, sender=SHOP, to=SECOND), True),
        (mail(2, sender=SHOP, to=SECOND), False),
    ):
        ways = [(one, "Sent"), (two, "INBOX")]
        for box, folder in ways if sender_first else ways[::-1]:
            receive(store, box, [first], folder=folder)
            receive(store, box, [first], folder=folder)
    found = rows(store, "SELECT status, turn, messages FROM conversation")
    assert found == [("new", 1, 1), ("new", 1, 1)]
    assert len(listed(store, one.id)) == len(listed(store, two.id)) == 2


@pytest.mark.slow
def test_two_workers_bring_the_same_mails_at_the_same_time(tmp_path: Path) -> None:
    """Of each content one gets in; the other finds it and lists it in its own mailbox (rows 22 and 42)."""
    with stores.opened("postgresql", tmp_path) as store:
        one = stores.add_mailbox(store)
        two = stores.add_mailbox(store, name="二号店", short_name="二号", address=SECOND)
        raws = [mail(n, to=f"{SHOP}, {SECOND}", sender=f"c{n % 7}@mail.example") for n in range(40)]
        start = threading.Barrier(2)
        failed: list[BaseException] = []

        def work(box: Mailbox, mails: Sequence[bytes]) -> None:
            other = open_store(stores.url_of(store))
            try:
                start.wait(10)
                for raw in mails:
                    receive(other, box, [raw])
            except BaseException as error:
                failed.append(error)
            finally:
                other.close()

        workers = [
            threading.Thread(target=work, args=(one, raws)),
            threading.Thread(target=work, args=(two, raws)),
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert not failed
        assert rows(store, "SELECT COUNT(*), COUNT(DISTINCT content_key) FROM message") == [(40, 40)]
        assert rows(store, "SELECT COUNT(*) FROM content WHERE message_id IS NULL") == [(0,)]
        assert len(listed(store, one.id)) == len(listed(store, two.id)) == len(listed(store))
        assert counted(store, one.id) == counted(store, two.id) == counted(store)
        assert rows(store, "SELECT COUNT(*) FROM customer") == rows(
            store, "SELECT COUNT(*) FROM customer_address"
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_counters_equal_a_count(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever arrives where and whatever becomes of it: each mailbox's counters equal a count of its list."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 4), st.integers(0, 2), st.sampled_from([None, *(s.value for s in Status)])
            ),
            max_size=12,
        )
    )
    def check(acts: list[tuple[int, int, str | None]]) -> None:
        with stores.opened(kind, tmp_path_factory.mktemp("desk")) as store:
            shops = [
                stores.add_mailbox(store, name=f"店{n}", short_name=f"店{n}", address=f"s{n}@shop.example")
                for n in range(3)
            ]
            for number, box, status in acts:
                receive(store, shops[box], [mail(number, sender=f"c{number}@mail.example")])
                if status:
                    stores.execute(
                        store,
                        "UPDATE conversation SET status = :s WHERE customer_address = :a",
                        s=status,
                        a=f"c{number}@mail.example",
                    )
            for shop in shops:
                with store.reading() as tx:
                    counts = conversations.counts(tx, shop.id)
                    for tab in Tab:
                        shown = conversations.page(tx, 0, tab, mailbox_id=shop.id).rows
                        assert counts[tab.value] == len(shown), (tab, shop.id)

    check()


def test_it_is_answered_once_and_from_its_own_mailbox(
    store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox]
) -> None:
    """One turn, one answer, in the name of the shop whose conversation it is."""
    who = stores.add_agent(store)
    for box in boxes:
        receive(store, box, [mail(1, to=ALL)])
    ((number, home),) = rows(store, "SELECT id, mailbox_id FROM conversation")
    stores.queue_reply(store, boxes[0], who, number)
    assert rows(store, "SELECT turn, from_address FROM outbox") == [(1, boxes[0].address)]
    assert home == boxes[0].id
    with store.reading() as tx:
        assert len(messages.of_conversation(tx, number)) == 1
        assert len(outbox.items(tx)) == 1


@pytest.mark.parametrize(
    ("mailbox", "address", "allowed"),
    [
        (0, SHOP, True),
        (0, "INFO@shop.example", True),
        (0, "alias@shop.example", True),
        (1, SECOND, True),
        (0, SECOND, False),
        (1, SHOP, False),
        (2, THIRD, False),
        (0, "lias@shop.example", False),
        (0, "", False),
        (0, "evil@evil.example", False),
    ],
)
def test_a_reply_leaves_in_the_name_of_a_mailbox_of_its_conversation(
    store: Store, boxes: tuple[Mailbox, Mailbox, Mailbox], mailbox: int, address: str, allowed: bool
) -> None:
    """Its own, with its aliases, or one in which it is listed: anything else the database refuses, whoever asks
    (row 13)."""
    who = stores.add_agent(store)
    stores.execute(
        store, "UPDATE mailbox SET aliases = :a WHERE id = :m", a='["alias@shop.example"]', m=boxes[0].id
    )
    for box in boxes[:2]:
        receive(store, box, [mail(1, to=f"{SHOP}, {SECOND}")])
    ((number,),) = rows(store, "SELECT id FROM conversation")
    posing = dataclasses.replace(boxes[mailbox], address=address)
    refused = contextlib.nullcontext() if allowed else pytest.raises((StoreError, IntegrityError))
    with refused:
        stores.queue_reply(store, posing, who, number)
    assert rows(store, "SELECT COUNT(*) FROM outbox") == [(int(allowed),)]
