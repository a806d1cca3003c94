"""Reply templates, shared by all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial

from maildesk.desk.context import Context
from maildesk.desk.conversations import Conversations
from maildesk.domain.agent import Right
from maildesk.domain.business import is_working_day
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.template import Rendered, Suggestion, Template, Values
from maildesk.errors import NotFound, TemplateError
from maildesk.store import customers, mailboxes, templates


class Templates:
    """The templates: one edits, everybody has it at once."""

    def __init__(self, context: Context) -> None:
        self._desk = context
        self._conversations = Conversations(context)

    def all(self) -> tuple[Template, ...]:
        """All of them, by category and name."""
        with self._desk.store.reading() as tx:
            return templates.all_templates(tx)

    def get(self, template_id: int) -> Template:
        """One template as it is now. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = templates.by_id(tx, template_id)
        if found is None:
            raise NotFound("no_template", name=f"#{template_id}")
        return found

    def by_name(self, name: str) -> Template:
        """The template of that name. Raises NotFound."""
        with self._desk.store.reading() as tx:
            found = templates.by_name(tx, name)
        if found is None:
            raise NotFound("no_template", name=name)
        return found

    def save(self, template: Template) -> Template:
        """Add it (id 0) or change it, for everybody, at once.

        Raises NotPermitted, and TemplateError for one that cannot be rendered."""
        from maildesk.templates import lint_template

        self._desk.require(Right.EDIT_TEMPLATES)
        wrong = next((p for p in lint_template(template) if p.severity == "error"), None)
        if wrong is not None:
            raise TemplateError("template_wrong", name=template.name, line=wrong.line, reason=wrong.message)
        with self._desk.store.transaction() as tx:
            saved, _ = templates.put(tx, template, self._desk.me.id)
        return saved

    def suggest_for(self, subject: str, text: str, limit: int = 5) -> tuple[Suggestion, ...]:
        """The templates whose keywords fit a mail, best first."""
        from maildesk.templates import suggest

        with self._desk.store.reading() as tx:
            known, used = templates.all_templates(tx), templates.used_counts(tx)
        return suggest(known, subject, text, used)[:limit]

    def suggest(self, conversation_id: int, limit: int = 5) -> tuple[Suggestion, ...]:
        """The templates that fit the newest mail of a conversation, best first. Raises NotFound."""
        from maildesk.mail.reply import reply_text

        conversation = self._conversations.get(conversation_id)
        newest = conversation.last_in
        text = reply_text(newest.text) if newest else ""
        subject = (newest.subject if newest else "") or conversation.summary.subject
        return self.suggest_for(subject, text, limit)

    def render(
        self, template_id: int, conversation_id: int, extra: Mapping[str, str] | None = None
    ) -> Rendered:
        """The template filled in for a conversation; gaps stay visible. Raises NotFound, TemplateError."""
        from maildesk.templates import render

        return render(self.get(template_id), *self._known(conversation_id, extra or {}))

    def render_strict(
        self, template_id: int, conversation_id: int, extra: Mapping[str, str] | None = None
    ) -> Rendered:
        """The template filled in completely. Raises TemplateError that names what is missing."""
        from maildesk.templates import render_strict

        return render_strict(self.get(template_id), *self._known(conversation_id, extra or {}))

    def _known(self, conversation_id: int, extra: Mapping[str, str]) -> tuple[Values, Callable[[date], bool]]:
        """The values for a conversation, and on which days its shop works."""
        conversation = self._conversations.get(conversation_id)
        from maildesk.mail.reply import reply_text
        from maildesk.templates import variables_for

        with self._desk.store.reading() as tx:
            box = mailboxes.by_id(tx, conversation.summary.mailbox_id)
            said = customers.card(tx, conversation.customer.id).fields if customers.fields(tx) else ()
        assert box is not None
        newest = conversation.last_in
        values = variables_for(
            _Party(conversation.summary.customer_name, conversation.summary.customer_address),
            _Party(box.name, box.address),
            self._desk.me,
            conversation.summary.subject,
            reply_text(newest.text) if newest else "",
            self._desk.local(self._desk.store.now()),
            signature=box.signature,
            order_patterns=_patterns(box),
            fields={value.field: value.value for value in said},
        )
        calendar = box.reply_target.calendar if box.reply_target is not None else None
        works = partial(is_working_day, zone=self._desk.zone, calendar=calendar)
        return {**values, **extra}, cache(
            works
        )  # a loop in a template asks for the same days again and again


class _Party:
    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address


def _patterns(box: Mailbox) -> tuple[str, ...]:
    return (box.order_pattern,) if box.order_pattern else ()
