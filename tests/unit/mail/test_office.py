"""Documents of office programs: what a person reads in them, and little else, whatever the bytes are."""

from __future__ import annotations

import random
import zipfile

import pytest

from maildesk.mail import office, outside
from maildesk.mail.office import Document, NotRead, read
from maildesk.mail.preview import preview
from tests.support.documents import docx, opendocument, packed, pptx, xlsx


def test_a_word_document_reads_as_on_paper() -> None:
    """Paragraphs, tabs, line breaks and tables; no readings over words, no text twice, nothing that was deleted or that
    says how it looks; then headers, notes and comments."""
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>お世話に</w:t><w:tab/><w:t xml:space="preserve">'
        "なって </w:t><w:br/><w:t>おります</w:t></w:r><w:del><w:r><w:delText>消した</w:delText></w:r></w:del></w:p>\n"
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>たか</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>髙</w:t></w:r></w:rubyBase>"
        "</w:ruby></w:r><w:r><w:t>島</w:t></w:r></w:p>"
        "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>囲み</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>囲み</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>品名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>数</w:t></w:r></w:p></w:tc>"
        "</w:tr></w:tbl><w:p><w:moveFrom><w:r><w:t>ここから</w:t></w:r></w:moveFrom></w:p>"
    )
    found = read(
        docx(
            body, header1="<w:p><w:r><w:t>見本商店</w:t></w:r></w:p>", comments="<w:p><w:t>要確認</w:t></w:p>"
        )
    )
    assert found.kind == "document"
    assert found.text == "お世話に\tなって\nおります\n髙島\n囲み\n品名\t数\n\n要確認\n\n見本商店"


def test_a_workbook_is_a_table_of_its_sheets_in_their_order() -> None:
    """Cells stand in their columns, empty rows are none; a sheet has its name where there are several; a string has no
    reading; numbers, dates, times and truth as a person reads them."""
    strings = "<si><t>東京</t><rPh><t>トウキョウ</t></rPh></si><si><r><t>赤</t></r><r><t>い\n靴</t></r></si>"
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;"/>'
        '<numFmt numFmtId="165" formatCode="&quot;days&quot;0.00E+00;[Red]-0"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/></cellXfs>'
    )
    orders = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row><row r="2"><c r="B2"/></row>'
        '<row r="9"><c t="inlineStr"><is><t>直接</t><rPh><t>ちょくせつ</t></rPh></is></c><c><v>0.30000000000000004</v></c>'
        '<c s="1"><v>46348</v></c><c s="2"><v>46348.395833333336</v></c><c s="3"><v>46348</v></c><c s="4"><v>0.5</v></c>'
        '<c t="b"><v>1</v></c><c t="str"><f>A1&amp;"x"</f><v>東京x</v></c><c t="e"><v>#N/A</v></c><c s="99"><v>-12</v></c></row>'
    )
    found = read(
        xlsx(
            {"注文": orders, "空": "", "返品": '<row><c t="s"><v>0</v></c></row>'},
            strings=strings,
            styles=styles,
        )
    )
    assert found.kind == "table"
    assert found.rows == [
        ["[注文]"],
        ["東京", "", "赤い 靴"],
        ["直接", "0.3", "2026-11-22", "2026-11-22 09:30", "46348", "12:00", "TRUE", "東京x", "#N/A", "-12"],
        ["[返品]"],
        ["東京"],
    ]
    alone = xlsx({"注文": '<row><c s="1"><v>1</v></c></row>'}, styles=styles, since_1904=True)
    assert read(alone).rows == [["1904-01-02"]]


def test_slides_in_their_order_then_notes() -> None:
    """As they are shown, not as they lie in the file."""
    assert read(pptx("一", "二", notes="話すこと")).text == "一\n\n二\n\n話すこと"
    assert read(pptx("")).text == ""


def test_open_documents() -> None:
    """Text with its blanks; cells as they are shown, one that is repeated as often as there is room."""
    text = read(
        opendocument(
            "text",
            '<text:tracked-changes><text:p>消した</text:p></text:tracked-changes><text:h>契約</text:h>\n<text:p>甲<text:s text:c="3"/>'
            "<text:span>乙</text:span><text:line-break/><text:ruby><text:ruby-base>丙</text:ruby-base>"
            "<text:ruby-text>へい</text:ruby-text></text:ruby></text:p>",
        )
    )
    assert text == Document("document", "契約\n甲   乙\n丙")
    rows = (
        '<table:table table:name="表"><table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>値</text:p>'
        "</table:table-cell><table:table-cell/><table:table-cell><text:p>令和8年</text:p><text:p>11月</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row></table:table>'
    )
    found = read(opendocument("spreadsheet", rows))
    assert (found.rows, found.cut) == ([["値", "値", "", "令和8年 11月"]], False)
    endless = rows.replace("16000", "99999999999").replace("<table:table-cell/><", "<", 1)
    assert read(opendocument("spreadsheet", endless)).rows == [["値", "値", "令和8年 11月"]]


def test_so_much_is_read() -> None:
    """Rows, columns and characters are counted, and it is said that there is more."""
    row = '<row><c r="A1"><v>1</v></c></row>'
    found = read(xlsx({"a": row * 700, "b": row}))
    assert (len(found.rows), found.cut) == (office.MOST_ROWS, True)
    wide = read(xlsx({"a": '<row><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'}))
    assert (wide.rows, wide.cut) == ([["1"]], True)
    long = read(docx("<w:p><w:t>長い</w:t></w:p>" * 100_000))
    assert (len(long.text), long.cut) == (office.MOST_TEXT, True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        packed({"mimetype": "application/epub+zip", "content.xml": "<a/>"}),
        packed({"[Content_Types].xml": "<Types/>"}),
        docx("<w:p>"),
        docx("</w:body></w:document>").replace(b"PK\x03\x04", b"PK\x03\x05", 1),
        xlsx({"a": '<row><c t="s"><v>7</v></c></row>'}),
        xlsx({"a": "<row><c><v>viele</v></c></row>"}),
        packed(
            {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}, zipfile.ZIP_LZMA
        ),
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    """Other archives, broken and unusual ones."""
    with pytest.raises(NotRead):
        read(data)
    assert outside.office(data) is None


def test_no_bomb_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entities are refused before the first of them, and a part that is too large is not read to its end."""
    laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'
    with pytest.raises(NotRead, match="document type"):
        read(packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": laughs}))
    monkeypatch.setattr(office, "MOST_PART", 1_000)
    with pytest.raises(NotRead, match="too large"):
        read(docx("<w:p><w:t>長い</w:t></w:p>" * 100))


def test_broken_bytes_are_read_or_refused() -> None:
    """Whatever is changed in a document, nothing but NotRead is raised."""
    chosen = random.Random(7)
    whole = [docx("<w:p><w:t>文</w:t></w:p>"), xlsx({"a": "<row><c><v>1</v></c></row>"}), pptx("一", "二")]
    for _ in range(600):
        data = bytearray(chosen.choice(whole))
        for _ in range(chosen.randrange(1, 6)):
            data[chosen.randrange(len(data))] = chosen.randrange(256)
        try:
            read(bytes(data))
        except NotRead:
            pass


def test_a_preview_shows_it_and_names_what_it_cannot() -> None:
    """By a program of its own; a document without words, one with a password, and one that is broken, of which the parts
    are listed."""
    found = preview("見積.docx", "", docx("<w:p><w:t>御見積書 髙島様</w:t></w:p>"))
    assert (found.kind, found.text) == ("document", "御見積書 髙島様")
    assert preview("a.xlsx", "", xlsx({"a": "<row><c><v>1</v></c></row>"})).rows == [["1"]]
    assert preview("a.docx", "", docx("")).kind == "document"
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert preview("a.xlsx", "", locked).kind == "locked"
    assert preview("a.doc", "", locked[:100]).kind == "none"
    assert preview("a.docx", "", docx("<w:p>")).entries[0].name == "[Content_Types].xml"
