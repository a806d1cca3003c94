"""What the demo's team has told one another: announcements, hand-over notes, chat, rules, a comment that
names you, a telephone memo, what is known of customers, a view that all share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from maildesk.demo.people import FIELDS
from maildesk.desk import Desk
from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.phone import Call, CallState
from maildesk.domain.status import Sort, Tab
from maildesk.domain.view import View

_ANNOUNCEMENT = (
    "倉庫の棚卸しのため、今月末の3日間は当日出荷を休みます。\n"
    "お届け日のご質問には「最短で棚卸し明けの出荷」とご案内ください。"
)
_HAND_OVER = (
    "夜間の担当より: 木製ラックの同梱漏れが2件続いています。部品の発送は倉庫に依頼済みです。\n"
    "同じお問い合わせが来たら、写真を頂かずに部品を手配してください。"
)
_RULES = """# こもれび 楽天市場店

## お約束

- 最初の返信は 4時間以内
- 1通目で必ずお名前と注文番号を書く
- 返金・値引きの話は高橋さんの承認を受ける

## 言葉

1. お客様の言葉を繰り返してから答える
2. 「できません」で終わらない。できることを1つ書く
"""
_CHAT = (
    (1, 0, "おはようございます。楽天のメールが多いので、午前は楽天から返します。"),
    (2, 0, "了解です。Yahoo は私が見ます。破損の連絡は写真が届いたら倉庫に回してください。"),
    (1, 1, "同梱漏れ、3件目かもしれません。{number} を見てもらえますか。"),
)
"""Which colleague said what: (place in the team, 0 for everybody's room or 1 for the first shop's, words)."""


def talk(desks: Sequence[Desk]) -> None:
    """Say it all. ``desks`` are yours, which administers, and those of two colleagues, the second a supervisor."""
    me, colleague, supervisor = desks
    shop = min(me.inbox.mailboxes(), key=lambda box: box.id)
    supervisor.notes.add(_ANNOUNCEMENT)
    colleague.notes.add(_HAND_OVER, mailbox_id=shop.id)
    supervisor.rules.edit(shop.id, _RULES, supervisor.rules.get(shop.id).version)
    me.views.save(View("破損", "label:破損", Tab.ALL, Sort.OLDEST, letter="b", shared=True))
    rows = tuple(r for r in me.inbox.page(Tab.NEW, limit=200).rows if r.customer_name and not r.automatic)
    if not rows:
        return
    for place, room, words in _CHAT:
        desks[place].chat.say(words.format(number=f"#{rows[-1].id}"), shop.id if room else 0)
    _mention(me, colleague, rows)
    _phoned(colleague, rows[len(rows) // 2])
    _known(supervisor, rows[:6])


def _mention(me: Desk, colleague: Desk, rows: Sequence[ConversationSummary]) -> None:
    row = next((r for r in rows if "傷" in r.subject), rows[0])
    colleague.comments.add(
        row.id, f"@{me.me.login} 倉庫に在庫が2台あります。交換のご案内をお願いできますか。"
    )


def _phoned(colleague: Desk, row: ConversationSummary) -> None:
    now = colleague.now()
    call = Call("03-5555-0134", now - timedelta(minutes=52), now - timedelta(minutes=48), CallState.FOLLOW_UP)
    colleague.phone.memo("配送日の変更をご希望。午前中に折り返すとお伝えした。", call, conversation_id=row.id)


def _known(desk: Desk, rows: Iterable[ConversationSummary]) -> None:
    for place, row in enumerate(rows):
        customer = desk.customers.of_conversation(row.id)
        desk.customers.set_field(customer.id, "rank", FIELDS[0].choices[place % 3])
