"""Where conversations belong: one with others, apart, at another shop, in the spam tab, followed or closed for good.
The same keys in the list and in an open conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from maildesk.domain.conversation import ConversationSummary, MessageKind
from maildesk.domain.outcomes import Changed, Skipped
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.spam import domain_of, may_block_domain
from maildesk.domain.status import Status
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.confirm import Confirm
from maildesk.screens.deeds import Deed
from maildesk.screens.picker import Picker
from maildesk.screens.skipped import skipped_line
from maildesk.screens.triage import Triage

if TYPE_CHECKING:
    from maildesk.desk import Desk


class Placing(Triage):
    """Mixed into the inbox and the conversation, after what :class:`Triage` does."""

    # closed without an answer, spam

    @work(group="pick", exclusive=True)
    async def action_conversation_no_answer(self) -> None:
        if not self.targets():
            return
        title = t("picker.no_answer", count=len(self.targets()))
        note = await self.app.push_screen_wait(
            Picker(title, choices.notes("no_answer"), hint=t("picker.reason.hint"), typed=choices.typed_note)
        )
        if note is not None:
            self.change(
                lambda desk, ids: desk.triage.no_answer(ids, note),
                lambda row: replace(row, status=Status.DONE, substate="", no_answer=True, note=note),
                Deed("no-answer", note),
                leaving=True,
                stay=self.host.settings.after_done == "list",
            )

    @work(group="pick", exclusive=True)
    async def action_conversation_spam(self) -> None:
        rows = [row for row in map(self.summary_of, self.targets()) if row is not None]
        if not rows:
            return
        if all(row.status is Status.SPAM for row in rows):
            self.change(
                lambda desk, ids: desk.triage.not_spam(ids),
                lambda row: replace(row, status=Status.NEW),
                Deed("not-spam"),
                leaving=True,
            )
            return
        own = await self.tried(_own_addresses)
        if own is None:
            return
        senders = sorted({row.customer_address.casefold() for row in rows} - set(own) - {""})
        block: Sequence[str] | None = ()
        if senders:
            domains = sorted({domain_of(sender) for sender in senders if may_block_domain(sender, own)})
            block = await self.app.push_screen_wait(
                Picker(t("picker.spam", count=len(rows)), choices.blocks(senders, domains))
            )
            if block and block[0].startswith("@") and not await self._blocks_others(block, senders):
                return
        if block is not None:
            _mark_spam(self, block)

    async def _blocks_others(self, domains: Sequence[str], senders: Sequence[str]) -> bool:
        """Whether whole domains are to be blocked, which is asked where others have written from them."""
        others = await self.tried(lambda desk: desk.blocks.others(domains, senders))
        if not others:
            return others == 0
        line = t("confirm.block.line", count=others, domains=_first(domains))
        agreed = await self.app.push_screen_wait(Confirm(t("confirm.block"), line))
        return bool(agreed)

    # following

    def action_conversation_watch(self) -> None:
        rows = [row for row in map(self.summary_of, self.targets()) if row is not None]
        if rows:
            follow = not all(row.followed for row in rows)
            self.change(
                lambda desk, ids: desk.marks.follow(ids, follow),
                lambda row: replace(row, followed=follow),
                Deed("follow" if follow else "unfollow"),
            )

    # one with others, apart, at another shop

    @work(group="pick", exclusive=True)
    async def action_conversation_merge(self) -> None:
        targets = self.targets()
        if not targets:
            return
        ids = list(targets)
        if len(ids) == 1:
            found = await self.tried(lambda desk: desk.conversations.related(ids[0]))
            if found is None:
                return
            other = await self.app.push_screen_wait(
                Picker(
                    t("picker.merge", number=ids[0]),
                    choices.relatives(found),
                    hint=t("picker.merge.hint"),
                    typed=choices.typed_number,
                    typed_first=True,
                    digits=False,
                )
            )
            if other is None or other == ids[0]:
                return
            ids.append(other)
        rows = await self.tried(lambda desk: [desk.conversations.summary(number) for number in ids])
        if rows is None or not await self._agrees_to_merge(rows):
            return
        self._place(await self.tried(lambda desk: desk.triage.merge(ids)), "inbox.merged")
        self.host.keyboard.remember(_merge_again)

    async def _agrees_to_merge(self, rows: Sequence[ConversationSummary]) -> bool:
        survivor = min(rows, key=lambda row: (row.received_at, row.id))
        differ = len({row.customer_address.casefold() for row in rows}) > 1
        lines = [
            t("confirm.merge.line", number=row.id, who=_sender(row, full=differ), subject=row.subject)
            for row in rows[:6]
        ]
        if len(rows) > len(lines):
            lines.append(t("confirm.more", count=len(rows) - len(lines)))
        if differ:
            lines.append(t("confirm.merge.customers"))
        title = t("confirm.merge", count=len(rows), number=survivor.id)
        agreed = await self.app.push_screen_wait(Confirm(title, *map(safe_line, lines)))
        return bool(agreed)

    @work(group="pick", exclusive=True)
    async def action_conversation_move(self) -> None:
        targets = self.targets()
        boxes = await self.tried(lambda desk: desk.inbox.mailboxes()) if targets else None
        if not boxes:
            return
        if len(boxes) == 1:
            self.host.say(t("inbox.one_mailbox"))
            return
        first = self.summary_of(targets[0])
        here = first.mailbox_id if first is not None else None
        title = t("picker.move", count=len(targets))
        picked = await self.app.push_screen_wait(Picker(title, choices.mailboxes(boxes, here)))
        if picked is not None:
            mailbox_id = picked
            name = next(box.name for box in boxes if box.id == mailbox_id)
            short = next(box.short_name for box in boxes if box.id == mailbox_id)
            self.change(
                lambda desk, ids: desk.triage.move(ids, mailbox_id),
                lambda row: replace(row, mailbox_id=mailbox_id, mailbox_name=name, shop=short),
                Deed("move", name),
            )

    @work(group="pick", exclusive=True)
    async def action_conversation_split(self) -> None:
        message = self.split_message()
        rows = [row for row in map(self.summary_of, self.targets()) if row is not None]
        if message is None or not rows:
            return
        if rows[0].messages <= 1:
            self.host.say(skipped_line(Skipped(rows[0].id, "all")), "warning")
            return
        picked = await self.app.push_screen_wait(Picker(t("picker.split"), choices.splits()))
        if picked is not None:
            following = picked == "following"
            changed = await self.tried(lambda desk: desk.triage.split(message, following=following))
            self._place(changed, "inbox.split")

    def split_message(self) -> int | None:
        """The mail with which a conversation of its own would begin."""
        return None

    def _place(self, changed: Changed | None, said: str) -> None:
        """Say what came of it; the screens read it anew."""
        if changed is None:
            return
        if changed.summaries:
            deed = Deed("merge" if said == "inbox.merged" else "split")
            self.host.undoing.remember(changed.undo, deed, [row.id for row in changed.summaries])
        words = [self._words(said, changed)] if changed.summaries else []
        words += [skipped_line(one) for one in changed.skipped]
        if words:
            self.host.say("\n".join(words[:2]), "warning" if changed.skipped else "information")
        self.settle(None, False, True)
        self.host.hearing.tell()

    def _words(self, key: str, changed: Changed) -> SafeText:
        """What was done to how many, and how it comes back."""
        undo = self.host.keymap.shown("app.undo")
        first, last, count = changed.summaries[0], changed.summaries[-1], len(changed.summaries)
        words = t(key, number=first.id, other=last.id, count=count, shop=first.mailbox_name, key=undo)
        return safe_line(words)


def is_mail(kind: MessageKind) -> bool:
    """Whether an entry of the timeline is a mail, which can begin a conversation."""
    return kind in (MessageKind.IN, MessageKind.OUT)


def _sender(row: ConversationSummary, *, full: bool) -> str:
    """Who wrote; ``full``: with the address, where names do not tell two apart."""
    name, address = row.customer_name.strip(), row.customer_address
    return f"{name} <{address}>" if full and name else name or address


def _merge_again(screen: Triage) -> None:
    """What is chosen now is merged, after the same question."""
    if isinstance(screen, Placing):
        screen.action_conversation_merge()


def _mark_spam(screen: Triage, block: Sequence[str] = ()) -> None:
    """What is chosen now is spam. Senders are blocked once: others' senders are not these, nor is theirs asked for."""
    blocked = tuple(block)
    screen.change(
        lambda desk, ids: desk.triage.spam(ids, blocked),
        lambda row: replace(row, status=Status.SPAM, substate=""),
        Deed("spam-block", _first(blocked)) if blocked else Deed("spam"),
        leaving=True,
        again=_mark_spam,
    )


def _own_addresses(desk: Desk) -> frozenset[str]:
    return frozenset().union(*(box.own_addresses for box in desk.inbox.mailboxes()))


def _first(names: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = len(names) - 1
    return f"{names[0]} {t('confirm.more', count=more)}" if more else names[0]
