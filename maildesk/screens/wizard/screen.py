"""The wizard on screen: the steps on top, the form at the left, the connection test at the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static, TextArea

from maildesk.domain.address import is_valid
from maildesk.domain.endpoint import is_loopback
from maildesk.domain.safetext import SafeText, safe, safe_line
from maildesk.errors import MaildeskError
from maildesk.locale import t
from maildesk.screens.paragraphs import Paragraph, Paragraphs
from maildesk.screens.title import TitleBar
from maildesk.screens.wizard.answers import STEPS, Answers, TestLine, WizardActions, colleagues
from maildesk.screens.wizard.fields import FIELDS, Cycle, Field, put, value
from maildesk.screens.words import words
from maildesk.widgets.bindings import bindings, rebind
from maildesk.widgets.rule import Rule
from maildesk.widgets.text import NOTHING, content

if TYPE_CHECKING:
    from maildesk.app import MaildeskApp


class WizardScreen(Screen[bool]):
    """Asks step by step; the result is whether a desk was made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("wizard"),
        *bindings("app", only="app.sync".__eq__),
    ]

    def __init__(self, actions: WizardActions) -> None:
        super().__init__()
        self.actions = actions
        self.answers = Answers()
        self.tested: set[str] = set()

    @property
    def host(self) -> MaildeskApp:
        """The app, by its own type."""
        return cast("MaildeskApp", self.app)

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield Rule()
        with Horizontal(id="wizard"):
            yield VerticalScroll(id="form", can_focus=False)
            with Vertical(id="beside"):
                yield Paragraphs(id="test")
        yield Rule()
        yield Static(id="wizard-keys")

    def on_mount(self) -> None:
        rebind(self, "wizard", self.host.keymap)
        rebind(self, "app", self.host.keymap)
        self.begin()

    @work(exclusive=True, group="wizard")
    async def begin(self) -> None:
        """Go on where an earlier run stopped."""
        kept = await self.host.in_thread(lambda actions: actions.resume(), self.actions)
        if kept is not None:
            self.answers = kept
        if not self.answers.url:
            self.answers.url = await self.host.in_thread(lambda actions: actions.default_url(), self.actions)
        await self._show()

    async def _show(self) -> None:
        step = self.answers.step
        place = STEPS.index(step)
        names = [
            f"{'✓' if at < place else ''}{'[' if at == place else ''}{at + 1} {t(f'wizard.step.{name}')}"
            f"{']' if at == place else ''}"
            for at, name in enumerate(STEPS)
        ]
        self.query_one(TitleBar).show(SafeText(t("wizard.title")), SafeText("  ".join(names)))
        form = self.query_one("#form", VerticalScroll)
        await form.remove_children()
        await form.mount(Paragraphs((SafeText(t(f"wizard.about.{step}")), "text"), classes="about"))
        if step == "check":
            await form.mount(Paragraphs(*self._summary(), id="summary"))
        for field in FIELDS[step]:
            await form.mount(self._row(field))
        fields = self.query("#form Input, #form Cycle, #form TextArea")
        if fields:
            fields.first().focus()
        self._show_test(())
        last = {"check": "wizard.keys.last", "you": "wizard.keys.plain", "team": "wizard.keys.plain"}.get(
            step, "wizard.keys"
        )
        shown = self.host.keymap.shown
        keys = {name: shown(f"wizard.{name}") for name in ("next", "back", "stop", "enter")}
        told = t(last, test=shown("app.sync"), **keys)
        self.query_one("#wizard-keys", Static).update(content(told, "$text-muted"))

    def _row(self, field: Field) -> Horizontal:
        now = value(self.answers, field.path)
        name = _id(field)
        if field.choices:
            widget: Cycle | Input | TextArea = Cycle(field.label, field.choices, now, id=name)
        elif field.lines:
            widget = TextArea(now, id=name, tab_behavior="focus", compact=True)
            widget.cursor_blink = False
        else:
            widget = Input(now, id=name, password=field.secret, compact=True, select_on_focus=False)
            widget.cursor_blink = False
        label = Static(content(t(f"wizard.{field.label}")), classes="label")
        return Horizontal(label, widget, classes="field -lines" if field.lines else "field")

    # the answers

    def collect(self) -> None:
        """Take over what stands in the fields."""
        for field in FIELDS[self.answers.step]:
            widget = self.query_one(f"#{_id(field)}")
            if isinstance(widget, Cycle | Input):
                put(self.answers, field.path, widget.value)
            elif isinstance(widget, TextArea):
                put(self.answers, field.path, widget.text)

    def fault(self) -> tuple[str, Field] | None:
        """The first thing wrong in this step: what to say, and the field."""
        for field in FIELDS[self.answers.step]:
            text = value(self.answers, field.path).strip()
            if field.needed and not text:
                return t("wizard.needed", field=t(f"wizard.{field.label}")), field
            if field.label == "address" and not is_valid(text):
                return t("wizard.bad_address"), field
            if field.label == "port" and not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
                return t("wizard.bad_port"), field
            if field.label == "login" and not (
                text.isascii() and text.replace("-", "").replace("_", "").isalnum()
            ):
                return t("wizard.bad_login"), field
            if field.label == "security" and text == "loopback":
                server = self.answers.imap if field.path.startswith("imap") else self.answers.smtp
                if not is_loopback(server.host):
                    return t("wizard.bad_loopback"), field
            if field.label == "team":
                try:
                    colleagues(text)
                except ValueError as error:
                    return t("wizard.bad_team", line=error), field
        return None

    def _summary(self) -> list[Paragraph]:
        found: list[Paragraph] = []
        for step in STEPS[:-1]:
            found.append((SafeText(t(f"wizard.step.{step}")), "title"))
            for field in FIELDS[step]:
                now = value(self.answers, field.path)
                if field.secret:
                    now = "•" * 8 if now else ""
                elif field.choices:
                    now = t(f"wizard.{field.label}.{now}")
                if now:
                    found += [
                        (safe_line(f"  {t(f'wizard.{field.label}')}: {line}"), "text")
                        for line in now.splitlines()
                    ]
            if step in ("incoming", "outgoing") and step not in self.tested:
                found.append((SafeText(f"  {t('wizard.untested')}"), "warning"))
        return found

    # moving

    def action_wizard_enter(self) -> None:
        self.action_wizard_next()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.focus_next()

    @work(exclusive=True, group="wizard")
    async def action_wizard_next(self) -> None:
        """On to the next step, when this one is complete; from the last, make the desk."""
        self.collect()
        if (fault := self.fault()) is not None:
            self.host.say(fault[0], "warning")
            self.query_one(f"#{_id(fault[1])}").focus()
            return
        if self.answers.step == "check":
            await self._write()
            return
        self.answers.step = STEPS[STEPS.index(self.answers.step) + 1]
        await self._keep()
        await self._show()

    @work(exclusive=True, group="wizard")
    async def action_wizard_back(self) -> None:
        """To the step before."""
        self.collect()
        place = STEPS.index(self.answers.step)
        if place:
            self.answers.step = STEPS[place - 1]
            await self._show()

    @work(exclusive=True, group="wizard")
    async def action_wizard_stop(self) -> None:
        """Keep the answers and end."""
        self.collect()
        if await self._keep():
            self.host.exit(return_code=0, message=t("wizard.kept"))

    async def _keep(self) -> bool:
        try:
            await self.host.in_thread(lambda actions: actions.keep(self.answers), self.actions)
        except MaildeskError as error:
            self.host.explain(error)
            return False
        return True

    async def _write(self) -> None:
        self.host.say(t("wizard.writing"))
        try:
            await self.host.in_thread(lambda actions: actions.write(self.answers), self.actions)
        except MaildeskError as error:
            self.host.explain(error)
            self._show_test(((words(error), "error"),))
        else:
            self.host.exit(1)

    # servers

    @on(Input.Blurred, "#wizard-address")
    def _address_typed(self, event: Input.Blurred) -> None:
        if is_valid(event.value.strip()) and not self.query_one("#wizard-imap-host", Input).value:
            self.detect(event.value.strip())

    @work(exclusive=True, group="detect")
    async def detect(self, address: str) -> None:
        """Look the servers of an address up and fill them in."""
        found = await self.host.in_thread(lambda actions: actions.detect(address), self.actions)
        if found is None or self.answers.step != "incoming":
            self._show_test(((SafeText(t("wizard.not_detected")), "warning"),))
            return
        self.answers.imap, self.answers.smtp = found
        for name in ("host", "port", "user"):
            self.query_one(f"#wizard-imap-{name}", Input).value = value(self.answers, f"imap.{name}")
        self.query_one("#wizard-imap-security", Cycle).choose(self.answers.imap.security)
        self._show_test(((SafeText(t("wizard.detected")), "ok"),))

    @work(exclusive=True, group="test")
    async def action_app_sync(self) -> None:
        """Try the connection, showing each step as it is known."""
        self.collect()
        tests: dict[str, Callable[[Answers], Iterator[TestLine]]] = {
            "store": self.actions.test_store,
            "incoming": self.actions.test_imap,
            "outgoing": self.actions.test_smtp,
        }
        step = self.answers.step
        if step not in tests:
            return
        if (fault := self.fault()) is not None:
            self.host.say(fault[0], "warning")
            return
        lines = tests[step](self.answers)
        shown: list[Paragraph] = []
        self._show_test(((SafeText(t("wizard.test.running")), "muted"),))
        ok = True
        while (line := await self.host.in_thread(_next, lines)) is not None:
            ok = ok and line.ok
            shown.append(_test_line(line))
            if line.remedy:
                shown += [(NOTHING, "text"), (safe(line.remedy), "text")]
            self._show_test(tuple(shown))
        if ok:
            self.tested.add(step)

    def _show_test(self, lines: tuple[Paragraph, ...]) -> None:
        panel = self.query_one("#test", Paragraphs)
        if self.answers.step not in ("store", "incoming", "outgoing"):
            panel.show()
            return
        hint: Paragraph = (SafeText(t("wizard.test.hint", key="F5")), "muted")
        panel.show((SafeText(t("wizard.test")), "title"), (NOTHING, "text"), *(lines or (hint,)))


def _id(field: Field) -> str:
    return f"wizard-{field.path.replace('.', '-').replace('_', '-')}"


def _next(lines: Iterator[TestLine]) -> TestLine | None:
    return next(lines, None)


def _test_line(line: TestLine) -> Paragraph:
    sign = "✓" if line.ok else "✗"
    text = safe_line(f"{sign} {t(f'wizard.test.{line.name}')}  {line.detail}")
    return text, "ok" if line.ok else "error"
