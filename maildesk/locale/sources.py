"""Words of what stands behind a mail: headers, source, charset."""

TEXTS: dict[str, tuple[str, str]] = {
    "sources.headers": ("すべてのヘッダー({key} で原文)", "all headers ({key}: the source)"),
    "sources.source": ("原文({key} で本文に戻る)", "the source ({key}: back to the text)"),
    "sources.source.cut": (
        "原文の始めの 512KB({key} で本文に戻る)",
        "the first 512 KB of the source ({key}: back to the text)",
    ),
    "sources.no_mail": ("メールではないため、原文はありません", "this is no mail and has no source"),
    "sources.export.title": ("メールの保存先(.eml)", "Save the mail (.eml)"),
    "sources.auto": ("自動(メールの指定のとおり)", "automatic (as the mail says)"),
    "sources.charset.title": ("文字コードを選んで読み直す", "Read it in another charset"),
    "sources.charset.utf-8-twice": ("二重の UTF-8(ã… と表示される)", "UTF-8 written twice (shown as ã…)"),
    "sources.charset.use": ("この文字コードで読む", "read it so"),
    "sources.charset.all": ("この差出人の {count} 通すべて", "all {count} mails of the sender"),
    "sources.charset.lossy": ("! 読めない文字があります", "! some characters do not fit"),
    "sources.charset.done": (
        "{count} 通を読み直します({key} で元に戻す)",
        "reading {count} mails again ({key} undoes it)",
    ),
    "sources.charset.done.one": ("読み直します({key} で元に戻す)", "reading it again ({key} undoes it)"),
}
