"""No template can reach Python, run long or grow large."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.domain.template import Template
from maildesk.errors import TemplateError
from maildesk.templates import lint, render
from maildesk.templates.sandbox import LONGEST_OUTPUT, LONGEST_VALUE

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''.__class__.__base__.__subclasses__()[40]('/etc/passwd').read() }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ ().__class__.__bases__[0].__subclasses__()[59].__init__.__globals__ }}",
    "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "{{ namespace.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ lipsum.__globals__.os.system('id') }}",
    "{{ url_for.__globals__ }}",
    "{{ get_flashed_messages.__globals__.__builtins__ }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__.__builtins__.__import__('os') }}",
    "{{ request|attr('application')|attr('\\x5f\\x5fglobals\\x5f\\x5f') }}",
    "{{ ()|attr('\\x5f\\x5fclass\\x5f\\x5f')|attr('\\x5f\\x5fbase\\x5f\\x5f') }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''['__class__'] }}",
    "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ dict(a=1).__class__ }}",
    "{{ '{0.__class__.__mro__}'.format('') }}",
    "{{ '{0.__class__}'|format('') }}",
    "{{ '%s'|format(self) }}",
    "{{ ''.format_map({}) }}",
    "{{ 'a'.format }}",
    "{{ (''|attr('format')) }}",
    "{{ ['x']|map(attribute='__class__')|list }}",
    "{{ ['x']|map('attr', '__class__')|list }}",
    "{{ [1]|groupby('__class__') }}",
    "{{ ['x']|sum(attribute='__init__') }}",
    "{{ ['x']|selectattr('__class__')|list }}",
    "{{ x|xmlattr }}",
    "{{ x|pprint }}",
    "{{ x|tojson }}",
    "{{ x|replace('a', 'b') }}",
    "{{ x|center(999999999) }}",
    "{{ x|indent(999999999) }}",
    "{{ x|batch(1) }}",
    "{{ x.mro() }}",
    "{{ caller() }}",
    "{{ super() }}",
    "{{ varargs }}",
    "{{ self }}",
    "{{ loop }}",
    "{{ _x }}",
    "{{ __import__('os') }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{% for x in range(10) %}{% endfor %}",
    "{% for x in range(999999999) %}{% endfor %}",
    "{% for x in 顧客名 %}{% endfor %}",
    "{% for x, y in [[1, 2]] %}{% endfor %}",
    "{% for x in [1] recursive %}{{ loop([2]) }}{% endfor %}",
    "{% set x = cycler.__init__ %}",
    "{% set x %}a{% endset %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% with a = 1 %}{{ a }}{% endwith %}",
    "{% block b %}{% endblock %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'x' %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% do x.append(1) %}",
    "{% debug %}",
    "{{ 'a' * 999999999 }}",
    "{{ 'a' * 10 * 10 }}",
    "{{ 9 ** 999999999 }}",
    "{{ 9 + 9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ 1 // 0 }}",
    "{{ {}.__class__ }}",
    "{{ {'a': 1} }}",
    "{{ [[1]] }}",
    "{{ (1, 2)|upper }}",
    "{{ x(*y) }}",
    "{{ x|default(*y) }}",
    "{{ x|default(**y) }}",
    "{{ x|営業日(days=1) }}",
    "{{ x|円(1) }}",
    "{{ x[1:2] }}",
    "{{ 1e999 }}",
    "{{ " + "9" * 5_000 + " }}",
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "{{ x" + "|upper" * 5_000 + " }}",
    "{{ " + "not " * 5_000 + "x }}",
    "{% if x %}" * 3_000 + "{% endif %}" * 3_000,
    "{% for a in [1,2,3] %}" * 4 + "{% endfor %}" * 4,
    "{% for a in [" + "1," * 1_001 + "] %}{% endfor %}",
    "{% for a in [" + "1," * 900 + "] %}{% for b in [" + "1," * 900 + "] %}x{% endfor %}{% endfor %}",
    "x" * 70_000 + "{{ x }}",
]


@pytest.mark.parametrize("source", ESCAPES, ids=lambda source: str(source)[:50])
def test_published_escapes_are_refused_by_lint_and_by_rendering(source: str) -> None:
    values = {"顧客名": "青木", "x": "y", "y": "z"}
    before = time.perf_counter()
    assert any(problem.severity == "error" for problem in lint(source))
    with pytest.raises(TemplateError):
        render(Template(1, "悪意", "", "", source), values)
    assert time.perf_counter() - before < 5


def test_output_is_bounded() -> None:
    source = "{% for a in [" + "1," * 900 + "] %}{{ 顧客名 }}{% endfor %}"
    with pytest.raises(TemplateError, match="256 KiB"):
        render(Template(1, "長い", "", "", source), {"顧客名": "あ" * LONGEST_VALUE})


def test_a_long_value_is_cut() -> None:
    rendered = render(Template(1, "長い", "", "", "{{ 顧客名 }}"), {"顧客名": "あ" * 1_000_000})
    assert len(rendered.body) == LONGEST_VALUE


_atoms = st.sampled_from(
    [
        "顧客名",
        "x",
        "1",
        "'a'",
        "今日",
        "[1, 2]",
        "self",
        "loop",
        "_a",
        "a.b",
        "f(x)",
        "9999999999",
        "none",
        "true",
        "range(9)",
    ]
)
_filters = st.sampled_from(
    [
        "様",
        "円",
        "日付",
        "和暦",
        "営業日",
        "営業日(2)",
        "default('x')",
        "upper",
        "attr('a')",
        "no",
        "d(x)",
        "営業日+2",
        "list",
    ]
)
_expressions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, _filters).map("|".join),
        st.tuples(
            inner,
            st.sampled_from([" ~ ", " and ", " or ", " == ", " < ", " in ", " + ", " * ", " is "]),
            inner,
        ).map("".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"not {e}"),
        st.tuples(inner, inner, inner).map(lambda e: f"{e[0]} if {e[1]} else {e[2]}"),
    ),
    max_leaves=8,
)
_templates = st.recursive(
    st.one_of(st.text(max_size=20), _expressions.map(lambda e: f"{{{{ {e} }}}}")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.tuples(_expressions, inner).map(lambda p: f"{{% if {p[0]} %}}{p[1]}{{% endif %}}"),
        st.tuples(st.integers(0, 40), inner).map(
            lambda p: f"{{% for a in [{'1,' * p[0]}] %}}{p[1]}{{% endfor %}}"
        ),
        st.tuples(_expressions, inner).map(lambda p: f"{{% for a in {p[0]} %}}{p[1]}{{% endfor %}}"),
        inner.map(lambda i: f"{{% raw %}}{i}{{% endraw %}}"),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=2_000)
@given(_templates)
def test_any_template_ends_with_bounded_text_or_a_template_error(source: str) -> None:
    """Whatever is written: a text of at most 256 KiB within 2 s, or a TemplateError.

    And lint agrees with rendering.
    """
    sound = all(problem.severity == "info" for problem in lint(source))
    try:
        rendered = render(Template(1, "任意", "", "", source), {"顧客名": "青木" * 100, "今日": "2026-11-21"})
    except TemplateError:
        return
    assert sound
    assert len(rendered.body) <= LONGEST_OUTPUT


@settings(max_examples=300, deadline=2_000)
@given(st.text(alphabet="{}%#|-'\"()[]~=, \nabx1顧客名._", max_size=60))
def test_any_text_is_taken_or_refused_with_a_reason(source: str) -> None:
    """Random punctuation never raises anything but TemplateError."""
    faulty = any(problem.severity == "error" for problem in lint(source))
    if faulty:
        with pytest.raises(TemplateError):
            render(Template(1, "任意", "", "", source), {"顧客名": "青木"})
    with suppress(TemplateError):
        render(Template(1, "任意", "", source, source), {"顧客名": "青木"})
