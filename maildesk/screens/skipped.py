"""Why a conversation was left alone, in words."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.domain.outcomes import Skipped
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t
from maildesk.screens.words import colleague

_MOST = 6
"""Lines of a list of them."""


def skipped_line(one: Skipped) -> SafeText:
    """``#1044 は佐藤さんが返信中のため変更していません``."""
    who = colleague(one.holder.agent_name) if one.holder is not None else ""
    author = colleague(one.note) if one.reason == "draft" else one.note
    key = "inbox.skipped" if one.reason == "replying" else f"inbox.skipped.{one.reason}"
    return safe_line(t(key, number=one.id, who=who or author, note=one.note))


def preview_lines(count: int, changing: int, skipped: Sequence[Skipped]) -> list[SafeText]:
    """What an act would not do to all of ``count`` conversations: how many change, how many do not, and why. Nothing
    where it does it to all: the question says that."""
    lines: list[SafeText] = []
    if changing != count or skipped:
        lines.append(safe_line(t("confirm.bulk.change", count=count, changing=changing)))
    if skipped:
        lines.append(safe_line(t("confirm.bulk.skip", count=len(skipped))))
        lines += [SafeText(f"  {skipped_line(one)}") for one in skipped[:_MOST]]
        if len(skipped) > _MOST:
            lines.append(safe_line(t("confirm.more", count=len(skipped) - _MOST)))
    return lines
