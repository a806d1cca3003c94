"""The words that people bring from other mail programs and help desks (Gmail, mutt, Re:lation), for the actions that do
the same here. Palette and help find an action by them; they are shown nowhere."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "conversation.snooze": "スヌーズ snooze あとで 後で later remind リマインド ペンディング pending",
    "conversation.no_answer": "返信不要 返答不要 回答不要 無視 ignore no-reply",
    "conversation.done": "アーカイブ archive 対応完了 対応済み 書庫 クローズ close 解決 resolve complete",
    "conversation.done_stay": "アーカイブ archive クローズ close",
    "conversation.label": "タグ tag カテゴリ category 分類 labels",
    "conversation.priority": "スター star フラグ flag 重要 important 至急 urgent",
    "conversation.watch": "ミュート mute 購読 subscribe ウォッチ watch 通知",
    "conversation.forward": "フォワード forward bounce resend",
    "conversation.reply": "返答 回答 answer respond reply-all group-reply 全員に返信",
    "conversation.reply_sender": "返答 回答 answer respond",
    "conversation.reply_suggest": "定型文 自動返信",
    "conversation.trash": "削除 delete remove 消す",
    "conversation.spam": "junk スパム spam 迷惑 報告 report ブロック 受信拒否 block",
    "conversation.merge": "マージ merge 結合 まとめる join combine link-threads",
    "conversation.split": "スレッド分割 break-thread 切り離す",
    "conversation.comment": "メモ note ノート 内部メモ private-note",
    "conversation.assign": "割り当て アサイン assign 割り振り delegate",
    "conversation.take": "アサイン 割り当て 担当する claim",
    "conversation.unread": "既読 未読 mark-read mark-unread seen toggle-new",
    "conversation.new": "新規作成 メール作成 compose write",
    "conversation.files": "添付ファイル attachments ダウンロード download view-attachments",
    "conversation.move": "振り分け 移管 transfer フォルダー folder save-message",
    "conversation.history": "顧客履歴 crm past",
    "conversation.phone": "電話 通話 call",
    "conversation.copy": "クリップボード clipboard yank",
    "conversation.links": "url urls urlview",
    "claim.release": "ロック解除 unlock",
    "claim.takeover": "ロック lock 奪う steal",
    "compose.template": "定型文 ひな形 canned snippet",
    "compose.attach": "添付ファイル attach-file",
    "compose.save": "下書き保存 postpone",
    "review.postpone": "下書き保存",
    "review.later": "予約送信 schedule send-later",
    "conv.source": "ヘッダー headers raw 元のメール show-original",
    "conv.export": "ダウンロード download eml",
    "list.mark": "チェック check tag tag-entry",
    "list.sort": "並べ替え ソート sort order",
    "list.mine": "自分宛 マイチケット",
    "search.open": "検索 探す 絞り込み フィルター filter find limit",
    "app.undo": "取り消し 取消 戻す アンドゥ unsend recall 送信取消",
    "app.sync": "更新 リロード refresh reload 受信 fetch check-mail imap-fetch-mail",
    "app.quit": "exit ログアウト logout 閉じる",
    "app.language": "英語 english 日本語 japanese 言語 lang",
    "app.palette": "メニュー menu",
    "app.help": "使い方 ショートカット shortcuts",
    "goto.outbox": "送信トレイ 送信箱 outbox 予約",
    "goto.drafts": "下書き drafts recall-message",
    "goto.views": "保存した検索 saved-search フォルダー folder smart-folder",
    "goto.mentions": "メンション mention 通知",
    "goto.rules": "マニュアル manual 手順",
    "macro.record": "自動化 automation",
    "macro.run": "自動化 automation",
}


def of(action_id: str) -> tuple[str, ...]:
    """The words for an action, none for one that everybody calls as we do."""
    return tuple(WORDS.get(action_id, "").split())
