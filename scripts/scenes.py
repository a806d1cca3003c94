"""What the pictures show: every screen, by the keys that lead to it, with what is said of it in both languages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from textual.widgets import TextArea

from maildesk import locale
from maildesk.domain.template import placeholders
from scripts.stage import NOW, Stage

CANCEL = "【至急】注文のキャンセルについて"
SIZE = "サイズ交換をお願いしたいのですが"
DAMAGE = "届いた商品に傷がありました"
ENGLISH, ABROAD = "Where is my order", "Shipping to France?"
RECEIPT = "領収書の宛名を変更してください"
LONG = "ソファの張り地とお届け日のご相談"

Script = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file, the size of the terminal, the language, what to do before it is taken; ``png`` for those
    that README and tutorial show, where not every reader's browser has the fonts."""

    name: str
    width: int
    height: int
    language: locale.Language
    script: Script
    theme: str = "maildesk-dark"
    png: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A screen of the gallery: what it is called in Japanese and English, and how one comes there."""

    name: str
    ja: str
    en: str
    script: Script
    png: bool = False

    def caption(self, language: locale.Language) -> str:
        """What it is called."""
        return self.ja if language == "ja" else self.en

    def file(self, language: locale.Language) -> str:
        """The picture in a language, without its suffix."""
        return self.name if language == "ja" else f"{self.name}-en"


def keys(*pressed: str, on: str = "") -> Script:
    """Press keys in the inbox, or in the conversation whose subject begins with ``on``."""

    async def script(stage: Stage) -> None:
        if on:
            await stage.open(on)
        await stage.press(*pressed)

    return script


def typed(*parts: str) -> Script:
    """Press keys; a part in quotation marks is typed."""

    async def script(stage: Stage) -> None:
        for part in parts:
            await stage.press(*(part[1:-1] if part.startswith('"') else (part,)))

    return script


def _mine(japanese: str, english: str) -> str:
    return japanese if locale.current() == "ja" else english


async def _conversation(stage: Stage) -> None:
    await stage.open(_mine(DAMAGE, ABROAD))


async def _composer(stage: Stage) -> None:
    await stage.open(_mine(CANCEL, ABROAD))
    await stage.press("semicolon")
    for area in stage.app.screen.query(TextArea):
        area.move_cursor((0, 0))


async def _review(stage: Stage) -> None:
    await stage.open(_mine(SIZE, ABROAD))
    await stage.press("semicolon")
    await _fill_gaps(stage)
    await stage.press("ctrl+r")


async def _fill_gaps(stage: Stage) -> None:
    for area in stage.app.screen.query(TextArea):
        while gaps := placeholders(area.text):
            gap = gaps[0]
            filled = _mine("11月25日(水)", "2,900円")
            area.text = f"{area.text[: gap.start]}{filled}{area.text[gap.end :]}"
    await stage.settle()


async def _claim(stage: Stage) -> None:
    subject = _mine(DAMAGE, ENGLISH)
    stage.clock.at = NOW - timedelta(seconds=80)
    stage.colleagues["suzuki"].replies.begin(stage.number(subject))
    stage.clock.at = NOW
    await stage.open(subject)
    await stage.press("r")


SCENES: Sequence[Scene] = (
    Scene("inbox", "受信トレイ", "The inbox", keys("j", "j", "j", "j"), png=True),
    Scene("conversation", "会話", "A conversation", _conversation, png=True),
    Scene("composer", "返信の作成", "The composer", _composer, png=True),
    Scene("review", "送信前の確認", "Review before sending", _review, png=True),
    Scene("claim", "ほかの人が返信中", "Somebody else is replying", _claim, png=True),
    Scene(
        "start",
        "はじめに: お知らせ、申し送り、期限切れ",
        "Start: announcements, hand-over notes, what is overdue",
        keys("g", "s"),
    ),
    Scene("search", "検索: 一致した箇所", "Search, with the hits", typed("slash", '"返品"', "enter")),
    Scene("marked", "選択とまとめて操作", "Rows marked for one act", keys("x", "x", "x")),
    Scene("labels", "ラベル", "Labels", keys("t", on=DAMAGE)),
    Scene("assign", "担当者", "Who is in charge", keys("a", on=DAMAGE)),
    Scene("snooze", "保留", "Put off", keys("b", on=DAMAGE)),
    Scene("status", "状態", "Status", keys("s", on=DAMAGE)),
    Scene("comment", "社内コメント", "An internal comment", typed("c", '"@su"')),
    Scene("forward", "転送", "Forward", keys("f", on=DAMAGE)),
    Scene("new", "新規メール", "A new mail", keys("C")),
    Scene("files", "添付ファイル", "Attachments", keys("A", on=DAMAGE)),
    Scene("charsets", "文字コード", "Charset repair", keys("f7", on=SIZE)),
    Scene("template", "テンプレート", "Templates", keys("r", "ctrl+t", on=SIZE)),
    Scene("history", "顧客の履歴", "Everything with a customer", keys("H", on=DAMAGE)),
    Scene("customer", "顧客", "The customer", keys("H", "i", on=DAMAGE)),
    Scene("phone", "電話メモ", "A telephone memo", keys("P", on=DAMAGE)),
    Scene("mentions", "自分宛てのコメント", "Comments that name me", keys("g", "m")),
    Scene("chat", "チャット", "The team's chat", keys("g", "t")),
    Scene("rules", "店舗のルール", "The rules of a shop", keys("g", "question_mark", on="花瓶が割れて")),
    Scene("views", "保存した検索", "Saved views", keys("g", "v")),
    Scene("goto", "g の後のキー", "The keys after g", keys("g")),
    Scene("command-line", "コマンドライン", "The command line", typed("colon", '"snooze 明日"')),
    Scene("palette", "コマンドパレット", "The command palette", keys("ctrl+p")),
    Scene("help", "ヘルプ", "Help", keys("question_mark")),
    Scene("jump", "ジャンプ", "Jump", keys("ctrl+o")),
    Scene("outbox", "送信待ち", "The outbox", keys("g", "o")),
    Scene("drafts", "下書き", "Drafts", keys("g", "d")),
    Scene("stopped", "停止した返信", "Stopped replies", keys("g", "x")),
    Scene("approval", "承認待ち", "What waits for approval", keys("3", "enter")),
    Scene("health", "受信箱の状態", "How the mailboxes stand", keys("g", "h")),
)
"""Every screen, in both languages, 100 cells by 30."""

VARIANTS: Sequence[Picture] = (
    Picture("inbox-light", 100, 30, "ja", SCENES[0].script, "maildesk-light"),
    Picture("inbox-wide", 140, 40, "ja", SCENES[0].script),
    Picture("inbox-80x24", 80, 24, "ja", SCENES[0].script),
    Picture("inbox-40x30", 40, 30, "ja", SCENES[0].script),
    Picture("conversation-wide", 140, 40, "ja", keys(on=LONG)),
    Picture("conversation-40x30", 40, 30, "ja", keys(on=DAMAGE)),
    Picture("composer-80x24", 80, 24, "ja", _composer),
)
"""Other sizes and themes."""

PICTURES: Sequence[Picture] = (
    *(
        Picture(scene.file(language), 100, 30, language, scene.script, png=scene.png)
        for scene in SCENES
        for language in locale.LANGUAGES
    ),
    *VARIANTS,
)
