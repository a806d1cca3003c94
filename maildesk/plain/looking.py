"""Tabs, lists, conversations: what is read out."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from maildesk.domain.outbox import OutboxState
from maildesk.domain.status import Tab
from maildesk.errors import NotFound, UsageError
from maildesk.locale import t
from maildesk.locale.common import TEXTS
from maildesk.plain import words

if TYPE_CHECKING:
    from maildesk.domain.outbox import OutboxItem
    from maildesk.plain.session import Session

PAGE = 10
"""Rows that are read out at a time."""


def tabs(session: Session, rest: str) -> None:
    """All tabs with their counts."""
    counts = session.desk.inbox.counts()
    for place, one in enumerate(Tab, 1):
        session.lines.say(f"{place}. {t(f'common.{one}')}: {counts[one.value]}")


def tab(session: Session, rest: str) -> None:
    """Another tab, by its place or its name; its list is read out."""
    if not rest:
        tabs(session, "")
        return
    session.place.tab = _tab(rest)
    session.place.query = ""
    show_list(session, "")


def _tab(text: str) -> Tab:
    said = unicodedata.normalize("NFKC", text).casefold()
    for place, one in enumerate(Tab, 1):
        names = {str(place), one.value}
        for key in (f"common.{one}", f"common.{one}.short"):
            names.update(word.casefold() for word in TEXTS[key])
        if said in names:
            return one
    raise UsageError("plain_no_tab", text=text[:40])


def show_list(session: Session, rest: str) -> None:
    """The list of this tab from its beginning."""
    session.show(None)
    session.place.rows, session.place.cursor = [], None
    _page(session)


def more(session: Session, rest: str) -> None:
    """The rows that follow."""
    if session.place.cursor is None:
        session.lines.say(t("plain.list.end"))
    else:
        _page(session)


def _page(session: Session) -> None:
    place = session.place
    page = session.desk.inbox.page(place.tab, query=place.query, after=place.cursor, limit=PAGE)
    begin = len(place.rows)
    place.rows += page.rows
    place.cursor = page.cursor
    total = session.desk.inbox.found(place.tab, query=place.query)
    if not begin:
        named = t(f"common.{place.tab}")
        key = "plain.list.found" if place.query else "plain.list"
        session.lines.say(t(key, tab=named, count=total, query=place.query))
    hits = session.desk.inbox.hits(place.query, [one.id for one in page.rows]) if place.query else {}
    for number, one in enumerate(page.rows, begin + 1):
        session.lines.say(words.row(number, one, session.zone, hits.get(one.id)))
    if place.cursor is not None:
        session.lines.say(t("plain.list.more", count=total - len(place.rows)))


def find(session: Session, rest: str) -> None:
    """Filter the list as the app's ``/`` does; without words all of it again."""
    session.place.query = rest.strip()
    show_list(session, "")


def open_named(session: Session, rest: str) -> None:
    """Open a row of the list by its place, or any conversation by ``#`` and its number."""
    said = unicodedata.normalize("NFKC", rest).strip()
    digits = said.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise UsageError("no_number", text=rest[:60])
    place = int(digits)
    rows = session.place.rows
    by_place = not said.startswith("#") and 0 < place <= len(rows)
    show(session, rows[place - 1].id if by_place else place)


def show(session: Session, number: int) -> None:
    """Open a conversation: what is known of it, then its newest mail."""
    desk = session.desk
    found = desk.conversations.get(number)
    desk.people.look(number)
    if found.summary.unread:
        desk.conversations.mark_seen(number)
    session.show(found)
    session.lines.say(*words.head(found, session.zone))
    others = desk.people.viewing(number)
    if others:
        session.lines.say(t("conversation.viewing", names=", ".join(others)))
    if (item := waiting(session, number)) is not None:
        session.lines.say(t("plain.waits", who=t("common.colleague", name=item.author)))
    newest = found.last_in or (found.messages[-1] if found.messages else None)
    if newest is not None:
        place = found.messages.index(newest) + 1
        session.lines.say("", *words.message(place, newest, session.zone))


def waiting(session: Session, number: int) -> OutboxItem | None:
    """The reply of a conversation that waits for somebody or for its time."""
    outbox = session.desk.outbox
    items = (*outbox.items(OutboxState.HELD), *outbox.scheduled())
    return next((item for item in items if item.conversation_id == number), None)


def read(session: Session, rest: str) -> None:
    """One message of the open conversation by its place, whole; all of them without."""
    found = session.need()
    session.changed()
    said = unicodedata.normalize("NFKC", rest).strip()
    if said:
        if not (said.isascii() and said.isdigit() and 0 < int(said) <= len(found.messages)):
            raise NotFound("plain_no_message", text=rest[:40], count=len(found.messages))
        message = found.messages[int(said) - 1]
        session.lines.say(*words.message(int(said), message, session.zone, full=True))
        return
    for place, message in enumerate(found.messages, 1):
        session.lines.say(*words.message(place, message, session.zone), "")


def forward(session: Session, rest: str) -> None:
    """The conversation after this one in the list."""
    _beside(session, 1)


def back(session: Session, rest: str) -> None:
    """The one before."""
    _beside(session, -1)


def _beside(session: Session, step: int) -> None:
    ids = [one.id for one in session.place.rows]
    here = session.conversation.summary.id if session.conversation is not None else None
    at = ids.index(here) + step if here in ids else 0
    if at == len(ids) and session.place.cursor is not None:
        _page(session)
        ids = [one.id for one in session.place.rows]
    if 0 <= at < len(ids):
        show(session, ids[at])
    else:
        session.lines.say(t("conversation.end" if step > 0 else "conversation.start"))
