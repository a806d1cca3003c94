"""``files`` and ``repair``: the attachments of a conversation, and mails that were read in the wrong charset."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.cli import parsing, shapes
from maildesk.cli.context import Context
from maildesk.cli.read import size_word
from maildesk.domain.conversation import Attachment, Message
from maildesk.errors import MaildeskError, NotFound, system_words
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.mail.preview import Preview

Found = tuple[Message, Attachment]


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    if verb == "files":
        parser.add_argument("number", metavar="N", help=t("cli.number"))
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--save", metavar="K", type=parsing.count, nargs="+", help=t("cli.files.save"))
        which.add_argument("--all", action="store_true", help=t("cli.files.all"))
        which.add_argument("--look", metavar="K", type=parsing.count, help=t("cli.files.look"))
        which.add_argument("--raw", metavar="K", type=parsing.count, help=t("cli.files.raw"))
        parser.add_argument("--to", metavar="DIR", type=Path, default=Path("."), help=t("cli.files.to"))
    else:
        parser.add_argument("message", metavar="MESSAGE", type=parsing.count, help=t("cli.repair.message"))
        parser.add_argument("--charset", metavar="C", required=True, help=t("cli.repair.charset"))
        parser.add_argument("--sender", action="store_true", help=t("cli.repair.sender"))
        parser.add_argument("--dry-run", action="store_true", help=t("cli.repair.dry"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    with context.desk() as desk:
        return _files(context, given, desk) if given.verb == "files" else _repair(context, given, desk)


# ---- files


def _files(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    number = parsing.number(given.number)
    conversation = desk.conversations.get(number)
    found = [(message, file) for message in conversation.messages for file in message.attachments]

    def chosen(place: int) -> Found:
        if place > len(found):
            raise NotFound("no_file_of", number=number, place=place, count=len(found))
        return found[place - 1]

    if given.raw is not None:
        message, file = chosen(given.raw)
        context.out.flush()
        for piece in desk.files.pieces(message.id, file.index):
            sys.stdout.buffer.write(piece)
    elif given.look is not None:
        message, file = chosen(given.look)
        _look(context, desk.files.preview(message.id, file.index)[1], given.json)
    elif given.save or given.all:
        _save(context, desk, found if given.all else [chosen(place) for place in given.save], given)
    else:
        _list(context, found, given.json)
    return 0


def _list(context: Context, found: Sequence[Found], as_json: bool) -> None:
    for place, (message, file) in enumerate(found, 1):
        if as_json:
            context.out.json({"number": place, "message": message.id} | shapes.attachment(file))
    if not as_json:
        rows = [
            (str(n), file.name, size_word(file.size), file.content_type, f"#{message.id}")
            for n, (message, file) in enumerate(found, 1)
        ]
        context.out.table(rows, flexible=1)
        if not rows:
            context.out.say(t("conversation.no_files"))


def _save(context: Context, desk: Desk, wanted: Sequence[Found], given: argparse.Namespace) -> None:
    try:
        given.to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MaildeskError("attachment_save", name=str(given.to), reason=system_words(error)) from None
    for message, file in wanted:
        saved = desk.files.save(message.id, file.index, given.to)
        if given.json:
            context.out.json({"message": message.id, "index": file.index, "path": str(saved)})
        else:
            context.out.line(t("cli.files.saved", file=saved))


def _look(context: Context, found: Preview, as_json: bool) -> None:
    if as_json:
        entries = [
            {"name": one.name, "size": one.size, "outside": one.outside, "locked": one.locked}
            for one in found.entries
        ]
        context.out.json(
            {
                "kind": found.kind,
                "text": found.text or None,
                "rows": [list(row) for row in found.rows],
                "entries": entries,
                "pixels": list(found.size) if found.size else None,
                "cut": found.cut,
                "bomb": found.bomb,
            }
        )
        return
    if found.bomb:
        context.out.say(t("files.archive.bomb"))
    if any(one.outside for one in found.entries):
        context.out.say(t("files.archive.outside"))
    if found.rows:
        width = max(map(len, found.rows))
        context.out.table([[*row, *[""] * (width - len(row))] for row in found.rows])
    elif found.entries:
        context.out.table(
            [(one.name, size_word(one.size), "!" if one.outside else "") for one in found.entries]
        )
    elif found.size is not None:
        context.out.line(t("files.image", width=found.size[0], height=found.size[1]))
    elif found.text.strip():
        context.out.text(found.text)
    elif found.kind == "pdf":
        from maildesk.mail.outside import has_pdf_text

        context.out.say(t("files.pdf.nothing" if has_pdf_text() else "files.pdf.no_program"))
    elif found.kind == "document":
        context.out.say(t("files.document.nothing"))
    else:
        context.out.say(t(f"files.{found.kind}" if found.kind in ("large", "locked") else "files.none"))
    if found.cut:
        context.out.say(t("files.cut"))


# ---- charsets


def _repair(context: Context, given: argparse.Namespace, desk: Desk) -> int:
    """Read mails in another charset; where this login may not, ask whoever syncs."""
    charset = "" if given.charset == "auto" else given.charset.lower()
    look = desk.charsets.look(given.message, charset)
    if given.dry_run:
        if given.json:
            shown = {
                "subject": look.subject,
                "from": look.sender,
                "lines": list(look.lines),
                "lossy": look.lossy,
            }
            context.out.json({"message": given.message, "charset": given.charset} | shown)
        else:
            context.out.text("\n".join([look.sender, look.subject, "", *look.lines]))
        return 0
    ids = desk.charsets.of_sender(given.message) if given.sender else [given.message]
    context.did(desk, given.verb, desk.charsets.choose(ids, charset))
    done = _read_now(context)
    if given.json:
        context.out.json({"asked": len(ids), "read": done})
    elif done is None:
        context.out.line(t("cli.repair.asked", count=len(ids)))
    else:
        context.out.line(t("cli.repair.done", count=len(ids), done=done))
    return 0


def _read_now(context: Context) -> int | None:
    """Read what was asked for; None where this login may not."""
    from maildesk.cli.sync import worker_for
    from maildesk.store import grants

    with context.store() as store:
        with store.reading() as tx:
            may = grants.may_work(tx)
        return worker_for(context, store).repair() if may else None
