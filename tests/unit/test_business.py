"""Business hours and reply targets: what is counted, what is not, and that more time never ends earlier."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.domain.business import Calendar, is_closed, is_hours, is_working_day, next_working_day
from maildesk.domain.holidays import is_holiday
from maildesk.domain.reply_target import (
    ReopenPolicy,
    ReplyTarget,
    left,
    seconds_of,
    target_from,
    target_values,
    urgency,
)

WEEKDAYS = Calendar("Asia/Tokyo", ("mon-fri 09:00-18:00",))
LUNCH = Calendar(
    "Asia/Tokyo", ("mon-fri 09:00-12:00", "mon-fri 13:00-18:00"), ("2026-12-29..2027-01-03",), "japan"
)
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def tokyo(text: str) -> datetime:
    """A time on a wall in Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-20T15:00", "2026-11-23T10:15", 255),  # Friday to Monday
        ("2026-11-22T15:00", "2026-11-23T10:15", 75),  # from a Sunday
        ("2026-11-20T19:00", "2026-11-23T08:45", 0),  # after hours to before hours
        ("2026-11-20T09:00", "2026-11-20T09:00", 0),
        ("2026-11-20T10:00", "2026-11-20T09:00", 0),
    ],
)
def test_only_open_minutes_count(start: str, end: str, minutes: int) -> None:
    """Both ends are clipped to the hours (the documented examples of reply-time reports)."""
    assert WEEKDAYS.between(tokyo(start), tokyo(end)) == minutes * 60


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20T15:00", 4, "2026-11-24T10:00"),  # the 23rd is a holiday
        ("2026-11-20T11:30", 1, "2026-11-20T13:30"),  # the lunch pause
        ("2026-11-20T12:10", 1, "2026-11-20T14:00"),
        ("2026-12-28T17:00", 2, "2027-01-04T10:00"),  # closed at the end of the year
        ("2026-11-20T09:00", 8, "2026-11-20T18:00"),
    ],
)
def test_a_target_passes_over_nights_lunch_holidays_and_closed_days(start: str, hours: int, end: str) -> None:
    """The clock stands still whenever the shop is closed."""
    assert LUNCH.after(tokyo(start), hours * 3600) == tokyo(end)


def test_without_hours_a_shop_is_always_open() -> None:
    """The plain case is the plain clock, and so is a shop that never opens again."""
    start = tokyo("2026-11-21T23:00")
    assert Calendar().after(start, 3 * 3600) == start + timedelta(hours=3)
    shut = Calendar(hours=("mon 09:00-10:00",), closed=("2026-01-01..2099-12-31",))
    assert shut.after(start, 3600) == start + timedelta(hours=1)


def test_hours_that_do_not_exist_or_come_twice() -> None:
    """In the night in which clocks change an hour is missing, or is there twice."""
    night = Calendar("Europe/Berlin", ("mon-sun 01:00-04:00",))
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    for day, hours in ((date(2026, 3, 29), 2), (date(2026, 10, 25), 4), (date(2026, 6, 1), 3)):
        start = datetime(day.year, day.month, day.day, tzinfo=berlin)
        assert night.between(start, start + timedelta(hours=12)) == hours * 3600


_instants = st.integers(1_640_995_200, 1_893_456_000).map(lambda at: datetime.fromtimestamp(at, UTC))
_calendars = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.lists(
        st.sampled_from(
            (
                "mon-fri 09:00-12:00",
                "mon-fri 13:00-18:00",
                "sat,sun 00:30-03:15",
                "mon-sun 22:00-24:00",
                "fri-mon 1:00-2:30",
            )
        ),
        max_size=4,
        unique=True,
    ).map(tuple),
    st.sampled_from(((), ("2026-12-29..2027-01-03",))),
    st.sampled_from(("none", "japan")),
)
_seconds = st.integers(0, 60 * 3600)


@settings(max_examples=60)
@given(_calendars, _instants, _seconds, _seconds)
def test_more_time_never_ends_earlier(calendar: Calendar, start: datetime, some: int, more: int) -> None:
    """Across every change of the clocks: targets are monotone, and what is counted to one is its length."""
    first, second = calendar.after(start, some), calendar.after(start, some + more)
    assert start <= first <= second
    assert calendar.between(start, first) == some
    assert calendar.after(first, more) == second


@settings(max_examples=60)
@given(_calendars, _instants, _seconds, _seconds)
def test_stretches_add_up(calendar: Calendar, start: datetime, one: int, two: int) -> None:
    """A stretch is as long as its parts, and never longer than by the clock."""
    middle = start + timedelta(seconds=one)
    end = middle + timedelta(seconds=two)
    whole = calendar.between(start, end)
    assert whole == calendar.between(start, middle) + calendar.between(middle, end)
    assert 0 <= whole <= one + two


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23"),
        (
            2025,
            "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
        ),
    ],
)
def test_the_holidays_of_japan(year: int, days: str) -> None:
    """As the government published them, those observed instead and the one between two others included."""
    first = date(year, 1, 1)
    found = [first + timedelta(days=n) for n in range(365) if is_holiday(first + timedelta(days=n))]
    assert " ".join(f"{day.month}/{day.day}" for day in found) == days


def test_what_is_written_wrong() -> None:
    """Hours and closed days are checked where they are written."""
    assert is_hours("mon-fri 09:00-18:00")
    assert is_hours("SAT,sun 10:00-24:00")
    assert is_hours("fri-mon 9:00-10:00")
    for wrong in ("", "mon", "mon-fri 18:00-09:00", "mon 09:00-25:00", "moo 09:00-10:00", "mon 09:60-10:00"):
        assert not is_hours(wrong)
    assert is_closed("2026-12-29")
    assert is_closed("2026-12-29..2027-01-03")
    for wrong in ("", "2026-02-30", "2027-01-03..2026-12-29", "12-29"):
        assert not is_closed(wrong)
    assert (seconds_of("4h"), seconds_of("1h30m"), seconds_of("90m")) == (14_400, 5_400, 5_400)
    assert not any(seconds_of(wrong) for wrong in ("", "4", "h", "4 h", "-4h", "4d"))


def test_a_clock_that_stood_still() -> None:
    """What was spent before counts, and what is past stays past by as much."""
    target = ReplyTarget(4 * 3600, WEEKDAYS)
    start = tokyo("2026-11-20T09:00")
    spent = target.spent(start, tokyo("2026-11-20T12:00"))
    assert target.due(tokyo("2026-11-25T09:00"), spent) == tokyo("2026-11-25T10:00")
    late = target.spent(start, tokyo("2026-11-20T14:00"))
    assert target.due(tokyo("2026-11-25T09:00"), late) == tokyo("2026-11-25T08:00")
    assert target_from(target_values(target)) == target
    assert target_from(target_values(None)) is None


def test_what_is_left_in_few_cells() -> None:
    """Minutes up to a hundred hours, then days; past it with a sign, and never more than six cells."""
    now = tokyo("2026-11-20T09:00")
    for seconds, words in (
        (42 * 60, "0:42"),
        (-1, "-0:01"),
        (-12 * 60, "-0:12"),
        (0, "0:00"),
        (5_999 * 60, "99:59"),
        (6_000 * 60, "4d"),
        (-6_000 * 60, "-4d"),
    ):
        assert left(now + timedelta(seconds=seconds), now) == words
    kinds = [urgency(now + timedelta(minutes=m), now) for m in (-1, 0, 1, 60, 61)]
    assert kinds == ["late", "late", "soon", "soon", "later"]


def test_a_mere_thank_you() -> None:
    """Short, of the pattern, and no question."""
    rule = ReopenPolicy(thanks="ありがとう|thank you")
    assert rule.is_thanks("ありがとうございました。")
    assert rule.is_thanks("Thank  you very much!")
    assert not rule.is_thanks("ありがとうございます。ところで、いつ届きますか？")
    assert not rule.is_thanks("ありがとうございます。" + "長" * 200)
    assert not rule.is_thanks("届いていません。")
    assert not ReopenPolicy().is_thanks("ありがとう")


@pytest.mark.parametrize(
    "words",
    [
        "お世話になっております。山田です。無事届きました。ありがとうございました。今後ともよろしくお願いいたします。",
        "ありがとうございます!\n\n山田 花子",
        "承知しました。ありがとうございます。",
        "Thank you so much for your quick reply!\n\nJohn",
    ],
)
def test_thanks_with_courtesy(words: str) -> None:
    """Greetings, a name, and that it has arrived say nothing else."""
    assert ReopenPolicy(thanks="ありがとう|thank").is_thanks(words)


@pytest.mark.parametrize(
    "words",
    [
        "ありがとうございます。ただ、色が違います。",
        "ありがとうございました。交換をお願いします。",
        "ありがとう。キャンセルしてください。",
        "ありがとうございます\n届いていません",
        "ありがとうございますが、いつ届きますか。",
        "ありがとうございます。サイズを M から L に変えて送ってほしいです",
        "ありがとうございます。水曜日の午前中に自宅で受け取ることにします。",
        "Thanks but it is broken",
        "Thank you. Please cancel the order.",
        "Thanks, I didn't get it",
    ],
)
def test_thanks_that_say_more(words: str) -> None:
    """A request, an objection, or simply more: somebody has to look."""
    assert not ReopenPolicy(thanks="ありがとう|thank").is_thanks(words)


@pytest.mark.parametrize(
    ("now", "calendar", "then"),
    [
        ("2026-11-20 10:00", None, "2026-11-24 09:00"),  # Friday, and Monday is 勤労感謝の日
        ("2026-11-24 10:00", None, "2026-11-25 09:00"),
        ("2026-11-20 10:00", Calendar(hours=("mon-sat 10:00-19:00",)), "2026-11-21 10:00"),
        ("2026-11-20 10:00", Calendar(hours=("mon-fri 08:30-17:00",), holidays="japan"), "2026-11-24 08:30"),
        (
            "2026-12-28 10:00",
            Calendar(hours=("mon-fri 09:00-18:00",), closed=("2026-12-29..2027-01-03",)),
            "2027-01-04 09:00",
        ),
        ("2026-11-20 10:00", Calendar(), "2026-11-24 09:00"),
        ("2026-12-28 10:00", Calendar(closed=("2026-12-29..2027-01-04",)), "2027-01-05 09:00"),
    ],
)
def test_the_next_working_day(now: str, calendar: Calendar | None, then: str) -> None:
    """As the shop's hours say; without hours Monday to Friday, in Japan without its holidays."""
    tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
    found = next_working_day(datetime.fromisoformat(now).replace(tzinfo=tokyo), tokyo, calendar)
    assert f"{found:%Y-%m-%d %H:%M}" == then


@pytest.mark.parametrize(
    ("hours", "then"),
    [
        ((), "2026-11-24 09:00"),
        (("mon-sun 00:00-24:00",), "2026-11-23 09:00"),
        (("mon-fri 09:30-18:00",), "2026-11-23 00:30"),
    ],
)
def test_the_next_working_day_of_who_is_elsewhere(hours: tuple[str, ...], then: str) -> None:
    """Nobody begins at midnight: where the shop's hours do not say when, it is nine on the clock of who asks."""
    calendar = Calendar(hours=hours, holidays="none" if hours else "japan")
    found = next_working_day(datetime(2026, 11, 22, 12, tzinfo=UTC), UTC, calendar)
    assert f"{found:%Y-%m-%d %H:%M}" == then


@pytest.mark.parametrize(
    ("calendar", "works"),
    [
        (None, "20 24"),
        (Calendar(), "20 24"),
        (Calendar(hours=("mon-sun 10:00-19:00",)), "20 21 22 23 24"),
        (Calendar(hours=("mon-sat 10:00-19:00",), holidays="japan"), "20 21 24"),
        (Calendar(hours=("mon-fri 22:00-24:00",), closed=("2026-11-24",), zone="America/New_York"), "20 23"),
        (
            Calendar(hours=("mon-fri 10:00-19:00",), closed=("2000-01-01..2100-01-01",)),
            "20 24",
        ),  # closed for good
    ],
)
def test_working_days(calendar: Calendar | None, works: str) -> None:
    """Days on which the shop opens, on its own clock; without hours those of who asks."""
    tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
    found = [day for day in range(20, 25) if is_working_day(date(2026, 11, day), tokyo, calendar)]
    assert found == [int(day) for day in works.split()]
