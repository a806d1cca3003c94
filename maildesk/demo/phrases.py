"""New mail while the demo runs: customers who write by themselves, and customers who answer what was sent
to them.

Mails are put together from parts that fit each other (who, what, which goods, how polite), so that hundreds
of them differ as the mails of people do.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from random import Random

from maildesk.demo.mails import INBOX, day_name, message_id, order_number
from maildesk.demo.people import DOMAINS, FAMILY, FOREIGN, GIVEN, OWN, RAKUTEN, SHOPS
from maildesk.demo.writing import Charset, Draft, File, SeedMail, jpeg, quoted, write


@dataclass(frozen=True, slots=True)
class Scene:
    """A matter that customers write about: its goods, possible subjects, what they say, what they ask.
    Every part of a scene fits every other. ``photo``: often with one; ``ordered``: there is an order number
    to give."""

    goods: tuple[str, ...]
    subjects: tuple[str, ...]
    said: tuple[str, ...]
    asked: tuple[str, ...]
    photo: bool = False
    ordered: bool = True


_FURNITURE = (
    "オーク材のローテーブル",
    "伸長式ダイニングテーブル",
    "本棚(幅60cm)",
    "座面の広いスツール",
    "ソファ「木陰」",
)
_LIGHT = ("和紙のフロアライト", "真鍮のペンダントライト", "置き時計「しずく」", "陶器の花瓶(大)")
_CLOTHES = (
    "リネンのワンピース",
    "コットンのカーディガン",
    "スエードのローファー",
    "ウールのコート",
    "麻のエプロン",
)
_GIFTS = (
    "名入れの箸 2膳",
    "木のおもちゃセット",
    "今治タオルの詰め合わせ",
    "桐箱入りのお茶",
    "風呂敷のギフトセット",
)
_ALL = _FURNITURE + _LIGHT + _CLOTHES + _GIFTS

SCENES: tuple[Scene, ...] = (
    Scene(
        _ALL,
        ("キャンセルをお願いします", "注文の取り消しについて", "キャンセルできますか"),
        (
            "{品}を注文しましたが、家族が同じものを買っていました。",
            "{品}の色を間違えて注文してしまいました。",
            "急な転居が決まり、{品}が不要になりました。",
            "{品}を、操作を誤って2個注文してしまいました。",
        ),
        (
            "まだ発送前でしたら、キャンセルをお願いできますか。",
            "キャンセル料がかかる場合は教えてください。",
            "返金の時期も知りたいです。",
        ),
    ),
    Scene(
        _CLOTHES,
        ("サイズ交換の件", "サイズが合いませんでした", "交換をお願いできますか"),
        (
            "届いた{品}を試着したところ、少し小さく感じました。",
            "{品}ですが、思っていたよりゆったりしていました。",
        ),
        (
            "別のサイズと交換は可能ですか。",
            "在庫があれば交換を希望します。なければ返品でお願いします。",
            "交換の送料はいくらになりますか。",
        ),
    ),
    Scene(
        _FURNITURE + _LIGHT,
        ("商品が破損していました", "届いた商品に傷があります", "破損の連絡です", "届いた商品について"),
        (
            "本日{品}を受け取りましたが、角に傷がありました。",
            "{品}を開封したところ、表面に大きな傷がありました。箱にもへこみがあります。",
            "{品}の端が欠けて、傷になっていました。",
        ),
        (
            "写真を添付しますので、ご確認ください。",
            "交換していただけますか。",
            "このまま使う場合、値引きなどはありますか。",
        ),
        photo=True,
    ),
    Scene(
        _FURNITURE,
        ("不良品でしょうか", "ぐらつきがあります"),
        ("{品}を組み立てましたが、少しぐらつきます。", "{品}を使い始めて3日ですが、ぐらついて音がします。"),
        ("直し方があれば教えてください。", "不良品でしたら、交換をお願いします。"),
    ),
    Scene(
        _ALL,
        ("まだ届きません", "発送予定を教えてください", "配送状況の確認", "お届け日について"),
        (
            "{日}に注文した{品}がまだ届いていません。",
            "{日}に注文した{品}の、発送のご連絡をまだいただいていません。",
            "{品}の追跡番号が、数日前から更新されません。",
        ),
        (
            "いつ頃届きますか。",
            "{先}に使いたいので、間に合うかどうか教えてください。",
            "状況を確認していただけますか。",
        ),
    ),
    Scene(
        _ALL,
        ("領収書をお願いします", "領収書の宛名について", "インボイス対応の領収書は出ますか"),
        ("{品}を会社の経費で購入しました。", "先日の{品}の領収書が必要になりました。"),
        (
            "宛名は「株式会社{姓}企画」でお願いします。",
            "但し書きは「備品代」でお願いできますか。",
            "PDFで送っていただけると助かります。",
        ),
    ),
    Scene(
        _ALL,
        ("再入荷はありますか", "在庫について", "取り置きはできますか"),
        ("{品}がずっと気になっているのですが、在庫切れでした。", "友人の家で見た{品}を探しています。"),
        (
            "次の入荷はいつ頃になりますか。",
            "入荷したら連絡をいただけますか。",
            "似た商品があれば教えてください。",
        ),
        ordered=False,
    ),
    Scene(
        _GIFTS,
        ("ギフト包装について", "のしをお願いしたいです", "プレゼントに使いたいのですが"),
        (
            "{品}を、{先}の誕生日の贈り物にしたいと思っています。",
            "祖母の米寿のお祝いに{品}を選びました。",
            "職場の先輩の結婚祝いに{品}を考えています。",
        ),
        (
            "包装とリボンはお願いできますか。",
            "のしに名前を入れてもらえますか。",
            "メッセージカードは付けられますか。",
            "手渡し用の紙袋もいただけますか。",
        ),
        ordered=False,
    ),
    Scene(
        _ALL,
        ("届け先を変更したいです", "住所を間違えました", "届け先の訂正"),
        ("{品}の届け先を、以前の住所のまま注文してしまいました。", "{品}の届け先の番地を書き忘れました。"),
        ("会員登録の住所に変更していただけますか。", "変更の手続きを教えてください。"),
    ),
    Scene(
        _ALL,
        ("配達の日時を変えられますか", "受け取り日の変更", "お届け日の変更"),
        (
            "{品}の受け取りの日に、急な予定が入ってしまいました。",
            "{品}の配達の時間に、家にいられなくなりました。",
        ),
        ("{先}以降の配達に変更できますか。", "夜間の時間帯は選べますか。"),
    ),
    Scene(
        _FURNITURE,
        ("組み立てについて質問です", "組み立て方が分かりません"),
        (
            "{品}を購入した者です。組み立て図の手順4がよく分かりません。",
            "{品}の組み立てを始めましたが、向きが合っているか不安です。",
        ),
        ("詳しい説明書はありますか。", "組み立てサービスは後から頼めますか。"),
    ),
    Scene(
        _FURNITURE,
        ("部品が1つ足りません", "ネジが入っていませんでした"),
        ("{品}のネジが1本入っていませんでした。", "{品}の脚のネジが、1本だけ合いません。"),
        ("部品だけ送っていただけますか。", "すぐに使いたいので、早めに送っていただけると助かります。"),
        photo=True,
    ),
    Scene(
        _FURNITURE + _LIGHT,
        ("寸法を教えてください", "サイズについて質問です"),
        ("{品}を置きたい場所の幅が限られています。", "{品}の購入を検討しています。"),
        ("いちばん幅の広いところの寸法を教えてください。", "箱の大きさも分かりますか。"),
        ordered=False,
    ),
    Scene(
        _ALL,
        ("返品したいです", "返品の方法を教えてください", "返金について"),
        ("{品}を購入しましたが、思っていた感じと違いました。", "{品}の色が画面で見たものと違いました。"),
        (
            "未使用ですが、返品はできますか。",
            "返送先の住所を教えてください。",
            "送料は着払いでもよいでしょうか。",
        ),
    ),
)
_OPENINGS = (
    "お世話になっております。",
    "はじめまして。",
    "いつも利用しています。",
    "こんにちは。",
    "突然のメールで失礼します。",
    "お忙しいところ恐れ入ります。",
    "",
)
_CLOSINGS = (
    "よろしくお願いいたします。",
    "お手数ですが、ご返信をお待ちしております。",
    "お忙しいところすみませんが、よろしくお願いします。",
    "ご確認のほど、お願いいたします。",
    "できれば今日中にお返事をいただけると助かります。",
)
_MAILERS = ("", "", "Phone Mail (3.2)", "Home Mailer 7.1", "Business Mail 6.00", "Web Mail")
_ENGLISH = (
    (
        "Question about my order {注文}",
        "I ordered the {goods} and would like to know when it will ship.",
        "Do you have a tracking number yet?",
    ),
    (
        "Wrong size - exchange?",
        "The {goods} arrived today, thank you! Sadly it is the wrong size for us.",
        "Would an exchange be possible? Order {注文}.",
    ),
    (
        "Do you ship overseas?",
        "I saw your {goods} at a friend's house and fell in love with it.",
        "Could you ship one to me, and what is the postage?",
    ),
    (
        "Damaged parcel",
        "The {goods} (order {注文}) came with a cracked corner.",
        "Can you send a replacement? I can send photos.",
    ),
)
_ENGLISH_GOODS = ("oak side table", "brass lamp", "linen dress", "furoshiki gift set", "tea box")


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def arrivals(seed: int, clock: Callable[[], datetime] = _now) -> Iterator[SeedMail]:
    """New mails without end. The same seed (and clock, an aware time) gives the same mails; age is always
    0."""
    rng = Random(seed)
    recent: list[tuple[int, str]] = []
    while True:
        number = rng.randrange(len(SCENES) * 6 // 5)
        if number >= len(SCENES):
            yield _in_english(rng, clock())
            continue
        scene = SCENES[number]
        goods = rng.choice(scene.goods)
        if (number, goods) in recent:
            continue
        recent = [*recent[-7:], (number, goods)]
        yield _in_japanese(scene, goods, rng, clock())


def _in_japanese(scene: Scene, goods: str, rng: Random, now: datetime) -> SeedMail:
    shop = rng.choice(SHOPS)
    family, given = rng.choice(FAMILY), rng.choice(GIVEN)
    order = order_number(shop, rng, now)
    domain = "masked.mall.example" if shop is RAKUTEN else rng.choice(DOMAINS)
    local = (
        f"{rng.getrandbits(40):010x}"
        if shop is RAKUTEN
        else f"{given[1]}.{family[1]}{rng.choice(('', '', rng.randrange(10, 99)))}"
    )
    words = {
        "品": f"「{goods}」" if rng.random() < 0.6 else goods,
        "日": day_name(now, -rng.randrange(3, 12), "日"),
        "先": day_name(now, rng.randrange(3, 16), "曜"),
        "姓": family[0],
    }
    asked = rng.sample(scene.asked, rng.choice((1, 1, 2)))
    lines = [rng.choice(_OPENINGS), rng.choice((f"{family[0]}と申します。", f"{family[0]}です。", ""))]
    numbered = scene.ordered and rng.random() < 0.8
    body = [
        "".join(line for line in lines if line),
        "",
        rng.choice(scene.said).format(**words),
        *(
            [rng.choice((f"注文番号は {order} です。", f"(注文番号:{order})", f"注文番号 {order}"))]
            if numbered
            else []
        ),
        "",
        *(line.format(**words) for line in asked),
        "",
        rng.choice(_CLOSINGS),
        *rng.choice(((), (), (f"\n{family[0]} {given[0]}",))),
    ]
    subject = rng.choice(scene.subjects)
    if numbered and rng.random() < 0.25:
        subject += f"({order})"
    files = (File(f"IMG_{rng.randrange(1000, 9999)}.jpg", "image/jpeg", jpeg(40, 30, rng.randrange(10**6))),)
    charset: Charset = "iso-2022-jp" if rng.random() < 0.2 else "utf-8"
    return SeedMail(
        shop.address,
        INBOX,
        write(
            Draft(
                sender=(f"{family[0]} {given[0]}" if rng.random() < 0.9 else "", f"{local}@{domain}"),
                to=("", shop.address),
                subject=subject,
                message_id=message_id("new", domain, rng),
                at=now,
                text=re.sub(r"\n{3,}", "\n\n", "\n".join(body)).strip(),
                charset=charset,
                encoding="7bit" if charset == "iso-2022-jp" else "base64",
                files=files if scene.photo and rng.random() < 0.7 else (),
                mailer=rng.choice(_MAILERS),
            )
        ),
        timedelta(0),
    )


def _in_english(rng: Random, now: datetime) -> SeedMail:
    name, local = rng.choice(FOREIGN)
    subject, said, asked = rng.choice(_ENGLISH)
    words = {"注文": order_number(OWN, rng, now), "goods": rng.choice(_ENGLISH_GOODS)}
    hello, end = (
        rng.choice(("Hello,", "Hi there,", "Good morning,")),
        rng.choice(("Best wishes,", "Thanks a lot,", "Kind regards,")),
    )
    return SeedMail(
        OWN.address,
        INBOX,
        write(
            Draft(
                sender=(name, f"{local}{rng.randrange(1, 99)}@example.com"),
                to=("", OWN.address),
                subject=subject.format(**words),
                message_id=message_id("new", "example.com", rng),
                at=now,
                text=f"{hello}\n\n{said.format(**words)}\n{asked.format(**words)}\n\n{end}\n{name}",
                charset="us-ascii",
                encoding="7bit",
            )
        ),
        timedelta(0),
    )


_THANKS = (
    "早速のご対応ありがとうございます。\n助かりました。今後ともよろしくお願いいたします。",
    "ご丁寧にありがとうございました。承知いたしました。",
    "ご連絡ありがとうございます。よく分かりました。\nまた利用させていただきます。",
    "ありがとうございます!安心しました。",
)
_QUESTIONS = (
    "ご返信ありがとうございます。\nもうひとつ教えてください。お届けの際、時間の指定はできますか。",
    "早いお返事をありがとうございます。\n追加の費用は何もかからないという理解でよろしいでしょうか。",
    "ご連絡ありがとうございます。\n念のため確認ですが、こちらから何か手続きをする必要はありますか。",
    "ありがとうございます。\nちなみに、同じものをもうひとつ追加で注文することはできますか。",
)
_DATES = (
    "ご連絡ありがとうございます。\n申し訳ありませんが、その日は不在にしております。\n{先}の午後に変更していただけますか。",
    "承知しました。できれば{先}以降にしていただけると助かります。",
    "ありがとうございます。\n{先}の午前中でしたら、確実に受け取れます。",
)
_PHOTOS = (
    "お手数をおかけします。写真を撮りましたので添付します。",
    "ご連絡ありがとうございます。\nご依頼の写真をお送りします。これで分かりますでしょうか。",
)
_ENGLISH_ANSWERS = (
    "Thank you so much for the quick reply - that helps a lot!",
    "Great, thank you. One more question: will somebody have to be at home to receive it?",
    "Thanks! Could you make it {date} instead, please? We are away before that.",
)
_UNANSWERED = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|.*-notice|owner)", re.IGNORECASE)


def customer_answer(raw_reply: bytes, seed: int, now: datetime | None = None) -> bytes | None:
    """What the customer writes back to a reply of ours, or None when he does not: thanks, one more
    question, another date, the photos that were asked for.

    The answer quotes the reply and points to it by In-Reply-To and References. The same reply, seed and
    time give the same answer. Automatic addresses never answer, nor does anybody answer an automatic mail
    or a text without a sender.
    """
    reply = message_from_bytes(raw_reply, policy=policy.default)
    own_id = str(reply.get("Message-ID", "")).strip()
    to = getaddresses([str(reply.get("To", ""))])
    sender = getaddresses([str(reply.get("From", ""))])
    automatic = str(reply.get("Auto-Submitted", "no")).strip().lower() != "no"
    if not own_id or not to or not sender or "@" not in to[0][1] or "@" not in sender[0][1] or automatic:
        return None
    (name, address), (shop_name, shop_address) = to[0], sender[0]
    if _UNANSWERED.match(address):
        return None
    rng = Random(seed ^ zlib.crc32(own_id.encode()))
    now = now or _now()
    text = _text(reply)
    own_words = text.split("\n>", 1)[0]
    files: tuple[File, ...] = ()
    words = {
        "先": day_name(now, rng.randrange(4, 12), "曜"),
        "date": day_name(now, rng.randrange(4, 12), "date"),
    }
    chance = rng.random()
    if chance < 0.2:
        return None
    if own_words.isascii():
        said = rng.choice(_ENGLISH_ANSWERS)
    elif "写真" in own_words and "お送りいただけ" in own_words:
        said = rng.choice(_PHOTOS)
        files = tuple(
            File(f"IMG_{rng.randrange(1000, 9999)}.jpg", "image/jpeg", jpeg(48, 36, rng.randrange(10**6)))
            for _ in range(2)
        )
    elif chance < 0.6:
        said = rng.choice(_THANKS)
    elif chance < 0.8:
        said = rng.choice(_QUESTIONS)
    else:
        said = rng.choice(_DATES)
    signature = f"\n\n{name}" if name and rng.random() < 0.6 else ""
    subject = " ".join(str(reply.get("Subject", "")).split())
    who = f"{shop_name} <{shop_address}>" if shop_name else shop_address
    return write(
        Draft(
            sender=(name, address),
            to=(shop_name, shop_address),
            subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
            message_id=message_id("re", address.partition("@")[2], rng),
            at=now,
            text=f"{said.format(**words)}{signature}\n\n{quoted(text.strip(), who, _sent_at(reply, now))}",
            files=files,
            in_reply_to=own_id,
            references=(*re.findall(r"<[^<>\s]+>", str(reply.get("References", "")))[-20:], own_id),
            mailer=rng.choice(_MAILERS),
        )
    )


def _text(reply: EmailMessage) -> str:
    body = reply.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


def _sent_at(reply: EmailMessage, now: datetime) -> datetime:
    date = reply.get("Date")
    at = getattr(date, "datetime", None)
    return at if isinstance(at, datetime) and at.tzinfo else now
