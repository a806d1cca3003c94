"""What the system says is told in the language in use, not in English inside a Japanese sentence."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator

import pytest

from maildesk import locale
from maildesk.errors import system_words
from maildesk.locale.system import TEXTS


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    before = locale.current()
    yield
    locale.use(before)


@pytest.mark.parametrize("key", sorted(name for name in TEXTS if name.isupper() or ".E" in name))
def test_every_known_error_has_its_words(key: str) -> None:
    """Japanese in Japanese; in English the system's own words."""
    name = key.removeprefix("system.")
    number = getattr(errno, name)
    locale.use("ja")
    assert not system_words(OSError(number, os.strerror(number))).isascii()
    locale.use("en")
    assert system_words(OSError(number, os.strerror(number))) == os.strerror(number)


def test_names_and_silence() -> None:
    """A name that is not found and a server that does not answer have no number of the system."""
    locale.use("ja")
    assert system_words(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == (
        "サーバー名が見つかりません"
    )
    assert system_words(TimeoutError()) == "応答がありません(時間切れ)"


def test_what_is_not_known_keeps_its_own_words() -> None:
    """Rather English than nothing."""
    locale.use("ja")
    assert system_words(OSError(errno.EDOM, "odd")) == "odd"
    assert system_words(OSError()) == "OSError"
