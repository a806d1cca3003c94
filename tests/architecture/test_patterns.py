"""No regular expression that reads what strangers wrote repeats what is repeated: that is how a short text takes hours
(``failures.md`` row 58)."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as constants  # type: ignore[attr-defined]  # the parser that re itself uses
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType

import maildesk.desk
import maildesk.domain
import maildesk.mail
import maildesk.store
import maildesk.sync
import maildesk.templates
from maildesk.sync import smtp
from maildesk.templates import variables

PACKAGES = (maildesk.domain, maildesk.mail, maildesk.desk, maildesk.templates, maildesk.sync, maildesk.store)
MANY = 16
"""Repetitions from which on two of them, one inside the other, are too many."""
SEPARATED = {
    r"(?:[^\W_]|[-_])+(?:\.(?:[^\W_]|[-_])+)*\.?",
    r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*",
    smtp._DOT_ATOM.pattern,
    variables._REPLY.pattern,
}
"""Nested, but each round of the outer one begins with a sign that the inner one cannot match."""
REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT)


def modules() -> Iterator[ModuleType]:
    """Every module that may meet a stranger's words."""
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def patterns() -> dict[str, str]:
    """Every compiled expression of text, by where it stands."""
    return {
        f"{module.__name__}.{name}": str(
            value.pattern if isinstance(value.pattern, str) else value.pattern.decode("latin-1")
        )
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }


def is_nested(tree: object, inside: bool = False) -> bool:
    """Whether an unbounded repetition stands inside another one."""
    if isinstance(tree, parser.SubPattern | list | tuple):
        if isinstance(tree, tuple) and len(tree) == 2 and tree[0] in REPEATS:
            _, most, body = tree[1]
            many = most is constants.MAXREPEAT or most >= MANY
            return (inside and many) or is_nested(body, inside or many)
        return any(is_nested(part, inside) for part in tree)
    return False


def test_the_lint_sees_the_classics() -> None:
    """It is able to fail."""
    for pump in (r"(a+)+b", r"(?:\s*x*)*", r"([a-z]{1,100})*@", r"(?:(?:a|b)*c?)+", r"(.*,)*x"):
        assert is_nested(parser.parse(pump)), pump
    for fine in (r"a+b+", r"(?:ab)+", r"(?:a{1,3}b)*", r"[^,]*,[^,]*"):
        assert not is_nested(parser.parse(fine)), fine


def test_no_repetition_inside_a_repetition() -> None:
    """But for those that are known to be separated."""
    found = {
        where: pattern
        for where, pattern in patterns().items()
        if is_nested(parser.parse(pattern)) and pattern not in SEPARATED
    }
    assert not found, found
    assert len(patterns()) > 60
