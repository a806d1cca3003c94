"""Every action of the app, once: its id, its keys, where it works, its place in the footer, its twin on the
command line.

Bindings, footer, palette, help, ``docs/*/reference/keys.md`` and the ``[keys]`` of the configuration are all made from
this table. Keys are written as Textual names them (``question_mark``, ``ctrl+r``); people may also write the
character itself (``?``). The words are in ``locale/keymap.py``: ``keymap.<id>`` is the short label of footer
and sheets, ``keymap.<id>.help`` the sentence of help and palette.

Rules behind the defaults: the same key does the same in list and conversation; lower case is everyday and
undoable, upper case is a variant or touches others; nothing irreversible on one key; no alt; Escape is one
step back and never loses text; in text fields only ctrl, function keys, Tab and Escape.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

from maildesk.errors import ConfigError
from maildesk.locale import t

Context = Literal[
    "app",
    "list",
    "conversation",
    "compose",
    "review",
    "claim",
    "picker",
    "waiting",
    "files",
    "charset",
    "view",
    "confirm",
    "dialog",
    "outbox",
    "drafts",
    "stopped",
    "health",
    "mentions",
    "start",
    "chat",
    "rules",
    "history",
    "customer",
    "phone",
    "help",
    "wizard",
    "ex",
    "goto",
    "copy",
]
"""Where a key works. ``app`` is everywhere, also in text fields for keys that are not characters; ``goto``
and ``copy`` are the sheets that follow ``g`` and ``y``."""


CONTEXTS: tuple[Context, ...] = get_args(Context)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that an agent can do by key.

    ``hint`` says how long it stays in a footer that gets narrow: 0 never there, 1 stays longest. Actions of
    one ``group`` share one hint (``j/k 移動``). ``palette`` is whether the palette offers it, ``verb`` the
    command that does the same from a shell ('' where there is none), ``sheet`` the context whose keys follow
    this one. A ``priority`` key is taken before the focused widget sees it.
    """

    id: str
    keys: tuple[str, ...]
    contexts: tuple[Context, ...]
    hint: int = 0
    group: str = ""
    palette: bool = True
    verb: str = ""
    sheet: Context | None = None
    priority: bool = False

    @property
    def label(self) -> str:
        """The short label in the language in use."""
        return t(f"keymap.{self.id}")

    @property
    def help(self) -> str:
        """What it does, in the language in use."""
        return t(f"keymap.{self.id}.help")


def _action(
    id: str,
    keys: str,
    contexts: str,
    hint: int = 0,
    *,
    group: str = "",
    palette: bool = True,
    verb: str = "",
    sheet: Context | None = None,
    priority: bool = False,
) -> Action:
    words = contexts.split()
    places = tuple(context for context in CONTEXTS if context in words)
    return Action(id, tuple(keys.split()), places, hint, group, palette, verb, sheet, priority)


_BOTH = "list conversation"
_KINDS = 5
"""Tabs of a customer's history."""

ACTIONS: tuple[Action, ...] = (
    # list
    _action("list.down", "j down", "list", 4, group="list.move", palette=False),
    _action("list.up", "k up", "list", 4, group="list.move", palette=False),
    _action("list.page_down", "ctrl+d pagedown", "list", palette=False),
    _action("list.page_up", "ctrl+u pageup", "list", palette=False),
    _action("list.top", "home", "list"),
    _action("list.bottom", "G end", "list"),
    _action("list.open", "enter l right", "list", 3, palette=False, verb="show"),
    _action("list.peek", "space", "list"),
    _action("list.layout", "V", "list"),
    _action("list.columns", "", "list", verb="config"),
    _action("list.mark", "x", "list"),
    _action("list.range", "v", "list"),
    _action("list.all", "asterisk", "list"),
    _action("triage.start", "", "list"),
    _action("list.mark_query", "", "list", verb="list"),
    _action("list.mine", "at", "list", verb="list"),
    _action("list.sort", "S", "list", verb="list"),
    _action("list.shop", "B", "list", verb="list"),
    _action("tab.next", "tab right_square_bracket", "list history", palette=False, priority=True),
    _action("tab.prev", "shift+tab left_square_bracket", "list history", palette=False, priority=True),
    *(
        _action(f"tab.{number}", str(number), f"{_BOTH} history" if number <= _KINDS else _BOTH, verb="list")
        for number in range(1, 9)
    ),
    # conversation: reading
    _action("conv.down", "j down", "conversation", 7, group="conv.move", palette=False),
    _action("conv.up", "k up", "conversation", 7, group="conv.move", palette=False),
    _action("conv.page", "space", "conversation", palette=False),
    _action("conv.page_down", "ctrl+d pagedown", "conversation", palette=False),
    _action("conv.page_up", "ctrl+u pageup", "conversation", palette=False),
    _action("conv.next_conversation", "J", "conversation", 4, group="conv.walk"),
    _action("conv.prev_conversation", "K", "conversation", 4, group="conv.walk"),
    _action("conv.next_msg", "right_curly_bracket", "conversation", palette=False),
    _action("conv.prev_msg", "left_curly_bracket", "conversation", palette=False),
    _action("conv.expand", "equals_sign", "conversation"),
    _action("conv.collapse", "minus", "conversation"),
    _action("conv.fold", "enter", "conversation", palette=False),
    _action("conv.side", "tab", "conversation", 8, palette=False, priority=True),
    _action("conv.back", "h left", "conversation", palette=False),
    _action("conv.pager", "f3", "conversation"),
    _action("conv.source", "f4", "conversation", verb="show"),
    _action("conv.export", "W", "conversation", verb="show"),
    _action("conv.charset", "f7", "conversation", verb="repair"),
    _action("conv.reparse", "f6", "conversation", verb="reparse"),
    _action("conv.related", "L", "conversation", verb="related"),
    # acting on conversations
    _action("conversation.reply", "r", _BOTH, 1, verb="reply"),
    _action("conversation.reply_sender", "R", _BOTH, verb="reply"),
    _action("conversation.reply_suggest", "semicolon", _BOTH, verb="template suggest"),
    _action("conversation.forward", "f", _BOTH, verb="forward"),
    _action("conversation.new", "C", _BOTH, verb="new"),
    _action("conversation.done", "e", _BOTH, 2, verb="status"),
    _action("conversation.done_stay", "E", _BOTH, verb="status"),
    _action("conversation.done_prev", "", _BOTH, verb="status"),
    _action("conversation.assign", "a", _BOTH, 6, verb="assign"),
    _action("conversation.take", "i", _BOTH, verb="assign"),
    _action("conversation.snooze", "b", _BOTH, 9, verb="snooze"),
    _action("conversation.comment", "c", _BOTH, 5, verb="comment"),
    _action("conversation.status", "s", _BOTH, verb="status"),
    _action("conversation.label", "t", _BOTH, verb="label"),
    _action("conversation.priority", "p", _BOTH, verb="priority"),
    _action("conversation.unread", "u", _BOTH, verb="unseen"),
    _action("conversation.spam", "exclamation_mark", _BOTH, verb="status"),
    _action("conversation.trash", "number_sign", _BOTH, verb="status"),
    _action("conversation.no_answer", "X", _BOTH, verb="status"),
    _action("conversation.merge", "M", _BOTH, verb="merge"),
    _action("conversation.split", "vertical_line", "conversation", verb="split"),
    _action("conversation.move", "greater_than_sign", _BOTH, verb="move"),
    _action("conversation.watch", "w", _BOTH, verb="follow"),
    _action("conversation.next", "ctrl+n", _BOTH, verb="next"),
    _action("conversation.copy", "y", _BOTH, verb="show", sheet="copy"),
    _action("conversation.files", "A", _BOTH, verb="files"),
    _action("conversation.links", "O", _BOTH, verb="show"),
    _action("conversation.order", "o", _BOTH, verb="open"),
    _action("conversation.history", "H", f"{_BOTH} customer", verb="customer show"),
    _action("conversation.phone", "P", f"{_BOTH} history customer", 11, verb="memo"),
    _action("claim.release", "D", _BOTH, verb="release"),
    _action("claim.takeover", "T", f"{_BOTH} claim", verb="takeover"),
    # composer
    _action("compose.review", "ctrl+r ctrl+enter", "compose", 1, verb="reply", priority=True),
    _action("compose.template", "ctrl+t", "compose", 2, verb="template render", priority=True),
    _action("compose.editor", "ctrl+g f4", "compose", 4, priority=True),
    _action("compose.attach", "ctrl+f", "compose", 5, verb="reply", priority=True),
    _action("compose.next_gap", "ctrl+n", "compose", 7, priority=True),
    _action("compose.save", "ctrl+s", "compose", 8, verb="reply", priority=True),
    _action("compose.colleagues", "f8", "compose", verb="peek", priority=True),
    _action("compose.copy", "f9", "compose", 6, verb="drafts", priority=True),
    _action("compose.discard", "f2", "compose", 9, verb="drafts", priority=True),
    _action("compose.close", "escape", "compose", 3, palette=False, priority=True),
    # review before sending
    _action("review.send", "y", "review", 1, palette=False, verb="reply"),
    _action("review.edit", "e", "review", 2, palette=False, verb="reply"),
    _action("review.postpone", "p", "review", 4, palette=False, verb="reply"),
    _action("review.after", "s", "review", 5, palette=False, verb="reply"),
    _action("review.later", "l", "review", 6, palette=False, verb="reply"),
    _action("review.approval", "a", "review", 7, palette=False, verb="reply"),
    _action("review.pager", "f3", "review", 8, palette=False),
    _action("review.page_down", "ctrl+d pagedown", "review waiting", palette=False),
    _action("review.page_up", "ctrl+u pageup", "review waiting", palette=False),
    _action("review.back", "escape", "review", 3, palette=False),
    # the claim is somebody else's
    _action("claim.reply", "r", "claim", 6, palette=False, verb="reply"),
    _action("claim.notify", "w", "claim", 1, palette=False, verb="claim"),
    _action("claim.comment", "c", "claim", 2, palette=False, verb="comment"),
    _action("claim.draft", "d", "claim", 4, palette=False, verb="reply"),
    _action("claim.close", "escape", "claim", 3, palette=False),
    _action("claim.peek", "p", "claim", 5, palette=False, verb="peek"),
    # a reply that waits for somebody or for its time
    _action("waiting.approve", "y", "waiting", 1, palette=False, verb="approve"),
    _action("waiting.give_back", "b", "waiting", 2, palette=False, verb="return"),
    _action("waiting.release", "s", "waiting", 3, palette=False, verb="stopped"),
    _action("waiting.edit", "e", "waiting", 4, palette=False, verb="recall"),
    _action("waiting.cancel", "x", "waiting", 5, palette=False, verb="outbox"),
    _action("waiting.pager", "f3", "waiting", 6, palette=False),
    _action("waiting.close", "escape", "waiting", 7, palette=False),
    # attachments, charsets, texts to read, questions, and whatever is typed in a dialog
    _action("files.down", "j", "files charset", group="list.move", palette=False),
    _action("files.up", "k", "files charset", group="list.move", palette=False),
    _action("files.look", "p l right", "files", 1, palette=False, verb="files"),
    _action("files.save", "s", "files", 2, palette=False, verb="files"),
    _action("files.save_all", "S", "files", 3, palette=False, verb="files"),
    _action("files.pipe", "vertical_line", "files", 4, palette=False, verb="files"),
    _action("files.close", "escape q h left", "files charset", 5, palette=False),
    _action("charset.all", "a", "charset", 1, palette=False, verb="repair"),
    _action("view.down", "j down", "view", group="list.move", palette=False, priority=True),
    _action("view.up", "k up", "view", group="list.move", palette=False, priority=True),
    _action("view.page_down", "space pagedown ctrl+d", "view", palette=False, priority=True),
    _action("view.page_up", "pageup ctrl+u", "view", palette=False, priority=True),
    _action("view.pager", "f3", "view", 2, palette=False),
    _action("view.copy", "c", "view", 1, palette=False),
    _action("view.close", "escape q h left enter", "view", 3, palette=False),
    _action("confirm.yes", "y", "confirm", 1, palette=False),
    _action("confirm.no", "escape n q", "confirm", 2, palette=False),
    _action("dialog.finish", "ctrl+s", "dialog", 1, palette=False, priority=True),
    _action("dialog.close", "escape", "dialog", 2, palette=False, priority=True),
    _action("dialog.complete", "tab", "dialog", palette=False, priority=True),
    _action("dialog.target", "f3", "dialog", palette=False, verb="comment", priority=True),
    # everything with one customer, and what is known of him
    _action("history.down", "j down", "history", 6, group="list.move", palette=False),
    _action("history.up", "k up", "history", 6, group="list.move", palette=False),
    _action("history.page_down", "ctrl+d pagedown space", "history", palette=False),
    _action("history.page_up", "ctrl+u pageup", "history", palette=False),
    _action("history.top", "home", "history"),
    _action("history.bottom", "G end", "history"),
    _action("history.open", "enter l right", "history", 1, palette=False, verb="show"),
    _action("history.shop", "o", "history", 7, verb="customer show"),
    _action("history.state", "s", "history", 9, verb="customer show"),
    _action("history.customer", "i", "history", 4, verb="customer show"),
    _action("history.call_state", "e", "history", 5, verb="memo"),
    _action("customer.add", "a", "customer", 2, verb="customer add"),
    _action("customer.remove", "x", "customer", 5, verb="customer identity"),
    _action("customer.merge", "M", "history customer", 4, verb="customer merge"),
    _action("customer.unmerge", "U", "customer", 7, verb="customer unmerge"),
    # a telephone memo that is being written
    _action("phone.save", "ctrl+s", "phone", 1, palette=False, verb="memo", priority=True),
    _action("phone.history", "f2", "phone", 2, palette=False, verb="customer show", priority=True),
    _action("phone.target", "f3", "phone", 4, palette=False, verb="memo", priority=True),
    _action("phone.state", "f4", "phone", 5, palette=False, verb="memo", priority=True),
    _action("phone.shop", "f6", "phone", 7, palette=False, verb="memo", priority=True),
    _action("phone.hang_up", "f8", "phone", 6, palette=False, verb="memo", priority=True),
    _action("phone.close", "escape", "phone", 3, palette=False, priority=True),
    # making a desk, and help
    _action("wizard.next", "pagedown ctrl+n", "wizard", 1, palette=False, verb="init", priority=True),
    _action("wizard.back", "pageup", "wizard", 2, palette=False, priority=True),
    _action("wizard.stop", "escape", "wizard", 3, palette=False, priority=True),
    _action("wizard.enter", "enter", "wizard", palette=False),
    _action("help.search", "slash", "help", palette=False),
    _action("help.down", "j", "help", palette=False),
    _action("help.up", "k", "help", palette=False),
    _action("help.page_down", "space ctrl+d pagedown", "help", palette=False),
    _action("help.page_up", "ctrl+u pageup", "help", palette=False),
    _action("help.top", "home", "help", palette=False),
    _action("help.bottom", "G end", "help", palette=False),
    # pickers
    _action("picker.down", "down", "picker", 3, group="picker.move", palette=False, priority=True),
    _action("picker.up", "up", "picker", 3, group="picker.move", palette=False, priority=True),
    _action("picker.choose", "enter", "picker", 1, palette=False, priority=True),
    _action("picker.mark", "tab", "picker", palette=False, priority=True),
    _action("picker.close", "escape", "picker", 2, palette=False, priority=True),
    # the command line
    _action("ex.run", "enter", "ex", 1, palette=False, priority=True),
    _action("ex.complete", "tab", "ex", 2, palette=False, priority=True),
    _action("ex.older", "up", "ex", 4, group="ex.walk", palette=False, priority=True),
    _action("ex.newer", "down", "ex", 4, group="ex.walk", palette=False, priority=True),
    _action("ex.close", "escape", "ex", 3, palette=False, priority=True),
    # the outbox and the drafts
    _action(
        "outbox.down",
        "j down",
        "outbox drafts stopped health mentions start chat rules customer",
        6,
        group="list.move",
        palette=False,
    ),
    _action(
        "outbox.up",
        "k up",
        "outbox drafts stopped health mentions start chat rules customer",
        6,
        group="list.move",
        palette=False,
    ),
    _action(
        "outbox.open", "enter", "outbox drafts stopped mentions start customer", 1, palette=False, verb="show"
    ),
    _action(
        "outbox.page_down",
        "space ctrl+d",
        "outbox drafts stopped health mentions start chat rules customer",
        palette=False,
    ),
    _action(
        "outbox.page_up",
        "ctrl+u",
        "outbox drafts stopped health mentions start chat rules customer",
        palette=False,
    ),
    _action("outbox.mark_sent", "m", "outbox", 4, verb="outbox"),
    _action("outbox.send_again", "s", "outbox", 3, verb="outbox"),
    _action("outbox.cancel", "x", "outbox", 5, verb="outbox"),
    _action("outbox.retry", "r", "outbox", 2, verb="outbox"),
    _action("drafts.discard", "x", "drafts stopped", 4, verb="drafts"),
    _action("stopped.send", "s", "stopped", 2, verb="stopped"),
    _action("stopped.copy", "y", "stopped", 5, verb="stopped"),
    # what colleagues tell me
    _action("mentions.read_all", "u", "mentions start", 4, verb="mentions"),
    _action("mentions.follow", "w", "mentions start", 5, verb="follow"),
    _action("start.write", "c", "start", 2, verb="note"),
    _action("start.edit", "e", "start", 7, verb="note"),
    _action("start.withdraw", "x", "start", 8, verb="note"),
    _action("rules.edit", "e", "rules", 2, verb="rules"),
    _action("chat.open", "enter", "chat", 1, palette=False, verb="show"),
    _action("chat.write", "c", "chat", 2, palette=False, verb="chat"),
    _action("chat.withdraw", "x", "chat", 4, verb="chat"),
    _action("chat.next_room", "tab", "chat", 5, palette=False, priority=True),
    _action("chat.prev_room", "shift+tab", "chat", palette=False, priority=True),
    # the sheets after g and y
    _action("goto.top", "g", "goto", palette=False),
    _action("goto.inbox", "i", "goto", verb="list"),
    _action("goto.outbox", "o", "goto", verb="outbox"),
    _action("goto.drafts", "d", "goto", verb="drafts"),
    _action("goto.stopped", "x", "goto", verb="stopped"),
    _action("goto.approval", "a", "goto", verb="list"),
    _action("goto.health", "h", "goto", verb="health"),
    _action("goto.customers", "c", "goto", verb="customer find"),
    _action("goto.views", "v", "goto", verb="view list"),
    _action("goto.start", "s", "goto", verb="note"),
    _action("goto.rules", "question_mark", "goto", verb="rules"),
    _action("goto.chat", "t", "goto", verb="chat"),
    _action("goto.mentions", "m", "goto", verb="mentions"),
    _action("copy.number", "n", "copy", verb="show"),
    _action("copy.address", "a", "copy", verb="show"),
    _action("copy.order", "o", "copy", verb="show"),
    _action("copy.link", "u", "copy", verb="show"),
    _action("copy.subject", "s", "copy", verb="show"),
    _action("copy.body", "b", "copy", verb="show"),
    _action("copy.message_id", "m", "copy", verb="show"),
    # everywhere
    _action("search.next", "n", _BOTH),
    _action("search.prev", "N", _BOTH),
    _action("view.save", "ctrl+s", "list", verb="view save"),
    _action("view.rename", "", "list", verb="view rename"),
    _action("view.letter", "", "list", verb="view letter"),
    _action("view.share", "", "list", verb="view share"),
    _action("view.unshare", "", "list", verb="view unshare"),
    _action("view.delete", "", "list", verb="view delete"),
    _action("search.open", "slash", f"{_BOTH} history chat", 8, verb="search"),
    _action(
        "app.back",
        "escape q",
        f"{_BOTH} outbox drafts stopped health mentions start chat rules help history customer",
        3,
        palette=False,
    ),
    _action(
        "app.goto",
        "g",
        f"{_BOTH} outbox drafts stopped health mentions start chat rules history customer",
        palette=False,
        sheet="goto",
    ),
    _action("app.undo", "z", f"{_BOTH} outbox drafts stopped start chat rules history customer", verb="undo"),
    _action("app.repeat", "full_stop", _BOTH),
    _action(
        "app.ex",
        "colon",
        f"{_BOTH} outbox drafts stopped health mentions start chat rules history customer",
        palette=False,
    ),
    _action("app.jump", "ctrl+o", "app", priority=True),
    _action("macro.record", "Q", _BOTH, verb="keys macro"),
    _action("macro.run", "comma", _BOTH, verb="keys macro"),
    _action("app.redraw", "ctrl+l", _BOTH),
    _action("app.suspend", "ctrl+z", _BOTH),
    _action("app.sync", "f5", "app", verb="sync --once"),
    _action("app.help", "question_mark f1", "app", 2, verb="keys list"),
    _action("app.palette", "ctrl+p", "app", palette=False, priority=True),
    _action("app.palette_alias", "ctrl+k", _BOTH, palette=False),
    _action("app.language", "", "app", verb="config set"),
    _action("app.quit", "ctrl+q", "app", priority=True),
)

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

TYPING: tuple[Context, ...] = ("compose", "picker", "dialog", "phone", "ex", "wizard")
"""Contexts with a text field in front: a key that is a character types itself there."""

SHEETS: tuple[Context, ...] = ("goto", "copy")
"""Contexts of one key only: the keys of the app do not work there."""

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "standard": {},
    "gmail": {
        "conversation.label": ("t", "l"),
        "conversation.unread": ("u", "U"),
        "conversation.done": ("e", "right_square_bracket"),
        "conversation.done_prev": ("left_square_bracket",),
        "tab.next": ("tab",),
        "tab.prev": ("shift+tab",),
        "conv.source": (),  # in the palette
        "list.open": ("enter", "right"),
    },
    "mutt": {
        "conversation.trash": ("number_sign", "d"),
        "app.sync": ("f5", "dollar_sign"),
    },
    "emacs": {
        **{
            f"{context}.down": ("j", "down", "ctrl+n")
            for context in ("list", "conv", "history", "outbox", "view")
        },
        **{
            f"{context}.up": ("k", "up", "ctrl+p")
            for context in ("list", "conv", "history", "outbox", "view")
        },
        **{f"{context}.page_down": ("ctrl+v", "pagedown") for context in ("list", "conv", "review")},
        **{
            f"{context}.page_down": ("space", "ctrl+v", "pagedown")
            for context in ("history", "outbox", "view", "help")
        },
        **{f"{context}.down": ("j", "ctrl+n") for context in ("files", "help")},
        **{f"{context}.up": ("k", "ctrl+p") for context in ("files", "help")},
        "picker.down": ("down", "ctrl+n"),
        "picker.up": ("up", "ctrl+p"),
        "ex.newer": ("down", "ctrl+n"),
        "ex.older": ("up", "ctrl+p"),
        **{
            f"{context}.close": ("escape", "ctrl+g")
            for context in ("picker", "ex", "dialog", "compose", "phone")
        },
        "confirm.no": ("escape", "n", "q", "ctrl+g"),
        "app.back": ("escape", "q", "ctrl+g"),
        "search.open": ("slash", "ctrl+s"),
        "view.save": (),  # in the palette
        "conversation.next": ("ctrl+t",),
        "compose.editor": ("f4",),
        "wizard.next": ("pagedown",),
        "app.palette": ("f12",),
    },
}
"""Key maps to start from, as differences from ``standard``."""


def _ids(words: str) -> frozenset[str]:
    return frozenset(words.split())


REPEATED: frozenset[str] = _ids(
    """list.down list.up list.page_down list.page_up list.mark tab.next tab.prev conv.down conv.up conv.page
    conv.page_down conv.page_up conv.next_conversation conv.prev_conversation conv.next_msg conv.prev_msg
    outbox.down outbox.up app.undo"""
)
"""What a count before the key does so many times."""
BY_ROWS: frozenset[str] = _ids(
    """conversation.done conversation.done_stay conversation.assign conversation.take conversation.snooze
    conversation.status conversation.label conversation.priority conversation.unread conversation.spam
    conversation.trash conversation.no_answer conversation.watch conversation.comment conversation.merge
    conversation.move app.repeat"""
)
"""What a count in the list does to so many conversations, from the cursor on."""
BY_PLACE: frozenset[str] = frozenset(("list.bottom",))
"""What a count makes a place: ``12G`` is the twelfth row."""
COUNTED: frozenset[str] = frozenset((*REPEATED, *BY_ROWS, *BY_PLACE, "macro.run"))
"""What takes a count."""
SENDING: frozenset[str] = _ids(
    """review.send review.approval review.later waiting.approve waiting.release outbox.send_again outbox.retry
    outbox.mark_sent stopped.send"""
)
"""What makes a mail leave, or answers the question whether one may: no macro does it."""

MISSES: Mapping[str, str] = {
    "d": "keymap.miss.delete",
    "m": "keymap.miss.mine",
    "h": "keymap.miss.top",
    "left": "keymap.miss.top",
    "ctrl+j": "keymap.miss.send",
    "delete": "keymap.miss.delete",
    "dollar_sign": "keymap.miss.sync",
    "ctrl+c": "keymap.miss.interrupt",
    "L": "keymap.miss.related",
    "J": "keymap.miss.walk",
    "K": "keymap.miss.walk",
    "vertical_line": "keymap.miss.split",
    "v": "keymap.miss.files",
    "0": "keymap.miss.first",
    "Y": "keymap.miss.copy",
    "U": "keymap.miss.undo",
    "Z": "keymap.miss.undo",
}
"""Keys that people bring from other programs, and the text that tells them ours."""
_MISSED: Mapping[str, str] = {
    "send": "compose.review",
    "quit": "app.quit",
    "done": "conversation.done",
    "trash": "conversation.trash",
    "take": "conversation.take",
    "sync": "app.sync",
    "copy": "conversation.copy",
    "undo": "app.undo",
    "unread": "conversation.unread",
    "open": "list.open",
    "related": "conv.related",
    "next": "conv.next_conversation",
    "prev": "conv.prev_conversation",
    "down": "list.down",
    "up": "list.up",
    "split": "conversation.split",
    "files": "conversation.files",
    "goto": "app.goto",
    "top": "goto.top",
}
"""The actions whose keys those texts name."""

RESERVED: Mapping[str, str] = {
    "ctrl+a": "screen",
    "ctrl+b": "tmux",
    "ctrl+c": "copy",
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+j": "newline",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+backslash": "SIGQUIT",
    "ctrl+space": "IME",
    "ctrl+at": "IME",
    "ctrl+w": "close tab",
    "ctrl+shift+c": "copy",
    "ctrl+shift+v": "paste",
    "f10": "menu",
    "f11": "full screen",
    "backslash": "¥",
}
"""Keys that the terminal, its multiplexer or the input method keep for themselves, and who does."""

TEXT_KEYS: frozenset[str] = frozenset(
    [
        "ctrl+a",
        "ctrl+e",
        "ctrl+k",
        "ctrl+u",
        "ctrl+w",
        "ctrl+d",
        "ctrl+x",
        "ctrl+c",
        "ctrl+v",
        "ctrl+z",
        "ctrl+y",
        "home",
        "end",
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "f6",
        "f7",
        "tab",
        "shift+tab",
        "enter",
        "backspace",
        "delete",
        "space",
    ]
)
"""What a text field needs for itself."""

_NAMED = frozenset(
    [
        "escape",
        "enter",
        "tab",
        "space",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
    ]
    + [f"f{number}" for number in range(1, 13)]
)
_RENAMED = {  # Textual's names where they are not the names of Unicode
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "backspace": "BS",
    "delete": "Del",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
# What the keys give while a Japanese input method is on and NFKC does not know. A vowel alone is its letter.
_KANA = {
    "・": "/",
    "「": "[",
    "」": "]",
    "｢": "[",
    "｣": "]",
    "、": ",",
    "。": ".",
    "ー": "-",
    "‐": "-",
    "−": "-",
    "〜": "~",
    "“": '"',
    "”": '"',
    "’": "'",
    "‘": "'",
    **dict(zip("あいうえお", "aiueo", strict=True)),
    **dict(zip("アイウエオ", "aiueo", strict=True)),
}


def name_of(character: str) -> str:
    """Textual's name of the key that types ``character``: ``j`` is ``j``, ``?`` is ``question_mark``."""
    if character == " ":
        return "space"
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


@cache
def _characters() -> Mapping[str, str]:
    """Printable ASCII by the name of its key."""
    return {name_of(chr(code)): chr(code) for code in range(0x21, 0x7F)}


@cache
def _full_width() -> Mapping[str, str]:
    """ASCII key names by the names that full-width and kana characters have as keys."""
    table = {}
    for char in [*map(chr, range(0xFF01, 0xFF5F)), "\u3000", *_KANA]:
        plain = _KANA.get(char) or unicodedata.normalize("NFKC", char)
        table[char] = table[name_of(char)] = name_of(plain)
    return table


def normalise(key: str, character: str | None = None) -> str | None:
    """The key that was meant when a Japanese input method was left on: ``ｊ`` is ``j``, ``・`` is ``slash``.

    ``key`` and ``character`` are those of Textual's key event. None for keys that are what they are.
    """
    table = _full_width()
    if character is not None and character in table:
        return table[character]
    return table.get(key)


def canonical(key: str) -> str | None:
    """The name of a key as people may write it (``?``, ``Ctrl+R``, ``^r``, ``Esc``, ``question_mark``), None
    when there is no such key. alt is none of ours: a terminal cannot tell it from Escape and a key."""
    key = key.strip() or key[:1]
    if len(key) == 1:
        return name_of(key) if key.isprintable() and key.isascii() else None
    if len(key) == 2 and key[0] == "^" and key[1].isalpha():
        return f"ctrl+{key[1].lower()}"
    *modifiers, last = key.split("+") if not key.endswith("++") else [*key[:-2].split("+"), "+"]
    modifiers = [modifier.lower() for modifier in modifiers]
    if any(modifier not in ("ctrl", "shift") for modifier in modifiers) or len(set(modifiers)) < len(
        modifiers
    ):
        return None
    lower = {"esc": "escape", "return": "enter", "pgdn": "pagedown", "pgup": "pageup", "del": "delete"}.get(
        last.lower(), last.lower()
    )
    if len(last) == 1 and last.isascii() and last.isprintable():
        if "shift" in modifiers:
            return last.upper() if last.isalpha() and modifiers == ["shift"] else None
        lower = name_of(last.lower())
    elif lower not in _NAMED and lower not in _characters():
        return None
    return "+".join([*sorted(modifiers), lower])


def shown(key: str) -> str:
    """How a key is written for people: ``?``, ``^r``, ``Esc``, ``F3``, ``Shift+Tab``."""
    *modifiers, last = key.split("+")
    text = (
        _SHOWN.get(last) or _characters().get(last) or (last.upper() if last[0] == "f" and last[1:] else last)
    )
    if modifiers == ["ctrl"] and len(text) == 1:
        return f"^{text}"
    return "".join(f"{modifier.capitalize()}+" for modifier in modifiers) + text


def is_character(key: str) -> bool:
    """Whether pressing ``key`` in a text field types something."""
    return key == "space" or key in _characters()


@dataclass(frozen=True, slots=True)
class Hint:
    """One entry of a footer: keys as shown (``j/k``), the label, how long it stays (1 longest), the actions
    behind."""

    keys: str
    label: str
    rank: int
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force: the defaults, a preset and the agent's own."""

    keys: Mapping[str, tuple[str, ...]]

    def of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action, as Textual names them; empty when the agent took them away."""
        return self.keys[action_id]

    def shown(self, action_id: str) -> str:
        """The first key of an action as people read it, '' when it has none."""
        keys = self.keys[action_id]
        return shown(keys[0]) if keys else ""

    def actions(self, context: Context) -> Iterator[Action]:
        """The actions of a context in the order of the table, with the keys in force. Those of ``app`` are
        only in ``app``."""
        for action in ACTIONS:
            if context in action.contexts:
                yield replace(action, keys=self.keys[action.id])

    def action(self, context: Context, key: str) -> Action | None:
        """What ``key`` does in ``context``, its own actions first, then those of the app."""
        places: Sequence[Context] = (context,) if context in SHEETS else (context, "app")
        for place in places:
            for action in self.actions(place):
                if key in action.keys:
                    return action
        return None

    def miss(self, context: Context, key: str) -> str | None:
        """The text for a key that does nothing here but does something in other programs."""
        asked = context == "compose" if key == "ctrl+j" else context in ("list", "conversation")
        if asked and key in MISSES and self.action(context, key) is None:
            return t(MISSES[key], **{word: self.shown(id) for word, id in _MISSED.items()})
        return None

    def hints(self, context: Context) -> list[Hint]:
        """What the footer of ``context`` shows, in order; actions of one group are one hint."""
        hints: list[Hint] = []
        places: Sequence[Context] = (context,) if context in (*SHEETS, "app") else (context, "app")
        groups: dict[str, int] = {}
        for place in places:
            for action in self.actions(place):
                if not action.hint or not action.keys or (context == "list" and action.id == "app.back"):
                    continue
                names = [key for key in action.keys if context not in TYPING or not is_character(key)]
                if not names:
                    continue
                key = shown(names[0])
                if action.group and action.group in groups:
                    at = groups[action.group]
                    old = hints[at]
                    hints[at] = replace(old, keys=f"{old.keys}/{key}", actions=(*old.actions, action.id))
                    continue
                label = t(f"keymap.group.{action.group}") if action.group else action.label
                if action.group:
                    groups[action.group] = len(hints)
                hints.append(Hint(key, label, action.hint, (action.id,)))
        return hints


def _keys(value: str | Iterable[str]) -> list[str]:
    """The keys in a setting: a list, or a string with blanks or commas between."""
    if not isinstance(value, str):
        return list(value)
    if value.strip() in (",", ""):
        return [value.strip()] if value.strip() else []
    return [key for key in value.replace(",", " ").split() if key]


def collisions(keys: Mapping[str, tuple[str, ...]]) -> Iterator[ConfigError]:
    """What is wrong with a whole map: a key twice in one context, a key of the terminal, a key of the text
    fields."""
    taken: dict[tuple[Context, str], str] = {}
    for action in ACTIONS:
        if "app" in action.contexts:
            for context in CONTEXTS:
                if context not in SHEETS:
                    taken.update(dict.fromkeys(((context, key) for key in keys[action.id]), action.id))
    for action in ACTIONS:
        for key in keys[action.id]:
            if key in RESERVED:
                yield ConfigError("keymap_reserved", action=action.id, key=shown(key), owner=RESERVED[key])
            if {"compose", "app"} & set(action.contexts) and key in TEXT_KEYS:
                yield ConfigError("keymap_text_field", action=action.id, key=shown(key))
            if "compose" in action.contexts and is_character(key):
                yield ConfigError("keymap_text_field", action=action.id, key=shown(key))
            for context in action.contexts:
                other = taken.setdefault((context, key), action.id)
                if other != action.id:
                    yield ConfigError(
                        "keymap_double",
                        key=shown(key),
                        first=other,
                        second=action.id,
                        where=t(f"keymap.in.{context}"),
                    )


def problems(
    overrides: Mapping[str, str | Sequence[str]], preset: str = "standard"
) -> tuple[dict[str, tuple[str, ...]], list[ConfigError]]:
    """The map that ``overrides`` over ``preset`` make, and everything that is wrong with them."""
    errors: list[ConfigError] = []
    keys = {action.id: action.keys for action in ACTIONS}
    if preset in PRESETS:
        keys.update(PRESETS[preset])
    else:
        errors.append(ConfigError("keymap_preset", preset=preset, known=", ".join(PRESETS)))
    for action_id, value in overrides.items():
        if action_id not in BY_ID:
            nearest = difflib.get_close_matches(action_id, BY_ID, n=1, cutoff=0.0)
            errors.append(ConfigError("keymap_action", action=action_id, nearest=nearest[0]))
            continue
        names = []
        for written in _keys(value):
            name = canonical(written)
            if name is None:
                errors.append(ConfigError("keymap_key", action=action_id, key=written))
            elif name not in names:
                names.append(name)
        keys[action_id] = tuple(names)
    errors.extend(collisions(keys))
    for action_id in ("app.quit", "app.help", "compose.close"):
        if not keys[action_id]:
            errors.append(ConfigError("keymap_needed", action=action_id))
    return keys, errors


def resolve(overrides: Mapping[str, str | Sequence[str]], preset: str = "standard") -> Keymap:
    """The keymap for the ``[keys]`` of a configuration: ``{"conversation.done": "e", "list.open": ["enter",
    "l"]}``.

    Raises :class:`ConfigError` for the first unknown id, key name, double or reserved key; :func:`problems`
    lists all.
    """
    keys, errors = problems(overrides, preset)
    if errors:
        raise errors[0]
    return Keymap(keys)


@cache
def standard() -> Keymap:
    """The keymap without any setting."""
    return resolve({})
