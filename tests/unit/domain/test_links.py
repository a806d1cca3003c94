"""Links: where they lead, and what they pretend."""

from __future__ import annotations

import time

import pytest

from maildesk.domain.links import host_of, is_odd, links, same_site, shown_host


def test_numbers_of_html_are_kept_and_plain_links_follow() -> None:
    """The notes at the end give numbers; a URL in the text comes after them, each once."""
    text = (
        "こちら[2]と https://plain.example/a。次(https://plain.example/b)も。\n\n"
        "[1] https://one.example/\n[2!] https://evil.example/x (≠ www.bank.example)"
    )
    found = links(text)
    assert [(link.number, link.host, link.shown, link.odd) for link in found] == [
        (1, "one.example", "", False),
        (2, "evil.example", "www.bank.example", True),
        (3, "plain.example", "", False),
        (4, "plain.example", "", False),
    ]
    assert [link.url for link in found[2:]] == ["https://plain.example/a", "https://plain.example/b"]


@pytest.mark.parametrize(
    ("words", "host"),
    [
        ("https://www.bank.example/login", "www.bank.example"),
        ("詳しくは http://Bank.example へ", "bank.example"),
        ("www.shop.example", "www.shop.example"),
        ("shop.example/sale", "shop.example"),
        ("info@shop.example", "shop.example"),
        ("ご注文はこちら", ""),
        ("詳細.pdf", ""),
        ("約款v1.2", ""),
        ("index.html", ""),
    ],
)
def test_the_host_that_words_name(words: str, host: str) -> None:
    """Only what looks like an address is one."""
    assert shown_host(words) == host


@pytest.mark.parametrize(
    ("url", "host", "odd"),
    [
        ("https://shop.example/", "shop.example", False),
        ("https://bank.example@evil.example/", "evil.example", True),
        ("https://evil.example\\@bank.example/", "evil.example", True),
        ("https://203.0.113.9/login", "203.0.113.9", True),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", True),
        ("https://日本語.jp/", "日本語.jp", False),
        ("mailto:a@shop.example?subject=x", "shop.example", False),
        ("https://[::1", "", False),
    ],
)
def test_urls_that_pretend(url: str, host: str, odd: bool) -> None:
    """What stands before an @ is no host; digits and foreign letters are for a second look."""
    assert is_odd(url) is odd
    assert host_of(url) == host


def test_hosts_of_one_site_belong_together() -> None:
    """www.shop.co.jp and click.shop.co.jp do, two shops of co.jp do not."""
    assert same_site("www.shop.co.jp", "click.shop.co.jp")
    assert not same_site("one.co.jp", "other.co.jp")
    assert same_site("shop.example", "a.b.shop.example")


def test_a_megabyte_of_links_is_read_in_bounded_time() -> None:
    """No more than 300 are listed."""
    began = time.process_time()
    assert len(links("https://x.example/" * 60_000)) <= 2
    assert len(links("\n".join(f"https://x{n}.example/" for n in range(30_000)))) == 300
    links("[1] https://a.example/\n" * 40_000)
    links("https://((((" * 80_000 + ")" * 10_000)
    assert time.process_time() - began < 3
