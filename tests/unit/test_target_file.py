"""The desk file about reply targets and mail to what is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from maildesk.config.deskfile import read_desk_file
from maildesk.domain.business import Calendar
from maildesk.domain.reply_target import ReopenPolicy, ReplyTarget
from maildesk.errors import ConfigError

BOX = '[[mailboxes]]\nname = "店"\naddress = "a@shop.example"\n'
TARGET = f'{BOX}[mailboxes.reply_target]\nwithin = "4h"\n'


def read(tmp_path: Path, text: str) -> tuple[ReplyTarget | None, ReopenPolicy]:
    """What the only mailbox of such a file says."""
    path = tmp_path / "desk.toml"
    path.write_text(text, "utf-8")
    (box,) = read_desk_file(path).mailboxes
    return box.reply_target, box.reopen


def test_all_that_can_be_said(tmp_path: Path) -> None:
    """Each key, and nothing where there is none."""
    whole = TARGET.replace(
        BOX, f'{BOX}reopen = "new"\nreopen_within_days = 14\nthanks = "ありがとう|thanks"\n'
    ) + (
        'hours = ["mon-fri 09:00-12:00"]\nclosed = ["2026-12-29..2027-01-03"]\nholidays = "japan"\n'
        'time_zone = "Europe/Berlin"\nruns_while = ["colleague", "own"]\n'
    )
    calendar = Calendar("Europe/Berlin", ("mon-fri 09:00-12:00",), ("2026-12-29..2027-01-03",), "japan")
    target = ReplyTarget(4 * 3600, calendar, ("colleague", "own"))
    assert read(tmp_path, whole) == (target, ReopenPolicy("new", 14, "ありがとう|thanks"))
    assert read(tmp_path, BOX) == (None, ReopenPolicy())
    assert read(tmp_path, TARGET) == (ReplyTarget(4 * 3600), ReopenPolicy())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"{BOX}[mailboxes.reply_target]\n", "mailboxes.reply_target.within"),
        (TARGET.replace("4h", "4"), "mailboxes.reply_target.within"),
        (TARGET.replace("4h", "0h"), "mailboxes.reply_target.within"),
        (f'{TARGET}hours = ["mon-fri 18:00-09:00"]\n', "mailboxes.reply_target.hours"),
        (f'{TARGET}closed = ["29.12.2026"]\n', "mailboxes.reply_target.closed"),
        (f'{TARGET}holidays = "mars"\n', "mailboxes.reply_target.holidays"),
        (f'{TARGET}time_zone = "Mars/Base"\n', "mailboxes.reply_target.time_zone"),
        (f'{TARGET}runs_while = ["spam"]\n', "mailboxes.reply_target.runs_while"),
        (f'{BOX}reopen = "never"\n', "mailboxes.reopen"),
        (f"{BOX}reopen_within_days = -1\n", "mailboxes.reopen_within_days"),
        (f'{BOX}thanks = "("\n', "mailboxes.thanks"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, key: str) -> None:
    """By its key."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert caught.value.values["key"] == key
