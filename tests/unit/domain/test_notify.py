"""Which event notifies whom, when nothing is told, and how much at most. F228."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from maildesk.domain.day_hours import DayHours, until
from maildesk.domain.notify import (
    Happening,
    Kind,
    NotifyRules,
    Rate,
    sequence,
    terminal_kind,
    told,
)

ME, OTHER = 1, 2
NAMED = frozenset({ME})

TABLE = [
    # what happened                                                              why I am told
    (Happening("assigned", 7, OTHER, assignee_id=ME, given_to=ME), Kind.ASSIGNED),
    (Happening("assigned", 7, OTHER, assignee_id=OTHER, given_to=ME), None),  # somebody else's by now
    (Happening("assigned", 7, OTHER, assignee_id=ME, given_to=OTHER), None),
    (Happening("assigned", 7, ME, assignee_id=ME, given_to=ME), None),  # I took it myself
    (Happening("assigned", 7, OTHER, assignee_id=ME, given_to=ME, undone=True), None),
    (Happening("assigned", 7, OTHER), None),  # nobody's now
    (Happening("commented", 7, OTHER, named=NAMED), Kind.MENTION),
    (Happening("mentioned", 7, OTHER, named=NAMED), Kind.MENTION),
    (Happening("commented", 7, OTHER, assignee_id=ME), None),  # mine, but it does not name me
    (Happening("commented", 7, ME, named=NAMED), None),
    (Happening("received", 7, assignee_id=ME), Kind.REPLY),
    (Happening("received", 7, assignee_id=OTHER), None),
    (Happening("received", 7), None),
    (Happening("breached", 7, assignee_id=ME), Kind.BREACH),
    (Happening("breached", 7, assignee_id=OTHER), None),
    (Happening("status", 7, OTHER, assignee_id=ME), None),
]


@pytest.mark.parametrize(("happening", "kind"), TABLE)
def test_who_is_told(happening: Happening, kind: Kind | None) -> None:
    """One line of the rule."""
    assert told(happening, ME) is kind


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        ("22:00-07:00", "21:59", False),
        ("22:00-07:00", "22:00", True),
        ("22:00-07:00", "06:59", True),
        ("22:00-07:00", "07:00", False),
        ("12:00-13:00", "12:30", True),
        ("12:00-13:00", "13:00", False),
        ("9:00〜9:00", "03:00", True),
    ],
)
def test_quiet_hours(hours: str, at: str, quiet: bool) -> None:
    """From the first minute up to the last, over midnight, all day."""
    parsed = DayHours.parse(hours)
    assert parsed is not None
    assert parsed.cover(time.fromisoformat(at)) is quiet


@pytest.mark.parametrize("text", ["", "22-7", "24:00-07:00", "22:00", "22:60-07:00", "nachts"])
def test_what_are_no_hours(text: str) -> None:
    """Refused where the settings are read."""
    assert DayHours.parse(text) is None


def test_quiet_hours_are_in_their_own_zone() -> None:
    """14:00 UTC is 23:00 in Tokyo."""
    at = datetime(2026, 11, 21, 14, tzinfo=UTC)
    quiet = DayHours.parse("22:00-07:00")
    assert NotifyRules(quiet=quiet, quiet_zone=ZoneInfo("Asia/Tokyo")).is_quiet(at)
    assert not NotifyRules(quiet=quiet, quiet_zone=ZoneInfo("UTC")).is_quiet(at)
    assert not NotifyRules().is_quiet(at)


def test_the_rate_holds_back_and_counts() -> None:
    """Two in a minute: the third and fourth become a number of the fifth."""
    rate = Rate(2)
    assert [rate.take(at) for at in (0, 1, 2, 3, 60.0, 60.5, 61.0)] == [0, 0, None, None, 2, None, 1]


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM_PROGRAM": "WezTerm"}, "osc9"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM": "rxvt-unicode-256color"}, "osc777"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "osc9"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, "off"),
        ({"TERM": "xterm-256color"}, "off"),
        ({}, "off"),
    ],
)
def test_terminals_that_are_known(environ: dict[str, str], kind: str) -> None:
    """A sequence is sent only where it is known to be understood: others print it."""
    assert terminal_kind(environ) == kind


def test_sequences() -> None:
    """The fields of OSC 777 are kept apart; tmux gets it wrapped, every escape doubled."""
    assert sequence("osc9", "a;b", tmux=False) == "\x1b]9;a;b\x1b\\"
    assert sequence("osc777", "a;b", tmux=False) == "\x1b]777;notify;maildesk;a,b\x1b\\"
    assert sequence("osc9", "a", tmux=True) == "\x1bPtmux;\x1b\x1b]9;a\x1b\x1b\\\x1b\\"


def test_focus_hours_end_when_they_say() -> None:
    """The hours that cover a time tell their end; between them there is none."""
    hours = tuple(h for h in map(DayHours.parse, ("10:00-11:30", "14:00-15:00")) if h is not None)
    assert [until(hours, time(h, m)) for h, m in ((9, 59), (10, 0), (11, 29), (11, 30), (14, 30))] == [
        None,
        time(11, 30),
        time(11, 30),
        None,
        time(15, 0),
    ]
    assert ",".join(map(str, hours)) == "10:00-11:30,14:00-15:00"
