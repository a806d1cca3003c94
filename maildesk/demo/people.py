"""Who is in the demo: three shops, three colleagues, their customers. All domains are examples."""

from __future__ import annotations

from dataclasses import dataclass

from maildesk.domain.agent import Agent, Role
from maildesk.domain.customer import CustomerField, FieldType
from maildesk.domain.label import LabelLook
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.reply_target import ReplyTarget

AGENTS: tuple[Agent, ...] = (
    Agent(1, "sato", "佐藤", Role.ADMIN, "さとう"),
    Agent(2, "suzuki", "鈴木", Role.AGENT, "すずき"),
    Agent(3, "takahashi", "高橋", Role.SUPERVISOR, "たかはし"),
)
"""The first one is who looks at the demo; the others work by themselves."""


def _signature(shop: str, address: str) -> str:
    line = "─" * 20
    return f"{line}\n{shop} カスタマーサポート\n{address}\n受付: 平日 10:00〜17:00(土日祝休み)\n{line}"


RAKUTEN = Mailbox(
    1,
    "こもれび 楽天市場店",
    "楽天",
    "rakuten@shop.example",
    reply_target=ReplyTarget(4 * 3600),
    signature=_signature("こもれび 楽天市場店", "rakuten@shop.example"),
)
YAHOO = Mailbox(
    2,
    "こもれび Yahoo!店",
    "Yahoo",
    "yahoo@shop.example",
    reply_target=ReplyTarget(8 * 3600),
    signature=_signature("こもれび Yahoo!店", "yahoo@shop.example"),
)
OWN = Mailbox(
    3,
    "こもれび 公式オンラインショップ",
    "自社",
    "support@shop.example",
    reply_target=ReplyTarget(24 * 3600),
    aliases=("info@shop.example",),
    signature=_signature("こもれび 公式オンラインショップ", "support@shop.example"),
    order_pattern="KM-######",
    order_url="https://manage.shop.example/orders/{order}",
)
SHOPS: tuple[Mailbox, ...] = (RAKUTEN, YAHOO, OWN)
"""Their reply targets are by the clock: a demo is started at any hour."""

LABELS: tuple[LabelLook, ...] = (
    LabelLook("破損", "red", "h"),
    LabelLook("キャンセル", "yellow", "k"),
    LabelLook("法人", "blue", "j"),
)
FIELDS: tuple[CustomerField, ...] = (
    CustomerField("rank", "会員ランク", FieldType.CHOICE, ("ゴールド", "シルバー", "一般")),
    CustomerField("birthday", "誕生日", FieldType.DATE),
)
"""What the desk keeps of its customers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside who writes mail."""

    name: str
    address: str


FAMILY = (
    ("田中", "tanaka"),
    ("山田", "yamada"),
    ("井上", "inoue"),
    ("木村", "kimura"),
    ("林", "hayashi"),
    ("清水", "shimizu"),
    ("森", "mori"),
    ("池田", "ikeda"),
    ("橋本", "hashimoto"),
    ("石川", "ishikawa"),
    ("前田", "maeda"),
    ("藤田", "fujita"),
    ("岡田", "okada"),
    ("後藤", "goto"),
    ("長谷川", "hasegawa"),
    ("村上", "murakami"),
    ("近藤", "kondo"),
    ("遠藤", "endo"),
    ("青木", "aoki"),
    ("坂本", "sakamoto"),
    ("西村", "nishimura"),
    ("福田", "fukuda"),
    ("太田", "ota"),
    ("三浦", "miura"),
    ("藤井", "fujii"),
    ("松田", "matsuda"),
    ("中川", "nakagawa"),
    ("原田", "harada"),
    ("竹内", "takeuchi"),
    ("和田", "wada"),
    ("上田", "ueda"),
    ("柴田", "shibata"),
)
GIVEN = (
    ("陽子", "yoko"),
    ("健太", "kenta"),
    ("恵", "megumi"),
    ("大輔", "daisuke"),
    ("美穂", "miho"),
    ("拓也", "takuya"),
    ("裕子", "yuko"),
    ("翔", "sho"),
    ("千尋", "chihiro"),
    ("浩二", "koji"),
    ("麻衣", "mai"),
    ("誠", "makoto"),
    ("久美子", "kumiko"),
    ("亮", "ryo"),
    ("理恵", "rie"),
    ("智子", "tomoko"),
    ("悠人", "yuto"),
    ("葵", "aoi"),
    ("典子", "noriko"),
    ("隆", "takashi"),
    ("七海", "nanami"),
    ("さゆり", "sayuri"),
)
FOREIGN = (
    ("Emily Carter", "emily.carter"),
    ("Daniel Novak", "d.novak"),
    ("Sophie Martin", "sophie.m"),
    ("Liam O'Connor", "liam.oconnor"),
    ("Mei Ling Tan", "meiling"),
    ("Lucas Andersson", "lucas.a"),
)
DOMAINS = ("mail.example", "example.jp", "mobile.example", "home.example", "example.com")
