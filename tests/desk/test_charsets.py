"""Mail in a wrong charset: seen in others, read again in the chosen one, everywhere where its words stand, and back."""

from __future__ import annotations

import base64

import pytest

from maildesk.domain.status import Tab
from maildesk.errors import MaildeskError, NotFound
from maildesk.mail.parse import parse
from maildesk.mail.repair import CHARSETS, TWICE
from maildesk.store import repairs
from maildesk.sync.ingest import import_mails
from maildesk.sync.repairing import repair
from tests.support.stores import Team, mail

KANJI = "至急、返品の手続きを教えてください。"


def raw(words: str = KANJI, codec: str = "euc_jp", label: str = "iso-8859-5", number: int = 1) -> bytes:
    """A mail whose label says one charset and whose bytes are another; the name and the subject in the same way."""

    def word(text: str) -> str:
        return f"=?{label}?B?{base64.b64encode(text.encode(codec)).decode()}?="

    head = (
        f"From: {word('渡邉 美咲')} <misaki@customer.example>\r\nTo: info@shop.example\r\n"
        f"Subject: {word('返品について')}\r\nMessage-ID: <garbled-{number}@customer.example>\r\n"
        f"Date: Sat, 21 Nov 2026 09:00:0{number} +0900\r\nContent-Type: text/plain; charset={label}\r\n\r\n"
    )
    return head.encode() + words.encode(codec)


@pytest.mark.parametrize(
    ("codec", "chosen"),
    [("euc_jp", "euc-jp"), ("cp932", "cp932"), ("utf-8", "utf-8"), ("gb18030", "gb18030")],
)
def test_a_chosen_charset_wins_over_a_wrong_label(codec: str, chosen: str) -> None:
    """Body, subject and sender; what proves its own charset stays as it is."""
    garbled = raw(codec=codec)
    assert parse(garbled).text != KANJI
    read = parse(garbled, chosen)
    assert (read.text, read.subject, read.from_.name) == (KANJI, "返品について", "渡邉 美咲")
    good = raw("良い本文", "utf-8", "utf-8")
    assert parse(good, chosen).text == "良い本文"


def test_utf_8_written_twice_is_undone() -> None:
    """What somebody took for windows-1252 and wrote as UTF-8 once more."""
    twice = KANJI.encode().decode("latin-1").encode()
    written = b"Content-Type: text/plain; charset=utf-8\r\nSubject: x\r\n\r\n" + twice
    assert parse(written, TWICE).text == KANJI


@pytest.mark.parametrize("charset", CHARSETS)
def test_no_bytes_and_no_charset_make_it_fail(charset: str) -> None:
    """Every charset of the list reads every byte."""
    everything = bytes(range(256)) * 3
    assert parse(b"Subject: " + everything[14:250] + b"\n\n" + everything, charset) is not None


def test_a_mail_is_read_again_where_its_words_stand_and_back(both: Team) -> None:
    """The look changes nothing; the choice changes subject, name, text, list and search; taking it back, too."""
    store, desk = both.store, both.sato
    [taken] = import_mails(store, both.box, [("a.eml", raw())])
    assert taken.conversation is not None
    assert taken.message is not None
    number, message = taken.conversation, taken.message
    before = desk.conversations.get(number)
    assert before.summary.subject != "返品について"
    look = desk.charsets.look(message, "euc-jp")
    assert (look.subject, look.sender, look.lines[0], look.lossy) == (
        "返品について",
        "渡邉 美咲",
        KANJI,
        False,
    )
    assert desk.conversations.get(number) == before
    assert not desk.inbox.page(Tab.ALL, query="手続き").rows

    recoded = desk.charsets.choose([message], "euc-jp")
    assert repair(store, both.box) == 1
    assert repair(store, both.box) == 0
    after = desk.conversations.get(number)
    assert (after.messages[0].subject, after.messages[0].text.strip()) == ("返品について", KANJI)
    assert (after.summary.subject, after.summary.customer_name) == ("返品について", "渡邉 美咲")
    assert after.customer.name == "渡邉 美咲"
    assert KANJI[:4] in after.summary.snippet
    assert after.summary.version == before.summary.version
    assert [row.id for row in desk.inbox.page(Tab.ALL, query="手続き").rows] == [number]
    assert desk.charsets.chosen(message) == "euc-jp"
    assert [event.what for event in after.events][-2:] == ["recode", "recoded"]

    desk.charsets.undo(recoded)
    assert repair(store, both.box) == 1
    back = desk.conversations.get(number)
    assert (back.messages, back.summary.subject) == (before.messages, before.summary.subject)
    assert back.summary.customer_name == before.summary.customer_name
    assert not desk.inbox.page(Tab.ALL, query="手続き").rows


def test_the_last_choice_counts(small: Team) -> None:
    """A choice that another one overtook while the mail was read is not written."""
    [taken] = import_mails(small.store, small.box, [("a.eml", raw())])
    assert taken.message is not None
    small.sato.charsets.choose([taken.message], "cp932")
    with small.store.reading() as tx:
        [job] = repairs.asked(tx, small.box.id)
    small.suzuki.charsets.choose([taken.message], "euc-jp")
    with small.store.transaction() as tx:
        assert not repairs.apply(tx, job, parse(raw(), "cp932"))
    assert repair(small.store, small.box) == 1
    assert small.sato.conversations.get(taken.conversation or 0).summary.subject == "返品について"


def test_all_mails_of_a_sender(small: Team) -> None:
    """Those of his address, and no other's."""
    mails = [(f"{n}.eml", raw(number=n)) for n in (1, 2)] + [("o.eml", mail(7))]
    one, two, other = [taken.message or 0 for taken in import_mails(small.store, small.box, mails)]
    assert list(small.sato.charsets.of_sender(one)) == [one, two]
    small.sato.charsets.choose(small.sato.charsets.of_sender(two), "euc-jp")
    assert repair(small.store, small.box) == 2
    assert small.sato.charsets.chosen(other) == ""


def test_what_cannot_be_chosen(small: Team) -> None:
    """No such mail, no such charset: nothing is changed."""
    with pytest.raises(NotFound):
        small.sato.charsets.choose([999], "cp932")
    with pytest.raises(MaildeskError):
        small.sato.charsets.look(1, "rot13")
