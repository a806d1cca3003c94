"""What the pickers of times offer."""

from __future__ import annotations

from datetime import UTC, datetime

from maildesk import locale
from maildesk.screens import choices

SUNDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_no_time_is_offered_twice() -> None:
    """On a Sunday next Monday is tomorrow."""
    for now, monday in ((SUNDAY, False), (SATURDAY, True)):
        times = [choice.value.until for choice in choices.send_times(now, UTC)]
        assert len(set(times)) == len(times)
        assert (locale.t("picker.snooze.monday") in [c.label for c in choices.send_times(now, UTC)]) is monday


def test_a_time_to_send_is_no_time_to_wait() -> None:
    """The same words typed: a conversation waits until then, a reply is sent then. What is over is not offered."""
    locale.use("ja")
    waiting, sending = (ask("11/25 15:00", SUNDAY, UTC) for ask in (choices.wait_until, choices.send_at))
    assert waiting is not None
    assert sending is not None
    assert (waiting.label, sending.label) == (
        "2026/11/25(水) 15:00 まで(あと 3 日 12 時間)",
        "2026/11/25 15:00 に送信",
    )
    assert waiting.value == sending.value
    assert choices.send_at("2020/11/21 9:00", SUNDAY, UTC) is None
