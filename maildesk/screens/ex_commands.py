"""The commands of the command line: every action of the keymap under its id, its labels in both languages and the
aliases here. What a command does is the action; an argument answers the question that the action asks."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from maildesk import keymap
from maildesk.errors import UsageError
from maildesk.locale import keymap as keymap_texts

Kind = Literal[
    "",
    "people",
    "labels",
    "when",
    "status",
    "priority",
    "sort",
    "text",
    "views",
    "queries",
    "minutes",
    "shops",
    "columns",
]
"""What an argument is, for its completion."""

ALIASES: Mapping[str, str] = {
    "conversation.done": "done e resolve close 完了 対応完了",
    "conversation.done_stay": "done! 完了!",
    "conversation.assign": "assign to 担当",
    "conversation.take": "take mine! 自分 引き受け",
    "conversation.snooze": "snooze wait later 保留 スヌーズ",
    "conversation.comment": "comment note コメント メモ",
    "conversation.status": "status 状態 ステータス",
    "conversation.label": "label tag ラベル",
    "conversation.priority": "priority prio 優先度",
    "conversation.unread": "unread read 未読 既読",
    "conversation.spam": "spam junk 迷惑",
    "conversation.trash": "trash delete rm ゴミ箱 削除",
    "conversation.reply": "reply r 返信",
    "conversation.reply_sender": "reply1",
    "conversation.reply_suggest": "suggest 提案",
    "conversation.files": "files attachments 添付",
    "conversation.phone": "call phone tel 電話",
    "conversation.history": "history 履歴",
    "goto.customers": "customer customers 顧客",
    "claim.release": "release 手放す",
    "claim.takeover": "takeover 引き継ぐ",
    "search.open": "search find 検索",
    "list.sort": "sort 並び替え 並べ替え",
    "list.shop": "shop 店舗",
    "list.columns": "columns cols 列",
    "triage.start": "triage 仕分け",
    "list.mark_query": "mark select 選択",
    "list.mine": "mine 自分の担当",
    "list.all": "all 全選択",
    "app.undo": "undo z 元に戻す 取り消し",
    "app.repeat": "repeat 繰り返し",
    "app.sync": "sync 同期",
    "app.help": "help h ヘルプ",
    "app.quit": "quit q qa exit 終了",
    "app.back": "back bd 戻る",
    "app.redraw": "redraw 再描画",
    "app.suspend": "suspend stop",
    "goto.inbox": "inbox 受信箱 受信トレイ",
    "goto.start": "start notes はじめに お知らせ 申し送り",
    "goto.rules": "rules ルール",
    "goto.chat": "chat talk チャット",
    "goto.mentions": "mentions mention 自分宛て",
    "goto.outbox": "outbox 送信待ち",
    "goto.drafts": "drafts 下書き",
    "goto.views": "view views ビュー",
    "goto.health": "health 受信状況",
    "goto.approval": "approvals 承認待ち",
    "conv.pager": "pager 全文",
    "conv.source": "source 原文",
}
"""Further names of actions, with blanks between. They win over labels."""

ARGUMENTS: Mapping[str, Kind] = {
    "conversation.assign": "people",
    "conversation.snooze": "when",
    "conversation.status": "status",
    "conversation.label": "labels",
    "conversation.priority": "priority",
    "conversation.comment": "text",
    "conversation.phone": "text",
    "goto.customers": "text",
    "goto.views": "views",
    "view.save": "views",
    "view.rename": "views",
    "view.letter": "views",
    "view.share": "views",
    "view.unshare": "views",
    "view.delete": "views",
    "list.sort": "sort",
    "list.shop": "shops",
    "list.columns": "columns",
    "list.mark_query": "queries",
    "triage.start": "minutes",
    "search.open": "text",
}
"""What the argument of a command is; the others take none."""

GOTO = ("goto", "open", "開く", "移動")
SET = ("set", "設定")
_NUMBER = re.compile(r"[#＃]?\s*([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says: an action with its argument, a conversation to open, or a setting."""

    action: str = ""
    argument: str = ""
    number: int = 0
    setting: tuple[str, str] | None = None


@cache
def names() -> Mapping[str, str]:
    """The action by each of its names, folded."""
    found: dict[str, str] = {}
    for action in keymap.ACTIONS:
        if action.sheet is None and not action.id.startswith("ex.") and action.id != "app.ex":
            found[_fold(action.id)] = action.id
            found.setdefault(_fold(action.id.replace(".", " ")), action.id)
    for action_id, aliases in ALIASES.items():
        if action_id in keymap.BY_ID:
            found.update((_fold(alias), action_id) for alias in aliases.split())
    for action_id in list(dict.fromkeys(found.values())):
        action = keymap.BY_ID[action_id]
        if action.palette:
            found.setdefault(_fold(action_id.rpartition(".")[2]), action_id)
            for label in keymap_texts.TEXTS[f"keymap.{action_id}"]:
                found.setdefault(_fold(label), action_id)
    return found


def read(written: str) -> Line:
    """What a line says. Raises UsageError for a command that there is not, with the nearest."""
    said = " ".join(unicodedata.normalize("NFKC", written).strip().lstrip(":").split())
    if number := _NUMBER.fullmatch(said):
        return Line(number=int(number[1]))
    first, _, rest = said.partition(" ")
    if _fold(first) in GOTO and (number := _NUMBER.fullmatch(rest.strip())):
        return Line(number=int(number[1]))
    if _fold(first) in SET:
        key, _, value = rest.partition("=") if "=" in rest else rest.partition(" ")
        return Line(setting=(key.strip(), value.strip()))
    known = names()
    words = said.split(" ")
    for length in range(min(len(words), 4), 0, -1):  # the longest name: "view save" before "view"
        if (action := known.get(_fold(" ".join(words[:length])))) is not None:
            return Line(action, " ".join(words[length:]))
    near = difflib.get_close_matches(_fold(first), known, 1, 0.5)
    shown = first[:40]
    raise (
        UsageError("no_command_near", command=shown, nearest=near[0])
        if near
        else UsageError("no_command", command=shown)
    )


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()
