"""What can be a label, and what labels look like in lists."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from maildesk.domain.status import Colour

MAX_LABEL = 60
"""Characters of a label."""


@dataclass(frozen=True, slots=True)
class LabelLook:
    """How this desk shows a label (``[[labels]]``). ``key`` marks it in the picker of labels, '' for none. A label
    needs none of this: whoever may label may make one."""

    name: str
    colour: Colour = "grey"
    key: str = ""


def is_label_name(name: str) -> bool:
    """Whether a name can be a label: something in one line, with nothing in it that a terminal obeys."""
    unseen = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in name)
    return bool(name.strip()) and len(name) <= MAX_LABEL and not unseen
