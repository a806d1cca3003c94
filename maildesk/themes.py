"""The two themes of maildesk. Every text has a contrast of 4.5:1 or more on every ground it is shown on
(tested).

Textual's own themes work too: widgets use the tokens of the theme and no colour of their own.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="maildesk-dark",
    primary="#5aa9f0",
    secondary="#c49bf2",
    accent="#5aa9f0",
    foreground="#e4e8ee",
    background="#12161c",
    surface="#1a2029",
    panel="#222a35",
    warning="#f0b84a",
    error="#ff8279",
    success="#74cf8e",
    dark=True,
    variables={
        "text-muted": "#a3adba",
        "text-warning": "#f0b84a",
        "text-error": "#ff8f87",
        "text-success": "#74cf8e",
        "text-secondary": "#cba8f5",
        "text-primary": "#7cbcf5",
        "primary-muted": "#1d3f5f",
        "secondary-muted": "#3a2d4d",
        "rule": "#3c4653",
        "footer-key-foreground": "#7cbcf5",
        "input-selection-background": "#2b5c8a",
        "block-cursor-foreground": "#e4e8ee",
        "block-cursor-background": "#1d3f5f",
        "block-cursor-text-style": "bold",
    },
)

LIGHT = Theme(
    name="maildesk-light",
    primary="#0b5aa8",
    secondary="#7336a6",
    accent="#0b5aa8",
    foreground="#1b222c",
    background="#fbfbf9",
    surface="#f2f3f1",
    panel="#e7e9e8",
    warning="#835300",
    error="#b01e1e",
    success="#17683a",
    dark=False,
    variables={
        "text-muted": "#535d69",
        "text-warning": "#7d4f00",
        "text-error": "#a91a1a",
        "text-success": "#145c33",
        "text-secondary": "#69309a",
        "text-primary": "#0a529a",
        "primary-muted": "#cfe2f5",
        "secondary-muted": "#eadff5",
        "rule": "#b9c0c8",
        "footer-key-foreground": "#0a529a",
        "input-selection-background": "#b5d3f0",
        "block-cursor-foreground": "#1b222c",
        "block-cursor-background": "#cfe2f5",
        "block-cursor-text-style": "bold",
    },
)

THEMES: tuple[Theme, ...] = (DARK, LIGHT)
"""What the app registers; ``DARK`` is the default."""


def names() -> tuple[str, ...]:
    """Every theme that can be chosen: ours first, then Textual's."""
    return (*(theme.name for theme in THEMES), *BUILTIN_THEMES)
