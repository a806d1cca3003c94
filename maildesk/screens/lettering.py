"""Passing a mail on, asking somebody outside, and writing to a customer first."""

from __future__ import annotations

from typing import NamedTuple

from textual import work

from maildesk.domain.claim import HeldByOther
from maildesk.domain.conversation import Message
from maildesk.domain.outcomes import Begun, Waiting
from maildesk.locale import t
from maildesk.screens import choices
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.screens.replying import Replying


class How(NamedTuple):
    """How a mail is passed on: as an attachment, and whether an answer is waited for."""

    attached: bool
    ask: bool


def ways() -> list[Choice[How]]:
    """The ways to pass a mail on."""
    return [
        Choice(How(False, False), t("letter.forward"), also=("forward",)),
        Choice(How(True, False), t("letter.forward.attached"), also=("attachment",)),
        Choice(How(False, True), t("letter.ask"), also=("ask", "outside")),
        Choice(How(True, True), t("letter.ask.attached"), also=("ask attachment",)),
    ]


class Lettering(Replying):
    """Mixed into the inbox and the conversation."""

    def message_to_forward(self) -> Message | None:
        """The mail that is meant, never a note; None: the newest that came in."""
        return None

    @work(group="reply", exclusive=True)
    async def action_conversation_forward(self) -> None:
        targets, message = self.targets(), self.message_to_forward()
        if not targets:
            return
        if len(targets) > 1:
            self.host.say(t("letter.one"), "warning")
            return
        number, message_id = targets[0], message.id if message is not None else None
        picked = await self.app.push_screen_wait(Picker(t("letter.how", number=number), ways()))
        if picked is None:
            return
        with self.answering(number):
            await self._forward(number, message_id, picked)

    async def _forward(self, number: int, message_id: int | None, how: How) -> None:
        outcome = await self.claiming(
            lambda desk: desk.letters.forward(number, message_id, attached=how.attached, ask=how.ask)
        )
        match outcome:
            case Begun():
                await self.write(outcome)
            case HeldByOther(holder):
                await self._say_held(number, holder)
            case Waiting(item):
                await self.decide(item)

    @work(group="reply", exclusive=True)
    async def action_conversation_new(self) -> None:
        boxes = await self.tried(lambda desk: desk.inbox.mailboxes())
        if not boxes:
            return
        chosen: int | None = boxes[0].id
        if len(boxes) > 1:
            chosen = await self.app.push_screen_wait(
                Picker(t("letter.from_which"), choices.mailboxes(boxes, 0))
            )
        if chosen is None:
            return
        mailbox_id = chosen
        begun = await self.claiming(lambda desk: desk.letters.new(mailbox_id))
        if begun is not None:
            await self.write(begun)

    async def write(self, begun: Begun) -> None:
        """Open the composer for what was begun. The conversation stays where it is, whatever becomes of it."""
        from maildesk.screens.composer import Composer

        composer = Composer(begun.draft, begun.conversation, begun.claim, letter=begun.letter)
        await self.app.push_screen_wait(composer)
        if begun.letter is not None and begun.letter.is_forward:
            self.reply_closed(begun.letter.place, False)
