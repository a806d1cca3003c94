"""The fields of a reply: recipients, subject, text, and the lines below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static, TextArea
from textual.widgets.text_area import Selection

from maildesk.domain.inserting import apart, instead
from maildesk.domain.reply import Draft, DraftFile
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.domain.template import Placeholder, Rendered, placeholders
from maildesk.locale import t
from maildesk.screens.recipients import NotAnAddress, parse
from maildesk.screens.words import addresses, size
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import content
from maildesk.widgets.writing_area import WritingArea


class ReplyForm(Vertical):
    """Shows a draft in fields and reads it back from them."""

    def __init__(self, draft: Draft, sender: SafeText) -> None:
        super().__init__(id="writing")
        self._draft = draft
        self._sender = sender
        self._untouched: str | None = safe(draft.body) if draft.saved_at is None else None
        """The text while nobody has written in it, None for one that was saved."""
        self._own = draft.cursor[0]
        """How many lines stand at the top of that which a template replaces."""
        self._gap_key = ""
        self._gap_words: str | None = None
        """What is said of the gaps, None before it was shown."""

    def compose(self) -> ComposeResult:
        draft = self._draft
        with Horizontal(classes="field -from"):
            yield Static(content(t("compose.from")), classes="label", name="compose.from")
            yield Static(content(self._sender))
        yield from self._field("compose.to", "to", addresses(draft.to))
        yield from self._field("compose.cc", "cc", addresses(draft.cc))
        yield from self._field("compose.subject", "subject", safe_line(draft.subject))
        yield Rule()
        yield Static(id="newer")
        yield WritingArea(safe(draft.body))
        yield Static(id="files")
        yield Static(id="gaps")

    def _field(self, label: str, name: str, value: str) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(content(t(label)), classes="label", name=label)
            yield Input(value, id=name, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        if self._draft.to:
            self.area.focus()
        else:
            self.query_one("#to", Input).focus()
        self.area.move_cursor(self._draft.cursor)
        if self._draft.saved_at is None and self._draft.template_id is not None:
            self.area.move_cursor((0, 0))
            self.next_gap()

    def speak(self) -> None:
        """The language has changed: other labels; the fields stay as they are."""
        for label in self.query(".label").results(Static):
            label.update(content(t(label.name or "")))

    @property
    def area(self) -> WritingArea:
        """The text."""
        return self.query_one(WritingArea)

    def read(self, draft: Draft) -> Draft:
        """``draft`` as it stands in the fields. Recipients that cannot be read stay as they were."""
        area = self.area
        draft = replace(
            draft,
            subject=safe_line(self.query_one("#subject", Input).value),
            body=safe(area.text),
            cursor=area.cursor_location,
        )
        for name, known in (("to", draft.to), ("cc", draft.cc)):
            typed = self.query_one(f"#{name}", Input).value
            if typed == addresses(known):
                continue
            try:
                found = parse(typed)
            except NotAnAddress:
                continue
            draft = replace(draft, to=found) if name == "to" else replace(draft, cc=found)
        return draft

    def bad_recipient(self) -> str | None:
        """The first text in a field of recipients that is no address; the cursor goes there."""
        for name in ("to", "cc"):
            field = self.query_one(f"#{name}", Input)
            try:
                parse(field.value)
            except NotAnAddress as error:
                field.focus()
                return error.text
        return None

    def freeze(self, frozen: bool = True) -> None:
        """Let nothing be typed any more, or again."""
        self.area.read_only = frozen
        for field in self.query(Input):
            field.disabled = frozen
        self.area.focus()

    def put(self, rendered: Rendered) -> None:
        """Put a template as paragraphs of its own at the cursor, which stays before it; where nobody has touched the
        text, in place of what stands above signature and quote."""
        area = self.area
        if area.text == self._untouched:
            text, self._own = instead(area.text, self._own, safe(rendered.body))
            area.replace(text, (0, 0), area.document.end)
            area.move_cursor((0, 0))
            self._untouched = area.text
        else:
            start, end = sorted(area.selection)
            if placeholders(area.selected_text):
                start = end = (end[0], len(area.document.get_line(end[0])))  # a gap is no text to be replaced
            before = area.get_text_range((0, 0), start)
            after = area.get_text_range(end, area.document.end)
            text, above = apart(before, safe(rendered.body), after)
            area.replace(text, start, end)
            area.move_cursor((start[0] + above, 0) if above else start)
        if rendered.subject:
            self.query_one("#subject", Input).value = safe_line(rendered.subject)

    def next_gap(self) -> bool:
        """Select the next gap after the cursor, from the start again at the end, and show all of it; whether there is
        one."""
        area = self.area
        gaps = placeholders(area.text)
        if not gaps:
            return False
        gap = self._coming(gaps)
        line = area.text.count("\n", 0, gap.start)
        start = gap.start - (area.text.rfind("\n", 0, gap.start) + 1)
        area.focus()
        area.selection = Selection((line, start), (line, start + gap.end - gap.start))
        area.call_after_refresh(area.show_selection)
        return True

    def _coming(self, gaps: Sequence[Placeholder]) -> Placeholder:
        """The gap to which :meth:`next_gap` goes."""
        here = self._offset(self.area.selection.end)
        return next((gap for gap in gaps if gap.start >= here), gaps[0])

    def _offset(self, location: tuple[int, int]) -> int:
        """How many characters of the text stand before a line and column."""
        lines = self.area.text.split("\n")
        return sum(len(text) + 1 for text in lines[: location[0]]) + location[1]

    def show_gaps(self, key: str) -> None:
        """Say which gaps are left: the one that is selected, so that what is typed goes into it, else the one to which
        ``key`` goes."""
        self._gap_key = key
        gaps = placeholders(self.area.text)
        words = ""
        if gaps:
            first, last = (self._offset(end) for end in sorted(self.area.selection))
            chosen = next((gap for gap in gaps if (gap.start, gap.end) == (first, last)), None)
            name = (chosen or self._coming(gaps)).name
            how = "compose.gap" if chosen is None else "compose.gap.here" if gaps[1:] else "compose.gap.last"
            words = t(how, count=len(gaps), name=name, key=key)
        if words != self._gap_words:
            self._gap_words = words
            self._line("#gaps", words, "$text-warning bold")

    @on(TextArea.SelectionChanged)
    def _moved(self) -> None:
        if self._gap_words:
            self.show_gaps(self._gap_key)

    def show_files(self, files: Sequence[DraftFile]) -> None:
        """Name what is attached."""
        names = "  ".join(f"{file.name} {size(file.size)}" for file in files)
        self._line("#files", f"{t('compose.files')}  {names}" if files else "")

    def show_newer(self, text: str) -> None:
        """Show above the text what came in meanwhile."""
        self._line("#newer", text)

    def _line(self, name: str, words: str, style: str = "") -> None:
        line = self.query_one(name, Static)
        line.display = bool(words)
        line.update(content(words, style))
