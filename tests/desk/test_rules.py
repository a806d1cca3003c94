"""The rules of a mailbox."""

from __future__ import annotations

import pytest

from maildesk.domain.outcomes import NotUndone
from maildesk.errors import MaildeskError, NotFound, NotPermitted
from tests.support.stores import Team


def test_who_leads_writes_the_rules_and_all_read_them(both: Team) -> None:
    """Nobody writes over what he has not read; the last change can be taken back."""
    box, rules = both.box.id, both.suzuki.rules
    assert (both.sato.rules.get(box).text, both.sato.rules.get(box).version) == ("", 0)
    with pytest.raises(NotPermitted):
        both.sato.rules.edit(box, "x", 0)
    with pytest.raises(NotFound):
        rules.edit(99, "x", 0)
    first = rules.edit(box, "# 返品\n- 7 日以内\n", 0)
    page = both.sato.rules.get(box)
    assert (page.text, page.version, page.changed_by, page.mailbox) == (
        "# 返品\n- 7 日以内",
        1,
        "鈴木",
        "テスト店",
    )
    assert page.changed_at is not None
    for version in (0, 2):
        with pytest.raises(MaildeskError) as refused:
            both.desk("takahashi").rules.edit(box, "x", version)
        assert refused.value.key == "rules_changed"
    second = both.desk("takahashi").rules.edit(box, "# 返品\n- 14 日以内", 1)
    assert isinstance(rules.undo(first.undo), NotUndone)
    assert rules.undo(second.undo) is None
    assert both.sato.rules.get(box).text == "# 返品\n- 7 日以内"
