"""The language of templates, made small enough to be safe in the same thread.

A template is written by a colleague, so it is not trusted with the process: one that hangs or swells would take
every agent's screen with it. Three things keep it small, one behind the other:

1. :func:`check` accepts a list of syntax nodes and refuses all others. There is no attribute, no subscript, no
   call, no arithmetic, no assignment, no macro, no inclusion.
2. Values are text, numbers and dates (:func:`plain`), and filters are those of :mod:`.filters`.
3. Jinja's ImmutableSandboxedEnvironment underneath, without globals, for what 1 and 2 might miss.

Time needs no clock and no child process: loops run over lists that are written out in the template, so the number
of operations is known before the template runs; :func:`check` counts it and refuses more than MOST_OPERATIONS.
Each operation handles at most LONGEST_VALUE characters per operand, and the output is counted while it is made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn, cast

from jinja2 import TemplateSyntaxError, Undefined, nodes, pass_context
from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from maildesk.domain.template import Value
from maildesk.locale import t
from maildesk.templates.filters import ARGUMENTS, FILTERS, LARGEST, SUFFIX, hiduke, on_weekdays
from maildesk.templates.filters import works as business
from maildesk.templates.variables import KNOWN

if TYPE_CHECKING:
    from jinja2 import Template as Compiled

LONGEST_SOURCE = 64 * 1024
LONGEST_VALUE = 4 * 1024
LONGEST_OUTPUT = 256 * 1024
LONGEST_LOOP = 1_000
MOST_OPERATIONS = 10_000
DEEPEST = 25
DEEPEST_LOOP = 3
FILENAME = "<template>"

_TESTS = frozenset({"defined", "undefined"})
_RESERVED = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs"})
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Test,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
)
_TAGS: dict[type[nodes.Node], str] = {
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Include: "include",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.With: "with",
    nodes.ScopedEvalContextModifier: "autoescape",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What :func:`check` refuses: the line and the key of a text in ``locale/templates.py`` with its
    values."""

    line: int
    key: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def message(self) -> str:
        """The sentence in the language in use."""
        return t(f"templates.problem.{self.key}", **dict(self.values))


class Forbidden(Exception):
    """A template that is not accepted; ``findings`` is never empty."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].key)
        self.findings = findings


class Missing(UndefinedError):
    """A variable without a value where one is needed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class TooLong(Exception):
    """The output is longer than LONGEST_OUTPUT characters."""


_strict: ContextVar[bool] = ContextVar("strict", default=True)


class Gap(Undefined):
    """A variable without a value. It prints as its placeholder, or raises Missing in a strict rendering. In
    a condition it is false, but strictly only a variable that the desk knows may be asked for."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: object = missing, name: str | None = None, exc: object = None
    ) -> None:
        super().__init__(hint, obj, name, Missing)  # what jinja refuses: order, arithmetic, calls

    @property
    def _undefined_message(self) -> str:
        return self.name  # what jinja gives to Missing

    @property
    def name(self) -> str:
        """Its name as the template writes it."""
        return self._undefined_name or ""

    def refuse(self) -> NoReturn:
        """Raise Missing for this variable."""
        raise Missing(self.name)

    def _known(self) -> bool:
        if _strict.get() and self.name not in KNOWN:
            self.refuse()
        return False

    def __str__(self) -> str:
        if _strict.get():
            self.refuse()
        return f"{{{{ {self.name} }}}}"

    def __bool__(self) -> bool:
        return self._known()

    def __eq__(self, other: object) -> bool:
        return self._known()

    def __ne__(self, other: object) -> bool:
        return not self._known()

    def __contains__(self, item: object) -> bool:
        return self._known()

    def __iter__(self) -> Iterator[object]:
        self.refuse()

    def __len__(self) -> int:
        self.refuse()


class Day(date):
    """A date that reads as a letter has it, wherever a template prints it."""

    __slots__ = ()

    def __str__(self) -> str:
        return hiduke(self)


class _Line(str):
    """A placeholder with the filter's suffix, so that it is not filtered again."""

    __slots__ = ()


def _over_gaps(name: str, call: Callable[..., Value]) -> Callable[..., Value | Gap]:
    """``call`` for values; for a gap its placeholder with what the filter would add."""
    suffix = SUFFIX.get(name)

    def filtered(value: Value | Gap, *args: object) -> Value | Gap:
        if isinstance(value, Gap):
            if _strict.get():
                value.refuse()
            return value if suffix is None else _Line(f"{value}{suffix}")
        for arg in args:
            if isinstance(arg, Gap):
                if _strict.get():
                    arg.refuse()
                return arg
        return value if isinstance(value, _Line) else call(value, *args)

    return filtered


@pass_context
def _printed(context: Context, value: object) -> str:
    return "" if value is None or isinstance(value, bool) else str(value)


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """The one environment: no loader, no globals, no autoescape (mail is plain text), our filters."""
    env = ImmutableSandboxedEnvironment(
        undefined=Gap,
        autoescape=False,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,  # filters need the rendering they run in
        cache_size=0,
    )
    default = env.filters["default"]
    env.globals.clear()
    env.filters = {name: _over_gaps(name, call) for name, call in FILTERS.items()}
    env.filters["default"] = env.filters["d"] = default
    env.tests = {name: call for name, call in env.tests.items() if name in _TESTS}
    return env


def _refusal(node: nodes.Node, env: ImmutableSandboxedEnvironment) -> Finding | None:
    line = getattr(node, "lineno", None) or 1
    match node:
        case nodes.Getattr(attr=attr):
            return Finding(line, "attribute", (("name", attr),))
        case nodes.Getitem() | nodes.Slice():
            return Finding(line, "attribute", (("name", "[ ]"),))
        case nodes.Call(node=nodes.Name(name=name)):
            return Finding(line, "call", (("name", name),))
        case nodes.Call():
            return Finding(line, "call", (("name", "( )"),))
        case nodes.BinExpr() if not isinstance(node, nodes.And | nodes.Or):
            return Finding(line, "arithmetic", (("operator", node.operator),))
        case nodes.UnaryExpr() if not isinstance(node, nodes.Not):
            return Finding(line, "arithmetic", (("operator", node.operator),))
        case nodes.Name(name=name) if name.startswith("_") or name in _RESERVED:
            return Finding(line, "attribute", (("name", name),))
        case nodes.Filter(name=name) if name not in env.filters:
            return Finding(line, "filter", (("name", name),))
        case nodes.Filter(name=name) if node.kwargs or len(node.args) > ARGUMENTS.get(name, 0):
            return Finding(line, "argument", (("name", name),))
        case nodes.Test(name=name) if name not in _TESTS:
            return Finding(line, "test", (("name", name),))
        case nodes.Filter() | nodes.Test() if node.dyn_args is not None or node.dyn_kwargs is not None:
            return Finding(line, "argument", (("name", node.name),))
        case nodes.For() if not isinstance(node.iter, nodes.List | nodes.Tuple) or node.recursive:
            return Finding(line, "loop")
        case nodes.For(iter=nodes.List() | nodes.Tuple()) if (
            len(cast("nodes.List | nodes.Tuple", node.iter).items) > LONGEST_LOOP
        ):
            return Finding(line, "loop_length", (("most", LONGEST_LOOP),))
        case nodes.For() if not isinstance(node.target, nodes.Name):
            return Finding(line, "loop")
        case nodes.Const(value=int() | float() as value) if not abs(value) <= LARGEST:
            return Finding(line, "number")
    if isinstance(node, _ALLOWED):
        return None
    return Finding(line, "tag", (("name", _TAGS.get(type(node), type(node).__name__.lower())),))


def _business_days(days: nodes.Filter, right: nodes.Expr, sign: int) -> nodes.Expr | None:
    """``今日|営業日+2|日付``, which Jinja reads as ``(今日|営業日) + (2|日付)``, as it is meant."""
    if days.name not in ("営業日", "business_days") or days.args or days.kwargs:
        return None
    outer: nodes.Filter | None = None
    number: nodes.Expr | None = right
    while isinstance(number, nodes.Filter):
        outer, number = number, number.node
    if not isinstance(number, nodes.Const) or not isinstance(number.value, int):
        return None
    days.args = [nodes.Const(sign * number.value, lineno=number.lineno)]
    if outer is None:
        return days
    outer.node = days
    return right


def _simplify(node: nodes.Node) -> nodes.Node:
    """The three ways of writing that stand for another: ``customer.name``, ``今日|営業日+2`` and a negative
    number."""
    match node:
        case nodes.Getattr(node=nodes.Name(name=first), attr=second) if f"{first}_{second}" in KNOWN:
            return nodes.Name(f"{first}_{second}", "load", lineno=node.lineno)
        case nodes.Neg(node=nodes.Const(value=int() | float() as value)):
            return nodes.Const(-value, lineno=node.lineno)
        case (
            nodes.Add(left=nodes.Filter() as days, right=right)
            | nodes.Sub(left=nodes.Filter() as days, right=right)
        ):
            return _business_days(days, right, 1 if isinstance(node, nodes.Add) else -1) or node
    return node


def _rewrite(root: nodes.Node) -> None:
    stack: list[nodes.Node] = [root]
    while stack:
        node = stack.pop()
        for field, value in node.iter_fields():
            if isinstance(value, nodes.Node):
                setattr(node, field, _simplify(value))
            elif isinstance(value, list):
                value[:] = [_simplify(item) if isinstance(item, nodes.Node) else item for item in value]
        if isinstance(node, nodes.Name):
            node.name = unicodedata.normalize("NFKC", node.name)  # as Python will read it in the program
        stack.extend(node.iter_child_nodes())


def check(source: str) -> nodes.Template:
    """The syntax tree of an acceptable template.

    Raises Forbidden with every finding: syntax, a node outside the language, a tree too deep, too many
    operations.
    """
    if len(source) > LONGEST_SOURCE:
        raise Forbidden((Finding(1, "source", (("most", LONGEST_SOURCE // 1024),)),))
    env = environment()
    try:
        tree = env.parse(source)
    except TemplateSyntaxError as error:
        reason = (error.message or "").rstrip(".")
        raise Forbidden((Finding(error.lineno, "syntax", (("reason", reason),)),)) from None
    except (RecursionError, MemoryError):
        raise Forbidden((Finding(1, "depth"),)) from None
    except (ValueError, OverflowError):  # a number with thousands of digits
        raise Forbidden((Finding(1, "number"),)) from None
    _rewrite(tree)
    findings: list[Finding] = []
    lists: set[int] = set()  # the nodes that may be one: never printed, only run over and searched
    operations = 0
    stack: list[tuple[nodes.Node, int, int, int]] = [(tree, 1, 0, 1)]
    while stack:
        node, depth, loops, times = stack.pop()
        operations += times
        if depth > DEEPEST or loops > DEEPEST_LOOP:
            raise Forbidden((Finding(getattr(node, "lineno", None) or 1, "depth"),))
        if operations > MOST_OPERATIONS:
            raise Forbidden((Finding(getattr(node, "lineno", None) or 1, "operations"),))
        if finding := _refusal(node, env):
            findings.append(finding)
            if not isinstance(node, nodes.Filter | nodes.Test):
                continue
        if isinstance(node, nodes.List | nodes.Tuple) and id(node) not in lists:
            findings.append(Finding(node.lineno, "attribute", (("name", "[ ]"),)))
        if isinstance(node, nodes.For):
            lists.add(id(node.iter))
        elif isinstance(node, nodes.Operand):
            lists.add(id(node.expr))
        if isinstance(node, nodes.For):
            stack.append((node.iter, depth + 1, loops, times))
            loops += 1
            times *= max(1, len(cast("nodes.List | nodes.Tuple", node.iter).items))
            children = [child for child in node.iter_child_nodes() if child is not node.iter]
        else:
            children = list(node.iter_child_nodes())
        stack.extend((child, depth + 1, loops, times) for child in children)
    if findings:
        raise Forbidden(tuple(sorted(findings, key=lambda finding: finding.line)))
    return tree


def names(tree: nodes.Template) -> dict[str, int]:
    """Each variable that a checked template reads, as it is written, with its first line; loop variables
    are not among them."""
    loops = {node.target.name for node in tree.find_all(nodes.For) if isinstance(node.target, nodes.Name)}
    found: dict[str, int] = {}
    for node in tree.find_all(nodes.Name):
        if node.name not in loops:
            found[node.name] = min(node.lineno, found.get(node.name, node.lineno))
    return dict(sorted(found.items(), key=lambda item: item[1]))


@lru_cache(maxsize=256)
def compiled(source: str) -> Compiled:
    """The program of a template. Raises Forbidden."""
    env = environment()
    tree = check(source)
    try:
        code = env.compile(tree, filename=FILENAME)
    except (RecursionError, MemoryError, SyntaxError, ValueError):
        raise Forbidden((Finding(1, "depth"),)) from None
    return env.template_class.from_code(env, code, {})


def plain(value: Value, *, multiline: bool) -> Value:
    """``value`` as a template may see it: exactly text, a number or a date.

    Text is cut at LONGEST_VALUE and put on one line unless ``multiline``. Braces that begin a placeholder
    become full-width ones: what a customer wrote is never obeyed, neither now nor by the check before
    sending.
    """
    if isinstance(value, str):
        text = "".join(value)[:LONGEST_VALUE]
        text = text if multiline else " ".join(text.split())
        return text.replace("{{", "｛｛").replace("{%", "｛%").replace("{#", "｛#")
    if isinstance(value, date):
        return Day(value.year, value.month, value.day)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"a template cannot hold a {type(value).__name__}")


def run(
    source: str, values: dict[str, Value], *, strict: bool, works: Callable[[date], bool] = on_weekdays
) -> str:
    """The text of the template. ``works`` says which days are business days.

    Raises Forbidden, Missing, TooLong and :class:`.filters.FilterFailure`; the last frame of the traceback
    that belongs to FILENAME has the line.
    """
    program = compiled(source)
    token, days = _strict.set(strict), business.set(works)
    try:
        pieces: list[str] = []
        length = 0
        for piece in program.generate(values):
            length += len(piece)
            if length > LONGEST_OUTPUT:
                raise TooLong
            pieces.append(piece)
        return "".join(pieces)
    finally:
        _strict.reset(token)
        business.reset(days)
