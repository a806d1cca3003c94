"""What a timeline shows: one entry for each thing that happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from maildesk.domain.safetext import SafeText
from maildesk.widgets.text import NOTHING

EntryKind = Literal["inbound", "outbound", "comment", "phone", "event"]
PieceKind = Literal["text", "quote", "signature", "attachments", "note", "warning"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message's body."""

    kind: PieceKind
    text: SafeText


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``left`` and ``right`` are the ends of its first line (who and when; files,
    ways); ``folded`` whether only that line shows at first. An event has no pieces."""

    id: str
    kind: EntryKind
    left: SafeText
    right: SafeText = NOTHING
    pieces: tuple[Piece, ...] = ()
    unread: bool = False
    folded: bool = False
