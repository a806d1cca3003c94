"""Telephone memos, and numbers as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maildesk.domain.conversation import MessageKind
from maildesk.domain.customer import IdentityKind
from maildesk.domain.customer_history import HistoryKind
from maildesk.domain.outcomes import NotUndone
from maildesk.domain.phone import Call, CallState, normalise, patterns, shown
from maildesk.domain.status import Status
from maildesk.errors import MaildeskError, NotFound
from tests.support.stores import Team


@pytest.mark.parametrize(
    ("written", "kept", "told"),
    [
        ("090-1234-5678", "+819012345678", "090-1234-5678"),
        ("０９０−１２３４ー５６７８", "+819012345678", "090-1234-5678"),
        ("+81 (0)90 1234 5678", "+819012345678", "090-1234-5678"),
        ("0081-90-1234-5678", "+819012345678", "090-1234-5678"),
        ("010-81-90-1234-5678", "+819012345678", "090-1234-5678"),
        ("03(1234)5678 内線12", "+81312345678", "03-1234-5678"),
        ("0120-123-456", "+81120123456", "0120-123-456"),
        ("tel:+1-415-555-2671", "+14155552671", "+14155552671"),
    ],
)
def test_a_number_has_one_form(written: str, kept: str, told: str) -> None:
    """However it is written, as E.164 says, and back as people here write it."""
    assert normalise(written) == kept
    assert shown(kept) == told


@pytest.mark.parametrize("written", ["", "12345", "110", "abc", "090-1234-567a", "+123456789012345678"])
def test_what_is_no_number(written: str) -> None:
    """Too short, too long, with letters, or without 0 and + in front."""
    assert normalise(written) is None


def test_what_is_typed_of_a_number() -> None:
    """Its beginning, and its end even where that begins with 0."""
    assert patterns("090-12") == ("+819012", "21090")
    assert patterns("0123") == ("+81123", "3210")
    assert patterns("5678") == ("", "8765")
    assert patterns("山") is None


def test_a_memo_on_a_conversation_stands_in_it_and_in_the_history(both: Team) -> None:
    """With number, length and state; the number is the customer's from then on."""
    number = both.conversation()
    now = both.sato.now()
    call = Call("090-1234-5678", now - timedelta(minutes=3), now)
    memo = both.sato.phone.memo("配送日の確認", call, conversation_id=number)
    assert (memo.conversation_id, memo.new) == (number, False)
    (note,) = [m for m in both.suzuki.conversations.get(number).messages if m.kind is MessageKind.PHONE]
    assert note.call is not None
    assert (note.call.number, note.call.state, note.author) == ("+819012345678", CallState.DONE, "佐藤")
    assert note.call.duration is not None
    assert abs(note.call.duration - timedelta(minutes=3)) < timedelta(seconds=1)
    page = both.suzuki.customers.history(memo.customer_id)
    assert [e.kind for e in page.entries] == [HistoryKind.PHONE, HistoryKind.IN]
    assert page.entries[0].call == note.call
    assert both.suzuki.conversations.summary(number).unread
    card = both.suzuki.customers.of_identity(IdentityKind.PHONE, "+81 90 1234 5678")
    assert card is not None
    assert (card.id, card.identities[-1].source) == (memo.customer_id, "phone")


def test_an_unknown_caller_becomes_a_customer_with_a_conversation(both: Team) -> None:
    """Called by a name, or by the number; new while something is to be done, else done; in counts and lists."""
    first = both.sato.phone.memo("見積りの相談", Call("03-1234-5678"), name="高橋 一郎")
    second = both.sato.phone.memo("折り返し", Call("06-1234-5678", state=CallState.FOLLOW_UP))
    rows = [both.suzuki.conversations.summary(m.conversation_id) for m in (first, second)]
    assert [(r.status, r.customer_name, r.subject) for r in rows] == [
        (Status.DONE, "高橋 一郎", "見積りの相談"),
        (Status.NEW, "06-1234-5678", "折り返し"),
    ]
    assert both.sato.inbox.counts()["new"] == 1
    assert both.sql("SELECT DISTINCT channel FROM conversation") == [("phone",)]
    both.sato.claims.take(second.conversation_id)
    for wrong in (Call(), Call("")):
        with pytest.raises(MaildeskError) as refused:
            both.sato.phone.memo("x", wrong)
        assert refused.value.key == "memo_of_nobody"
    with pytest.raises(MaildeskError):
        both.sato.phone.memo(" ", Call("03-1234-5678"))
    with pytest.raises(NotFound):
        both.sato.phone.memo("x", Call(), conversation_id=99999)


def test_the_state_of_a_memo_changes_and_comes_back(both: Team) -> None:
    """z takes it back unless a colleague changed it since; a comment has no state."""
    memo = both.sato.phone.memo("要確認", Call("03-1234-5678", state=CallState.FOLLOW_UP))
    undo = both.sato.phone.set_state(memo.note.id, CallState.DONE)
    assert both.sato.phone.undo(undo) is None
    undo = both.sato.phone.set_state(memo.note.id, CallState.DONE)
    both.suzuki.phone.set_state(memo.note.id, CallState.FOLLOW_UP)
    refused = both.sato.phone.undo(undo)
    assert isinstance(refused, NotUndone)
    assert refused.who == "鈴木"
    comment = both.sato.comments.add(memo.conversation_id, "ただのコメント")
    with pytest.raises(NotFound):
        both.sato.phone.set_state(comment.id, CallState.DONE)
