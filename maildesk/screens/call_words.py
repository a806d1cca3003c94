"""Telephone calls in words: how long, from which number, whether something is still to be done."""

from __future__ import annotations

from datetime import timedelta

from maildesk.domain.phone import Call, shown
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.locale import t


def duration(time: timedelta) -> SafeText:
    """``2:31``, ``1:02:31``: how long a call was."""
    seconds = int(time.total_seconds())
    hours, rest = divmod(seconds, 3600)
    return SafeText(f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}")


def call_words(call: Call) -> SafeText:
    """What is known of a call beside its memo: ``要対応  通話 2:31  番号 090-1234-5678``."""
    parts = [t(f"common.{call.state}")]
    if call.duration is not None:
        parts.append(t("history.call", duration=duration(call.duration)))
    if call.number:
        parts.append(t("history.call.number", number=shown(call.number)))
    return safe_line("  ".join(parts))
