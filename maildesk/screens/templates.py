"""The picker of reply templates: what is suggested first, found by name, category, reading or text, with a preview."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.template import Suggestion, Template
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.picker import Narrow, Picker
from maildesk.widgets.text import content
from maildesk.widgets.wrap import cut

log = logging.getLogger("maildesk.screens")

BESIDE = 7
"""Cells of a line that are neither name nor category: digit and mark before, the blanks between, a scrollbar."""


class TemplatePicker(Picker[Template]):
    """Choose a template for a conversation; the preview shows what would be put into the reply."""

    def __init__(
        self,
        conversation_id: int,
        templates: Sequence[Template],
        suggestions: Sequence[Suggestion],
        query: str = "",
    ) -> None:
        self._conversation_id = conversation_id
        scores = {suggestion.template.id: suggestion.score for suggestion in suggestions}
        ordered = sorted(templates, key=lambda template: -scores.get(template.id, 0))
        super().__init__(
            t("picker.template"),
            [
                Choice(
                    template,
                    template.name,
                    f"{scores[template.id]}%" if template.id in scores else template.category,
                    (template.reading, template.category, *template.keywords, template.body[:2000]),
                )
                for template in ordered
            ],
            query=query,
        )

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog picker -wide") as box:
            box.border_title = content(self._title)
            yield Narrow(self._query, placeholder=t("picker.search"), compact=True)
            with Horizontal():
                yield OptionList(markup=False, compact=True)
                with VerticalScroll(classes="preview", can_focus=False):
                    yield Paragraphs(id="preview")
            yield Static(classes="keys")

    def on_resize(self) -> None:
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        self.narrow(self.query_one(Narrow).value)
        options.highlighted = at

    def line(self, place: int, choice: Choice[Template]) -> Content:
        width = self.query_one(OptionList).content_region.width
        room = width - BESIDE - cell_len(safe_line(choice.note))
        label = safe_line(choice.label)
        return super().line(place, replace(choice, label=cut(label, room) if room > 0 else label))

    def on_option_list_option_highlighted(self) -> None:
        self._preview()

    def narrow(self, query: str) -> None:
        super().narrow(query)
        self._preview()

    @work(exclusive=True, group="render")
    async def _preview(self) -> None:
        chosen = self.chosen
        preview = self.query_one("#preview", Paragraphs)
        if chosen is None:
            preview.show((SafeText("" if self._choices else t("picker.template.empty")), "muted"))
            return
        template = chosen.value
        subject, body = template.subject, template.body
        try:
            rendered = await self.ask(lambda desk: desk.templates.render(template.id, self._conversation_id))
        except MaildeskError:
            log.debug("a template cannot be filled in")  # it is shown as it is; choosing it says why
        else:
            subject, body = rendered.subject, rendered.body
        if self.is_going:
            return
        paragraphs: list[Paragraph] = [(safe(body), "text")]
        if subject:
            paragraphs[:0] = [(safe_line(subject), "title"), (SafeText(""), "text")]
        preview.show(*paragraphs)
