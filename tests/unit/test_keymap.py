"""The keymap: one table, no key twice, nothing the terminal keeps, settings checked with clear words."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import keys as textual_keys
from textual.binding import Binding
from textual.widgets import Input, TextArea

from maildesk.errors import ConfigError
from maildesk.keymap import (
    ACTIONS,
    BY_ID,
    CONTEXTS,
    PRESETS,
    RESERVED,
    SHEETS,
    Context,
    canonical,
    collisions,
    is_character,
    name_of,
    normalise,
    problems,
    resolve,
    shown,
    standard,
)
from maildesk.locale import LANGUAGES, has, keymap, use


@pytest.fixture(autouse=True)
def _japanese() -> None:
    use("ja")


def owned_by_text_fields() -> set[str]:
    return {b.key for widget in (TextArea, Input) for b in Binding.make_bindings(widget.BINDINGS)}


def test_every_action_is_there_once() -> None:
    assert len(BY_ID) == len(ACTIONS)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_has_a_key_twice_or_one_of_the_terminal(preset: str) -> None:
    assert [str(error) for error in problems({}, preset)[1]] == []


def test_collisions_are_found_in_a_map_that_has_them() -> None:
    keys = dict(standard().keys)
    keys["conversation.done"] = ("r",)
    keys["conversation.take"] = ("ctrl+b",)
    keys["compose.attach"] = ("ctrl+d",)
    keys["compose.save"] = ("s",)
    keys["list.peek"] = ("f5",)
    found = [error.key for error in collisions(keys)]
    assert sorted(set(found)) == ["keymap_double", "keymap_reserved", "keymap_text_field"]
    assert found.count("keymap_text_field") == 2
    assert found.count("keymap_double") == 3  # r in two contexts, f5 of the app in the list


def test_the_composer_takes_nothing_that_a_text_field_owns() -> None:
    owned = owned_by_text_fields()
    for action in ACTIONS:
        if {"compose", "app"} & set(action.contexts):
            assert not owned & set(action.keys), action.id
        if "compose" in action.contexts:
            assert not any(is_character(key) for key in action.keys), action.id


def test_alt_is_never_used() -> None:
    assert not [a.id for a in ACTIONS for key in a.keys if "alt" in key.split("+")]


def test_every_action_has_label_and_sentence_in_both_languages() -> None:
    wanted = {f"keymap.{action.id}{end}" for action in ACTIONS for end in ("", ".help")}
    wanted |= {f"keymap.group.{a.group}" for a in ACTIONS if a.group} | {f"keymap.in.{c}" for c in CONTEXTS}
    assert [key for key in wanted if not has(key)] == []
    extra = {key for key in keymap.TEXTS if key.split(".")[1] not in ("miss", "ime")} - wanted
    assert extra == set()
    for language in LANGUAGES:
        use(language)
        assert all(action.label and action.help for action in ACTIONS)


def test_the_names_of_keys_are_those_of_textual() -> None:
    for code in range(0x20, 0x7F):
        name = textual_keys._character_to_key(chr(code))
        assert name_of(chr(code)) == name
    named = {key.value for key in textual_keys.Keys}
    for action in ACTIONS:
        for key in action.keys:
            assert key in named or is_character(key) or key == "ctrl+enter", key


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("?", "question_mark"),
        ("question_mark", "question_mark"),
        ("Ctrl+R", "ctrl+r"),
        ("^r", "ctrl+r"),
        ("Esc", "escape"),
        ("G", "G"),
        ("shift+g", "G"),
        ("shift+tab", "shift+tab"),
        ("F3", "f3"),
        (" ", "space"),
        ("PgDn", "pagedown"),
        ("ctrl+]", "ctrl+right_square_bracket"),
        ("+", "plus"),
        ("alt+e", None),
        ("あ", None),
        ("ctrl+", None),
        ("", None),
        ("hyper+x", None),
        ("g g", None),
        ("f99", None),
    ],
)
def test_keys_as_people_write_them(written: str, name: str | None) -> None:
    assert canonical(written) == name


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("ctrl+r", "^r"),
        ("question_mark", "?"),
        ("escape", "Esc"),
        ("f3", "F3"),
        ("shift+tab", "Shift+Tab"),
        ("f", "f"),
        ("ctrl+enter", "Ctrl+Enter"),
        ("down", "↓"),
    ],
)
def test_keys_as_people_read_them(key: str, text: str) -> None:
    assert shown(key) == text


@pytest.mark.parametrize("char", [chr(code) for code in range(0x21, 0x7F)])
def test_a_full_width_key_means_the_key(char: str) -> None:
    wide = chr(ord(char) + 0xFEE0)
    key = textual_keys._character_to_key(wide)
    assert normalise(key, wide) == normalise(key) == name_of(char)
    assert normalise(name_of(char), char) is None


@pytest.mark.parametrize(
    ("char", "key"),
    [
        ("・", "slash"),
        ("「", "left_square_bracket"),
        ("」", "right_square_bracket"),
        ("、", "comma"),
        ("。", "full_stop"),
        ("ー", "minus"),
        ("\u3000", "space"),
    ],
)
def test_kana_punctuation_means_the_key_under_it(char: str, key: str) -> None:
    assert normalise(textual_keys._character_to_key(char), char) == key


@given(st.characters())
def test_what_no_input_method_gives_stays(char: str) -> None:
    meant = normalise(textual_keys._character_to_key(char), char)
    assert meant is None or is_character(meant)


def test_an_override_replaces_the_keys_of_one_action() -> None:
    map_ = resolve(
        {"conversation.done": "d", "list.open": ["enter", "l"], "list.peek": "", "app.sync": "f5, $"}
    )
    assert map_.of("conversation.done") == ("d",)
    assert map_.of("list.open") == ("enter", "l")
    assert map_.of("list.peek") == ()
    assert map_.of("app.sync") == ("f5", "dollar_sign")
    done = map_.action("list", "d")
    assert done is not None
    assert done.id == "conversation.done"
    assert map_.action("list", "e") is None


@pytest.mark.parametrize(
    ("overrides", "preset", "words"),
    [
        ({"conversation.don": "d"}, "standard", "conversation.done"),
        ({"conversation.done": "alt+d"}, "standard", "alt+d"),
        ({"conversation.done": "r"}, "standard", "conversation.reply"),
        ({"conversation.done": "ctrl+b"}, "standard", "tmux"),
        ({"compose.attach": "ctrl+w"}, "standard", "compose.attach"),
        ({"app.quit": ""}, "standard", "app.quit"),
        ({}, "nano", "gmail"),
    ],
)
def test_a_wrong_setting_is_said_in_clear_words(overrides: dict[str, str], preset: str, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        resolve(overrides, preset)
    for language in LANGUAGES:
        use(language)
        assert words in str(raised.value)
        assert "{" not in str(raised.value) + raised.value.hint


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(problems({"nothing": "x", "conversation.done": "alt+x", "list.peek": "r"})[1]) == 3


def test_near_misses_are_answered_only_where_the_key_is_free() -> None:
    assert "e" in (standard().miss("list", "d") or "")
    assert standard().miss("list", "j") is None
    assert standard().miss("claim", "d") is None
    assert resolve({}, "mutt").miss("list", "d") is None


@pytest.mark.parametrize("context", CONTEXTS)
def test_hints_join_pairs_and_name_no_character_where_people_type(context: Context) -> None:
    hints = standard().hints(context)
    assert len({hint.keys for hint in hints}) == len(hints)
    if context == "list":
        assert hints[0].keys == "j/k"
        assert hints[0].actions == ("list.down", "list.up")
        assert [hint.label for hint in hints if hint.rank == 1] == ["返信"]
    if context == "compose":
        assert "F1" in [hint.keys for hint in hints]
        assert "?" not in [hint.keys for hint in hints]


def test_sheets_know_only_their_own_keys() -> None:
    for sheet in SHEETS:
        assert standard().action(sheet, "f5") is None
    assert {action.sheet for action in ACTIONS if action.sheet} == set(SHEETS)


def test_reserved_keys_are_written_as_keys() -> None:
    assert all(canonical(key) in (key, None) for key in RESERVED)


def test_the_keymap_needs_no_terminal_library() -> None:
    code = "import sys, maildesk.keymap as k; k.standard(); sys.exit(not sys.modules.keys().isdisjoint({'textual', 'rich'}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
