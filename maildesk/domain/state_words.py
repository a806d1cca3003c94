"""The names of tabs and states in the language in use, those of the desk's own among them."""

from __future__ import annotations

from collections.abc import Iterable

from maildesk.domain.conversation import ConversationSummary
from maildesk.domain.status import AnyTab, CustomState, StateTab, Status
from maildesk.locale import current, t


def state_label(state: CustomState) -> str:
    """What a state of the desk's own is called."""
    return state.label_ja if current() == "ja" else state.label_en


def tab_name(tab: AnyTab, states: Iterable[CustomState] = (), *, short: bool = True) -> str:
    """What a tab is called; a state that there is no more by its name."""
    if not isinstance(tab, StateTab):
        return t(f"common.{tab}.short" if short else f"common.{tab}")
    if tab.reason is not None:
        return t(f"common.waiting.{tab.reason}.short" if short else f"common.waiting.{tab.reason}")
    return next((state_label(state) for state in states if state.name == tab.value), tab.value)


def state_name(row: ConversationSummary, states: Iterable[CustomState] = (), *, short: bool = False) -> str:
    """The state that people see of a conversation: 処理中 while somebody answers it, 書庫 where it is archived, else
    its own."""
    hidden = row.status in (Status.SPAM, Status.TRASH)
    if row.claim is not None and not hidden:
        return t("common.replying.short" if short else "common.replying")
    if row.archived:
        return t("common.archived.short" if short else "common.archived")
    if row.substate:
        return tab_name(StateTab(row.substate), states)
    return t(f"common.{row.status}.short" if short else f"common.{row.status}")
