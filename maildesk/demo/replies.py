"""What the demo's shops answer with: reply templates, the values that only an agent knows, comments to
colleagues."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from random import Random

from maildesk.demo.writing import JST
from maildesk.domain.template import Template
from maildesk.templates.filters import business_days, english_date, short_hiduke
from maildesk.templates.suggestion import fold

_HEAD = """{{ 顧客名|default('お客様')|様 }}

いつも{{ 店舗名 }}をご利用いただき、ありがとうございます。
担当の{{ 担当者名 }}でございます。
"""
_ORDER = """{% if 注文番号 %}
ご注文番号: {{ 注文番号 }}
{% endif %}
"""
_TAIL = """
ご不明な点がございましたら、このメールにそのままご返信くださいませ。
今後とも{{ 店舗名 }}をよろしくお願いいたします。
"""
_SUBJECT = "Re: {{ 件名 }}"


def _ja(
    id: int, name: str, reading: str, category: str, keywords: tuple[str, ...], body: str, order: bool = True
) -> Template:
    text = f"{_HEAD}\n{body.strip()}\n{chr(10) + _ORDER if order else ''}{_TAIL}"
    return Template(id, name, category, _SUBJECT, text, keywords, reading, 1, None, "佐藤")


def _en(id: int, name: str, category: str, keywords: tuple[str, ...], body: str) -> Template:
    text = f"""Dear {{{{ customer_name|default('Customer') }}}},

Thank you for your message.

{body.strip()}
{{% if order_number %}}

Your order: {{{{ order_number }}}}
{{% endif %}}

Kind regards,
{{{{ agent_name }}}}
{{{{ shop_name }}}}
"""
    return Template(id, name, category, _SUBJECT, text, keywords, "", 1, None, "佐藤")


TEMPLATES: tuple[Template, ...] = (
    _ja(
        1,
        "破損・不良 交換のご案内",
        "はそん ふりょう こうかんのごあんない",
        "返品・交換",
        (
            "傷が",
            "キズ",
            "破損",
            "割れ",
            "不良",
            "交換は可能",
            "壊れ",
            "欠け",
            "へこみ",
            "電源が入りません",
            "ぐらつく",
        ),
        """このたびは、お届けした商品に不備がございましたこと、心よりお詫び申し上げます。

交換品を手配いたしました。{{ 到着予定日 }}にお届けの予定でございます。
お手元の商品は、交換品のお届けの際に配送員へお渡しください。送料はかかりません。""",
    ),
    _ja(
        2,
        "写真ご送付のお願い",
        "しゃしんごそうふのおねがい",
        "返品・交換",
        ("届いた商品", "違う色", "違う商品", "足りません"),
        """ご不便をおかけし、申し訳ございません。
状況を確認のうえ早急に対応いたしますので、お手数ですが下記の写真をお送りいただけますでしょうか。

 1. 商品の全体と、気になる箇所
 2. お届けした箱の外側と、送り状のラベル

写真は、このメールへの返信に添付してください。""",
    ),
    _ja(
        3,
        "キャンセル承りました",
        "きゃんせるうけたまわりました",
        "注文",
        ("キャンセル", "取り消し", "注文し直し", "間違えて"),
        """ご注文のキャンセルを承りました。

ご返金は{{ 返金予定日 }}までに、お支払いの方法に応じて手続きいたします。
カードの場合、明細への反映には1〜2か月かかることがございます。""",
    ),
    _ja(
        4,
        "キャンセルできない場合(発送済み)",
        "きゃんせるできないばあい はっそうずみ",
        "注文",
        ("キャンセルできない", "発送済み", "もう発送"),
        """誠に恐れ入りますが、ご注文の商品は既に発送しており、キャンセルを承ることができませんでした。

商品をお受け取りのうえ、未使用のまま8日以内にご返送いただければ、返品として承ります。
ご希望の場合はその旨をお知らせください。""",
    ),
    _ja(
        5,
        "サイズ交換のご案内",
        "さいずこうかんのごあんない",
        "返品・交換",
        ("サイズ", "交換", "きつ", "大きい", "小さい", "試着"),
        """サイズの交換を承ります。

ご希望のサイズは在庫がございますので、{{ 今日|営業日+2|短い日付 }}に発送いたします。
お手元の商品は、タグを付けたまま下記へお送りください。

 〒000-0000 長野県松本市 こもれび 返品センター

お客様のご都合による交換のため、ご返送の送料はご負担をお願いしております。""",
    ),
    _ja(
        6,
        "返品・返金のご案内",
        "へんぴん へんきんのごあんない",
        "返品・交換",
        ("返品", "返金", "送料", "着払い", "返送"),
        """返品を承ります。

・商品の不備による場合: 着払いでお送りください。
・お客様のご都合による場合: 未使用の商品に限り、元払いでお送りください。

 〒000-0000 長野県松本市 こもれび 返品センター

商品の到着を確認後、3営業日以内にご返金の手続きをいたします。""",
    ),
    _ja(
        7,
        "配送状況のご案内",
        "はいそうじょうきょうのごあんない",
        "配送",
        ("届きません", "届いていません", "まだ届", "発送", "追跡", "いつ頃届", "持戻り"),
        """お届けについてご心配をおかけし、申し訳ございません。
配送会社に確認いたしましたところ、{{ 到着予定日 }}にお届けの予定でございます。

 配送会社: 青空運輸
 お問い合わせ番号: {{ 追跡番号 }}""",
    ),
    _ja(
        8,
        "お届け日時・お届け先の変更",
        "おとどけにちじ おとどけさきのへんこう",
        "配送",
        ("配達日時", "日時の変更", "届け先", "住所", "変更", "午前中", "お届け日"),
        """お届けの変更を承りました。下記のとおり手配いたしました。

 お届け日時: {{ お届け日時 }}

これ以降の変更は、お手数ですが配送会社へ直接ご連絡をお願いいたします。""",
    ),
    _ja(
        9,
        "領収書発行のご案内",
        "りょうしゅうしょはっこうのごあんない",
        "書類",
        ("領収書", "宛名", "インボイス", "再発行", "但し書き"),
        """領収書を下記の内容で発行いたしました。このメールに添付しております。

 宛名: {{ 宛名|様 }}
 発行日: {{ 今日|日付 }}
 登録番号: T0000000000000""",
    ),
    _ja(
        10,
        "請求書・お見積りのご案内",
        "せいきゅうしょ おみつもりのごあんない",
        "書類",
        ("見積", "請求書", "銀行振込", "月末締め", "法人", "分割"),
        """お見積りのご依頼をいただき、ありがとうございます。
下記のとおりお見積りいたします。書面(PDF)を添付いたしました。

 合計金額: {{ 見積金額|円 }}(税込・送料込)
 納期: {{ 納期 }}
 有効期限: {{ 今日|営業日+20|日付 }}""",
        order=False,
    ),
    _ja(
        11,
        "再入荷のご案内",
        "さいにゅうかのごあんない",
        "在庫",
        ("再入荷", "在庫", "再販", "在庫切れ", "入荷"),
        """お問い合わせの商品は、{{ 再入荷予定 }}に再入荷の予定でございます。

ご希望でしたら、入荷のお知らせをメールでお送りいたします。
数に限りがございますので、お取り置きも承っております。""",
        order=False,
    ),
    _ja(
        12,
        "ギフト包装・のしのご案内",
        "ぎふとほうそう のしのごあんない",
        "ギフト",
        ("ギフト", "包装", "のし", "ラッピング", "お歳暮", "プレゼント", "メッセージカード", "リボン"),
        """ギフト包装を承ります。

・包装とリボン: 無料(ご注文の際に「ギフト包装」をお選びください)
・のし: 無料。表書きとお名前をご注文の備考欄にお書きください
・メッセージカード: 60文字まで無料

お届け先へ直接お送りする場合、金額の分かるものは同封いたしません。""",
        order=False,
    ),
    _ja(
        13,
        "ログインできない場合のご案内",
        "ろぐいんできないばあいのごあんない",
        "会員",
        ("ログイン", "パスワード", "再設定", "会員登録"),
        """ログインについてご不便をおかけし、申し訳ございません。

パスワード再設定のメールを、先ほど改めてお送りいたしました。
届かない場合は、shop.example からのメールを受信できるよう設定をご確認ください。
ポイントの期限は、今回に限り1か月延長いたしました。""",
        order=False,
    ),
    _ja(
        14,
        "組み立て部品の送付",
        "くみたてぶひんのそうふ",
        "返品・交換",
        ("部品", "ネジ", "組み立て", "説明書", "保証書"),
        """不足しておりました部品を、本日お送りいたしました。
{{ 到着予定日 }}ごろ、郵便受けへのお届けとなります。
ご不便をおかけしましたこと、重ねてお詫び申し上げます。""",
    ),
    _ja(
        15,
        "お詫び(共通)",
        "おわび きょうつう",
        "共通",
        ("対応が悪", "返事がありません", "困って", "レビューに書"),
        """このたびは、ご不快な思いをおかけしましたこと、深くお詫び申し上げます。

担当部署に確認し、{{ 回答予定日 }}までに必ずご連絡いたします。
今しばらくお時間をいただけますでしょうか。""",
    ),
    _ja(
        16,
        "素材・寸法のご質問への回答",
        "そざい すんぽうのごしつもんへのかいとう",
        "商品",
        ("素材", "質問", "寸法", "特注", "修理", "張り地", "サンプル"),
        """お問い合わせの件につきまして、次のとおりご案内いたします。

{{ 回答 }}""",
        order=False,
    ),
    _en(
        17,
        "Where is my order",
        "English",
        ("where is my order", "tracking", "shipment", "delivery", "arrive"),
        """Your parcel is on its way and should reach you on {{ delivery_date }}.
The tracking number is {{ tracking_number }} (Aozora Transport).""",
    ),
    _en(
        18,
        "International shipping",
        "English",
        ("ship to", "postage", "international", "overseas", "france"),
        """We are happy to ship to your country. Postage for this order would be {{ postage }},
and it usually takes seven to ten days. Gift wrapping is free of charge.""",
    ),
    _en(
        19,
        "Return or exchange",
        "English",
        ("return", "exchange", "refund", "damaged", "broken", "wrong size"),
        """We are sorry that the item was not as it should be. Please keep it as it is;
we will send a replacement on {{ today|business_days(2)|date }} and our carrier will
collect the first one at no cost to you.""",
    ),
)
"""Sixteen in Japanese and three in English; ids are those of the demo's store when they are stored in this
order."""


def gap_values(now: datetime, rng: Random) -> dict[str, str]:
    """A believable value for each free variable of :data:`TEMPLATES`, as an agent would look it up."""
    today = now.astimezone(JST).date()
    soon = business_days(today, rng.randrange(1, 4))
    window = rng.choice(("午前中", "14時〜16時", "18時〜20時"))
    tracking = f"4412-{rng.randrange(10_000):04d}-{rng.randrange(10_000):04d}"
    return {
        "到着予定日": f"{short_hiduke(soon)}{rng.choice(('', ' 午前中'))}",
        "返金予定日": short_hiduke(business_days(today, 5)),
        "回答予定日": short_hiduke(business_days(today, 1)),
        "追跡番号": tracking,
        "お届け日時": f"{short_hiduke(business_days(today, 4))} {window}",
        "宛名": "ご指定のお宛名",
        "見積金額": str(rng.randrange(90, 160) * 10_000),
        "納期": f"ご注文から約{rng.randrange(3, 7)}週間",
        "再入荷予定": f"{(today + timedelta(days=20)).month}月{rng.choice(('上旬', '中旬', '下旬'))}",
        "回答": rng.choice(
            (
                "お使いの環境でしたら、問題なくお使いいただけます。詳しい寸法図を添付いたします。",
                "工房に確認いたしました。対応は可能で、費用は8,800円(税込)からでございます。",
                "肌に触れる面は綿100%でございます。サンプルを無料でお送りできます。",
            )
        ),
        "delivery_date": english_date(soon),
        "tracking_number": tracking,
        "postage": f"{rng.randrange(28, 60) * 100:,} yen",
    }


COMMENTS: dict[str, tuple[str, ...]] = {
    "傷が": (
        "倉庫に在庫2台あります。最短で明後日着にできます。",
        "写真を確認しました。輸送中の傷だと思うので、運送会社にも連絡しておきます。",
    ),
    "割れ": (
        "梱包材を変えてから3件目です。倉庫に共有しました。",
        "代わりの品は今日の便に間に合います(15時締め)。",
    ),
    "キャンセル": (
        "まだ出荷指示の前なので止められます。倉庫には電話済みです。",
        "モール側の取り消しは私がやっておきます。",
    ),
    "見積": (
        "20台だと掛け率は法人Bで大丈夫です。送料は2か所分を足してください。",
        "大阪の組み立ては外注先に確認中です。",
    ),
    "領収書": ("宛名の変更はモールの画面からはできないので、こちらのPDFで発行してください。",),
    "届きません": ("運送会社に電話しました。営業所に持ち戻っていて、今日の夜に再配達できるそうです。",),
    "在庫": ("来月上旬に40個入る予定です。取り置きリストに入れておきます。",),
    "入荷": ("仕入れ先に確認したら、生産が1週間遅れているそうです。",),
    "サイズ": (
        "Lは本店に1点だけ残っています。確保しました。",
        "この型は少し小さめです。商品ページにも書き足します。",
    ),
    "ログイン": ("再設定メールは送信済みでした。携帯の受信拒否だと思います。",),
    "のし": ("連名のときは年上の方を右に。𠮷の字は印刷できます(確認済み)。",),
    "ソファ": ("搬入経路は図面で確認しました。脚を外せば通ります。", "配送は2人で伺う枠を押さえました。"),
    "where is": ("Tracking shows it left Matsumoto this morning.", "英語の返信、よければ私が書きます。"),
    "返事": ("過去2通は自動振り分けで別のフォルダーに入っていました。先にお詫びの電話をしました。",),
    "": (
        "確認中です。15分ほどで返信します。",
        "同じお客様から電話もありました。折り返し済みです。",
        "この件、私が見ます。",
    ),
}
"""Comments by a word in the mail; '' fits everything."""


def comment_for(subject: str, text: str) -> str:
    """What a colleague notes about a mail, by its subject, else its text; the same for the same mail."""
    where = (fold(subject), fold(text))
    words = [word for word in COMMENTS if word]
    word = next((word for part in where for word in words if word in part), "")
    fitting = COMMENTS[word]
    return fitting[zlib.crc32("\n".join(where).encode("utf-8", "replace")) % len(fitting)]
