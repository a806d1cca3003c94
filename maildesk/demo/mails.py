"""The mail that lies in the demo's mailboxes when it opens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random

from maildesk.demo.letters import HOUR, LETTERS
from maildesk.demo.notices import NOTICES
from maildesk.demo.people import OWN, RAKUTEN, YAHOO, Person
from maildesk.demo.writing import CRLF, JST, Draft, SeedMail, quoted, words, write
from maildesk.domain.mailbox import Mailbox
from maildesk.templates.filters import english_date

SENT = "Sent"
INBOX = "INBOX"
_SAME_ORDER = {"cancel-urgent": "order-rakuten-1", "damage-desk": "order-yahoo-1"}
_WEEKDAYS = "月火水木金土日"
_TOKEN = re.compile(r"%(注文|日|曜|date)([+-]\d+)?%")


def order_number(shop: Mailbox, rng: Random, now: datetime) -> str:
    """A number such as the shop's orders have, of the last days."""
    if shop is RAKUTEN:
        day = now - timedelta(days=rng.randrange(9))
        return f"284193-{day:%Y%m%d}-{rng.randrange(10**6, 10**8):010d}"
    if shop is YAHOO:
        return f"komorebi-{rng.randrange(10_020_000, 10_031_000)}"
    return f"KM-{rng.randrange(3_900, 4_900):06d}"


def day_name(now: datetime, days: int, form: str) -> str:
    """The day ``days`` from now in Tokyo: ``日`` = 11月18日, ``曜`` = 11月18日(水), ``date`` = 18
    November."""
    day = (now + timedelta(days=days)).astimezone(JST)
    if form == "date":
        return english_date(day).rpartition(" ")[0]
    return f"{day.month}月{day.day}日" + (f"({_WEEKDAYS[day.weekday()]})" if form == "曜" else "")


def _filled(text: str, order: str, now: datetime) -> str:
    def value(match: re.Match[str]) -> str:
        return order if match[1] == "注文" else day_name(now, int(match[2] or 0), match[1])

    return _TOKEN.sub(value, text)


def message_id(key: str, domain: str, rng: Random) -> str:
    """A Message-ID that is the same for the same demo."""
    return f"<{key}.{rng.getrandbits(48):012x}@{domain}>"


def seed_mails(now: datetime, seed: int = 20261121) -> list[SeedMail]:
    """About seventy mails, oldest first: what three shops got and answered in the nine days before ``now``
    (aware).

    The same arguments give the same bytes. Copies of our own answers lie in ``Sent``, everything else in
    ``INBOX``.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    rng = Random(seed)
    ids: dict[str, str] = {}
    texts: dict[str, str] = {}
    orders: dict[str, str] = {}
    chains: dict[str, tuple[str, ...]] = {}
    by_key = {letter.key: letter for letter in (*LETTERS, *NOTICES)}
    mails: list[SeedMail] = []
    for letter in sorted(by_key.values(), key=lambda letter: -letter.minutes):
        parent = by_key.get(letter.after)
        root = orders.get(_SAME_ORDER.get(letter.key, letter.after), "") or order_number(
            letter.shop, rng, now
        )
        orders[letter.key] = root
        at = (now - timedelta(minutes=letter.minutes)).replace(microsecond=0)
        text = _filled(letter.text, root, now)
        if letter.ours:
            text += f"\n\n{letter.shop.signature}"
        chain: tuple[str, ...] = ()
        if parent is not None:
            who = f"{parent.shop.name} <{parent.shop.address}>" if parent.ours else _shown(parent.who)
            if not letter.bare:
                text += "\n\n" + quoted(texts[parent.key], who, now - timedelta(minutes=parent.minutes))
            chain = (*chains[parent.key], ids[parent.key])
        outside = (letter.who.name, letter.who.address)
        inside = (letter.shop.name, letter.shop.address)
        domain = (letter.shop.address if letter.ours else letter.who.address).partition("@")[2]
        ids[letter.key] = message_id(letter.key, domain, rng)
        texts[letter.key], chains[letter.key] = text, chain
        raw = write(
            Draft(
                sender=inside if letter.ours else outside,
                to=outside if letter.ours else ("", letter.shop.address),
                subject=_filled(letter.subject, root, now),
                message_id=ids[letter.key],
                at=at,
                text=text,
                html=_filled(letter.html, root, now),
                charset=letter.charset,
                encoding=letter.encoding,
                files=letter.files,
                in_reply_to=ids[parent.key] if parent else "",
                references=chain,
                mailer="maildesk" if letter.ours else letter.mailer,
                headers=letter.headers,
            )
        )
        folder = SENT if letter.ours else INBOX
        mails.append(SeedMail(letter.shop.address, folder, raw, timedelta(minutes=letter.minutes)))
    for make in (_bounce, _away):
        mails.append(make(now, rng, ids))
    return sorted(mails, key=lambda mail: -mail.age)


def _shown(who: Person) -> str:
    return f"{who.name} <{who.address}>" if who.name else who.address


def _bounce(now: datetime, rng: Random, ids: dict[str, str]) -> SeedMail:
    """What the customer's server says to our answer (RFC 3464)."""
    age = timedelta(minutes=24 * HOUR + 29)
    at = format_datetime((now - age).astimezone(JST))
    line = "----=_dsn_5f2a"
    parts = (
        f"""--{line}
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.mobile.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<toru-yokoyama@mobile.example>: host mx.mobile.example[192.0.2.25] said:
    550 5.1.1 <toru-yokoyama@mobile.example>: Recipient address rejected:
    User unknown (in reply to RCPT TO command)
""",
        f"""--{line}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mobile.example
Arrival-Date: {at}

Final-Recipient: rfc822; toru-yokoyama@mobile.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.mobile.example
Diagnostic-Code: smtp; 550 5.1.1 Recipient address rejected: User unknown
""",
        f"""--{line}
Content-Type: text/rfc822-headers

From: {words(YAHOO.name, "utf-8")} <{YAHOO.address}>
To: toru-yokoyama@mobile.example
Subject: {words("Re: 返品の住所を教えてください", "utf-8")}
Message-ID: {ids["bounced-2"]}

--{line}--
""",
    )
    head = f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.mobile.example>
To: {YAHOO.address}
Subject: Undelivered Mail Returned to Sender
Date: {at}
Message-ID: {message_id("dsn", "mx.mobile.example", rng)}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="{line}"

"""
    text = (head + "".join(parts)).replace("\r\n", "\n")
    return SeedMail(YAHOO.address, INBOX, text.encode().replace(b"\n", CRLF), age)


def _away(now: datetime, rng: Random, ids: dict[str, str]) -> SeedMail:
    """The holiday notice that answers our offer (RFC 3834)."""
    age = timedelta(minutes=24 * HOUR + 459)
    raw = write(
        Draft(
            sender=("河野 裕", "y.kono@design-office.example"),
            to=("", OWN.address),
            subject="【自動返信】不在のお知らせ Re: 天板サイズの特注は可能ですか",
            message_id=message_id("away", "design-office.example", rng),
            at=(now - age).replace(microsecond=0),
            text=_filled(
                "ご連絡ありがとうございます。\n出張のため、%曜+2%まで不在にしております。\n"
                "お急ぎの場合は事務所(代表)までお電話ください。\n\n河野",
                "",
                now,
            ),
            in_reply_to=ids["away-2"],
            references=(ids["away-1"], ids["away-2"]),
            headers=(
                ("Auto-Submitted", "auto-replied"),
                ("X-Auto-Response-Suppress", "All"),
                ("Precedence", "bulk"),
            ),
        )
    )
    return SeedMail(OWN.address, INBOX, raw, age)
