"""Words of what colleagues tell each other: mentions, notes, chat, rules."""

TEXTS: dict[str, tuple[str, str]] = {
    "talk.mention.how": (
        "@名前 と書くと、その人に知らせます(Tab で補完)",
        "@name tells a colleague of it (Tab completes)",
    ),
    "talk.mention.fit": ("Tab: {names}", "Tab: {names}"),
    "talk.mention.heard": ("知らせる相手: {names}", "will be told: {names}"),
    "talk.mention.and": ("、", ", "),
    "talk.mention.new": ("{who}があなた宛てに書きました(#{number})", "{who} mentions you on #{number}"),
    "talk.mentions.title": ("自分宛てのコメント", "Mentions of me"),
    "talk.mentions.hint": ("▪ 未読", "▪ unread"),
    "talk.mentions.empty": (
        "まだだれにも @ で呼ばれていません",
        "nobody has mentioned you yet",
    ),
    "talk.mentions.read": ("{count} 件を既読にしました", "{count} marked as read"),
    "talk.header.mentions": ("@{count}", "@{count}"),
}
