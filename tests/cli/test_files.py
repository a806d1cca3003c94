"""files and repair: attachments and charsets from a shell."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.support.desk import SmallDesk


def test_files_are_listed_shown_saved_and_never_overwritten(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """By their number in the list; a name that would lead out of the folder does not."""
    number = desk.mail(files=[("一覧.csv", "品名,数\n靴,1\n".encode("cp932")), ("../../evil\x1b.txt", b"x")])
    rows = maildesk("files", str(number), "--json").rows
    assert [(row["number"], row["size"]) for row in rows] == [(1, 13), (2, 1)]
    look = maildesk("files", str(number), "--look", "1", "--json").row
    assert (look["kind"], look["rows"]) == ("table", [["品名", "数"], ["靴", "1"]])
    for _ in range(2):
        assert maildesk("files", str(number), "--all", "--to", str(tmp_path / "in"), "--json").code == 0
    names = sorted(path.name for path in (tmp_path / "in").iterdir())
    assert names == ["evil (2).txt", "evil.txt", "一覧 (2).csv", "一覧.csv"]
    assert maildesk("files", str(number), "--look", "3").code == 7


def test_a_garbled_mail_is_read_again_and_back(maildesk: CommandLine, desk: SmallDesk) -> None:
    """--dry-run shows it, the verb does it, auto takes it back."""
    subject = base64.b64encode("返品について".encode("euc_jp")).decode()
    body = "返品の手続きを教えてください。".encode("euc_jp")
    number = desk.raw(
        f"From: a@customer.example\r\nTo: info@shop.example\r\nSubject: =?iso-8859-5?B?{subject}?=\r\n"
        "Message-ID: <g@customer.example>\r\nDate: Sat, 21 Nov 2026 09:00:00 +0900\r\n"
        "Content-Type: text/plain; charset=iso-8859-5\r\n\r\n".encode()
        + body
    )
    found = maildesk("show", str(number), "--json").row
    message, garbled = str(found["messages"][0]["id"]), found["subject"]
    look = maildesk("repair", message, "--charset", "euc-jp", "--dry-run", "--json").row
    assert look["subject"] == "返品について"
    assert maildesk("show", str(number), "--json").row["subject"] == garbled
    assert maildesk("repair", message, "--charset", "euc-jp", "--sender", "--json").row == {
        "asked": 1,
        "read": 1,
    }
    assert maildesk("show", str(number), "--json").row["subject"] == "返品について"
    assert "返品について" in maildesk("show", str(number), "--headers", message).out
    maildesk("repair", message, "--charset", "auto")
    assert maildesk("show", str(number), "--json").row["subject"] == garbled
    assert maildesk("repair", message, "--charset", "rot13").code == 1
