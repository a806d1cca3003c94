"""Sending a reply: the last look, the one try to queue it, and what to do where it was not queued."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from maildesk.domain.claim import Claim, LostClaim
from maildesk.domain.conversation import Message
from maildesk.domain.reply import AfterSend, AlreadyAnswered, AlreadyQueued, Draft, Queued, StaleView
from maildesk.domain.template import filled
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.confirm import Confirm
from maildesk.screens.review import Review, Reviewed
from maildesk.screens.words import clock

if TYPE_CHECKING:
    from maildesk.screens.composer import Composer

SHOWN = 4000
"""Characters of a newer mail that are shown above the text."""


class Sending:
    """Queues the reply of a composer at most once: a try that is repeated has the same request id until the text
    changes. ``version`` is what the agent has seen of the conversation."""

    def __init__(self, screen: Composer, version: int) -> None:
        self._screen = screen
        self._version = version
        self._request_id = ""

    def changed(self) -> None:
        """The text is another: the next try is a new request."""
        self._request_id = ""

    async def review(self, draft: Draft, claim: Claim) -> None:
        """Let the agent look once more, then send, or go back, or leave it a draft."""
        screen = self._screen
        checks = await screen.tried(lambda desk: desk.replies.check(draft))
        if checks is None:
            return
        sender = screen.conversation.summary.mailbox_name
        letter = screen.letter
        fixed = t(f"letter.after.{letter.kind}") if letter is not None and letter.is_forward else ""
        shown = replace(
            draft, conversation_id=screen.conversation.summary.id
        )  # where it leaves, not where it lies
        lines = await self._filled(draft)
        reviewed = await screen.app.push_screen_wait(Review(shown, sender, checks, AfterSend(), fixed, lines))
        screen.keeper.awake()
        match reviewed.decision:
            case "send" | "approval":
                await self._submit(draft, screen.keeper.held or claim, reviewed, follow_up=False)
            case "postpone":
                await screen.close(None)

    async def _filled(self, draft: Draft) -> frozenset[int]:
        """The lines in which gaps of the template were filled; none where it cannot be looked up any more."""
        template, number = draft.template_id, self._screen.conversation.summary.id
        if template is None:
            return frozenset()
        try:
            rendered = await self._screen.ask(lambda desk: desk.templates.render(template, number))
        except MaildeskError:
            return frozenset()
        return filled(draft.body, rendered.body)

    async def _submit(self, draft: Draft, claim: Claim, reviewed: Reviewed, *, follow_up: bool) -> None:
        screen, version = self._screen, self._version
        request_id = self._request_id = self._request_id or str(uuid.uuid4())
        hold = screen.host.settings.hold if reviewed.at is None else 0.0
        outcome = await screen.tried(
            lambda desk: desk.replies.submit(
                claim,
                draft,
                seen_version=version,
                request_id=request_id,
                after=reviewed.after,
                hold=hold,
                follow_up=follow_up,
                at=reviewed.at,
                approval=reviewed.decision == "approval",
            )
        )
        match outcome:
            case Queued() | AlreadyQueued():
                screen.saver.sent()
                self._tell(outcome, reviewed)
                screen.dismiss(outcome.outbox_id)
            case LostClaim():
                screen.keeper.lose(outcome)
            case StaleView(version, newer):
                self._version = version
                screen.show_newer("\n\n".join(map(self.shown, newer)))
            case AlreadyAnswered(by, at):
                question = t("compose.answered", who=by, at=clock(at, screen.host.settings.zone))
                if await screen.app.push_screen_wait(Confirm(t("compose.answered.title"), question)):
                    self._request_id = ""
                    await self._submit(draft, claim, reviewed, follow_up=True)

    def _tell(self, outcome: Queued | AlreadyQueued, reviewed: Reviewed) -> None:
        """Say what becomes of it: it waits for somebody, for its time, or its last seconds run."""
        host, number = self._screen.host, self._screen.conversation.summary.id
        undo = t("deed.undo", key=host.keymap.shown("app.undo"))
        if isinstance(outcome, Queued) and outcome.held:
            host.undoing.submitted(outcome.outbox_id, number)
            host.say(t("compose.asked", number=number) + undo)
        elif reviewed.at is not None:
            at = f"{reviewed.at.astimezone(host.settings.zone):%m/%d %H:%M}"
            host.undoing.submitted(outcome.outbox_id, number)
            host.say(t("compose.scheduled", number=number, at=at) + undo)
        else:
            host.undoing.hold(outcome.outbox_id, number)

    def shown(self, message: Message) -> str:
        """A newer message as it stands above the text."""
        who = message.from_.name or message.from_.address if message.from_ is not None else message.author
        at = clock(message.at, self._screen.host.settings.zone)
        return f"{t('compose.newer')}  {who}  {at}\n{message.text.strip()[:SHOWN]}"
