"""What the app wants to know of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Literal

from maildesk import themes
from maildesk.domain.columns import COLUMNS
from maildesk.domain.notify import NotifyRules


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The settings of the app. ``hold`` is in seconds; ``zone`` is the team's (None: this computer's); ``bell``:
    whether the terminal's bell may ring; ``count_wait``: seconds in which a digit may become a count (0: never);
    ``density``: whether rows of the list take one line or two; ``columns``: those of the list that can be chosen;
    ``glyphs``: ascii where the terminal cannot show other signs; ``ambiguous``: how wide the terminal draws
    characters of which Unicode does not say it; ``dim``: whether what is behind a dialog is dimmed (auto: not over SSH,
    as the whole screen is sent for that); ``notify``: what is told outside of the app; ``macros``: the file of
    the macros; ``clipboard``: whether copies are sent to the terminal (auto: where they can arrive); ``browser``: the
    command that opens links, '' for none; ``crash_log`` is named to the user after a crash."""

    theme: str = themes.DARK.name
    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    preset: str = "standard"
    hold: float = 10.0
    after_done: Literal["next", "list"] = "next"
    zone: tzinfo | None = None
    mouse: Literal["auto", "on", "off"] = "auto"
    bell: bool = True
    count_wait: float = 0.3
    density: Literal["compact", "comfortable"] = "compact"
    columns: tuple[str, ...] = COLUMNS
    glyphs: Literal["unicode", "ascii"] = "unicode"
    ambiguous: Literal["narrow", "wide"] = "narrow"
    dim: Literal["auto", "on", "off"] = "auto"
    notify: NotifyRules = field(default_factory=NotifyRules)
    macros: Path | None = None
    clipboard: Literal["auto", "on", "off"] = "auto"
    browser: str = ""
    downloads: Path = field(default_factory=lambda: Path.home() / "Downloads")
    crash_log: Path | None = None
