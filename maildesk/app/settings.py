"""What the app wants to know of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Literal

from maildesk import themes


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The settings of the app. ``hold`` is in seconds; ``zone`` is the team's (None: this computer's); ``bell``:
    whether the terminal's bell may ring; ``crash_log`` is named to the user after a crash."""

    theme: str = themes.DARK.name
    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    preset: str = "standard"
    hold: float = 10.0
    after_done: Literal["next", "list"] = "next"
    zone: tzinfo | None = None
    mouse: Literal["auto", "on", "off"] = "auto"
    bell: bool = True
    downloads: Path = field(default_factory=lambda: Path.home() / "Downloads")
    crash_log: Path | None = None
