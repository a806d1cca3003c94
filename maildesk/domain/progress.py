"""How far something is that is worked off beside everything else."""

from __future__ import annotations

from typing import NamedTuple


class Progress(NamedTuple):
    """How much there is, and how much of it is left."""

    total: int
    left: int
