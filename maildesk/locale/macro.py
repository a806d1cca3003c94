"""Words of recorded macros."""

TEXTS: dict[str, tuple[str, str]] = {
    "macro.recording": ("マクロ {letter} を記録中({key} で終了)", "recording macro {letter} ({key} ends)"),
    "macro.saved": ("記録しました。", "Recorded. "),
    "macro.saved.question": (
        "確認の画面は記録しません。ここまでを保存しました。",
        "Questions are not recorded; saved up to here. ",
    ),
    "macro.saved.long": ("長いのでここまでを保存しました。", "It is long; saved up to here. "),
    "macro.saved.how": ("{key} {letter} で実行({count} 手順)", "{key} {letter} runs it ({count} steps)"),
    "macro.saved.how.one": ("{key} {letter} で実行(1 手順)", "{key} {letter} runs it (1 step)"),
    "macro.empty": ("何も記録しませんでした", "nothing was recorded"),
    "macro.none": (
        "マクロはまだありません。{key} と英字で記録します",
        "no macros yet: {key} and a letter record one",
    ),
    "macro.broken": ("読めません", "cannot be read"),
    "macro.last": ("もう一度({letter})", "again ({letter})"),
    "macro.no_nesting": (
        "記録中は実行できません",
        "not while recording",
    ),
    "macro.stopped": ("マクロ {letter} を止めました: {why}", "macro {letter} stopped: {why}"),
    "macro.stopped.key": ("Esc が押されました", "Esc was pressed"),
    "macro.stopped.question": (
        "ここから先は自分で確認してください",
        "from here on you decide",
    ),
    "macro.stopped.here": ("「{what}」はここではできません", "“{what}” is not possible here"),
    "macro.stopped.error": ("エラーになりました", "there was an error"),
    "macro.file": (
        "maildesk のマクロ。手順は maildesk keys list にある ID、=文字、<キー> のどれかです",
        "maildesk macros. A step is an id of maildesk keys list, =text, or <key>",
    ),
}
