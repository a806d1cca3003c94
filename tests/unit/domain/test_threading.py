"""Which conversation a mail joins: exact ids only, ours by themselves, others only among participants."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.threading import Arrival, Known, Place, candidate_ids, is_message_id, is_ours, place
from maildesk.domain.trust import Verdict

OURS = "<md.0123456789abcdef0123456789abcdef@shop.example>"
THEIRS = "<serial-1@customer.example>"
CUSTOMER = "yamada@customer.example"
STRANGER = "stranger@evil.example"
PEOPLE = frozenset({CUSTOMER, "info@shop.example"})
KNOWN = {
    OURS: [Known(7, OURS, True, PEOPLE, sent=True)],
    THEIRS: [Known(8, THEIRS, False, PEOPLE)],
}


def from_(sender: str, *ids: str, **more: object) -> Arrival:
    """A mail of this sender that names these ids."""
    return Arrival(frozenset({sender} - {""}), ids, **more)  # type: ignore[arg-type]  # its own fields


def test_candidates_in_order_of_trust() -> None:
    """The mail answered first, then the references from the newest; each once; no malformed ones."""
    found = candidate_ids("<c@x>", ("<a@x>", "<>", "<b@x>", "", "nonsense", "<c@x>"))
    assert found == ("<c@x>", "<b@x>", "<a@x>")
    assert candidate_ids(None, ()) == ()


def test_our_own_id_joins_whoever_answers() -> None:
    """A customer answers from another address: our random id cannot be guessed. It is said that he is new (F057)."""
    assert place(from_("other@home.example", OURS, in_reply_to=OURS), KNOWN) == Place(
        7, "in-reply-to", new_sender=True
    )
    assert place(from_(CUSTOMER, "<x@y>", OURS, in_reply_to="<x@y>"), KNOWN) == Place(7, "references")


def test_a_foreign_id_joins_participants_only() -> None:
    """A stranger who quotes an id of somebody else's mail begins his own conversation, which names the other."""
    assert place(from_(CUSTOMER, THEIRS), KNOWN) == Place(8, "references")
    stranger = Place(related_id=8, related_by="stranger")
    assert place(from_(STRANGER, THEIRS), KNOWN) == stranger
    assert place(from_("", THEIRS), KNOWN) == stranger


def test_what_we_sent_from_elsewhere_joins_by_its_recipients() -> None:
    """Any of them may take part; the reason is where it was found."""
    sent = Arrival(frozenset({"supplier@parts.example", CUSTOMER}), (THEIRS,), in_reply_to=THEIRS, sent=True)
    assert place(sent, KNOWN) == Place(8, "sent-copy")


def test_a_refused_id_does_not_hide_the_next() -> None:
    """The search goes on behind an id that may not join."""
    assert place(from_(STRANGER, THEIRS, OURS), KNOWN).conversation_id == 7


def test_an_id_of_ours_in_shape_only_is_foreign() -> None:
    """Somebody else's mail with an id in our shape gains no trust, nor does ours in another shape."""
    forged = "<md.ffffffffffffffffffffffffffffffff@shop.example>"
    serial = "<12@shop.example>"
    known = {
        forged: [Known(1, forged, False, frozenset())],
        serial: [Known(2, serial, True, frozenset(), sent=True)],
    }
    assert place(from_(STRANGER, forged, serial), known).conversation_id is None


def test_an_id_under_which_a_relay_passed_our_mail_on() -> None:
    """The relay's id stands for ours (row 19)."""
    known = {"<0100@relay.example>": [Known(7, "<0100@relay.example>", True, PEOPLE, sent=True, alias=True)]}
    assert place(from_("other@home.example", "<0100@relay.example>"), known) == Place(
        7, "alias", new_sender=True
    )


@pytest.mark.parametrize(("verdict", "reason"), [(Verdict.FAIL, "authentication"), (Verdict.UNKNOWN, "")])
@pytest.mark.parametrize("message_id", [OURS, THEIRS])
def test_who_is_not_who_he_says_is_never_put_there(verdict: Verdict, reason: str, message_id: str) -> None:
    """A mail that our server calls forged is linked, whatever it quotes; without findings nothing changes (row 62)."""
    found = place(from_(CUSTOMER, message_id, verdict=verdict), KNOWN)
    assert (found.conversation_id is None) == bool(reason)
    assert found.related_by == reason


def test_our_address_without_proof_is_never_put_there() -> None:
    """Not even with our own id: whoever got our mail knows that."""
    found = place(Arrival(PEOPLE, (OURS,), unproven=True), KNOWN)
    assert found == Place(related_id=7, related_by="own-address")


def test_a_report_counts_only_about_a_mail_that_left_from_us() -> None:
    """A forged one names a mail of the customer, or none that we know (row 62)."""
    daemon = "mailer-daemon@mx.example"
    report = from_(daemon, OURS, is_report=True)
    assert place(report, KNOWN) == Place(7, "references", about_ours=True)
    assert place(from_(daemon, THEIRS, is_report=True), KNOWN) == Place()
    assert place(from_(daemon, "<md.no@shop.example>", is_report=True), KNOWN) == Place()
    assert not place(from_(CUSTOMER, THEIRS, is_report=True), KNOWN).about_ours


def waiting(number: int, message_id: str, *people: str) -> Known:
    """A conversation that waits for a mail."""
    return Known(number, message_id, False, frozenset(people), awaited=True)


def test_two_children_meet_before_their_parent() -> None:
    """The second one joins the first by the id that both wait for, if the sender is on it."""
    known = {"<p@x>": [waiting(3, "<p@x>", CUSTOMER)]}
    assert place(from_(CUSTOMER, "<p@x>", in_reply_to="<p@x>"), known) == Place(3, "in-reply-to")
    assert place(from_(STRANGER, "<p@x>"), known) == Place()


def test_a_parent_that_bridges_two_conversations_links_them() -> None:
    """It joins the older one and names the other: nothing is merged."""
    both = [waiting(3, "<p@x>", CUSTOMER), waiting(5, "<p@x>", CUSTOMER, "wife@customer.example")]
    assert place(from_(CUSTOMER), {}, both) == Place(3, "references", related_id=5, related_by="bridge")
    apart = [waiting(3, "<p@x>", STRANGER), waiting(5, "<p@x>", CUSTOMER)]
    assert place(from_(CUSTOMER), {}, apart) == Place(5, "references")


def test_of_two_mails_with_one_id_the_sender_decides() -> None:
    """A reused id does not send an answer to somebody else's conversation (row 43)."""
    known = {THEIRS: [Known(1, THEIRS, False, frozenset({STRANGER})), Known(2, THEIRS, False, PEOPLE)]}
    assert place(from_(CUSTOMER, THEIRS), known).conversation_id == 2


@pytest.mark.parametrize("bad", ["", "<>", "<@>", "<x>", " ", "<a@b", "a@b", "<a b@c>", "<a@b@c>", "<a@b>\n"])
def test_empty_and_malformed_ids_never_join(bad: str) -> None:
    """Not even when such an id was stored."""
    assert not is_message_id(bad)
    known = {bad: [Known(1, bad, True, PEOPLE, sent=True)]}
    assert candidate_ids(bad, (bad,)) == ()
    assert place(from_(CUSTOMER, bad, in_reply_to=bad), known) == Place()


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=5))
def test_unknown_ids_never_join(in_reply_to: str, references: list[str]) -> None:
    """Precision is 1: nothing but a stored id joins."""
    ids = candidate_ids(in_reply_to, references)
    assert place(from_(CUSTOMER, *ids), {}) == Place()
    assert all(is_message_id(message_id) for message_id in ids)


_PEOPLE = st.sampled_from(["a@x", "b@x", "c@x"])
_IDS = st.sampled_from([OURS, "<1@x>", "<2@x>", "<3@x>", "<>", ""])


@given(
    st.sets(_PEOPLE),
    st.lists(_IDS, max_size=4),
    st.lists(st.tuples(_IDS, st.sets(_PEOPLE), st.booleans(), st.booleans()), max_size=6),
    st.sampled_from(list(Verdict)),
    st.booleans(),
)
def test_nobody_joins_strangers(
    people: set[str],
    ids: list[str],
    stored: Sequence[tuple[str, set[str], bool, bool]],
    verdict: Verdict,
    report: bool,
) -> None:
    """Whatever is stored: a mail joins only by an id that it names, where its sender takes part, where the id is ours
    and random, or where it reports on a mail of ours."""
    known: dict[str, list[Known]] = {}
    for number, (message_id, there, ours, awaited) in enumerate(stored):
        one = Known(number, message_id, ours, frozenset(there), sent=ours, awaited=awaited)
        known.setdefault(message_id, []).append(one)
    mail = Arrival(frozenset(people), tuple(ids), verdict=verdict, is_report=report)
    found = place(mail, known)
    if found.conversation_id is None:
        return
    message_id, there, ours, awaited = stored[found.conversation_id]
    assert message_id in ids
    assert is_message_id(message_id)
    assert people & there or (ours and report) or (ours and is_ours(message_id) and not awaited)
    assert report or verdict is not Verdict.FAIL


def test_the_shape_of_our_ids() -> None:
    """32 hexadecimal digits, not fewer."""
    assert is_ours(OURS)
    assert not is_ours("<md.0123@shop.example>")
    assert not is_ours(THEIRS)
