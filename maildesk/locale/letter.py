"""Forwards, questions to outsiders and new mails."""

TEXTS: dict[str, tuple[str, str]] = {
    "letter.line": ("-------- 転送メール --------", "-------- Forwarded mail --------"),
    "letter.from": ("差出人:", "From:"),
    "letter.date": ("日時:", "Date:"),
    "letter.subject": ("件名:", "Subject:"),
    "letter.to": ("宛先:", "To:"),
    "letter.how": ("#{number} を転送", "Forward #{number}"),
    "letter.forward": ("転送(本文と添付)", "Forward text and files"),
    "letter.forward.attached": ("元のメールを添付して転送", "Forward the mail as an attachment"),
    "letter.ask": (
        "社外に問い合わせ(回答は社内メモに、保留になります)",
        "Ask somebody outside (his answer becomes a note; waits)",
    ),
    "letter.ask.attached": ("元のメールを添付して社外に問い合わせ", "Ask outside, with the mail attached"),
    "letter.one": ("転送は 1 件ずつです", "one conversation at a time is forwarded"),
    "letter.from_which": ("どの店舗から送りますか", "From which shop"),
    "letter.title.forward": ("{number} の転送", "Forward of {number}"),
    "letter.title.ask": ("{number} の社外問い合わせ", "Question outside about {number}"),
    "letter.title.new": ("新規メール", "New mail"),
    "letter.after.forward": ("変更しません", "stays as it is"),
    "letter.after.ask": ("保留(社内・社外の回答待ち)", "waits for the answer"),
    "letter.sent": ("転送 → {names}", "passed on to {names}"),
    "letter.came": ("社外からの回答(社内メモ)", "answer from outside (note)"),
}
