"""Every mail in tests/data/mail is read as the file beside it says, and twice the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maildesk.domain.safetext import safe
from maildesk.mail import attachment
from maildesk.mail.findings import Findings
from maildesk.mail.layout import Reader
from maildesk.mail.parse import parse
from maildesk.mail.report import as_dict
from maildesk.mail.structure import read

FOLDER = Path(__file__).parents[2] / "data" / "mail"
MAILS = sorted(path.stem for path in FOLDER.glob("*.eml"))


def test_there_are_enough_hard_mails() -> None:
    """The collection only grows."""
    assert len(MAILS) >= 75


@pytest.mark.parametrize("name", MAILS)
def test_reading(name: str) -> None:
    """Each key of the expected reading is what the parser says; objects are compared by their expected keys."""
    expected: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    found: dict[str, Any] = as_dict(parse((FOLDER / f"{name}.eml").read_bytes()), name)
    for wanted in expected.pop("defects_contain", []):
        assert wanted in found["defects"]
    for key, value in expected.items():
        if key == "attachments":
            assert len(found[key]) == len(value)
            for got, want in zip(found[key], value, strict=True):
                assert {name: got[name] for name in want} == want
        else:
            assert found[key] == value, key


@pytest.mark.parametrize("name", MAILS)
def test_invariants(name: str) -> None:
    """Leaf parts = shown + alternatives + attachments; texts can be stored and shown; hashes are of the content."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    structure = read(raw)
    layout = Reader(structure, Findings()).layout()
    assert sorted(layout.shown + layout.alternatives + layout.attachments) == structure.leaves()
    mail = parse(raw)
    assert mail == parse(raw)
    for text in (mail.subject, mail.text, mail.from_.name, mail.from_.address, mail.reply_text):
        assert "\x00" not in text
        text.encode("utf-8")
        assert "\x1b" not in safe(text)
    for entry in mail.attachments:
        assert len(attachment.content(raw, entry.index)) == entry.size
    assert bool(mail.reply_text) == bool(mail.text.strip())
    json.dumps(as_dict(mail, name))
