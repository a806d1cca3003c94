"""Templates are filled in strictly, and what a customer or an author writes stays text."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import cast

import pytest

from maildesk import locale
from maildesk.domain.template import Placeholder, Template, Value, placeholders
from maildesk.errors import TemplateError
from maildesk.templates import (
    VARIABLES,
    free_variables,
    lint,
    lint_template,
    render,
    render_strict,
    variables_for,
)
from maildesk.templates.filters import FILTERS

VALUES: dict[str, Value] = {
    "customer_name": "渡邉 美咲",
    "order_number": "store-10028841",
    "shop_name": "Yahoo!店",
    "agent_name": "佐藤",
    "today": date(2026, 11, 21),
    "subject": "届いた商品に傷がありました",
}


def template(body: str, subject: str = "") -> Template:
    return Template(7, "交換のご案内", "返品・交換", subject, body)


def text(body: str, **values: Value) -> str:
    return render(template(body), VALUES | values).body


def test_both_names_of_a_variable_and_the_dotted_one_are_the_same() -> None:
    for name in ("customer_name", "顧客名", "customer.name"):
        assert text(f"{{{{ {name}|様 }}}}") == "渡邉 美咲 様"
    assert render(template("{{ customer_name }}"), {"顧客名": "青木"}).body == "青木"


def test_the_table_of_variables_has_no_name_twice_and_both_languages() -> None:
    written = [v.name for v in VARIABLES] + [v.japanese for v in VARIABLES]
    assert len(set(written)) == len(written)
    for variable in VARIABLES:
        assert variable.name.isidentifier()
        assert variable.japanese.isidentifier()
        assert variable.description
    for name in FILTERS:
        assert locale.has(f"templates.filter.{name}")


def test_business_days_are_those_of_the_shop() -> None:
    """And where there is none at all it is said, once."""
    days = template("{{ 今日|営業日(2)|短い日付 }} {{ 今日|営業日(-1)|短い日付 }}")
    assert render(days, VALUES, lambda day: day.day % 7 == 0).body == "12月7日(月) 11月14日(土)"
    assert render(days, VALUES).body == "11月24日(火) 11月20日(金)"
    with pytest.raises(TemplateError):
        render(days, VALUES, lambda day: False)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 今日 }}", "2026年11月21日(土)"),
        ("{{ '本日' ~ 今日 }}", "本日2026年11月21日(土)"),
        ("{{ 今日|日付 }}", "2026年11月21日(土)"),
        ("{{ 今日|短い日付 }}", "11月21日(土)"),
        ("{{ 今日|date }}", "21 November 2026"),
        ("{{ 今日|和暦 }}", "令和8年11月21日"),
        ("{{ '2019-05-01'|和暦 }} {{ '2019-04-30'|和暦 }}", "令和元年5月1日 平成31年4月30日"),
        ("{{ '1926-12-25'|和暦 }} {{ '1912/07/29'|和暦 }}", "昭和元年12月25日 明治45年7月29日"),
        ("{{ 1234567|円 }} {{ '¥1,980'|円 }} {{ '12,800円'|円 }}", "1,234,567円 1,980円 12,800円"),
        ("{{ -500|円 }} {{ 0|円 }}", "-500円 0円"),
        ("{{ 今日|営業日(1)|短い日付 }}", "11月23日(月)"),
        ("{{ 今日|営業日+2 }}", "2026年11月24日(火)"),
        ("{{ 今日|営業日+2|短い日付 }}", "11月24日(火)"),
        ("{{ (今日|営業日-1)|和暦 }}", "令和8年11月20日"),
        ("{{ 今日|営業日(0)|短い日付 }}", "11月23日(月)"),
        ("{{ '2026-11-20'|営業日(5)|短い日付 }}", "11月27日(金)"),
        ("{{ '午前中'|日付 }}", "午前中"),
        ("{{ '株式会社イトーキ 購買部'|様 }}", "株式会社イトーキ 購買部 御中"),
        ("{{ '株式会社イトーキ 服部'|様 }}", "株式会社イトーキ 服部 様"),
        ("{{ '㈱青空'|様 }} {{ '田中様'|様 }}", "㈱青空 御中 田中様"),
        ("{{ なし|default('お客様')|様 }}", "お客様"),
        ("{% if 注文番号 %}番号 {{ 注文番号 }}{% else %}番号なし{% endif %}", "番号 store-10028841"),
        ("{% for x in ['傷', '汚れ'] %}・{{ x }}\n{% endfor %}", "・傷\n・汚れ\n"),
        ("a\r\nb", "a\r\nb"),
        ("{{ 店舗名 if 店舗名 == 'Yahoo!店' else '他店' }}", "Yahoo!店"),
        ("{# 社内メモ #}本文", "本文"),
    ],
)
def test_filters_and_conditions(source: str, expected: str) -> None:
    assert text(source) == expected


def test_what_only_the_agent_knows_stays_visible_and_is_listed_once_in_order() -> None:
    rendered = render(
        template(
            "{{ 顧客名|様 }}\n{{ 到着予定日 }}に{{ 代金|円 }}、{{ 宛名|様 }}。{{到着予定日|日付}}",
            "Re: {{ 件名 }} {{ 枝番 }}",
        ),
        VALUES,
    )
    assert rendered.subject == "Re: 届いた商品に傷がありました {{ 枝番 }}"
    assert rendered.body == "渡邉 美咲 様\n{{ 到着予定日 }}に{{ 代金 }}円、{{ 宛名 }} 様。{{ 到着予定日 }}"
    assert rendered.gaps == ("枝番", "到着予定日", "代金", "宛名")
    filled = render(template("{{ 到着予定日 }}着"), VALUES | {"到着予定日": "11月24日(火)午前"})
    assert (filled.body, filled.gaps) == ("11月24日(火)午前着", ())


def test_an_empty_value_is_a_missing_one() -> None:
    assert render(template("{{ 顧客名|様 }}"), {"customer_name": "  "}).gaps == ("顧客名",)
    assert text("{% if 注文番号 %}あり{% else %}なし{% endif %}", order_number="") == "なし"


def test_strict_names_template_line_field_and_variable() -> None:
    with pytest.raises(TemplateError) as caught:
        render_strict(template("{{ 顧客名|様 }}\n\n発送日: {{ 発送予定日 }}"), VALUES)
    assert caught.value.values | {"where": ""} == {
        "name": "交換のご案内",
        "line": 3,
        "field": "body",
        "variable": "発送予定日",
        "where": "",
    }
    assert "3 行目" in str(caught.value)
    assert "発送予定日" in caught.value.hint
    with pytest.raises(TemplateError, match="件名"):
        render_strict(template("", "{{ 伝票 }}"), VALUES)
    with pytest.raises(TemplateError):
        render_strict(template("{% if 伝票 %}x{% endif %}"), VALUES)
    assert render_strict(template("{% if 署名 %}x{% endif %}{{ 顧客名|様 }}"), VALUES).body == "渡邉 美咲 様"


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x'|円 }}",
        "{{ 'x'|和暦 }}",
        "{{ 今日|営業日(999) }}",
        "{{ 今日 < 'x' }}",
        "{{ '1500-01-01'|和暦 }}",
    ],
)
def test_a_value_that_does_not_fit_names_the_line(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template("一行目\n" + source), VALUES)
    assert caught.value.values["line"] == 2


def test_what_cannot_be_decided_without_a_value_names_it() -> None:
    for source in (
        "{% if x < 1 %}{% endif %}",
        "{% if 1 >= x %}{% endif %}",
        "{% if not x and y > 2 %}{% endif %}",
    ):
        with pytest.raises(TemplateError) as caught:
            render(template("一\n" + source), VALUES)
        assert caught.value.key == "template_gap"
        assert caught.value.values["line"] == 2


def test_customer_text_is_never_obeyed_and_never_rendered_again() -> None:
    for hostile in ("{{ 7*7 }}", "{% for x in [1] %}49{% endfor %}", "{# x #}", "{{ 顧客名 }}"):
        rendered = render(
            template("{{ 顧客名|様 }} {{ メモ }}", "{{ 件名 }}"),
            {"顧客名": hostile, "メモ": hostile, "件名": hostile},
        )
        assert rendered.body.replace("｛", "{").replace(hostile, "") == " 様 "
        assert rendered.gaps == ()
        assert not placeholders(rendered.subject + rendered.body)


def test_values_are_text_numbers_and_dates_only() -> None:
    class Name(str):
        def __str__(self) -> str:
            raise AssertionError("code of a value was run")

    assert render(template("{{ x }}"), {"x": Name("青木")}).body == "青木"
    for wrong in (object(), ["a"], {"a": 1}, len, SimpleNamespace(a=1), b"x"):
        with pytest.raises(TypeError):
            render(template("{{ x }}"), {"x": cast(Value, wrong)})


def test_names_and_subjects_stay_on_one_line_signatures_keep_theirs() -> None:
    rendered = render(
        template("{{ 顧客名 }}|{{ 署名 }}", "Re: {{ 件名 }}"),
        {"顧客名": "青木\r\nBcc: x@example.jp", "件名": "a\nb", "署名": "一\n二"},
    )
    assert rendered.subject == "Re: a b"
    assert rendered.body == "青木 Bcc: x@example.jp|一\n二"


def test_variables_for_a_mail() -> None:
    values = variables_for(
        SimpleNamespace(name="青木", address="aoki@example.jp"),
        SimpleNamespace(name="自社EC", address="shop@shop.example"),
        SimpleNamespace(name="佐藤"),
        "Re: RE: 返信：領収書の件",
        "注文番号は OC-004217 です",
        datetime(2026, 11, 21, 23, 30, tzinfo=timezone(timedelta(hours=9))),
        order_patterns=("OC-######",),
    )
    assert values == {
        "customer_name": "青木",
        "customer_address": "aoki@example.jp",
        "order_number": "OC-004217",
        "shop_name": "自社EC",
        "shop_address": "shop@shop.example",
        "agent_name": "佐藤",
        "subject": "領収書の件",
        "today": date(2026, 11, 21),
    }


def test_an_address_is_no_name() -> None:
    """「x@example.jp 様」 must never be sent: the name is a gap then."""
    nobody = SimpleNamespace(name="X@example.jp", address="x@example.jp")
    shop = SimpleNamespace(name="自社EC", address="shop@shop.example")
    now = datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=9)))
    values = variables_for(nobody, shop, SimpleNamespace(name="佐藤"), "件", "", now)
    assert "customer_name" not in values


def test_placeholders_have_their_places() -> None:
    line = "前 {{ 到着日 }} 中 {% if x %} {{"
    assert placeholders(line) == (
        Placeholder("到着日", 2, 11),
        Placeholder("if x", 14, 24),
        Placeholder("{{", 25, 27),
    )
    assert placeholders("{ふつうの括弧} % {a}") == ()


def test_raw_blocks_and_literals_cannot_smuggle_a_placeholder_out() -> None:
    for source in ("{% raw %}{{ x }}{% endraw %}", "{{ '{{' }}", "{{ '{' ~ '%' }}", "{{ '{' }}{{ '{ x' }}"):
        assert render(template(source), VALUES).gaps
        with pytest.raises(TemplateError):
            render_strict(template(source), VALUES)


def test_lint_lists_faults_by_line_and_gaps_as_information() -> None:
    problems = lint("{{ 顧客名|様 }}\n{{ 顧客命 }}\n{{ 到着予定日 }}\n")
    assert [(p.line, p.severity) for p in problems] == [(2, "info"), (3, "info")]
    assert "顧客名" in problems[0].message
    faults = lint("a\n{{ x|sans|serif }}\n{{ y.z }}\n{% set a = 1 %}{{ x is divisibleby(3) }}")
    assert [p.line for p in faults] == [2, 2, 3, 4, 4]
    assert all(p.severity == "error" for p in faults)
    assert [(p.line, p.severity) for p in lint("一\n二 {{ 顧客名 ")] == [(2, "error")]
    assert lint("普通の文章 { } % です") == ()
    assert [p.field for p in lint_template(template("{{", "{{ 枝番 }}"))] == ["subject", "body"]


def test_free_variables_are_what_the_agent_must_say() -> None:
    assert free_variables(
        template("{{ 到着日 }}{{ 顧客名 }}{% for x in ['a'] %}{{ x }}{% endfor %}", "{{ 枝番 }}")
    ) == ("枝番", "到着日")
    assert free_variables(template("{{")) == ()


def test_messages_exist_in_english_too() -> None:
    before = locale.current()
    locale.use("en")
    try:
        assert "filled in" in lint("{{ when }}")[0].message
        with pytest.raises(TemplateError, match="line 1: when has no value"):
            render_strict(template("{{ when }}"), {})
    finally:
        locale.use(before)


def test_renderings_in_several_threads_do_not_disturb_each_other() -> None:
    """Strictness belongs to a rendering, not to the process."""
    wrong: list[str] = []

    def work(strict: bool) -> None:
        for _ in range(200):
            try:
                outcome = (render_strict if strict else render)(
                    template("{{ 顧客名 }}{{ 未定 }}"), VALUES
                ).body
            except TemplateError:
                outcome = "raised"
            if outcome != ("raised" if strict else "渡邉 美咲{{ 未定 }}"):
                wrong.append(outcome)

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_jinja_is_not_imported_before_the_first_template() -> None:
    code = (
        "import sys, maildesk.templates as m; from maildesk.domain.template import Template\n"
        "m.suggest([], 'a', 'b'); m.render(Template(1, 'a', '', '', 'plain'), {})\n"
        "assert 'jinja2' not in sys.modules or sys.exit('jinja2 was imported')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
