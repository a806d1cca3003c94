"""What the parts of the inbox have in common: the list on the screen, and what is listed."""

from __future__ import annotations

from functools import cached_property

from maildesk.screens.base import DeskScreen
from maildesk.screens.listing import Listing
from maildesk.widgets.mail_list import MailList


class Listed(DeskScreen[None]):
    """Mixed into the inbox."""

    listing: Listing

    @cached_property
    def mails(self) -> MailList:
        """The list. It is asked for by every hint of the footer, with every key."""
        return self.query_one(MailList)
