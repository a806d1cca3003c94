"""How each mailbox stands: in order, empty, failed, to be signed in again, out of quota; and what was found in its
folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from maildesk.domain.mailbox import FolderHealth, Health, MailboxHealth, SyncHealth
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.keymap import Context
from maildesk.locale import t
from maildesk.screens.alarms import held
from maildesk.screens.paragraphs import Look, Paragraph
from maildesk.screens.rows import RowsScreen
from maildesk.screens.words import clock, span
from maildesk.widgets.bindings import bindings
from maildesk.widgets.header_bar import Part
from maildesk.widgets.phone import PHONE
from maildesk.widgets.text import NOTHING, joined
from maildesk.widgets.wrap import fit

_SIGNS: dict[Health, tuple[str, str, Look]] = {
    Health.UNKNOWN: ("?", "$text-muted", "muted"),
    Health.OK: ("✓", "$text-success", "ok"),
    Health.EMPTY: ("✓", "$text-success", "ok"),
    Health.FAILED: ("✗", "$text-error bold", "error"),
    Health.LOGIN: ("✗", "$text-error bold", "error"),
    Health.QUOTA: ("!", "$text-warning bold", "warning"),
}
EVERY = 5.0
"""Seconds between two looks while this screen is in front."""


class HealthScreen(RowsScreen[MailboxHealth]):
    """The mailboxes; beside them the folders of the highlighted one and what is odd on the whole desk."""

    context: ClassVar[Context] = "health"
    title_key = "app.health.title"
    empty_key = "app.health.no_mailbox"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("health")]

    def __init__(self) -> None:
        super().__init__()
        self._health = SyncHealth()

    def on_mount(self) -> None:
        self.set_interval(EVERY, self._again)

    def title_parts(self) -> Sequence[Part]:
        return [(SafeText(t("app.health.now", key=self.host.keymap.shown("app.sync"))), "muted")]

    def _again(self) -> None:
        if self.is_current:
            self.read()

    async def load(self) -> Sequence[MailboxHealth] | None:
        health = await self.tried(lambda desk: desk.sync.health())
        if health is None:
            return None
        self._health = health
        return health.mailboxes

    def identity(self, row: MailboxHealth) -> int:
        return row.mailbox_id

    def line(self, row: MailboxHealth) -> Content:
        sign, style, _ = _SIGNS[row.state]
        if self.app.size.width < PHONE:
            state = SafeText(t(f"app.health.{row.state}"))
            return joined((f"{sign} ", style), safe_line(row.mailbox), (f"  {state}", style))
        return joined(
            (f"{sign} {fit(SafeText(t(f'app.health.{row.state}')), 15)}", style),
            (fit(SafeText(_checked(row)), 19), "$text-muted"),
            safe_line(row.mailbox),
        )

    async def about(self, row: MailboxHealth) -> Sequence[Paragraph]:
        folders = [folder for folder in self._health.folders if folder.mailbox_id == row.mailbox_id]
        zone = self.host.settings.zone
        found: list[Paragraph] = [(safe_line(row.mailbox), "title")]
        found.append((safe_line(f"{t(f'app.health.{row.state}')}  {_checked(row)}"), _SIGNS[row.state][2]))
        found += [(safe_line(text), "error") for text in (row.error,) if text]
        found += [(safe_line(text), "text") for text in (row.hint,) if text]
        if row.retry_at is not None:
            found.append((safe_line(t("app.health.retry", at=clock(row.retry_at, zone))), "text"))
        found += [(NOTHING, "text"), (SafeText(t("app.health.folders")), "title")]
        found += [self._folder(folder) for folder in folders] or [(SafeText(t("app.health.none")), "muted")]
        found += [(NOTHING, "text"), (SafeText(t("app.health.desk")), "title"), *self._desk()]
        return found

    def _folder(self, folder: FolderHealth) -> Paragraph:
        sign, _, look = _SIGNS[folder.health]
        words = f"{sign} {folder.folder}  {t(f'app.health.{folder.health}')}"
        if folder.checked_at is not None:
            words += f"  {clock(folder.checked_at, self.host.settings.zone)}"
        if folder.total > folder.done:
            words += f"  {t('inbox.syncing', done=f'{folder.done:,}', total=f'{folder.total:,}')}"
        return safe_line(f"{words}  {folder.error}".rstrip()), look if folder.health.is_trouble else "text"

    def _desk(self) -> Iterator[Paragraph]:
        health = self._health
        for name, count in (
            ("workers", health.workers),
            ("queued", health.queued),
            ("overdue", health.overdue),
            ("uncertain", health.uncertain),
            ("failed", health.failed),
            ("unaccounted", health.unaccounted),
            ("quarantined", health.quarantined),
            ("stubs", health.stubs),
        ):
            odd = bool(count) and name not in ("workers", "queued")
            words = t(f"app.health.count.{name}", count=f"{count:,}")
            yield safe_line(f"! {words}" if odd else f"  {words}"), "warning" if odd else "text"
        if health.held:
            yield SafeText(f"! {held(health.held)}"), "error"


def _checked(row: MailboxHealth) -> str:
    """``12 秒前に確認``."""
    if row.age is None:
        return t("app.health.never")
    if row.age < 120:
        return t("app.health.seconds", count=int(row.age))
    return t("app.health.ago", span=span(timedelta(seconds=row.age)))
