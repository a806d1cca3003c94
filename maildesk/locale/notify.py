"""What is told outside of the app: numbers and counts, no word of a mail."""

TEXTS: dict[str, tuple[str, str]] = {
    "notify.reply": (
        "#{number}: お客様から返信がありました(あなたの担当)",
        "#{number}: the customer wrote (yours)",
    ),
    "notify.breach": ("#{number}: 返信の期限を過ぎました(あなたの担当)", "#{number} is overdue (yours)"),
    "notify.mention": ("#{number}: {who}があなたにメンションしました", "#{number}: {who} mentions you"),
    "notify.named": ("チャット: {who}があなたにメンションしました", "chat: {who} mentions you"),
    "notify.more": ("(ほか {count} 件)", "(and {count} more)"),
    "notify.status": (
        "新着 {new} 担当 {mine} メンション {mentions}",
        "new {new} mine {mine} mentions {mentions}",
    ),
    "notify.unwritable": ("{file} に書けません: {reason}", "{file} cannot be written: {reason}"),
}
