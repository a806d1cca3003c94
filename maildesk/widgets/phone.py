"""Where a terminal is as narrow as on a telephone."""

from __future__ import annotations

from typing import Final

PHONE: Final = 60
"""Below this many cells rows take two lines, one thing is shown at a time, and words that can go are left out."""
