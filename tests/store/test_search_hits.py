"""Where in a conversation the words of a search stand."""

from __future__ import annotations

from random import Random

from maildesk.domain.hit import Where
from maildesk.domain.query_text import excerpt, hits
from maildesk.store import file_words
from tests.support.stores import Team, mail


def at(team: Team, query: str, *ids: int) -> dict[int, tuple[Where, str]]:
    """Where the words stand, and what is marked there."""
    found = team.sato.inbox.hits(query, ids)
    return {
        number: (hit.where, "|".join(hit.excerpt.text[span.start : span.end] for span in hit.excerpt.spans))
        for number, hit in found.items()
    }


def test_where_words_stand(both: Team) -> None:
    """The newest text that has them, before subjects and names; a comment of colleagues is told from mails, a word
    inside a file from its name; what a key does not look at is no hit."""
    one = both.conversation(1, subject="返品の件", body="カバーの色が違います。")
    two = both.conversation(2, subject="交換の件", body="ｶﾊﾞｰを返品したいです。")
    assert at(both, "返品", one, two) == {one: ("subject", "返品"), two: ("body", "返品")}
    assert at(both, "かばー 返品", two) == {two: ("body", "ｶﾊﾞｰ|返品")}
    assert at(both, "subject:返品 | body:カバー", one, two) == {one: ("body", "カバー"), two: ("body", "ｶﾊﾞｰ")}
    assert at(both, "from:customer2", one, two) == {two: ("sender", "customer2")}
    assert at(both, "-返品", one, two) == at(both, "is:unread", one, two) == at(both, "返品") == {}
    both.sato.comments.add(one, "返品を受けました")
    assert at(both, "返品", one) == {one: ("comment", "返品")}
    both.arrive(mail(3, headers=("In-Reply-To: <m1@example.jp>",), subject="Re: 返品の件", body="どうも"))
    assert at(both, "返品", one) == {one: ("comment", "返品")}, "the new mail has it in its subject only"


def test_inside_a_file(both: Team) -> None:
    """The hit names its file."""
    number = both.conversation(1)
    (message,) = both.sato.conversations.get(number).messages
    files = '[{"index": 0, "name": "a.txt", "type": "text/plain", "size": 9, "inline": false}]'
    both.sql("UPDATE message SET files = :f WHERE id = :m", f=files, m=message.id)
    (job,) = both.store.run(lambda tx: file_words.take(tx, 1))
    both.store.run(lambda tx: file_words.put(tx, job, {0: "翡翠の間 御中"}))
    hit = both.sato.inbox.hits("翡翠", [number])[number]
    assert (hit.where, hit.file, hit.excerpt.text) == ("attachment", "a.txt", "翡翠の間 御中")


def test_a_hit_far_down_a_long_text() -> None:
    """Only the part that has it is taken apart; a word that is cut there is no beginning of one."""
    text = "invoice " * 20_000 + "x" * 30 + "voice 終わり"
    found = excerpt(text, ["終わり"])
    assert found is not None
    assert found.text.startswith("…")
    assert found.text.endswith("終わり")
    assert excerpt(text, ["voice"]) is None
    spread = "あ" * 9_000 + "配送" + " " * 5_000 + "\n遅延"
    assert excerpt(spread, ["配送遅延"]) is not None


def test_an_excerpt_is_found_wherever_a_hit_is() -> None:
    """In texts of any length, whatever the windows cut."""
    random = Random(3)
    parts = ("返品", "あ", "い", " ", "\n", "。", "order", "x1", "ｶﾞ", "が")
    for _ in range(150):
        text = "".join(random.choice(parts) for _ in range(random.randint(1, 1_500)))
        for phrase in ("返品あ", "order x1", "がが返品", "い。い。い", "rder", "x1order"):
            assert (excerpt(text, [phrase]) is not None) == hits(text, phrase), (text, phrase)
