"""A session in the linear mode: where we are, what is being written, what can be taken back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import tzinfo
from typing import TYPE_CHECKING

from maildesk.domain.conversation import Conversation
from maildesk.domain.notify import Kind, Seen
from maildesk.domain.reply import Draft
from maildesk.domain.status import Tab
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.plain import commands, looking
from maildesk.plain.keeping import Keeper
from maildesk.plain.state import Place, Writing

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.template import Template
    from maildesk.plain.lines import Lines

MOST = 50
"""How many acts can be taken back."""
_TOLD = {
    Kind.ASSIGNED: "app.assigned",
    Kind.MENTION: "notify.mention",
    Kind.REPLY: "notify.reply",
    Kind.BREACH: "notify.breach",
}


class _Told(BaseException):
    """A signal told us to end."""


class Session:
    """Questions and answers on two streams until the end of the input, ``quit``, or a signal. ``hold`` is the seconds
    in which a reply can be taken back."""

    def __init__(
        self,
        desk: Desk,
        lines: Lines,
        *,
        zone: tzinfo | None = None,
        hold: float = 10.0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.desk = desk
        self.lines = lines
        self.zone = zone
        self.hold = hold
        self.environ = os.environ if environ is None else environ
        self.place = Place()
        self.conversation: Conversation | None = None
        self.writing: Writing | None = None
        self.unsaid: dict[int, str] = {}
        """Comments that the store could not be given, by conversation."""
        self.templates: tuple[Template, ...] = ()
        """Those that were listed last, by their places."""
        self.keeper = Keeper(desk)
        self.is_over = False
        self._undos: list[Callable[[], None]] = []
        self._new: int | None = None
        self._seen: Seen | None = None

    # ---- from the beginning to the end

    def run(self) -> int:
        """Ask and answer. Returns the exit code. The claims are given back however it ends; what was written is saved
        as it is written."""
        self.keeper.start()
        try:
            with _hearing_signals():
                self._talk()
        except _Told as told:
            return int(told.args[0])
        finally:
            self.keeper.stop()
        return 0

    def _talk(self) -> None:
        self.lines.say(t("plain.welcome", name=t("common.colleague", name=self.desk.me.name)))
        self._try(lambda: looking.tab(self, self.place.tab.value))
        while not self.is_over:
            try:
                self._try(self._tell_news)
                line = self.lines.ask(self._prompt)
            except KeyboardInterrupt:
                line = None
            if line is None:
                break
            self.keeper.line()
            try:
                self._try(lambda line=line: commands.obey(self, line))  # type: ignore[misc]
            except KeyboardInterrupt:
                self.lines.say(t("plain.cancelled"))
        if self.writing is not None and not self.writing.is_kept:
            self._try(self.leave_writing)
        self.lines.say(t("plain.bye"))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except MaildeskError as error:
            self.lines.say(str(error), *([error.hint] if error.hint else []))

    @property
    def _prompt(self) -> str:
        if self.conversation is None:
            return f"{t(f'common.{self.place.tab}.short')}>"
        number = f"#{self.conversation.summary.id}"
        return f"{number} {t('plain.replying')}>" if self.writing is not None else f"{number}>"

    # ---- what others do

    def _tell_news(self) -> None:
        """What happened since the last line: claims lost or free, news of what I follow, new mail."""
        for number, lost in self.keeper.losses():
            if lost is None:
                self.lines.say(t("plain.lost.idle", number=number))
            elif lost.holder is None:
                self.lines.say(t("plain.lost.lapsed", number=number))
            else:
                who = t("common.colleague", name=lost.holder.agent_name)
                self.lines.say(t("plain.lost", number=number, who=who))
        news = self.desk.notices.news(self._seen)
        self._seen = news.seen
        for notice in news.notices:
            who = t("common.colleague", name=notice.who)
            self.lines.say(t(_TOLD[notice.kind], number=notice.conversation_id, who=who))
        for freed in self.desk.claims.freed():
            self.lines.say(t("plain.freed", number=freed.conversation_id))
        for heard in self.desk.triage.news():
            self.lines.say(t("plain.heard", number=heard.conversation_id))
        new = self.desk.inbox.counts()[Tab.NEW.value]
        if self._new is not None and new > self._new:
            self.lines.say(t("plain.new", count=new - self._new))
        self._new = new

    # ---- what is open

    def need(self) -> Conversation:
        """The conversation that is open. Raises MaildeskError where none is."""
        if self.conversation is None:
            raise MaildeskError("plain_nothing_open")
        return self.conversation

    def need_writing(self) -> Writing:
        """The reply that is written. Raises MaildeskError where none is."""
        if self.writing is None:
            raise MaildeskError("plain_no_reply")
        return self.writing

    def save(self, draft: Draft) -> None:
        """Keep what was written, at once. Where the store cannot be reached it stays with the reply, and is kept with
        the next that is written, when it is sent or left. Raises MaildeskError."""
        writing = self.need_writing()
        writing.draft, writing.is_kept = draft, False
        writing.draft, writing.is_kept = self.desk.replies.save(draft), True

    def leave_writing(self) -> None:
        """Keep the draft and give the claim back, where a reply is written."""
        if self.writing is None:
            return
        number = self.writing.place
        self.save(self.writing.draft)
        self.writing = None
        self.give_back(number)
        self.lines.say(t("plain.kept", number=number))

    def give_back(self, number: int) -> None:
        """Give a claim of this session back, if it has it."""
        claim = self.keeper.drop(number)
        if claim is not None:
            self.desk.claims.release(claim)

    def show(self, found: Conversation | None) -> None:
        """Make a conversation the open one; a reply to another one is kept as a draft."""
        if self.writing is not None and (found is None or found.summary.id != self.writing.place):
            self.leave_writing()
        self.conversation = found

    def changed(self) -> None:
        """Read the open conversation again, after an act."""
        if self.conversation is not None:
            self.conversation = self.desk.conversations.get(self.conversation.summary.id)

    # ---- taking back

    def remember(self, take_back: Callable[[], None]) -> None:
        """Make this what the next ``undo`` does."""
        self._undos.append(take_back)
        del self._undos[:-MOST]

    def undo(self) -> None:
        """Take the last act back."""
        if not self._undos:
            self.lines.say(t("app.nothing_to_undo"))
            return
        self._undos.pop()()


@contextmanager
def _hearing_signals() -> Iterator[None]:
    """SIGHUP and SIGTERM end what runs, in the main thread of a process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def tell(number: int, frame: object) -> None:
        raise _Told(128 + number)

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, tell) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(ValueError, TypeError):
                signal.signal(number, handler)
