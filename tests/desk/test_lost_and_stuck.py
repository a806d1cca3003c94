"""Nothing is lost and nobody is told wrongly when two things happen to one reply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maildesk import locale
from maildesk.domain.outbox import OutboxState, Step
from maildesk.domain.reply import Queued, Recalled, StopReason
from maildesk.errors import MaildeskError, Told, TryLater
from maildesk.store import outbox, schema
from tests.desk.test_waiting import ask, begin, send
from tests.support.stores import Team


def test_a_request_whose_reply_was_taken_back_is_not_queued_any_more(both: Team) -> None:
    """The answer to a submit was lost, the reply was taken back in another window, and the request comes again: it is
    not told to be queued, and the text stays a draft."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    version = begun.conversation.summary.version
    once = both.sato.replies.submit(begun.claim, draft, seen_version=version, request_id="r")
    assert isinstance(once, Queued)
    assert isinstance(both.sato.replies.recall(once.outbox_id), Recalled)
    with pytest.raises(MaildeskError) as error:
        both.sato.replies.submit(begun.claim, draft, seen_version=version, request_id="r")
    assert error.value.key == "request_withdrawn"
    kept = both.sato.drafts.of(number)
    assert kept is not None
    assert kept.body == draft.body


def test_what_is_on_its_way_is_not_told_to_be_cancelled(both: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was approved and picked between the look and the cancel."""
    asked = ask(both, both.conversation())
    seen = both.sato.outbox.item(asked)
    both.suzuki.outbox.approve(asked, both.suzuki.outbox.reply_of(asked).sha256)
    with both.store.transaction() as tx:
        assert outbox.pick(tx, "worker") is not None
    with monkeypatch.context() as patch:
        patch.setattr(both.sato.outbox, "item", lambda _number: seen)
        with pytest.raises(MaildeskError) as error:
            both.sato.outbox.cancel(asked)
    assert error.value.key == "outbox_no_cancel"


def test_what_waits_in_a_restored_store_says_why_it_cannot_be_decided(both: Team) -> None:
    """Neither "the text changed" nor "cancelled": first the outbox is reconciled."""
    asked = ask(both, both.conversation())
    with both.store.transaction() as tx:
        schema.hold(tx, "restored")
    with pytest.raises(MaildeskError) as approving:
        both.suzuki.outbox.approve(asked, both.suzuki.outbox.reply_of(asked).sha256)
    with pytest.raises(MaildeskError) as cancelling:
        both.sato.outbox.cancel(asked)
    assert approving.value.key == cancelling.value.key == "outbox_older"


def test_a_cancelled_reply_stays_with_its_author_when_another_text_is_there(both: Team) -> None:
    """His draft is not overwritten, and the text of the cancelled reply lies among his stopped ones."""
    number = both.conversation()
    sent = send(both.sato, number).outbox_id
    _, draft = begin(both.sato, number)
    both.sato.replies.save(replace(draft, body="another text"))
    both.sato.outbox.cancel(sent)
    (stopped,) = both.sato.drafts.stopped()
    assert (stopped.outbox_id, stopped.stop.reason) == (sent, StopReason.RETURNED)
    kept = both.sato.drafts.of(number)
    assert kept is not None
    assert kept.body == "another text"


def test_a_late_answer_to_a_cancelled_reply_is_shown(both: Team) -> None:
    """It was given up as uncertain, and then the server's 250 came after all: the customer has the mail, so it stands
    in its conversation."""
    number = both.conversation()
    send(both.sato, number)
    with both.store.transaction() as tx:
        picked = outbox.pick(tx, "worker")
        assert picked is not None
        assert outbox.mark_committing(tx, picked.id, picked.attempt, picked.message_id)
        outbox.finish(tx, picked.id, picked.attempt, Step.NO_ANSWER, "")
    both.sato.outbox.cancel(picked.id)
    with both.store.transaction() as tx:
        outbox.finish(tx, picked.id, picked.attempt, Step.ACCEPTED, "250 late")
    assert both.sato.outbox.item(picked.id).state is OutboxState.CANCELLED
    assert both.sql("SELECT count(*) FROM message WHERE outbox_id = :i", i=picked.id) == [(1,)]


def test_what_went_wrong_is_in_the_readers_language(both: Team) -> None:
    """The worker speaks one, each reader his own; a server's words stay as they are, and so does a text of a version
    that this one does not know."""
    number = both.conversation()
    send(both.sato, number)

    def shown(told: Told) -> tuple[str, str, str, str]:
        both.sql("UPDATE outbox SET not_before = 0")
        locale.use("ja")
        with both.store.transaction() as tx:
            picked = outbox.pick(tx, "worker")
            assert picked is not None
            outbox.finish(tx, picked.id, picked.attempt, Step.TRY_LATER, told)
        texts = []
        try:
            for language in locale.LANGUAGES:
                locale.use(language)
                texts.append(both.sato.outbox.item(picked.id).last_reply)
                texts.append(str(both.sato.outbox.attempts(picked.id)[-1].detail["reply"]))
        finally:
            locale.use("ja")
        return texts[0], texts[1], texts[2], texts[3]

    ours = shown(Told.of(TryLater("smtp_later", host="mx.example", reply="451 じゃあ")))
    assert ours[0] == ours[1] != ours[2] == ours[3]
    assert "it will be tried again by itself" in ours[2]
    assert all("451 じゃあ" in text for text in ours)
    assert set(shown(Told("451 じゃあ"))) == {"451 じゃあ"}
    assert set(shown(Told("未来の文", "errors.of_the_future", {"x": 1}))) == {"未来の文"}
    assert set(shown(Told("未来の文", "errors.smtp_later", {"x": 1}))) == {"未来の文"}


def test_a_late_answer_stops_what_was_about_to_leave_again(both: Team) -> None:
    """A person had it sent again, a worker has it in hand, and the first attempt's 250 comes: no second dot."""
    number = both.conversation()
    send(both.sato, number)
    with both.store.transaction() as tx:
        first = outbox.pick(tx, "worker")
        assert first is not None
        assert outbox.mark_committing(tx, first.id, first.attempt, first.message_id)
        outbox.finish(tx, first.id, first.attempt, Step.NO_ANSWER, "")
    both.sql("UPDATE outbox SET committing_at = 1.0")
    both.sato.outbox.send_again(first.id)
    with both.store.transaction() as tx:
        second = outbox.pick(tx, "other")
        assert second is not None
        outbox.finish(tx, first.id, first.attempt, Step.ACCEPTED, "250 late")
        assert not outbox.mark_committing(tx, second.id, second.attempt, second.message_id)
    assert both.sato.outbox.item(first.id).state is OutboxState.SENT


def test_a_reply_that_was_queued_across_a_restore_is_not_stuck(both: Team) -> None:
    """Its transaction ended when sending went on already: it is uncertain, on everybody's screen."""
    number = both.conversation()
    late = send(both.sato, number).outbox_id
    both.sql("UPDATE outbox SET epoch = 'an older one'")
    with both.store.transaction() as tx:
        outbox.reap(tx)
    assert both.sato.outbox.item(late).state is OutboxState.UNCERTAIN


def test_an_answer_counts_for_the_mail_that_was_sent(both: Team) -> None:
    """A restored store gave the number of an item to another reply: what a worker of the lost one says is not its."""
    send(both.sato, both.conversation())
    with both.store.transaction() as tx:
        lost = outbox.pick(tx, "worker")
    assert lost is not None
    both.sql("UPDATE outbox SET message_id = '<other@shop.example>'")
    with both.store.transaction() as tx:
        told = outbox.finish(tx, lost.id, lost.attempt, Step.ACCEPTED, "250", message_id=lost.message_id)
    assert told is None
    assert both.sato.outbox.item(lost.id).state is OutboxState.SENDING
