"""The digits that choose a tab, in the list and in a conversation."""

from __future__ import annotations

from abc import abstractmethod

from maildesk.domain.status import Tab


class TabKeys:
    """Mixed into the screens where a digit shows a tab of the inbox."""

    @abstractmethod
    def show_tab(self, tab: Tab) -> None:
        """Show a tab of the inbox."""

    def action_tab_1(self) -> None:
        self.show_tab(Tab.NEW)

    def action_tab_2(self) -> None:
        self.show_tab(Tab.REPLYING)

    def action_tab_3(self) -> None:
        self.show_tab(Tab.APPROVAL)

    def action_tab_4(self) -> None:
        self.show_tab(Tab.WAITING)

    def action_tab_5(self) -> None:
        self.show_tab(Tab.DONE)

    def action_tab_6(self) -> None:
        self.show_tab(Tab.ALL)

    def action_tab_7(self) -> None:
        self.show_tab(Tab.SPAM)

    def action_tab_8(self) -> None:
        self.show_tab(Tab.TRASH)
