"""Where each mail of a batch belongs, decided in memory in the order of arrival. Nothing is asked or written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.domain.address import Address
from maildesk.domain.conversation import MessageKind
from maildesk.domain.letter import Outside
from maildesk.domain.reply_target import OWN
from maildesk.domain.status import Status
from maildesk.domain.threading import ANEW, Arrival, Known, Place, place
from maildesk.domain.trust import OWN_ADDRESS, Authentication, Verdict, authenticate, warnings
from maildesk.mail.values import ParsedMail
from maildesk.store.intake.lookup import Library, ids_of
from maildesk.store.intake.values import (
    NEW_SENDER,
    SENT,
    Arrived,
    Decided,
    Key,
    Result,
    TakenIn,
    Touched,
    snippet_of,
)
from maildesk.store.targets import ANSWERED


class Decisions:
    """The mails of a batch that are new, each with its place; and what became of those that are not."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._by_content: dict[str, Decided] = {}
        self.mails: list[Decided] = []
        self.made: list[Touched] = []
        self.results: dict[Key, TakenIn] = {}
        self.repeats: list[tuple[Arrived, Decided]] = []
        self.awaited: dict[tuple[str, int], Touched] = {}
        """The conversations that wait for a mail to which theirs refer, by its id and their reference."""
        self.turned_in: list[int] = []
        """Messages that were taken for ours alone and came in at one of our own addresses."""
        self.bounced: dict[int, str] = {}
        """What a report says, by the outbox item that it is about."""

    def decide(self, one: Arrived) -> None:
        """Give a mail its place."""
        key = one.parsed.content_key
        if (back := self._library.seen_back.get(one.key)) is not None:
            self._own_copy(one, back)
        elif key in self._library.copies:
            self._copy(one)
        elif key and (first := self._by_content.get(key)) is not None:
            self.repeats.append((one, first))
        else:
            self._new(one)

    # ---- copies

    def _own_copy(self, one: Arrived, back: TakenIn) -> None:
        addressed = {a.key() for a in (*one.parsed.to, *one.parsed.cc)}
        conversation = self._library.touched.get(back.conversation_id or 0)
        if conversation is not None and addressed & self._library.box.own_addresses:
            conversation.arrived_in(self._library.box.id)
        self.results[one.key] = back

    def _copy(self, one: Arrived) -> None:
        copy = self._library.copies[one.parsed.content_key]
        conversation = self._library.touched[copy.conversation_id]
        conversation.arrived_in(self._library.box.id)
        if (
            one.surely_sent and one.parsed.from_.key() in self._library.own
        ):  # it came in before it was seen in Sent
            conversation.participants |= {a.key() for a in self._outside(one.parsed)} - {""}
        if copy.kind == MessageKind.OUT and not one.from_sent_folder and not self._outside(one.parsed):
            self.turned_in.append(copy.message_id)  # one shop of ours wrote to another
            self._news(conversation, one, first=False)
        self.results[one.key] = TakenIn(one.raw_id, Result.DUPLICATE, copy.conversation_id, copy.message_id)

    # ---- new mails

    def _new(self, one: Arrived) -> None:
        box, own, parsed = self._library.box, self._library.own, one.parsed
        found = authenticate(parsed.authentication, box.authserv_id, parsed.from_.domain)
        verdict = found.verdict if found else Verdict.UNKNOWN
        ours = parsed.from_.key() in own
        unproven = bool(ours and box.authserv_id and not one.surely_sent and verdict is not Verdict.PASS)
        kind, customer = self._direction(one, ours and not unproven)
        outside = self._outside(parsed) if kind is MessageKind.OUT else [customer]
        arrival = Arrival(
            frozenset(a.key() for a in outside) - own - {""},
            ids_of(parsed),
            in_reply_to=parsed.in_reply_to,
            is_report=parsed.automatic == "bounce",
            sent=kind is MessageKind.OUT and one.surely_sent,
            verdict=verdict,
            unproven=unproven,
        )
        where = place(arrival, self._library.known, self._library.waiting.get(parsed.message_id or "", ()))
        aside = self._is_aside(where, arrival)
        if not aside:
            where = self._or_anew(where, one, kind)
        if where.conversation_id is None:
            conversation = self._make(parsed, kind, customer)
        else:
            conversation = self._at(where.conversation_id)
        mail = Decided(
            one,
            MessageKind.COMMENT if aside else kind,
            customer,
            conversation,
            where.reason,
            found,
            () if aside else self._marks(one, kind, customer, where, found, unproven=unproven),
            None if where.related_id is None else self._at(where.related_id),
            where.related_by,
        )
        self.mails.append(mail)
        if parsed.content_key:
            self._by_content[parsed.content_key] = mail
        if aside:
            self._note(mail, where)
        else:
            self._apply(mail, where)
        self._remember(mail)

    def _is_aside(self, where: Place, mail: Arrival) -> bool:
        """Whether it comes of what we passed on, from somebody (or, sent by ourselves, to somebody) who takes no part
        in the conversation: that is a note among us. The customer's own mail is his mail, whatever it quotes."""
        number = where.conversation_id
        if not where.aside or number is None:
            return False
        return mail.is_report or mail.people.isdisjoint(self._library.people[number])

    def _note(self, mail: Decided, where: Place) -> None:
        """An outsider's answer: nothing that the customer wrote, so his turn stays as it is, and nobody is added to
        whom an answer of ours could go. Who waited for it has the conversation back."""
        conversation, parsed, values = mail.conversation, mail.parsed, mail.conversation.values
        values["messages"] += 1
        values["attachments"] += sum(1 for a in parsed.attachments if not a.inline)
        values["last_message_at"] = max(values["last_message_at"], mail.arrived.received_at)
        conversation.version_steps += 1
        if mail.arrived.surely_sent and parsed.from_.key() in self._library.own:
            return  # what we wrote to him from elsewhere
        conversation.news = True
        if where.about_ours and parsed.bounce is not None:
            self._say_bounced(mail)
        if self._wakes(conversation, parsed) and not self._is_history(mail.arrived.received_at):
            values["outside"] = Outside.ANSWERED.value
            was = conversation.status
            if was in (Status.WAITING, Status.DONE):
                conversation.status = Status.NEW
            if was is Status.WAITING and values["due_from"] is not None:
                self._start_clock(conversation, mail.arrived, was)

    def _say_bounced(self, mail: Decided) -> None:
        """A report says that a mail of ours did not arrive, or not yet."""
        parsed, values = mail.parsed, mail.conversation.values
        item = next((self._library.quoted[i] for i in ids_of(parsed) if i in self._library.quoted), None)
        mail.concerns = item.outbox_id if item else None
        if parsed.bounce is None or _is_delay(parsed):
            return
        values["bounced"] = True
        if item is not None:
            self.bounced[item.outbox_id] = f"{parsed.bounce.action} {parsed.bounce.status}".strip()

    def _or_anew(self, where: Place, one: Arrived, kind: MessageKind) -> Place:
        """Where the shop wants it so, a customer's mail to a conversation that is done begins another one, which names
        it; his further mails go there."""
        if where.conversation_id is None or kind is MessageKind.OUT:
            return where
        parsed = one.parsed
        is_blocked = parsed.from_.key() in self._library.blocked
        reference = self._newest_after(where.conversation_id, is_blocked=is_blocked)
        conversation = self._at(reference)
        box = self._library.boxes.get(conversation.values["mailbox_id"])
        report = parsed.bounce is not None or parsed.automatic is not None or where.about_ours
        last = conversation.values["last_message_at"]
        if (
            box is None
            or report
            or conversation.status is not Status.DONE
            or reference in self._library.waits  # it was written without this mail, and is held for it
            or not box.reopen.begins_anew(last, one.received_at)
            or self._is_thanks(conversation, parsed)
        ):
            return where if reference == where.conversation_id else replace(where, conversation_id=reference)
        self._library.successors[reference] = -1 - len(self.made)  # that of the one which is made next
        return Place(related_id=reference, related_by=ANEW)

    def _newest_after(self, reference: int, *, is_blocked: bool) -> int:
        """The conversation that was begun after this one and those after it; merged ones are not gone into, nor one
        that somebody took for spam whose sender is not blocked: nobody would see the mail there."""
        met = {reference}
        while (after := self._library.successors.get(reference)) is not None and after not in met:
            if after > 0 and after not in self._library.touched:
                break
            if self._at(after).status is Status.SPAM and not is_blocked:
                break
            met.add(after)
            reference = after
        return reference

    def _outside(self, parsed: ParsedMail) -> list[Address]:
        return [a for a in (*parsed.to, *parsed.cc) if a.key() not in self._library.own]

    def _direction(self, one: Arrived, ours: bool) -> tuple[MessageKind, Address]:
        parsed, own = one.parsed, self._library.own
        others = self._outside(parsed)
        if ours and (one.from_sent_folder or others):
            return MessageKind.OUT, others[0] if others else parsed.from_
        if parsed.from_.key() in own:  # a contact form that mails to its own shop
            outside = [a for a in parsed.reply_to if a.key() not in own]
            return MessageKind.IN, outside[0] if outside else parsed.from_
        return MessageKind.IN, parsed.from_

    def _marks(
        self,
        one: Arrived,
        kind: MessageKind,
        customer: Address,
        where: Place,
        found: Authentication | None,
        *,
        unproven: bool,
    ) -> tuple[str, ...]:
        if kind is MessageKind.OUT:
            if one.surely_sent:
                return (SENT,)
            return () if self._library.box.authserv_id else (OWN_ADDRESS,)
        library, key = self._library, customer.key()
        first_time = bool(key) and key not in library.own and key not in library.customers
        library.customers.add(key)
        marks = warnings(
            one.parsed.from_,
            one.parsed.reply_to,
            own=library.own,
            verdict=found.verdict if found else Verdict.UNKNOWN,
            unproven=unproven,
            first_time=first_time,
        )
        return (*marks, NEW_SENDER) if where.new_sender else marks

    def _at(self, reference: int) -> Touched:
        return self.made[-1 - reference] if reference < 0 else self._library.touched[reference]

    def _make(self, parsed: ParsedMail, kind: MessageKind, customer: Address) -> Touched:
        made = Touched(
            0,
            -1 - len(self.made),
            self._first_status(parsed, kind),
            {
                "mailbox_id": self._library.box.id,
                "customer_name": customer.name,
                "customer_address": customer.address,
                "subject": parsed.subject,
                "received_at": None,
                "last_message_at": None,
                "messages": 0,
                "attachments": 0,
                "automatic": False,
                "answered": False,
                "bounced": False,
                "snippet": "",
                **ANSWERED,
            },
        )
        self.made.append(made)
        return made

    def _first_status(self, parsed: ParsedMail, kind: MessageKind) -> Status:
        if kind is MessageKind.OUT:
            return Status.DONE
        return Status.SPAM if parsed.from_.key() in self._library.blocked else Status.NEW

    # ---- what a mail changes

    def _apply(self, mail: Decided, where: Place) -> None:
        conversation, parsed, values = mail.conversation, mail.parsed, mail.conversation.values
        at = mail.arrived.received_at
        first = values["received_at"] is None
        newest = first or at >= values["last_message_at"]
        values["received_at"] = at if first else min(values["received_at"], at)
        if newest:
            values["last_message_at"] = at
            values["snippet"] = snippet_of(parsed)
        values["messages"] += 1
        values["attachments"] += sum(1 for a in parsed.attachments if not a.inline)
        conversation.participants |= {a.key() for a in self._trusted(mail, first=first)} - {""}
        conversation.arrived_in(self._library.box.id)
        if mail.kind is MessageKind.OUT:
            conversation.version_steps += 1
            if mail.arrived.surely_sent or self._library.box.authserv_id:  # anybody can write our name
                values["answered"] = True
            settled = conversation.status in (Status.NEW, Status.WAITING)
            if newest and mail.arrived.surely_sent and settled:
                conversation.status = Status.DONE
                values.update(ANSWERED)
            elif mail.arrived.surely_sent and not newest:
                conversation.answered_between = True
            return
        if first:
            values["automatic"] = parsed.automatic not in (None, "bounce")
        self._news(conversation, mail.arrived, first=first)
        if where.about_ours and parsed.bounce is not None:
            self._say_bounced(mail)

    def _trusted(self, mail: Decided, *, first: bool) -> Sequence[Address]:
        """Who takes part by this mail: whoever wrote it and was let in, or to whom we wrote. Never who is only named in
        it, nor anybody where it may be forged, nor the sender of a report about a mail of ours."""
        if mail.kind is MessageKind.OUT:
            proven = mail.arrived.surely_sent or self._library.box.authserv_id
            return self._outside(mail.parsed) if proven else ()
        if OWN_ADDRESS in mail.marks or (mail.authentication and mail.authentication.verdict is Verdict.FAIL):
            return ()
        return () if mail.parsed.automatic == "bounce" and not first else (mail.customer,)

    def _news(self, conversation: Touched, one: Arrived, *, first: bool) -> None:
        """Something has come in that an agent has not seen; an automatic answer wakes nobody."""
        conversation.version_steps += 1
        conversation.turn_steps += 1
        conversation.news = True
        was = conversation.status
        if self._is_history(one.received_at):
            if first and conversation.status is not Status.SPAM:
                conversation.status = Status.DONE
        elif not first and self._wakes(conversation, one.parsed) and was is not Status.SPAM:
            conversation.status = Status.NEW
            self._start_clock(conversation, one, was)
        elif first and was is Status.NEW and not conversation.values["automatic"]:
            self._start_clock(conversation, one, Status.DONE)

    def _wakes(self, conversation: Touched, parsed: ParsedMail) -> bool:
        """Whether a person has to look: not for an automatic answer, nor while a server still tries, nor for a mere
        thank you after the answer."""
        if parsed.automatic == "auto-reply" or _is_delay(parsed):
            return False
        return conversation.status is not Status.DONE or not self._is_thanks(conversation, parsed)

    def _is_thanks(self, conversation: Touched, parsed: ParsedMail) -> bool:
        box = self._library.boxes.get(conversation.values["mailbox_id"])
        if box is None or parsed.bounce is not None or parsed.attachments:
            return False
        return box.reopen.is_thanks(parsed.reply_text or parsed.text)

    def _start_clock(self, conversation: Touched, one: Arrived, was: Status) -> None:
        """The customer waits for an answer from now on; where he waited already, from then on."""
        box = self._library.boxes.get(conversation.values["mailbox_id"])
        target = box.reply_target if box is not None else None
        if target is None:
            return
        values, since, spent = conversation.values, one.received_at, 0.0
        if values["due_from"] is not None and was in (Status.NEW, Status.APPROVAL):
            return
        if values["due_from"] is not None and was is Status.WAITING:
            if (values["waiting_reason"] or OWN) in target.runs_while or values["paused_at"] is None:
                return
            spent = target.spent(values["due_from"], values["paused_at"], values["due_spent"])
        values.update(due_from=since, due_spent=spent, due_at=target.due(since, spent))

    def _is_history(self, at: datetime) -> bool:
        days = self._library.box.history_days
        return days is not None and at < self._library.now - timedelta(days=days)

    def _remember(self, mail: Decided) -> None:
        """Let the mails after this one find it, and those that it waits for."""
        conversation, parsed = mail.conversation, mail.parsed
        reference, people = conversation.reference, conversation.participants
        known = self._library.known
        for missing in ids_of(parsed):
            came = any(not k.awaited for k in known.get(missing, ()))
            if not came and (missing, reference) not in self.awaited:
                self.awaited[missing, reference] = conversation
                awaited = Known(reference, missing, False, people, awaited=True)
                known.setdefault(missing, []).append(awaited)
                self._library.waiting.setdefault(missing, []).append(awaited)
        if parsed.message_id:
            sent = SENT in mail.marks
            aside = mail.kind is MessageKind.COMMENT
            if aside:
                people = {a.key() for a in (parsed.from_, *self._outside(parsed))} - self._library.own - {""}
            one = Known(reference, parsed.message_id, False, people, sent=sent, aside=aside)
            known.setdefault(parsed.message_id, []).append(one)


def _is_delay(parsed: ParsedMail) -> bool:
    """A report that a mail has not been delivered yet."""
    return parsed.bounce is not None and parsed.bounce.action == "delayed"
