"""The demo as a newcomer sees it: live mail, colleagues, a reply that really goes and gets an answer, nothing left behind."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from maildesk.demo import world
from maildesk.demo.people import AGENTS
from maildesk.demo.replies import gap_values
from maildesk.desk import Desk
from maildesk.domain.conversation import MessageKind
from maildesk.domain.outbox import OutboxState
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import Queued
from maildesk.domain.status import Tab
from maildesk.store import agents
from maildesk.store.engine import open_store
from tests.acceptance.office import eventually
from tests.support.databases import missing_sqlite
from tests.support.terminal import Terminal, python

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture
def at_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """佐藤 at the demo's desk; customers answer at once, nobody writes unasked."""
    monkeypatch.setattr(world, "ANSWER_SECONDS", (0.1, 0.2))
    monkeypatch.setattr(world, "ARRIVAL_SECONDS", 3600.0)
    url = missing_sqlite(tmp_path)
    with world.world(url):
        store = open_store(url)
        with store.reading() as tx:
            me = agents.by_login(tx, AGENTS[0].login)
        assert me is not None
        desk = Desk(store, me)
        yield desk
        desk.close()


def test_mail_comes_in_and_a_reply_gets_its_answer(at_the_demo: Desk) -> None:
    """Through the real sync, store and outbox: some sixty mails of three shops, one of them answered and answered back."""
    desk = at_the_demo
    eventually(lambda: desk.inbox.counts()["all"] >= 45, "the mail of the morning")
    eventually(lambda: desk.inbox.labels(), "what the team did before")
    assert len(desk.inbox.mailboxes()) == 3
    assert "㈱" in "".join(r.customer_name + r.subject for r in desk.inbox.page(Tab.ALL).rows)
    for what, there in {
        "a reply that waits for approval": lambda: desk.outbox.approvals(),
        "a stopped one": lambda: [r for r in desk.drafts.stopped() if r.author_id == desk.me.id],
        "one that nobody knows the fate of": lambda: desk.outbox.items(OutboxState.UNCERTAIN),
    }.items():
        eventually(there, what)
    answered = {number: _mails_in(desk, number) for number in islice(_answer_some(desk), 8)}
    assert answered, "nobody could be answered"
    # not every customer answers, as in life
    eventually(lambda: any(_mails_in(desk, n) > before for n, before in answered.items()), "an answer")
    assert eventually(lambda: next((i for i in desk.outbox.items() if i.filed), None), "filed in Sent")


def _mails_in(desk: Desk, number: int) -> int:
    return sum(m.kind is MessageKind.IN for m in desk.conversations.get(number).messages)


def _answer_some(desk: Desk) -> Iterator[int]:
    for row in desk.inbox.page(Tab.NEW).rows:
        if row.automatic or row.bounced:
            continue
        best = desk.templates.suggest(row.id, 1)
        begun = desk.replies.begin(row.id)
        if not best or not isinstance(begun, Begun):
            continue
        gaps = gap_values(desk.now(), Random(1))
        draft = desk.replies.with_template(begun.draft, best[0].template.id, gaps)
        version = begun.conversation.summary.version
        outcome = desk.replies.submit(begun.claim, draft, seen_version=version, request_id=f"demo-{row.id}")
        if isinstance(outcome, Queued):
            yield row.id


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_behind(tmp_path: Path, number: signal.Signals) -> None:
    """However the app ends, the folder with the demo's mail is gone and no process stays."""
    env = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "LANG": "ja_JP.UTF-8"}
    with Terminal(python("-m", "maildesk", "demo"), env=env) as app:
        app.wait_for("#10", seconds=40)
        assert list(tmp_path.glob("maildesk-demo-*"))
        if number is signal.SIGHUP:
            app.hang_up()
        else:
            app.kill(number)
        eventually(lambda: app.process.poll() is not None, "the end of the app")
    eventually(lambda: not list(tmp_path.glob("maildesk-demo-*")), "the folder removed")
    eventually(lambda: not _worlds(tmp_path), "the end of the world")


def _worlds(folder: Path) -> list[str]:
    """The processes of demos in ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = process.read_bytes().decode("utf-8", "replace")
            if "maildesk.demo.world" in words and str(folder) in words:
                found.append(process.parent.name)
    return found
