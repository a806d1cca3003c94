"""Mails for the benches: the same for the same seed, and much like what shops get.

The mix: 40 % plain text, 32 % multipart/alternative with HTML, 16 % ISO-2022-JP, 12 % Japanese in UTF-8; 10 % have
attachments of 20 to 500 KB; two of three continue a thread (References, quoted text); one in a thousand lacks a
Message-ID or names a charset that does not exist, one in two hundred with attachments lacks its last boundary.
The mean is about 24 KB, the median about 4 KB. Words are made up from syllables and from common characters, with the
long tail of real language.
"""

from __future__ import annotations

import base64
import bisect
import itertools
import quopri
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import Header
from random import Random

SEED = 20261101
SHOP = "support@desk.example"
_BEGIN = 1_700_000_000


def _split(words: str) -> list[str]:
    return words.split()


_COMMON = _split("""
    the to you your we is for and of in on it this that please have with order not our will be are from account
    ticket issue team thank thanks hello support customer invoice payment refund shipping delivery password login
    error server update version email address number product service question problem regards request received help
    contact attached reply today week know let us can would could should if when after before since more information
    details
""")
_COMMON_JA = _split("""
    注文 確認 お客様 商品 配送 返品 請求書 会議 資料 添付 問題 対応 連絡 予定 変更 契約 見積 担当 部署 株式会社 東京
    大阪 設定 画面 エラー サーバー ログイン パスワード アカウント メール 更新 料金 支払 領収書 在庫 発送 住所 電話
    番号 質問 回答 報告 障害 復旧 作業 手順 期限 日程 調整 承知 サイズ 交換 返金 破損 色違い 到着 時間指定 再配達
""")
_KANJI = (
    "日本人大年会国事上中下学生時間前後子行見出入山川田口手足水火木金土電車店長新古高安白黒赤青東西南北名品物料理書類送受取"
    "付合同意思考動作用件数量重軽開閉始終変化交換返信注文住所市区町村番号確認連絡先方法期限支払定価格箱袋紙布糸針色形状"
    "服靴帽鞄花茶酒米肉魚野菜果実春夏秋冬朝昼夜週月曜午雨雪風空海島道路橋駅港家庭室窓門庭園医薬院病気熱体頭顔目耳口"
)
_PARTICLES = ("は", "が", "を", "に", "で", "の", "と", "も", "から", "まで", "について", "への", "では")
_ENDS = (
    "お願いいたします。", "ください。", "ました。", "しております。", "でしょうか。", "と存じます。", "いたします。",
    "ございます。", "できません。", "ありがとうございます。",
)  # fmt: skip
_GREETINGS = ("お世話になっております。", "いつもお世話になっております。", "ご連絡ありがとうございます。")
_SUBJECT_ENDS = ("について", "の件", "のお問い合わせ", "のご確認")
_LAST_JA = _split(
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水"
)
_FIRST_JA = _split("太郎 花子 一郎 美咲 健太 陽子 大輔 由美 翔 さくら 直樹 恵子 誠 愛 拓也")
_BLOB = Random(3).randbytes(1 << 20)


class _Words:
    """A vocabulary, drawn from with Zipf's long tail."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        total = 0.0
        self._sums = [total := total + 1 / (i + 2.7) ** 1.07 for i in range(len(words))]

    def draw(self, random: Random) -> str:
        return self.words[bisect.bisect(self._sums, random.random() * self._sums[-1])]


def _english() -> _Words:
    random = Random(1)
    onsets, nuclei, codas = (
        ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "pl", "ch"],
        ["a", "e", "i", "o", "u", "ea", "ou"],
        ["", "n", "r", "s", "t", "l", "ck"],
    )
    made = dict.fromkeys(_COMMON)
    while len(made) < 40_000:
        syllables = random.choice((1, 2, 2, 3, 3, 4))
        made[
            "".join(
                random.choice(onsets) + random.choice(nuclei) + random.choice(codas) for _ in range(syllables)
            )
        ] = None
    return _Words(list(made))


def _japanese() -> _Words:
    random = Random(2)
    kana = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロン"
    made = dict.fromkeys(_COMMON_JA)
    while len(made) < 30_000:
        pool, length = (
            (_KANJI, random.choice((1, 2, 2, 2, 3, 4)))
            if random.random() < 0.8
            else (kana, random.randint(3, 6))
        )
        made["".join(random.choice(pool) for _ in range(length))] = None
    return _Words(list(made))


@dataclass(frozen=True, slots=True)
class Person:
    """A customer."""

    name: str
    address: str
    japanese: bool


@dataclass(slots=True)
class Draft:
    """A mail before it is put into bytes. ``at`` is in seconds since 1970."""

    number: int
    at: int
    person: Person
    inbound: bool
    subject: str
    body: str
    message_id: str
    references: list[str]


@dataclass(slots=True)
class _Thread:
    person: Person
    subject: str
    references: list[str] = field(default_factory=list)
    last: str = ""


class Generator:
    """Mails in the order of their dates; threads run beside each other."""

    def __init__(self, seed: int = SEED) -> None:
        self._random = Random(seed)
        self._english = _english()
        self._japanese = _japanese()

    def mails(self, count: int) -> Iterator[bytes]:
        """``count`` mails as bytes, with LF line ends."""
        return (self.render(draft) for draft in self.drafts(count))

    def drafts(self, count: int) -> Iterator[Draft]:
        """``count`` mails as text."""
        random = self._random
        people = [self._person(i) for i in range(max(200, count // 8))]
        threads: list[_Thread] = []
        at = float(_BEGIN)
        for number in range(count):
            at += random.expovariate(1 / 600)
            if threads and random.random() < 0.66:
                thread = threads[min(len(threads) - 1, int(len(threads) * random.random() ** 0.5))]
            else:
                thread = self._thread(random.choice(people))
                threads.append(thread)
                del threads[:-400]
            person, n = thread.person, len(thread.references)
            inbound = n % 2 == 0 or random.random() < 0.2
            body = self._text(person.japanese, thread.last if n and random.random() < 0.7 else "")
            thread.last = body.partition("\n> ")[0]
            domain = person.address.partition("@")[2] if inbound else SHOP.partition("@")[2]
            message_id = f"<{number:07d}.{random.getrandbits(48):012x}@{domain}>"
            subject = ("Re: " if n else "") + thread.subject
            yield Draft(number, int(at), person, inbound, subject, body, message_id, thread.references[-20:])
            thread.references.append(message_id)

    # text

    def _person(self, number: int) -> Person:
        random = self._random
        first, last = (self._english.words[random.randint(200, 2900)].capitalize() for _ in range(2))
        japanese = random.random() < 0.28
        name = f"{random.choice(_LAST_JA)} {random.choice(_FIRST_JA)}" if japanese else f"{first} {last}"
        digits = number if random.random() < 0.3 else ""
        return Person(name, f"{first}.{last}{digits}@mail{random.randint(1, 400)}.example".lower(), japanese)

    def _thread(self, person: Person) -> _Thread:
        random = self._random
        if person.japanese:
            words = self._japanese.draw(random), self._japanese.draw(random)
            return _Thread(person, f"{words[0]}の{words[1]}{random.choice(_SUBJECT_ENDS)}")
        words_en = " ".join(self._english.draw(random) for _ in range(random.randint(3, 8)))
        return _Thread(person, words_en.capitalize())

    def _sentence_ja(self) -> str:
        random, draw = self._random, self._japanese.draw
        parts = [draw(random) + random.choice(_PARTICLES) for _ in range(random.randint(2, 5))]
        return "".join(parts) + draw(random) + random.choice(_ENDS)

    def _paragraph_en(self) -> str:
        random = self._random
        words = [self._english.draw(random) for _ in range(random.randint(15, 90))]
        lines, line, at = [], "", 0
        for word in words:
            if at == 0:
                word, at = word.capitalize(), random.randint(6, 18)
            at -= 1
            word += random.choice("...?!") if at == 0 else ""
            if len(line) + len(word) > 71:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        return "\n".join([*lines, line])

    def _text(self, japanese: bool, quoted: str) -> str:
        random = self._random
        paragraphs = random.choice((1, 2, 2, 3, 4))
        if japanese:
            text = random.choice(_GREETINGS) + "\n\n"
            for _ in range(paragraphs):
                text += "\n".join(self._sentence_ja() for _ in range(random.randint(2, 7))) + "\n\n"
            text += "よろしくお願いいたします。\n"
        else:
            text = (
                "Hello,\n\n"
                + "".join(self._paragraph_en() + "\n\n" for _ in range(paragraphs))
                + "Best regards\n"
            )
        if quoted:
            text += "\n" + "\n".join("> " + line for line in quoted.split("\n")[:25]) + "\n"
        return text

    # bytes

    def render(self, mail: Draft) -> bytes:
        """The bytes of a mail."""
        random = self._random
        japanese = mail.person.japanese
        iso = japanese and random.random() < 0.57
        charset = "iso-2022-jp" if iso else "utf-8"
        if iso:
            body = _part("text/plain; charset=ISO-2022-JP", "7bit", mail.body.encode("iso-2022-jp", "ignore"))
        elif not japanese and random.random() < 0.555:
            body = self._plain(mail.body)
        else:
            body = self._alternative(mail.body, japanese)
        if random.random() < 0.10:
            body = self._with_files(body, japanese)
        if random.random() < 0.001:
            body = body.replace(b"charset=utf-8", b"charset=x-unknown-8")
        return "\n".join(self._header(mail, charset)).encode("ascii", "replace") + b"\n" + body

    def _header(self, mail: Draft, charset: str) -> list[str]:
        random, person = self._random, mail.person
        domain = person.address.partition("@")[2]
        shop, customer = f"Support Desk <{SHOP}>", _mailbox(person, charset)
        sender, to = (customer, shop) if mail.inbound else (shop, customer)
        lines = [
            f"Received: from mx{k}.{domain} (mx{k}.{domain} [192.0.2.{random.randint(1, 254)}])\n"
            f"\tby in{k}.desk.example (Postfix) with ESMTPS id {random.getrandbits(44):X}\n"
            f"\tfor <{SHOP}>; {_date(mail.at + k)}"
            for k in range(random.randint(2, 5))
        ]
        if random.random() < 0.75:
            lines += [
                f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;\n\tt={mail.at}; "
                f"h=From:To:Subject:Date:Message-ID;\n\tbh={_base64(random.randbytes(32))};\n\tb="
                + "\n\t ".join(_base64(random.randbytes(48)) for _ in range(5)),
                f"Authentication-Results: mx.desk.example; dkim=pass header.d={domain}; "
                f"spf=pass smtp.mailfrom={domain}; dmarc=pass",
            ]
        if random.random() >= 0.001:
            lines.append(f"Message-ID: {mail.message_id}")
        if mail.references:
            lines += [f"In-Reply-To: {mail.references[-1]}", "References: " + "\n ".join(mail.references)]
        subject = mail.subject
        if person.japanese:
            subject = Header(subject, charset, header_name="Subject", errors="replace").encode()
        lines += [f"From: {sender}", f"To: {to}", f"Date: {_date(mail.at)}", f"Subject: {subject}"]
        if random.random() < 0.3:
            lines.append(
                "X-Mailer: " + random.choice(("Microsoft Outlook 16.0", "Apple Mail (2.3774)", "Thunderbird"))
            )
        return [*lines, "MIME-Version: 1.0"]

    def _plain(self, text: str) -> bytes:
        if self._random.random() < 0.7:
            return _part("text/plain; charset=utf-8", "7bit", text.encode())
        return _part(
            "text/plain; charset=utf-8", "quoted-printable", quopri.encodestring(f"{text}\n— café\n".encode())
        )

    def _alternative(self, text: str, japanese: bool) -> bytes:
        random = self._random
        if not japanese:
            plain = _part("text/plain; charset=utf-8", "7bit", text.encode())
            page = quopri.encodestring(self._html(text).encode())
            return self._multipart(
                "alternative", plain, _part('text/html; charset="utf-8"', "quoted-printable", page)
            )
        plain = _part("text/plain; charset=utf-8", "base64", base64.encodebytes(text.encode()))
        if random.random() < 0.5:
            return plain
        page = base64.encodebytes(self._html(text).encode())
        return self._multipart("alternative", plain, _part("text/html; charset=utf-8", "base64", page))

    def _html(self, text: str) -> str:
        random = self._random
        styles = "".join(
            f".c{j} {{font-family:Arial,Helvetica,sans-serif;font-size:{10 + j}px;color:#{random.getrandbits(24):06x};"
            f"padding:0 {j}px}}\n"
            for j in range(random.randint(5, 40))
        )
        rows = "".join(
            f'<tr><td class="c{j % 9}" align="left" style="margin:0;padding:0;line-height:1.5">'
            f"<p>{line or '&nbsp;'}</p></td></tr>\n"
            for j, line in enumerate(text.split("\n"))
        )
        return (
            f'<html><head><meta charset="utf-8"><style type="text/css">{styles}</style></head><body>'
            f'<table width="600" cellpadding="0" cellspacing="0" border="0">\n{rows}</table>'
            f'<img src="https://count.example/o.gif?u={random.getrandbits(64):x}" width="1" height="1"></body></html>\n'
        )

    def _with_files(self, body: bytes, japanese: bool) -> bytes:
        random, parts = self._random, [body]
        for _ in range(random.choice((1, 1, 1, 2))):
            size = int(20_000 * (25 ** (random.random() ** 1.6)))
            start = random.randint(0, len(_BLOB) - size - 1)
            name = f"{self._english.words[random.randint(100, 999)]}.pdf"
            if japanese:
                name = Header(self._japanese.draw(random) + "資料.pdf", "utf-8").encode()
            disposition = f'Content-Disposition: attachment; filename="{name}"\n'.encode()
            data = base64.encodebytes(_BLOB[start : start + size])
            parts.append(_part(f'application/pdf; name="{name}"', "base64", data, disposition))
        return self._multipart("mixed", *parts, closed=random.random() > 0.005)

    def _multipart(self, kind: str, *parts: bytes, closed: bool = True) -> bytes:
        boundary = f"=_{kind}_{self._random.getrandbits(64):x}".encode()
        inner = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
        end = b"--" + boundary + b"--\n" if closed else b""
        return (
            b"Content-Type: multipart/" + kind.encode() + b'; boundary="' + boundary + b'"\n\n' + inner + end
        )


def _part(content_type: str, encoding: str, data: bytes, extra: bytes = b"") -> bytes:
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n"
    return head.encode() + extra + b"\n" + data


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _date(at: int) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(at))


def _mailbox(person: Person, charset: str) -> str:
    name = Header(person.name, charset).encode() if person.japanese else f'"{person.name}"'
    return f"{name} <{person.address}>"


def small(count: int) -> Iterator[bytes]:
    """``count`` mails of a few lines, for lists of a million."""
    subjects = list(itertools.islice((draft.subject for draft in Generator().drafts(400)), 400))
    for i in range(count):
        address = f"customer{i % 1000}@mail.example"
        encoded = Header(subjects[i % len(subjects)], "utf-8").encode()
        yield (
            f"From: Customer {i % 1000} <{address}>\nTo: {SHOP}\nSubject: {encoded}\n"
            f"Message-ID: <{i}@mail.example>\nDate: {_date(_BEGIN + i * 30)}\n\nline\n"
        ).encode()
