"""The words of a desk that sends nothing since it was restored or failed over, and of the way out."""

TEXTS: dict[str, tuple[str, str]] = {
    "hold.restored": ("バックアップから復元しました", "restored from a backup"),
    "hold.rolled-back": (
        "データベースが過去の状態に戻りました",
        "the database went back to an earlier state",
    ),
    "hold.reconcile": (
        "復元や障害のあと、送信の状態を確かめて再開します",
        "after a restore or a failover: find out what has left, and go on",
    ),
    "hold.reconcile.more": (
        "送信途中だった返信は「不明」になり、二重には送られません。送信済みフォルダーに控えがあれば送信済みにします。"
        "残りは人が決めます。受信箱と送信済みフォルダーも取り込みます。",
        "What was on its way becomes uncertain and is not sent twice. Where a copy lies in Sent it is marked sent; "
        "the rest a person decides. Brings in the inboxes and Sent as well.",
    ),
    "hold.anyway": (
        "確認できないメールボックスがあっても再開します",
        "go on although a mailbox cannot be looked through",
    ),
    "hold.nothing": (
        "送信は止まっていません。確かめる返信もありません",
        "sending is not held, and there is nothing to reconcile",
    ),
    "hold.held": (
        "送信を止めていた理由: {why}({since} から)",
        "sending was held since {since}: {why}",
    ),
    "hold.count": (
        "送信済みと分かった返信 {proved} 件、人が決める返信 {undecided} 件",
        "found to have left: {proved}; for a person to decide: {undecided}",
    ),
    "hold.decide": (
        "お客様や送信元のサーバーに確かめてから、それぞれ次のどれかを実行してください(もう一度送れるのは 15 分後から):\n"
        "  maildesk outbox --mark-sent ID    届いている\n"
        "  maildesk outbox --send-again ID   届いていないので、もう一度送る\n"
        "  maildesk outbox --cancel ID       送らない",
        "Ask the customer or the provider, then say for each (sending again is possible after 15 minutes):\n"
        "  maildesk outbox --mark-sent ID    it arrived\n"
        "  maildesk outbox --send-again ID   it did not arrive: send it again\n"
        "  maildesk outbox --cancel ID       do not send it",
    ),
    "hold.released": ("送信を再開しました", "mail leaves again"),
    "hold.unreached": (
        "メールボックス {mailbox} を確認できませんでした",
        "the mailbox {mailbox} could not be looked through",
    ),
    "hold.stays": (
        "送信は止めたままです。直してからもう一度実行するか、--anyway で再開してください",
        "sending stays held; mend it and run this again, or go on with --anyway",
    ),
}
