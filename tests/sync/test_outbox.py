"""The sender against every fault of a server: at most one delivery per item, and no answer is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from maildesk.domain.endpoint import Endpoint
from maildesk.domain.mailbox import Health
from maildesk.domain.outbox import OutboxState
from maildesk.errors import StoreError
from maildesk.store import outbox
from maildesk.store.engine import Store
from maildesk.sync.outbox import Sender, SendReport
from maildesk.sync.smtp import SmtpSession
from tests.store import stores
from tests.store.stores import rows, state_of
from tests.support.smtp import SmtpServer
from tests.sync.outgoing import Desk


def test_a_reply_leaves_once_and_stands_in_its_conversation(desk: Desk) -> None:
    """Queued, sent, written down; a second pass finds nothing."""
    queued = desk.reply(body="本日発送しました。")
    assert [r.json() for r in desk.drain()] == [{"outbox": queued.outbox_id, "result": "sent"}]
    assert desk.drain() == []
    (mail,) = desk.server.mails
    assert mail.mail_from == stores.SHOP
    assert mail.recipients == ("customer@mail.example",)
    assert mail.message_id == queued.message_id
    assert rows(desk.store, "SELECT kind, message_id FROM message WHERE kind = 'out'") == [
        ("out", queued.message_id)
    ]
    assert desk.status(desk.numbers[0]) == "done"
    words = [r[0] for r in rows(desk.store, "SELECT what FROM event WHERE outbox_id IS NOT NULL ORDER BY id")]
    assert words == ["queued", "sending", "committing", "sent"]


def test_what_is_held_does_not_leave_yet(desk: Desk) -> None:
    """Undo-send: not before its time."""
    queued = desk.reply(hold=600.0)
    assert desk.drain() == []
    assert state_of(desk.store, queued.outbox_id) is OutboxState.QUEUED


def test_nothing_of_another_epoch_leaves(desk: Desk) -> None:
    """After a restore from a backup nothing old is sent by itself."""
    desk.reply()
    stores.execute(desk.store, "UPDATE desk SET epoch = 'restored'")
    assert desk.drain() == []
    assert desk.server.mails == []


BEFORE_THE_DOT = ("greeting", "ehlo", "mail", "rcpt", "data", "body")
FAULTS: list[tuple[str, dict[str, object]]] = [
    *[(step, dict[str, object](drop=True)) for step in BEFORE_THE_DOT],
    *[(step, dict[str, object](silent=True)) for step in BEFORE_THE_DOT if step != "body"],
    *[
        (step, dict[str, object](reply="451 4.3.0 later"))
        for step in ("greeting", "ehlo", "mail", "rcpt", "data", "dot")
    ],
    *[(step, dict[str, object](reply="421 4.3.2 closing")) for step in ("mail", "rcpt", "data", "dot")],
]


@pytest.mark.parametrize(
    ("step", "fault"), FAULTS, ids=lambda v: str(v) if isinstance(v, str) else next(iter(v))
)
def test_what_was_surely_not_delivered_is_tried_again(
    desk: Desk, step: str, fault: dict[str, object]
) -> None:
    """Lost or put off before the dot, or 4xx to it: back to the queue with a pause, then delivered once."""
    long = "本日発送しました。\n" * (
        600_000 if step == "body" else 1
    )  # more than the line holds: it is seen to break
    queued = desk.reply(body=long)
    desk.server.fault(step, **fault)  # type: ignore[arg-type]
    patience, desk.patience = desk.patience, 1.0 if "silent" in fault else desk.patience
    assert [r.result for r in desk.drain()] == [OutboxState.QUEUED]
    desk.patience = patience
    assert desk.drain() == []  # not before the pause is over
    assert desk.status(desk.numbers[0]) == "done"
    desk.due()
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    assert desk.server.count(queued.message_id) == 1
    assert rows(desk.store, "SELECT attempt FROM outbox") == [(2,)]


def test_the_pauses_grow(desk: Desk) -> None:
    """1, 5, 15, 60, 60 minutes."""
    desk.reply()
    desk.server.fault("mail", reply="451 4.3.0 later", times=5)
    pauses = []
    for _ in range(5):
        desk.drain()
        ((seconds,),) = rows(desk.store, "SELECT not_before FROM outbox")
        pauses.append(round((seconds - desk.store.now().timestamp()) / 60))
        desk.due()
    assert pauses == [1, 5, 15, 60, 60]


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot"])
def test_refused_for_good_comes_back_to_people(desk: Desk, step: str) -> None:
    """5xx: failed with the server's words, and the conversation is new again, so that nobody takes it for answered."""
    queued = desk.reply()
    desk.server.fault(step, reply="550 5.7.1 no such thing here")  # type: ignore[arg-type]
    (report,) = desk.drain()
    assert report.result is OutboxState.FAILED
    assert desk.status(desk.numbers[0]) == "new"
    with desk.store.reading() as tx:
        shown = outbox.item(tx, queued.outbox_id)
    assert shown is not None
    assert "no such thing here" in shown.last_reply
    assert desk.server.count(queued.message_id) == 0
    desk.due()
    assert desk.drain() == []
    again = stores.queue_reply(desk.store, desk.box, desk.who, desk.numbers[0], request_id="again")
    assert again.outbox_id != queued.outbox_id
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]


@pytest.mark.parametrize("fault", [{"drop": True}, {"silent": True}])
@pytest.mark.parametrize("accept", [True, False])
def test_no_answer_to_the_dot_is_uncertain_for_ever(desk: Desk, fault: dict[str, Any], accept: bool) -> None:
    """Nobody knows: it is never sent again by itself, whatever time passes (row 1)."""
    queued = desk.reply()
    desk.server.fault("dot", accept=accept, **fault)
    desk.patience = 1.0 if "silent" in fault else desk.patience
    assert [r.result for r in desk.drain()] == [OutboxState.UNCERTAIN]
    for _ in range(3):
        desk.due()
        desk.lapse()
        with desk.store.transaction() as tx:
            outbox.reap(tx)
        assert desk.drain() == []
    assert desk.server.count(queued.message_id) == accept
    assert state_of(desk.store, queued.outbox_id) is OutboxState.UNCERTAIN


def test_some_recipients_refused(desk: Desk) -> None:
    """The others get it, one copy, and who was refused is listed; never one mail per recipient."""
    desk.server.refuse["b@mail.example"] = "550 5.1.1 nobody"
    queued = desk.reply(to=("a@mail.example", "b@mail.example"))
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    (mail,) = desk.server.mails
    assert mail.recipients == ("a@mail.example",)
    with desk.store.reading() as tx:
        shown = outbox.item(tx, queued.outbox_id)
    assert shown is not None
    assert [r.split(":")[0] for r in shown.refused] == ["b@mail.example"]


def test_recipients_put_off_keep_the_others_waiting(desk: Desk) -> None:
    """4xx for one of two: nobody gets it in the first two attempts, so that it goes once and to all; from the third on
    the others get it, one copy, the refused one is listed, and the customer's conversation is new again."""
    desk.server.refuse["b@mail.example"] = "450 4.2.1 mailbox busy"
    queued = desk.reply(to=("a@mail.example", "b@mail.example"))
    for _ in range(2):
        assert [r.result for r in desk.drain()] == [OutboxState.QUEUED]
        assert desk.server.mails == []
        desk.due()
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    (mail,) = desk.server.mails
    assert mail.recipients == ("a@mail.example",)
    with desk.store.reading() as tx:
        shown = outbox.item(tx, queued.outbox_id)
    assert shown is not None
    assert [r.split(":")[0] for r in shown.refused] == ["b@mail.example"]
    assert desk.status(desk.numbers[0]) == "new"


def test_a_recipient_put_off_once_gets_it_with_the_others(desk: Desk) -> None:
    """Greylisting: the second attempt reaches everybody, in one delivery."""
    desk.reply(to=("a@mail.example", "b@mail.example"))
    desk.server.refuse["b@mail.example"] = "451 4.7.1 greylisted"
    assert [r.result for r in desk.drain()] == [OutboxState.QUEUED]
    desk.server.refuse.clear()
    desk.due()
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    (mail,) = desk.server.mails
    assert mail.recipients == ("a@mail.example", "b@mail.example")


def test_the_same_bytes_at_every_attempt(desk: Desk) -> None:
    """Built once: an attempt after a 4xx, and a resend by a person, send what the first one would have."""
    desk.reply(body="あ" * 2000)
    desk.server.fault("dot", reply="451 4.3.0 later")
    desk.drain()
    with desk.store.reading() as tx:
        kept = outbox.mime_of(tx, 1)
    desk.due()
    desk.drain()
    assert [mail.raw for mail in desk.server.mails] == [kept]
    ((digest,),) = rows(desk.store, "SELECT sha256 FROM outbox_mime")
    import hashlib

    assert digest == hashlib.sha256(desk.server.mails[0].raw).hexdigest()


def test_what_cannot_be_built_fails_and_stops_nobody(desk: Desk) -> None:
    """An address that breaks out of its header is refused before any connection; the next reply leaves."""
    bad = desk.reply(to=("a@mail.example\r\nBcc: x@evil.example",))
    good = desk.reply()
    assert [(r.outbox, r.result.value) for r in desk.drain()] == [
        (bad.outbox_id, "failed"),
        (good.outbox_id, "sent"),
    ]
    assert len(desk.server.mails) == 1
    assert not any("evil" in line for line in desk.server.commands)


def test_a_server_that_fails_is_not_asked_for_every_item(desk: Desk) -> None:
    """Trouble with the server ends the pass; people see why, and that it is over again."""
    for _ in range(3):
        desk.reply()
    desk.server.fault("greeting", reply="554 5.3.2 not today")
    assert len(desk.drain()) == 1
    health, words = desk.health()
    assert health is Health.FAILED
    assert "not today" in words
    desk.due()
    assert [r.result.value for r in desk.drain()] == ["sent"] * 3
    assert desk.health() == (Health.OK, "")


def test_a_refused_login_puts_it_back(desk: Desk) -> None:
    """A password that was renewed elsewhere: the reply waits, the mailbox shows why."""
    with SmtpServer({"shop": "new password"}) as locked:
        queued = desk.reply()
        sender = Sender(
            desk.store,
            desk.box,
            lambda: SmtpSession.open(locked.endpoint("shop"), "old password", 2.0),
            "worker",
        )
        (report,) = sender.drain()
    assert report.result is OutboxState.QUEUED
    assert sender.in_trouble
    assert desk.health()[0] is Health.FAILED
    assert state_of(desk.store, queued.outbox_id) is OutboxState.QUEUED


def test_a_lease_that_lapsed_writes_no_dot(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker has the item meanwhile: this one closes the connection without the dot, and it is sent once."""
    queued = desk.reply()
    real = Sender._bytes

    def slow(self: Sender, item: outbox.Picked) -> bytes:
        data = real(self, item)
        desk.lapse()
        with desk.store.transaction() as tx:
            assert outbox.reap(tx) == [(item.id, OutboxState.QUEUED)]
        monkeypatch.setattr(Sender, "_bytes", real)
        assert [r.result.value for r in desk.sender("other").drain()] == ["sent"]
        return data

    monkeypatch.setattr(Sender, "_bytes", slow)
    assert desk.drain() == []
    assert desk.server.count(queued.message_id) == 1


def test_a_mark_that_is_not_surely_written_writes_no_dot(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The COMMIT of *committing* got no answer: no dot, and the item is uncertain though nothing left."""
    queued = desk.reply()
    real = Store.run

    def lost(store: Store, act: Callable[..., object]) -> object:
        found = real(store, act)
        if found is True and state_of(store, queued.outbox_id) is OutboxState.COMMITTING:
            raise StoreError("store_unreachable", path="", reason="")
        return found

    monkeypatch.setattr(Store, "run", lost)
    assert desk.drain() == []
    monkeypatch.undo()
    desk.server.wait(unfinished=1)
    assert desk.server.mails == []
    desk.lapse()
    with desk.store.transaction() as tx:
        outbox.reap(tx)
    assert state_of(desk.store, queued.outbox_id) is OutboxState.UNCERTAIN


def test_a_machine_that_slept_before_the_dot_writes_none(desk: Desk) -> None:
    """The clock that runs through sleep says so; this attempt knows that nothing left, so it is tried again."""
    queued = desk.reply()
    times = iter([0.0, 100.0])
    sender = Sender(
        desk.store,
        desk.box,
        lambda: SmtpSession.open(desk.server.endpoint(), None, 1.0, clock=lambda: next(times)),
        "worker",
    )
    assert [r.result for r in sender.drain()] == [OutboxState.QUEUED]
    assert desk.server.mails == []
    desk.due()
    desk.drain()
    assert desk.server.count(queued.message_id) == 1


def test_a_long_transfer_keeps_its_lease(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """20 MB over a slow line take longer than a lease."""
    monkeypatch.setattr("maildesk.sync.outbox.RENEW_EVERY", 0.01)
    queued = desk.reply()
    renewed = threading.Event()
    real = outbox.renew

    def renew(*args: object) -> bool:
        found = real(*args)  # type: ignore[arg-type]
        if found:
            renewed.set()
        return found

    monkeypatch.setattr(outbox, "renew", renew)
    bytes_of = Sender._bytes

    def slow(self: Sender, item: outbox.Picked) -> bytes:
        assert renewed.wait(10)
        return bytes_of(self, item)

    monkeypatch.setattr(Sender, "_bytes", slow)
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    assert desk.server.count(queued.message_id) == 1


def test_a_late_250_is_the_truth(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declared uncertain while it waited, then accepted: sent, written down once."""
    queued = desk.reply()
    real = Sender._save

    def late(self: Sender, item: outbox.Picked, outcome: object) -> SendReport:
        desk.lapse()
        with desk.store.transaction() as tx:
            outbox.reap(tx)
        assert state_of(desk.store, queued.outbox_id) is OutboxState.UNCERTAIN
        return real(self, item, outcome)  # type: ignore[arg-type]

    monkeypatch.setattr(Sender, "_save", late)
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    assert rows(desk.store, "SELECT COUNT(*) FROM message WHERE kind = 'out'") == [(1,)]


def test_an_outcome_is_saved_when_the_store_is_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is away when the 250 comes: the sender goes on trying to write it down."""
    queued = desk.reply()
    monkeypatch.setattr("maildesk.sync.outbox.SAVE_AGAIN", 0.0)
    real, failures = outbox.finish, iter([True, True])

    def finish(*args: object, **values: object) -> object:
        if next(failures, False):
            raise StoreError("store_unreachable", path="", reason="")
        return real(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "finish", finish)
    assert [r.result for r in desk.drain()] == [OutboxState.SENT]
    assert desk.server.count(queued.message_id) == 1


def test_who_ends_is_not_held_up_by_a_store_that_is_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to end while an outcome cannot be saved: one more try at once, not a minute of them. The item becomes
    uncertain, and is never sent again by itself."""
    queued = desk.reply()
    monkeypatch.setattr("maildesk.sync.outbox.SAVE_AGAIN", 3600.0)
    sender, tries = desk.sender(), []

    def finish(*_: object, **__: object) -> None:
        tries.append(1)
        sender.end()
        raise StoreError("store_unreachable", path="", reason="")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "finish", finish)
        with pytest.raises(StoreError):
            sender.drain()
    assert len(tries) == 2
    desk.lapse()
    with desk.store.transaction() as tx:
        outbox.reap(tx)
    assert state_of(desk.store, queued.outbox_id) is OutboxState.UNCERTAIN
    assert desk.drain() == []
    assert desk.server.count(queued.message_id) == 1


def test_many_senders_at_once_send_each_item_once(desk: Desk) -> None:
    """Four senders on thirty items: taken one by one (row 3)."""
    queued = [desk.reply() for _ in range(30)]
    threads = [threading.Thread(target=desk.sender(f"worker {n}").drain) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [desk.server.count(q.message_id) for q in queued] == [1] * 30
    assert rows(desk.store, "SELECT DISTINCT state, attempt FROM outbox") == [("sent", 1)]


def test_stop_ends_after_the_mail_in_hand(desk: Desk) -> None:
    """A worker that is to end finishes one mail and leaves the others in the queue."""
    for _ in range(3):
        desk.reply()
    going = iter([True, False])
    assert len(desk.sender().drain(lambda: next(going))) == 1
    assert len(desk.server.mails) == 1


def test_an_unreachable_server(desk: Desk) -> None:
    """Nobody listens there."""
    queued = desk.reply()
    sender = Sender(
        desk.store,
        desk.box,
        lambda: SmtpSession.open(Endpoint("127.0.0.1", 1, "loopback", ""), None, 1.0),
        "worker",
    )
    assert [r.result for r in sender.drain()] == [OutboxState.QUEUED]
    assert state_of(desk.store, queued.outbox_id) is OutboxState.QUEUED
