"""The words of the telephone memo."""

TEXTS: dict[str, tuple[str, str]] = {
    "phone.title": ("電話メモ", "Telephone memo"),
    "phone.number": ("番号・名前", "Number"),
    "phone.number.hint": ("090-… / 名前 / 会員ID", "090-… / name / id"),
    "phone.name": ("新しい顧客", "New customer"),
    "phone.name.hint": ("名前(省略すると番号)", "name (else the number)"),
    "phone.running": ("通話 {duration}({since} から)", "call {duration} (since {since})"),
    "phone.ended": ("通話 {duration}({since}〜{until})", "call {duration} ({since}–{until})"),
    "phone.customer": ("{name} 様  履歴 {count}件", "{name}, history: {count}"),
    "phone.new": ("新しい顧客として登録します", "a new customer will be made"),
    "phone.state": ("電話の件: {state}", "the call: {state}"),
    "phone.attach": ("#{number}{subject} に付けます", "on #{number}{subject}"),
    "phone.begin": ("新しい会話({shop})を作ります", "as a new conversation ({shop})"),
    "phone.last_shop": ("最後の店舗", "the last shop"),
    "phone.empty": ("内容を入力してください", "Write what was said first"),
    "phone.nobody": ("番号か名前を入力してください", "Type a number or a name first"),
    "phone.saved": ("#{number} に電話メモを保存しました", "the memo is on #{number}"),
    "phone.saved.new": ("会話 #{number} を作り、電話メモを保存しました", "#{number} was made with the memo"),
    "phone.discard": ("書いたメモを捨てますか?", "Throw away what you wrote?"),
    "phone.no_history": ("顧客がまだ選ばれていません", "no customer is chosen yet"),
    "phone.no_target": (
        "この画面から付けられる会話はありません。新しい会話になります",
        "there is no conversation here to put it on; a new one is made",
    ),
    "phone.also": ("  この番号も使う方として保存", "  who also uses this number"),
    "phone.match": ("{name} 様", "{name}"),
}
