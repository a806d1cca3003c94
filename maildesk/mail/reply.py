"""What somebody really wrote: the words of a reply apart from quotes and signatures.

Japanese habits first (full-width ``＞``, 差出人:/送信日時:, ━━ boxes, iPhoneから送信), then the common ones
of other languages. Lines are looked at one by one with patterns that cannot backtrack far, so that time grows
with the length of the text and with nothing else. A reply is never left empty: rather too much than nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "quote", "signature"]

MAX_LINES = 5_000
MAX_CHARACTERS = 262_144
"""What stands behind so many lines or characters is taken as it is."""

_LONG = 400
_SIGNATURE_LINES = 20


def _any(*words: str) -> str:
    """An alternative of all the words, which stand in strings separated by ``|``."""
    return "(?:" + "|".join(words) + ")"


_FROM = _any("差出人|送信者|発信者|送信元|From|Von|De|Da|Van|Fra|Från|Od")
_SENT = _any(
    "送信日時|日時|Sent|Date|Gesendet|Datum|Envoyé|Enviado el|Enviado|Fecha|Inviato|Data",
    "Verzonden|Sendt|Skickat|Wysłane",
)
_OTHER = _any(
    "宛先|件名|返信先|To|Cc|Subject|Reply-To|An|Betreff|À|Objet|Para|Asunto|A|Oggetto|Aan|Onderwerp",
    "Til|Emne|Till|Ämne|Do|Temat",
)
_COLON = r"[ 　]{0,10}\*?[ ]?[:：]"

_QUOTED = re.compile(r" {0,3}(?:[>＞]|\|(?: |$))")
_RULE_SIGNS = "-_=─━＝―－* "
_ORIGINAL = re.compile(
    _any(
        "Begin |Original|Forwarded|Reply|Weitergeleitete|Ursprüngliche|Doorgestuurd|Oorspronkelijk",
        "Mensaje|Message|Messaggio|Wiadomość|Videresendt|Oprindelig|Opprinnelig|Преадресованное",
        "Пересылаемое|原始|元の|転送|オリジナル",
    ),
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"[ *]{0,4}"
    + _any(
        "Begin forwarded message|Début du message réexpédié|Anfang der weitergeleiteten Nachricht",
        "Inizio messaggio inoltrato|転送されたメッセージ",
    )
    + r"[ *]{0,4}[:：]?[ *]{0,4}$",
    re.IGNORECASE,
)
_ZOHO = re.compile(r"-{2,8} [^\n]{4,200} (?:wrote|schrieb|a écrit) -{2,8}$")
_RULE = re.compile(r"[ \t]{0,4}(?:_{10,}|-{10,})[ \t]{0,4}$")
_FIELD = re.compile(r"[ \t>*]{0,6}(" + _any(_FROM, _SENT, _OTHER) + ")" + _COLON, re.IGNORECASE)
_FIRST_FIELD = re.compile(r"[ \t*]{0,6}" + _FROM + _COLON + r"\*?[ \t　]{0,4}\S", re.IGNORECASE)
_DATE_FIELD = re.compile(r"[ \t*]{0,6}" + _SENT + _COLON, re.IGNORECASE)
_JAPANESE_DATE = re.compile(r"\d{2,4}[年/.-] ?\d{1,2}[月/.-] ?\d{1,2}日?")
_MONTH_AND_DAY = re.compile(r"\d{1,2}[月/.-] ?\d{1,2}日?")
_CLOCK = re.compile(r"\d{1,2}[:：時.]\d{2}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[./]\d{1,2}[./]\d{2}\b")
_ADDRESS = re.compile(r"[\w.+-]{1,80}@[\w-]{1,80}")
_WROTE = re.compile(
    _any(
        "wrote|writes|said|schrieb|écrit|escribió|scritto|schreef|napisał|skrev|escreveu|kirjoitti",
        "пишет|написал|yazdı|píše|napsal|geschreven|写道|のメール|が書きました|は書きました|からのメール",
    )
    + r"[^:：\n]{0,80}[:：][ >]{0,3}$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r" {0,3}"
    + _any(
        r"On|Am|Le|El|Il|Op|Den|Dnia|W dniu|Em|På|At|In article|In message|Dne|W",
        r"ons\.|fre\.|man\.|tir\.|tor\.|lør\.|søn\.|pon\.|\d{4}-\d\d-\d\d|\d{1,2}[./ ]",
    )
    + r"(?:\b|(?<=[. /]))",
    re.IGNORECASE,
)
_GMAIL_DATE = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d\d:\d\d [^\n]{1,150}[:：]$")
_PHONE_NOTE = re.compile(
    r"[ \t]{0,4}(?:"
    + _any(
        r"(?:私の)?"
        + _any(
            "iPhone|iPad|Android|スマートフォン|スマホ|携帯|ドコモ|au|SoftBank|モバイル|Xperia|Galaxy",
            "Windows Phone|Yahoo!メール|Gmail|Outlook",
        )
        + r"[^\n。]{0,30}?(?:から|より|で)の?(?:送信|送られ|返信)[^\n]{0,30}",
        _any("Sent|Envoyé|Enviado|Inviato|Gesendet|Von meinem|Skickat|Verstuurd|Sendt|Wysłane")
        + r"\b[^\n]{0,20}?\b"
        + _any("from|de|desde|da|von|vanaf|från|fra|z|iPhone|my")
        + r"\b[^\n]{0,60}"
        + _any(
            "iPhone|iPad|Android|phone|mobile|BlackBerry|Outlook|Mail|Galaxy|Samsung|Yahoo|Windows",
            "Telefon|móvil|device|tablet|Proton",
        )
        + r"[^\n]{0,60}",
        r"(?:Get|Obtenir|Holen Sie sich) Outlook (?:for|pour|für)[^\n]{0,60}",
        r"Outlook for (?:iOS|Android)[^\n]{0,60}",
        r"(?:iOS|Android)[^\n]{0,4}(?:版|用)の? ?Outlook[^\n]{0,20}",
    )
    + r")[ \t]{0,4}$",
    re.IGNORECASE,
)
_DASHES = re.compile(r"--[ 　]?$|― ?$")
_BOX_SIGNS = r"━─═＝=＊*\-_＿~〜～◆◇■□●○☆★♪♦+#▼△▽▲|｜/:・.。┏┓┗┛┌┐└┘╋┃ "
_BOX = re.compile(rf"[ \t　]{{0,8}}([{_BOX_SIGNS}]{{6,200}})[ \t　]{{0,4}}$")
_TITLE_SIGNS = "━─═＝=＊*☆★◆■□●○_＿~～-"
_SIGNED = re.compile(
    r"TEL|FAX|Tel[:：.]|Phone|電話|携帯|〒|https?://|www\.|株式会社|有限会社|合同会社|\(株\)|㈱|@|＠"
    r"|E-?mail|メール[:：]|住所|営業時間|カスタマー|サポート|担当|Co\., ?Ltd"
    r"|\d{2,4}[-ー−]\d{2,4}[-ー−]\d{3,4}",
    re.IGNORECASE,
)


_SENTENCE = re.compile(r"。|(?:ます|です|ません|ください|下さい)[!！ 　]{0,3}$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a text that belong together. The pieces joined by ``\\n`` are the text."""

    kind: Kind
    text: str


class _Lines(list[str]):
    """The lines of a text, with what is known about the beginnings of quotes in it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.introductions: dict[int, tuple[int, bool]] = {}
        self.stops: list[int] = []


def split(text: str) -> tuple[Piece, ...]:
    """The text as pieces in order; every line is in exactly one of them."""
    lines = _Lines(text.split("\n"))
    kinds = _kinds(lines)
    pieces: list[Piece] = []
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or kinds[end] != kinds[start]:
            pieces.append(Piece(kinds[start], "\n".join(lines[start:end])))
            start = end
    return tuple(pieces)


def reply_text(text: str) -> str:
    """The text without quotes and signature, without blank lines around it.

    Never empty if the text is not.
    """
    pieces = split(text)
    for keep in (("text",), ("text", "signature")):
        words = "\n".join(piece.text for piece in pieces if piece.kind in keep).strip("\n \t\r　")
        if words:
            return words
    return text.strip("\n \t\r　")


def _kinds(lines: _Lines) -> list[Kind]:
    kinds: list[Kind] = ["text"] * len(lines)
    count = _looked_at(lines)
    index = 0
    written = False
    while index < count:
        line = lines[index]
        if not line.strip():
            index += 1
            continue
        if _QUOTED.match(line):
            kinds[index] = "quote"
            index += 1
            continue
        size, to_end = _introduction(lines, index, count)
        if size:
            end = len(lines) if to_end and written else index + size
            kinds[index:end] = ["quote"] * (end - index)
            index = end
            continue
        if written and _starts_signature(lines, index, count):
            end = _signature_end(lines, index, count)
            kinds[index:end] = ["signature"] * (end - index)
            index = end
            continue
        written = True
        index += 1
    _blank_lines(lines, kinds)
    return kinds


def _looked_at(lines: list[str]) -> int:
    size = 0
    for index, line in enumerate(lines[:MAX_LINES]):
        size += len(line) + 1
        if size > MAX_CHARACTERS:
            return index
    return min(len(lines), MAX_LINES)


def _introduction(lines: _Lines, index: int, count: int) -> tuple[int, bool]:
    """How many lines from here introduce a quote (0: none), and whether everything behind them is quote."""
    if index not in lines.introductions:
        lines.introductions[index] = _find_introduction(lines, index, count)
    return lines.introductions[index]


def _find_introduction(lines: _Lines, index: int, count: int) -> tuple[int, bool]:
    line = lines[index]
    if len(line) <= _LONG:
        if _is_original(line) or _FORWARD.match(line) or _ZOHO.match(line):
            return 1, not _quotes_follow(lines, index + 1, count)
        if _RULE.match(line):
            following = _next_line(lines, index + 1, count)
            if following < count and _header_block(lines, following, count):
                return 1, True
        if _header_block(lines, index, count):
            return 1, True
        if _names_writer(line.strip()) and _quotes_follow(lines, index + 1, count):
            return 1, False
    size = _wrote(lines, index, count)
    if size:
        return size, not _quotes_follow(lines, index + size, count)
    return 0, False


def _is_original(line: str) -> bool:
    """``-----Original Message-----`` and its relatives."""
    bare = line.lstrip(" >＞*\t").rstrip(" :：\t")
    core = bare.strip(_RULE_SIGNS)
    framed = bare[:2].strip(_RULE_SIGNS) == "" and bare[-1:] in _RULE_SIGNS
    return framed and 4 < len(core) < 80 and _ORIGINAL.match(core) is not None


def _header_block(lines: list[str], index: int, count: int) -> bool:
    """Outlook's quotation: From, Sent, To, Subject of the quoted mail in lines of their own."""
    first = lines[index]
    if not (_FIRST_FIELD.match(first) or _DATE_FIELD.match(first)):
        return False
    names = set()
    for line in lines[index : min(index + 7, count)]:
        match = _FIELD.match(line[:_LONG])
        if match:
            names.add(match.group(1).lower())
    return len(names) >= 3


def _wrote(lines: list[str], index: int, count: int) -> int:
    """The size of ``On …, … wrote:`` and its relatives, over at most three lines."""
    joined = ""
    for size in range(1, 4):
        if index + size > count:
            return 0
        line = lines[index + size - 1].strip()
        if size > 1 and (not line or _QUOTED.match(line)):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _LONG:
            return 0
        if _is_introduction(joined):
            return size
        if size == 1 and not (_OPENING.match(joined) or _JAPANESE_DATE.search(joined[:40]) or "@" in joined):
            return 0
    return 0


def _is_introduction(line: str) -> bool:
    if not line.endswith((":", "：", ": >")):
        return False
    dated = bool(_CLOCK.search(line) and (_JAPANESE_DATE.search(line) or _YEAR.search(line)))
    addressed = "@" in line and _ADDRESS.search(line) is not None
    if _GMAIL_DATE.match(line):
        return True
    if _WROTE.search(line):
        return bool(dated or addressed or _YEAR.search(line) or _JAPANESE_DATE.search(line))
    return dated and addressed


def _names_writer(line: str) -> bool:
    """``渡邉 様 wrote:``, ``11月21日 9:17 渡邉 様:``: too little by itself, enough where a quotation follows."""
    if not line.endswith((":", "：")):
        return False
    return bool(_WROTE.search(line) or (_MONTH_AND_DAY.search(line[:40]) and _CLOCK.search(line)))


def _quotes_follow(lines: list[str], index: int, count: int) -> bool:
    following = _next_line(lines, index, count)
    return following < count and _QUOTED.match(lines[following]) is not None


def _next_line(lines: list[str], index: int, count: int) -> int:
    while index < count and not lines[index].strip():
        index += 1
    return index


def _starts_signature(lines: _Lines, index: int, count: int) -> bool:
    line = lines[index]
    if len(line) > _LONG:
        return False
    if _PHONE_NOTE.match(line):
        return True
    if _DASHES.match(line):
        return _short_rest(lines, index, count)
    box = _BOX.match(line)
    if (box and len(set(box.group(1).strip())) <= 3) or (not box and _is_title(line)):
        end = min(_signature_end(lines, index, count), count)
        if end - index > 3 * _SIGNATURE_LINES:
            return False
        block = lines[index + 1 : end]
        rest = [line for line in block if line.strip() and not _BOX.match(line)]
        return (
            bool(rest)
            and len(rest) <= _SIGNATURE_LINES
            and any(_SIGNED.search(item[:_LONG]) for item in rest)
            and not any(_SENTENCE.search(item[-40:]) for item in rest)
            and (_only_tail(lines, end, count))
        )
    return False


def _is_title(line: str) -> bool:
    """``━━━━ 株式会社サンプル ━━━━``"""
    bare = line.strip()
    core = bare.strip(_TITLE_SIGNS)
    framed = not bare[:4].strip(_TITLE_SIGNS) and not bare[-4:].strip(_TITLE_SIGNS)
    return framed and 0 < len(core) <= 40


def _short_rest(lines: _Lines, index: int, count: int) -> bool:
    end = _signature_end(lines, index, count)
    if end - index > 3 * _SIGNATURE_LINES:
        return False
    return sum(1 for line in lines[index + 1 : end] if line.strip()) <= _SIGNATURE_LINES


def _only_tail(lines: _Lines, end: int, count: int) -> bool:
    """A box is a signature where what was written ends: before a quote or the end of the text."""
    following = _next_line(lines, end, count)
    return (
        following >= count
        or _QUOTED.match(lines[following]) is not None
        or _introduction(lines, following, count)[0] > 0
    )


def _signature_end(lines: _Lines, index: int, count: int) -> int:
    """A signature reaches to the end or to the next quote, at most a screenful."""
    position = _stops(lines, count)[index + 1]
    if position - index > 3 * _SIGNATURE_LINES:
        return count
    while position > index + 1 and position < count and not lines[position - 1].strip():
        position -= 1
    return position if position < count else len(lines)


def _stops(lines: _Lines, count: int) -> list[int]:
    """For each line the next one, itself included, that is a quote or introduces one; ``count`` without any."""
    if not lines.stops:
        stops = [count] * (count + 1)
        for position in range(count - 1, -1, -1):
            line = lines[position]
            found = line.strip() and (_QUOTED.match(line) or _introduction(lines, position, count)[0])
            stops[position] = position if found else stops[position + 1]
        lines.stops = stops
    return lines.stops


def _blank_lines(lines: list[str], kinds: list[Kind]) -> None:
    """Blank lines behind a quote or a signature belong to it, unless text follows."""
    last: Kind = "text"
    pending: list[int] = []
    for index, line in enumerate(lines):
        if not line.strip() and kinds[index] == "text":
            pending.append(index)
            continue
        if kinds[index] != "text" and last != "text":
            for blank in pending:
                kinds[blank] = last
        pending = []
        last = kinds[index]
    if last != "text":
        for blank in pending:
            kinds[blank] = last
