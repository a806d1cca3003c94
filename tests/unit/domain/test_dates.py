"""Times as people say them, in Japanese and English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.business import Calendar
from maildesk.domain.dates import LAST_YEAR, moment
from maildesk.domain.holidays import is_holiday

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 10, 44, tzinfo=TOKYO)
"""A Friday."""

SAID = {
    "15:00": "11-20 15:00",
    "9時": "11-21 09:00",
    "午後3時": "11-20 15:00",
    "午前0時": "11-21 00:00",
    "5pm": "11-20 17:00",
    "12am": "11-21 00:00",
    "正午": "11-20 12:00",
    "明日": "11-21 09:00",
    "明日の午後3時半": "11-21 15:30",
    "明後日 9時": "11-22 09:00",
    "あさって": "11-22 09:00",
    "来週": "11-23 09:00",
    "来週月曜": "11-23 09:00",
    "来週の水曜日 15時": "11-25 15:00",
    "再来週火曜": "12-01 09:00",
    "金 15時": "11-27 15:00",
    "月曜": "11-23 09:00",
    "月末": "11-30 09:00",
    "月末 17時": "11-30 17:00",
    "来月末": "12-31 09:00",
    "来月": "12-01 09:00",
    "来月3日 9時": "12-03 09:00",
    "25日": "11-25 09:00",
    "3日": "12-03 09:00",
    "3営業日": "11-26 09:00",
    "3営業日後 15時": "11-26 15:00",
    "2時間後": "11-20 12:44",
    "2時間半後": "11-20 13:14",
    "30分後": "11-20 11:14",
    "3日後": "11-23 10:44",
    "3日後 15時": "11-23 15:00",
    "1週間後": "11-27 10:44",
    "1か月後": "12-20 10:44",
    "11/25 10:00": "11-25 10:00",
    "11月25日": "11-25 09:00",
    "tomorrow 9am": "11-21 09:00",
    "tomorrow at 9:30 pm": "11-21 21:30",
    "next mon": "11-23 09:00",
    "Next Friday 5pm": "11-27 17:00",
    "fri 15:00": "11-27 15:00",
    "in 3 days": "11-23 10:44",
    "in an hour": "11-20 11:44",
    "in 2 working days": "11-25 09:00",
    "end of month": "11-30 09:00",
    "3d 14:00": "11-23 14:00",
    "3d": "11-23 10:44",
    "2h": "11-20 12:44",
    "+2h": "11-20 12:44",
}


@pytest.mark.parametrize("said", SAID)
def test_what_people_say(said: str) -> None:
    """Each means the one time that a colleague would take it for."""
    found = moment(said, NOW, TOKYO)
    assert found is not None
    assert f"{found:%m-%d %H:%M}" == SAID[said]


@pytest.mark.parametrize(
    "said", ["", "日", "12", "25:00", "2/30", "あとで", "99999日後x", "the", "13pm x", "0月0日", "next"]
)
def test_what_says_no_time(said: str) -> None:
    """It is not guessed at."""
    assert moment(said, NOW, TOKYO) is None


_MOMENTS = st.integers(946_684_800, 3_786_912_000).map(lambda at: datetime.fromtimestamp(at, TOKYO))


@given(st.text(max_size=30), _MOMENTS)
def test_any_text_is_read_or_not(said: str, now: datetime) -> None:
    """No text raises; what is understood has a zone and a year that a clock can say."""
    found = moment(said, now, TOKYO)
    assert found is None or (found.tzinfo is not None and found.year <= LAST_YEAR)


@given(st.sampled_from(sorted(SAID)), _MOMENTS)
def test_what_is_said_lies_ahead(said: str, now: datetime) -> None:
    """Whenever it is said, it is not over yet, but for a named day of this month or week, and full width is the same."""
    found = moment(said, now, TOKYO)
    wide = said.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789:/+"})
    assert moment(wide, now, TOKYO) == found
    if found is None:  # 11/25 in a year that has it, always; the 30th of a February
        assert "日" in said
    elif not said.startswith(("月末", "end of month")):
        assert found > now - timedelta(minutes=1)


@given(st.integers(1, 28), st.integers(1, 12), st.integers(0, 23), st.integers(0, 59), _MOMENTS)
def test_a_date_and_a_time_are_that_date_and_time(
    day: int, month: int, hour: int, minute: int, now: datetime
) -> None:
    """In both spellings, this year or, when it is over, the next."""
    spoken = moment(f"{month}月{day}日 {hour}時{minute}分", now, TOKYO)
    written = moment(f"{month}/{day} {hour}:{minute:02}", now, TOKYO)
    assert spoken is not None
    assert spoken == written
    assert (spoken.month, spoken.day, spoken.hour, spoken.minute) == (month, day, hour, minute)
    assert now < spoken <= now + timedelta(days=367)


@given(st.integers(1, 30), _MOMENTS)
def test_working_days_are_monday_to_friday_but_holidays(days: int, now: datetime) -> None:
    """And as many of them as were said lie between."""

    def works(day: date) -> bool:
        return day.weekday() < 5 and not is_holiday(day)

    found = moment(f"{days}営業日後", now, TOKYO)
    assert found is not None
    assert works(found.date())
    passed = (found.date() - now.date()).days
    assert sum(works(now.date() + timedelta(days=n + 1)) for n in range(passed)) == days
    if days == 1:
        assert moment("翌営業日", now, TOKYO) == found


def test_a_working_day_is_one_of_the_shop() -> None:
    """It opens at its own time, on its own days."""
    shop = Calendar(hours=("tue-sat 10:30-17:00",), closed=("2026-11-24",))
    assert moment("翌営業日", NOW, TOKYO, shop) == datetime(2026, 11, 21, 10, 30, tzinfo=TOKYO)
    assert moment("2営業日後", NOW, TOKYO, shop) == datetime(2026, 11, 25, 10, 30, tzinfo=TOKYO)
    assert moment("2営業日後 15時", NOW, TOKYO, shop) == datetime(2026, 11, 25, 15, tzinfo=TOKYO)


def test_a_time_is_that_of_the_teams_clock() -> None:
    """The computer may stand in another zone."""
    found = moment("明日 9時", NOW.astimezone(UTC), TOKYO)
    assert found is not None
    assert found.astimezone(UTC).hour == 0
