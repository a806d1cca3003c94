"""Stories from a keystroke to a mail in somebody's mailbox, with nothing but real parts."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from maildesk.domain.outbox import OutboxState
from maildesk.domain.status import Status
from tests.acceptance.office import SHOP, Office, eventually, office
from tests.support.databases import KINDS, fresh, missing_sqlite
from tests.support.stores import mail
from tests.support.terminal import Terminal

REQUEST = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office on each database in turn."""
    with fresh(request.param, tmp_path) as url, office(tmp_path, url) as found:
        yield found


@pytest.fixture
def desk_on_sqlite(tmp_path: Path) -> Iterator[Office]:
    """An office on SQLite."""
    with office(tmp_path, missing_sqlite(tmp_path)) as found:
        yield found


def _mail(number: int = 1, **about: str) -> bytes:
    return mail(number, to=SHOP, **about)


def _arrived(shop: Office) -> int:
    """Deliver a mail by LMTP, let a pass of the worker bring it in; its conversation."""
    shop.imap.deliver(SHOP, _mail())
    done = shop.run("sync", "--once", "--only", "in", "--json")
    assert done.returncode == 0, done.stderr
    listed = shop.run("list", "--json")
    assert listed.returncode == 0, listed.stderr
    (row,) = listed.stdout.splitlines()
    return int(json.loads(row)["number"])


def _compose(agent: Terminal) -> None:
    agent.wait_for("質問 1")
    agent.press("r")
    agent.wait_for("宛先")
    agent.settle()


def test_from_a_keystroke_to_the_sent_copy(desk_on_sqlite: Office) -> None:
    """Mail in by IDLE, answered by keys from a template, out over SMTP, filed in Sent, done."""
    shop = desk_on_sqlite
    worker = shop.start_worker()
    with shop.app("sato") as agent:
        agent.wait_for("新着")
        shop.imap.deliver(SHOP, _mail(subject="サイズの質問①㈱髙"))
        agent.wait_for("サイズの質問①㈱髙", seconds=30)
        agent.press("r")
        agent.wait_for("宛先")
        agent.settle()
        agent.press("\x14")  # ctrl+t
        agent.wait_for("お礼")
        agent.press("\r")
        agent.wait_for("お問い合わせありがとうございます")
        agent.press("\x12")  # ctrl+r
        agent.wait_for("送信内容の確認")
        agent.press("y")
        shop.smtp.wait(mails=1, timeout=30)
        agent.press("\x11")  # ctrl+q: what has left is not asked about, whatever the countdown says
        assert agent.wait() == 0
        assert agent.seen.foreign == []
    sent = message_from_bytes(shop.smtp.mails[0].raw, policy=policy.default)
    assert sent["To"] == "客 1 <customer1@example.jp>"
    assert sent["Subject"] == "Re: サイズの質問①㈱髙"
    assert sent["In-Reply-To"] == "<m1@example.jp>"
    assert "お問い合わせありがとうございます。" in sent.get_content()
    copies = eventually(lambda: shop.sent_copies(sent["Message-ID"]), "the copy in Sent")
    assert len(copies) == 1
    desk = shop.desk()
    item = eventually(lambda: next((i for i in desk.outbox.items() if i.filed), None), "filed")
    assert item.state is OutboxState.SENT
    summary = desk.conversations.summary(item.conversation_id)
    assert (summary.status, summary.messages) == (Status.DONE, 2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0


def test_two_agents_at_one_conversation(shop: Office) -> None:
    """The second one reads who replies and since when, and cannot write; after the answer he sees it done."""
    number = _arrived(shop)
    with shop.app("sato") as sato, shop.app("suzuki") as suzuki:
        _compose(sato)
        eventually(lambda: shop.desk().conversations.summary(number).claim, "the claim")
        suzuki.wait_for("新着")
        suzuki.press("2")
        suzuki.wait_for("質問 1")
        suzuki.press("r")
        suzuki.wait_for("佐藤さんが返信対応中")
        refused = shop.run("reply", str(number), "--body", "/dev/null", "--send", "--json", login="suzuki")
        assert refused.returncode == 6
        assert json.loads(refused.stdout)["result"] == "held"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_a_terminal_that_goes_loses_no_text(desk_on_sqlite: Office, number: signal.Signals) -> None:
    """Closed, told to end or killed: the draft is in the store; but for kill -9 the claim is free within a second."""
    shop = desk_on_sqlite
    conversation = _arrived(shop)
    desk = shop.desk("sato")
    with shop.app("sato") as agent:
        _compose(agent)
        agent.feed("書きかけの大事な文章です")
        agent.wait_for("大事な文章です")
        if number is signal.SIGKILL:
            eventually(
                lambda: (d := desk.drafts.of(conversation)) and "大事な文章" in d.body, "autosave", 5.0
            )
            agent.kill(number)
        elif number is signal.SIGHUP:
            agent.hang_up()
        else:
            agent.kill(number)
        eventually(lambda: agent.process.poll() is not None, "the end", 5.0)
    draft = desk.drafts.of(conversation)
    assert draft is not None
    assert draft.body.startswith("書きかけの大事な文章です")
    claim = desk.conversations.summary(conversation).claim
    assert (claim is not None) is (number is signal.SIGKILL)
    with shop.app("sato") as again:
        if number is signal.SIGKILL:
            again.wait_for("新着")
            again.press("2")
        again.wait_for("質問 1")
        assert desk.drafts.of(conversation) is not None


def test_a_reply_from_the_command_line_reaches_the_customer(shop: Office) -> None:
    """Scripts do what the app does: through the same claim, the same outbox, with the same exit codes."""
    number = _arrived(shop)
    sent = shop.run("reply", str(number), "--template", "お礼", "--send", "--json", "--request-id", REQUEST)
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["result"] == "queued"
    again = shop.run("reply", str(number), "--template", "お礼", "--send", "--json", "--request-id", REQUEST)
    assert json.loads(again.stdout)["result"] == "already"
    second = shop.run("reply", str(number), "--template", "お礼", "--send", "--json", login="suzuki")
    assert second.returncode == 6
    assert json.loads(second.stdout)["result"] == "already_answered"
    out = shop.run("sync", "--once", "--json")
    assert out.returncode == 0, out.stderr
    assert [m.recipients for m in shop.smtp.mails] == [("customer1@example.jp",)]
    ours = shop.smtp.mails[0].message_id

    def filed() -> bool:  # a later pass, for the first sends wait whether the server files them by itself
        assert shop.run("sync", "--once").returncode == 0
        return len(shop.sent_copies(ours)) == 1

    eventually(filed, "the copy in Sent", 30.0)
    assert json.loads(shop.run("counts", "--json").stdout)["done"] == 1
    checked = shop.run("reconcile", "--json")
    assert checked.returncode == 0
    assert all(json.loads(line)["missing"] == [] for line in checked.stdout.splitlines())


def test_the_customers_answer_comes_back_to_its_conversation(shop: Office) -> None:
    """He answers our mail: the same conversation, new again, whatever he did to the subject."""
    number = _arrived(shop)
    assert shop.run("reply", str(number), "--template", "お礼", "--send").returncode == 0
    assert shop.run("sync", "--once").returncode == 0
    ours = shop.smtp.mails[0].message_id
    shop.imap.deliver(
        SHOP,
        _mail(2, subject="別の件名", headers="", sender="私用 <private@example.jp>").replace(
            b"MIME-Version", f"In-Reply-To: {ours}\r\nMIME-Version".encode()
        ),
    )
    assert shop.run("sync", "--once").returncode == 0
    rows = [json.loads(line) for line in shop.run("list", "--json").stdout.splitlines()]
    assert [(r["number"], r["status"], r["messages"]) for r in rows] == [(number, "new", 3)]
