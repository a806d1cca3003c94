"""What can go wrong, in one tree.

::

    MaildeskError
    ├── UsageError            a wrong word on the command line, an unsuitable terminal          exit 2
    ├── ConfigError           a setting: which file, which line, which key                      exit 3
    ├── StoreError            the store: read-only, full, of another schema                     exit 1
    │   ├── StoreUnreachable  a database that does not answer                                   exit 4
    │   ├── StoreLoginRefused a database that does not know this login                          exit 5
    │   └── StoreRefused      the database does not permit it to this login                     exit 8
    ├── NotFound              no such conversation, template, agent                             exit 7
    ├── NotPermitted          the role does not allow it                                        exit 8
    ├── MailServerError       IMAP                                                              exit 4
    │   ├── LoginRefused      user, password or token not accepted                              exit 5
    │   │   └── LoginNeeded   a person has to sign in again (OAuth)
    │   ├── ConnectionLost    no connection, or gone in the middle
    │   └── ServerMisbehaved  an answer that the protocol does not allow
    ├── DeliveryError         SMTP                                                              exit 4
    │   ├── Refused           5xx: will not be delivered
    │   ├── TryLater          4xx, or no connection before the final dot
    │   └── Uncertain         no answer after the final dot
    ├── ComposeError          a mail that cannot be built safely                                exit 1
    └── TemplateError         a reply template: name, line, what is missing                     exit 1

Each error has a text for a person and, where there is a remedy, a hint, both from ``locale/errors.py`` in the
language in use: ``errors.<key>`` and ``errors.<key>.hint``. Expected outcomes (a claim held by somebody else, a
stale view) are values of :mod:`maildesk.domain`, never exceptions.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from maildesk.locale import has, t


def system_words(error: BaseException) -> str:
    """What the operating system or the network says is wrong, in the language in use; in its own words where ours has
    none for it, and the kind of error where it says nothing."""
    name = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    if type(error).__name__ == "gaierror":
        name = "name"
    elif isinstance(error, TimeoutError) and not name:
        name = "timeout"
    if name and has(f"system.{name}"):
        return t(f"system.{name}")
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class MaildeskError(Exception):
    """Something went wrong; ``key`` names the text, ``values`` fill it in.

    ``str(error)`` is the text for a person, ``error.hint`` says what to do next ('' where nothing can be said).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return t(f"errors.{self.key}", **self.values)

    @property
    def hint(self) -> str:
        """What to do about it, '' where nothing can be said."""
        key = f"errors.{self.key}.hint"
        return t(key, **self.values) if has(key) else ""


@dataclass(frozen=True, slots=True)
class Told:
    """What was said, kept so that each reader has it in his own language: the key of a text and what fills it in.
    ``words`` are for where there is no key: what a server said, as it said it."""

    words: str = ""
    key: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, error: MaildeskError) -> Told:
        """An error with its hint."""
        plain = {
            n: v if isinstance(v, int | float | None) else str(v)[:2000] for n, v in error.values.items()
        }
        told = cls(key=f"errors.{error.key}", values=plain)
        return replace(told, words=str(told))

    def __str__(self) -> str:
        try:
            if self.key.partition(".")[0] not in ("errors", "sync") or not has(self.key):
                return self.words
            text, hint = t(self.key, **self.values), f"{self.key}.hint"
            return t("sync.with_hint", text=text, hint=t(hint, **self.values)) if has(hint) else text
        except (LookupError, ValueError):  # another version's text, with other values
            return self.words


class UsageError(MaildeskError):
    """A command line that cannot be obeyed, or a terminal that cannot show the app."""

    exit_code = 2


class ConfigError(MaildeskError):
    """A setting that cannot be used. ``values`` hold file, line and key where known."""

    exit_code = 3


class StoreError(MaildeskError):
    """The store cannot be reached, read or written, or has another schema."""


class StoreRefused(StoreError):
    """The database does not permit it to this login."""

    exit_code = 8


class StoreUnreachable(StoreError):
    """The database does not answer."""

    exit_code = 4


class StoreLoginRefused(StoreError):
    """The database does not accept this login."""

    exit_code = 5


class NotFound(MaildeskError):
    """No such conversation, message, template or agent."""

    exit_code = 7


class NotPermitted(MaildeskError):
    """The role of this agent does not allow it."""

    exit_code = 8


class MailServerError(MaildeskError):
    """An IMAP server did not do what was asked."""

    exit_code = 4


class LoginRefused(MailServerError):
    """A mail server did not accept user and password."""

    exit_code = 5


class LoginNeeded(LoginRefused):
    """Only a person can sign this mailbox in again, with ``maildesk login``; ``values`` hold its name."""


class ConnectionLost(MailServerError):
    """A mail server cannot be reached, or went away."""


class ServerMisbehaved(MailServerError):
    """A mail server gave an answer that its protocol does not allow."""


class DeliveryError(MaildeskError):
    """An SMTP server did not take a mail. ``reply`` holds the server's words, '' without an answer."""

    exit_code = 4

    def __init__(self, key: str, /, *, reply: str = "", **values: object) -> None:
        super().__init__(key, reply=reply, **values)
        self.reply = reply


class Refused(DeliveryError):
    """Refused for good (5xx)."""


class TryLater(DeliveryError):
    """Not now (4xx, or no connection before the final dot): nothing was delivered."""


class Uncertain(DeliveryError):
    """The final dot was written and no answer came: it may have been delivered (RFC 1047)."""


class ComposeError(MaildeskError):
    """A mail that cannot be built without a header or a recipient that nobody asked for."""


class TemplateError(MaildeskError):
    """A reply template that cannot be rendered. ``values`` hold name and line."""
