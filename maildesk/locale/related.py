"""Words of the conversations that belong to another one, and why."""

TEXTS: dict[str, tuple[str, str]] = {
    "related.title": ("#{number} に関連する会話", "What belongs to #{number}"),
    "related.none": (
        "関連する会話はありません(リンク・同じ注文・同じ顧客の似た内容)",
        "Nothing belongs to it: no link, no order in common, nothing alike",
    ),
    "related.is_merged": (
        "#{number} のメールはすべてこの会話にあります(統合済み)",
        "All mails of #{number} are in this conversation: it was merged into it",
    ),
    "related.and": ("・", "; "),
    "related.order": ("同じ注文 {detail}", "same order {detail}"),
    "related.similar": ("同じ顧客の似た内容", "same customer, reads alike"),
    "related.merged": ("この会話に統合済み", "was merged into this one"),
    "related.linked": ("リンク", "linked"),
    "related.linked.stranger": ("引用元(差出人が別)", "quoted here by another sender"),
    "related.linked.stranger.back": ("この会話を引用(差出人が別)", "quotes this one, another sender"),
    "related.linked.authentication": ("引用元(差出人は未確認)", "quoted here, sender not verified"),
    "related.linked.authentication.back": (
        "この会話を引用(差出人は未確認)",
        "quotes this one, sender not verified",
    ),
    "related.linked.own-address": ("引用元(自社からの証拠なし)", "quoted here in our name, unproven"),
    "related.linked.own-address.back": (
        "この会話を引用(自社からの証拠なし)",
        "quotes this one in our name, unproven",
    ),
    "related.linked.anew": ("前の会話(対応完了)", "came before, was done"),
    "related.linked.anew.back": ("この会話の続き", "goes on from this one"),
    "related.linked.bridge": ("同じやり取りの可能性", "may be the same"),
    "related.linked.bridge.back": ("同じやり取りの可能性", "may be the same"),
    "related.linked.split": ("分割元", "this was split off it"),
    "related.linked.split.back": ("この会話から分割", "was split off this one"),
    "related.linked.copy": ("写しの元のメールあり", "has the original of a copy here"),
    "related.linked.copy.back": ("このメールの写しあり", "has a copy of a mail here"),
}
