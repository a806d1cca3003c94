"""To whom an answer goes by itself: forty combinations of header fields (rows 12 and 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maildesk.domain.address import Address
from maildesk.domain.conversation import Message, MessageKind
from maildesk.domain.recipients import Recipients, newcomers, recipients

US, ALIAS, OTHER = "info@shop.example", "help@shop.example", "second@shop.example"
OWN = frozenset({US, ALIAS, OTHER})
C, WIFE, BOSS, EVIL = "c@mail.example", "wife@mail.example", "boss@mail.example", "x@evil.example"
AT = datetime(2026, 11, 21, tzinfo=UTC)


def people(text: str) -> tuple[Address, ...]:
    """Addresses between blanks."""
    return tuple(Address("", a) for a in text.split())


def message(
    number: int,
    from_: str = C,
    to: str = US,
    cc: str = "",
    reply_to: str = "",
    *,
    kind: MessageKind = MessageKind.IN,
    automatic: str | None = None,
    warnings: tuple[str, ...] = (),
    new_sender: bool = False,
) -> Message:
    """A mail."""
    return Message(
        number,
        kind,
        AT,
        people(from_)[0] if from_ else None,
        people(to),
        people(cc),
        people(reply_to),
        automatic=automatic,
        warnings=warnings,
        new_sender=new_sender,
    )


FIRST = message(1)
WITH_WIFE = message(1, cc=WIFE)
ANSWER = message(2, US, C, kind=MessageKind.OUT)
FORGED = message(3, C, US, EVIL, warnings=("authentication",))
Case = tuple[Sequence[Message], Message, str, str]

CASES: dict[str, Case] = {
    # the first mail: the sender chose who is on it, and where he wants answers
    "plain": ((), message(1), C, ""),
    "several of ours in To": ((), message(1, to=f"{US} {OTHER}"), C, ""),
    "an alias of ours in To": ((), message(1, to=ALIAS), C, ""),
    "ours in another case": ((), message(1, to="INFO@SHOP.EXAMPLE"), C, ""),
    "someone in Cc": ((), message(1, cc=WIFE), C, WIFE),
    "someone beside us in To": ((), message(1, to=f"{US} {BOSS}"), C, BOSS),
    "To before Cc": ((), message(1, to=f"{US} {BOSS}", cc=WIFE), C, f"{BOSS} {WIFE}"),
    "the same in To and Cc": ((), message(1, to=f"{US} {BOSS}", cc=BOSS), C, BOSS),
    "the same in another case": ((), message(1, cc=f"{WIFE} {WIFE.upper()}"), C, WIFE),
    "himself in Cc": ((), message(1, cc=C), C, ""),
    "ours in Cc": ((), message(1, cc=f"{OTHER} {WIFE}"), C, WIFE),
    "we are in Bcc only": ((), message(1, to=BOSS), C, BOSS),
    "Reply-To another address of his": ((), message(1, reply_to=WIFE), WIFE, ""),
    "Reply-To himself": ((), message(1, reply_to=C), C, ""),
    "Reply-To ours": ((), message(1, reply_to=US), C, ""),
    "Reply-To ours and his": ((), message(1, reply_to=f"{US} {WIFE}"), WIFE, ""),
    "Reply-To two": ((), message(1, reply_to=f"{C} {WIFE}"), f"{C} {WIFE}", ""),
    "Reply-To also in Cc": ((), message(1, cc=WIFE, reply_to=WIFE), WIFE, ""),
    # forms and machines
    "a contact form": ((), message(1, US, US, reply_to=C), C, ""),
    "a contact form without Reply-To": ((), message(1, US, US), C, ""),
    "a contact form with Cc": ((), message(1, US, US, WIFE, C), C, WIFE),
    "a list": ((), message(1, C, "l@list.example", "", "l@list.example", automatic="list"), C, ""),
    "a list with Cc": ((), message(1, C, US, BOSS, automatic="list"), C, ""),
    "a notice": ((), message(1, "no-reply@mall.example", reply_to=C, automatic="other"), C, ""),
    "no sender": ((), message(1, ""), C, ""),
    # later mails: nobody joins or is answered by somebody else's wish alone
    "goes on": ((FIRST, ANSWER), message(3), C, ""),
    "Cc kept": ((WITH_WIFE, ANSWER), message(3, cc=WIFE), C, WIFE),
    "Cc left away": ((WITH_WIFE, ANSWER), message(3), C, ""),
    "Cc added": ((FIRST, ANSWER), message(3, cc=WIFE), C, WIFE),
    "Reply-To added later": ((FIRST, ANSWER), message(3, reply_to=EVIL), C, ""),
    "Reply-To added later to one who is known": ((WITH_WIFE, ANSWER), message(3, reply_to=WIFE), WIFE, ""),
    "Reply-To as on his first mail": (
        (message(1, reply_to=WIFE), ANSWER),
        message(3, reply_to=WIFE),
        WIFE,
        "",
    ),
    "Reply-To known from a forged mail only": ((FIRST, FORGED), message(4, reply_to=EVIL), C, ""),
    "somebody in Cc answers": ((WITH_WIFE, ANSWER), message(3, WIFE, US, C), WIFE, C),
    "somebody new answers": ((FIRST, ANSWER), message(3, BOSS, US, C, new_sender=True), BOSS, C),
    "somebody new brings another": ((FIRST, ANSWER), message(3, BOSS, US, f"{C} {EVIL}", new_sender=True), BOSS, C),
    "forged": ((FIRST, ANSWER), message(3, C, US, EVIL, warnings=("authentication",)), C, ""),
    "forged with one who is known": ((WITH_WIFE,), message(3, C, US, f"{EVIL} {WIFE}", warnings=("authentication",)), C, WIFE),
    "in our name": ((FIRST, ANSWER), message(3, US, US, EVIL, warnings=("own-address",)), C, ""),
    "in our name, to us and him": ((FIRST, ANSWER), message(3, US, f"{US} {C}", warnings=("own-address",)), C, ""),
    "people whom we wrote to": ((FIRST, message(2, US, C, BOSS, kind=MessageKind.OUT)), message(3, C, US, BOSS, warnings=("authentication",)), C, BOSS),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_who_gets_an_answer(name: str) -> None:
    """To and Cc, and never ourselves."""
    before, answered, to, cc = CASES[name]
    found = recipients([*before, answered], answered, Address("", C), OWN, reply_all=True)
    assert (found.to, found.cc) == (people(to), people(cc))
    assert not {a.key() for a in (*found.to, *found.cc)} & OWN
    alone = recipients([*before, answered], answered, Address("", C), OWN, reply_all=False)
    assert (alone.to, alone.cc) == (people(to), ())


def test_forty_combinations() -> None:
    """As many as the table promises."""
    assert len(CASES) >= 40


def test_without_a_mail_the_customer_gets_it() -> None:
    """A phone note alone is on the conversation."""
    assert recipients([], None, Address("客", C), OWN, reply_all=True) == Recipients((Address("客", C),))


def test_who_was_left_out_is_named() -> None:
    """So that a person can put them in."""
    forged = replace(FORGED, id=4)
    found = recipients([FIRST, forged], forged, Address("", C), OWN, reply_all=True)
    assert found.left_out == people(EVIL)


@pytest.mark.parametrize(
    ("before", "answered", "expected"),
    [
        ((), message(1, cc=WIFE, reply_to=BOSS), ""),
        ((FIRST, ANSWER), message(3, cc=WIFE), WIFE),
        ((FIRST, ANSWER), message(3, cc=WIFE, reply_to=EVIL), f"{WIFE} {EVIL}"),
        ((WITH_WIFE, ANSWER), message(3, cc=WIFE), ""),
        ((FIRST, FORGED), message(4, cc=EVIL), EVIL),
        ((FIRST, ANSWER), message(3, BOSS, US, C, new_sender=True), ""),
    ],
)
def test_who_is_new_on_the_conversation(before: Sequence[Message], answered: Message, expected: str) -> None:
    """Whom the last mail brought along, on a conversation that had others before."""
    assert newcomers([*before, answered], answered) == people(expected)
