"""Words from other programs belong to actions that there are."""

from __future__ import annotations

from maildesk import keymap
from maildesk.domain import synonyms


def test_every_synonym_is_of_an_action() -> None:
    """No word leads nowhere, and none twice to the same."""
    assert set(synonyms.WORDS) <= set(keymap.BY_ID)
    for action_id in synonyms.WORDS:
        words = synonyms.of(action_id)
        assert words
        assert len(set(words)) == len(words)
    assert synonyms.of("list.down") == ()
