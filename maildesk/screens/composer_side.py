"""The panel beside the composer: suggested templates, and what is checked before sending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from maildesk.domain.outcomes import Check
from maildesk.domain.safetext import safe_line
from maildesk.domain.template import Suggestion
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.widgets.text import Part, joined

if TYPE_CHECKING:
    from maildesk.screens.composer import Composer


class ComposerSide(VerticalScroll, can_focus=False):
    """Suggestions and checks; both are read again now and then."""

    def compose(self) -> ComposeResult:
        yield Static(id="suggestions")
        yield Static(id="side-checks")

    @property
    def _composer(self) -> Composer:
        return cast("Composer", self.screen)

    @work(exclusive=True, group="side")
    async def read(self, conversation_id: int) -> None:
        """Read what fits this conversation. Where that fails the panel stays as it was."""
        composer = self._composer
        draft = composer.current()
        try:
            suggestions, checks = await composer.ask(
                lambda desk: (desk.templates.suggest(conversation_id), desk.replies.check(draft))
            )
        except MaildeskError:
            return
        if composer.is_going:
            return
        key = composer.host.keymap.shown("compose.template")
        self.query_one("#suggestions", Static).update(_suggestions(suggestions, key))
        self.query_one("#side-checks", Static).update(_checks(checks))


def _suggestions(suggestions: Sequence[Suggestion], key: str) -> Content:
    parts: list[str | Part] = [(t("compose.templates", key=key), "bold")]
    for place, suggestion in enumerate(suggestions, 1):
        parts += [
            (f"\n{place} ", "$text-muted"),
            safe_line(suggestion.template.name),
            (f" {suggestion.score}%", "$text-muted"),
        ]
    if not suggestions:
        parts.append((f"\n{t('compose.templates.none')}", "$text-muted"))
    return joined(*parts)


def _checks(checks: Sequence[Check]) -> Content:
    parts: list[str | Part] = [(t("compose.checks"), "bold")]
    for check in checks:
        sign, style = ("✓", "$text-success") if check.ok else ("✗", "$text-error bold")
        if not check.ok and not check.blocks:
            sign, style = "!", "$text-warning bold"
        parts += [(f"\n{sign} ", style), safe_line(check.text)]
    return joined(*parts)
