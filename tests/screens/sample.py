"""The desk that the screens' tests look at: three shops, four agents, conversations of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maildesk.domain.address import Address
from maildesk.domain.agent import Agent, Role
from maildesk.domain.conversation import (
    Attachment,
    Conversation,
    ConversationSummary,
    Customer,
    Event,
    Message,
    MessageKind,
)
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import Priority, Status, WaitingReason

NOW = datetime(2026, 11, 21, 1, 42, tzinfo=UTC)
"""The moment at which every test looks: 10:42 in Tokyo."""

SATO = Agent(1, "sato", "佐藤", Role.AGENT, "さとう")
SUZUKI = Agent(2, "suzuki", "鈴木", Role.AGENT, "すずき")
TAKAHASHI = Agent(3, "takahashi", "高橋", Role.SUPERVISOR, "たかはし")
NAKAMURA = Agent(4, "nakamura", "中村", Role.AGENT, "なかむら")
AGENTS = (SATO, SUZUKI, TAKAHASHI, NAKAMURA)

MAILBOXES = (
    Mailbox(
        1,
        "アンジェ 楽天市場店",
        "楽天",
        "rakuten@shop.example",
        signature="アンジェ 楽天市場店 カスタマーサポート",
    ),
    Mailbox(
        2,
        "アンジェ Yahoo!店",
        "Yahoo",
        "yahoo@shop.example",
        signature="アンジェ Yahoo!店 カスタマーサポート",
    ),
    Mailbox(
        3,
        "アンジェ web shop",
        "自社",
        "support@shop.example",
        signature="アンジェ web shop カスタマーサポート",
    ),
)

HOSTILE = (
    "[/]",
    "[@click=app.quit]x[/]",
    "[red]x[/blue]",
    "(PAM) [a=b] [bold]",
    "\x1b]0;PWNED\x1b\\\x1b[31mred",
    "\x9b31m\u202eevil\u200b\x00\x07",
    "か\u3099👩‍👩‍👧‍👦🇯🇵ﾊﾟ𠮷",
    "$error {{ body }} %s {0}",
)

_ROWS: tuple[tuple[int, str, str, str, int, Priority, int | None, int, bool, int], ...] = (
    # number, name, address, subject, mailbox, priority, assignee, minutes ago, unread, attachments
    (
        1042,
        "佐藤 花子",
        "hanako@customer.example",
        "【楽天市場】ご注文のキャンセルについて(注文番号:123456)",
        1,
        Priority.CRITICAL,
        None,
        40,
        True,
        0,
    ),
    (
        1047,
        "高橋 一郎",
        "ichiro@customer.example",
        "サイズ交換をお願いしたいのですが",
        3,
        Priority.URGENT,
        None,
        71,
        True,
        0,
    ),
    (
        1044,
        "渡邉 美咲",
        "watanabe@customer.example",
        "届いた商品に傷がありました",
        2,
        Priority.URGENT,
        1,
        85,
        False,
        3,
    ),
    (
        1045,
        "John Smith",
        "john@customer.example",
        "Where is my order #A-1029?",
        3,
        Priority.NORMAL,
        None,
        92,
        True,
        0,
    ),
    (
        1031,
        "株式会社イトーキ 購買部",
        "kobai@customer.example",
        "Re: 見積りのお願い(学習机 20台)",
        3,
        Priority.IMPORTANT,
        2,
        107,
        False,
        0,
    ),
    (
        1049,
        "𠮷田 さくら",
        "sakura@customer.example",
        "お問い合わせ:ギフト包装は可能でしょうか?",
        1,
        Priority.NORMAL,
        None,
        113,
        True,
        0,
    ),
    (
        1050,
        "高橋 一郎",
        "ichiro@customer.example",
        "領収書の宛名を変更してください",
        2,
        Priority.NORMAL,
        None,
        121,
        False,
        0,
    ),
    (
        1051,
        "中村 健",
        "ken@customer.example",
        "商品がまだ届きません(3日経過)",
        1,
        Priority.URGENT,
        None,
        132,
        True,
        0,
    ),
    (
        1052,
        "小林 由美",
        "yumi@customer.example",
        "在庫の再入荷はいつ頃でしょうか",
        3,
        Priority.NORMAL,
        3,
        150,
        False,
        0,
    ),
    (
        1053,
        "伊藤 直樹",
        "naoki@customer.example",
        "返品送料について教えてください",
        1,
        Priority.NORMAL,
        None,
        160,
        True,
        0,
    ),
    (1054, "山本 彩", "aya@customer.example", "ログインできません", 3, Priority.NORMAL, None, 1200, False, 0),
    (
        1055,
        "no-reply@rakuten.example",
        "no-reply@rakuten.example",
        "注文確認メール(返信不要)",
        1,
        Priority.NORMAL,
        None,
        1300,
        True,
        0,
    ),
)

_BODY = (
    "お世話になっております。11月18日に注文した「オーク材 学習机(注文番号:angers-10028841)」が"
    "本日届きましたが、天板の右端に約3cmの傷がありました。写真を3枚添付いたします。交換は可能でしょうか。週末に子どもの誕生日があり、"
    "それまでに届くと助かります。お手数ですが、ご確認のほどよろしくお願いいたします。\n"
)
_QUOTE = "\n".join(f"> 前回のご案内 {n} 行目でございます。" for n in range(1, 13))


def summaries(hostile: bool = False) -> list[ConversationSummary]:
    """The rows of the sample desk; ``hostile`` puts escape sequences and markup into every text."""
    rows = []
    for index, (number, name, address, subject, mailbox, priority, assignee, ago, unread, files) in enumerate(
        _ROWS
    ):
        box = MAILBOXES[mailbox - 1]
        bad = HOSTILE[index % len(HOSTILE)]
        agent = next((a for a in AGENTS if a.id == assignee), None)
        at = NOW - timedelta(minutes=ago)
        row = ConversationSummary(
            id=number,
            status=Status.NEW,
            subject=bad + subject if hostile else subject,
            customer_name=bad + name if hostile else name,
            customer_address=address,
            mailbox_id=mailbox,
            mailbox_name=bad if hostile else box.name,
            shop=bad if hostile else box.short_name,
            assignee_id=assignee,
            assignee_name=(bad if hostile else agent.name) if agent else "",
            claim=None,
            labels=(bad,) if hostile else ("破損", "交換") if number == 1044 else (),
            priority=priority,
            received_at=at,
            last_message_at=at,
            due_at=None,
            unread=unread,
            attachments=files,
            messages=1,
            version=1,
            turn=1,
            automatic=number == 1055,
            snippet=(bad if hostile else "") + _BODY[:80],
        )
        rows.append(row)
    for number, status, reason in (
        (1020, Status.WAITING, WaitingReason.CUSTOMER),
        (1021, Status.WAITING, WaitingReason.COLLEAGUE),
        (1010, Status.DONE, None),
        (1011, Status.DONE, None),
        (1005, Status.SPAM, None),
    ):
        rows.append(
            replace(
                rows[number % 5],
                id=number,
                status=status,
                waiting_reason=reason,
                answered=status is Status.DONE,
                unread=False,
                claim=None,
                last_message_at=NOW - timedelta(days=3, minutes=number % 60),
                received_at=NOW - timedelta(days=4),
            )
        )
    return rows


def conversation(summary: ConversationSummary, hostile: bool = False) -> Conversation:
    """What stands in a conversation of the sample desk: mail in, a comment, an answer of ours, events."""
    bad = HOSTILE[summary.id % len(HOSTILE)] if hostile else ""
    base = summary.id * 10
    customer = Address(summary.customer_name, summary.customer_address)
    box = MAILBOXES[summary.mailbox_id - 1]
    files = tuple(
        Attachment(n, f"{bad}kizu_0{n + 1}.jpg", "image/jpeg", size)
        for n, size in enumerate((831_488, 808_960, 1_153_434)[: summary.attachments])
    )
    messages = [
        Message(
            base + 1,
            MessageKind.IN,
            summary.received_at,
            customer,
            to=(box.identity,),
            subject=summary.subject,
            text=bad + (_BODY + "\n" + _QUOTE),
            message_id=f"<{summary.id}.1@customer.example>",
            attachments=files,
            automatic="other" if summary.automatic else None,
        ),
    ]
    if summary.id == 1044:
        messages.append(
            Message(
                base + 2,
                MessageKind.COMMENT,
                NOW - timedelta(minutes=37),
                text=bad + "@佐藤 倉庫に在庫2台確認済み。最短22日着で手配できます。",
                author=bad or TAKAHASHI.name,
            )
        )
    if summary.answered:
        messages.append(
            Message(
                base + 3,
                MessageKind.OUT,
                summary.last_message_at,
                box.identity,
                to=(customer,),
                subject="Re: " + summary.subject,
                text=bad + "お問い合わせありがとうございます。交換の手配をいたしました。\n",
                message_id=f"<md.{summary.id}@shop.example>",
                author=SUZUKI.name,
            )
        )
    events = (
        Event(
            NOW - timedelta(minutes=31),
            bad or SATO.name,
            "assigned",
            {"from": {"assignee_id": None}, "to": {"assignee_id": 1}},
        ),
        Event(
            NOW - timedelta(minutes=30),
            bad or SATO.name,
            "status",
            {"from": {"status": "waiting"}, "to": {"status": "new"}},
        ),
    )
    return Conversation(
        replace(summary, messages=len(messages)),
        Customer(summary.id % 7 + 1, summary.customer_name, (summary.customer_address,)),
        tuple(messages),
        events if summary.id == 1044 else (),
    )


TEMPLATES: tuple[tuple[str, str, str, str], ...] = (
    # name, reading, category, body
    (
        "破損・不良 交換のご案内",
        "はそん ふりょう こうかん",
        "交換",
        "{{ customer }} 様\n\nこのたびは商品に傷があり、心よりお詫び申し上げます。\n"
        "交換品を {{ 到着予定日 }} 着で手配いたします。\n",
    ),
    (
        "写真ご送付のお願い",
        "しゃしん そうふ おねがい",
        "交換",
        "{{ customer }} 様\n\nお手数ですが、写真をお送りください。\n",
    ),
    (
        "お詫び(共通)",
        "おわび きょうつう",
        "共通",
        "{{ customer }} 様\n\nご迷惑をおかけし、申し訳ございません。\n",
    ),
    (
        "領収書の発行",
        "りょうしゅうしょ はっこう",
        "会計",
        "{{ customer }} 様\n\n領収書を発行いたしました。\n",
    ),
    ("Where is my order", "", "English", "Dear {{ customer }},\n\nYour order is on its way.\n"),
)
