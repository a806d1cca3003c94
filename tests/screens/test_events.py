"""What the store writes down of a conversation, in words: every event, both languages, and those of a later version."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import maildesk
from maildesk import locale
from maildesk.domain.conversation import Event
from maildesk.domain.outbox import OutboxState
from maildesk.locale import Language
from maildesk.screens.entries import Keys, entries
from maildesk.screens.words import actor, event_line, event_word
from tests.screens import sample

PACKAGE = Path(maildesk.__file__).parent
GIVEN = {
    *(state.value for state in OutboxState),
    "status",
    "assigned",
    "priority",
    "received",
    "answered-elsewhere",
    "draft-read",
    "draft-copied",
    *(f"customer-{act}" for act in ("merged", "unmerged", "name", "field", "identity", "identity-removed")),
}
"""Words that are passed as values, not written where the event is."""


def _literals(node: ast.Call) -> set[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in ("record", "log") or len(node.args) < 4:
        return set()
    parts = ast.walk(node.args[2])
    words = {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {word for word in words if not word.endswith("-")}  # the beginning of several: they are given


def written_words() -> set[str]:
    """The words of all events that store, desk and sync write."""
    found = set(GIVEN)
    for part in ("store", "desk", "sync"):
        for path in sorted((PACKAGE / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    found |= _literals(node)
    return found


WORDS = sorted(written_words())


def line(what: str, who: str = "佐藤", **detail: object) -> str:
    """An event as the timeline shows it."""
    return event_line(Event(sample.NOW, who, what, detail), {1: "佐藤", 2: "鈴木"})


def test_the_words_are_found() -> None:
    """The walk over the source sees what is known to be written."""
    assert {"claimed", "released", "taken-over", "queued", "labels", "commented", "committing"} <= set(WORDS)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("what", WORDS)
def test_every_event_has_words(what: str, language: Language) -> None:
    """No event is shown by its own name, and none by the words for an unknown one."""
    locale.use(language)
    text = line(what).partition(": ")[2]
    assert text != locale.t("conversation.event.other")
    assert what not in text or (language == "en" and what.isalpha())
    if language == "ja":
        assert not text.isascii()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("what", WORDS)
def test_every_event_has_a_short_word(what: str, language: Language) -> None:
    """Whoever follows a conversation, or cannot undo an act, is told what it was about and not that it was a change."""
    locale.use(language)
    word = event_word(what)
    assert word != locale.t("conversation.event.other.short")
    assert language == "en" or not word.isascii()


def test_a_move_names_both_shops() -> None:
    """As they were called then; an event without the names says only that it was moved."""
    locale.use("ja")
    told = line("moved", mailbox_from=1, mailbox=2, shop_from="楽天市場店", shop="自社サイト")
    assert told == "佐藤さん: 別の店舗に移しました: 楽天市場店 → 自社サイト"
    assert line("moved", mailbox_from=1, mailbox=2) == "佐藤さん: 別の店舗に移しました"


@pytest.mark.parametrize(("language", "who"), [("ja", "システム"), ("en", "system")])
def test_parts_of_maildesk_are_no_colleagues(language: Language, who: str) -> None:
    """sync and outbox are the system; a person has さん."""
    locale.use(language)
    assert actor("sync") == actor("outbox") == actor("") == who
    assert line("sent", "outbox").startswith(f"{who}: ")
    assert actor("鈴木") == locale.t("common.colleague", name="鈴木")


def test_a_request_for_approval_is_told_as_one() -> None:
    """Nothing leaves before the approval, so the timeline does not say that the reply was queued."""
    locale.use("ja")
    assert line("queued", status="approval") == "佐藤さん: 返信の承認を依頼しました"
    assert line("queued", status="done") == "佐藤さん: 返信を送信待ちに入れました"


def test_an_event_of_a_later_version() -> None:
    """A word that is not known is told neutrally, whatever its details are."""
    locale.use("ja")
    assert line("teleported", add=3, to={"x": None}) == "佐藤さん: 変更しました"
    assert event_word("teleported") == "変更"


def test_mails_are_not_told_twice() -> None:
    """A mail stands in the timeline itself: no event says that it came in, was taken in or was on its way."""
    quiet = ("received", "answered-elsewhere", "sending", "committing")
    events = tuple(Event(sample.NOW, "sync", what, {}) for what in (*quiet, "sent"))
    conversation = replace(sample.conversation(sample.summaries()[0]), events=events)
    found = entries(conversation, {}, sample.NOW, None, Keys("F4", "F6", "L"))
    shown = [entry for entry in found if entry.kind == "event"]
    assert len(shown) == 1
    assert shown[0].left.endswith("システム: 返信を送信しました")
