"""``parse`` and ``import``: mails in files."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from maildesk.cli.context import Context
from maildesk.cli.output import Output
from maildesk.domain.safetext import safe
from maildesk.errors import MaildeskError, system_words
from maildesk.locale import t
from maildesk.mail.values import ParsedMail


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help=t(f"cli.{verb}.path"))
    if verb == "import":
        parser.add_argument("--mailbox", metavar="M", help=t("cli.mailbox"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 1 when a file could not be read; the others are done."""
    return _parse(context, given) if given.verb == "parse" else _import(context, given)


def _parse(context: Context, given: argparse.Namespace) -> int:
    from maildesk.mail import report
    from maildesk.mail.parse import parse

    reader = _Reader(context.out)
    for path in given.paths:
        for name, raw in reader.mails(path):
            mail = parse(raw)
            if given.json:
                context.out.json(report.as_dict(mail, name))
            else:
                _tell(context.out, mail, name)
    return 1 if reader.failed else 0


def _tell(out: Output, mail: ParsedMail, name: str) -> None:
    """A mail for people: what matters of its header, its words, its files."""
    out.styled([(name, "bold")])
    for label, value in (
        ("from", mail.from_.display()),
        ("to", ", ".join(a.display() for a in mail.to)),
        ("cc", ", ".join(a.display() for a in mail.cc)),
        ("reply_to", ", ".join(a.display() for a in mail.reply_to)),
        ("subject", mail.subject),
        ("date", mail.date.isoformat() if mail.date else ""),
        ("automatic", mail.automatic or ""),
        ("charsets", ", ".join(mail.charsets)),
        ("defects", ", ".join(mail.defects)),
    ):
        if value:
            out.line(f"{t(f'cli.parse.{label}')}: {value}")
    out.line()
    out.text(mail.text.rstrip("\n"))
    for attachment in mail.attachments:
        size = f"{attachment.size} B"
        out.line(t("cli.show.file", name=attachment.name, size=size, kind=attachment.content_type))
    out.line()


def _import(context: Context, given: argparse.Namespace) -> int:
    """The mails into a mailbox, by the intake that all mail goes through; then a summary."""
    from maildesk.cli.read import chosen_mailbox
    from maildesk.store import mailboxes
    from maildesk.sync.ingest import import_mails

    results: Counter[str] = Counter()
    reader = _Reader(context.out)
    with context.store() as store:
        with store.reading() as tx:
            box = chosen_mailbox(mailboxes.all_mailboxes(tx), given.mailbox)
        for path in given.paths:
            for imported in import_mails(store, box, reader.mails(path)):
                results[imported.result.value] += 1
                if given.json:
                    context.out.json(imported.json())
                else:
                    number = f"#{imported.conversation}" if imported.conversation else "—"
                    word = t(f"cli.import.{imported.result.value}")
                    context.out.line(f"{number}  {word}  {imported.path}")
    context.out.say(
        t(
            "cli.import.summary",
            stored=results["stored"],
            duplicate=results["duplicate"],
            quarantined=results["quarantined"],
        )
    )
    return 1 if reader.failed else 0


class _Reader:
    """Reads files; one that cannot be read is named and does not stop the others."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self.failed = False

    def mails(self, path: Path) -> Iterator[tuple[str, bytes]]:
        """The mails of a file or folder, up to where it can be read."""
        from maildesk.mail import archive

        try:
            yield from archive.mails(path)
        except OSError as error:
            self.failed = True
            reason = system_words(error)
            self._out.error(MaildeskError("file_unreadable", file=safe(str(path)), reason=reason))
