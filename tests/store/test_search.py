"""Search: the index of words finds exactly what reading every text would find, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from maildesk.domain.conversation import MessageKind
from maildesk.domain.query import All, Any, Node, Not, Term, parse
from maildesk.domain.query_text import hits
from maildesk.domain.status import Status, Tab
from maildesk.store import search_index
from maildesk.store.engine import open_store
from tests.support.stores import SHOP, Team, mail

_PARTS = (
    "返品", "返却", "交換", "品", "カバー", "ｶﾊﾞｰ", "かばー", "テーブル", "お願いいた\nします", "、", "。", " ", "\n", "の",
    "order", "ORDER-9", "A123", "123456", "no-reply", "reply", "100%", "_", "iPhone15", "ケース", "ß", "が",
)  # fmt: skip
_PHRASES = (
    "返品", "品", "返", "交換", "返品交換", "カバー", "かば", "ー", "テーブルの", "お願いいたします", "ord", "der", "order-9",
    "order 9", "123", "a1", "reply", "no-reply", "100%", "_", "%", "iphone15ケース", "15ケース", "のの", "品、", "ss", "が",
)  # fmt: skip


def found(team: Team, query: str, tab: Tab = Tab.ALL) -> set[int]:
    """What a query finds."""
    return {row.id for row in team.sato.inbox.page(tab, query=query, limit=500).rows}


def _fits(node: Node, texts: dict[str, list[str]]) -> bool:
    match node:
        case All(parts):
            return all(_fits(part, texts) for part in parts)
        case Any(parts):
            return any(_fits(part, texts) for part in parts)
        case Not(part):
            return not _fits(part, texts)
        case Term(key, values):
            where = texts[key] if key else [one for some in texts.values() for one in some]
            return any(hits(text, value) for text in where for value in values)


def test_what_is_found_is_what_reading_everything_finds(both: Team) -> None:
    """Recall and precision of 100 %, for words of one character and phrases, in every part of a mail, in comments,
    with alternatives and negation; and the same while nothing is indexed few at a time."""
    random = Random(7)

    def words(most: int) -> str:
        return "".join(random.choice(_PARTS) for _ in range(random.randint(1, most)))

    have: dict[int, dict[str, list[str]]] = {}
    for number in range(40):
        subject, name, body = words(3).replace("\n", " ").strip() or "x", words(1).strip() or "y", words(8)
        name = "".join(c for c in name if c.isalnum()) or "z"
        raw = mail(number, sender=f"{name} <c{number}@example.jp>", subject=subject, body=body)
        taken = both.arrive(raw)[0]
        assert taken.conversation_id is not None
        message = both.sato.conversations.get(taken.conversation_id).messages[0]
        have[taken.conversation_id] = {
            "subject": [message.subject],
            "from": [f"{name} <c{number}@example.jp>"],
            "to": [f" <{SHOP}>"],
            "body": [message.text],
            "comment": [],
        }
        if number % 3 == 0:
            note = words(4).strip() or "n"
            both.sato.comments.add(taken.conversation_id, note)
            have[taken.conversation_id]["comment"].append(note)
    queries = [f'"{phrase}"' for phrase in _PHRASES]
    queries += [
        f'{key}:"{phrase}"' for key in ("subject", "body", "comment", "from") for phrase in _PHRASES[::3]
    ]
    queries += [f'"{random.choice(_PHRASES)}" | -"{random.choice(_PHRASES)}"' for _ in range(6)]
    queries += [f'"{random.choice(_PHRASES)}" -subject:"{random.choice(_PHRASES)}"' for _ in range(6)]
    for query in queries:
        node = parse(query)
        assert node is not None
        assert found(both, query) == {number for number, texts in have.items() if _fits(node, texts)}, query


def test_many_hits_are_found_like_few(both: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the list is read: by the numbers of what was found, by the index, or by walking it."""
    ids = [both.conversation(n, body="返品したい" if n % 2 else "交換したい") for n in range(1, 7)]
    for few, many in ((300, 20_000), (-1, 20_000), (-1, -1)):
        monkeypatch.setattr("maildesk.store.search_words.FEW", few)
        monkeypatch.setattr("maildesk.store.search_words.MANY", many)
        assert found(both, "返品") == set(ids[::2])
        assert found(both, "返品 | 交換") == set(ids)
        assert found(both, "-返品") == set(ids[1::2])
        assert both.sato.inbox.found(Tab.ALL, query="返品", most=2) == 2


def test_common_words_are_listed_in_order_from_page_to_page(
    both: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a page is found among the newest or not; with what is said in comments and is not indexed yet."""
    monkeypatch.setattr("maildesk.store.search_words.FEW", -1)
    monkeypatch.setattr("maildesk.store.search_words.MANY", -1)
    hits = {1, 2, 3, 8, 9, 11, 12}
    ids = {n: both.conversation(n, body="返品したい" if n in hits else "交換したい") for n in range(1, 14)}
    both.sato.comments.add(ids[6], "返品の件")
    listed = both.sato.inbox.page(Tab.ALL, limit=50).rows
    wanted = [row.id for row in listed if row.id in {ids[n] for n in hits | {6}}]
    for near in (1, 3, 50):
        monkeypatch.setattr("maildesk.store.conversations.NEAR", near)
        found_ids: list[int] = []
        after: str | None = None
        while len(found_ids) < 20:
            page = both.sato.inbox.page(Tab.ALL, query="返品", after=after, limit=2)
            found_ids += [row.id for row in page.rows]
            after = page.cursor
            if after is None:
                break
        assert found_ids == wanted, near
        for most in (1, 3, 20):
            assert both.sato.inbox.found(Tab.ALL, query="返品", most=most) == min(most, 8)


def test_what_an_older_client_writes_is_found(both: Team) -> None:
    """It knows nothing of the index: the database notes what it writes, LIKE looks through it, and it is worked off."""
    old, new = both.conversation(1, body="返品したいです"), both.conversation(2, body="交換したいです")
    message = both.sato.conversations.get(old).messages[0].id
    comment = both.sato.comments.add(new, "至急デス").id
    assert both.sato.inbox.indexing() is None
    both.sql(
        "UPDATE message_body SET text = 'ﾍﾝｶﾝ', folded = 'ヘンカン返金' WHERE message_id = :m", m=message
    )
    both.sql(
        "INSERT INTO comment (conversation_id, kind, author_id, at, text) "
        "SELECT conversation_id, kind, author_id, at, '在庫確認' FROM comment WHERE id = :c",
        c=comment,
    )
    progress = both.sato.inbox.indexing()
    assert progress is not None
    assert (progress.total, progress.left) == (4, 2)
    assert found(both, "返金") == {old}
    assert found(both, "在庫") == found(both, "交換") == found(both, "至急です") == {new}
    assert search_index.catch_up(both.store, lambda: True, lambda seconds: None) == 2
    assert both.sato.inbox.indexing() is None
    assert found(both, "へんかん") == {old}
    assert found(both, "在庫") == {new}
    assert found(both, "返品") == set(), "the words of before are gone from the index"


def test_a_long_mail_is_found_by_every_word_of_it(both: Team) -> None:
    """Also by one that stands where PostgreSQL's rows of it are cut."""
    word = "境目語句"
    body = ("あ" * 49_990 + word) * 2 + "終" + "い" * 100
    number = both.conversation(1, body=body)
    for query in (word, "終い", "あ境"):
        assert found(both, query) == {number}, query
    assert found(both, "句目") == set()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from:*@example.jp", "ab"),
        ("from:customer1@*", "a"),
        ("from:*er2@example.jp", "b"),
        ("from:*@ample.jp", ""),
        ("from:*ample.jp", "ab"),
        ("from:客", "ab"),
        ("to:shop@", "ab"),
        ("to:*@shop.example", "ab"),
        ("customer:客", "ab"),
        ("customer:CUSTOMER1", "a"),
        ("customer:*2@example.jp", "b"),
        ("file:領収書", "b"),
        ("添付:領収", "b"),
        ("order:503-1234567-1234567", "b"),
        ("comment:至急", "a"),
        ("has:comment", "a"),
        ("has:claim", "b"),
        ("state:replying", "b"),
        ("state:open", "ab"),
        ("has:draft", ""),
        ("is:followed", ""),
        ("older:1h", ""),
        ("newer:1h", "ab"),
        ("after:yesterday", "ab"),
        ("before:2020", ""),
        ("shop:自社", "ab"),
        ("shop:shop@shop.example", "ab"),
        ("state:new,done", "ab"),
        ("担当:なし -状態:完了", "ab"),
    ],
)
def test_every_key_has_its_meaning(both: Team, query: str, expected: str) -> None:
    """One mail with a comment; one with a file and an order, held by a colleague."""
    file = (
        "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n注文 503-1234567-1234567 です\r\n--x\r\n"
        "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=UTF-8''"
        "%E9%A0%98%E5%8F%8E%E6%9B%B8.pdf\r\n\r\nx\r\n--x--"
    )
    a = both.conversation(1, body="返品")
    raw = mail(2, body=file).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=x", 1)
    b = both.arrive(raw)[0].conversation_id
    assert b is not None
    both.sato.comments.add(a, "至急お願いします")
    both.suzuki.claims.take(b)
    assert found(both, query) == {{"a": a, "b": b}[one] for one in expected}


def test_a_migrated_store_is_indexed_afterwards(make_store: Callable[[], str]) -> None:
    """What was there before the index is noted to be indexed, and found until then."""
    from alembic import command

    from maildesk.store import schema

    store = open_store(make_store())
    with store.transaction() as tx:
        config = schema._config()
        config.attributes["connection"] = tx
        command.downgrade(config, "0003")
    schema.upgrade(store.engine)
    with store.reading() as tx:
        assert search_index.progress(tx) is None
    store.close()


def test_done_conversations_are_found_without_asking(both: Team) -> None:
    """Search looks into what is finished, too; spam and trash only where they are asked for."""
    number = both.conversation(1, body="返品")
    both.sato.triage.set_status([number], Status.DONE)
    assert found(both, "返品") == {number}
    both.sato.triage.set_status([number], Status.TRASH)
    assert found(both, "返品") == set()
    assert found(both, "返品", Tab.TRASH) == {number}
    assert both.sato.comments.add(number, "x").kind is MessageKind.COMMENT


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0001-12"])
def test_days_that_no_clock_reaches(both: Team, day: str) -> None:
    """Before the first mail, or after the last: no error."""
    number = both.conversation()
    found = [both.sato.inbox.page(Tab.ALL, query=f"{key}:{day}").rows for key in ("after", "before")]
    assert sorted(row.id for rows in found for row in rows) == [number]
