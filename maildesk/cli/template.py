"""``template``: the shared reply templates."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.reply import pairs
from maildesk.domain.template import Problem, Suggestion, Template
from maildesk.errors import MaildeskError, UsageError, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk

_ACTS = ("list", "show", "lint", "render", "suggest", "import", "export")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    acts = parser.add_subparsers(
        dest="act",
        metavar=t("cli.template.act"),
        required=True,
        title=t("cli.arguments"),
        parser_class=type(parser),
    )
    for name in _ACTS:
        one = acts.add_parser(name, help=t(f"cli.template.{name}"), description=t(f"cli.template.{name}"))
        parsing._global_flags(one, fresh=False)
        match name:
            case "show":
                one.add_argument("name", metavar="NAME", help=t("cli.template.name"))
            case "lint":
                one.add_argument("names", metavar="NAME|FILE", nargs="*", help=t("cli.template.lint.what"))
            case "render":
                one.add_argument("name", metavar="NAME", help=t("cli.template.name"))
                one.add_argument("number", metavar="N", help=t("cli.number.one"))
                one.add_argument(
                    "--set",
                    metavar="K=V",
                    action="append",
                    default=[],
                    dest="values",
                    help=t("cli.reply.set"),
                )
                one.add_argument("--strict", action="store_true", help=t("cli.template.strict"))
            case "suggest":
                one.add_argument("what", metavar="N|FILE", help=t("cli.template.suggest.what"))
                one.add_argument("--limit", metavar="N", type=int, default=5, help=t("cli.list.limit"))
            case "import":
                one.add_argument("file", metavar="FILE", type=Path, help=t("cli.template.file"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    if given.act == "lint" and given.names and all(Path(name).is_file() for name in given.names):
        found = [entry for name in given.names for entry in _in_file(Path(name))]
        return _lint(context, given, found)
    with context.desk() as desk:
        match given.act:
            case "list":
                _list(context, given, desk.templates.all())
            case "show":
                _show(context, given, desk.templates.by_name(given.name))
            case "lint":
                known = desk.templates
                chosen = [known.by_name(name) for name in given.names] if given.names else list(known.all())
                return _lint(context, given, chosen)
            case "render":
                _render(context, given, desk)
            case "suggest":
                _suggest(context, given, desk)
            case "import":
                _import(context, given, desk)
            case "export":
                context.out.out.write(exported(desk.templates.all()))
    return 0


def _shape(template: Template) -> shapes.Shape:
    return {
        "template": template.name,
        "category": template.category,
        "subject": template.subject,
        "body": template.body,
        "keywords": list(template.keywords),
        "reading": template.reading,
        "version": template.version,
        "updated_at": shapes.instant(template.updated_at),
        "updated_by": template.updated_by,
    }


def _list(context: Context, given: argparse.Namespace, found: tuple[Template, ...]) -> None:
    if given.json:
        for template in found:
            context.out.json(_shape(template))
        return
    context.out.table(
        [(one.name, one.category, f"v{one.version}", " ".join(one.keywords)) for one in found], flexible=3
    )
    if not found:
        context.out.say(t("cli.template.none"))


def _show(context: Context, given: argparse.Namespace, template: Template) -> None:
    if given.json:
        context.out.json(_shape(template))
        return
    context.out.styled([(f"{template.name}  v{template.version}", "bold")])
    if template.subject:
        context.out.line(f"{t('cli.template.subject')}: {template.subject}")
    context.out.text(template.body)


def _lint(context: Context, given: argparse.Namespace, found: list[Template]) -> int:
    """Everything that is wrong, a line each. 1 when a template cannot be used."""
    from maildesk.templates import lint_template

    wrong = 0
    for template in found:
        for problem in lint_template(template):
            wrong += problem.severity == "error"
            _tell_problem(context, given, template, problem)
    if not given.json:
        context.out.say(t("cli.template.linted", count=len(found), wrong=wrong))
    return 1 if wrong else 0


def _tell_problem(context: Context, given: argparse.Namespace, template: Template, problem: Problem) -> None:
    if given.json:
        context.out.json(
            {
                "template": template.name,
                "severity": problem.severity,
                "field": problem.field,
                "line": problem.line,
                "message": problem.message,
            }
        )
        return
    where = t(f"templates.field.{problem.field}")
    mark = t(f"cli.template.severity.{problem.severity}")
    context.out.line(f"{template.name}: {where}:{problem.line}: {mark}: {problem.message}")


def _render(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    number, values = parsing.number(given.number), pairs(given.values)
    template = desk.templates.by_name(given.name)
    render = desk.templates.render_strict if given.strict else desk.templates.render
    rendered = render(template.id, number, values)
    if given.json:
        context.out.json(
            {
                "template": template.name,
                "conversation": number,
                "subject": rendered.subject,
                "body": rendered.body,
                "gaps": list(rendered.gaps),
            }
        )
        return
    if rendered.subject:
        context.out.line(f"{t('cli.template.subject')}: {rendered.subject}")
        context.out.line()
    context.out.text(rendered.body)
    if rendered.gaps:
        context.out.say(t("cli.gaps", names=", ".join(rendered.gaps)))


def _suggest(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    for one in _suggestions(given, desk):
        if given.json:
            context.out.json(
                {
                    "template": one.template.name,
                    "score": one.score,
                    "matched": list(one.matched),
                    "in_subject": list(one.in_subject),
                }
            )
        else:
            context.out.line(f"{one.score:3}  {one.template.name}  ({', '.join(one.matched)})")


def _suggestions(given: argparse.Namespace, desk: Desk) -> Iterator[Suggestion]:
    if given.what.removeprefix("#").isdigit() and not Path(given.what).is_file():
        yield from desk.templates.suggest(parsing.number(given.what), given.limit)
        return
    from maildesk.mail.parse import parse

    try:
        mail = parse(Path(given.what).read_bytes())
    except OSError as error:
        raise MaildeskError("file_unreadable", file=given.what, reason=system_words(error)) from None
    yield from desk.templates.suggest_for(mail.subject, mail.reply_text, given.limit)


# ---- files


def _in_file(path: Path) -> Iterator[Template]:
    """The templates of a TOML file with ``[[templates]]``, or a file that is the body of one."""
    if path.suffix.lower() == ".toml":
        from maildesk.config.deskfile import read_desk_file

        for entry in read_desk_file(path).templates:
            yield Template(
                0, entry.name, entry.category, entry.subject, entry.body, entry.keywords, entry.reading
            )
        return
    try:
        yield Template(0, path.stem, "", "", path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError("not_utf8", file=path) from None
    except OSError as error:
        raise MaildeskError("file_unreadable", file=path, reason=system_words(error)) from None


def _import(context: Context, given: argparse.Namespace, desk: Desk) -> None:
    """Add and change; what is the same stays as it is."""
    known = {template.name: template for template in desk.templates.all()}
    for wanted in _in_file(given.file):
        old = known.get(wanted.name)
        saved = desk.templates.save(replace(wanted, id=old.id if old else 0))
        result = "added" if old is None else "changed" if saved.version != old.version else "unchanged"
        if given.json:
            context.out.json({"template": saved.name, "result": result, "version": saved.version})
        else:
            context.out.line(f"{saved.name}: {t(f'cli.made.{result}')}")


def exported(found: tuple[Template, ...]) -> str:
    """The templates as TOML, as ``template import`` and ``init --from`` read them."""
    parts = []
    for one in found:
        lines = ["[[templates]]", f"name = {_toml(one.name)}"]
        for key in ("category", "reading", "subject"):
            if value := getattr(one, key):
                lines.append(f"{key} = {_toml(value)}")
        if one.keywords:
            lines.append(f"keywords = [{', '.join(_toml(word) for word in one.keywords)}]")
        lines.append(f"body = {_toml(one.body)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _toml(text: str) -> str:
    """A basic string; one with line ends in three quotes, so that people can edit it."""
    escaped = json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    if "\n" not in text:
        return f'"{escaped}"'
    return '"""\n' + escaped.replace("\\n", "\n") + '"""'
