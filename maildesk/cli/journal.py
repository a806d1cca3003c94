"""What the commands of an agent did last, in a file of his own, so that ``maildesk undo`` can take it back.

One line of JSON an act, only of this computer's user (mode 0600), with what the acted-on fields were: no mail text.
Which store it was is kept as a hash, for an address may hold a password. A line that cannot be read is passed over:
what is lost with it is a chance to undo, nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from maildesk.domain.customer import CustomerUndo, IdentityKind
from maildesk.domain.outcomes import Before, Undo
from maildesk.domain.phone import CallState, CallUndo
from maildesk.domain.repair import Recoded
from maildesk.domain.status import Priority, Sort, StateTab, Status, Tab, WaitingReason
from maildesk.domain.talk import TalkUndo
from maildesk.domain.view import View, ViewUndo

MOST = 20
"""Acts of an agent that are kept."""
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Discarded:
    """My draft that was thrown away."""

    conversation_id: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply that was queued, and that can be taken back until it leaves."""

    outbox_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True)
class Several:
    """What one command did one after the other; it is taken back from the end."""

    acts: tuple[Act, ...]


Act = Undo | CustomerUndo | CallUndo | TalkUndo | ViewUndo | Recoded | Discarded | Sent | Several
"""What a command did, as what takes it back."""

_KNOWN: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Undo,
        Before,
        CustomerUndo,
        CallUndo,
        TalkUndo,
        ViewUndo,
        View,
        Recoded,
        Discarded,
        Sent,
        Several,
        StateTab,
        CallState,
        IdentityKind,
        Priority,
        Sort,
        Status,
        Tab,
        WaitingReason,
    )
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: the command that did it, when, and how it is taken back."""

    verb: str
    at: datetime
    act: Act


class Journal:
    """The acts of one agent at one store."""

    def __init__(self, path: Path, store: str, agent: str) -> None:
        self._path = path
        self._who = [hashlib.sha256(store.encode()).hexdigest()[:16], agent]

    def entries(self) -> tuple[Entry, ...]:
        """What can be taken back, the last act first."""
        with suppress(OSError), self._locked():
            return tuple(_entry(line) for line in reversed(self._mine(self._lines())))
        return ()

    def add(self, verb: str, act: Act) -> None:
        """Write down what was just done. Where it cannot be written, it cannot be undone: what was done stays done."""
        entry = {"who": self._who, "verb": verb, "at": datetime.now(UTC).isoformat(), "act": plain(act)}
        with suppress(OSError), self._locked():
            lines = [*self._lines(), entry]
            older = self._mine(lines)[:-MOST]
            self._write([line for line in lines if line not in older][-_MOST_LINES:])

    def remove(self, entry: Entry) -> None:
        """It was taken back, or never can be."""
        with suppress(OSError), self._locked():
            gone = {"who": self._who, "verb": entry.verb, "at": entry.at.isoformat()}
            self._write([line for line in self._lines() if not gone.items() <= line.items()])

    def _mine(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [line for line in lines if line["who"] == self._who]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self._path.with_suffix(".lock"), "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _lines(self) -> list[dict[str, Any]]:
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return []
        found = []
        for line in text.splitlines():
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                one = json.loads(line)
                _entry(one)
                found.append(one)
        return found

    def _write(self, lines: list[dict[str, Any]]) -> None:
        new = self._path.with_suffix(".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        os.replace(new, self._path)


def _entry(line: Mapping[str, Any]) -> Entry:
    return Entry(line["verb"], datetime.fromisoformat(line["at"]), read(line["act"]))


def plain(value: object) -> Any:
    """A value as JSON that :func:`read` reads back: what JSON has no form of is an object with its kind."""
    if isinstance(value, Enum) or (is_dataclass(value) and not isinstance(value, type)):
        name = type(value).__name__
        if _KNOWN.get(name) is not type(value):
            raise TypeError(name)
        if isinstance(value, Enum):
            return {"is": name, "of": value.value}
        return {"is": name, "of": {f.name: plain(getattr(value, f.name)) for f in fields(value)}}
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return {"is": "at", "of": value.isoformat()}
        case list():
            return [plain(one) for one in value]
        case tuple():
            return {"is": "tuple", "of": [plain(one) for one in value]}
        case set() | frozenset():
            return {"is": "set", "of": [plain(one) for one in sorted(value)]}
        case Mapping():
            return {"is": "map", "of": [[plain(k), plain(v)] for k, v in value.items()]}
    raise TypeError(type(value).__name__)


def read(value: Any) -> Any:
    """The reverse of :func:`plain`. Raises ValueError, KeyError, TypeError for what it did not make."""
    if isinstance(value, list):
        return [read(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind, of = value["is"], value["of"]
    match kind:
        case "at":
            return datetime.fromisoformat(of)
        case "tuple":
            return tuple(read(one) for one in of)
        case "set":
            return frozenset(read(one) for one in of)
        case "map":
            return {read(k): read(v) for k, v in of}
    made = _KNOWN[kind]
    return made(of) if issubclass(made, Enum) else made(**{name: read(one) for name, one in of.items()})
