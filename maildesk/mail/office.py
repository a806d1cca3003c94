"""What a person reads in a document: Office Open XML (ECMA-376: docx, xlsx, pptx) and OpenDocument (ISO/IEC 26300: odt,
ods, odp).

Run as a program of its own, which needs nothing but the standard library: a document comes in on standard input, what
is read goes out as JSON, and the system ends it where the document takes more than any honest one
(:func:`maildesk.mail.outside.office`).
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Literal, NamedTuple
from xml.parsers import expat

MOST_PART, MOST_PARTS = 32 << 20, 64 << 20
"""Bytes of one part, and of all that are read, unpacked."""
MOST_TEXT = 200_000
MOST_ROWS, MOST_COLUMNS, MOST_CELL = 500, 30, 200
MEMORY, CPU_SECONDS = 768 << 20, 10
"""What the program may have."""

Attributes = Mapping[str, str]


class Document(NamedTuple):
    """What was read: lines, or the rows of a spreadsheet, each sheet with its name before it where there are several.
    ``cut``: there is more."""

    kind: Literal["document", "table"]
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    cut: bool = False


class NotRead(ValueError):
    """No document of a kind that is known here, or one that is broken, locked or too large."""


class _Full(Exception):
    """Enough was read."""


def read(data: bytes) -> Document:
    """Read a document. Raises NotRead."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = _Parts(archive)
            return _ooxml(parts) if parts.holds("[Content_Types].xml") else _open_document(parts)
    except (
        zipfile.BadZipFile,
        expat.ExpatError,
        ArithmeticError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,  # a locked part
        ValueError,
        zlib.error,
    ) as error:
        raise NotRead(str(error)) from error


class _Parts:
    """The files in a document, so many bytes of them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos = {info.filename: info for info in archive.infolist()}
        self._left = MOST_PARTS

    def holds(self, name: str) -> bool:
        """Whether there is one of that name."""
        return name in self._infos

    def bytes(self, name: str) -> bytes:
        """One of them. Raises KeyError, NotRead."""
        info = self._infos[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotRead("an unusual way of packing")  # LZMA may ask for gigabytes before the first byte
        most = min(MOST_PART, self._left)
        with self._archive.open(info) as file:
            found = file.read(most + 1)
        if len(found) > most:
            raise NotRead("too large")
        self._left -= len(found)
        return found

    def walk(
        self,
        name: str,
        start: Callable[[str, Attributes], object],
        end: Callable[[str], object] = lambda _name: None,
        text: Callable[[str], object] = lambda _text: None,
    ) -> None:
        """Tell of the elements of a part by their local names. Raises what :meth:`bytes` raises, ExpatError."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = lambda name, given: start(name.rpartition(":")[2], given)
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        parser.CharacterDataHandler = text
        parser.Parse(self.bytes(name), True)


def _no_doctype(*_: object) -> None:
    raise NotRead("a document type, which these formats do not have and bombs are made of")


def _local(given: Attributes, name: str) -> str:
    """An attribute by its local name, whatever its prefix."""
    return next((value for key, value in given.items() if key.rpartition(":")[2] == name), "")


# ---- text

_SKIPPED = frozenset(
    [
        *("Fallback", "moveFrom", "tracked-changes"),  # the same again, or taken out
        *("rPh", "rt", "ruby-text", "note-citation"),  # readings over words, numbers of notes
        *("pPr", "rPr", "sectPr"),  # how it looks
    ]
)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "noBreakHyphen": "-"}


class _Words:
    """Lines of a part: those of ``holders`` are its text. A cell of a table ends in a tab."""

    def __init__(self, holders: frozenset[str]) -> None:
        self._holders = holders
        self.pieces: list[str] = []
        self._size = self._skipped = self._held = self._cells = 0

    @property
    def is_full(self) -> bool:
        """Whether there is more than is wanted."""
        return self._size > MOST_TEXT

    def start(self, name: str, given: Attributes) -> None:
        if self._skipped or name in _SKIPPED:
            self._skipped += 1
        elif name in self._holders:
            self._held += 1
        elif name in ("tc", "table-cell"):
            self._cells += 1
        elif name in _SIGNS:
            self._put(_SIGNS[name])
        elif name == "s" and self._held:
            self._put(" " * min(int(_local(given, "c") or 1), 100))

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if name in self._holders:
            self._held -= 1
        if name in ("tc", "table-cell"):
            self._cells -= 1
            self._put("\t")
        elif name in ("p", "h", "tr", "table-row"):
            self._put(" " if self._cells and name in ("p", "h") else "\n")

    def text(self, words: str) -> None:
        if self._held and not self._skipped:
            self._put(words)

    def _put(self, words: str) -> None:
        self.pieces.append(words)
        self._size += len(words)
        if self.is_full:
            raise _Full


def _text_of(parts: _Parts, names: Sequence[str], holders: frozenset[str]) -> Document:
    words = _Words(holders)
    with suppress(_Full):
        for name in names:
            parts.walk(name, words.start, words.end, words.text)
            words.pieces.append("\n")
    text = re.sub(r" +(?=\t)|[ \t]+(?=\n)", "", "".join(words.pieces))
    return Document("document", re.sub(r"\n{3,}", "\n\n", text).strip("\n")[:MOST_TEXT], cut=words.is_full)


# ---- Office Open XML

_IN_WORD = ("footnotes+xml", "endnotes+xml", "header+xml", "footer+xml", "comments+xml")


def _ooxml(parts: _Parts) -> Document:
    kinds: dict[str, str] = {}

    def part(_name: str, given: Attributes) -> None:
        if name := given.get("PartName", "").lstrip("/"):
            kinds[name] = given.get("ContentType", "")

    parts.walk("[Content_Types].xml", part)
    main = next((name for name, kind in kinds.items() if kind.endswith("main+xml") and parts.holds(name)), "")
    kind = kinds.get(main, "")
    if "word" in kind:
        others = sorted(name for name in kinds if kinds[name].endswith(_IN_WORD) and parts.holds(name))
        return _text_of(parts, [main, *others], frozenset(["t"]))
    if "presentation" in kind or "powerpoint" in kind:
        slides = [name for _, name in _listed(parts, main, "sldId")]
        notes = sorted(name for name in kinds if kinds[name].endswith("notesSlide+xml") and parts.holds(name))
        return _text_of(parts, [*slides, *notes], frozenset(["t"]))
    if "spreadsheet" in kind or "excel" in kind:
        strings, styles = (
            next((name for name in kinds if kinds[name].endswith(end) and parts.holds(name)), "")
            for end in ("sharedStrings+xml", "styles+xml")
        )
        return _workbook(parts, main, strings, styles)
    raise NotRead("a package of another kind")


def _listed(parts: _Parts, main: str, element: str) -> list[tuple[str, str]]:
    """The parts that the main one lists in ``element``, in its order: names that people gave, and names in the file."""
    folder, _, name = main.rpartition("/")
    targets: dict[str, str] = {}
    found: list[tuple[str, str]] = []

    def related(_name: str, given: Attributes) -> None:
        if target := given.get("Target", ""):
            whole = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            targets[given.get("Id", "")] = posixpath.normpath(whole)

    def listed(name: str, given: Attributes) -> None:
        if name == element:
            by = next((value for key, value in given.items() if key.endswith(":id")), "")
            if parts.holds(target := targets.get(by, "")):
                found.append((given.get("name", ""), target))

    parts.walk(posixpath.join(folder, "_rels", f"{name}.rels"), related)
    parts.walk(main, listed)
    return found


# ---- spreadsheets

_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""Number formats of dates and times that have no code (ECMA-376 part 1, 18.8.30, those of East Asia among them)."""
_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
_DATE_CODE = re.compile(r"[ymdhs]|gg?g?e", re.IGNORECASE)
_COLUMN = re.compile(r"[A-Z]{1,3}")


class _Rows:
    """Rows of all sheets, so many; the name of a sheet stands before its rows."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._names: list[int] = []
        self._cut = False
        self._sheet: str | None = None
        self._row: dict[int, str] = {}

    def sheet(self, name: str) -> None:
        """What follows is of this sheet."""
        self._sheet = name

    def put(self, column: int, words: str) -> None:
        """A cell of this row."""
        if not (words := " ".join(words.split())[:MOST_CELL]):
            return
        if column < MOST_COLUMNS:
            self._row[column] = words
        else:
            self._cut = True

    def end(self) -> None:
        """The row is whole; one without words is none. Raises _Full."""
        if not self._row:
            return
        if len(self._rows) - len(self._names) >= MOST_ROWS:
            self._cut = True
            raise _Full
        if self._sheet is not None:
            self._names.append(len(self._rows))
            self._rows.append([f"[{self._sheet}]"])
            self._sheet = None
        self._rows.append([self._row.get(column, "") for column in range(max(self._row) + 1)])
        self._row = {}

    def document(self) -> Document:
        """All of it; a sheet that is alone needs no name."""
        return Document("table", rows=self._rows[len(self._names) == 1 :], cut=self._cut)


def _workbook(parts: _Parts, main: str, strings: str, styles: str) -> Document:
    sheets = _listed(parts, main, "sheet")
    since = datetime(1899, 12, 30, tzinfo=UTC)

    def properties(name: str, given: Attributes) -> None:
        nonlocal since
        if name == "workbookPr" and given.get("date1904", "") in ("1", "true"):
            since = datetime(1904, 1, 1, tzinfo=UTC)

    parts.walk(main, properties)
    shared = _shared(parts, strings)
    dates = _date_styles(parts, styles)
    rows = _Rows()
    with suppress(_Full):
        for name, part in sheets:
            cells = _Cells(rows, shared, dates, since)
            rows.sheet(name)
            parts.walk(part, cells.start, cells.end, cells.text)
    return rows.document()


class _String:
    """The words of a cell or of a shared string, without the readings that a Japanese one carries."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._held = self._readings = 0

    @property
    def whole(self) -> str:
        """All of it."""
        return "".join(self._pieces)

    def clear(self) -> None:
        """Another one begins."""
        self._pieces.clear()

    def start(self, name: str) -> None:
        self._held += name in ("v", "t")
        self._readings += name == "rPh"

    def end(self, name: str) -> None:
        self._held -= name in ("v", "t")
        self._readings -= name == "rPh"

    def text(self, words: str) -> None:
        if self._held and not self._readings:
            self._pieces.append(words)


class _Cells:
    """The cells of a sheet (ECMA-376 part 1, 18.3.1)."""

    def __init__(self, rows: _Rows, shared: Sequence[str], dates: Sequence[bool], since: datetime) -> None:
        self._rows, self._shared, self._dates, self._since = rows, shared, dates, since
        self._column = -1
        self._kind = self._style = ""
        self._value = _String()
        self.text = self._value.text

    def start(self, name: str, given: Attributes) -> None:
        if name == "row":
            self._column = -1
        elif name == "c":
            place = _COLUMN.match(given.get("r", ""))
            self._column = _number_of(place[0]) if place else self._column + 1
            self._kind, self._style = given.get("t", "n"), given.get("s", "")
            self._value.clear()
        self._value.start(name)

    def end(self, name: str) -> None:
        self._value.end(name)
        if name == "c" and (value := self._value.whole):
            self._rows.put(self._column, self._shown(value))
        elif name == "row":
            self._rows.end()

    def _shown(self, value: str) -> str:
        match self._kind:
            case "s":
                return self._shared[int(value)]
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case "n":
                style = int(self._style or 0)
                is_date = style < len(self._dates) and self._dates[style]
                return _number(float(value), self._since if is_date else None)
            case _:
                return value


def _number_of(letters: str) -> int:
    """The number of a column, from 0: A, B, … Z, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _number(value: float, since: datetime | None) -> str:
    if since is not None and 0 <= value < 2_958_466:  # the year 9999
        moment = since + timedelta(seconds=round(value * 86_400))
        clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
        if value < 1:
            return clock
        return f"{moment:%Y-%m-%d}" if clock == "00:00" else f"{moment:%Y-%m-%d} {clock}"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.15g}"


def _shared(parts: _Parts, name: str) -> list[str]:
    """Strings that cells name by their number."""
    found: list[str] = []
    if not parts.holds(name):
        return found
    string = _String()

    def start(name: str, _given: Attributes) -> None:
        if name == "si":
            string.clear()
        string.start(name)

    def end(name: str) -> None:
        string.end(name)
        if name == "si":
            found.append(string.whole[:MOST_CELL])

    parts.walk(name, start, end, string.text)
    return found


def _date_styles(parts: _Parts, name: str) -> list[bool]:
    """Whether a number is a date, by the number of its cell's style."""
    codes: dict[str, str] = {}
    found: list[bool] = []
    in_cells = False

    def start(name: str, given: Attributes) -> None:
        nonlocal in_cells
        if name == "numFmt":
            codes[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif name == "cellXfs":
            in_cells = True
        elif name == "xf" and in_cells:
            number = given.get("numFmtId", "0")
            found.append(
                _is_date(codes[number]) if number in codes else number.isdigit() and int(number) in _DATES
            )

    def end(name: str) -> None:
        nonlocal in_cells
        if name == "cellXfs":
            in_cells = False

    if parts.holds(name):
        parts.walk(name, start, end)
    return found


def _is_date(code: str) -> bool:
    bare = _NO_CODE.sub("", code).partition(";")[0]
    return "general" not in bare.lower() and _DATE_CODE.search(bare) is not None


# ---- OpenDocument


def _open_document(parts: _Parts) -> Document:
    kind = parts.bytes("mimetype").decode("ascii")
    if not kind.startswith("application/vnd.oasis.opendocument."):
        raise NotRead("an archive of another kind")
    if "spreadsheet" not in kind:
        return _text_of(parts, ["content.xml"], frozenset(["p", "h"]))
    tables = _Tables()
    with suppress(_Full):
        parts.walk("content.xml", tables.start, tables.end, tables.text)
    return tables.rows.document()


class _Tables:
    """The cells of an OpenDocument spreadsheet (part 3, 9.1), which say themselves how they are shown."""

    def __init__(self) -> None:
        self.rows = _Rows()
        self._column = self._repeated = self._held = 0
        self._pieces: list[str] = []

    def start(self, name: str, given: Attributes) -> None:
        if name == "table":
            self.rows.sheet(_local(given, "name"))
        elif name == "table-row":
            self._column = 0
        elif name in ("table-cell", "covered-table-cell"):
            self._repeated = max(int(_local(given, "number-columns-repeated") or 1), 1)
            self._pieces.clear()
        elif name == "p":
            self._held += 1

    def end(self, name: str) -> None:
        if name == "p":
            self._held -= 1
            self._pieces.append(" ")
        elif name in ("table-cell", "covered-table-cell"):
            words = "".join(self._pieces)
            for column in range(self._column, min(self._column + self._repeated, MOST_COLUMNS + 1)):
                self.rows.put(column, words)
            self._column += self._repeated
        elif name == "table-row":
            self.rows.end()

    def text(self, words: str) -> None:
        if self._held:
            self._pieces.append(words)


def main() -> None:
    """The program: exit code 1 for what is no document."""
    with suppress(ImportError, ValueError, OSError):  # no such limits here
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    try:
        found = read(sys.stdin.buffer.read())
    except (NotRead, MemoryError):
        sys.exit(1)
    sys.stdout.buffer.write(json.dumps(found._asdict(), ensure_ascii=False).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
