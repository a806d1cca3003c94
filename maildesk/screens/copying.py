"""Copying a part of a conversation to the clipboard of the agent's terminal, or showing it where that cannot work."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll

from maildesk.domain.conversation import Conversation, Message
from maildesk.domain.orders import order_numbers
from maildesk.domain.safetext import SafeText, safe
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.base import DeskDialog
from maildesk.screens.clipboard import reaches
from maildesk.screens.fuzzy import Choice
from maildesk.screens.paragraphs import Paragraphs
from maildesk.screens.picker import Picker
from maildesk.screens.replying import Replying
from maildesk.widgets.bindings import bindings
from maildesk.widgets.keys_line import KeysLine
from maildesk.widgets.text import content


class Copying(Replying):
    """Mixed into the screens where ``y`` copies."""

    def message_of(self, conversation: Conversation) -> Message | None:
        """The message that is meant: the newest from outside, unless the screen shows another."""
        return conversation.last_in

    def action_conversation_copy(self) -> None:
        if self.targets():
            self.open_sheet("copy")

    async def meant(self) -> Conversation | None:
        """The first conversation that an action is for; None, said, where it cannot be read."""
        targets = self.targets()
        return await self.tried(lambda desk: desk.conversations.get(targets[0])) if targets else None

    async def put(self, text: str) -> None:
        """Copy ``text`` (OSC 52) and say so; where that cannot arrive, show it to be selected by hand."""
        wish = self.host.settings.clipboard
        if wish == "on" or (wish == "auto" and await self.host.in_thread(reaches, os.environ)):
            self.app.copy_to_clipboard(text)
            self.host.say(t("app.copied", text=text.split("\n")[0][:60]))
        else:
            self.app.push_screen(ShownText(t("copy.by_hand"), text))

    @work(group="files", exclusive=True)
    async def copy(self, action_id: str) -> None:
        """Copy a part of the conversation."""
        conversation = await self.meant()
        if conversation is None:
            return
        orders = await self.orders_of(conversation) if action_id == "copy.order" else ()
        found = list(copied(action_id, conversation, self.message_of(conversation), orders))
        if not found:
            self.host.say(t(f"{action_id}.none"))
            return
        text: str | None = found[0]
        if len(found) > 1:
            offered = [Choice(one, one) for one in found]
            text = await self.app.push_screen_wait(Picker(t(f"{action_id}.which"), offered))
        if text is not None:
            await self.put(text)

    async def orders_of(self, conversation: Conversation) -> Sequence[str]:
        """The orders that are known of it: also those in the shape of the shop's own."""
        beside = await self.tried(lambda desk: desk.customers.beside(conversation.summary.id))
        return beside.orders if beside is not None else ()

    def action_copy_number(self) -> None:
        self.copy("copy.number")

    def action_copy_address(self) -> None:
        self.copy("copy.address")

    def action_copy_order(self) -> None:
        self.copy("copy.order")

    def action_copy_subject(self) -> None:
        self.copy("copy.subject")

    def action_copy_body(self) -> None:
        self.copy("copy.body")

    def action_copy_message_id(self) -> None:
        self.copy("copy.message_id")


def copied(
    action_id: str, conversation: Conversation, message: Message | None, orders: Sequence[str] = ()
) -> Sequence[str]:
    """What an action of the copy sheet copies: one text, several to choose from, or nothing. ``orders`` are known to be
    orders of it and come first."""
    match action_id:
        case "copy.number":
            text = f"#{conversation.summary.id}"
        case "copy.address":
            text = conversation.summary.customer_address
        case "copy.subject":
            text = conversation.summary.subject
        case "copy.order":
            texts = [
                f"{m.subject}\n{m.text}"
                for m in (*([message] if message else []), *conversation.messages[::-1])
            ]
            read = order_numbers("\n".join([conversation.summary.subject, *texts]))
            return list(dict.fromkeys([*orders, *(one for one in read if not _within(one, orders))]))[:20]
        case "copy.body":
            text = message.text if message is not None else ""
        case _:
            text = message.message_id if message is not None else ""
    return [text] if text else []


def _within(found: str, known: Sequence[str]) -> bool:
    """Whether it is a part of a number that is known, as a general shape reads it."""
    return any(found in number for number in known)


_KEYS = ("view.down", "view.up", "view.pager", "view.close")


class ShownText(DeskDialog[None]):
    """A text to be selected with the mouse."""

    context: ClassVar[Context] = "view"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view", only=_KEYS.__contains__)]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog review waiting") as box:
            box.border_title = content(self._title)
            with VerticalScroll():
                lines = [(SafeText(line), "text") for line in safe(self._text).split("\n")]
                yield Paragraphs(*lines)  # type: ignore[arg-type]
            yield KeysLine(*self._keys(), classes="keys")

    def _keys(self) -> list[tuple[str, str]]:
        shown = self.host.keymap.shown
        return [(shown("view.pager"), t("copy.pager")), (shown("view.close"), t("common.back"))]

    def action_view_down(self) -> None:
        self._scroll(1)

    def action_view_up(self) -> None:
        self._scroll(-1)

    def _scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_view_pager(self) -> None:
        self.host.page(self._text)

    def action_view_close(self) -> None:
        self.dismiss(None)
