"""Where in conversations the words of a query stand: asked for a few rows that are seen, never for a whole list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, false, or_, select

from maildesk.domain.hit import Hit, Where
from maildesk.domain.query import Node, terms
from maildesk.domain.query_text import excerpt
from maildesk.store.addresses import addresses_from
from maildesk.store.search_index import file_names, people
from maildesk.store.search_words import Look, has_words, look_for
from maildesk.store.tables import comment, comment_words, file_text, message, message_body, message_words

_INSIDE = ("body", "attached", "files")
"""A hit here says more than one in the subject or in a name, which rows show anyway."""
_WHERE: Mapping[str, Where] = {
    "files": "file",
    "subject": "subject",
    "sender": "sender",
    "recipients": "recipients",
}


def hits(tx: Connection, query: Node, ids: Sequence[int]) -> dict[int, Hit]:
    """Where the words of a query stand in these conversations: in the newest mail or comment that has them, texts
    before subjects and names. Conversations that were found by something else are left out."""
    looks = [
        look
        for term in terms(query)
        for value in term.values
        if (look := look_for(term.key, value, term.quoted)) is not None
    ]
    if not looks or not ids:
        return {}
    words = {name: _words(looks, name) for name in (*_INSIDE, *_WHERE)}
    mails = {row.conversation_id: row for row in tx.execute(_mails(looks, ids))}
    notes = {row.conversation_id: row for row in tx.execute(_notes(looks, ids))}
    of_mails = _of_mails(tx, [row.id for row in mails.values()], words)
    said = [look.value for look in looks if look.comments]
    found: dict[int, Hit] = {}
    for number in ids:
        mail, note = mails.get(number), notes.get(number)
        if note is not None and (mail is None or not mail.inside or (note.at, note.id) > (mail.at, mail.id)):
            if (part := excerpt(note.text, said)) is not None:
                found[number] = Hit(part, "comment")
        elif mail is not None and mail.id in of_mails:
            found[number] = of_mails[mail.id]
    return found


def _words(looks: Sequence[Look], name: str) -> list[str]:
    return [value for look in looks if name in look.fields and (value := look.value.strip("*"))]


def _has(looks: Sequence[Look], names: Sequence[str]) -> ColumnElement[bool]:
    found = [
        has_words(message_words.c[name], look) for look in looks for name in look.fields if name in names
    ]
    return or_(*found) if found else false()


def _mails(looks: Sequence[Look], ids: Sequence[int]) -> Any:
    """The mails that have one of the words, the best of each conversation last."""
    inside = case((_has(looks, _INSIDE), 1), else_=0).label("inside")
    return (
        select(message.c.id, message.c.conversation_id, message.c.at, inside)
        .join(message_words, message_words.c.message_id == message.c.id)
        .where(message.c.conversation_id.in_(ids), _has(looks, (*_INSIDE, *_WHERE)))
        .order_by(inside, message.c.at, message.c.id)
    )


def _notes(looks: Sequence[Look], ids: Sequence[int]) -> Any:
    """The same of comments."""
    found = [has_words(comment_words.c.body, look) for look in looks if look.comments]
    return (
        select(comment.c.id, comment.c.conversation_id, comment.c.at, comment.c.text)
        .join(comment_words, comment_words.c.comment_id == comment.c.id)
        .where(comment.c.conversation_id.in_(ids), or_(*found) if found else false())
        .where(comment.c.withdrawn_at.is_(None))
        .order_by(comment.c.at, comment.c.id)
    )


def _of_mails(tx: Connection, ids: Sequence[int], words: Mapping[str, list[str]]) -> dict[int, Hit]:
    """Where in each of these mails."""
    rows = {
        row.id: row
        for row in tx.execute(
            select(message, message_body.c.text)
            .outerjoin(message_body, message_body.c.message_id == message.c.id)
            .where(message.c.id.in_(ids))
        )
    }
    found: dict[int, Hit] = {}
    for number, row in rows.items():
        if words["body"] and (part := excerpt(row.text or "", words["body"])) is not None:
            found[number] = Hit(part, "body")
    left = [number for number in rows if number not in found]
    if words["attached"] and left:
        texts = tx.execute(
            select(file_text)
            .where(file_text.c.message_id.in_(left))
            .order_by(file_text.c.message_id, file_text.c.file)
        )
        for one in texts:
            if one.message_id not in found and (part := excerpt(one.text, words["attached"])) is not None:
                names = {file["index"]: file["name"] for file in rows[one.message_id].files}
                found[one.message_id] = Hit(part, "attachment", names.get(one.file, ""))
    for number in left:
        if number not in found:
            for name, text in _around(rows[number]):
                if words[name] and (part := excerpt(text, words[name])) is not None:
                    found[number] = Hit(part, _WHERE[name])
                    break
    return found


def _around(row: Row[Any]) -> Iterator[tuple[str, str]]:
    """What a mail says beside its text."""
    yield "files", file_names(row.files)
    yield "subject", row.subject
    yield "sender", f"{row.from_name} <{row.from_address}>"
    yield "recipients", people((*addresses_from(row.to), *addresses_from(row.cc)))
