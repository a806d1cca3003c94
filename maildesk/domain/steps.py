"""What a macro is made of: actions of the keymap, texts that are typed, and keys that are neither. Written so that a
colleague with other keys can run it: an action stands by its id, not by the key that was pressed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

MOST = 500
"""Steps in one macro."""

_WRITTEN = re.compile(
    r"(?P<action>[a-z]{1,30}\.[a-z0-9_.]{1,40})(?: (?P<times>[1-9][0-9]{0,2}))?|<(?P<key>[A-Za-z0-9_+]{1,40})>"
)


@dataclass(frozen=True, slots=True)
class Act:
    """An action, by its id, so many times."""

    id: str
    times: int = 1

    def __str__(self) -> str:
        return self.id if self.times == 1 else f"{self.id} {self.times}"


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that is typed into a field."""

    text: str

    def __str__(self) -> str:
        return f"={self.text}"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key that is no action: ``ctrl+s`` in a dialog."""

    key: str

    def __str__(self) -> str:
        return f"<{self.key}>"


Step = Act | Typed | Pressed


def read(written: str) -> Step | None:
    """The step that ``str`` of one wrote: ``conversation.done``, ``list.down 3``, ``=text``, ``<ctrl+s>``; None for
    anything else."""
    if written.startswith("="):
        return Typed(written[1:]) if len(written) > 1 else None
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    if found["key"] is not None:
        return Pressed(found["key"])
    return Act(found["action"], int(found["times"] or 1))


def joined(steps: Iterable[Step]) -> list[Step]:
    """``steps`` with characters that were typed one after the other as one text."""
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Typed) and found and isinstance(last := found[-1], Typed):
            found[-1] = replace(last, text=last.text + step.text)
        else:
            found.append(step)
    return found


@dataclass(frozen=True, slots=True)
class Macro:
    """Steps under a letter, with words of what they are for ('' where nobody said)."""

    letter: str
    steps: tuple[Step, ...]
    about: str = ""
