"""``view``: saved views, as plain text that can be versioned."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.journal import Several
from maildesk.cli.read import chosen_tab
from maildesk.domain.columns import COLUMNS, DENSITIES, chosen, typed
from maildesk.domain.state_words import tab_name
from maildesk.domain.status import REASON_TABS, AnyTab, Sort, Tab, is_state_name, tab_of
from maildesk.domain.view import View, ViewUndo, check
from maildesk.errors import UsageError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk

_ACTS = ("list", "show", "save", "rename", "letter", "share", "unshare", "delete", "export", "import")
_FIELDS = ("name", "query", "tab", "sort", "mailbox", "letter", "columns", "density", "shared")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    acts = parser.add_subparsers(
        dest="act",
        metavar=t("cli.template.act"),
        required=True,
        title=t("cli.arguments"),
        parser_class=type(parser),
    )
    for name in _ACTS:
        one = acts.add_parser(name, help=t(f"cli.view.{name}"), description=t(f"cli.view.{name}"))
        parsing._global_flags(one, fresh=False)
        if name not in ("list", "export", "import"):
            one.add_argument("name", metavar="NAME", help=t("cli.view.name"))
        if name == "rename":
            one.add_argument("new", metavar="NEW", help=t("cli.view.new"))
        if name == "letter":
            one.add_argument("letter", metavar="L", nargs="?", default="", help=t("cli.view.letter"))
        if name == "save":
            one.add_argument("query", metavar="QUERY", help=t("cli.search.query"))
            tabs = f"{t('cli.list.tab')} ({', '.join(Tab)}, {t('cli.list.tab.own')})"
            one.add_argument("--tab", metavar="T", default="all", help=tabs)
            one.add_argument(
                "--sort", choices=[sort.value for sort in Sort], default="newest", help=t("cli.list.sort")
            )
            one.add_argument("--mailbox", metavar="M", default="", help=t("cli.mailbox"))
            one.add_argument("--letter", metavar="L", default="", help=t("cli.view.letter"))
            one.add_argument(
                "--columns", metavar="C,C", help=f"{t('cli.view.columns')} ({', '.join(COLUMNS)})"
            )
            one.add_argument("--density", choices=DENSITIES, default="", help=t("cli.view.density"))
            one.add_argument("--shared", action="store_true", help=t("cli.view.shared"))
        if name == "import":
            one.add_argument("file", metavar="FILE", type=Path, help=t("cli.view.file"))
        if name not in ("list", "show", "export"):
            parsing.add_dry_run(one)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    wanted = _file(given.file) if given.act == "import" else []
    with context.desk() as desk, context.trying(desk, given):
        match given.act:
            case "list":
                _tell(context, given, desk, desk.views.list())
            case "show":
                _tell(context, given, desk, [desk.views.get(given.name)])
            case "save":
                view = View(
                    given.name,
                    given.query,
                    chosen_tab(desk, given.tab),
                    Sort(given.sort),
                    given.mailbox,
                    given.letter,
                    given.shared,
                    columns=None if given.columns is None else typed(given.columns),
                    density=given.density,
                )
                _save(context, given, desk, [view])
            case "rename":
                _did(context, given, desk, lambda: desk.views.rename(given.name, given.new))
            case "letter":
                was = desk.views.get(given.name)
                view, taken_from = desk.views.give_letter(given.name, given.letter)
                context.did(desk, "view letter", ViewUndo(was, view))
                _tell(context, given, desk, [view])
                if taken_from is not None:
                    context.out.say(t("cli.view.letter_taken", name=taken_from.name, letter=given.letter))
            case "share" | "unshare":
                _did(context, given, desk, lambda: desk.views.share(given.name, given.act == "share"))
            case "delete":
                _did(context, given, desk, lambda: desk.views.delete(given.name))
            case "export":
                context.out.out.write(exported(one for one in desk.views.list() if one.own))
            case "import":
                for view in wanted:  # all of them, before the first is saved
                    chosen_tab(desk, view.tab.value)
                _save(context, given, desk, wanted)
    return 0


def _did(context: Context, given: argparse.Namespace, desk: Desk, act: Callable[[], View]) -> None:
    """Change a view. What an administrator does to another's is not taken back by his own undo."""
    was = desk.views.get(given.name)
    now = act()
    if was.own:
        context.did(desk, f"view {given.act}", ViewUndo(was, None if given.act == "delete" else now))
    _tell(context, given, desk, [now])


def _save(context: Context, given: argparse.Namespace, desk: Desk, views: Iterable[View]) -> None:
    saved: list[View] = []
    undo: list[ViewUndo] = []
    for view in views:
        was = next((one for one in desk.views.list() if one.own and one.name == view.name.strip()), None)
        saved.append(desk.views.save(view))
        undo.append(ViewUndo(was, saved[-1]))
    if undo:
        context.did(desk, f"view {given.act}", Several(tuple(undo)))
    _tell(context, given, desk, saved)


def _shape(view: View) -> shapes.Shape:
    return {
        "view": view.name,
        "query": view.query,
        "tab": view.tab.value,
        "sort": view.sort.value,
        "mailbox": view.mailbox or None,
        "letter": view.letter or None,
        "columns": None if view.columns is None else list(view.columns),
        "density": view.density or None,
        "shared": view.shared,
        "owner": view.owner,
    }


def _tell(context: Context, given: argparse.Namespace, desk: Desk, found: Iterable[View]) -> None:
    views = list(found)
    states = desk.inbox.states()
    if given.json:
        for view in views:
            context.out.json(_shape(view))
        return
    context.out.table(
        [
            (
                view.name,
                view.query,
                tab_name(view.tab, states),
                f"g {view.letter}" if view.letter else "",
                t("cli.view.of", name=view.owner) if view.shared else "",
            )
            for view in views
        ],
        flexible=1,
    )
    if not views:
        context.out.say(t("cli.view.none"))


def exported(views: Iterable[View]) -> str:
    """Views as TOML, always the same for the same views; :func:`read` reads it back."""
    blocks = []
    for view in views:
        lines = ["[[views]]"]
        for field in _FIELDS:
            value = view.tab.value if field == "tab" else getattr(view, field)
            if value or field in ("name", "query") or value == ():
                lines.append(f"{field} = {json.dumps(value, ensure_ascii=False)}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks).replace("\x7f", "\\u007f")


def read(text: str, file: Path) -> list[View]:
    """The views of a TOML file with ``[[views]]``. Raises UsageError for what none can be made of."""
    try:
        found = tomllib.loads(text)
        return [_of(entry) for entry in found.get("views", [])]
    except tomllib.TOMLDecodeError as error:
        raise UsageError("view_file", file=file, reason=str(error)) from None
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UsageError("view_file", file=file, reason=str(error)) from None


def _of(entry: dict[str, Any]) -> View:
    unknown = set(entry) - set(_FIELDS)
    if unknown:
        raise ValueError(", ".join(sorted(unknown)))
    columns = entry.get("columns")
    if any(not isinstance(entry.get(name, ""), str) for name in _FIELDS if name not in ("shared", "columns")):
        raise ValueError(entry["name"])
    view = View(
        entry["name"],
        entry.get("query", ""),
        _tab(entry.get("tab", "all")),
        Sort(entry.get("sort", "newest")),
        entry.get("mailbox", ""),
        entry.get("letter", ""),
        entry.get("shared", False) is True,
        columns=None if columns is None else chosen(list(columns)),
        density=entry.get("density", ""),
    )
    check(replace(view, query=""))
    return view


def _tab(word: str) -> AnyTab:
    """The tab of a view in a file; whether this desk has such a state is looked at when the view is saved."""
    if word not in [*Tab] and word not in REASON_TABS and not is_state_name(word):
        raise ValueError(f"tab = {word}")
    return tab_of(word)


def _file(file: Path) -> list[View]:
    """The views of a file. Raises UsageError."""
    try:
        return read(file.read_text("utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("view_file", file=file, reason=system_words(error)) from None
