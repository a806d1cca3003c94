"""Small documents of office programs, as those write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SLIDES: Final = "application/vnd.openxmlformats-officedocument.presentationml"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def packed(parts: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip in memory."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


def _package(kinds: Mapping[str, str], parts: Mapping[str, str]) -> bytes:
    listed = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    types = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{listed}</Types>'
    return packed({"[Content_Types].xml": types, **parts})


def _relations(targets: Mapping[str, str]) -> str:
    found = "".join(f'<Relationship Id="{name}" Target="{target}"/>' for name, target in targets.items())
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{found}</Relationships>'


def docx(body: str, **others: str) -> bytes:
    """A Word document with this in its body; ``others`` are further parts (``header1="<w:p>…"``)."""
    names = {"header": "header", "footnotes": "footnotes", "comments": "comments"}
    kinds = {"word/document2.xml": f"{_WORD}.document.main+xml"}
    parts = {
        "word/document2.xml": f'<w:document xmlns:w="w" xmlns:mc="mc"><w:body>{body}</w:body></w:document>'
    }
    for name, text in others.items():
        kinds[f"word/{name}.xml"] = f"{_WORD}.{names[name.rstrip('0123456789')]}+xml"
        parts[f"word/{name}.xml"] = f'<w:part xmlns:w="w">{text}</w:part>'
    return _package(kinds, parts)


def xlsx(
    sheets: Mapping[str, str], *, strings: str = "", styles: str = "", since_1904: bool = False
) -> bytes:
    """An Excel workbook: rows by the names of its sheets, which lie in the file in the other order."""
    kinds = {"xl/workbook.xml": f"{_SHEET}.sheet.main+xml", "xl/s.xml": f"{_SHEET}.sharedStrings+xml"}
    kinds["xl/styles.xml"] = f"{_SHEET}.styles+xml"
    last = len(sheets)
    listed = "".join(f'<sheet name="{name}" r:id="rId{at}"/>' for at, name in enumerate(sheets))
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="s" xmlns:r="{_RELATIONS}"><workbookPr date1904="{int(since_1904)}"/>'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            {f"rId{at}": f"worksheets/sheet{last - at}.xml" for at in range(last)}
        ),
        "xl/s.xml": f'<sst xmlns="s">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="s">{styles}</styleSheet>',
    }
    for at, rows in enumerate(sheets.values()):
        parts[f"xl/worksheets/sheet{last - at}.xml"] = (
            f'<worksheet xmlns="s"><sheetData>{rows}</sheetData></worksheet>'
        )
    return _package(kinds, parts)


def pptx(*slides: str, notes: str = "") -> bytes:
    """A presentation, whose slides lie in the file in the other order."""
    last = len(slides)
    kinds = {"ppt/presentation.xml": f"{_SLIDES}.presentation.main+xml"}
    kinds["ppt/notesSlides/notesSlide1.xml"] = f"{_SLIDES}.notesSlide+xml"
    listed = "".join(f'<p:sldId id="{256 + at}" r:id="rId{at}"/>' for at in range(last))
    parts = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="p" xmlns:r="{_RELATIONS}">{listed}</p:presentation>',
        "ppt/_rels/presentation.xml.rels": _relations(
            {f"rId{at}": f"/ppt/slides/slide{last - at}.xml" for at in range(last)}
        ),
        "ppt/notesSlides/notesSlide1.xml": _slide(notes),
    }
    parts |= {f"ppt/slides/slide{last - at}.xml": _slide(words) for at, words in enumerate(slides)}
    return _package(kinds, parts)


def _slide(words: str) -> str:
    return f'<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:sld>'


def opendocument(kind: str, body: str) -> bytes:
    """An OpenDocument of a ``kind`` ("text", "spreadsheet")."""
    names = 'xmlns:office="o" xmlns:text="t" xmlns:table="b"'
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {names}>{body}</office:document-content>",
        }
    )
