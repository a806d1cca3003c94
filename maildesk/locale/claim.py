"""Words about who is replying."""

TEXTS: dict[str, tuple[str, str]] = {
    "claim.replying": ("{who}が返信対応中です({since}から)", "{who} has been replying since {since}"),
    "claim.title": ("返信できません: {who}が返信対応中", "No reply now: {who} is replying"),
    "claim.since": (
        "{who}は {since} からこの会話に返信しています(最終入力 {key})。",
        "{who} has been replying to this since {since} (last keystroke {key}).",
    ),
    "claim.why": (
        "二重返信を防ぐため、返信はできません。",
        "So that the customer gets one answer only, you cannot reply now.",
    ),
    "claim.title.free": ("返信できます", "You can reply now"),
    "claim.since.free": ("返信権が空きました。", "The claim is free now."),
    "claim.reply": ("返信する", "reply"),
    "claim.notify": ("空いたら通知する(ベル + 通知)", "tell me when it is free (bell and notice)"),
    "claim.comment": ("社内コメントを書く", "write a comment"),
    "claim.draft": ("自分用の下書きだけ作る(送信はできません)", "write a draft for myself (cannot be sent)"),
    "claim.peek": ("相手の下書きを見る(記録に残ります)", "look at the draft (goes on record)"),
    "claim.peek.forbidden": (
        "下書きを見られるのは管理者・監督者だけです",
        "only supervisors may look at a draft",
    ),
    "claim.peek.title": ("{who}の下書き {number}", "{who}'s draft {number}"),
    "claim.peek.title.none": ("下書き {number}", "Draft {number}"),
    "claim.peek.live": ("いま書いています。2 秒ごとに更新します", "being written now; read again every 2 s"),
    "claim.peek.saved": ("{at} に保存", "saved {at}"),
    "claim.peek.none": ("下書きはまだありません", "there is no draft yet"),
    "claim.peek.copy": ("自分の返信に使う", "use it for my reply"),
    "claim.takeover": (
        "返信権を引き継ぐ … 理由が必要・記録に残ります",
        "take over … needs a reason, goes on record",
    ),
    "claim.takeover.forbidden": (
        "返信権の引き継ぎは管理者・監督者だけができます",
        "only supervisors may take over",
    ),
    "claim.close": ("Esc 閉じる", "Esc close"),
    "claim.waits": (
        "#{number} は{who}さんが返信中です。空くのを待っています",
        "{who} is replying to #{number}: waiting until it is free",
    ),
    "claim.notified": ("#{number} が空いたらお知らせします", "you will hear when #{number} is free"),
    "claim.free": ("返信権を持っている人はいません(#{number})", "nobody holds #{number}"),
    "claim.mine": ("すでに自分が返信権を持っています(#{number})", "you hold #{number} already"),
    "claim.over.title": ("返信権を引き継ぐ {number}", "Take over {number}"),
    "claim.over.line": (
        "{who}が{since}から返信中です。下書きは{who}の手元に残り、理由が伝わります。",
        "{who} has been replying since {since}. The draft stays there, and your reason is shown.",
    ),
    "claim.over.reason": ("理由(必須)", "reason (needed)"),
    "claim.over.finish": ("引き継ぐ", "take over"),
    "claim.over.free": (
        "返信権は空いています。理由なしで返信できます(Esc で戻って返信)。",
        "The claim is free now: go back with Esc and reply, no reason is needed.",
    ),
    "claim.over.needed": ("理由を入力してください", "a reason is needed"),
    "claim.over.done": (
        "返信権を引き継ぎました(#{number})。相手の下書きは {key} で見られます",
        "you hold #{number} now; {key} shows the other draft",
    ),
    "claim.detail": ("{key} 詳細", "{key} details"),
    "claim.side.free": ("なし({key} で取得)", "free ({key} takes it)"),
    "claim.side.mine": ("✎ あなた({since} 取得)", "✎ you (since {since})"),
    "claim.side.other": ("✎ {who}({since} 取得)", "✎ {who} (since {since})"),
    "claim.side.key": ("最終入力 {ago}", "last keystroke {ago}"),
    "claim.side.viewing": ("閲覧中 {names}", "also looking: {names}"),
}
