"""What is wrong with the desk as a whole, for monitoring and for people at a shell."""

TEXTS: dict[str, tuple[str, str]] = {
    "health.ok": ("異常はありません", "all is well"),
    "health.checked": (
        "{mailbox}: {state}({age} 秒前に確認)",
        "{mailbox}: {state}, checked {age} s ago",
    ),
    "health.never": ("{mailbox}: {state}(未確認)", "{mailbox}: {state}, not checked yet"),
    "health.state.unknown": ("不明", "unknown"),
    "health.state.ok": ("正常", "ok"),
    "health.state.empty": ("正常(空)", "ok, empty"),
    "health.state.failed": ("接続できません", "failed"),
    "health.state.login": ("ログインが必要", "login needed"),
    "health.state.quota": ("通信量の上限", "quota"),
    "health.held": (
        "送信を全体で止めています({reason})。maildesk outbox reconcile を実行してください",
        "all sending is held ({reason}): run `maildesk outbox reconcile`",
    ),
    "health.overdue": (
        "{count} 件の返信が {minutes} 分送信できていません",
        "{count} replies have not left for {minutes} minutes",
    ),
    "health.overdue.one": (
        "1 件の返信が {minutes} 分送信できていません",
        "a reply has not left for {minutes} minutes",
    ),
    "health.uncertain": (
        "届いたかどうか不明な返信が {count} 件あります",
        "{count} replies may or may not have arrived",
    ),
    "health.uncertain.one": (
        "届いたかどうか不明な返信が 1 件あります",
        "a reply may or may not have arrived",
    ),
    "health.failed": ("送信できなかった返信が {count} 件あります", "{count} replies could not be sent"),
    "health.failed.one": ("送信できなかった返信が 1 件あります", "a reply could not be sent"),
    "health.mailbox.failed": ("{mailbox}: {error}", "{mailbox}: {error}"),
    "health.mailbox.login": (
        "{mailbox}: ログインし直す必要があります({error})",
        "{mailbox}: somebody must sign in again ({error})",
    ),
    "health.mailbox.quota": ("{mailbox}: {error}", "{mailbox}: {error}"),
    "health.mailbox.emptied": ("{mailbox}: {error}", "{mailbox}: {error}"),
    "health.mailbox.unchecked": (
        "{mailbox}: {minutes} 分間、誰も確認していません。maildesk sync --watch が動いているか確かめてください",
        "{mailbox}: nobody has looked for {minutes} minutes; is `maildesk sync --watch` running?",
    ),
    "health.quarantined": (
        "読み取れないメールが {count} 通あります",
        "{count} mails could not be read",
    ),
    "health.quarantined.one": ("読み取れないメールが 1 通あります", "a mail could not be read"),
    "health.unaccounted": (
        "サーバーにあって保存されていないメールが {count} 通あります",
        "{count} mails are on the server and not here",
    ),
    "health.unaccounted.one": (
        "サーバーにあって保存されていないメールが 1 通あります",
        "a mail is on the server and not here",
    ),
    "health.stubs": (
        "サーバーが本文を渡さないメールが {count} 通あります",
        "{count} mails are withheld by the server, which gives a stand-in",
    ),
    "health.stubs.one": (
        "サーバーが本文を渡さないメールが 1 通あります",
        "a mail is withheld by the server, which gives a stand-in",
    ),
}
