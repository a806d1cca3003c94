"""The links of a mail by their numbers: copied, or opened where a browser was set and is on this side of the line.

A browser is never started on a server that somebody reached by SSH: it would be the server's."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from textual import work

from maildesk.domain.conversation import Conversation
from maildesk.domain.links import Link, links
from maildesk.locale import t
from maildesk.screens.confirm import Confirm
from maildesk.screens.copying import Copying
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker


class LinkPicker(Picker[Link]):
    """Links by number; digits are their numbers, other letters narrow."""

    def __init__(self, title: str, found: Sequence[Link]) -> None:
        offered = [Choice(link, label(link), note(link), also=(link.url,)) for link in found]
        super().__init__(title, offered, hint=t("links.hint"), digits=False)
        self._by_number = {link.number: choice for link, choice in zip(found, offered, strict=True)}

    def narrow(self, query: str) -> None:
        digits = query.strip()
        if digits.isdecimal():
            number = str(int(digits))
            every = self._choices
            exact = [c for n, c in self._by_number.items() if str(n) == number]
            longer = [c for n, c in self._by_number.items() if str(n).startswith(number) and c not in exact]
            self._choices = [*exact, *longer]
            super().narrow("")
            self._choices = every
        else:
            super().narrow(query)


def label(link: Link) -> str:
    """``[3] shop.example  https://…``"""
    return f"[{link.number}] {link.host or link.url}"


def note(link: Link) -> str:
    """What stands beside it: that it is not what it seems, and the whole address."""
    if link.shown:
        return f"! {t('links.shown', shown=link.shown)}  {link.url}"
    return f"! {link.url}" if link.odd else link.url


def browser(command: str, environ: Mapping[str, str], url: str) -> list[str] | None:
    """The command that opens ``url``, None where none may be started: not set, over SSH, not a web address."""
    if not command.strip() or "SSH_CONNECTION" in environ or "SSH_TTY" in environ:
        return None
    if not url.lower().startswith(("https://", "http://")):
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if any("{url}" in word for word in words):
        return [word.replace("{url}", url) for word in words]
    return [*words, url]


class Links(Copying):
    """Mixed into the screens where ``O`` lists links."""

    @work(group="files", exclusive=True)
    async def action_conversation_links(self) -> None:
        """Let the agent choose a link by its number, and open or copy it."""
        link = await self._chosen()
        if link is None or not await self._trusted(link):
            return
        await self.visit(link.url, link.host)

    async def visit(self, url: str, host: str) -> None:
        """Open an address, or copy it where no browser may be started."""
        command = browser(self.host.settings.browser, os.environ, url)
        if command is None:
            await self.put(url)
        elif not await self.host.in_thread(_start, command):
            self.host.say(t("links.failed", program=command[0]), "error")
        else:
            self.host.say(t("links.opened", host=host))

    @work(group="files", exclusive=True)
    async def action_copy_link(self) -> None:
        link = await self._chosen()
        if link is not None and await self._trusted(link):
            await self.put(link.url)

    async def _chosen(self) -> Link | None:
        conversation = await self.meant()
        if conversation is None:
            return None
        found = links_of(conversation, self.message_of(conversation))
        if not found:
            self.host.say(t("links.none"))
            return None
        title = t("links.title", count=len(found))
        return await self.app.push_screen_wait(LinkPicker(title, found))

    async def _trusted(self, link: Link) -> bool:
        """Whether the agent wants it although it is not what it seems."""
        if not link.odd:
            return True
        key = "links.odd.shown" if link.shown else "links.odd"
        lines = t(key, shown=link.shown, host=link.host), link.url
        sure: bool = await self.app.push_screen_wait(Confirm(t("links.odd.title"), *lines))
        return sure


def links_of(conversation: Conversation, message: object = None) -> Sequence[Link]:
    """The links of a message; of the newest with any where it has none."""
    for one in (message, *reversed(conversation.messages)):
        text = getattr(one, "text", "")
        if text and (found := links(text)):
            return found
    return ()


def _start(command: Sequence[str]) -> bool:
    try:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
