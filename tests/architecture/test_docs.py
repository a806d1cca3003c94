"""The documentation says what the program does, the same in both languages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from maildesk import keymap, locale
from maildesk.cli import parsing
from maildesk.config.deskfile import read_desk_file
from maildesk.store import grants
from scripts import reference, scenes
from tests.architecture.source import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(str(path.relative_to(DOCS / "en")) for path in (DOCS / "en").rglob("*.md"))
READMES = (ROOT / "README.md", ROOT / "README.ja.md")
WRITTEN = [
    *READMES,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / "changes").glob("*.md"),
    *DOCS.rglob("*.md"),
]


def name(path: Path) -> str:
    """A path as the test's id."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("language", locale.LANGUAGES)
@pytest.mark.parametrize("page", reference.PAGES)
def test_generated_pages_are_current(page: str, language: locale.Language) -> None:
    """`make docs` would change nothing."""
    assert reference.path(page, language).read_text("utf-8") == reference.page(page, language)


@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_every_action_is_documented(language: locale.Language) -> None:
    """Each with its keys, its sentence and its id."""
    locale.use(language)
    text = reference.path("keys", language).read_text("utf-8")
    for action in keymap.standard().keys:
        assert f"`{action}`" in text
        assert keymap.BY_ID[action].help.replace("|", "\\|") in text


def test_the_verb_of_every_action_exists() -> None:
    """What the keymap calls an action's twin on the command line is a command."""
    unknown = {a.id: a.verb for a in keymap.ACTIONS if a.verb and a.verb.split()[0] not in parsing.VERBS}
    assert not unknown


SCREEN_ONLY = frozenset(
    [
        "list.down",
        "list.up",
        "list.page_down",
        "list.page_up",
        "list.top",
        "list.bottom",
        "list.peek",
        "list.layout",
        "list.mark",
        "list.range",
        "list.all",
        "triage.start",
        "tab.next",
        "tab.prev",
        "conv.down",
        "conv.up",
        "conv.page",
        "conv.page_down",
        "conv.page_up",
        "conv.next_conversation",
        "conv.prev_conversation",
        "conv.next_msg",
        "conv.prev_msg",
        "conv.expand",
        "conv.collapse",
        "conv.fold",
        "conv.side",
        "conv.back",
        "conv.pager",
        "compose.editor",
        "compose.next_gap",
        "compose.close",
        "review.pager",
        "review.page_down",
        "review.page_up",
        "review.back",
        "claim.close",
        "waiting.pager",
        "waiting.close",
        "files.down",
        "files.up",
        "files.close",
        "view.down",
        "view.up",
        "view.page_down",
        "view.page_up",
        "view.pager",
        "view.copy",
        "view.close",
        "confirm.yes",
        "confirm.no",
        "dialog.finish",
        "dialog.close",
        "dialog.complete",
        "history.down",
        "history.up",
        "history.page_down",
        "history.page_up",
        "history.top",
        "history.bottom",
        "phone.close",
        "picker.down",
        "picker.up",
        "picker.choose",
        "picker.mark",
        "wizard.back",
        "wizard.stop",
        "wizard.enter",
        "help.search",
        "help.down",
        "help.up",
        "picker.close",
        "ex.run",
        "ex.complete",
        "ex.older",
        "ex.newer",
        "ex.close",
        "outbox.down",
        "outbox.up",
        "outbox.page_down",
        "outbox.page_up",
        "chat.next_room",
        "chat.prev_room",
        "goto.top",
        "search.next",
        "search.prev",
        "app.back",
        "app.goto",
        "app.repeat",
        "app.ex",
        "app.jump",
        "app.redraw",
        "app.suspend",
        "app.palette",
        "app.palette_alias",
        "app.quit",
        "help.page_down",
        "help.top",
        "help.bottom",
        "help.page_up",
    ]
)
"""Actions that mean something only on a screen: cursors, panes, focus, marks, dialogs, the time box, the terminal."""


def test_every_action_is_a_command_or_only_of_the_screen() -> None:
    """What changes or shows anything of the desk has a verb; a new action without one belongs to the list above."""
    without = {action.id for action in keymap.ACTIONS if not action.verb}
    assert without == SCREEN_ONLY


def acts_of(verb: str) -> set[str]:
    """The words that may follow a command as its act."""
    parser = parsing._Parser(prog=verb)
    parsing.group(verb).arguments(verb, parser)
    return {
        str(word) for action in parser._actions for word in action.choices or () if not action.option_strings
    }


def test_the_act_of_every_verb_exists() -> None:
    """Of a verb of two words, the second is one of its acts or a flag that it has."""
    two = {action.verb for action in keymap.ACTIONS if len(action.verb.split()) > 1}
    assert {"customer show", "view save"} <= two
    flags = {verb for verb in two if verb.split()[1].startswith("--")}
    assert not [verb for verb in two - flags if verb.split()[1] not in acts_of(verb.split()[0])]


def test_both_languages_have_the_same_pages() -> None:
    """No page exists in one language only."""
    assert sorted(str(path.relative_to(DOCS / "ja")) for path in (DOCS / "ja").rglob("*.md")) == PAGES
    assert len(PAGES) > 15


def outline(path: Path) -> list[int]:
    """The levels of a page's headings, and where its examples and tables are."""
    text = path.read_text("utf-8")
    return [len(mark) for mark in re.findall(r"^(#+) ", re.sub(r"(?ms)^```.*?^```", "", text), re.MULTILINE)]


def examples(path: Path) -> list[str]:
    """The kinds of a page's code examples, in order."""
    return re.findall(r"(?m)^```(\w+)", path.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_headings_and_examples(page: str) -> None:
    """A chapter or an example is not missing in one of them."""
    assert outline(DOCS / "ja" / page) == outline(DOCS / "en" / page)
    assert examples(DOCS / "ja" / page) == examples(DOCS / "en" / page)


def test_the_readmes_are_equal_and_short() -> None:
    """The same chapters, pictures and examples, in at most 150 lines."""
    english, japanese = READMES
    assert outline(english) == outline(japanese)
    assert examples(english) == examples(japanese)
    for readme in READMES:
        assert len(readme.read_text("utf-8").splitlines()) <= 150
        assert "make demo" in readme.read_text("utf-8").partition("## ")[2][:400]


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    """Every file that a page names is there."""
    text = re.sub(r"(?ms)^```.*?^```", "", path.read_text("utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    broken = [
        target
        for target in targets
        if not target.startswith(("http://", "https://", "#"))
        and not (path.parent / target.partition("#")[0]).exists()
    ]
    assert not broken


@pytest.mark.parametrize("path", [*READMES, DOCS / "en/connect.md", DOCS / "ja/connect.md"], ids=name)
def test_the_desk_file_of_the_pages_can_be_read(path: Path, tmp_path: Path) -> None:
    """The example is one that `maildesk init --from` takes."""
    example = re.search(r"(?ms)^```toml\n(.*?)^```", path.read_text("utf-8"))
    assert example is not None
    file = tmp_path / "desk.toml"
    file.write_text(example[1], "utf-8")
    desk = read_desk_file(file)
    assert desk.agents
    assert desk.mailboxes[0].imap is not None
    assert desk.mailboxes[0].smtp is not None


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_every_toml_example_is_toml(path: Path) -> None:
    """Nobody copies a syntax error."""
    for example in re.findall(r"(?ms)^```toml\n(.*?)^```", path.read_text("utf-8")):
        tomllib.loads(example)


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_every_command_in_an_example_exists(path: Path) -> None:
    """Verbs and flags of the examples are those of the command line."""
    for line in re.findall(r"(?m)^(?:sudo |ssh .*?)?maildesk ([a-z].*)$", _shell(path)):
        words = line.partition("#")[0].split()
        assert words[0] in parsing.VERBS, line
        known = reference.page("commands", "en")
        for flag in (word for word in words if word.startswith("--")):
            assert f"{flag}" in known, line


def _shell(path: Path) -> str:
    return "\n".join(re.findall(r"(?ms)^```sh\n(.*?)^```", path.read_text("utf-8")))


@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_the_roles_of_postgresql_are_named(language: locale.Language) -> None:
    """The page about teams names the groups that the store makes."""
    text = (DOCS / language / "team.md").read_text("utf-8")
    for group in (grants.AGENT, grants.SUPERVISOR, grants.WORKER):
        assert f"`{group}`" in text


def test_every_picture_is_there_and_no_other() -> None:
    """`make pictures` made them; none is left from before."""
    shots = scenes.PICTURES
    assert {path.stem for path in (DOCS / "pictures").glob("*.svg")} == {shot.name for shot in shots}
    assert {path.stem for path in (DOCS / "pictures").glob("*.png")} == {
        shot.name for shot in shots if shot.png
    }


def test_every_picture_is_shown_somewhere() -> None:
    """A picture that no page shows is not made."""
    shown = set(re.findall(r"pictures/([\w-]+)\.\w+\)", "\n".join(p.read_text("utf-8") for p in WRITTEN)))
    assert shown == {shot.name for shot in scenes.PICTURES}


def test_change_files_have_a_kind_and_both_languages() -> None:
    """A fragment can be gathered without being read."""
    for path in (ROOT / "changes").glob("*.md"):
        if path.name == "README.md":
            continue
        kind, japanese, english = path.read_text("utf-8").splitlines()
        assert kind.removeprefix("kind: ") in ("added", "changed", "fixed", "removed", "security")
        assert japanese.startswith("ja: ")
        assert english.startswith("en: ")
