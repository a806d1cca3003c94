"""A conversation as the entries of a timeline: mails, comments and what happened, by time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from maildesk.domain.conversation import Conversation, Message, MessageKind
from maildesk.domain.links import links
from maildesk.domain.phone import CallState
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.locale import t
from maildesk.mail.reply import split
from maildesk.screens.call_words import call_words
from maildesk.screens.words import addresses, event_line, full_time, mail_name, sender, size
from maildesk.widgets.timeline import Entry, EntryKind, Piece

ODD_LINKS = 3
"""So many links that are not what they seem are named above a message."""

OPEN = 3
"""How many of the newest messages are unfolded at first."""

_KINDS: dict[MessageKind, EntryKind] = {
    MessageKind.IN: "inbound",
    MessageKind.OUT: "outbound",
    MessageKind.COMMENT: "comment",
    MessageKind.PHONE: "phone",
}

_MAILS = (MessageKind.IN, MessageKind.OUT)
_QUIET = frozenset(
    {"claimed", "released", "commented", "received", "answered-elsewhere", "sending", "committing", "recoded"}
)
"""Events that a timeline does not show: what came of them stands there itself, or beside it, or in the outbox."""


class Keys(NamedTuple):
    """The keys, as shown, that an entry names: for the source of a mail, for reading it again, for what is related."""

    source: str
    reparse: str
    related: str


def entries(
    conversation: Conversation,
    names: Mapping[int, str],
    now: datetime,
    zone: tzinfo | None,
    keys: Keys,
) -> list[Entry]:
    """The entries in time order. ``names`` are the agents' by id."""
    newest = {message.id for message in conversation.messages[-OPEN:]}
    mails = {one.id: mail_name(one, zone) for one in conversation.messages if one.kind in _MAILS}
    found = [
        (message.at, 0, _message(message, message.id not in newest, now, zone, keys, mails))
        for message in conversation.messages
    ]
    for place, event in enumerate(conversation.events):
        if event.what not in _QUIET:
            line = SafeText(f"{event.at.astimezone(zone):%m/%d %H:%M}  {event_line(event, names)}")
            found.append((event.at, 1, Entry(f"event-{place}", "event", line)))
    found.sort(key=lambda entry: entry[:2])
    return [entry for _, _, entry in found]


def _message(
    message: Message,
    folded: bool,
    now: datetime,
    zone: tzinfo | None,
    keys: Keys,
    mails: Mapping[int, SafeText],
) -> Entry:
    when = full_time(message.at, now, zone)
    aside = message.kind is MessageKind.COMMENT and message.is_mail
    if (message.kind is MessageKind.IN or (aside and not message.author)) and message.from_ is not None:
        who = sender(message.from_.name, message.from_.address)
    else:
        who = safe_line(message.author or (message.from_.display() if message.from_ is not None else ""))
    return Entry(
        f"message-{message.id}",
        _KINDS[message.kind],
        SafeText(f"{who}  {when}"),
        _right(message, mails),
        _pieces(message, keys),
        folded=folded,
    )


def _right(message: Message, mails: Mapping[int, SafeText]) -> SafeText:
    parts = []
    if message.about is not None and message.about in mails and message.kind not in _MAILS:
        parts.append(t("conversation.about", mail=mails[message.about]))
    if message.kind in (MessageKind.IN, MessageKind.OUT):
        parts.append(t(f"conversation.{message.kind}"))
    elif message.is_mail:
        names = addresses((*message.to, *message.cc))
        parts.append(t("letter.sent", names=names) if message.author else t("letter.came"))
    if message.automatic:
        parts.append(t("conversation.automatic"))
    if message.new_sender:
        parts.append(t("trust.new_sender"))
    if message.attachments:
        parts.append(t("conversation.files", count=len(message.attachments)))
    return SafeText("  ".join(parts))


def _call(message: Message) -> Iterator[Piece]:
    """Of a phone note: the number, how long it was, and whether something is still to be done."""
    if message.call is not None:
        waits = message.call.state is CallState.FOLLOW_UP
        yield Piece("warning" if waits else "note", call_words(message.call))


def _pieces(message: Message, keys: Keys) -> tuple[Piece, ...]:
    pieces = [*_trust(message, keys), *_call(message)]
    if message.kind is MessageKind.IN:
        pieces += _links(message.text)
    if message.bounce_of:
        pieces.append(Piece("warning", safe_line(t("conversation.bounce", what=message.bounce_of))))
    if message.quarantined:
        words = t("conversation.quarantined", key=keys.source, again=keys.reparse)
        pieces.append(Piece("warning", safe_line(words)))
    if message.kind is MessageKind.OUT and message.to:
        pieces.append(Piece("text", _recipients(message)))
    if message.kind in (MessageKind.COMMENT, MessageKind.PHONE):
        pieces.append(Piece("text", safe(message.text.rstrip())))
    else:
        for part in split(message.text.rstrip()):
            text = part.text.strip("\n")
            if text.strip():
                pieces.append(Piece(part.kind, safe(text)))
    if message.attachments:
        files = "  ".join(
            f"{t('inbox.flag.attachments')}{file.index + 1} {file.name} {size(file.size)}"
            for file in message.attachments
        )
        pieces.append(Piece("attachments", safe_line(files)))
    return tuple(pieces)


def _links(text: str) -> Iterator[Piece]:
    """Links that are not what they seem: where they really lead."""
    odd = [link for link in links(text) if link.odd]
    for link in odd[:ODD_LINKS]:
        key = "links.warning.shown" if link.shown else "links.warning"
        yield Piece("warning", safe_line(t(key, number=link.number, shown=link.shown, host=link.host)))
    if len(odd) > ODD_LINKS:
        yield Piece("warning", safe_line(t("links.warning.more", count=len(odd) - ODD_LINKS)))


def _trust(message: Message, keys: Keys) -> Iterator[Piece]:
    """What a careful reader would want to know before he answers: warnings, whether our server believes the sender,
    why the mail stands here, and where else it might belong."""
    sender_ = message.from_.address if message.from_ is not None else ""
    for name in message.warnings:
        words = t(
            f"trust.{name}",
            domain=sender_.rpartition("@")[2],
            address=sender_,
            addresses=addresses(message.reply_to),
        )
        yield Piece("warning", safe_line(f"! {words}"))
    if message.related is not None:
        number = message.related.conversation_id
        words = t(f"trust.related.{message.related.reason}", number=number)
        yield Piece("warning", safe_line(t("conversation.related", words=words, key=keys.related)))
    notes = []
    if (found := message.authentication) is not None:
        results = "  ".join(
            f"{name}={value}"
            for name, value in (("spf", found.spf), ("dkim", found.dkim), ("dmarc", found.dmarc))
            if value
        )
        notes.append(t(f"conversation.authentication.{found.verdict}", results=results, by=found.by))
    if message.joined_by:
        notes.append(t(f"trust.joined.{message.joined_by}"))
    if notes:
        yield Piece("note", safe_line("  ·  ".join(notes)))


def _recipients(message: Message) -> SafeText:
    return safe_line(t("conversation.to", names=addresses((*message.to, *message.cc))))


def full_text(conversation: Conversation, zone: tzinfo | None) -> str:
    """All messages as plain text, for the pager."""
    blocks = []
    for message in conversation.messages:
        who = message.from_.display() if message.from_ is not None else message.author
        head = [f"{message.at.astimezone(zone):%Y-%m-%d %H:%M}  {who}", message.subject]
        if message.to:
            head.insert(1, t("conversation.to", names=addresses((*message.to, *message.cc))))
        blocks.append(
            "\n".join([*(safe_line(line) for line in head if line), "", safe(message.text.rstrip())])
        )
    return f"\n\n{'─' * 60}\n\n".join(blocks) + "\n"
