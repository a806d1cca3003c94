"""Words of the app itself: opening, closing, crashing, undoing."""

TEXTS: dict[str, tuple[str, str]] = {
    "app.too_small": (
        "画面が小さすぎます({width}x{height} 以上)。広げると続けられます。{key} 終了",
        "the screen is too small (at least {width}x{height}); make it larger to go on. {key} quits",
    ),
    "app.ime": (
        "IME がオンです。操作は受け付けました(半角にすると確実です)",
        "A Japanese input method is on. The key was taken all the same",
    ),
    "app.crash": (
        "maildesk は予期しないエラーで終了しました。下書きは保存し、返信権は手放しました。",
        "maildesk stopped because of an unexpected error. Drafts were saved, claims were released.",
    ),
    "app.crash.unsaved": (
        "maildesk は予期しないエラーで終了しました。直前の入力は保存できていない可能性があります(自動保存は2秒ごと)。",
        "maildesk stopped because of an unexpected error. The last seconds of typing may not be saved.",
    ),
    "app.crash.log": ("詳細: {file}", "Details: {file}"),
    "app.crash.kind": ("種類: {kind}", "Kind: {kind}"),
    "app.nothing_to_undo": ("元に戻す操作はありません", "There is nothing to undo"),
    "app.undone": ("元に戻しました", "Undone"),
    "app.not_undone": (
        "元に戻せません: {who}がその後に変更しました({what})",
        "Cannot be undone: {who} changed it since ({what})",
    ),
    "app.synced": ("受信を確認しています", "Looking for new mail"),
    "app.copied": ("コピーしました: {text}", "Copied: {text}"),
    "app.quit.title": ("終了しますか", "Quit?"),
    "app.quit.hold": (
        "取り消し待ちの送信が {count} 件あります。終了しても、まもなく送信されます。",
        "{count} replies wait for their last seconds. They leave even when you quit.",
    ),
    "app.quit.hold.one": (
        "取り消し待ちの送信が 1 件あります。終了しても、まもなく送信されます。",
        "One reply waits for its last seconds. It leaves even when you quit.",
    ),
    "app.quit.unsaved": (
        "保存できていない下書きがあります: {reason}",
        "A draft could not be saved: {reason}",
    ),
    "app.alarm.store": (
        "保存先に接続できません(表示は {at} 時点): {reason}",
        "The store is out of reach (shown as of {at}): {reason}",
    ),
    "app.alarm.store.never": ("保存先に接続できません: {reason}", "The store is out of reach: {reason}"),
    "app.alarm.held": ("送信は保留中です({reason})", "Nothing is sent ({reason})"),
    "app.alarm.stuck": (
        "送信待ちが {waited}前から止まっています({count} 件)",
        "Replies have been waiting to leave for {waited} ({count})",
    ),
    "app.alarm.login": ("{mailbox} はもう一度ログインが必要です", "{mailbox} needs to be signed in again"),
    "app.alarm.quota": (
        "{mailbox} はサーバーの制限に達しています: {reason}",
        "{mailbox}: the server's limit is reached: {reason}",
    ),
    "app.alarm.server": (
        "メールサーバーに接続できません({mailbox}: {reason})",
        "No mail server ({mailbox}: {reason})",
    ),
    "app.alarm.details": ("{key} で再試行 · {goto} h で詳細", "{key} tries again · {goto} h details"),
    "app.alarm.retry": ("{key} で再試行", "{key} tries again"),
    "app.alarm.more": ("ほか {count} 件", "and {count} more"),
    "app.health.title": ("受信箱の状態", "Mailboxes"),
    "app.health.no_mailbox": ("受信箱はありません", "There is no mailbox"),
    "app.health.unknown": ("未確認", "not yet seen"),
    "app.health.ok": ("正常", "in order"),
    "app.health.empty": ("空", "empty"),
    "app.health.failed": ("失敗", "failed"),
    "app.health.login": ("要ログイン", "sign in again"),
    "app.health.quota": ("制限中", "out of quota"),
    "app.health.never": ("まだ確認できていません", "not seen yet"),
    "app.health.seconds": ("{count} 秒前に確認", "seen {count} s ago"),
    "app.health.ago": ("{span}前に確認", "seen {span} ago"),
    "app.health.now": ("{key} ですぐに確認", "{key} looks now"),
    "app.health.retry": ("{at} に再試行します", "tried again at {at}"),
    "app.health.folders": ("フォルダー", "Folders"),
    "app.health.none": ("フォルダーはまだ読まれていません", "no folder was read yet"),
    "app.health.desk": ("デスク全体", "The whole desk"),
    "app.health.count.workers": ("同期中の受信箱 {count}", "mailboxes being synchronised: {count}"),
    "app.health.count.queued": ("送信待ち {count}", "queued: {count}"),
    "app.health.count.overdue": (
        "5 分以上止まっている送信 {count}",
        "waiting for more than 5 minutes: {count}",
    ),
    "app.health.count.uncertain": ("届いたか不明な返信 {count}", "uncertain replies: {count}"),
    "app.health.count.failed": ("送信できなかった返信 {count}", "failed replies: {count}"),
    "app.health.count.unaccounted": (
        "サーバーにあって取り込まれていないメール {count}",
        "mails on a server that are not here: {count}",
    ),
    "app.health.count.quarantined": (
        "読み取れなかったメール {count}",
        "mails that could not be read: {count}",
    ),
    "app.health.count.stubs": (
        "本文の代わりに見出しだけが届いたメール {count}",
        "mails of which the server gives a stand-in: {count}",
    ),
    "app.held": ("送信待ちに入れました #{number}", "Reply to #{number} queued"),
    "app.recalled": (
        "#{number} の送信を取り消しました。下書きに戻っています",
        "sending #{number} was taken back; it is a draft again",
    ),
    "app.too_late": (
        "取り消せません: すでに送信しています(#{number})",
        "Too late to take back: #{number} is being sent",
    ),
    "app.no_program": (
        "{program} を使えません: {reason}",
        "{program} cannot be used: {reason}",
    ),
    "app.no_program.kept": ("内容は {file} に残っています", "The text is kept in {file}"),
    "app.no_suspend": ("この端末では一時停止できません", "This terminal cannot suspend the app"),
    "app.claim_free": ("#{number} が空きました", "#{number} is free now"),
    "app.claim_answered": ("#{number} は{who}が {at} に返信しました", "{who} has answered #{number} at {at}"),
    "app.stopped": (
        "返信が止まりました。{key} で確認してください({count} 件)",
        "a reply was stopped: {key} shows it ({count})",
    ),
    "app.assigned": ("#{number} があなたに割り当てられました", "#{number} was assigned to you"),
}
