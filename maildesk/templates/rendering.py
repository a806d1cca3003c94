"""Filling in a template, and finding its faults before anybody uses it. Jinja is imported with the first
template."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import partial
from types import TracebackType
from typing import NoReturn, TypeAlias

from maildesk.domain.template import Field, Problem, Rendered, Template, Value, Values, placeholders
from maildesk.errors import TemplateError
from maildesk.locale import t
from maildesk.templates.filters import FilterFailure, on_weekdays
from maildesk.templates.variables import KNOWN, VARIABLES, canonical

Works: TypeAlias = Callable[[date], bool]


def render(template: Template, values: Values, works: Works = on_weekdays) -> Rendered:
    """``template`` with what is known filled in; what is not known stays as ``{{ name }}`` and is listed in
    ``gaps``.

    ``values`` may use either name of a variable (``customer_name`` or ``顧客名``), and free names. Values
    are never obeyed as template text, and the result is never rendered again. ``works`` says which days are
    business days.
    Raises TemplateError with name, line and field when the template itself is faulty.
    """
    return _render(template, values, works, strict=False)


def render_strict(template: Template, values: Values, works: Works = on_weekdays) -> Rendered:
    """Like :func:`render`, for sending without an agent's eye: nothing may be missing.

    Raises TemplateError also for a variable that is unknown or empty; ``error.values`` has ``name``,
    ``line``, ``field`` and ``variable``.
    """
    return _render(template, values, works, strict=True)


def _context(values: Values) -> dict[str, Value]:
    from maildesk.templates import sandbox

    context: dict[str, Value] = {}
    for key, value in values.items():
        name = canonical(unicodedata.normalize("NFKC", key))
        known = KNOWN.get(name)
        put = sandbox.plain(value, multiline=known is None or known.multiline)
        if isinstance(put, str) and not put.strip():
            continue  # empty is missing: a letter without the customer's name is not ready
        context[name] = put
        if known:
            context[known.japanese] = put
    return context


def _render(template: Template, values: Values, works: Works, *, strict: bool) -> Rendered:
    context = _context(values) if "{" in template.subject + template.body else {}
    run = partial(_text, template, context=context, works=works, strict=strict)
    subject = " ".join(run("subject", template.subject).split())
    body = run("body", template.body)
    gaps = [gap.name for part in (subject, body) for gap in placeholders(part)]
    if strict and gaps:
        _fail("template_gap", template, "body", 1, variable=gaps[0])
    return Rendered(subject, body, tuple(dict.fromkeys(gaps)))


def _text(
    template: Template, field: Field, source: str, *, context: dict[str, Value], works: Works, strict: bool
) -> str:
    if "{" not in source:
        return source
    from maildesk.templates import sandbox

    try:
        return sandbox.run(source, context, strict=strict, works=works)
    except sandbox.Forbidden as error:
        first = error.findings[0]
        _fail("template_source", template, field, first.line, reason=first.message)
    except sandbox.Missing as error:
        _fail("template_gap", template, field, _line(error.__traceback__), variable=error.name)
    except FilterFailure as error:
        _fail(error.key, template, field, _line(error.__traceback__), **error.values)
    except sandbox.TooLong:
        _fail("template_too_long", template, field, 1, most=sandbox.LONGEST_OUTPUT // 1024)
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        line = _line(error.__traceback__)
        _fail("template_source", template, field, line, reason=t("templates.problem.compare"))


def _line(traceback: TracebackType | None) -> int:
    from maildesk.templates import sandbox

    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == sandbox.FILENAME:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _fail(key: str, template: Template, field: Field, line: int, **values: object) -> NoReturn:
    raise TemplateError(
        key, name=template.name, line=line, field=field, where=t(f"templates.field.{field}"), **values
    ) from None


def _nearest(name: str) -> str:
    candidates = [v.japanese for v in VARIABLES] + [v.name for v in VARIABLES]
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    return close[0] if close else ""


def lint(source: str, field: Field = "body") -> tuple[Problem, ...]:
    """What is wrong with the source of a template, by line: syntax, unknown filters, forbidden constructs
    as errors; free variables, which the agent will have to fill in, as information."""
    from maildesk.templates import sandbox

    try:
        tree = sandbox.check(source)
        sandbox.compiled(source)
    except sandbox.Forbidden as error:
        return tuple(Problem(finding.line, finding.message, "error", field) for finding in error.findings)
    problems: list[Problem] = []
    for name, line in sandbox.names(tree).items():
        if name in KNOWN:
            continue
        nearest = _nearest(name)
        key = "templates.problem.nearest" if nearest else "templates.problem.free"
        problems.append(Problem(line, t(key, name=name, nearest=nearest), "info", field))
    return tuple(problems)


def lint_template(template: Template) -> tuple[Problem, ...]:
    """:func:`lint` of subject and body, in this order."""
    return lint(template.subject, "subject") + lint(template.body, "body")


def free_variables(template: Template) -> tuple[str, ...]:
    """The names that only the agent can fill in, in order of appearance; () for a template that is faulty."""
    from maildesk.templates import sandbox

    found: dict[str, None] = {}
    for source in (template.subject, template.body):
        try:
            found.update(dict.fromkeys(sandbox.names(sandbox.check(source))))
        except sandbox.Forbidden:
            return ()
    return tuple(name for name in found if name not in KNOWN)
