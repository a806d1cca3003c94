"""Where the order of a mail is looked up."""

from __future__ import annotations

import pytest

from maildesk.domain.orders import is_order_url, order_page


def test_a_number_is_put_into_the_address_as_data() -> None:
    """What came from a mail ends no path and begins no query."""
    url = "https://manage.shop.example/orders/{order}?q={order}"
    assert order_page(url, "KM-004442") == "https://manage.shop.example/orders/KM-004442?q=KM-004442"
    assert order_page(url, "a/b&c#d ").endswith("/a%2Fb%26c%23d%20?q=a%2Fb%26c%23d%20")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://manage.shop.example/{order}", True),
        ("http://intra.example/?o={order}", True),
        ("https://manage.shop.example/", False),
        ("javascript:alert({order})", False),
        ("file:///etc/{order}", False),
        ("https://a b.example/{order}", False),
        ("https://a.example/{order}\x1b", False),
    ],
)
def test_only_an_address_of_the_web_is_one(url: str, good: bool) -> None:
    """And it says where the number goes."""
    assert is_order_url(url) is good
