"""What a careful colleague would look at before a reply leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from maildesk.domain.address import Address
from maildesk.domain.conversation import Conversation, MessageKind
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.outcomes import Check
from maildesk.domain.recipients import newcomers
from maildesk.domain.reply import Draft, StopReason
from maildesk.domain.template import placeholders
from maildesk.locale import t

_TO_YOU = r"(?:くださ|下さ|いただ|頂|願|お願|御願)"
_ATTACHMENT_WORDS = re.compile(
    # a customer is asked to attach, or did: 添付してお送りください, 添付いただいた写真
    rf"(?:添付|同封)(?!(?:を|して|し|の上|のうえ)?[、,]?(?:[おご](?:送り|送付|返信|連絡))?(?:を|して)?{_TO_YOU})"
    r"|別紙|(?<!please )(?<!you )(?<!kindly )\battach(?:ed|ment|ing)?\b|\benclosed\b",
    re.IGNORECASE,
)
_SALUTATION = re.compile(r"\s*((?:[^\s、。]{1,40}\s?){1,3})(?:様|さま|御中)\s*$")
_NAME = (
    r"(?:[A-Za-z.'\u30a0-\u30ff\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff-]{1,20}?"
    r"|[\u3041-\u309f]{1,8}?)"
)
_BEFORE_TEXT = re.compile(
    # of a word all in hiragana 「さま」 makes an adverb: すぐさま、
    rf"\s*((?:{_NAME}[ \u3000]?){{1,3}}?)(?:様|(?<![\u3041-\u309f])さま)[\s、，,。]"
)
_NO_NAME = re.compile(
    r"(?:仕|同|模|皆|みな|客|者|員|先|担当|窓口|得意|旦那|親御|[販代扱]店|[一二三四五六七八九十何数宛]名|ユーザー|オーナー|メンバー|ゲスト)$"
    r"|^(?:一|多|異|左|有|神|奥|殿|王|何|外|貴|若|上|先方|社長|店長|部長|課長|主人|三者三|多種多)$"
    r"|^(?:各$|各[社店人種位自]|貴[社店]|御[客社一家主両]|[おご][^\u3041-\u309f]|おかげ|おせわ|おたがい|おつかれ|ごくろう|[こそあど]の$)"
)
"""What makes no name of what stands before 様: 仕様, 同様, 皆様, ご担当者様."""
_UNREAD = re.compile(
    r"(?:^|[+._-])(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-?daemon)\d*(?:[+._-]|@)", re.IGNORECASE
)
_BY_COLLEAGUES = (StopReason.LOST_CLAIM, StopReason.ALREADY_ANSWERED, StopReason.RETURNED)
_DATED = re.compile(
    r"(\d{1,2})\s*[/月]\s*(\d{1,2})\s*日?\s*(?:[((]\s*([月火水木金土日])(?:曜日?)?\s*[))]|([月火水木金土日])曜)"
)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_WEEKDAYS = "月火水木金土日"


def own_text(body: str) -> str:
    """What we wrote ourselves: the body without quoted lines."""
    return "\n".join(line for line in body.split("\n") if not line.lstrip().startswith((">", ">")))


def written_text(body: str, signature: str) -> str:
    """What somebody wrote: our own text without the signature and without the line over the quotation."""
    lines = body.split("\n")
    kept = [
        line
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if not (line.rstrip().endswith((":", "：")) and below.lstrip().startswith((">", "＞")))
    ]
    text = own_text("\n".join(kept))
    return text.replace(signature.strip(), "", 1) if signature.strip() else text


def before_sending(
    draft: Draft, conversation: Conversation, box: Mailbox, own: frozenset[str]
) -> tuple[Check, ...]:
    """Every check, in the order in which the review shows them. ``own`` are our addresses, folded."""
    return (
        *_way_out(box),
        *_answered(draft, conversation, box),
        *_unread(draft, conversation),
        *_recipients(draft, conversation, own),
        *_gaps(draft),
        *_text(draft, box),
        *_salutation(draft, conversation),
        *_signature(draft, box),
        *_attachment(draft),
        *_weekdays(draft, conversation),
    )


def _way_out(box: Mailbox) -> Iterator[Check]:
    if box.smtp is None:
        yield Check(False, False, t("checks.no_smtp", mailbox=box.name))


def _answered(draft: Draft, conversation: Conversation, box: Mailbox) -> Iterator[Check]:
    """A reply to the same mail that has left: a draft that was stopped may be older than a colleague's answer."""
    mails = conversation.messages
    place = next((i for i, m in enumerate(mails) if m.id == draft.in_reply_to), len(mails))
    sent = next((m for m in reversed(mails[place + 1 :]) if m.kind is MessageKind.OUT), None)
    if sent is not None:
        who = t("common.colleague", name=sent.author) if sent.author else box.name
        yield Check(False, False, t("checks.answered", who=who, at=f"{sent.at.astimezone():%m/%d %H:%M}"))


def _unread(draft: Draft, conversation: Conversation) -> Iterator[Check]:
    """A recipient that is a program: it returned a mail of ours, or its name says that nobody reads it."""
    programs = {
        m.from_.key() for m in conversation.messages if m.automatic == "bounce" and m.from_ is not None
    }
    found = [a.address for a in (*draft.to, *draft.cc) if a.key() in programs or _UNREAD.search(a.address)]
    if found:
        yield Check(False, False, t("checks.unread", addresses=", ".join(found)))


def _recipients(draft: Draft, conversation: Conversation, own: frozenset[str]) -> Iterator[Check]:
    everybody = (*draft.to, *draft.cc)
    if not draft.to:
        yield Check(False, True, t("checks.no_recipient"))
        return
    wrong = next((a for a in everybody if not a.valid()), None)
    if wrong is not None:
        yield Check(False, True, t("checks.bad_address", address=wrong.address))
        return
    if all(a.key() in own for a in everybody):
        yield Check(False, True, t("checks.only_us"))
        return
    if not conversation.messages:
        return  # a mail to a customer who has not written: everybody is new to it
    newest = conversation.last_in
    known = {a.key() for m in conversation.messages for a in (*m.to, *m.cc, *m.reply_to)}
    known |= {m.from_.key() for m in conversation.messages if m.from_ is not None}
    known.add(conversation.summary.customer_address.casefold())
    strangers = [a.address for a in everybody if a.key() not in known]
    new = {a.key() for a in newcomers(conversation.messages, newest)}
    first_seen = [a.address for a in everybody if a.key() in new]
    if strangers:
        yield Check(False, False, t("checks.strangers", addresses=", ".join(strangers)))
    if first_seen:
        yield Check(
            False, False, t("checks.newcomers", count=len(first_seen), addresses=", ".join(first_seen))
        )
    if newest is not None and newest.from_ is not None and newest.from_.key() not in own:
        elsewhere = [a.address for a in newest.reply_to if a.key() not in {newest.from_.key()} | own]
        if elsewhere:
            yield Check(False, False, t("checks.reply_to", addresses=", ".join(elsewhere)))
    if strangers:
        return
    if newest is not None and newest.from_ is not None:
        expected = {a.key() for a in (*newest.reply_to, newest.from_)}
        same = any(a.key() in expected for a in draft.to)
        yield Check(same, False, t("checks.same_sender" if same else "checks.other_sender"))


def before_forwarding(
    draft: Draft, box: Mailbox, own: frozenset[str], takes_part: Iterable[Address] | None, *, asks: bool
) -> tuple[Check, ...]:
    """The checks of a mail that is passed on; ``takes_part`` are recipients whom it must not reach that way, None where
    it is a first mail to a customer."""
    return (
        *_way_out(box),
        *_outsiders(draft, own, None if takes_part is None else tuple(takes_part), asks=asks),
        *_gaps(draft),
        *_text(draft, box),
        *_attachment(draft),
    )


def _outsiders(
    draft: Draft, own: frozenset[str], takes_part: tuple[Address, ...] | None, *, asks: bool
) -> Iterator[Check]:
    everybody = (*draft.to, *draft.cc)
    wrong = next((a for a in everybody if not a.valid()), None)
    if not draft.to:
        yield Check(False, True, t("checks.no_recipient"))
    elif wrong is not None:
        yield Check(False, True, t("checks.bad_address", address=wrong.address))
    elif takes_part:
        yield Check(False, True, t("checks.takes_part", addresses=", ".join(a.address for a in takes_part)))
    elif asks and all(a.key() in own for a in everybody):
        yield Check(False, True, t("checks.only_us"))
    elif takes_part is not None:
        yield Check(True, False, t("checks.passed_on", count=len(everybody)))


def stopped(draft: Draft, *, asks: bool) -> Iterator[Check]:
    """A reply that did not leave before, as it was then: nothing stops it now. ``asks``: it goes to who approves."""
    if (stop := draft.stop) is None:
        return
    who = t("common.colleague", name=stop.who) if stop.who and stop.reason in _BY_COLLEAGUES else ""
    said = ": ".join(filter(None, (who, stop.why)))
    what = t(f"checks.stopped.{stop.reason}", said=t("checks.stopped.said", said=said) if said else "")
    yield Check(False, False, what + t("checks.stopped.approved" if asks else "checks.stopped.sent"))


def maybe_ours(draft: Draft, learned: Iterable[str]) -> Iterator[Check]:
    """A recipient for whom mail comes in here: perhaps an address of ours that nobody has named as one."""
    there = set(learned)
    found = [a.address for a in (*draft.to, *draft.cc) if a.key() in there]
    if found:
        yield Check(False, False, t("checks.maybe_ours", addresses=", ".join(found)))


def _gaps(draft: Draft) -> Iterator[Check]:
    gaps = [p.name for p in (*placeholders(draft.subject), *placeholders(draft.body))]
    if gaps:
        yield Check(False, True, t("checks.gaps", count=len(gaps), names=", ".join(dict.fromkeys(gaps))))
    else:
        yield Check(True, True, t("checks.no_gaps"))


def _text(draft: Draft, box: Mailbox) -> Iterator[Check]:
    if not written_text(draft.body, box.signature).strip():
        yield Check(False, True, t("checks.empty"))
    if not draft.subject.strip():
        yield Check(False, False, t("checks.no_subject"))


def _salutation(draft: Draft, conversation: Conversation) -> Iterator[Check]:
    """「〇〇 様」 at the top must be this customer, on a line of its own or before the first words."""
    name = "".join(conversation.summary.customer_name.split())
    if not name:
        return
    lines = own_text(draft.body).split("\n")
    first = next((line for line in lines if line.strip()), "")
    salutations = (_BEFORE_TEXT.match(first), *map(_SALUTATION.match, lines[:6]))
    parts = next((m[1].split() for m in salutations if m and not _NO_NAME.search("".join(m[1].split()))), [])
    if not (said := "".join(parts)):
        return
    surname = conversation.summary.customer_name.split()[0]
    same = said in name or name in said or any(p == surname or p.startswith(name[:2]) for p in parts)
    key = "checks.salutation" if same else "checks.other_salutation"
    yield Check(same, False, t(key, said=said, name=conversation.summary.customer_name))


def _signature(draft: Draft, box: Mailbox) -> Iterator[Check]:
    """A Japanese signature under a text without a Japanese letter: the mailbox has one signature only."""
    signature = box.signature.strip()
    written = written_text(draft.body, box.signature).strip()
    is_there = bool(signature) and signature in draft.body and bool(written)
    if is_there and _JAPANESE.search(signature) and not _JAPANESE.search(written):
        yield Check(False, False, t("checks.japanese_signature"))


def _attachment(draft: Draft) -> Iterator[Check]:
    said = _ATTACHMENT_WORDS.search(own_text(draft.body))
    if said and not draft.files:
        yield Check(False, False, t("checks.attachment_missing", said=said[0]))
    elif draft.files:
        yield Check(True, False, t("checks.attachments", count=len(draft.files)))


def _weekdays(draft: Draft, conversation: Conversation) -> Iterator[Check]:
    """「11月22日(月)」 when it is a Sunday."""
    today = conversation.summary.last_message_at.astimezone().date()
    for match in _DATED.finditer(own_text(draft.body)):
        month, day, word = int(match[1]), int(match[2]), match[3] or match[4]
        try:
            that = date(today.year + (1 if month < today.month - 6 else 0), month, day)
        except ValueError:
            yield Check(False, False, t("checks.no_such_date", said=match[0]))
            continue
        if _WEEKDAYS[that.weekday()] != word:
            yield Check(False, False, t("checks.weekday", said=match[0], weekday=_WEEKDAYS[that.weekday()]))
