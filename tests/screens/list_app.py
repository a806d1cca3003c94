"""An app with one long list, for tests that count bytes: ``python -m tests.screens.list_app ROWS``."""

from __future__ import annotations

import sys

from maildesk.domain.safetext import safe_line
from maildesk.widgets.list_row import ListRow
from maildesk.widgets.mail_list import MailList
from tests.screens.support import Stage

SENDERS = (
    "佐藤 花子",
    "高橋 一郎",
    "渡邉 美咲",
    "John Smith",
    "株式会社イトーキ 購買部",
    "𠮷田 さくら",
    "no-reply@rakuten.example",
)
SUBJECTS = (
    "【楽天市場】ご注文のキャンセルについて(注文番号:123456-20261121-0012345678)",
    "サイズ交換をお願いしたいのですが",
    "届いた商品に傷がありました",
    "Where is my order #A-1029?",
    "Re: 見積りのお願い(学習机 20台)",
    "お問い合わせ:ギフト包装は可能でしょうか?",
    "注文確認メール(返信不要)",
)
PRIORITIES = ("大至急", "至急", "", "", "重要", "", "")
SHOPS = ("楽天", "自社", "Yahoo", "Amzn", "自社", "楽天", "楽天")


def row(number: int) -> ListRow:
    """A believable conversation."""
    kind = number % 7
    urgency = {"大至急": "critical", "至急": "urgent", "重要": "important"}
    return ListRow(
        id=number + 1000,
        number=safe_line(f"#{number + 1000}"),
        sender=safe_line(SENDERS[kind]),
        subject=safe_line(SUBJECTS[kind]),
        time=safe_line(f"{9 + kind:02}:{number % 60:02}"),
        unread=kind in (0, 1, 5),
        flags=safe_line(("", "", "添返", "", "返", "", "自")[kind]),
        priority=safe_line(PRIORITIES[kind]),
        urgency=urgency.get(PRIORITIES[kind], "normal"),  # type: ignore[arg-type]
        shop=safe_line(SHOPS[kind]),
        assignee=safe_line("佐藤" if kind == 2 else ""),
        holder=safe_line("鈴木" if kind == 4 else ""),
    )


class ListApp(Stage):
    """The list over ``total`` rows, supplied page by page."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.mail_list = MailList()
        super().__init__(lambda: [self.mail_list])

    def on_mount(self) -> None:
        """Show the first page."""
        self.mail_list.focus()
        self.mail_list.set_page([row(place) for place in range(min(200, self.total))], 0, self.total)

    def on_mail_list_page_needed(self, message: MailList.PageNeeded) -> None:
        """Supply what is asked for."""
        wanted = range(message.offset, message.offset + message.count)
        message.mail_list.set_page([row(place) for place in wanted], message.offset, self.total)


if __name__ == "__main__":
    ListApp(int(sys.argv[1])).run()
