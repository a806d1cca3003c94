"""The linear mode: the desk by questions and answers, a line after the other, as a screen reader reads them.

No cursor is moved, nothing is coloured, nothing that was printed changes. The commands bear the letters of the app's
keys. What can be done is done by the same use cases of the desk.
"""

from __future__ import annotations

from maildesk.plain.lines import Lines
from maildesk.plain.session import Session

__all__ = ["Lines", "Session"]
