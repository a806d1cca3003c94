"""Which conversation a mail joins: exact ids only, ours by themselves, others only among participants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.address import Address, is_valid, unique, wire
from maildesk.domain.threading import Join, Known, candidate_ids, conversation_for, is_message_id, is_ours

OURS = "<md.0123456789abcdef0123456789abcdef@shop.example>"
THEIRS = "<serial-1@customer.example>"
CUSTOMER = "yamada@customer.example"
KNOWN = {
    OURS: Known(7, OURS, True, frozenset({CUSTOMER, "info@shop.example"})),
    THEIRS: Known(8, THEIRS, False, frozenset({CUSTOMER, "info@shop.example"})),
}


def test_candidates_in_order_of_trust() -> None:
    """The mail answered first, then the references from the newest; each once; no malformed ones."""
    found = candidate_ids("<c@x>", ("<a@x>", "<>", "<b@x>", "", "nonsense", "<c@x>"))
    assert found == ("<c@x>", "<b@x>", "<a@x>")
    assert candidate_ids(None, ()) == ()


def test_our_own_id_joins_whoever_answers() -> None:
    """A customer answers from another address: our random id cannot be guessed."""
    assert conversation_for("other@home.example", (OURS,), KNOWN, in_reply_to=OURS) == Join(7, "in-reply-to")
    assert conversation_for("other@home.example", ("<x@y>", OURS), KNOWN, in_reply_to="<x@y>") == Join(
        7, "references"
    )


def test_a_foreign_id_joins_participants_only() -> None:
    """A stranger who quotes an id of somebody else's mail begins his own conversation."""
    assert conversation_for(CUSTOMER, (THEIRS,), KNOWN) == Join(8, "references")
    assert conversation_for(CUSTOMER.upper(), (THEIRS,), KNOWN) == Join(8, "references")
    assert conversation_for("stranger@evil.example", (THEIRS,), KNOWN) is None
    assert conversation_for("", (THEIRS,), KNOWN) is None


def test_our_own_mailboxes_join() -> None:
    """What a colleague sends from webmail belongs to the conversation."""
    mine = frozenset({"shop2@shop.example"})
    assert conversation_for("shop2@shop.example", (THEIRS,), KNOWN, our_mailboxes=mine) == Join(
        8, "references"
    )


def test_a_refused_id_does_not_hide_the_next() -> None:
    """The search goes on behind an id that may not join."""
    assert conversation_for("stranger@evil.example", (THEIRS, OURS), KNOWN) == Join(7, "references")


def test_an_id_of_ours_in_shape_only_is_foreign() -> None:
    """Somebody else's mail with an id in our shape gains no trust, nor does ours in another shape."""
    forged = "<md.ffffffffffffffffffffffffffffffff@shop.example>"
    serial = "<12@shop.example>"
    known = {forged: Known(1, forged, False, frozenset()), serial: Known(2, serial, True, frozenset())}
    assert conversation_for("stranger@evil.example", (forged, serial), known) is None


@pytest.mark.parametrize("bad", ["", "<>", "<@>", "<x>", " ", "<a@b", "a@b", "<a b@c>", "<a@b@c>", "<a@b>\n"])
def test_empty_and_malformed_ids_never_join(bad: str) -> None:
    """Not even when such an id was stored."""
    assert not is_message_id(bad)
    known = {bad: Known(1, bad, True, frozenset({CUSTOMER}))}
    assert candidate_ids(bad, (bad,)) == ()
    assert conversation_for(CUSTOMER, (bad,), known) is None


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=5))
def test_unknown_ids_never_join(in_reply_to: str, references: list[str]) -> None:
    """Precision is 1: nothing but a stored id joins."""
    ids = candidate_ids(in_reply_to, references)
    assert conversation_for(CUSTOMER, ids, {}) is None
    assert all(is_message_id(message_id) for message_id in ids)


def test_the_shape_of_our_ids() -> None:
    """32 hexadecimal digits, not fewer."""
    assert is_ours(OURS)
    assert not is_ours("<md.0123@shop.example>")
    assert not is_ours(THEIRS)


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        ("foo..bar.@docomo.ne.jp", True),
        (".x@ezweb.ne.jp", True),
        ('"a b"@c.example', True),
        ("山田@例え.example", True),
        ("a@[192.0.2.1]", True),
        ("a", False),
        ("a@", False),
        ("@b", False),
        ("a b@c.example", False),
        ("a@b\r\n.example", False),
        ("a@b@c.example", False),
        ("a,b@c.example", False),
        ("a\u202eb@c.example", False),
        ("a@" + "b" * 400, False),
    ],
)
def test_addresses_that_can_be_answered(address: str, valid: bool) -> None:
    """Lenient about dots, strict about everything that could break a header."""
    assert is_valid(address) is valid


def test_address_forms() -> None:
    """For people, for comparing, for the wire."""
    assert Address("山田, 太郎", "A@b.example").display() == '"山田, 太郎" <A@b.example>'
    assert Address("", "A@B.example.").key() == "a@b.example"
    assert Address("A B", "a@b.example").display() == "A B <a@b.example>"
    assert Address("", "x@Shop.Example").domain == "shop.example"
    assert wire("a..b.@docomo.ne.jp") == '"a..b."@docomo.ne.jp'
    assert wire("a.b@c.example") == "a.b@c.example"
    assert unique([Address("1", "a@b.example"), Address("2", "A@B.EXAMPLE"), Address("3", "")]) == (
        Address("1", "a@b.example"),
    )
