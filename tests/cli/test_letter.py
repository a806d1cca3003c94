"""``maildesk forward`` and ``maildesk new``."""

from __future__ import annotations

import uuid
from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.support.desk import OWN_SHOP, SmallDesk


def test_a_forward_is_tried_written_and_sent_once(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    """Tried: nothing stays. Sent: in the outbox as a forward, and a repeated request adds nothing."""
    number = desk.mail("荷物が届きません", "追跡番号は 1234 です。")
    body = tmp_path / "body.txt"
    body.write_text("ご確認ください。", "utf-8")
    words = ["forward", str(number), "--to", "運送 <carrier@delivery.example>", "--body", str(body), "--send"]
    tried = maildesk(*words, "--dry-run", "--json").row
    assert tried["result"] == "tried"
    assert "1234" in tried["text"]
    with desk.session() as sato:
        assert (sato.drafts.mine(), sato.outbox.items()) == ((), ())
    request = str(uuid.uuid4())
    sent = maildesk(*words, "--json", "--request-id", request).row
    assert (sent["result"], sent["conversation"]) == ("queued", number)
    again = maildesk(*words, "--json", "--request-id", request).row
    assert (again["result"], again["outbox"]) == ("already", sent["outbox"])
    with desk.session() as sato:
        (item,) = sato.outbox.items()
        assert item.kind == "forward"
        assert sato.conversations.summary(number).claim is None
    assert "[forward] " in maildesk("outbox").out


def test_nothing_is_forwarded_to_the_customer(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Not from the command line either."""
    number = desk.mail("質問", "本文です。", sender="花子 <hanako@example.jp>")
    refused = maildesk("forward", str(number), "--to", "hanako@example.jp", "--send")
    assert refused.code != 0
    with desk.session() as sato:
        assert sato.outbox.items() == ()


def test_a_first_mail(maildesk: CommandLine, desk: SmallDesk, tmp_path: Path) -> None:
    """With the mailbox that is named; its number is that of the new conversation."""
    body = tmp_path / "body.txt"
    body.write_text("ご案内です。", "utf-8")
    words = ["new", "--to", "hanako@example.jp", "--subject", "ご案内", "--body", str(body), "--send"]
    assert maildesk(*words).code == 2
    assert maildesk(*words, "--mailbox", OWN_SHOP.name, "--dry-run").code == 0
    sent = maildesk(*words, "--mailbox", OWN_SHOP.name, "--json").row
    with desk.session() as sato:
        seen = sato.conversations.summary(sent["conversation"])
        assert (seen.customer_address, seen.subject) == ("hanako@example.jp", "ご案内")
    assert maildesk("new", "--to", "nobody", "--draft", "--mailbox", OWN_SHOP.name).code == 2
