"""Addresses: compared without regard to case, answered however odd they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.address import Address, is_valid, unique, wire
from maildesk.mail.compose import Outgoing, build
from maildesk.mail.parse import parse
from maildesk.sync.smtp import envelope_forms

REAL_SHAPES = (
    "taro..yamada@docomo.ne.jp",
    "taro...yamada@docomo.ne.jp",
    "taro.@docomo.ne.jp",
    "taro..@docomo.ne.jp",
    "taro.-.yamada@docomo.ne.jp",
    "taro-@docomo.ne.jp",
    "taro_@docomo.ne.jp",
    "-taro@docomo.ne.jp",
    "_taro_@docomo.ne.jp",
    "t.a.r.o.@docomo.ne.jp",
    "0..0@docomo.ne.jp",
    "a--b..c--d.@docomo.ne.jp",
    "....a@docomo.ne.jp",
    "love..love..love@docomo.ne.jp",
    "x.......y@docomo.ne.jp",
    ".taro@ezweb.ne.jp",
    "..taro@ezweb.ne.jp",
    "taro.@ezweb.ne.jp",
    "taro..hanako@ezweb.ne.jp",
    ".t.a.r.o.@ezweb.ne.jp",
    "taro-.-@ezweb.ne.jp",
    "taro/hanako@ezweb.ne.jp",
    "taro?hanako@ezweb.ne.jp",
    "taro+hanako@ezweb.ne.jp",
    "taro.@au.com",
    "..@au.com",
    "-.-@t.vodafone.ne.jp",
    "taro..@softbank.ne.jp",
    "taro.@willcom.com",
    "taro..yamada.@disney.ne.jp",
)
"""As the carriers handed them out until about 2009; customers keep them to this day (row 54)."""


@pytest.mark.parametrize(
    "address",
    [
        '"e x"@example.jp',
        '"a,b"@example.jp',
        '"a@b"@example.jp',
        '"a\\"b"@example.jp',
        '"()<>[]:;"@example.jp',
        '" "@example.jp',
        '"foo..bar"@docomo.ne.jp',
        '"simple"@example.jp',
    ],
)
@pytest.mark.parametrize("form", ["{}", "<{}>", "客 <{}>", "{}, b@example.jp", "客 < {} >"])
def test_a_quoted_local_part_is_read_and_answered(address: str, form: str) -> None:
    """Blanks and signs in it are part of the address (RFC 5321 4.1.2); needless quotes make no second customer."""
    mail = parse(f"From: {form.format(address)}\r\nSubject: x\r\n\r\nhello\r\n".encode())
    assert mail.from_.key() == Address("", address).key()
    for written in (mail.from_.address, address):
        answer = build(
            Outgoing(
                from_=Address("見本商店", "info@shop.example"),
                to=(Address("", written), Address("名前", f"{written}.example")),
                subject="Re: x",
                text="はい。",
                message_id="<md.0123456789abcdef0123456789abcdef@shop.example>",
                date=datetime(2026, 11, 21, tzinfo=UTC),
                x_maildesk_id="1",
            )
        )
        assert parse(answer).to[0].key() == mail.from_.key()
        assert envelope_forms(written) == envelope_forms(mail.from_.address)


@pytest.mark.parametrize("address", REAL_SHAPES)
@pytest.mark.parametrize("quoted", [False, True])
def test_carriers_addresses_are_read_and_answered(address: str, quoted: bool) -> None:
    """As the phone wrote it, with or without quotation marks, it is one customer, and our answer reaches him."""
    local, _, domain = address.rpartition("@")
    written = f'"{local}"@{domain}' if quoted else address
    mail = parse(f"From: =?utf-8?B?5bGx55Sw?= <{written}>\r\nSubject: x\r\n\r\nhello\r\n".encode())
    assert mail.from_ == Address("山田", address)
    assert is_valid(mail.from_.address)
    answer = build(
        Outgoing(
            from_=Address("見本商店", "info@shop.example"),
            to=(mail.from_,),
            subject="Re: x",
            text="はい。",
            message_id="<md.0123456789abcdef0123456789abcdef@shop.example>",
            date=datetime(2026, 11, 21, tzinfo=UTC),
            x_maildesk_id="1",
        )
    )
    assert parse(answer).to == (Address("山田", address),)
    assert envelope_forms(address)[-1] == address


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


@given(
    st.lists(
        st.sampled_from(["a@x.example", "A@X.example", "a@X.EXAMPLE.", "b@x.example", "", " b@x.example"])
    )
)
def test_nobody_is_addressed_twice(addresses: list[str]) -> None:
    """However an address is spelt, the envelope has it once (row 14)."""
    found = unique(Address("", a) for a in addresses)
    keys = [a.key() for a in found]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {Address("", a).key() for a in addresses} - {""}
