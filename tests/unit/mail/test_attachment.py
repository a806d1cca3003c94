"""Names and saving of attachments: nothing outside the folder, nothing overwritten, no deception."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.errors import MaildeskError, NotFound
from maildesk.mail.attachment import MAX_NAME, content, safe_name, save


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("請求書.pdf", "請求書.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("C:\\x\\a.txt", "a.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b.txt", "ab.txt"),
        (".bashrc", "bashrc"),
        ("...", "attachment"),
        ("", "attachment"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("LPT1.tar.gz", "_LPT1.tar.gz"),
        ("ＣＯＮ．txt", "_CON.txt"),
        ("ﾃｽﾄ①.txt", "テスト1.txt"),
        ("a\r\nb.txt", "ab.txt"),
        ("a:b|c?.txt", "a_b_c_.txt"),
        ("name. ", "name"),
        ("-rf", "rf"),
        ("．．／x", "x"),
    ],
)
def test_safe_name(name: str, wanted: str) -> None:
    """One plain component, readable as it is."""
    assert safe_name(name) == wanted


def test_long_names_keep_their_extension() -> None:
    """At most 120 bytes, cut between characters."""
    name = safe_name("長" * 200 + ".pdf")
    assert name.endswith("長.pdf")
    assert len(name.encode()) <= MAX_NAME


@given(st.text(max_size=300))
def test_any_name_is_one_visible_component(name: str) -> None:
    """Whatever was sent, the result stays in its folder and shows what it is; it is stable."""
    found = safe_name(name)
    assert found
    assert found not in (".", "..")
    assert not set(found) & set('/\\\x00\n\r:<>"|?*')
    assert not found.startswith((".", "-"))
    assert len(found.encode("utf-8")) <= MAX_NAME
    assert os.path.realpath(os.path.join("/folder", found)) == f"/folder/{found}"
    assert safe_name(found) == found


def test_saving_never_overwrites(tmp_path: Path) -> None:
    """A second file of the same name gets a number."""
    first = save(tmp_path, "a.txt", b"1")
    second = save(tmp_path, "../a.txt", b"2")
    assert (first.name, second.name) == ("a.txt", "a (2).txt")
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert first.stat().st_mode & 0o077 == 0


def test_saving_follows_no_link(tmp_path: Path) -> None:
    """A symbolic link in the way is left alone, also a dangling one."""
    target = tmp_path / "outside"
    (tmp_path / "a.txt").symlink_to(target)
    saved = save(tmp_path, "a.txt", b"x")
    assert saved.name == "a (2).txt"
    assert not target.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The error has a sentence and a remedy."""
    with pytest.raises(MaildeskError) as error:
        save(tmp_path / "missing", "a.txt", b"x")
    assert "a.txt" in str(error.value)
    assert error.value.hint


def test_an_attachment_that_is_not_there(tmp_path: Path) -> None:
    """Numbers outside are NotFound, also negative ones."""
    for index in (-1, 0, 5):
        with pytest.raises(NotFound):
            content(b"Subject: x\r\n\r\ntext", index)
