"""What our own server found is believed, nobody else's words; and what a careful reader would notice."""

from __future__ import annotations

import pytest

from maildesk.domain.address import Address
from maildesk.domain.trust import (
    WARNINGS,
    AuthenticationField,
    Finding,
    Verdict,
    authenticate,
    imitates,
    warnings,
)

OURS = "mx.shop.example"
PASS = (Finding("dmarc", "pass", "bank.example"),)
FAIL = (Finding("dmarc", "fail", "bank.example"),)


def verdict(*fields: AuthenticationField, authserv_id: str = OURS) -> Verdict | None:
    """What follows for a mail from ``bank.example``."""
    found = authenticate(fields, authserv_id, "bank.example")
    return found.verdict if found else None


def test_only_our_own_server_is_believed() -> None:
    """A name that is not configured says nothing, whatever it says; no name configured: nobody is believed."""
    assert verdict(AuthenticationField(OURS, FAIL)) is Verdict.FAIL
    assert verdict(AuthenticationField("MX.Shop.Example", PASS)) is Verdict.PASS
    assert verdict(AuthenticationField("mx.evil.example", PASS)) is None
    assert verdict(AuthenticationField(OURS, PASS), authserv_id="") is None
    assert verdict() is None


def test_what_a_mail_brings_along_is_not_ours() -> None:
    """A forged field in our server's name lies below the one that our server put on top."""
    ours = AuthenticationField(OURS, FAIL)
    below = AuthenticationField(OURS, PASS, hops=(OURS,))
    assert verdict(ours, below) is Verdict.FAIL
    # also where our server writes its own below its Received
    first = AuthenticationField(OURS, FAIL, hops=(OURS,))
    assert verdict(first, below) is Verdict.FAIL
    # and it cannot add a method at which ours has not looked
    spf_only = AuthenticationField(OURS, (Finding("spf", "fail", "bank.example"),), hops=(OURS,))
    assert verdict(spf_only, below) is Verdict.FAIL


def test_below_another_server_nothing_is_ours() -> None:
    """Our server put nothing on: what stands under a stranger's Received is a stranger's."""
    assert verdict(AuthenticationField(OURS, PASS, hops=(OURS, "relay.evil.example"))) is None
    # inner hops of ours, by whatever name, before the border are no strangers
    inner = ("2001:db8::1", "mx2.shop.example", OURS)
    assert verdict(AuthenticationField(OURS, PASS, hops=inner)) is Verdict.PASS


def test_findings_of_several_fields_of_ours_add_up() -> None:
    """Two checkers of one server, each with its own field above the first Received."""
    spf = AuthenticationField(OURS, (Finding("spf", "softfail", "bank.example"),))
    dkim = AuthenticationField(OURS, (Finding("dkim", "pass", "mail.bank.example"),))
    found = authenticate((spf, dkim), OURS, "bank.example")
    assert found is not None
    assert (found.spf, found.dkim, found.dmarc, found.verdict) == ("softfail", "pass", "", Verdict.PASS)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([("dmarc", "pass", "")], Verdict.PASS),
        ([("dmarc", "fail", ""), ("dkim", "pass", "bank.example")], Verdict.FAIL),
        ([("dkim", "pass", "bank.example")], Verdict.PASS),
        ([("dkim", "pass", "evil.example")], Verdict.UNKNOWN),
        ([("spf", "pass", "evil.example")], Verdict.UNKNOWN),
        ([("spf", "pass", "bounce.bank.example")], Verdict.PASS),
        ([("spf", "pass", "notbank.example")], Verdict.UNKNOWN),
        ([("spf", "fail", "bank.example")], Verdict.FAIL),
        ([("spf", "softfail", "bank.example")], Verdict.UNKNOWN),
        ([("spf", "fail", "x"), ("dkim", "pass", "bank.example")], Verdict.PASS),
        ([("dkim", "fail", "list.example"), ("dkim", "pass", "bank.example")], Verdict.PASS),
        ([("dkim", "fail", "bank.example")], Verdict.FAIL),
        ([("dmarc", "none", ""), ("spf", "none", "")], Verdict.UNKNOWN),
        ([("dmarc", "temperror", "")], Verdict.UNKNOWN),
        ([], Verdict.UNKNOWN),
    ],
)
def test_what_follows_for_the_address_in_from(
    findings: list[tuple[str, str, str]], expected: Verdict
) -> None:
    """DMARC decides; without it a pass counts only for the domain in From, and only a clear fail is one."""
    assert verdict(AuthenticationField(OURS, tuple(Finding(*f) for f in findings))) is expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("shop.example", False),
        ("例え.example", False),
        ("ラーメン屋abc.example", False),
        ("ひらがなカタカナ漢字.example", False),
        ("почта.example", False),
        ("münchen.example", False),
        ("xn--r8jz45g.example", False),
        ("p\u0430ypal.example", True),  # one Cyrillic letter
        ("\u0430\u0440\u0440\u04cf\u0435.example", True),  # all Cyrillic, reads like a Latin word
        ("xn--80ak6aa92e.example", True),  # the same, as it travels
        ("g\u03bf\u03bfgle.example", True),  # Greek
        ("\u30e9\u30fc\u043c.example", True),  # Katakana and Cyrillic
        ("\uff53\uff48\uff4f\uff50.example", True),  # full width
        ("xn--.example", False),
        ("xn--\u3042.example", False),
        ("", False),
    ],
)
def test_domains_that_imitate(domain: str, expected: bool) -> None:
    """Japanese scripts go together and with Latin, as on any shop's sign; others do not mix."""
    assert imitates(domain) is expected


OWN = frozenset({"info@shop.example"})


@pytest.mark.parametrize(
    ("name", "address", "reply_to", "expected"),
    [
        ("山田 太郎", "taro@mail.example", (), ()),
        ("taro@mail.example", "taro@mail.example", (), ()),
        ("TARO@MAIL.example", "taro@mail.example", (), ()),
        ("info@shop.example", "x@evil.example", (), ("address-in-name",)),
        ("Bank <info@bank.example>", "x@evil.example", (), ("address-in-name",)),
        ("info＠bank.example", "x@evil.example", (), ("address-in-name",)),
        ("a @ b", "x@evil.example", (), ()),
        ("", "taro@mail.example", ("taro@mail.example",), ()),
        ("", "taro@mail.example", ("x@evil.example",), ("reply-to-differs",)),
        ("", "info@shop.example", ("taro@mail.example",), ()),
        ("", "a@p\u0430ypal.example", (), ("mixed-script",)),
        ("", "a@mail.example", ("a@p\u0430ypal.example",), ("mixed-script", "reply-to-differs")),
    ],
)
def test_what_a_careful_reader_would_notice(
    name: str, address: str, reply_to: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """Row 63; a contact form of our own that names the customer in Reply-To is no warning."""
    found = warnings(Address(name, address), [Address("", a) for a in reply_to], own=OWN)
    assert found == expected


def test_the_gravest_comes_first() -> None:
    """All marks at once stand in the order in which they are shown."""
    found = warnings(
        Address("a@b.example", "x@p\u0430ypal.example"),
        [Address("", "y@z.example")],
        own=OWN,
        verdict=Verdict.FAIL,
        unproven=True,
        first_time=True,
    )
    assert found == WARNINGS
