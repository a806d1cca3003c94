"""The words of the widgets."""

TEXTS: dict[str, tuple[str, str]] = {
    "widgets.loading": ("読み込み中…", "Loading…"),
    "widgets.new_above": ("▴ 新着 {count} 件({key} で先頭へ)", "▴ {count} new ({key} goes to the top)"),
    "widgets.column.due": ("残り", "Left"),
    "widgets.column.number": ("番号", "No."),
    "widgets.column.state": ("状", "St"),
    "widgets.column.sender": ("差出人", "From"),
    "widgets.column.subject": ("件名", "Subject"),
    "widgets.column.flags": ("", ""),
    "widgets.column.priority": ("優先", "Prio"),
    "widgets.column.shop": ("店舗", "Shop"),
    "widgets.column.assignee": ("担当", "Agent"),
    "widgets.column.time": ("受信", "Date"),
    "widgets.kind.comment": ("社内コメント", "Internal comment"),
    "widgets.kind.phone": ("電話メモ", "Phone note"),
    "widgets.quote_folded": ("> 引用 {count} 行({key} で展開)", "> {count} quoted lines ({key} unfolds)"),
    "widgets.quote_folded.one": ("> 引用 {count} 行({key} で展開)", "> {count} quoted line ({key} unfolds)"),
    "widgets.signature_folded": (
        "-- 署名 {count} 行({key} で展開)",
        "-- signature, {count} lines ({key} unfolds)",
    ),
    "widgets.signature_folded.one": (
        "-- 署名 {count} 行({key} で展開)",
        "-- signature, {count} line ({key} unfolds)",
    ),
    "widgets.countdown": ("あと {count} 秒", "{count} s left"),
    "widgets.countdown_undo": ("{key} で取り消し", "{key} cancels"),
    "widgets.sheet_cancel": ("Esc 取消", "Esc cancels"),
}
