"""Authentication-Results as they stand in mails (RFC 8601)."""

from __future__ import annotations

import pytest

from maildesk.domain.trust import AuthenticationField, Finding, Verdict, authenticate
from maildesk.mail.parse import parse

BODY = b"From: a@bank.example\r\nSubject: x\r\n\r\nhello\r\n"


def fields(*lines: str) -> tuple[AuthenticationField, ...]:
    """What stands in a mail with these header fields on top."""
    return parse("".join(f"{line}\r\n" for line in lines).encode() + BODY).authentication


@pytest.mark.parametrize(
    ("value", "by", "findings"),
    [
        ("mx.shop.example; none", "mx.shop.example", ()),
        ("mx.shop.example 1; spf=pass smtp.mailfrom=b@bank.example", "mx.shop.example", (("spf", "pass", "bank.example"),)),
        (
            "mx.shop.example; spf=pass (sender is ok; dmarc=fail) smtp.mailfrom=bank.example;"
            "\r\n\tdkim=pass (2048-bit key) header.d=bank.example header.i=@bank.example;"
            "\r\n\tdmarc=pass (p=REJECT) header.from=bank.example",
            "mx.shop.example",
            (("spf", "pass", "bank.example"), ("dkim", "pass", "bank.example"), ("dmarc", "pass", "bank.example")),
        ),
        ("MX.shop.example; DKIM=Pass header.i=@bank.example", "mx.shop.example", (("dkim", "pass", "bank.example"),)),
        ("mx.shop.example; dkim = fail reason=\"bad; signature\" header.d = x.example", "mx.shop.example", (("dkim", "fail", "x.example"),)),
        ("\"mx.shop.example\"; dmarc/1=fail", "mx.shop.example", (("dmarc", "fail", ""),)),
        ("(comment (nested) ; x) mx.shop.example (v1) ; spf=none", "mx.shop.example", (("spf", "none", ""),)),
        ("mx.shop.example; arc=pass; auth=pass smtp.auth=me; spf=neutral", "mx.shop.example", (("spf", "neutral", ""),)),
        ("mx.shop.example; spf=\x1b[31mpass", "mx.shop.example", (("spf", "", ""),)),
        ("; spf=pass", "", (("spf", "pass", ""),)),
        ("", "", ()),
        ("mx.shop.example; spf", "mx.shop.example", ()),
        ("mx.shop.example; (((", "mx.shop.example", ()),
    ],
)  # fmt: skip
def test_one_field(value: str, by: str, findings: tuple[tuple[str, str, str], ...]) -> None:
    """Comments, quotes, folding, blanks and case as the grammar has them, and what hostile hands make of it."""
    (found,) = fields(f"Authentication-Results: {value}")
    assert found.by == by
    assert found.findings == tuple(Finding(*f) for f in findings)


def test_the_servers_above_a_field() -> None:
    """Whose Received stand above it, from the top; a name in a comment or in HELO is not whose it is."""
    found = fields(
        "Received: from inner.shop.example by store.shop.example with LMTP; Fri, 1 Aug 2025 10:00:00 +0900",
        "Authentication-Results: one.example; spf=pass",
        "Received: from x (helo=by.evil.example) (by faked.example) by mx.shop.example; Fri, 1 Aug 2025",
        "Authentication-Results: two.example; spf=pass",
        "Received: nonsense",
        "Authentication-Results: three.example; spf=pass",
    )
    hops = [one.hops for one in found]
    assert hops == [
        ("store.shop.example",),
        ("store.shop.example", "mx.shop.example"),
        ("store.shop.example", "mx.shop.example", ""),
    ]


@pytest.mark.parametrize("own_place", ["above", "below"])
def test_a_forged_field_changes_nothing(own_place: str) -> None:
    """The same mail with and without a field in our server's name that it brought itself."""
    ours = "Authentication-Results: mx.shop.example; dmarc=fail header.from=bank.example"
    received = "Received: from evil.example by mx.shop.example; Fri, 1 Aug 2025 10:00:00 +0900"
    forged = "Authentication-Results: mx.shop.example; dmarc=pass; dkim=pass header.d=bank.example"
    top = [ours, received] if own_place == "above" else [received, ours]
    for lines in (top, [*top, forged], [*top, "Received: from a by mx.shop.example", forged]):
        found = authenticate(fields(*lines), "mx.shop.example", "bank.example")
        assert found is not None
        assert (found.verdict, found.dkim) == (Verdict.FAIL, "")


def test_many_fields_cost_little() -> None:
    """Twenty are read, of the first hundred servers; one field is read up to 8 KiB."""
    raw = "".join(f"Received: by h{n}.example\r\nAuthentication-Results: a; spf=pass\r\n" for n in range(500))
    found = parse(raw.encode() + BODY).authentication
    assert len(found) == 20
    assert max(len(one.hops) for one in found) <= 100
    (long,) = fields("Authentication-Results: mx; " + "dkim=pass;" * 100_000)
    assert len(long.findings) <= 30
