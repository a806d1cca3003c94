"""The text in the files of mails is found by search: read in a child of limited means, beside everything else."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from maildesk.domain.status import Tab
from maildesk.mail import attachment_text
from maildesk.mail.charset import clean
from maildesk.store import file_words
from maildesk.sync import file_reader
from tests.support.documents import docx, xlsx
from tests.support.stores import Team, mail

CSV = "品番,色\r\nK-100,藤色のスツール\r\n".encode("cp932")
HTML = "<html><p>保証書は<b>ノギス</b>に付きます</p><script>var secret = 1</script></html>".encode()


def with_files(number: int, *files: tuple[str, str, bytes], body: str = "添付をご覧ください。") -> bytes:
    """A mail with files: name, type and bytes of each."""
    parts = [f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"]
    for name, kind, data in files:
        parts.append(
            f"Content-Type: {kind}; name={name}\r\nContent-Disposition: attachment; filename={name}\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(data).decode()}"
        )
    return mail(
        number,
        headers=(),
        body="".join(f"--b\r\n{part}" for part in parts) + "--b--\r\n",
    ).replace(b"Content-Type: text/plain; charset=utf-8", b"Content-Type: multipart/mixed; boundary=b", 1)


def found(team: Team, query: str) -> set[int]:
    """What a query finds."""
    return {row.id for row in team.sato.inbox.page(Tab.ALL, query=query).rows}


def read(team: Team) -> int:
    """Read all that waits."""
    return file_reader.catch_up(team.store, lambda: True, lambda seconds: None)


def arrive(team: Team, raw: bytes) -> int:
    """A mail comes in; its conversation."""
    number = team.arrive(raw)[0].conversation_id
    assert number is not None
    return number


def test_what_stands_in_files_is_found(both: Team) -> None:
    """F017: text, CSV in any charset, HTML without its scripts, names in archives and mails in mails; half width, kana
    and case as everywhere. Until it is read the desk says that something is missing."""
    sheet = arrive(both, with_files(1, ("list.csv", "text/csv", CSV)))
    page = arrive(both, with_files(2, ("page.html", "text/html", HTML), ("x.png", "image/png", b"\x89PNG")))
    forwarded = arrive(both, with_files(3, ("a.eml", "application/octet-stream", mail(9, body="乾電池の件"))))
    assert found(both, "藤色") == set()
    progress = both.sato.inbox.indexing()
    assert progress is not None
    assert progress.left == 3
    assert read(both) == 3
    assert both.sato.inbox.indexing() is None
    assert found(both, "すつーる") == found(both, "k-100") == {sheet}
    assert found(both, "ﾉｷﾞｽ") == {page}
    assert found(both, "乾電池") == {forwarded}
    assert found(both, "secret") == set()
    assert found(both, "添付をご覧") == {sheet, page, forwarded}, "the text of the mail is found as before"
    assert found(both, "body:藤色") == set()
    assert found(both, "file:list") == {sheet}
    assert read(both) == 0


def test_what_stands_in_documents_is_found(both: Team) -> None:
    """Of office programs; the names of their parts are nobody's words."""
    quote = arrive(
        both, with_files(1, ("a.docx", "application/octet-stream", docx("<w:p><w:t>御見積 桔梗</w:t></w:p>")))
    )
    rows = '<row><c t="inlineStr"><is><t>撫子の皿</t></is></c><c><v>1204</v></c></row>'
    order = arrive(both, with_files(2, ("b.xlsx", "application/octet-stream", xlsx({"注文": rows}))))
    assert read(both) == 2
    assert found(both, "桔梗") == {quote}
    assert found(both, "撫子") == found(both, "1204") == {order}
    assert found(both, "workbook") == set()


def test_a_pdf_is_read_by_pdftotext(both: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where that takes for ever, or is not there, the PDF has no text and nothing else happens."""
    program = tmp_path / "pdftotext"
    program.write_text("#!/bin/sh\ncat >/dev/null\necho 請求書 翡翠の間\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    number = arrive(both, with_files(1, ("a.pdf", "application/pdf", b"%PDF-1.4 \x00\xff")))
    read(both)
    assert found(both, "翡翠") == {number}
    monkeypatch.setenv("PATH", "/nowhere")
    arrive(both, with_files(2, ("b.pdf", "application/pdf", b"%PDF-1.4 \x00\xff")))
    assert read(both) == 1
    assert found(both, "翡翠") == {number}
    assert both.sato.inbox.indexing() is None


def test_a_file_on_which_its_reader_ends_has_no_text(both: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail came in long before. It is tried twice, and the files behind it do not wait for it."""
    monkeypatch.setattr(
        file_reader,
        "_COMMAND",
        "import os, maildesk.sync.file_reader as f\nreal = f.texts\n"
        "f.texts = lambda raw, wanted: os._exit(1) if b'bad.csv' in raw[:] else real(raw, wanted)\nf.main()",
    )
    good = arrive(both, with_files(1, ("good.csv", "text/csv", CSV)))
    bad = arrive(both, with_files(2, ("bad.csv", "text/csv", CSV)))
    assert read(both) == 1
    assert found(both, "藤色") == {good}
    assert found(both, "添付をご覧") == {good, bad}
    for _ in range(2):
        both.sql("UPDATE unread_files SET free_at = 0")
        read(both)
    assert both.sato.inbox.indexing() is None
    assert found(both, "藤色") == {good}


def test_so_much_of_so_many_files_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb costs what a large file costs: bytes, characters and files are counted."""
    monkeypatch.setattr(attachment_text, "MOST_BYTES", 4_000)
    monkeypatch.setattr(attachment_text, "MOST_IN_FILE", 100)
    monkeypatch.setattr(attachment_text, "MOST_IN_MAIL", 250)
    files = [(f"{n}.txt", "text/plain", b"x" * 300) for n in range(30)]
    raw = with_files(1, ("big.txt", "text/plain", b"y" * 5_000), *files)
    wanted = [attachment_text.Wanted(n, f"{n}.txt", "text/plain") for n in range(31)]
    got = attachment_text.texts(raw, wanted)
    assert {index: len(text) for index, text in got.items()} == {1: 100, 2: 100, 3: 50}
    assert attachment_text.texts(raw, [attachment_text.Wanted(99, "", "text/plain")]) == {}
    assert not attachment_text.may_have_text("image/png", 5)
    assert not attachment_text.may_have_text("text/plain", 4_001)


def test_a_file_with_bytes_that_no_store_takes(both: Team) -> None:
    """NUL is no text on PostgreSQL."""
    number = arrive(both, with_files(1, ("a.txt", "text/plain", "鍵\x00盤 楓".encode())))
    read(both)
    assert clean("鍵\x00盤") == "鍵盤"
    assert found(both, "楓") == {number}


def test_two_readers_and_a_mail_that_is_read_again(both: Team) -> None:
    """A mail is one reader's for a while; who comes late with it writes nothing, and what is read of a mail in another
    charset takes the place of what was read before."""
    number = arrive(both, with_files(1, ("a.csv", "text/csv", CSV)))
    (job,) = both.store.run(lambda tx: file_words.take(tx, 5))
    assert both.store.run(lambda tx: file_words.take(tx, 5)) == []
    both.sql("UPDATE message SET files = files")
    (again,) = both.store.run(lambda tx: file_words.take(tx, 5))
    assert again.message_id == job.message_id
    assert not both.store.run(lambda tx: file_words.put(tx, job, {0: "樅の棚"}))
    assert both.store.run(lambda tx: file_words.put(tx, again, {0: "楓の棚"}))
    assert found(both, "楓の棚") == {number}
    assert found(both, "樅") == set()
    both.sql("UPDATE message SET files = files")
    both.store.run(lambda tx: file_words.put(tx, file_words.take(tx, 5)[0], {}))
    assert found(both, "楓の棚") == set()
    assert found(both, "添付をご覧") == {number}
