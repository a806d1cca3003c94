"""社内コメント never reach a customer: nothing that sends can read one, and no type of a reply can hold one."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

from maildesk.domain.conversation import Message
from maildesk.domain.reply import Draft, ReplyText
from maildesk.screens.comment import AboutMail, CommentScreen
from maildesk.store import tables
from tests.architecture.source import ROOT
from tests.support.stores import Team

SENDS = (
    "maildesk/mail/compose.py",
    "maildesk/sync/outbox.py",
    "maildesk/sync/smtp.py",
    "maildesk/sync/filing.py",
    "maildesk/sync/wires.py",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "maildesk/store/outbox").glob("*.py")),
)
"""What a mail goes through on its way out."""
FORBIDDEN = {"comment", "comment_words", "comments", "mention", "messages", "talk_mentions"}
"""Tables and modules from which a comment could be read."""


def _names(path: Path) -> set[str]:
    """What a module imports, by its last name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.name.rpartition(".")[2] for alias in node.names}
    return found


def test_nothing_that_sends_can_read_a_comment() -> None:
    """No module on the way out imports the table of comments, or a module that reads it."""
    for name in SENDS:
        assert not _names(ROOT / name) & FORBIDDEN, name


def test_what_is_sent_has_no_place_for_a_comment() -> None:
    """The types: a reply is made of texts that its author typed, never of a message of the conversation; the table of
    outgoing mail does not refer to comments, nor the table of comments to anything outgoing."""
    for made in (Draft, ReplyText):
        kinds = {str(field.type) for field in dataclasses.fields(made)}
        assert not {kind for kind in kinds if Message.__name__ in kind}, made
    for out in (tables.outbox, tables.outbox_mime, tables.draft, tables.file):
        assert "comment" not in {key.column.table.name for key in out.foreign_keys}
    assert {key.column.table.name for key in tables.comment.foreign_keys} == {
        "conversation",
        "message",
        "agent",
    }


def test_the_editor_of_comments_knows_no_recipient() -> None:
    """Neither in what it is given nor in what it writes."""
    source = (ROOT / "maildesk/screens/comment.py").read_text("utf-8")
    assert not {word for word in ("replies", "drafts", "outbox", "Address", "recipient_") if word in source}
    assert CommentScreen.__init__.__annotations__.keys() == {"rows", "text", "about", "return"}
    assert AboutMail.__annotations__.keys() == {"id", "name"}


def test_a_reply_to_a_conversation_with_comments_quotes_none(small: Team) -> None:
    """What is begun for the customer holds his words and not ours."""
    number = small.conversation(1, body="届いた商品に傷がありました。")
    small.suzuki.comments.add(number, "@佐藤 このお客様には返金しないこと")
    begun = small.sato.replies.begin(number)
    text = dataclasses.asdict(begun)["draft"]["body"]
    assert "傷がありました" in text
    assert "返金" not in text
