"""What the worker says of folders and of the outbox."""

TEXTS: dict[str, tuple[str, str]] = {
    "sync.emptied": (
        "サーバーのフォルダー {folder} が空です(前回は {known} 通)。maildesk のメールはそのまま残しています",
        "the folder {folder} is empty on the server, where {known} mails were; the mails here are kept",
    ),
    "sync.with_hint": ("{text}。{hint}", "{text}; {hint}"),
    "sync.lost_lease": (
        "時間がかかりすぎたため送信を中止しました。自動的に送り直します",
        "it took too long and was not sent; it is tried again by itself",
    ),
    "sync.slept": (
        "送信の直前にコンピューターがスリープしたため送信を中止しました。自動的に送り直します",
        "the computer slept just before the end, so it was not sent; it is tried again by itself",
    ),
    "sync.no_outgoing": (
        "メールボックス {mailbox} に送信サーバーが設定されていません",
        "the mailbox {mailbox} has no outgoing server",
    ),
    "sync.no_incoming": (
        "メールボックス {mailbox} に受信サーバーが設定されていません",
        "the mailbox {mailbox} has no incoming server",
    ),
    "sync.no_sent_folder": (
        "{host} に送信済みフォルダーがありません",
        "there is no Sent folder on {host}",
    ),
}
