"""The words of the command line: verbs, flags, help and what is wrong with them."""

from __future__ import annotations

import argparse
import importlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from gettext import gettext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from maildesk import locale
from maildesk.domain.safetext import safe_line
from maildesk.errors import MaildeskError, NotFound, StoreError, UsageError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.cli.context import Context
    from maildesk.cli.output import Output
    from maildesk.wiring import Flags

GROUPS: Mapping[str, tuple[str, ...]] = {
    "app": ("app", "plain", "demo", "init"),
    "mail": ("parse", "import"),
    "sync": ("sync", "reconcile", "reparse"),
    "read": ("list", "counts", "states", "show", "search"),
    "reading": ("files", "repair"),
    "related": ("related",),
    "claim": ("claim", "release", "takeover"),
    "reply": ("reply",),
    "letter": ("forward", "new"),
    "approve": ("approve", "return", "recall", "stopped"),
    "triage": ("comment", "assign", "status", "label", "snooze"),
    "marks": ("seen", "unseen", "priority", "drafts"),
    "peek": ("peek",),
    "undo": ("undo",),
    "place": ("next", "merge", "split", "move", "follow", "block"),
    "customer": ("customer", "open"),
    "phone": ("call", "memo"),
    "outbox": ("outbox",),
    "template": ("template",),
    "view": ("view",),
    "talk": ("mentions", "note"),
    "chat": ("chat",),
    "rules": ("rules",),
    "doctor": ("doctor",),
    "health": ("health",),
    "archive": ("archive",),
    "backup": ("backup", "verify", "restore"),
    "login": ("login", "logout"),
    "keys": ("keys",),
    "settings": ("config",),
    "setup": ("version",),
}
"""The verbs by the module that has them, in the order of the help. ``app`` is what happens without a verb."""

VERBS: Mapping[str, str] = {verb: group for group, verbs in GROUPS.items() for verb in verbs}
WIDTH = 80
_PREFIX = 6
"""By how many cells lines are kept shorter: argparse counts the three wide characters of '使い方' as one each."""
_EVERYWHERE = ("store", "agent", "config", "profile", "lang", "json")
_FILES = ("body", "what", "file")
"""Arguments that name a file, or may."""
_LAST_NUMBER = (1 << 31) - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_VALUED = ("--store", "--as", "--config", "--profile", "--lang")


class Group(Protocol):
    """A module of verbs."""

    def arguments(self, verb: str, parser: argparse.ArgumentParser) -> None:
        """Say what ``verb`` takes."""

    def run(self, context: Context, given: argparse.Namespace) -> int:
        """Do it, and return the exit code."""


def group(verb: str) -> Group:
    """The module of a verb, imported now."""
    module: Any = importlib.import_module(f"maildesk.cli.{VERBS[verb]}")
    found: Group = module
    return found


# ---- parsing


def parse(arguments: Sequence[str], output: Output) -> argparse.Namespace | None:
    """What was given, with ``verb``; None when help was asked for and shown. Raises UsageError."""
    chosen = _verb(arguments)
    if chosen is None and "--plain" in arguments:
        chosen = "plain"
        arguments = [*(word for word in arguments if word != "--plain"), "plain"]
    if chosen is not None and chosen not in VERBS:
        raise _unknown(chosen)
    if chosen is None and not {"-h", "--help"} & set(arguments):
        chosen = "app"
        arguments = [*arguments, "app"]
    parser = _Parser(prog="maildesk", description=t("cli.about"), epilog=t("cli.more"))
    _global_flags(parser, fresh=True)
    verbs = parser.add_subparsers(
        dest="verb", metavar=t("cli.verb"), title=t("cli.verbs"), parser_class=_Parser, prog="maildesk"
    )
    for verb in VERBS:
        if verb == "app":
            if chosen == "app":
                verbs.add_parser("app")
            continue
        described = t(f"cli.{verb}")
        more = f"cli.{verb}.more"
        one = verbs.add_parser(
            verb, help=described, description=described, epilog=t(more) if locale.has(more) else None
        )
        _global_flags(one, fresh=False)
        if verb == chosen:
            group(verb).arguments(verb, one)
    try:
        given = parser.parse_args(_label_words(list(arguments), chosen))
    except _Help as asked:
        output.text(asked.text)
        return None
    _require_text(given)
    return given


def _require_text(given: argparse.Namespace) -> None:
    """Raise UsageError for words that are no UTF-8: the store cannot hold them. Names of files may be anything."""
    for name, value in vars(given).items():
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and name not in _FILES and _SURROGATE.search(word):
                raise UsageError("not_text", text=safe_line(word[:60]))


def flags(given: argparse.Namespace) -> Flags:
    """The flags that stand before or after any verb."""
    from maildesk.wiring import Flags

    return Flags(given.store, given.agent, given.config, given.profile, given.lang)


def speak(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Use the language of the flag or of the settings from now on, so that help and errors are in it. What is wrong
    with the settings is told later, by whoever needs them."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    _global_flags(early, fresh=True)
    try:
        given, _ = early.parse_known_args([a for a in arguments if a != "--json"])
        if given.lang in locale.LANGUAGES:
            locale.use(given.lang)
        else:
            from maildesk import wiring

            wiring.settings(flags(given), environ)
    except (argparse.ArgumentError, MaildeskError):
        pass
    except OSError:
        pass


def _verb(arguments: Sequence[str]) -> str | None:
    """The first word that is no flag and no value of one."""
    words = iter(arguments)
    for word in words:
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _unknown(word: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(word, [verb for verb in VERBS if verb != "app"], 1, 0.5)
    shown = safe_line(word[:60])
    return (
        UsageError("no_verb_near", verb=shown, nearest=near[0]) if near else UsageError("no_verb", verb=shown)
    )


def _label_words(arguments: list[str], verb: str | None) -> list[str]:
    """``label 1044 +a -b``: argparse would take ``-b`` for a flag; a leading ``=`` says that it is none."""
    if verb != "label":
        return arguments
    at = arguments.index("label") + 1
    return [
        *arguments[:at],
        *(f"={a}" if re.fullmatch("-[^-h].*|-h.+", a) else a for a in arguments[at:]),
    ]


def _global_flags(parser: argparse.ArgumentParser, *, fresh: bool) -> None:
    """The flags that may stand before and after the verb: the second place leaves alone what the first said."""
    default: dict[str, Any] = {"default": None if fresh else argparse.SUPPRESS}
    group = parser.add_argument_group(t("cli.everywhere"))
    group.add_argument("--store", metavar="URL", help=t("cli.flag.store"), **default)
    group.add_argument("--as", dest="agent", metavar="LOGIN", help=t("cli.flag.as"), **default)
    group.add_argument("--config", metavar="FILE", type=Path, help=t("cli.flag.config"), **default)
    group.add_argument("--profile", metavar="NAME", help=t("cli.flag.profile"), **default)
    group.add_argument("--lang", choices=("ja", "en"), help=t("cli.flag.lang"), **default)
    group.add_argument(
        "--json",
        action="store_true",
        help=t("cli.flag.json"),
        default=False if fresh else argparse.SUPPRESS,
    )


# ---- argparse in our words


class _Help(Exception):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _ShowHelp(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        raise _Help(parser.format_help().rstrip())


class _Formatter(argparse.HelpFormatter):
    """Help in at most 80 columns of a terminal, where a Japanese character takes two."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=WIDTH - _PREFIX)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        told = [action for action in actions if action.dest not in _EVERYWHERE]
        super().add_usage(usage, told, groups, t("cli.usage") if prefix is None else prefix)

    def _format_action(self, action: argparse.Action) -> str:
        if not isinstance(action, argparse._SubParsersAction):
            return super()._format_action(action)
        return self._join_parts(
            [super(_Formatter, self)._format_action(verb) for verb in action._get_subactions()]
        )

    def _split_lines(self, text: str, width: int) -> list[str]:
        return list(wrap(" ".join(text.split()), width))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (
            line for part in text.split("\n") for line in (wrap(part, width - len(indent)) if part else [""])
        )
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **(settings | {"formatter_class": _Formatter, "add_help": False, "allow_abbrev": False})
        )
        self._positionals.title = t("cli.arguments")
        self._optionals.title = t("cli.options")
        self.add_argument("-h", "--help", action=_ShowHelp, nargs=0, help=t("cli.flag.help"))

    def error(self, message: str) -> NoReturn:
        for pattern, key in _COMPLAINTS:
            if found := pattern.fullmatch(message):
                raise UsageError(key, **found.groupdict(), prog=self.prog)
        raise UsageError("usage", reason=message, prog=self.prog)


def _complaint(words: str, key: str) -> tuple[re.Pattern[str], str]:
    """argparse's message, in whichever language it comes, as a pattern."""
    pattern = re.escape(gettext(words))
    for name in ("argument_name", "message", "value", "choices", "type", "args"):
        pattern = pattern.replace(re.escape(f"%({name})s"), f"(?P<{name}>.*)")
        pattern = pattern.replace(re.escape(f"%({name})r"), f"(?P<{name}>.*)")
    return re.compile(pattern.replace("%s", "(?P<names>.*)"), re.DOTALL), key


_COMPLAINTS = (
    _complaint("the following arguments are required: %s", "usage_missing"),
    _complaint("unrecognized arguments: %s", "usage_unknown"),
    _complaint("one of the arguments %s is required", "usage_one_of"),
    _complaint(
        "argument %(argument_name)s: invalid choice: %(value)r (choose from %(choices)s)", "usage_choice"
    ),
    _complaint("argument %(argument_name)s: invalid %(type)s value: %(value)r", "usage_value"),
    _complaint("argument %(argument_name)s: expected one argument", "usage_no_value"),
    _complaint("argument %(argument_name)s: not allowed with argument %(value)s", "usage_together"),
)


def wrap(text: str, width: int) -> Iterator[str]:
    """``text`` in lines of at most ``width`` cells, broken at blanks and between Japanese characters, none of which
    begins a line with punctuation."""
    line, cells = "", 0
    for piece in re.findall(r"[\x21-\x7e]+[、。」)]*|\s+|[^\x21-\x7e\s][、。」)・ー]*", text):
        size = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in piece)
        if cells + size > width and line:
            yield line.rstrip()
            line, cells = "", 0
            if piece.isspace():
                continue
        line += piece
        cells += size
    yield line.rstrip()


# ---- words that several verbs share


def count(text: str) -> int:
    """How many: from 1, and no more than a database can count. Raises ValueError."""
    if not re.fullmatch("[0-9]{1,9}", text) or not int(text):
        raise ValueError(text)
    return int(text)


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """``--dry-run``: say what would change."""
    parser.add_argument("--dry-run", action="store_true", help=t("cli.dry_run"))


def number(text: str) -> int:
    """A conversation's number, ``1044`` or ``#1044``. Raises UsageError, and NotFound for one that no desk can have."""
    found = re.fullmatch(r"#?([0-9]{1,18})", unicodedata.normalize("NFKC", text.strip()))
    if not found:
        raise UsageError("no_number", text=text[:60])
    if int(found[1]) > _LAST_NUMBER:
        raise NotFound("no_conversation", number=found[1])
    return int(found[1])


def numbers(text: str) -> list[int]:
    """One number, or with ``-`` all that standard input names, one on a line. Raises UsageError."""
    import sys

    if text != "-":
        return [number(text)]
    return [number(line.split()[0]) for line in sys.stdin if line.strip()]


def each(context: Context, numbers: Iterable[int], act: Callable[[int], int]) -> int:
    """Do something with each conversation: what is wrong with one is told, and the others are done. The worst exit
    code. The store being out of reach ends it."""
    code = 0
    for number in numbers:
        try:
            code = max(code, act(number))
        except StoreError:
            raise
        except MaildeskError as error:
            context.out.error(error)
            code = max(code, error.exit_code)
    return code


def read_text(given: str) -> str:
    """The text of a file, or of standard input for ``-``. Raises UsageError for what is no text, MaildeskError for a
    file that cannot be read."""
    import sys

    try:
        text = (sys.stdin.buffer.read() if given == "-" else Path(given).read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("not_utf8", file=given) from None
    except OSError as error:
        raise MaildeskError("file_unreadable", file=given, reason=system_words(error)) from None
    if "\0" in text:
        raise UsageError("not_text", text=safe_line(given))
    return text.replace("\r\n", "\n")
