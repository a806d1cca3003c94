"""What a template can say without the agent's help: one table of variables, each with a Japanese name.

Names are flat: ``{{ customer_name }}``, ``{{ customer.name }}`` and ``{{ 顧客名 }}`` are the same variable.
Every other name is free: the agent fills it in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from maildesk.domain.customer import CustomerField, FieldType
from maildesk.domain.orders import order_numbers
from maildesk.domain.template import Value, Values
from maildesk.locale import t


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that the desk fills in: its name and its Japanese name. ``multiline`` values keep their
    line ends."""

    name: str
    japanese: str
    multiline: bool = False

    @property
    def description(self) -> str:
        """What it holds, in the language in use."""
        return t(f"templates.variable.{self.name}")


VARIABLES: tuple[Variable, ...] = (
    Variable("customer_name", "顧客名"),
    Variable("customer_address", "顧客アドレス"),
    Variable("order_number", "注文番号"),
    Variable("shop_name", "店舗名"),
    Variable("shop_address", "店舗アドレス"),
    Variable("agent_name", "担当者名"),
    Variable("subject", "件名"),
    Variable("today", "今日"),
    Variable("signature", "署名", multiline=True),
)
KNOWN: dict[str, Variable] = {v.name: v for v in VARIABLES} | {v.japanese: v for v in VARIABLES}


def canonical(name: str) -> str:
    """The one name of a variable: ``customer_name`` for ``顧客名``, the name itself for a free variable."""
    return KNOWN[name].name if name in KNOWN else name


class Party(Protocol):
    """Who has a name and a mail address: a customer, a shop's mailbox."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...


class Person(Protocol):
    """Who has a name: an agent."""

    @property
    def name(self) -> str: ...


_REPLY = re.compile(r"^\s*(?:(?:re|fwd?|返信|転送)(?:\[\d+\])?\s*[:\uff1a]\s*)+", re.IGNORECASE)


def variables_for(
    customer: Party,
    shop: Party,
    agent: Person,
    subject: str,
    text: str,
    now: datetime,
    *,
    signature: str = "",
    order_patterns: Sequence[str] = (),
    fields: Mapping[CustomerField, str] | None = None,
) -> Values:
    """The values for a reply to a mail with this ``subject`` and ``text``. ``now`` is local time where the
    desk is.

    A customer who is named by his address alone has no name. The order number is the first one in the
    subject, else in the text. What is not known is left out and so becomes a gap where a template prints
    it. ``fields`` are what the desk's own fields say of the customer: ``{{ customer_rank }}`` and
    ``{{ 会員ランク }}`` for the field ``rank`` of that label.
    """
    orders = order_numbers(f"{subject}\n{text}", order_patterns)
    values: dict[str, Value] = {
        "customer_name": "" if customer.name.casefold() == customer.address.casefold() else customer.name,
        "customer_address": customer.address,
        "order_number": orders[0] if orders else "",
        "shop_name": shop.name,
        "shop_address": shop.address,
        "agent_name": agent.name,
        "subject": _REPLY.sub("", subject),
        "today": now.date(),
        "signature": signature,
    }
    for described, said in (fields or {}).items():
        value = date.fromisoformat(said) if said and described.type is FieldType.DATE else said
        values.setdefault(f"customer_{described.name}", value)
        values.setdefault(described.label, value)
    return {name: value for name, value in values.items() if value != ""}
