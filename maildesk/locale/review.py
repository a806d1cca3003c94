"""Words of the last look before sending."""

TEXTS: dict[str, tuple[str, str]] = {
    "review.title": ("送信内容の確認  {number}", "Before sending  {number}"),
    "review.more": (
        "(以下 {count} 行 ─ {down} 続き、{key} 全文)",
        "({count} more lines: {down}, all: {key})",
    ),
    "review.more.one": (
        "(以下 {count} 行 ─ {down} 続き、{key} 全文)",
        "({count} more line: {down}, all: {key})",
    ),
    "review.after": ("送信後", "Afterwards"),
    "review.after.change": ("(変更: {key})", "(change: {key})"),
    "review.checks": ("チェック", "Checks"),
    "review.blocked": ("直してから送信してください: {what}", "to be mended first: {what}"),
    "review.keys.send": ("{key} 送信", "{key} send"),
    "review.keys.approval": ("{key} 承認を依頼", "{key} ask for approval"),
    "review.keys.blocked": ("✗ 送信できません", "mend ✗ to send"),
    "review.when": ("送信", "Leaves"),
    "review.when.now": ("すぐに", "at once"),
    "review.keys.edit": ("{key} 編集に戻る", "{key} edit"),
    "review.keys.postpone": ("{key} 下書きのまま閉じる", "{key} keep as draft"),
    "review.keys.back": ("Esc 戻る", "Esc back"),
    "review.hold": (
        "y のあと {seconds} 秒間は {key} で取り消せます",
        "for {seconds} s after y, {key} takes it back",
    ),
    "review.cc.none": ("(なし)", "(none)"),
}
