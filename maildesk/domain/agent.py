"""Who works at the desk and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The role of an agent."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Right(StrEnum):
    """Something that not everybody may do."""

    TAKE_OVER = "take-over"
    APPROVE = "approve"
    PEEK = "peek"
    EDIT_TEMPLATES = "edit-templates"
    ADMINISTER = "administer"


_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.EDIT_TEMPLATES}),
    Role.SUPERVISOR: frozenset({Right.EDIT_TEMPLATES, Right.TAKE_OVER, Right.APPROVE, Right.PEEK}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers mail. ``reading`` is the name in kana, for searching (すず finds 鈴木). ``needs_approval``:
    nothing of his leaves before somebody else has approved it; the database sees to that."""

    id: int
    login: str
    name: str
    role: Role = Role.AGENT
    reading: str = ""
    needs_approval: bool = False

    def may(self, right: Right) -> bool:
        """Whether the role allows ``right``."""
        return right in _RIGHTS[self.role]
