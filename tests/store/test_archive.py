"""The archive: what was done long ago leaves the lists, and nothing else."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from maildesk.domain.archive import MONTH, OFF, months_of
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.status import CustomState, Sort, StateTab, Status, Tab
from maildesk.errors import UsageError
from maildesk.store import archive, conversations, states
from tests.store import stores
from tests.store.stores import receive
from tests.store.test_due_plans import _FILL
from tests.support.databases import KINDS
from tests.support.stores import Team, mail


def archiving(team: Team, months: int = 12) -> None:
    """The desk archives after so long."""
    team.store.run(lambda tx: archive.put(tx, months))


def put_away(team: Team) -> int:
    """All that is old enough, or comes back."""
    return archive.catch_up(team.store, lambda: True, lambda seconds: None)


def done_ago(team: Team, number: int, months: float, **about: str) -> int:
    """A conversation that was done before somebody used this desk, so many months ago."""
    made = team.conversation(number, **about)
    team.sql(
        "UPDATE conversation SET status = 'done', last_message_at = last_message_at - :s WHERE id = :c",
        s=months * MONTH,
        c=made,
    )
    return made


def tabs(team: Team, number: int) -> list[str]:
    """The tabs that show a conversation."""
    return [
        tab.value for tab in Tab if number in {row.id for row in team.sato.inbox.page(tab, limit=500).rows}
    ]


def row(team: Team, number: int) -> ConversationSummary:
    """A conversation as lists show it."""
    return team.sato.conversations.get(number).summary


def exact(team: Team) -> None:
    """The counters equal what the tabs show."""
    counts = team.sato.inbox.counts()
    for tab in Tab:
        assert counts[tab.value] == len(team.sato.inbox.page(tab, limit=500).rows), tab


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("12 months", 12), ("1 month", 1), ("2 years", 24), ("6か月", 6), ("６ヶ月", 6), ("1年", 12), ("off", OFF),
        ("", None), ("0 months", None), ("12", None), ("12 days", None), ("999 years", None), ("-1 months", None),
    ],
)  # fmt: skip
def test_how_long_is_written(text: str, months: int | None) -> None:
    """Months and years, in both languages."""
    assert months_of(text) == months


def test_it_leaves_the_lists_and_stays_in_search_and_history(both: Team) -> None:
    """F018: out of Done and All and their counts; found in any of them without a switch, by its number and in the
    history of its customer, and it says that it is archived."""
    old, young = done_ago(both, 1, 13, body="翡翠の棚"), done_ago(both, 2, 11, body="翡翠の机")
    open_ = both.conversation(3, body="翡翠の鏡")
    assert put_away(both) == 0, "a desk that says nothing has no archive"
    with pytest.raises(UsageError):
        both.sato.archive.run()
    archiving(both)
    assert (both.sato.archive.after(), both.sato.archive.waiting()) == (12, 1)
    assert both.sato.archive.run() == 1
    assert put_away(both) == 0, "whoever comes next finds nothing to do"
    assert tabs(both, old) == []
    assert (tabs(both, young), tabs(both, open_)) == (["done", "all"], ["new", "all"])
    exact(both)
    assert {tab: both.sato.inbox.counts()[tab] for tab in ("done", "all")} == {"done": 1, "all": 2}

    def found(query: str, tab: Tab = Tab.ALL) -> set[int]:
        rows = both.sato.inbox.page(tab, query=query).rows
        assert both.sato.inbox.found(tab, query=query) == len(rows)
        return {one.id for one in rows}

    assert found("翡翠") == {old, young, open_}
    assert found("翡翠", Tab.DONE) == found("state:done", Tab.NEW) == {old, young}
    assert found(f"#{old}") == found("is:archived") == found("条件:書庫") == {old}
    assert found("翡翠 -is:archived") == {young, open_}
    assert both.sato.inbox.found_anywhere("翡翠")["all"] == 3
    assert (row(both, old).archived, row(both, young).archived) == (True, False)
    owner = both.sato.conversations.get(old).customer.id
    assert old in {entry.conversation_id for entry in both.sato.customers.history(owner).entries}


def test_new_mail_and_every_change_bring_it_back(both: Team) -> None:
    """By the ordinary rule of its shop: it is new again. So do a state that somebody sets, and a client that knows of
    no archive."""
    ids = [done_ago(both, n, 20) for n in range(1, 4)]
    archiving(both)
    assert put_away(both) == 3
    taken = both.arrive(mail(9, sender="c <customer1@example.jp>", headers=("In-Reply-To: <m1@example.jp>",)))
    assert taken[0].conversation_id == ids[0]
    assert tabs(both, ids[0]) == ["new", "all"]
    both.sato.triage.set_status([ids[1]], Status.WAITING)
    assert tabs(both, ids[1]) == ["waiting", "all"]
    both.sql("UPDATE conversation SET status = 'trash' WHERE id = :c", c=ids[2])
    assert tabs(both, ids[2]) == ["trash"]
    assert both.sql("SELECT archived, archived_also FROM counter WHERE status = 'done'") == [(0, 0)]
    exact(both)
    assert put_away(both) == 0
    both.sato.triage.set_status([ids[1]], Status.DONE)
    assert put_away(both) == 0, "somebody did something about it just now"


def test_what_somebody_works_on_stays(both: Team) -> None:
    """A claim, a draft, a comment of today: it is not so long ago that it was touched."""
    held, noted, quiet = (done_ago(both, n, 20) for n in range(1, 4))
    archiving(both)
    both.sato.claims.take(held)
    both.suzuki.comments.add(noted, "確認中")
    assert put_away(both) == 1
    assert (tabs(both, held), tabs(both, noted), tabs(both, quiet)) == (
        ["replying", "all"],
        ["done", "all"],
        [],
    )
    both.suzuki.claims.take(quiet)
    assert tabs(both, quiet) == ["replying"], "who answers it sees it among what is being answered"
    exact(both)


def test_another_time_or_none_brings_back(both: Team) -> None:
    """What is archived and too young for the new time is listed again."""
    one, two = done_ago(both, 1, 14), done_ago(both, 2, 30)
    archiving(both, 12)
    assert put_away(both) == 2
    archiving(both, 24)
    assert put_away(both) == 1
    assert (tabs(both, one), tabs(both, two)) == (["done", "all"], [])
    exact(both)
    archiving(both, OFF)
    assert put_away(both) == 1
    assert tabs(both, two) == ["done", "all"]
    exact(both)


def test_a_closed_state_of_the_desks_own(both: Team) -> None:
    """Its tab and its count lose what is archived, too."""
    with both.store.transaction() as tx:
        states.put(tx, CustomState("returned", "返品済み", "Returned", is_open=False), 0)
    number = done_ago(both, 1, 20)
    both.sql("UPDATE conversation SET substate = 'returned' WHERE id = :c", c=number)
    assert both.sato.inbox.counts()["returned"] == 1
    archiving(both)
    put_away(both)
    assert both.sato.inbox.counts()["returned"] == both.sato.inbox.counts()["done"] == 0
    assert both.sato.inbox.page(StateTab("returned")).rows == ()
    assert [one.id for one in both.sato.inbox.page(Tab.ALL, query="state:returned").rows] == [number]


def test_two_who_put_away_at_once(both: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each conversation goes once, and is counted once."""
    monkeypatch.setattr(archive, "BATCH", 3)
    for n in range(20):
        done_ago(both, n, 20)
    archiving(both)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(put_away(both))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) + put_away(both) == 20
    assert both.sato.inbox.counts()["all"] == 0
    exact(both)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_counters_equal_a_count(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever arrives where, is archived, moved, claimed or changed by whomever: each mailbox's counters equal a count
    of its list, and what is in no list is archived."""
    acts = st.sampled_from(["done", "new", "trash", "archive", "move", "also", "gone", "claim", "mail"])

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), acts), max_size=20))
    def check(given_acts: list[tuple[int, int, str]]) -> None:
        with stores.opened(kind, tmp_path_factory.mktemp("desk")) as store:
            shops = [
                stores.add_mailbox(store, name=f"店{n}", short_name=f"店{n}", address=f"s{n}@shop.example")
                for n in range(3)
            ]
            for number in range(4):
                receive(store, shops[0], [mail(number, sender=f"c{number}@mail.example")])
            sql = {
                "archive": "UPDATE conversation SET archived_at = 1.0 WHERE {c} AND status = 'done'",
                "move": "UPDATE conversation SET mailbox_id = :b WHERE {c} AND NOT EXISTS (SELECT 1 FROM also_in "
                "WHERE conversation_id = conversation.id AND mailbox_id = :b)",
                "also": "INSERT INTO also_in (conversation_id, mailbox_id) SELECT id, :b FROM conversation WHERE {c} "
                "AND mailbox_id <> :b ON CONFLICT DO NOTHING",
                "gone": "DELETE FROM also_in WHERE mailbox_id = :b AND conversation_id IN "
                "(SELECT id FROM conversation WHERE {c})",
                "claim": "UPDATE claim SET owner_id = 1, session = 's', token = token + 1, expires_at = 1e11 "
                "WHERE conversation_id IN (SELECT id FROM conversation WHERE {c})",
                "mail": "UPDATE conversation SET last_message_at = last_message_at + 1, version = version + 1 WHERE {c}",
            }
            stores.add_agent(store)
            for number, box, act in given_acts:
                statement = sql.get(act, f"UPDATE conversation SET status = '{act}' WHERE {{c}}")
                values: dict[str, Any] = {"a": f"c{number}@mail.example"}
                if ":b" in statement:
                    values["b"] = shops[box].id
                stores.execute(store, statement.format(c="customer_address = :a"), **values)
            listed: set[int] = set()
            for shop in (None, *(box.id for box in shops)):
                with store.reading() as tx:
                    counts = conversations.counts(tx, shop)
                    for tab in Tab:
                        shown = conversations.page(tx, 0, tab, mailbox_id=shop).rows
                        assert counts[tab.value] == len(shown), (tab, shop)
                        listed |= {one.id for one in shown}
            away = stores.rows(
                store, "SELECT id FROM conversation WHERE archived_at IS NOT NULL AND status = 'done'"
            )
            every = {number for (number,) in stores.rows(store, "SELECT id FROM conversation")}
            assert every - listed <= {number for (number,) in away}
            assert not stores.rows(
                store, "SELECT 1 FROM conversation WHERE archived_at IS NOT NULL AND status <> 'done'"
            )

    check()


def _plans(team: Team, act: Any, *, lists: bool = True) -> list[str]:
    """How the database finds the conversations that ``act`` reads (``lists``: in an order)."""
    said: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        if sql.startswith("SELECT") and " conversation" in sql and (not lists or "ORDER BY" in sql):
            said.append((sql, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if team.url.startswith("sqlite") else "EXPLAIN"
    with team.store.reading() as tx:
        return ["\n".join(str(r[-1]) for r in tx.exec_driver_sql(f"{explain} {sql}", v)) for sql, v in said]


_INDEX = {
    (Tab.DONE, Sort.NEWEST): "listed_status_newest",
    (Tab.DONE, Sort.OLDEST): "listed_status_newest",
    (Tab.DONE, Sort.PRIORITY): "listed_status_priority",
    (Tab.DONE, Sort.DUE): "ix_conversation_status_due",
    (Tab.ALL, Sort.NEWEST): "listed_newest",
    (Tab.ALL, Sort.OLDEST): "listed_newest",
    (Tab.ALL, Sort.DUE): "ix_conversation_due",
    (Tab.NEW, Sort.NEWEST): "listed_status_newest",
}


def test_lists_are_read_by_indexes_that_have_nothing_archived(small: Team) -> None:
    """However much is archived: SQLite, before anybody told it how much there is of what."""
    small.conversation()
    for (tab, sort), index in _INDEX.items():
        (plan,) = _plans(small, lambda tab=tab, sort=sort: small.sato.inbox.page(tab, sort=sort))
        assert index in plan, (tab, sort, plan)
        assert "B-TREE FOR ORDER" not in plan, (tab, sort, plan)


def test_counting_reads_no_index_from_end_to_end(small: Team) -> None:
    """The counts of the tabs cost what there is of claims, merges and states of the desk's own."""
    small.conversation()
    plans = _plans(small, lambda: small.sato.inbox.counts(reasons=True), lists=False)
    steps = [step for plan in plans for step in plan.splitlines() if step.startswith("SCAN conversation ")]
    assert len(plans) >= 4
    assert [step for step in steps if "ix_conversation_substate" not in step] == []


@pytest.mark.slow
def test_a_hundred_thousand_archived_cost_the_lists_nothing(both: Team) -> None:
    """Both databases read the lists by these indexes where nearly everything is archived, also their last page."""
    number, sqlite = both.conversation(), both.url.startswith("sqlite")
    if not sqlite:  # a counter that changes so often in one transaction becomes slow there
        both.sql("ALTER TABLE conversation DISABLE TRIGGER USER")
    both.sql(_FILL, c=number)
    both.sql("UPDATE conversation SET archived_at = 1.0 WHERE status = 'done' AND id % 500 <> 0")
    both.sql("ANALYZE")
    for tab, sort in ((t, s) for t, s in _INDEX if t is not Tab.NEW):
        (plan,) = _plans(both, lambda tab=tab, sort=sort: both.sato.inbox.page(tab, sort=sort))
        assert "ix_conversation_newest" not in plan, (tab, sort, plan)
        assert "ix_conversation_status_newest" not in plan, (tab, sort, plan)
        assert "Seq Scan on conversation" not in plan, (tab, sort, plan)
    rows = both.sato.inbox.page(Tab.DONE, limit=500).rows
    assert (
        len(rows)
        == both.sql("SELECT count(*) FROM conversation WHERE status = 'done' AND archived_at IS NULL")[0][0]
    )
