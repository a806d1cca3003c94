"""Customers: one person over all his addresses and numbers, merged and unmerged, with the desk's own fields."""

from __future__ import annotations

import threading

import pytest

from maildesk.domain.customer import (
    CustomerChanged,
    CustomerField,
    FieldType,
    IdentityKind,
    MergeRefused,
    Reason,
)
from maildesk.domain.customer_history import HistoryEntry, HistoryFilter, HistoryKind
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.status import Status
from maildesk.errors import MaildeskError, NotFound
from maildesk.store import customers
from tests.support.stores import Team, mail


def customer_of(team: Team, conversation: int) -> int:
    """The customer of a conversation, as one person."""
    return team.sato.customers.of_conversation(conversation).id


def merged(outcome: CustomerChanged | MergeRefused) -> CustomerChanged:
    """The outcome, which is a success."""
    assert isinstance(outcome, CustomerChanged)
    return outcome


def everything(team: Team) -> list[list[tuple[object, ...]]]:
    """All that is stored of customers but the log."""
    return [
        sorted(team.sql(f"SELECT * FROM {table}"), key=repr)
        for table in ("customer", "customer_address", "identity", "customer_merge", "customer_value")
    ] + [sorted(team.sql("SELECT id, customer_id FROM conversation"))]


def test_merged_customers_are_one_person_and_mail_to_come_is_his(both: Team) -> None:
    """History and addresses of both, whichever is asked; a new mail from either address joins them."""
    first, second = both.conversation(1), both.conversation(2)
    one, two = customer_of(both, first), customer_of(both, second)
    outcome = merged(both.sato.customers.merge(one, two))
    assert outcome.card.members == (one, two)
    assert [m.by for m in outcome.card.merged] == ["佐藤"]
    both.arrive(mail(2, message_id="<later@example.jp>", subject="もう一つ"))
    for asked in (one, two):
        page = both.suzuki.customers.history(asked)
        assert [e.subject for e in page.entries] == ["もう一つ", "質問 2", "質問 1"]
        assert page.counts == {HistoryKind.IN: 3}
    addresses = both.suzuki.conversations.get(second).customer.addresses
    assert addresses == ("customer1@example.jp", "customer2@example.jp")
    assert both.suzuki.conversations.get(second).customer.id == one


def test_unmerging_gives_back_exactly_what_was(both: Team) -> None:
    """Also for what came meanwhile: it stays with the address that it came from."""
    first, second = both.conversation(1), both.conversation(2)
    one, two = customer_of(both, first), customer_of(both, second)
    before = everything(both)
    merged(both.sato.customers.merge(one, two))
    both.sato.customers.unmerge(two)
    assert everything(both) == before
    merged(both.sato.customers.merge(one, two))
    later = both.conversation(2, message_id="<later@example.jp>", subject="もう一つ")
    both.suzuki.customers.unmerge(two)
    assert customer_of(both, later) == two
    assert [e.subject for e in both.sato.customers.history(one).entries] == ["質問 1"]
    with pytest.raises(NotFound):
        both.sato.customers.unmerge(two)


def test_a_merge_within_a_merge_comes_apart_in_any_order(both: Team) -> None:
    """Three into one, and the middle one out again: he takes his own along."""
    one, two, three = (customer_of(both, both.conversation(n)) for n in (1, 2, 3))
    merged(both.sato.customers.merge(two, three))
    merged(both.sato.customers.merge(one, two))
    assert both.sato.customers.card(three).members[0] == one
    both.sato.customers.unmerge(two)
    assert both.sato.customers.card(three).members == (two, three)
    assert both.sato.customers.card(one).members == (one,)


def test_undo_of_a_merge_and_of_an_unmerge(both: Team) -> None:
    """z takes either back; when a colleague did so before, nothing is done and it is told."""
    one, two = (customer_of(both, both.conversation(n)) for n in (1, 2))
    done = merged(both.sato.customers.merge(one, two))
    assert both.sato.customers.undo(done.undo) is None
    assert both.sato.customers.card(one).members == (one,)
    assert isinstance(both.sato.customers.undo(done.undo), NotUndone)
    merged(both.sato.customers.merge(one, two))
    apart = both.sato.customers.unmerge(two)
    assert both.sato.customers.undo(apart.undo) is None
    assert both.sato.customers.card(two).members == (one, two)


def test_crosswise_at_once_one_succeeds_and_one_is_told(both: Team) -> None:
    """佐藤 merges A into B while 鈴木 merges B into A: never a ring, and the loser reads who was first."""
    for round_ in range(6):
        one, two = (customer_of(both, both.conversation(10 * round_ + n)) for n in (1, 2))
        outcomes: list[CustomerChanged | MergeRefused] = []
        barrier = threading.Barrier(2)

        def act(
            desk: object,
            into: int,
            other: int,
            barrier: threading.Barrier = barrier,
            outcomes: list[CustomerChanged | MergeRefused] = outcomes,
        ) -> None:
            barrier.wait()
            outcomes.append(desk.customers.merge(into, other))  # type: ignore[attr-defined]

        threads = [
            threading.Thread(target=act, args=(both.sato, one, two)),
            threading.Thread(target=act, args=(both.suzuki, two, one)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [o for o in outcomes if isinstance(o, MergeRefused)]
        assert len(told) == 1, outcomes
        assert told[0].by in ("佐藤", "鈴木")
        assert len(both.sato.customers.card(one).members) == 2


def test_who_is_merged_is_not_merged_again(both: Team) -> None:
    """Neither as the one nor as the other; and nobody into himself."""
    one, two, three = (customer_of(both, both.conversation(n)) for n in (1, 2, 3))
    merged(both.sato.customers.merge(one, two))
    for into, other in ((three, two), (two, three), (two, one)):
        refused = both.suzuki.customers.merge(into, other)
        assert isinstance(refused, MergeRefused)
        assert (refused.customer_id, refused.into_id, refused.by) == (two, one, "佐藤")
    with pytest.raises(MaildeskError):
        both.sato.customers.merge(one, one)
    with pytest.raises(NotFound):
        both.sato.customers.merge(one, 99999)


def test_numbers_and_ids_find_the_customer(both: Team) -> None:
    """However the number is written, from its beginning and from its end, and as the one whom he was merged into."""
    one, two = (customer_of(both, both.conversation(n)) for n in (1, 2))
    both.sato.customers.add_identity(two, IdentityKind.PHONE, "090-1234-5678")
    both.sato.customers.add_identity(two, IdentityKind.MEMBER, "Ａ１０２９")
    for typed in (
        "０９０−１２３４−５６７８",
        "+81 90 1234",
        "090-12",
        "5678",
        "1029",
        "customer2@",
        "客 2",
        "客2",
    ):
        assert [h.id for h in both.suzuki.customers.find(typed)] == [two], typed
    assert both.suzuki.customers.find("080-12") == ()
    assert both.suzuki.customers.find("") == ()
    merged(both.sato.customers.merge(one, two))
    (hit,) = both.suzuki.customers.find("5678")
    assert (hit.id, hit.phones) == (one, ("090-1234-5678",))
    card = both.suzuki.customers.of_identity(IdentityKind.PHONE, "+819012345678")
    assert card is not None
    assert card.id == one


def test_an_identity_is_one_persons(both: Team) -> None:
    """What is another's is refused with his name; what somebody added can be taken away, what mail brought cannot."""
    one, two = (customer_of(both, both.conversation(n)) for n in (1, 2))
    act = both.sato.customers
    added = act.add_identity(one, IdentityKind.MAIL, "Phone@Docomo.example")
    with pytest.raises(MaildeskError, match="客 1") as refused:
        act.add_identity(two, IdentityKind.MAIL, "phone@docomo.example")
    assert refused.value.key == "identity_taken"
    with pytest.raises(MaildeskError) as wrong:
        act.add_identity(one, IdentityKind.PHONE, "12345")
    assert wrong.value.key == "identity_phone"
    taken = both.arrive(mail(7, sender="スマホ <phone@docomo.example>"))[0]
    assert taken.conversation_id is not None
    assert customer_of(both, taken.conversation_id) == one
    with pytest.raises(MaildeskError) as kept:
        act.remove_identity(one, IdentityKind.MAIL, "customer1@example.jp")
    assert kept.value.key == "identity_from_mail"
    gone = act.remove_identity(one, IdentityKind.MAIL, "phone@docomo.example")
    assert [i.value for i in gone.card.identities] == ["customer1@example.jp"]
    assert act.undo(gone.undo) is None
    (mine,) = [i for i in act.card(one).identities if i.by_hand]
    assert (mine.value, mine.added_by, mine.source) == ("phone@docomo.example", "佐藤", "hand")
    assert act.undo(added.undo) is None
    assert len(act.card(one).identities) == 1


def test_a_malls_alias_is_told_as_one(both: Team) -> None:
    """An address that a mall gave out is of kind mall, without anybody saying so."""
    taken = both.arrive(mail(1, sender="楽天の客 <abc123@pc.fw.rakuten.ne.jp>"))[0]
    assert taken.conversation_id is not None
    card = both.sato.customers.of_conversation(taken.conversation_id)
    assert [(i.kind, i.by_hand) for i in card.identities] == [(IdentityKind.MALL, False)]


FIELDS = (
    CustomerField("rank", "会員ランク", FieldType.CHOICE, ("一般", "ゴールド")),
    CustomerField("points", "ポイント", FieldType.NUMBER),
    CustomerField("birthday", "誕生日", FieldType.DATE),
    CustomerField("note", "備考", FieldType.TEXT),
)


def test_fields_hold_what_they_are_for(both: Team) -> None:
    """Values are kept in one form; what a field cannot hold is refused; undo brings the old value back unless somebody
    changed it since."""
    with both.store.transaction() as tx:
        for place, described in enumerate(FIELDS):
            assert customers.put_field(tx, described, place) == (False, True)
            assert customers.put_field(tx, described, place) == (True, False)
    one = customer_of(both, both.conversation())
    act = both.sato.customers
    for name, typed, kept in (
        ("rank", "ゴールド", "ゴールド"),
        ("points", "１２，３４０", "12340"),
        ("birthday", "2026年1月5日", "2026-01-05"),
        ("備考", " 玄関  に置く ", "玄関 に置く"),
    ):
        changed = act.set_field(one, name, typed)
        assert kept in [v.value for v in changed.card.fields]
    for name, typed in (("rank", "銀"), ("points", "多い"), ("birthday", "2026-02-30")):
        with pytest.raises(MaildeskError):
            act.set_field(one, name, typed)
    with pytest.raises(NotFound):
        act.set_field(one, "nothing", "x")
    mine = act.set_field(one, "points", "1")
    both.suzuki.customers.set_field(one, "points", "2")
    assert isinstance(act.undo(mine.undo), NotUndone)
    again = act.set_field(one, "points", "")
    assert act.undo(again.undo) is None
    assert {v.field.name: (v.value, v.changed_by) for v in act.card(one).fields}["points"] == ("2", "佐藤")


def test_a_merged_customers_fields_come_back_with_him(both: Team) -> None:
    """The first one's value counts; what only the other had is told of the person."""
    with both.store.transaction() as tx:
        for place, described in enumerate(FIELDS):
            customers.put_field(tx, described, place)
    one, two = (customer_of(both, both.conversation(n)) for n in (1, 2))
    act = both.sato.customers
    act.set_field(one, "points", "1")
    act.set_field(two, "points", "2")
    act.set_field(two, "note", "二人目")
    merged(act.merge(one, two))
    assert {v.field.name: v.value for v in act.card(two).fields if v.value} == {
        "points": "1",
        "note": "二人目",
    }
    act.unmerge(two)
    assert {v.field.name: v.value for v in act.card(two).fields if v.value} == {
        "points": "2",
        "note": "二人目",
    }


def test_names_can_be_mended(both: Team) -> None:
    """A name that mail did not bring; undo brings the old one back, not over a colleague's."""
    one = customer_of(both, both.conversation())
    changed = both.sato.customers.rename(one, "渡邉 美咲", "わたなべ みさき")
    assert (changed.card.name, changed.card.reading) == ("渡邉 美咲", "わたなべ みさき")
    assert [h.id for h in both.sato.customers.find("わたなべ")] == [one]
    both.suzuki.customers.rename(one, "渡辺 美咲")
    assert isinstance(both.sato.customers.undo(changed.undo), NotUndone)
    assert both.sato.customers.card(one).name == "渡辺 美咲"
    with pytest.raises(MaildeskError):
        both.sato.customers.rename(one, "  ")


def test_who_may_be_the_same_is_only_suggested(both: Team) -> None:
    """The same name and the same number, order or a similar address; without any of them, or another name: nobody."""

    def written(number: int, address: str, body: str, name: str = "渡邉 美咲") -> int:
        taken = both.arrive(mail(number, sender=f"{name} <{address}>", body=body))[0]
        assert taken.conversation_id is not None
        return customer_of(both, taken.conversation_id)

    one = written(1, "misaki.w@mail.example", "注文 503-1234567-1234567 の件\n電話 090-1234-5678")
    order = written(2, "other@shop2.example", "注文 503-1234567-1234567 はまだですか", "渡邉美咲")
    phone = written(3, "third@shop3.example", "番号は 090 1234 5678 です")
    close = written(4, "misakiw@docomo.example", "変更しました")
    written(5, "stranger@shop5.example", "はじめまして")
    written(6, "misaki.w@shop6.example", "090-1234-5678", "鈴木 一郎")
    found = both.sato.customers.maybe_same(one)
    assert [(m.customer_id, m.reason) for m in found] == [
        (order, Reason.ORDER),
        (phone, Reason.PHONE),
        (close, Reason.ADDRESS),
    ]
    assert both.sato.customers.card(one).members == (one,)
    merged(both.sato.customers.merge(one, order))
    assert [m.customer_id for m in both.sato.customers.maybe_same(one)] == [phone, close]


def test_history_is_filtered_and_paged(both: Team) -> None:
    """Mails, comments and changes in one order; by kind, state and words; pages meet without gap or repetition."""
    first = both.conversation(1, body="天板に傷がありました。")
    both.sato.comments.add(first, "倉庫に在庫あり")
    both.sato.triage.set_status([first], Status.DONE)
    both.sato.triage.label([first], ["破損"])
    second = both.conversation(1, message_id="<again@example.jp>", subject="領収書の件")
    who = customer_of(both, first)
    history = both.sato.customers.history
    whole = history(who)
    assert [e.kind.value for e in whole.entries] == ["in", "event", "event", "comment", "in"]
    assert whole.counts == {HistoryKind.IN: 2, HistoryKind.COMMENT: 1, HistoryKind.EVENT: 2}
    paged: list[HistoryEntry] = []
    cursor = None
    for _ in range(5):
        page = history(who, None, cursor, 2)
        paged += page.entries
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == list(whole.entries)

    def found(**wanted: object) -> list[str]:
        page = history(who, HistoryFilter(**wanted))  # type: ignore[arg-type]
        return [e.kind.value for e in page.entries]

    assert found(kinds=(HistoryKind.COMMENT,)) == ["comment"]
    assert found(words="傷") == ["in"]
    assert found(words="在庫") == ["comment"]
    assert found(words="領収書 傷") == []
    assert found(words="破損") == ["event"]
    assert found(status=Status.NEW) == ["in"]
    assert found(mailbox_id=both.box.id + 1) == []
    beside = both.sato.customers.beside(second)
    assert (beside.customer_id, beside.total) == (who, 4)
    assert {e.conversation_id for e in beside.latest} == {first}


def test_what_was_done_in_a_conversation_is_no_history_beside_it(both: Team) -> None:
    """The first mail of a sender is said to be that: nothing beside it says that there was more."""
    number = both.conversation()
    both.sato.comments.add(number, "倉庫に在庫あり")
    both.sato.triage.label([number], ["破損"])
    beside = both.sato.customers.beside(number)
    assert (beside.total, beside.latest) == (0, ())
    assert both.sato.customers.history(beside.customer_id).total == 3


def test_conversations_of_one_order_are_related(both: Team) -> None:
    """Whoever writes about it: in any mail, in a memo, however the number is typed; also mails from before."""
    first = both.conversation(1, subject="注文 503-1234567-1234567 について")
    second = both.conversation(2, body="５０３−１２３４５６７−１２３４５６７ はいつ届きますか")
    both.conversation(3)
    assert both.sato.customers.beside(first).orders == ("503-1234567-1234567",)
    assert both.sato.customers.beside(first).same_order == (second,)
    assert [s.id for s in both.sato.customers.of_order("503-1234567-1234567")] == [second, first]
    both.sql("DELETE FROM order_ref")
    from maildesk.store import order_refs

    with both.store.transaction() as tx:
        order_refs.search_again(tx)
        assert order_refs.catch_up(tx) == 3
        assert order_refs.catch_up(tx) == 0
    assert both.sato.customers.beside(second).same_order == (first,)
