"""Values of reading a mail in another charset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """How a mail would read in ``charset`` ('': its own): its subject, who wrote it, its first lines, and whether
    something is lost."""

    charset: str
    subject: str
    sender: str
    lines: Sequence[str]
    lossy: bool


@dataclass(frozen=True, slots=True)
class Recoded:
    """What was chosen before, by message ('' for the mail's own charset): hand it back to take a choice back."""

    before: Sequence[tuple[int, str]]
