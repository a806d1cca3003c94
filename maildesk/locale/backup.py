"""The words of backup, verify and restore."""

TEXTS: dict[str, tuple[str, str]] = {
    "backup.file": (
        "書き出すファイル。フォルダーを指定すると、日時の名前で作ります",
        "the file to write; in a folder, one named after the time",
    ),
    "backup.force": ("すでにあるファイルを置き換えます", "replace a file that is there"),
    "backup.read": ("バックアップのファイル", "the backup"),
    "backup.to": ("戻す先(省略すると設定の保存先)", "where to (else the store of the settings)"),
    "backup.replace": (
        "すでにあるデスクを置き換えます(SQLite では古いものを残します)",
        "replace a desk that is there (on SQLite the old one is kept)",
    ),
    "backup.made": (
        "{file} に保存しました({size}、メール {mails} 通、会話 {conversations} 件)",
        "{file}: {size}, {mails} mails, {conversations} conversations",
    ),
    "backup.tokens": (
        "OAuth のトークンは含みません。復元後は「maildesk login」でサインインし直してください",
        "OAuth tokens are not in it: sign in again with `maildesk login` after a restore",
    ),
    "backup.about": (
        "{taken_at} のバックアップ({kind}、スキーマ {schema}、maildesk {version})",
        "backup of {taken_at} ({kind}, schema {schema}, maildesk {version})",
    ),
    "backup.ok": ("正常", "ok"),
    "backup.wrong": ("異常", "wrong"),
    "backup.check.data": ("ファイルの中身", "the file's content"),
    "backup.check.integrity": ("データベースの構造", "the database's structure"),
    "backup.check.references": ("表の間の参照", "references between tables"),
    "backup.check.scratch": ("確認用のデータベース", "a scratch database"),
    "backup.check.schema": ("スキーマ", "the schema"),
    "backup.check.counts": ("行数", "the number of rows"),
    "backup.check.digests": ("メールと添付ファイルのハッシュ", "the digests of mails and attachments"),
    "backup.no_scratch": (
        "このログインではデータベースを作成できないので、中身までは確認していません(CREATEDB 権限が必要です)",
        "this login may not make a database (CREATEDB), so the content was not verified",
    ),
    "backup.good": ("このバックアップは復元できます", "this backup can be restored"),
    "backup.bad": ("このバックアップは使わないでください", "do not rely on this backup"),
    "backup.restored": (
        "{store} を {taken_at} の状態に戻しました。送信は止めてあります",
        "{store} is as it was at {taken_at}; sending is held",
    ),
    "backup.kept": ("古いデスク: {file}", "the old desk is kept at {file}"),
    "backup.left": (
        "データベースの管理者が次の SQL を実行してください:",
        "the database's administrator has to run:",
    ),
    "backup.next": (
        "1. maildesk doctor — 保存先とメールサーバーへの接続を確かめます\n"
        "2. maildesk outbox reconcile — その後に届いたメールと送信済みの控えを取り込み、送信を再開します\n"
        "3. maildesk login — OAuth のメールボックスはサインインし直します。それからアプリとワーカーを起動します",
        "1. maildesk doctor — see that store and mail servers are in reach\n"
        "2. maildesk outbox reconcile — bring in what came since and the copies in Sent, then send again\n"
        "3. maildesk login — sign in again where OAuth is used; then start apps and workers",
    ),
}
