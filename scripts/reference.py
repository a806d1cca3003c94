"""The generated pages of the documentation: ``make docs``.

Keys, settings, commands, template variables and filters, and error messages, in both languages, from the same tables
that the program itself uses. A test compares the files with what this writes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from maildesk import keymap, locale
from maildesk.cli import parsing
from maildesk.config import SETTINGS
from maildesk.domain.agent import Agent, Right, Role
from maildesk.locale import LANGUAGES, t
from maildesk.locale.errors import TEXTS as ERRORS
from maildesk.templates import VARIABLES
from maildesk.templates.filters import FILTERS
from scripts.scenes import SCENES

DOCS = Path(__file__).parent.parent / "docs"

WORDS: Mapping[str, tuple[str, str]] = {
    "made": (
        "このページは `make docs` がプログラムの表から作ります。手で直さないでください。",
        "`make docs` makes this page from the program's own tables. Do not edit it by hand.",
    ),
    "keys": ("キー", "Keys"),
    "keys.about": (
        "同じキーは一覧でも会話でも同じ働きをします。小文字は普段の操作で、元に戻せます。大文字は別の形か、"
        "ほかの人に関わる操作です。入力欄では Ctrl、ファンクションキー、Tab、Esc だけが働きます。"
        "`^r` は Ctrl を押しながら r です。",
        "The same key does the same in list and conversation. Lower case is everyday and undoable, upper case is a "
        "variant or touches others. In text fields only Ctrl, function keys, Tab and Esc work. `^r` is Ctrl and r.",
    ),
    "keys.set": (
        "設定ファイルの `[keys]` に「ID = キー」と書くと変えられます。`maildesk keys check` が間違いを見つけます。",
        "Change them in `[keys]` of the configuration, id = key. `maildesk keys check` finds mistakes.",
    ),
    "keys.presets": ("プリセット", "Presets"),
    "keys.presets.about": (
        "`keys.preset` で土台を選びます。`standard` との違いは次のとおりです。",
        "`keys.preset` chooses what to start from. These are the differences from `standard`.",
    ),
    "keys.reserved": ("使えないキー", "Keys that cannot be used"),
    "keys.reserved.about": (
        "端末、端末多重化ソフト、日本語入力が先に受け取るため、割り当てられません。",
        "The terminal, its multiplexer or the input method take these for themselves.",
    ),
    "column.key": ("キー", "Key"),
    "column.does": ("働き", "What it does"),
    "column.id": ("ID", "Id"),
    "column.verb": ("コマンド", "Command"),
    "column.preset": ("プリセット", "Preset"),
    "column.owner": ("使うもの", "Taken by"),
    "none": ("なし", "none"),
    "gallery": ("すべての画面", "Every screen"),
    "gallery.about": (
        "100 桁 × 30 行の端末で、デモのデスクを写したものです。ほかの大きさと配色は[画面](../screens.md)にあります。",
        "The demo's desk in a terminal of 100 by 30. [The screens](../screens.md) has other sizes and themes.",
    ),
    "settings": ("設定", "Settings"),
    "settings.about": (
        "設定ファイルは TOML です。場所は `maildesk config path` が示します。強い順に、コマンドライン、環境変数、"
        "選んだプロファイル(`[profiles.NAME.ui]` など)、ファイル、既定値です。知らない設定名は、ファイル名、行、"
        "近い名前を添えたエラーになります。",
        "The configuration is TOML; `maildesk config path` says where. The strongest first: command line, "
        "environment, the chosen profile (`[profiles.NAME.ui]` and so on), the file, the default. A name that is "
        "not known is an error with file, line and the nearest name.",
    ),
    "settings.example": ("例", "Example"),
    "column.setting": ("設定", "Setting"),
    "column.default": ("既定値", "Default"),
    "column.may": ("使える値", "May be"),
    "column.env": ("環境変数", "Environment"),
    "default.store": ("自分用のデスク", "the personal desk"),
    "default.nothing": ("空", "empty"),
    "commands": ("コマンド", "Commands"),
    "commands.about": (
        "`maildesk` だけでアプリが開きます。アプリでできることはすべてコマンドでもできます。`--json` は 1 行に 1 つの "
        "JSON を標準出力に書き、説明は標準エラーに書きます。",
        "`maildesk` alone opens the app. Everything that can be done there is also a command. `--json` prints one "
        "JSON object per line on standard output; narration goes to standard error.",
    ),
    "commands.everywhere": ("どのコマンドにも付けられるもの", "With every command"),
    "commands.exit": ("終了コード", "Exit codes"),
    "column.code": ("コード", "Code"),
    "column.meaning": ("意味", "Meaning"),
    "column.argument": ("引数", "Argument"),
    "exit.0": ("成功", "ok"),
    "exit.1": ("失敗(`doctor` などは問題あり)", "failed (`doctor` and others: something is wrong)"),
    "exit.2": ("使い方の誤り、または使えない端末", "wrong usage, or a terminal that cannot show the app"),
    "exit.3": ("設定", "configuration"),
    "exit.4": ("ネットワーク、メールサーバー", "network, mail server"),
    "exit.5": ("ログイン拒否", "sign-in refused"),
    "exit.6": ("返信権がない、または拒否された", "held by somebody else, or refused by the claim"),
    "exit.7": ("見つからない", "not found"),
    "exit.8": ("権限がない", "not permitted"),
    "exit.130": ("中断", "interrupted"),
    "templates": ("テンプレートの変数とフィルター", "Variables and filters of templates"),
    "templates.about": (
        "書き方は [テンプレート](../templates.md) を見てください。日本語の名前と英語の名前は同じものです。"
        "ここにない名前は、返信するときに担当者が埋める「未入力の項目」になります。",
        "[Templates](../templates.md) says how to write them. Japanese and English names are the same thing. A name "
        "that is not here becomes a gap, which the agent fills in when replying.",
    ),
    "templates.variables": ("変数", "Variables"),
    "templates.filters": ("フィルター", "Filters"),
    "column.name": ("名前", "Name"),
    "column.japanese": ("日本語名", "Japanese name"),
    "column.holds": ("内容", "What it holds"),
    "messages": ("エラーと対処", "Errors and remedies"),
    "messages.about": (
        "maildesk が出すエラーと、その対処です。`{…}` にはその場の値が入ります。",
        "What maildesk may say went wrong, and what to do. `{…}` stands for a value.",
    ),
    "column.says": ("エラー", "Error"),
    "column.remedy": ("対処", "Remedy"),
    "column.error": ("キー", "Key"),
    "roles": ("役割と権限", "Roles and rights"),
    "column.right": ("権限", "Right"),
    "right.take-over": ("返信権を引き継ぐ", "take a claim over"),
    "right.approve": ("返信を承認し、差し戻す", "approve replies and give them back"),
    "right.peek": ("返信中の人の下書きを見る", "read the draft of whoever is replying"),
    "right.edit-templates": ("テンプレートを編集する", "edit templates"),
    "right.administer": ("デスクを管理する", "administer the desk"),
}


def word(key: str) -> str:
    """A word of the pages, in the language in use."""
    return WORDS[key][LANGUAGES.index(locale.current())]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |")
    return "\n".join(lines)


def code(text: str) -> str:
    """``text`` as code, whatever it holds."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def keys_page() -> Iterator[str]:
    """Every action, where it works, by which keys."""
    yield word("keys.about")
    yield word("keys.set")
    known = keymap.standard()
    for context in keymap.CONTEXTS:
        rows = [
            (
                " ".join(code(keymap.shown(key)) for key in action.keys) or word("none"),
                action.help,
                code(action.id),
                code(f"maildesk {action.verb}") if action.verb else "",
            )
            for action in known.actions(context)
        ]
        if rows:
            yield f"## {t(f'keymap.in.{context}')}"
            columns = ("column.key", "column.does", "column.id", "column.verb")
            yield table([word(column) for column in columns], rows)
    yield f"## {word('keys.presets')}"
    yield word("keys.presets.about")
    yield table(
        [word("column.preset"), word("column.id"), word("column.key")],
        [
            (code(name), code(action), " ".join(code(keymap.shown(key)) for key in keys) or word("none"))
            for name, changed in keymap.PRESETS.items()
            for action, keys in changed.items()
        ],
    )
    yield f"## {word('keys.reserved')}"
    yield word("keys.reserved.about")
    yield table(
        [word("column.key"), word("column.owner")],
        [(code(keymap.shown(key)), owner) for key, owner in keymap.RESERVED.items()],
    )


def settings_page() -> Iterator[str]:
    """Every setting."""
    yield word("settings.about")
    rows = []
    for setting in SETTINGS:
        default = str(setting.default).lower() if isinstance(setting.default, bool) else str(setting.default)
        empty = word("default.store") if setting.key == "store.url" else word("default.nothing")
        names = [name for name in (setting.short_env, setting.env) if name]
        rows.append(
            (
                code(setting.key),
                setting.description,
                code(default) if default else empty,
                setting.expected,
                " ".join(code(name) for name in names),
            )
        )
    columns = ("column.setting", "column.does", "column.default", "column.may", "column.env")
    yield table([word(column) for column in columns], rows)
    yield f"## {word('settings.example')}"
    yield _SETTINGS_EXAMPLE


_SETTINGS_EXAMPLE = """```toml
[store]
url = "postgresql://desk.shop.example/maildesk"

[ui]
language = "ja"
time_zone = "Asia/Tokyo"

[keys]
preset = "gmail"
"conversation.done" = "e"
"list.open" = ["enter", "l"]

[profiles.test.store]
url = "sqlite:////srv/desk/test.db"
```"""


class _Recorded(argparse.ArgumentParser):
    """What a verb takes, without the help that argparse would write in its own way for each version of Python."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(add_help=False, prog=str(settings.get("prog", "")))


def commands_page() -> Iterator[str]:
    """Every verb, what it takes, exit codes."""
    yield word("commands.about")
    yield f"## {word('commands.everywhere')}"
    everywhere = _Recorded()
    parsing._global_flags(everywhere, fresh=True)
    shared = {option for action in everywhere._actions for option in action.option_strings}
    yield _arguments(everywhere, set())
    for verb in parsing.VERBS:
        if verb == "app":
            continue
        yield f"## maildesk {verb}"
        yield _sentence(t(f"cli.{verb}"))
        if locale.has(f"cli.{verb}.more"):
            yield _literal(t(f"cli.{verb}.more"))
        parser = _Recorded()
        parsing.group(verb).arguments(verb, parser)
        yield from _verb(verb, parser, shared)
    yield f"## {word('commands.exit')}"
    codes = [key.removeprefix("exit.") for key in WORDS if key.startswith("exit.")]
    yield table(
        [word("column.code"), word("column.meaning")],
        [(code(number), word(f"exit.{number}")) for number in codes],
    )


def _literal(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


def _sentence(text: str) -> str:
    end = "。" if locale.current() == "ja" else "."
    return text if text.endswith((end, ".", "。", "…")) else text[:1].upper() + text[1:] + end


def _verb(verb: str, parser: argparse.ArgumentParser, shared: set[str]) -> Iterator[str]:
    nested = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
    if nested is None:
        yield _literal(_usage(verb, parser, shared))
        if _rows(parser, shared):
            yield _arguments(parser, shared)
        return
    helps = {choice.dest: choice.help or "" for choice in nested._choices_actions}
    for name, inner in nested.choices.items():
        yield f"### maildesk {verb} {name}"
        yield _sentence(helps.get(name, ""))
        yield _literal(_usage(f"{verb} {name}", inner, shared))
        if _rows(inner, shared):
            yield _arguments(inner, shared)


def _usage(verb: str, parser: argparse.ArgumentParser, shared: set[str]) -> str:
    words = [f"maildesk {verb}"]
    grouped: set[int] = set()
    for action in _own(parser, shared):
        if id(action) in grouped:
            continue
        group = next((g for g in parser._mutually_exclusive_groups if action in g._group_actions), None)
        if group is not None:
            grouped.update(id(a) for a in group._group_actions)
            inner = "|".join(_written(a) for a in group._group_actions if a.help != argparse.SUPPRESS)
            words.append(f"({inner})" if group.required else f"[{inner}]")
        else:
            one = _written(action)
            if action.nargs in ("+", "*"):
                one += "…"
            optional = (action.option_strings and not action.required) or action.nargs in ("?", "*")
            words.append(f"[{one}]" if optional else one)
    return " ".join(words)


def _own(parser: argparse.ArgumentParser, shared: set[str]) -> list[argparse.Action]:
    return [
        action
        for action in parser._actions
        if action.help != argparse.SUPPRESS
        and not isinstance(action, argparse._HelpAction)
        and "--help" not in action.option_strings
        and not set(action.option_strings) & shared
    ]


def _written(action: argparse.Action) -> str:
    value = str(action.metavar or "")
    if not value and action.choices is not None:
        value = "|".join(str(choice) for choice in action.choices)
        if not action.option_strings:
            return f"({value})"
    if not action.option_strings:
        return value or action.dest
    if action.nargs == 0:
        return action.option_strings[-1]
    return f"{action.option_strings[-1]} {value or action.dest.upper()}"


def _rows(parser: argparse.ArgumentParser, shared: set[str]) -> list[tuple[str, str]]:
    return [(code(_written(action)), action.help or "") for action in _own(parser, shared)]


def _arguments(parser: argparse.ArgumentParser, shared: set[str]) -> str:
    return table([word("column.argument"), word("column.does")], _rows(parser, shared))


def templates_page() -> Iterator[str]:
    """Every variable and filter."""
    yield word("templates.about")
    yield f"## {word('templates.variables')}"
    yield table(
        [word("column.name"), word("column.japanese"), word("column.holds")],
        [(code(v.name), code(v.japanese), v.description) for v in VARIABLES],
    )
    yield f"## {word('templates.filters')}"
    yield table(
        [word("column.name"), word("column.does")],
        [(code(name), t(f"templates.filter.{name}")) for name in (*FILTERS, "default", "d")],
    )


def messages_page() -> Iterator[str]:
    """Every error with its remedy, by exit code."""
    yield word("messages.about")
    rows = []
    for key in ERRORS:
        if key.endswith((".hint", ".one")):
            continue
        hint = f"{key}.hint"
        rows.append((code(key.removeprefix("errors.")), t(key), t(hint) if locale.has(hint) else ""))
    yield table([word("column.error"), word("column.says"), word("column.remedy")], sorted(rows))


def roles_page() -> Iterator[str]:
    """What each role may do."""
    yield table(
        [word("column.right"), *(code(role.value) for role in Role)],
        [
            (word(f"right.{right.value}"), *("✓" if may(role, right) else "" for role in Role))
            for right in Right
        ],
    )


def gallery_page() -> Iterator[str]:
    """Every screen."""
    yield word("gallery.about")
    for scene in SCENES:
        caption = scene.caption(locale.current())
        yield f"## {caption}\n\n![{caption}](../../pictures/{scene.file(locale.current())}.svg)"


def may(role: Role, right: Right) -> bool:
    """Whether ``role`` has ``right``."""
    return Agent(0, "", "", role).may(right)


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "keys": keys_page,
    "settings": settings_page,
    "commands": commands_page,
    "templates": templates_page,
    "roles": roles_page,
    "messages": messages_page,
    "gallery": gallery_page,
}
"""The generated pages: file name and title key -> what stands in it."""


def page(name: str, language: locale.Language) -> str:
    """A generated page in one language."""
    before = locale.current()
    locale.use(language)
    try:
        parts = [f"# {word(name)}", f"<!-- {word('made')} -->", *PAGES[name]()]
    finally:
        locale.use(before)
    text = "\n\n".join(part for part in parts if part)
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def path(name: str, language: locale.Language) -> Path:
    """Where a generated page lies."""
    return DOCS / language / "reference" / f"{name}.md"


def main() -> int:
    """Write all pages."""
    for language in LANGUAGES:
        for name in PAGES:
            target = path(name, language)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(page(name, language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
