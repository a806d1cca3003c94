"""Whether a mail is what it says it is, and why it stands where it stands."""

TEXTS: dict[str, tuple[str, str]] = {
    "trust.own-address": (
        "差出人が自社のアドレスですが、自社から送られた証拠がありません",
        "From is one of our own addresses, and nothing proves that we sent it",
    ),
    "trust.authentication": (
        "差出人を確認できませんでした (なりすましの可能性)",
        "the sender is not who he says he is, as our mail server found out",
    ),
    "trust.mixed-script": (
        "ドメインに紛らわしい文字が混ざっています: {domain}",
        "the domain mixes letters that look alike: {domain}",
    ),
    "trust.address-in-name": (
        "表示名のアドレスと実際のアドレスが違います: {address}",
        "the name shows another address than the real one: {address}",
    ),
    "trust.reply-to-differs": (
        "返信先が差出人と違います: {addresses}",
        "answers go elsewhere than to the sender: {addresses}",
    ),
    "trust.first-time": ("初めての差出人です", "the first mail from this sender"),
    "trust.new_sender": ("新しい差出人", "new sender"),
    "trust.related.stranger": (
        "#{number} のメールを引用していますが、その会話にいない差出人です",
        "quotes a mail of #{number}, whose sender is not on that conversation",
    ),
    "trust.related.authentication": (
        "#{number} を引用していますが、差出人を確認できませんでした",
        "quotes #{number}, but the sender is not who he says he is",
    ),
    "trust.related.own-address": (
        "#{number} を引用していますが、自社から送られた証拠がありません",
        "quotes #{number} in our name, and nothing proves that we sent it",
    ),
    "trust.related.anew": (
        "対応完了の #{number} への返信のため、新しい会話にしました",
        "this answers #{number}, which was done, and began another conversation",
    ),
    "trust.related.bridge": (
        "#{number} と同じやり取りの可能性があります",
        "may be the same as #{number}",
    ),
    "trust.related.split": (
        "#{number} から分割した会話です",
        "was split off #{number}",
    ),
    "trust.related.copy": (
        "#{number} にあるメールの写しです。返信は #{number} でお願いします",
        "is a copy of a mail of #{number}; answer it there",
    ),
    "trust.joined.in-reply-to": ("返信元のメールで判定", "answers a mail of this conversation"),
    "trust.joined.references": ("参照先のメールで判定", "refers to a mail of this conversation"),
    "trust.joined.alias": (
        "中継で変わった自社のIDで判定",
        "answers a mail of ours whose id a relay had changed",
    ),
    "trust.joined.sent-copy": ("送信済みフォルダーから", "sent from elsewhere, found in Sent"),
}
