"""What the worker says of folders and of the outbox."""

TEXTS: dict[str, tuple[str, str]] = {
    "sync.emptied": (
        "サーバーのフォルダー {folder} が空です(前回は {known} 通)。maildesk のメールはそのまま残しています",
        "the folder {folder} is empty on the server, where {known} mails were; the mails here are kept",
    ),
    "sync.with_hint": ("{text}。{hint}", "{text}; {hint}"),
    "sync.slept": (
        "送信の直前にコンピューターがスリープしたため送信を中止しました。自動的に送り直します",
        "the computer slept just before the end, so it was not sent; it is tried again by itself",
    ),
}
