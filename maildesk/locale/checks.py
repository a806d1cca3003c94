"""What is looked at before a reply leaves."""

TEXTS: dict[str, tuple[str, str]] = {
    "checks.japanese_signature": (
        "本文は日本語ではありませんが、署名は日本語です",
        "the text is not Japanese, but the signature is",
    ),
    "checks.no_smtp": (
        "{mailbox} には送信サーバーがありません。設定されるまで送信待ちに残ります",
        "{mailbox} has no outgoing server; the reply will wait in the outbox",
    ),
    "checks.no_recipient": ("宛先がありません", "there is no recipient"),
    "checks.bad_address": (
        "宛先 {address} はメールアドレスではありません",
        "{address} is not a mail address",
    ),
    "checks.takes_part": (
        "お客様側の宛先には転送できません。返信してください: {addresses}",
        "the customer is answered, not forwarded to: {addresses}",
    ),
    "checks.passed_on": (
        "宛先 {count} 件はいずれもお客様ではありません",
        "none of the recipients ({count}) is the customer",
    ),
    "checks.only_us": ("宛先が自社のアドレスだけです", "all recipients are our own addresses"),
    "checks.maybe_ours": (
        "自社のアドレスかもしれません (ここに届いています): {addresses}",
        "perhaps an address of ours, for mail to it comes in here: {addresses}",
    ),
    "checks.stopped.lost-claim": (
        "返信権を失って止まった返信です{said}。",
        "stopped before, for the claim was lost{said}; ",
    ),
    "checks.stopped.stale-view": (
        "新しい動きがあって止まった返信です{said}。",
        "stopped before, for something new came in{said}; ",
    ),
    "checks.stopped.already-answered": (
        "返信済みのため止まった返信です{said}。",
        "stopped before, for the mail was answered already{said}; ",
    ),
    "checks.stopped.new-mail": (
        "お客様から新しいメールが届いて止まった返信です{said}。",
        "stopped before, for the customer wrote again{said}; ",
    ),
    "checks.stopped.returned": ("差し戻された返信です{said}。", "given back before{said}; "),
    "checks.stopped.said": ("({said})", " ({said})"),
    "checks.stopped.sent": (
        "送信すると、今度はお客様に届きます。不要なら送らずに下書きを捨ててください",
        "sent now, it does leave. If nobody needs it any more, discard the draft instead",
    ),
    "checks.stopped.approved": (
        "承認されると、今度はお客様に届きます。不要なら依頼せずに下書きを捨ててください",
        "once approved, it does leave. If nobody needs it any more, discard the draft instead",
    ),
    "checks.unread": (
        "自動送信専用のアドレスです。返信しても誰にも読まれません: {addresses}",
        "a mail program, nobody reads what is sent there: {addresses}",
    ),
    "checks.strangers": (
        "この会話に初めて出てくる宛先です: {addresses}",
        "new to this conversation: {addresses}",
    ),
    "checks.newcomers": (
        "最後のメールで初めて加わった宛先が {count} 件あります: {addresses}",
        "{count} recipients were added by the last mail: {addresses}",
    ),
    "checks.newcomers.one": (
        "最後のメールで初めて加わった宛先が {count} 件あります: {addresses}",
        "{count} recipient was added by the last mail: {addresses}",
    ),
    "checks.reply_to": (
        "返信先 (Reply-To) が差出人と違います: {addresses}",
        "the sender wants answers elsewhere (Reply-To): {addresses}",
    ),
    "checks.same_sender": ("宛先は最後の差出人です", "goes to the last sender"),
    "checks.other_sender": ("宛先が最後の差出人と違います", "does not go to the last sender"),
    "checks.gaps": ("未入力の項目が {count} つあります: {names}", "{count} gaps to fill: {names}"),
    "checks.gaps.one": ("未入力の項目が {count} つあります: {names}", "{count} gap to fill: {names}"),
    "checks.no_gaps": ("未入力の項目はありません", "no gaps left"),
    "checks.empty": ("本文が空です", "there is no text"),
    "checks.no_subject": ("件名が空です", "there is no subject"),
    "checks.salutation": ("宛名「{said}」= 顧客名", "addressed to {said}, the customer"),
    "checks.other_salutation": (
        "宛名「{said}」が顧客名「{name}」と違います",
        "addressed to {said}, but the customer is {name}",
    ),
    "checks.answered": (
        "このメールには {at} に{who}が返信済みです",
        "{who} answered this mail at {at}",
    ),
    "checks.attachment_missing": (
        "「{said}」と書かれていますが、ファイルがありません",
        "it says “{said}”, but no file is attached",
    ),
    "checks.attachments": ("添付ファイル {count} 件", "{count} attachments"),
    "checks.attachments.one": ("添付ファイル {count} 件", "{count} attachment"),
    "checks.weekday": ("「{said}」は{weekday}曜日です", "{said}: that day is a {weekday}"),
    "checks.no_such_date": ("「{said}」という日付はありません", "{said}: there is no such date"),
}
