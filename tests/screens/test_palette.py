"""Palette, help and pickers: made from the keymap, found in Japanese and English."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from maildesk import keymap, locale
from maildesk.locale import Language
from maildesk.screens.conversation import ConversationScreen
from maildesk.screens.fuzzy import Choice, best
from maildesk.screens.help import HelpScreen, HelpText
from maildesk.screens.inbox import InboxScreen
from maildesk.screens.palette import commands
from maildesk.widgets.bindings import action_name
from tests.screens.conftest import Run
from tests.screens.support import screen_text


async def test_the_palette_does_what_it_lists(run: Run) -> None:
    """done finds 対応完了 in a Japanese app, and Enter does it."""
    async with run() as session:
        await session.press("ctrl+p", "d", "o", "n", "e", "enter")
        assert session.desk.asked("triage.status") == 1


async def test_the_palette_begins_with_what_is_done_to_a_conversation(run: Run) -> None:
    """Replying comes before moving about, and no digits are promised where a digit is a number."""
    async with run() as session:
        await session.press("ctrl+p")
        ids = [choice.value.action_id for choice in session.screen.found]
        assert ids[0] == "conversation.reply"
        assert ids.index("conversation.assign") < ids.index("list.top")
        assert "1-9" not in screen_text(session.app)


@pytest.mark.parametrize(("typed", "name"), [("すず", "鈴木"), ("タカ", "高橋"), ("nakam", "中村")])
async def test_people_are_found_by_reading_and_login(run: Run, typed: str, name: str) -> None:
    """Kana of either kind and the login find an agent."""
    async with run() as session:
        await session.press("ctrl+p", *typed)
        assert f"担当を{name}さんにする" in screen_text(session.app)
        await session.press("enter")
        assert session.desk.rows[1042].assignee_name == name


async def test_a_number_opens_a_conversation(run: Run) -> None:
    """1044 and #1044 open that conversation."""
    async with run() as session:
        await session.press("ctrl+p", *"1044", "enter")
        assert session.shows(ConversationScreen)
        assert session.screen.conversation_id == 1044


async def test_templates_are_in_the_palette(run: Run) -> None:
    """A template found by its reading begins a reply with it."""
    async with run() as session:
        await session.press("ctrl+p", *"おわび", "enter")
        assert ("replies.begin", (1042, True, 3)) in session.desk.calls


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("typed", ["english", "engl", "英語"])
async def test_what_the_app_does_comes_before_a_template(run: Run, typed: str, language: Language) -> None:
    """Where a template fits no better: one of the category English does not hide how to speak it."""
    locale.use(language)
    async with run() as session:
        template = replace(session.desk.templates.all()[0], name="Where is my order", category="English")
        found = best(typed, commands(session.screen, (), [template]))
        assert found[0].value.action_id == "app.language"
        assert typed == "英語" or found[1].note == "English"


async def test_help_names_every_key_of_the_screen(run: Run) -> None:
    """The help of list and conversation has each of their actions, from the keymap."""
    async with run(size=(132, 200)) as session:
        for keys, context in (((), "list"), (("enter",), "conversation")):
            await session.press(*keys, "question_mark")
            assert session.shows(HelpScreen)
            text = screen_text(session.app)
            for action in keymap.standard().actions(context):  # type: ignore[arg-type]
                assert action.help in text
            await session.press("escape")


async def test_help_narrows(run: Run) -> None:
    """/ in the help narrows by key or word; Escape shows all, Escape again closes."""
    async with run() as session:
        await session.press("question_mark", "slash", "迷", "惑")
        text = screen_text(session.app)
        assert "迷惑メールのタブへ" in text
        assert "半ページ下" not in text
        await session.press("escape")
        assert session.shows(HelpScreen)
        await session.press("escape")
        assert session.shows(InboxScreen)


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("スヌーズ", "保留にする"),
        ("返信不要", "対応不要"),
        ("archive", "対応完了"),
        ("タグ", "ラベル"),
        ("star", "優先度"),
    ],
)
async def test_words_from_other_programs_find_our_actions(run: Run, word: str, label: str) -> None:
    """Help and palette know what an action is called elsewhere."""
    async with run() as session:
        await session.press("question_mark", "slash", *word)
        assert label in screen_text(session.app)
        await session.press("escape", "escape", "ctrl+p", *word)
        found = [choice.value.action_id for choice in session.screen.found[:3]]
        assert any(label in keymap.BY_ID[one].help for one in found if one)


async def test_what_a_key_does_goes_on_under_its_first_words(run: Run) -> None:
    """No words stand under the keys, where there is room for that."""
    async with run(size=(80, 24)) as session:
        await session.press("question_mark")
        text = session.screen.query_one(HelpText)
        line = next(line for line, _ in text._paragraphs if line.startswith("  ^n "))
        for width in (30, 34, 50, 70):
            first, second, *_ = text.wrapped(line, width)
            assert first.startswith("  ^n ")
            assert second.startswith(" " * 16) == (width > 32)
            assert all(cell_len(one.rstrip()) <= width for one in text.wrapped(line, width))


async def test_the_help_scrolls_by_half_a_page_and_says_what_a_dash_is(run: Run) -> None:
    """ctrl+d and ctrl+u scroll as everywhere; what has no key says where it is done instead."""
    async with run() as session:
        await session.press("question_mark")
        before = session.screen.query_one("VerticalScroll").scroll_y
        await session.press("ctrl+d")
        assert session.screen.query_one("VerticalScroll").scroll_y >= before + 5
        await session.press("ctrl+u")
        assert session.screen.query_one("VerticalScroll").scroll_y == before
        await session.press("slash", *"条件で選択")
        text = screen_text(session.app)
        assert "— キーはありません" in text
        assert ":" in text
        assert "^p" in text


async def test_the_help_of_a_conversation_begins_with_what_is_done_to_it(run: Run) -> None:
    """Reply and done stand before moving about, and the tabs come last."""
    async with run(size=(132, 200)) as session:
        await session.press("enter", "question_mark")
        text = screen_text(session.app)
        places = [
            text.index(keymap.BY_ID[one].help) for one in ("conversation.reply", "conv.page_down", "tab.1")
        ]
        assert places == sorted(places)


async def test_help_in_the_search_begins_with_the_operators(run: Run) -> None:
    """F1 in the row of the filter tells first what can be written there."""
    async with run() as session:
        await session.press("slash", "a", "f1")
        text = screen_text(session.app)
        assert "差出人:" in text
        assert text.index("差出人:") < text.index("受信トレイです")


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("dollar_sign", "F5"),
        ("ctrl+c", "^q"),
        ("L", "Enter"),
        ("0", "g g"),
        ("Y", "コピーは y"),
        ("U", "z"),
        ("Z", "z"),
        ("delete", "#"),
    ],
)
async def test_a_key_without_a_meaning_says_which_one_has_it(run: Run, key: str, says: str) -> None:
    """Keys of other programs answer in one line, and do nothing."""
    async with run() as session:
        await session.press(key)
        assert [says in toast for toast in session.toasts] == [True]
        assert not [name for name, _ in session.desk.calls if name.startswith("triage")]


@pytest.mark.parametrize("context", keymap.CONTEXTS)
def test_every_action_has_its_method(context: keymap.Context) -> None:
    """No key of the keymap leads nowhere: screen, widget or app has the method."""
    from maildesk.app import MaildeskApp
    from maildesk.screens.charsets import CharsetDialog
    from maildesk.screens.chat import ChatScreen
    from maildesk.screens.claim import ClaimDialog
    from maildesk.screens.composer import Composer
    from maildesk.screens.confirm import Confirm
    from maildesk.screens.copying import ShownText
    from maildesk.screens.customer import CustomerScreen
    from maildesk.screens.dialogs import TextDialog
    from maildesk.screens.drafts import DraftsScreen
    from maildesk.screens.ex import ExScreen
    from maildesk.screens.file_view import FileView
    from maildesk.screens.files import FilesDialog
    from maildesk.screens.health import HealthScreen
    from maildesk.screens.history import HistoryScreen
    from maildesk.screens.mentions import MentionsScreen
    from maildesk.screens.outbox import OutboxScreen
    from maildesk.screens.peek import Peek
    from maildesk.screens.phone import PhoneScreen
    from maildesk.screens.picker import Picker
    from maildesk.screens.review import Review
    from maildesk.screens.rules import RulesScreen
    from maildesk.screens.start import StartScreen
    from maildesk.screens.stopped import StoppedScreen
    from maildesk.screens.waiting import WaitingDialog
    from maildesk.screens.wizard.screen import WizardScreen
    from maildesk.widgets.history_list import HistoryList
    from maildesk.widgets.mail_list import MailList
    from maildesk.widgets.timeline import Timeline

    homes: dict[str, tuple[tuple[type, ...], ...]] = {
        "app": ((MaildeskApp,),),
        "list": ((InboxScreen, MailList),),
        "conversation": ((ConversationScreen, Timeline),),
        "compose": ((Composer,),),
        "review": ((Review,),),
        "claim": ((ClaimDialog,),),
        "picker": ((Picker,),),
        "outbox": ((OutboxScreen,),),
        "drafts": ((DraftsScreen,),),
        "waiting": ((WaitingDialog,),),
        "mentions": ((MentionsScreen,),),
        "start": ((StartScreen,),),
        "chat": ((ChatScreen,),),
        "rules": ((RulesScreen,),),
        "history": ((HistoryScreen, HistoryList),),
        "customer": ((CustomerScreen,),),
        "phone": ((PhoneScreen,),),
        "files": ((FilesDialog,),),
        "charset": ((CharsetDialog,),),
        "view": ((FileView, Peek), (ShownText, FileView, Peek)),
        "confirm": ((Confirm,),),
        "dialog": ((TextDialog,),),
        "stopped": ((StoppedScreen,),),
        "health": ((HealthScreen,),),
        "help": ((HelpScreen,),),
        "ex": ((ExScreen,),),
        "wizard": ((WizardScreen,),),
        "goto": ((InboxScreen,), (ConversationScreen,)),
        "copy": ((InboxScreen,), (ConversationScreen,)),
    }
    for action in keymap.standard().actions(context):
        for home in homes[context]:
            assert any(hasattr(part, f"action_{action_name(action.id)}") for part in home), (action.id, home)


def test_best_puts_whole_words_before_scattered_letters() -> None:
    """A run at the start wins; every word must fit; an empty query keeps the order."""
    choices = [
        Choice(1, "お詫び(共通)"),
        Choice(2, "共通 お知らせ"),
        Choice(3, "領収書", also=("りょうしゅうしょ",)),
    ]
    assert [choice.value for choice in best("共通", choices)] == [2, 1]
    assert [choice.value for choice in best("リョウ", choices)] == [3]
    assert [choice.value for choice in best("共通 知", choices)] == [2]
    assert [choice.value for choice in best("", choices)] == [1, 2, 3]
    assert best("xyz", choices) == []


async def test_near_misses_name_our_keys(run: Run) -> None:
    """d does nothing here, and says which keys do what it does elsewhere."""
    async with run() as session:
        await session.press("d")
        assert any("e" in toast and "#" in toast for toast in session.toasts)
        assert session.desk.rows[1042].status.value == "new"


@pytest.mark.parametrize(
    ("before", "key", "said"),
    [("", "J", "J K"), ("", "K", "J K"), ("", "vertical_line", "|"), ("enter", "v", "添付ファイルは A")],
)
async def test_a_key_of_another_screen_says_where_it_is(run: Run, before: str, key: str, said: str) -> None:
    """J, K and | in the list, and mutt's v for attachments in a conversation."""
    async with run() as session:
        await session.press(*filter(None, (before, key)))
        assert any(said in toast and (before or "Enter" in toast) for toast in session.toasts)
