"""A reply that could not leave lies among the stopped ones with who, when and why, until it is sent, edited or thrown
away; and a colleague's text is handed over, not lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maildesk.desk import checks
from maildesk.domain.claim import Claimed, Freed, LostClaim
from maildesk.domain.outcomes import Begun
from maildesk.domain.reply import AlreadyAnswered, Queued, Recalled, StaleView, Stop, StoppedReply, StopReason
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from tests.desk.test_waiting import begin, send, write_again
from tests.support.stores import Team


def only(team: Team, login: str = "sato") -> StoppedReply:
    """The one stopped reply that an agent sees."""
    (line,) = team.desk(login).drafts.stopped()
    return line


def force(team: Team, number: int, login: str = "suzuki", reason: str = "お客様と電話中") -> Claimed:
    """A supervisor takes the claim."""
    seen = team.desk(login).conversations.summary(number).claim
    assert seen is not None
    taken = team.desk(login).claims.take_over(number, seen, reason)
    assert isinstance(taken, Claimed)
    return taken


# ---- how they come to lie there


def test_new_mail_while_sending(both: Team) -> None:
    """Stale view: the customer is named."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    write_again(both)
    outcome = both.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    assert isinstance(outcome, StaleView)
    line = only(both)
    assert (line.stop.reason, line.outbox_id, line.text) == (StopReason.STALE_VIEW, None, draft.body)
    assert line.stop.who == "customer1@example.jp"
    assert line.version == outcome.version


def test_a_colleague_was_faster(both: Team) -> None:
    """Already answered, or the claim lost: by whom and when."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    both.lapse(number)
    send(both.suzuki, number)
    outcome = both.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    assert isinstance(outcome, LostClaim)
    assert only(both).stop.reason is StopReason.LOST_CLAIM
    again = both.sato.claims.take(number)
    assert isinstance(again, Claimed)
    outcome2 = both.sato.replies.submit(again.claim, draft, seen_version=begun.claim.version, request_id="r2")
    assert isinstance(outcome2, AlreadyAnswered)
    line = only(both)
    assert (line.stop.reason, line.stop.who, line.stop.when) == (
        StopReason.ALREADY_ANSWERED,
        "鈴木",
        outcome2.at,
    )


def test_taken_over_while_typing(both: Team) -> None:
    """The draft is marked at once, and also one that is saved for the first time after the loss."""
    number, other = both.conversation(1), both.conversation(2)
    _, draft = begin(both.sato, number)
    both.sato.replies.save(draft)
    force(both, number)
    line = only(both)
    assert (line.stop.reason, line.stop.who, line.stop.why) == (
        StopReason.LOST_CLAIM,
        "鈴木",
        "お客様と電話中",
    )
    assert line.stop.when is not None
    _, late = begin(both.sato, other)
    force(both, other)
    saved = both.sato.replies.save(late)
    assert saved.stop is not None
    assert saved.stop.why == "お客様と電話中"
    assert len(both.sato.drafts.stopped()) == 2


def test_the_last_keystrokes_after_the_loss_are_kept_and_stay_stopped(both: Team) -> None:
    """Typing goes on for a moment after a take-over: nothing of it is lost, and the mark stays."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    both.sato.replies.save(draft)
    force(both, number)
    saved = both.sato.replies.save(replace(draft, body=f"{draft.body}\n追伸"))
    assert saved.stop is not None
    lost = both.sato.claims.renew(begun.claim, typed=True)
    assert isinstance(lost, LostClaim)
    assert (lost.holder is not None, lost.reason) == (True, "お客様と電話中")
    assert only(both).text == saved.body


def test_a_lease_that_another_took_stops_the_draft(both: Team) -> None:
    """A laptop that slept learns on waking who took the claim."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    both.sato.replies.save(draft)
    both.lapse(number)
    assert isinstance(both.suzuki.claims.take(number), Claimed)
    assert isinstance(both.sato.claims.renew(begun.claim, typed=False), LostClaim)
    assert (only(both).stop.reason, only(both).stop.who) == (StopReason.LOST_CLAIM, "鈴木")


# ---- how they leave


def test_sending_it_goes_through_all_fences(both: Team) -> None:
    """Seen and sent again: queued, and gone from the tray; if something new came again, it stays."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    write_again(both)
    both.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    both.sato.claims.release(begun.claim)
    line = only(both)
    write_again(both, 101)
    again = both.sato.replies.begin(number)
    assert isinstance(again, Begun)
    assert again.draft.stop is not None
    assert isinstance(
        both.sato.replies.submit(again.claim, again.draft, seen_version=line.version, request_id="r2"),
        StaleView,
    )
    line = only(both)
    assert isinstance(
        both.sato.replies.submit(again.claim, again.draft, seen_version=line.version, request_id="r3"), Queued
    )
    assert both.sato.drafts.stopped() == ()


def test_editing_it_makes_it_a_draft_again(both: Team) -> None:
    """Opening it changes nothing; changing the text while holding the claim does."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    write_again(both)
    both.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    both.sato.replies.save(draft)
    assert only(both).conversation_id == number
    saved = both.sato.replies.save(replace(draft, body="書き直しました。"))
    assert saved.stop is None
    assert both.sato.drafts.stopped() == ()


def test_the_last_look_says_that_it_was_stopped(both: Team) -> None:
    """Nothing stops it a second time: its review says why it was, and that it leaves now; not when it was edited."""
    number = both.conversation()
    _, draft = begin(both.sato, number)
    both.sato.replies.save(draft)
    taken = force(both, number)
    both.suzuki.claims.release(taken.claim)
    again = both.sato.replies.begin(number)
    assert isinstance(again, Begun)
    first = both.sato.replies.check(again.draft)[0]
    assert (first.ok, first.blocks) == (False, False)
    assert first.text == (
        "返信権を失って止まった返信です(鈴木さん: お客様と電話中)。"
        "送信すると、今度はお客様に届きます。不要なら送らずに下書きを捨ててください"
    )
    saved = both.sato.replies.save(replace(again.draft, body="書き直しました。"))
    assert not [c for c in both.sato.replies.check(saved) if "止まった" in c.text]
    outcome = both.sato.replies.submit(
        again.claim, again.draft, seen_version=again.claim.version, request_id="r"
    )
    assert isinstance(outcome, Queued)


def test_the_last_look_says_that_it_was_given_back(both: Team) -> None:
    """With the note; of who needs approval it is said that it leaves when it is approved."""
    number = both.conversation()
    asked = send(both.sato, number, approval=True).outbox_id
    both.suzuki.outbox.give_back(asked, "敬語を直してください")
    back = both.sato.outbox.pull_back(asked)
    assert isinstance(back, Recalled)
    first = both.sato.replies.check(back.draft)[0]
    assert first.text.startswith("差し戻された返信です(鈴木さん: 敬語を直してください)。送信すると")
    (asks,) = checks.stopped(back.draft, asks=True)
    assert "承認されると" in asks.text


@pytest.mark.parametrize("reason", list(StopReason))
def test_every_stop_is_said_in_the_last_look(both: Team, reason: StopReason) -> None:
    """A customer who wrote is no colleague."""
    _, draft = begin(both.sato, both.conversation())
    (said,) = checks.stopped(replace(draft, stop=Stop(reason, datetime.now(UTC), "鈴木")), asks=False)
    assert not said.ok
    by_customer = reason in (StopReason.STALE_VIEW, StopReason.NEW_MAIL)
    assert ("鈴木さん" in said.text) is not by_customer


def test_throwing_it_away_can_be_undone(both: Team) -> None:
    """With its files and its mark; not any more when another text was begun."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    draft = both.sato.replies.attach(draft, "a.txt", "text/plain", b"x")
    write_again(both)
    both.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    gone = both.sato.drafts.discard(number)
    assert gone is not None
    assert (gone.body, both.sato.drafts.of(number), both.sato.drafts.stopped(), both.sato.drafts.mine()) == (
        draft.body,
        None,
        (),
        (),
    )
    back = both.sato.drafts.undiscard(number)
    assert back is not None
    assert [f.name for f in back.files] == ["a.txt"]
    assert only(both).conversation_id == number
    both.sato.drafts.discard(number)
    both.sato.replies.save(replace(draft, body="別の文章", files=()))
    assert both.sato.drafts.undiscard(number) is None
    found = both.sato.drafts.of(number)
    assert found is not None
    assert (found.body, found.files) == ("別の文章", ())


def test_who_approves_sees_everybodys(both: Team) -> None:
    """An agent sees his own."""
    number = both.conversation()
    begun, draft = begin(both.sato, number)
    write_again(both)
    both.sato.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    assert only(both, "suzuki").author == "佐藤"
    both.sql("UPDATE agent SET role = 'agent' WHERE login = 'suzuki'")
    with both.store.reading() as tx:
        from maildesk.store import agents

        demoted = agents.by_login(tx, "suzuki")
    assert demoted is not None
    both.agents["suzuki"] = demoted
    desk = both.new_session("suzuki")
    assert desk.drafts.stopped() == ()
    desk.close()


# ---- handing over


def test_a_supervisor_peeks_at_the_draft(both: Team) -> None:
    """What the holder has saved so far; written down once for each claim; others may not."""
    number = both.conversation()
    assert both.suzuki.drafts.peek(number) is None
    _, draft = begin(both.sato, number)
    assert both.suzuki.drafts.peek(number) is None
    both.sato.replies.save(draft)
    for text in (draft.body, "もう少し書きました"):
        both.sato.replies.save(replace(draft, body=text))
        seen = both.suzuki.drafts.peek(number)
        assert seen is not None
        assert (seen.author, seen.live, seen.draft.body) == ("佐藤", True, text)
    read = [e.detail for e in both.sato.conversations.get(number).events if e.what == "draft-read"]
    assert read == [{"author": "佐藤"}]
    with pytest.raises(NotPermitted):
        both.sato.drafts.peek(number)


def test_the_winner_takes_the_losers_text(both: Team) -> None:
    """Text and files become his own; the loser keeps his; both is written down."""
    number = both.conversation()
    _, draft = begin(both.sato, number)
    draft = both.sato.replies.attach(draft, "a.txt", "text/plain", b"x")
    force(both, number)
    (theirs,) = both.suzuki.drafts.colleagues(number)
    assert (theirs.author, theirs.live) == ("佐藤", False)
    mine = both.suzuki.drafts.copy(number, theirs.author_id)
    assert (mine.body, [f.name for f in mine.files], mine.stop) == (draft.body, ["a.txt"], None)
    kept = both.sato.drafts.of(number)
    assert kept is not None
    assert [f.name for f in kept.files] == ["a.txt"]
    words = [e.what for e in both.sato.conversations.get(number).events]
    assert "draft-copied" in words
    with pytest.raises(MaildeskError) as twice:
        both.suzuki.drafts.copy(number, theirs.author_id)
    assert twice.value.key == "draft_there"


def test_only_who_holds_the_claim_reads_a_colleagues_draft(both: Team) -> None:
    """An agent who answers next sees what was written before him; one who merely looks does not."""
    number = both.conversation()
    begun, draft = begin(both.suzuki, number)
    both.suzuki.replies.save(draft)
    both.suzuki.claims.release(begun.claim)
    with pytest.raises(NotPermitted):
        both.sato.drafts.colleagues(number)
    assert isinstance(both.sato.claims.take(number), Claimed)
    assert [d.author for d in both.sato.drafts.colleagues(number)] == ["鈴木"]
    with pytest.raises(NotFound):
        both.sato.drafts.copy(number, 99)


# ---- waiting for a claim


def test_who_waits_is_told_that_it_was_answered(both: Team) -> None:
    """Not that it is free: somebody has answered, and nobody has to."""
    number = both.conversation()
    begun, draft = begin(both.suzuki, number)
    both.sato.claims.watch(number)
    both.suzuki.replies.submit(begun.claim, draft, seen_version=begun.claim.version, request_id="r")
    (told,) = both.sato.claims.freed()
    assert (told.conversation_id, told.answered_by) == (number, "鈴木")
    assert both.sato.claims.freed() == ()


def test_two_windows_are_told_once(both: Team) -> None:
    """Whichever asks first tells it."""
    number = both.conversation()
    taken = both.suzuki.claims.take(number)
    assert isinstance(taken, Claimed)
    both.sato.claims.watch(number)
    other = both.new_session("sato")
    both.suzuki.claims.release(taken.claim)
    assert sorted([both.sato.claims.freed(), other.claims.freed()]) == [(), (Freed(number),)]
    other.close()


def test_who_waits_is_not_told_while_an_answer_waits(both: Team) -> None:
    """The turn is not free while a reply waits for approval."""
    number = both.conversation()
    both.suzuki.claims.watch(number)
    asked = send(both.sato, number, approval=True).outbox_id
    assert both.suzuki.claims.freed() == ()
    both.suzuki.outbox.give_back(asked, "")
    assert both.suzuki.claims.freed() == (Freed(number),)
