"""Where things stand in the inbox: the list, and the preview of the conversation under its cursor, below it, at its
right or nowhere."""

from __future__ import annotations

from maildesk.domain.columns import COLUMNS
from maildesk.domain.conversation import Left
from maildesk.domain.safetext import SafeText, safe_line
from maildesk.domain.state_words import state_name
from maildesk.locale import t
from maildesk.screens.listed import Listed
from maildesk.screens.preview import Preview
from maildesk.screens.words import colleague
from maildesk.widgets.column_header import ColumnHeader
from maildesk.widgets.mail_list import MailList
from maildesk.widgets.phone import PHONE
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import NOTHING

LAYOUTS = ("list", "below", "right")


class InboxLayout(Listed):
    """Mixed into the inbox."""

    layout_name: str | None = None
    """The layout that the agent chose, None for the one that fits."""
    _new = 0
    """How many came in above, as was said last."""
    _over = NOTHING
    """What stands on the line over the list."""

    def on_resize(self) -> None:
        self.lay_out()

    def speak(self) -> None:
        super().speak()
        self.say_new(self._new)

    def lay_out(self) -> None:
        """Choose where the preview is: at the right of a wide terminal, below in others, nowhere in a low or a narrow
        one."""
        width, height = self.app.size
        fits_below = height >= 20 and width >= PHONE
        name = self.layout_name or ("right" if width >= 130 else "below" if fits_below else "list")
        if name == "right" and width < 92:
            name = "below"
        for other in LAYOUTS:
            self.set_class(other == name, f"-{other}")
        roomy = self.shown_density == "comfortable"
        self.mails.two_lines = name == "right" or width < PHONE or roomy
        self.query_one(ColumnHeader).display = not self.mails.two_lines and height >= 20
        self.mails.hide(set(COLUMNS) - set(self.shown_columns))
        self.query_one(ColumnHeader).set_needs(self.mails.needs)
        self.query_one(Preview).wanted = name != "list"
        self.preview()

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The columns that can be chosen and are shown: those of the view, else those of the settings."""
        columns = self.listing.columns
        return self.host.settings.columns if columns is None else columns

    @property
    def shown_density(self) -> str:
        """How rows are shown: as the view says, else as the settings do."""
        return self.listing.density or self.host.settings.density

    def on_mail_list_moved(self, event: MailList.Moved) -> None:
        if self.mails.cursor == 0 and self.listing.summaries:
            self.listing.seen_all()
            self.say_new(0)
        self.preview()
        self.refresh_footer()

    def on_mail_list_marked(self, event: MailList.Marked) -> None:
        self.preview_rule()

    def preview(self) -> None:
        """Show the conversation under the cursor beside the list."""
        row = self.mails.row
        if self.is_mounted and self.host.desk is not None:
            self.query_one(Preview).show(self.listing.summaries.get(row.id) if row is not None else None)
        self.preview_rule()

    def preview_rule(self) -> None:
        """How many are marked, on the line over the preview, or over the list where there is no such line."""
        keys = self.host.keymap
        marks = len(self.mails.marks)
        words = ""
        if marks:
            words = t("inbox.marked", count=marks, mark=keys.shown("list.mark"), all=keys.shown("list.all"))
        elif self.listing.left is not None and self.listing.left.id == self.mails.lingering:
            words = self._left_words(self.listing.left)
        preview = self.query_one(Preview)
        preview.title(safe_line(words))
        bare = not preview.wanted or self.has_class("-right")
        said = [self._over, words if bare else ""]
        self.query_one(".under-tabs", Rule).set_left(safe_line("  ".join(part for part in said if part)))

    def _left_words(self, left: Left) -> str:
        """What became of the conversation under the cursor."""
        now = left.now
        if left.into is not None:
            what = t("inbox.left.merged", number=left.into)
        elif now is None:
            what = t("inbox.left.gone")
        elif now.claim is not None:
            what = t("inbox.left.held", who=colleague(now.claim.agent_name))
        elif not self.listing.leaving([now]):
            return t("inbox.left.moved")
        else:
            what = state_name(now, self.listing.states)
        return t("inbox.left", what=what)

    def say_over(self, words: SafeText) -> None:
        """Let ``words`` stand on the line over the list, before how many are marked."""
        self._over = words
        self.preview_rule()

    def action_list_peek(self) -> None:
        """Show or hide the preview."""
        preview = self.query_one(Preview)
        preview.wanted = not preview.wanted
        self.preview()

    def action_list_layout(self) -> None:
        """The next layout."""
        now = next(name for name in LAYOUTS if self.has_class(f"-{name}"))
        self.layout_name = LAYOUTS[(LAYOUTS.index(now) + 1) % len(LAYOUTS)]
        self.lay_out()

    def say_new(self, count: int) -> None:
        """How many came in above what is visible, on the line over the list."""
        self._new = count
        words = t("widgets.new_above", count=count, key=self.host.keymap.shown("list.top")) if count else ""
        self.query_one(".under-tabs", Rule).set_right(SafeText(words))
