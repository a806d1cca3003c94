"""An open conversation: what was written and done, and what is known beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from maildesk.domain.claim import Claim
from maildesk.domain.conversation import Conversation, ConversationSummary, Message, MessageKind
from maildesk.domain.customer_history import Beside
from maildesk.domain.outbox import OutboxItem
from maildesk.domain.outcomes import Changed
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.state_words import state_name
from maildesk.domain.status import Tab
from maildesk.errors import MaildeskError, NotFound, StoreError
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.conversation_reading import LOOK_EVERY, Reader, Reading, news
from maildesk.screens.customer_acts import CustomerActs
from maildesk.screens.deeds import Deed
from maildesk.screens.entries import Keys, entries, full_text
from maildesk.screens.lettering import Lettering
from maildesk.screens.placing import Placing, is_mail
from maildesk.screens.queueing import Guided
from maildesk.screens.rereading import Rereading
from maildesk.screens.side_panel import SidePanel
from maildesk.screens.sources import Sources
from maildesk.screens.tab_keys import TabKeys
from maildesk.screens.title import TitleBar
from maildesk.screens.trust import Trust
from maildesk.screens.waiting import why
from maildesk.screens.walking import Walk
from maildesk.screens.words import colleague, number, priority, replying, subject
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.header_bar import Part
from maildesk.widgets.notice import Notice
from maildesk.widgets.rule import Rule
from maildesk.widgets.timeline import Timeline


class ConversationScreen(TabKeys, CustomerActs, Lettering, Guided, Placing, Trust, Sources, Rereading):
    """Read a conversation and act on it."""

    context: ClassVar[Context] = "conversation"
    AUTO_FOCUS = "Timeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("conversation", only=lambda name: name not in Timeline.ACTIONS)
    ]

    def __init__(
        self,
        conversation_id: int,
        walk: Walk,
        *,
        bounce: bool = False,
        message_id: int | None = None,
        claim: Claim | None = None,
    ) -> None:
        """With ``bounce`` it begins at the newest report that a mail of ours did not get there, with ``message_id`` at
        that message; ``claim`` is mine already, and kept while it is shown."""
        super().__init__()
        self._claim = claim
        self.conversation_id = conversation_id
        self.conversation: Conversation | None = None
        self._reading: Reading | None = None
        self._walk = walk
        self._bounce = bounce
        self._message_id = message_id
        self.beside: Beside | None = None
        self._waiting: OutboxItem | None = None
        self._viewing: tuple[str, ...] = ()
        self._reader = Reader()
        self._then = 1
        """Which conversation follows one that is done: the next or, -1, the one before."""

    # what is seen

    @property
    def place(self) -> SafeText:
        return (
            safe_line(self.conversation.summary.mailbox_name)
            if self.conversation is not None
            else SafeText("")
        )

    def body(self) -> ComposeResult:
        yield TitleBar()
        yield Rule(classes="under-title")
        yield Notice()
        with Horizontal(id="panes"):
            yield Timeline()
            yield SidePanel()

    def on_mount(self) -> None:
        rebind(self.query_one(Timeline), "conversation", self.host.keymap)
        self.read()
        self.set_interval(LOOK_EVERY, self._still_here)
        if self._claim is not None:
            self.keep(self._claim)

    def speak(self) -> None:
        super().speak()
        rebind(self.query_one(Timeline), "conversation", self.host.keymap)
        self._show_panes()

    def _still_here(self) -> None:
        if self.is_current:
            self.read()

    def on_unmount(self) -> None:
        self.let_go_of(self.conversation_id)
        self.host.look_away()

    def offered(self, action_id: str) -> bool | None:
        if action_id == "conversation.reply":
            return not self._held_by_other
        if action_id == "conv.side":
            return self.has_class("-narrow")
        return True

    @property
    def _held_by_other(self) -> bool:
        claim = self.conversation.summary.claim if self.conversation is not None else None
        return claim is not None and claim.agent_id != self.desk.me.id

    @property
    def keys_wait(self) -> bool:
        """An act waits for what it is for, and for the act before to go on to the next conversation."""
        acting = any(
            one.group == "triage" and not one.is_finished and one.node is self for one in self.workers
        )
        return acting or (self.conversation is None and any(one.group == "read" for one in self.workers))

    # reading

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the conversation again; what came in since is announced where it stands."""
        conversation_id = self.conversation_id
        try:
            reading = await self.ask(lambda desk: self._reader.read(desk, conversation_id))
        except NotFound as error:
            if not self.is_going:
                gone = t("conversation.gone", number=conversation_id)
                self.host.say(str(error) if error.key == "conversation_merged" else gone, "warning")
                self.action_app_back()
            return
        except StoreError:
            return  # the line on top says so, and it is read again when the store is back
        except MaildeskError as error:
            if not self.is_going:
                self.query_one(Notice).show(*map(SafeText, safe(str(error)).split("\n")), tone="error")
            return
        if self.is_going:
            return
        before, self._reading = self._reading, reading
        self.conversation = reading.conversation
        self._waiting, self._viewing = reading.waiting, reading.viewing
        self.beside = reading.beside
        self.host.concerns.freed.discard(conversation_id)
        shown = self.host.keymap.shown
        keys = Keys(shown("conv.source"), shown("conv.reparse"), shown("conv.related"))
        zone = self.host.settings.zone
        found = self.with_sources(entries(reading.conversation, reading.names, reading.now, zone, keys))
        timeline = self.query_one(Timeline)
        timeline.set_entries(found, self._first_shown())
        if before is None or before.conversation.summary.id != conversation_id:
            timeline.highlight(*map(safe_line, self._walk.words()))
        self.query_one(SidePanel).show(
            self.host,
            reading.conversation,
            reading.viewing,
            reading.suggestions,
            reading.now,
            reading.beside,
        )
        self._show_title()
        self._show_claim(reading.now)
        self.refresh_header()
        self.refresh_footer()
        if (new := news(before, reading, self.desk.me.name)) is not None:
            self.host.say(t(new), "warning" if new == "conversation.new_mail" else "information")

    def _first_shown(self) -> str | None:
        """The entry to begin at, once; None: where the timeline would."""
        assert self.conversation is not None
        message_id, self._message_id = self._message_id, None
        if message_id is not None:
            return f"message-{message_id}"
        wanted, self._bounce = self._bounce, False
        bounces = [message for message in self.conversation.messages if message.bounce_of] if wanted else []
        return f"message-{bounces[-1].id}" if bounces else None

    def _show_title(self) -> None:
        assert self.conversation is not None
        summary = self.conversation.summary
        position = SafeText(f"‹ {self._walk.position(summary.id)}".rstrip())
        status = state_name(summary, self.host.states, short=True)
        parts: list[Part] = []
        if self._viewing:
            names = ", ".join(colleague(name) for name in self._viewing)
            parts.append((safe_line(t("conversation.viewing", names=names)), "muted"))
        parts.append((safe_line(f"[{status}]"), ""))
        if word := priority(summary.priority):
            parts.append((word, "warning"))
        if self.beside is not None and self.beside.orders:
            parts.append((safe_line(t("customer.order", numbers=" ".join(self.beside.orders[:2]))), "muted"))
        title = SafeText(f"{number(summary.id)} {subject(summary.subject)}")
        self.query_one(TitleBar).show(position, title, parts)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_panes)

    def _show_panes(self) -> None:
        """Say on a narrow terminal that there is another pane."""
        rule = self.query_one(".under-title", Rule)
        if self.has_class("-narrow"):
            pane = "mails" if self.has_class("-side") else "side"
            key = self.host.keymap.shown("conv.side")
            rule.show(right=SafeText(t(f"conversation.panes.{pane}", key=key)))
        else:
            rule.show()

    def _show_claim(self, now: datetime) -> None:
        """Who keeps me from answering, if anybody: a colleague who writes, or a reply that waits."""
        assert self.conversation is not None
        claim, waiting = self.conversation.summary.claim, self._waiting
        notice, zone = self.query_one(Notice), self.host.settings.zone
        key = self.host.keymap.shown("conversation.reply")
        if claim is not None and self._held_by_other:
            notice.show(SafeText(f"✎ {replying(claim, zone)}"), right=SafeText(t("claim.detail", key=key)))
        elif waiting is not None:
            notice.show(safe_line(why(waiting, now, zone)), right=SafeText(t("outbox.waits.key", key=key)))
        else:
            notice.hide()

    # moving

    def show(self, conversation_id: int) -> None:
        """Show another conversation in place of this one."""
        self.let_go_of(self.conversation_id)
        self.conversation_id = conversation_id
        self.conversation = self.beside = self._reading = None
        self.read()

    def brought_back(self, ids: Sequence[int]) -> None:
        if len(ids) == 1 and ids[0] != self.conversation_id:
            self.show(ids[0])

    def show_claimed(self, claim: Claim) -> None:
        self.show(claim.conversation_id)
        self.keep(claim)

    def _go(self, step: int) -> None:
        beside = self._walk.beside(self.conversation_id, step)
        if beside is not None:
            self.show(beside)
        else:
            alone = not self._walk.position(self.conversation_id)
            key = "alone" if alone else "end" if step > 0 else "start"
            self.host.say(t(f"conversation.{key}"))

    def action_conv_next_conversation(self) -> None:
        self._go(1)

    def action_conv_prev_conversation(self) -> None:
        self._go(-1)

    def on_timeline_past_end(self, event: Timeline.PastEnd) -> None:
        self._go(1)

    def action_conv_side(self) -> None:
        """On a narrow terminal: from the mails to what is beside them, and back."""
        self.toggle_class("-side")
        self._show_panes()

    def action_conv_back(self) -> None:
        self.action_app_back()

    def split_message(self) -> int | None:
        message = self.current_message()
        return message.id if message is not None and is_mail(message.kind) else None

    def action_app_back(self) -> None:
        if self.has_class("-side"):
            self.action_conv_side()
        elif self.is_current:
            self.dismiss(None)

    def show_tab(self, tab: Tab) -> None:
        self._walk.show_tab(tab)
        self.dismiss(None)

    def action_goto_top(self) -> None:
        self.query_one(Timeline).scroll_home(animate=False)

    def action_search_next(self) -> None:
        self._to_match(1)

    def action_search_prev(self) -> None:
        self._to_match(-1)

    def _to_match(self, step: int) -> None:
        """To the next or the last place that was searched for; after the last one to the conversation beside this."""
        if not self._walk.words():
            self.host.say(t("conversation.no_search", key=self.host.keymap.shown("search.open")))
        elif not self.query_one(Timeline).to_match(step):
            self._go(step)

    def action_search_open(self) -> None:
        self.dismiss(None)
        self.host.search()

    # acting

    def targets(self) -> tuple[int, ...]:
        return (self.conversation_id,) if self.conversation is not None else ()

    def summary_of(self, conversation_id: int) -> ConversationSummary | None:
        conversation = self.conversation
        if conversation is not None and conversation.summary.id == conversation_id:
            return conversation.summary
        return None

    def expect(self, rows: Sequence[ConversationSummary], leaving: bool, stay: bool = False) -> None:
        self.rows_changed(rows)

    def action_conversation_unread(self) -> None:
        """What is open was seen: it is left, and unread in the list."""
        self._reader.leave_unread(self.conversation_id)
        self.change(
            lambda desk, ids: desk.marks.see(ids, False),
            lambda row: replace(row, unread=True),
            Deed("unread"),
        )

    def settle(self, changed: Changed | None, leaving: bool, stay: bool) -> None:
        if changed is not None and changed.undo.what == "seen":
            self._walk.expect(changed.summaries, False)
            self.dismiss(None)
            return
        if changed is None or changed.skipped:
            self._reader.leave_unread(0)
            self.read()
            return
        self.rows_changed(changed.summaries)
        if not leaving:
            self.read()
        elif stay:
            self._walk.expect(changed.summaries, True)
            self.dismiss(None)
        else:
            following = self._walk.beside(self.conversation_id, self._then)
            self._walk.expect(changed.summaries, True)
            self._go_on(following)
        self._then = 1

    def action_conversation_done_prev(self) -> None:
        self._then = -1
        self.action_conversation_done()

    def rows_changed(self, summaries: Iterable[ConversationSummary]) -> None:
        for row in summaries:
            if self.conversation is not None and row.id == self.conversation.summary.id:
                self.conversation = replace(self.conversation, summary=row)
                self._show_title()

    def reply_closed(self, conversation_id: int, sent: bool) -> None:
        if sent and self.host.settings.after_done == "next":
            self._go_on(self._walk.beside(self.conversation_id, 1))
        else:
            self.read()

    def _go_on(self, following: int | None) -> None:
        if following is not None:
            self.show(following)
        else:
            self.dismiss(None)

    # for what the screen is read

    def current_message(self) -> Message | None:
        entry = self.query_one(Timeline).current
        if self.conversation is None:
            return None
        current = next(
            (m for m in self.conversation.messages if entry is not None and entry.id == f"message-{m.id}"),
            None,
        )
        return current or self.conversation.last_in

    def mail_to_comment(self) -> Message | None:
        current = self.current_message()
        return current if current is not None and current.kind in (MessageKind.IN, MessageKind.OUT) else None

    def message_to_forward(self) -> Message | None:
        message = self.current_message()
        if message is None or self.conversation is None:
            return None
        return self.conversation.exchanged_by(message)

    def message_of(self, conversation: Conversation) -> Message | None:
        current = self.current_message()
        return next(
            (m for m in conversation.messages if current and m.id == current.id and m.kind == current.kind),
            None,
        )

    def action_conv_pager(self) -> None:
        """The whole conversation in the pager; the source of a mail where that is shown."""
        if (source := self.source_shown()) is not None:
            self.host.page(source)
        elif self.conversation is not None:
            self.host.page(full_text(self.conversation, self.host.settings.zone))
