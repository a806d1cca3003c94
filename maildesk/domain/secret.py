"""Where a password is kept: a reference that can be stored and shown, never the password itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, get_args

from maildesk.domain.endpoint import Endpoint

SecretKind = Literal["keyring", "command", "env", "file"]
SECRET_KINDS: tuple[SecretKind, ...] = get_args(SecretKind)


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a password is kept.

    ``value`` is, by ``kind``: the entry's name in the key ring (``keyring``), the argument list as JSON
    (``command``), the name of an environment variable (``env``), the path of a file (``file``).
    """

    kind: SecretKind
    value: str

    def __post_init__(self) -> None:
        if self.kind not in SECRET_KINDS:
            raise ValueError(f"a secret is kept in one of {', '.join(SECRET_KINDS)}, not in {self.kind!r}")
        if self.kind == "command":
            _arguments(self.value)

    @classmethod
    def command(cls, arguments: Sequence[str]) -> Self:
        """The program that prints the password, with its arguments; no shell reads it."""
        return cls("command", json.dumps(list(arguments), ensure_ascii=False))

    @property
    def arguments(self) -> tuple[str, ...]:
        """The program and its arguments, for ``command``."""
        return _arguments(self.value)

    def __str__(self) -> str:
        """``kind:value``, as it stands in the store; :meth:`parse` reads it."""
        return f"{self.kind}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`__str__` wrote. Raises ValueError."""
        kind, colon, value = text.partition(":")
        if not colon or kind not in SECRET_KINDS:
            raise ValueError(f"not a reference to a secret: {kind!r}")
        return cls(kind, value)


def account_name(protocol: Literal["imap", "smtp"], endpoint: Endpoint) -> str:
    """The name under which the password of ``endpoint`` is kept: ``imap:rakuten@imap.shop.example``."""
    return f"{protocol}:{endpoint.user}@{endpoint.host}"


def _arguments(value: str) -> tuple[str, ...]:
    arguments = json.loads(value)
    if not isinstance(arguments, list) or not arguments or not all(isinstance(a, str) for a in arguments):
        raise ValueError("a command is a list of words")
    return tuple(arguments)
