"""What the pickers of times offer."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from maildesk import locale
from maildesk.screens import choices

SUNDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_no_time_is_offered_twice() -> None:
    """On a Sunday next Monday is tomorrow, on a Saturday the next working day."""
    for now, monday in ((SUNDAY, False), (SATURDAY, False), (TUESDAY, True)):
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


def test_the_next_working_day_has_a_line_of_its_own() -> None:
    """On a Friday before a long weekend, in the place of Monday where it is Monday; not where it is tomorrow."""
    tokyo = ZoneInfo("Asia/Tokyo")

    def offered(day: str) -> list[str]:
        now = datetime.fromisoformat(day).replace(tzinfo=tokyo)
        return [f"{c.label} {c.note}" for c in choices.waits(now, tokyo) if c.note]

    assert "翌営業日 11/24 09:00" in offered("2026-11-20T16:00")
    assert "来週月曜9時 11/23 09:00" in offered("2026-11-20T16:00")
    assert "翌営業日 11/30 09:00" in offered("2026-11-27T16:00")
    assert not [line for line in offered("2026-11-27T16:00") if line.startswith("来週月曜")]
    assert not [line for line in offered("2026-11-25T16:00") if line.startswith("翌営業日")]
    said = choices.wait_until("翌営業日 15時", datetime(2026, 11, 20, 16, tzinfo=tokyo), tokyo)
    assert said is not None
    assert said.value.until == datetime(2026, 11, 24, 15, tzinfo=tokyo)
