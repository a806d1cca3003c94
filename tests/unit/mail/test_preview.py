"""What is seen of attachments: never more than fits, never what is not there, whatever the bytes are."""

from __future__ import annotations

import shutil
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.mail import outside
from maildesk.mail.preview import MAX_BYTES, MAX_ROWS, dimensions, preview
from tests.support.documents import packed
from tests.support.install import needs


def test_text_in_any_japanese_charset() -> None:
    """The charset is found as in mail."""
    for codec in ("utf-8", "cp932", "euc_jp", "iso2022_jp"):
        found = preview("メモ.txt", "text/plain", "お世話になっております。商品が届きました。".encode(codec))
        assert (found.kind, found.text) == ("text", "お世話になっております。商品が届きました。")


def test_csv_is_a_table_with_its_delimiter() -> None:
    """Commas, tabs and semicolons; quoted line ends stay in their cell; long files are cut."""
    found = preview("a.csv", "application/octet-stream", '品名,数\n"赤い\n靴",1\n'.encode("cp932"))
    assert found.rows == [["品名", "数"], ["赤い 靴", "1"]]
    assert preview("a.tsv", "", b"a\tb\n1\t2\n").rows == [["a", "b"], ["1", "2"]]
    assert preview("a.csv", "text/csv", b"a;b,c;d\n1;2;3\n").rows[0] == ["a", "b,c", "d"]
    long = preview("a.csv", "text/csv", b"a,b\n" * 5_000)
    assert len(long.rows) == MAX_ROWS
    assert long.cut


def test_an_archive_is_listed_and_not_unpacked() -> None:
    """Names of Windows in cp932; names that lead out, bombs and locked files are marked."""
    data = packed({"報告/一.txt": b"x" * 10, "../../etc/cron.d/x": b"y", "C:\\x": b"z"})
    found = preview("a.zip", "application/zip", data)
    assert [(e.name, e.size, e.outside) for e in found.entries] == [
        ("報告/一.txt", 10, False),
        ("../../etc/cron.d/x", 1, True),
        ("C:\\x", 1, True),
    ]
    assert not found.bomb
    windows = packed({"0123456789.txt": b""}).replace(b"0123456789", "日本語文書".encode("cp932"))
    assert preview("a.zip", "", windows).entries[0].name == "日本語文書.txt"
    assert preview("a.zip", "", packed({"zero": b"\0" * (64 << 20)})).bomb


def test_a_bomb_of_names_is_not_even_listed() -> None:
    """The list of an archive has a limit of its own, that its end record tells."""
    data = bytearray(packed({"a": b""}))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 12, 0xFFFFFFFF)
    found = preview("a.zip", "", bytes(data))
    assert found.bomb
    assert not found.entries


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 800, 600), (800, 600)),
        (b"GIF89a" + struct.pack("<HH", 16, 9) + b"\0" * 10, (16, 9)),
        (
            b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 9,
            (640, 480),
        ),
        (b"BM" + b"\0" * 16 + struct.pack("<ii", 3, -4) + b"\0" * 8, (3, 4)),
        (b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + b"\x0f\0\0\x08\0\0" + b"\0", (16, 9)),
        (b"\xff\xd8" + b"\xff\xe0\x00\x02" * 5_000, None),
        (b"\x89PNG\r\n\x1a\n", None),
    ],
)
def test_the_size_of_a_picture(data: bytes, size: tuple[int, int] | None) -> None:
    """Read from its first bytes; a broken one has none."""
    assert dimensions(data) == size


def test_what_cannot_be_seen_is_said() -> None:
    """Bytes without a form, and files that are too large."""
    assert preview("a.bin", "application/octet-stream", b"\x00\x01\x02").kind == "none"
    assert preview("a.txt", "text/plain", b"x" * (MAX_BYTES + 1)).kind == "large"
    assert preview("a.zip", "application/zip", b"PK\x03\x04" + b"x" * 100).kind == "none"
    assert preview("a.eml", "message/rfc822", b"Subject: =?utf-8?B?6Z20?=\n\nbody").text.startswith("From:")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [
            b"",
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"\xff\xd8",
            b"RIFF0000WEBP",
            b"BM",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
        ]
    ),
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.zip", "a.html", "a.eml", "a", "a.txt"]),
)
def test_no_bytes_make_it_fail(head: bytes, data: bytes, name: str) -> None:
    """Never raises."""
    preview(name, "application/octet-stream", head + data)


def test_a_program_gets_the_bytes_and_no_more_than_its_time_and_room() -> None:
    """Its output is cut, it is ended, and nothing lies on the disk afterwards."""
    assert outside.run(outside.shell("wc -c"), [b"ab", b"c"]).data.split() == [b"3"]
    assert outside.run(outside.shell("exit 3"), [b""]).code == 3
    began = time.monotonic()
    late = outside.run(outside.shell("sleep 60; true"), [b""], seconds=0.2)
    assert (late.cut, late.code) == (True, None)
    much = outside.run(outside.shell("exec yes"), [b""], most=1_000)
    assert (len(much.data), much.cut, much.code) == (1_000, True, None)
    assert time.monotonic() - began < 20


def test_pdf_text_without_the_program_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where pdftotext is missing the kind is still told; where it is there, its words are shown."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert preview("a.pdf", "application/pdf", b"%PDF-1.4").text == ""
    tool = tmp_path / "pdftotext"
    tool.write_text("#!/bin/sh\ncat >/dev/null; echo 請求書\n")
    tool.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(tool))
    found = preview("a.pdf", "application/pdf", b"%PDF-1.4")
    assert (found.kind, found.text) == ("pdf", "請求書")


def test_the_real_program_reads_a_pdf() -> None:
    """Words of a page, as poppler finds them."""
    needs("pdftotext")
    page = b"BT /F1 24 Tf 72 700 Td (Invoice 4711) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    pdf, places = b"%PDF-1.4\n", []
    for place, written in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj%sendobj\n" % (place, written)
    start = len(pdf)
    pdf += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    pdf += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    assert preview("a.pdf", "application/pdf", pdf).text.strip() == "Invoice 4711"
