"""``list``, ``counts``, ``states``, ``show``, ``search``: looking without touching; nothing is marked as seen."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.domain.address import Address
from maildesk.domain.conversation import Conversation, ConversationSummary, Message, MessageKind
from maildesk.domain.hit import Hit
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.reply_target import signed
from maildesk.domain.state_words import state_label, state_name, tab_name
from maildesk.domain.status import (
    REASON_TABS,
    AnyTab,
    CustomState,
    Priority,
    Sort,
    StateTab,
    Tab,
    state_named,
    tab_of,
)
from maildesk.errors import NotFound, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.cli.output import Output, Style
    from maildesk.desk import Desk

PAGE = 500
_STYLES: dict[Priority, Style | None] = {
    Priority.NORMAL: None,
    Priority.IMPORTANT: "yellow",
    Priority.URGENT: "yellow",
    Priority.CRITICAL: "red",
}


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    match verb:
        case "list":
            _tab(parser)
            parser.add_argument("--query", metavar="Q", default="", help=t("cli.list.query"))
            parser.add_argument("--after", metavar="CURSOR", help=t("cli.list.after"))
            parser.add_argument("--mine", action="store_true", help=t("cli.list.mine"))
            parser.add_argument("--view", metavar="NAME", help=t("cli.list.view"))
        case "search":
            parser.add_argument("query", metavar="QUERY", help=t("cli.search.query"))
            _tab(parser)
            parser.set_defaults(after=None, mine=False, view=None)
        case "show":
            parser.add_argument("number", metavar="N", help=t("cli.number"))
            parser.add_argument("--raw", metavar="MESSAGE", type=int, help=t("cli.show.raw"))
            parser.add_argument("--headers", metavar="MESSAGE", type=int, help=t("cli.show.headers"))
            parser.add_argument("--links", action="store_true", help=t("cli.show.links"))
            parser.add_argument("--full", action="store_true", help=t("cli.show.full"))
    if verb in ("list", "search"):
        parser.add_argument("--limit", metavar="N", type=parsing.count, default=100, help=t("cli.list.limit"))
        parser.add_argument(
            "--sort", choices=[sort.value for sort in Sort], default="newest", help=t("cli.list.sort")
        )
    if verb in ("list", "search", "counts"):
        parser.add_argument("--mailbox", metavar="M", help=t("cli.mailbox"))


def _tab(parser: argparse.ArgumentParser) -> None:
    told = f"{t('cli.list.tab')} ({', '.join([*Tab, *REASON_TABS])}, {t('cli.list.tab.own')})"
    parser.add_argument("--tab", metavar="T", default="all", help=told)


def chosen_tab(desk: Desk, word: str) -> AnyTab:
    """The tab of that name, or of a state of the desk's own by its name or label. Raises UsageError."""
    if word in (*[tab.value for tab in Tab], *REASON_TABS):
        return tab_of(word)
    states = desk.inbox.states()
    found = state_named(states, word)
    if found is None:
        known = ", ".join([*Tab, *REASON_TABS, *(state.name for state in states)])
        raise UsageError("no_tab", tab=word[:60], known=known)
    return StateTab(found.name)


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    numbers = parsing.numbers(given.number) if given.verb == "show" else []
    with context.desk() as desk:
        match given.verb:
            case "counts":
                _counts(context, given, desk)
            case "states":
                _states(context, given, desk)
            case "show":

                def show(number: int) -> int:
                    _show(context, given, desk, number)
                    return 0

                return parsing.each(context, numbers, show)
            case _:
                _list(context, given, desk)
    return 0


def chosen_mailbox(boxes: Sequence[Mailbox], name: str | None) -> Mailbox:
    """The mailbox of that name, short name or address; the only one there is needs no name.

    Raises UsageError where one must be named, NotFound with those that there are.
    """
    if name is None:
        if len(boxes) == 1:
            return boxes[0]
        raise UsageError("which_mailbox", known=", ".join(box.name for box in boxes) or "-")
    for box in boxes:
        if name in (box.name, box.short_name) or name.casefold() in box.own_addresses:
            return box
    raise NotFound("mailbox_unknown", mailbox=name, known=", ".join(box.name for box in boxes) or "-")


def _mailbox_id(desk: Desk, name: str | None) -> int | None:
    return chosen_mailbox(desk.inbox.mailboxes(), name).id if name is not None else None


# ---- lists


def _list(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    if given.view is not None:
        view = desk.views.get(given.view)
        given.tab, given.sort = view.tab.value, view.sort.value
        given.mailbox = given.mailbox or view.mailbox or None
        given.query = f"({view.query}) {given.query}".strip() if view.query else given.query
    if given.query and (left := desk.inbox.indexing()) is not None:
        context.out.say(t("cli.search.indexing", left=left.left))
    cursor = _decoded(given.after, Sort(given.sort)) if given.after else None
    tab = chosen_tab(desk, given.tab)
    rows: list[ConversationSummary] = []
    while len(rows) < given.limit:
        page = desk.inbox.page(
            tab,
            sort=Sort(given.sort),
            query=given.query,
            mailbox_id=_mailbox_id(desk, given.mailbox),
            mine=given.mine,
            after=cursor,
            limit=min(PAGE, given.limit - len(rows)),
        )
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    more = _encoded(cursor) if cursor else None
    snippets = given.verb == "search"
    hits = desk.inbox.hits(given.query, [row.id for row in rows]) if snippets else {}
    if given.json:
        agents = {agent.id: agent for agent in desk.people.agents()}
        for row in rows:
            shape = shapes.conversation(row, agents) | {"cursor": more if row is rows[-1] else None}
            if snippets:
                shape |= _snippet(row, hits.get(row.id))
            context.out.json(shape)
        return
    table(context, rows, desk.inbox.states(), desk.now(), hits)
    if not rows:
        context.out.say(t("cli.list.none"))
    elif more:
        context.out.say(t("cli.list.more", count=len(rows), cursor=more))


def table(
    context: Context,
    rows: list[ConversationSummary],
    states: Sequence[CustomState] = (),
    now: datetime | None = None,
    hits: Mapping[int, Hit] | None = None,
) -> None:
    """Conversations as people read them: a line each; ``now``: the store's time, for what is left to reply targets;
    ``hits``: where in them stands what was searched."""
    late = now is not None and any(row.due_at is not None for row in rows)
    context.out.table(
        [
            (
                f"#{row.id}",
                "*" if row.unread else " ",
                state_name(row, states, short=True),
                *([_left(row, now)] if late else []),
                context.clock(row.last_message_at),
                row.customer_name or row.customer_address or t("common.no_sender"),
                " ".join(
                    part
                    for part in (
                        t(f"common.priority.{row.priority.word}"),
                        row.subject or t("common.no_subject"),
                        *(f"[{label}]" for label in row.labels),
                        _place((hits or {}).get(row.id)),
                    )
                    if part
                ),
                row.shop,
                row.claim.agent_name if row.claim else row.assignee_name,
            )
            for row in rows
        ],
        [_STYLES[row.priority] or ("bold" if row.unread else None) for row in rows],
        flexible=5 + late,
    )


def _left(row: ConversationSummary, now: datetime | None) -> str:
    """What is left to the reply target; '' without one."""
    return "" if row.due_at is None or now is None else signed(row.due_at, now)


def _encoded(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def _decoded(text: str, sort: Sort) -> str:
    """A cursor from the command line. Raises UsageError for one that no list of this order gave."""
    try:
        cursor = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        values = json.loads(cursor)
    except ValueError:
        values = None
    wanted = 3 if sort in (Sort.PRIORITY, Sort.DUE) else 2
    if (
        not isinstance(values, list)
        or len(values) != wanted
        or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    ):
        raise UsageError("bad_cursor")
    return cursor


def _place(hit: Hit | None) -> str:
    """What stands around what was searched, behind the subject, where that does not show it itself."""
    if hit is None or hit.where in ("subject", "sender", "recipients"):
        return ""
    return f"› {hit.file}: {hit.bracketed}" if hit.file else f"› {hit.bracketed}"


def _snippet(row: ConversationSummary, hit: Hit | None) -> dict[str, str]:
    """What stands around what was asked for, and where that is; else how the newest mail begins."""
    if hit is None:
        return {"snippet": row.snippet, "found_in": "", "file": ""}
    return {"snippet": hit.excerpt.text, "found_in": hit.where, "file": hit.file}


def _counts(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    counts = desk.inbox.counts(mailbox_id=_mailbox_id(desk, given.mailbox))
    states = desk.inbox.states()
    tabs: list[AnyTab] = [*Tab, *(StateTab(state.name) for state in states)]
    by_tab = {tab.value: counts[tab.value] for tab in tabs}
    if given.json:
        context.out.json(by_tab)
        return
    context.out.table([(tab_name(tab, states, short=False), str(by_tab[tab.value])) for tab in tabs])


def _states(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    """The states of the desk's own."""
    states = desk.inbox.states()
    if given.json:
        for one in states:
            context.out.json(
                {
                    "state": one.name,
                    "key": one.key or None,
                    "colour": one.colour,
                    "label_ja": one.label_ja,
                    "label_en": one.label_en,
                    "open": one.is_open,
                }
            )
        return
    context.out.table(
        [
            (
                one.name,
                one.key,
                state_label(one),
                t("cli.states.open" if one.is_open else "cli.states.closed"),
            )
            for one in states
        ]
    )
    if not states:
        context.out.say(t("cli.states.none"))


# ---- one conversation


def _show(context: Context, given: argparse.Namespace, desk: Desk, number: int) -> None:
    found = desk.conversations.get(number)
    if given.raw is not None:
        if given.raw not in {message.id for message in found.messages}:
            raise NotFound("no_source", message=given.raw)
        _write_source(context.out, desk.conversations.source(given.raw))
    elif given.headers is not None:
        _headers(context, desk, found, given.headers)
    elif given.links:
        _links(context, found)
    elif given.json:
        context.out.json(shapes.whole(found, {agent.id: agent for agent in desk.people.agents()}))
    else:
        for part in _told(context, found, desk.inbox.states(), full=given.full):
            context.out.styled(part)


def _headers(context: Context, desk: Desk, found: Conversation, message_id: int) -> None:
    """All header fields of a mail, decoded."""
    from maildesk.mail.source import header_lines

    if message_id not in {message.id for message in found.messages}:
        raise NotFound("no_source", message=message_id)
    raw, charset = desk.conversations.raw(message_id, 1 << 20), desk.charsets.chosen(message_id)
    for name, value in header_lines(raw, charset):
        context.out.line(f"{name}: {value}")


def _links(context: Context, found: Conversation) -> None:
    """The links of all messages; ``!`` marks those that are not what they seem."""
    from maildesk.domain.links import links

    rows = [(message.id, link) for message in found.messages for link in links(message.text)]
    context.out.table(
        [(f"#{m}", f"[{one.number}]", "!" if one.odd else " ", one.host, one.url) for m, one in rows],
        flexible=4,
    )


def _write_source(out: Output, pieces: Iterator[bytes]) -> None:
    """The bytes as they came; to a terminal only what it cannot obey."""
    if out.tty:
        out.text(b"".join(pieces).decode("utf-8", "replace"))
        return
    out.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece)


Parts = list[tuple[str, "Style | None"]]


def _told(
    context: Context, found: Conversation, states: Sequence[CustomState], *, full: bool
) -> Iterator[Parts]:
    summary = found.summary
    yield [(f"#{summary.id}  {summary.subject or t('common.no_subject')}", "bold")]
    customer = Address(summary.customer_name, summary.customer_address).display()
    yield [(f"{t('cli.show.customer')}: {customer}", None)]
    state = state_name(summary, states)
    if summary.claim is not None:
        state += f" ({t('cli.held', who=summary.claim.agent_name, since=context.clock(summary.claim.since))})"
    elif summary.waiting_reason is not None:
        until = f" {context.clock(summary.waiting_until)}" if summary.waiting_until else ""
        state += f" ({t(f'common.waiting.{summary.waiting_reason.value}')}{until})"
    yield [(f"{t('cli.show.state')}: {state}   {t('cli.show.mailbox')}: {summary.mailbox_name}", None)]
    extras = [t(f"common.priority.{summary.priority.word}"), *(f"[{label}]" for label in summary.labels)]
    assignee = summary.assignee_name or "—"
    yield [(f"{t('cli.show.assignee')}: {assignee}   {' '.join(e for e in extras if e)}".rstrip(), None)]
    for message in found.messages:
        yield []
        yield [(_heading(context, message), "dim" if message.kind is MessageKind.COMMENT else "bold")]
        for line in _text(message, full).split("\n"):
            yield [(line, None)]
        for attachment in message.attachments:
            yield [
                (
                    t(
                        "cli.show.file",
                        name=attachment.name,
                        size=size_word(attachment.size),
                        kind=attachment.content_type,
                    ),
                    "dim",
                )
            ]


def _heading(context: Context, message: Message) -> str:
    who = message.author
    if message.is_mail and message.from_ is not None:
        who = message.from_.display() if not who else f"{message.from_.display()} ({who})"
    mark = t(f"cli.show.kind.{message.kind.value}")
    return f"── {mark} #{message.id}  {context.clock(message.at)}  {who}"


def _text(message: Message, full: bool) -> str:
    """The words of a message; of a mail without quotes and signature, unless all is asked for."""
    if full or message.kind is not MessageKind.IN:
        return message.text.strip("\n")
    from maildesk.mail.reply import reply_text

    return reply_text(message.text).strip("\n") or message.text.strip("\n")


def size_word(count: int) -> str:
    """A number of bytes for people."""
    return (
        f"{count} B"
        if count < 1024
        else f"{count / 1024:.0f} KB"
        if count < 1 << 20
        else f"{count / (1 << 20):.1f} MB"
    )
