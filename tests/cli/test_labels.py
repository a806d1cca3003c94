"""How labels are shown comes from the desk's file; queries on the command line know what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from maildesk.domain.label import LabelLook
from maildesk.store import labels
from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk

_FILE = """
[store]
url = "{url}"
"""
_LABELS = """
[[labels]]
name = "返品"
colour = "red"
key = "h"

[[labels]]
name = "大 至急"
"""


def _looks(desk: SmallDesk) -> tuple[LabelLook, ...]:
    with desk.store.reading() as tx:
        return labels.looks(tx)


def test_labels_come_from_the_file_and_go_with_it(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """Colour and key; a file that says nothing of labels changes nothing; one that names others forgets the look, and
    the label stays on its conversations."""
    number = desk.mail("件名", "本文です。")
    maildesk("label", str(number), "+返品")
    file = tmp_path / "desk.toml"
    file.write_text(_FILE.format(url=desk.url) + _LABELS, "utf-8")
    made = maildesk("init", "--from", str(file), "--json").row
    assert [(item["kind"], item["name"], item["result"]) for item in made["items"]] == [
        ("label", "返品", "added"),
        ("label", "大 至急", "added"),
    ]
    assert _looks(desk) == (LabelLook("返品", "red", "h"), LabelLook("大 至急"))
    file.write_text(_FILE.format(url=desk.url), "utf-8")
    assert maildesk("init", "--from", str(file), "--json").row["items"] == []
    file.write_text(_FILE.format(url=desk.url) + '[[labels]]\nname = "大 至急"\ncolour = "blue"\n', "utf-8")
    results = [item["result"] for item in maildesk("init", "--from", str(file), "--json").row["items"]]
    assert results == ["changed", "removed"]
    assert _looks(desk) == (LabelLook("大 至急", "blue"),)
    assert [row["number"] for row in maildesk("search", "label:返品", "--json").rows] == [number]
    assert maildesk("search", 'label:"大 至急"', "--json").rows == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('name = "返品"\ncolour = "pink"', "colour"),
        ('name = "返品"\nkey = "12"', "key"),
        ('name = " "', "name"),
        ('name = "返品"\n[[labels]]\nname = "返品"', "name"),
        ('name = "返品"\nkey = "h"\n[[labels]]\nname = "交換"\nkey = "h"', "key"),
        ('name = "返品"\ncolor = "red"', "color"),
    ],
)
def test_what_cannot_be_a_look_is_refused(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path, lines: str, told: str
) -> None:
    """With file, line and key."""
    file = tmp_path / "desk.toml"
    file.write_text(_FILE.format(url=desk.url) + "[[labels]]\n" + lines + "\n", "utf-8")
    done = maildesk("init", "--from", str(file))
    assert done.code == 3
    assert told in done.err
    assert "desk.toml" in done.err


def test_a_slip_in_a_query_is_an_error_here_too(maildesk: CommandLine, desk: SmallDesk) -> None:
    """No empty list, but the nearest name; a state is looked for whatever tab is listed."""
    number = desk.mail("件名", "本文です。")
    maildesk("label", str(number), "+返品")
    maildesk("status", str(number), "done")
    slip = maildesk("search", "label:返")
    assert slip.code == 2
    assert "返品" in slip.err
    assert [row["number"] for row in maildesk("list", "--query", "state:done", "--json").rows] == [number]
