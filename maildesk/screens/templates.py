"""The picker of reply templates: what is suggested first, found by name, category, reading or text, with a preview."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import OptionList, Static

from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.template import Suggestion, Template
from maildesk.locale import t
from maildesk.screens.fuzzy import Choice
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.picker import Narrow, Picker
from maildesk.widgets.text import content


class TemplatePicker(Picker[Template]):
    """Choose a template."""

    def __init__(
        self, templates: Sequence[Template], suggestions: Sequence[Suggestion], query: str = ""
    ) -> None:
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
            yield Static(content(self.keys_line()), classes="keys")

    def on_option_list_option_highlighted(self) -> None:
        self._preview()

    def narrow(self, query: str) -> None:
        super().narrow(query)
        self._preview()

    def _preview(self) -> None:
        chosen = self.chosen
        preview = self.query_one("#preview", Paragraphs)
        if chosen is None:
            preview.show((SafeText("" if self._choices else t("picker.template.empty")), "muted"))
            return
        template = chosen.value
        paragraphs: list[Paragraph] = [(safe(template.body), "text")]
        if template.subject:
            paragraphs[:0] = [(safe_line(template.subject), "title"), (SafeText(""), "text")]
        preview.show(*paragraphs)
