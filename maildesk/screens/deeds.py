"""Acts on conversations in words: what is asked before, what is said after, and what is said when it was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t


@dataclass(frozen=True, slots=True)
class Deed:
    """An act: ``kind`` is the word of its texts (``deed.<kind>.…``), ``value`` what it gave (a state, a name)."""

    kind: str
    value: str = ""

    @property
    def name(self) -> SafeText:
        """What it is called: ``対応完了``, ``社内コメント``."""
        return safe_line(t(f"deed.{self.kind}", value=self.value))

    def question(self, count: int) -> SafeText:
        """Whether it is to be done to ``count`` conversations."""
        return safe_line(t(f"deed.{self.kind}.ask", what=_many(count), value=self.value))

    def done(self, numbers: Sequence[int], key: str = "", last: Sequence[int] = ()) -> SafeText:
        """What was done to the conversations ``numbers``; ``key`` takes it back, only that to ``last`` where it was
        done one after the other."""
        said = t(f"deed.{self.kind}.done", what=of(numbers), value=self.value)
        if key and last and len(last) < len(numbers):
            said += t("deed.undo.last", key=key, what=of(last))
        elif key:
            said += t("deed.undo", key=key)
        return safe_line(said)

    def undone(self, numbers: Sequence[int]) -> SafeText:
        """That it was taken back."""
        return self._said("deed.undone", numbers)

    def stays(self, numbers: Sequence[int]) -> SafeText:
        """That it cannot be taken back."""
        return self._said("deed.stays", numbers)

    def _said(self, key: str, numbers: Sequence[int]) -> SafeText:
        if not numbers:
            return safe_line(t(f"{key}.name", what=self.name))
        return safe_line(t(key, what=f"{self.name} {of(numbers)}").rstrip())


def of(numbers: Sequence[int]) -> str:
    """``#1044 ``, as what follows it needs it; ``3 件`` for several, '' for none."""
    if not numbers:
        return ""
    return t("deed.one", number=numbers[0]) if len(numbers) == 1 else _many(len(numbers))


def _many(count: int) -> str:
    return t("deed.many", count=count)
