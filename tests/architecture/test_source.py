"""Manners of the source: what must not stand in it, and what every public name has."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator

import pytest

from maildesk.config import SETTINGS
from tests.architecture.source import PACKAGE, ROOT, called, code_modules, modules, tracked, tree

TEXT = (".py", ".md", ".toml", ".tcss", ".json", ".yml", ".yaml", ".sh", ".lock", ".mako", ".pyi", ".svg")


def lines() -> Iterator[tuple[str, str]]:
    """Every line of every text file, with its place."""
    here = "tests/architecture/test_source.py"
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if name == here or (path.suffix not in TEXT and path.name not in ("Makefile", "run", ".gitignore")):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"{name}:{number}", line


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"\b(TODO|FIXME|XXX)\b", "left for later"),
        (r"NotImplementedError", "stub"),
        (r"(?<![\w.])/(home|Users|root|work)/(?!sato/)\w|\.\./shared/", "path of a machine"),
        (r"--index-url|--extra-index-url|--find-links|pypi\.org/simple|files\.pythonhosted\.org", "registry"),
        (r"https?://[^\s/]*:[^\s/]*@", "address with a password"),
        (r"^(<{7}|>{7}|={7})( |$)", "conflict"),
    ],
)
def test_what_must_not_stand_anywhere(pattern: str, what: str) -> None:
    """Nothing left for later, nothing of a machine, no registry, no secret."""
    found = [f"{where}: {line.strip()[:80]}" for where, line in lines() if re.search(pattern, line)]
    assert not found, what


def test_tests_never_sleep_to_wait() -> None:
    """A test that sleeps is slow where it works and fails where it does not."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "time.sleep",
                "sleep",
                "asyncio.sleep",
            ):
                if node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0:
                    continue  # gives way, does not wait
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_only_the_gate_speaks_to_the_terminal() -> None:
    """Nothing in the package prints, but the process at the demo's other end that says it is ready."""
    found = [
        f"{name}:{node.lineno}"
        for name, module in code_modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and called(node) == "print" and name != "maildesk.demo.world"
    ]
    assert not found


HANDLERS = ("on_", "action_", "watch_", "key_", "validate_", "compute_", "visit_")
OURS = ("app", "screens", "widgets")


def _undocumented(module_name: str) -> Iterator[str]:
    module = importlib.import_module(module_name)
    if not (module.__doc__ or "").strip() and (module.__file__ or "").endswith(".py"):
        source = inspect.getsource(module) if _length(module_name) else ""
        if source.strip():
            yield module_name
    for name, found in vars(module).items():
        if name.startswith("_") or getattr(found, "__module__", None) != module_name:
            continue
        if inspect.isfunction(found) and not found.__doc__:
            yield f"{module_name}.{name}"
        elif inspect.isclass(found):
            written = tree(modules()[module_name])
            node = next((n for n in written.body if isinstance(n, ast.ClassDef) and n.name == name), None)
            if node is not None:
                yield from _class(f"{module_name}.{name}", found, node)


def _length(module_name: str) -> int:
    return modules()[module_name].stat().st_size


def _class(where: str, found: type, node: ast.ClassDef) -> Iterator[str]:
    if ast.get_docstring(node) is None:
        yield where
    for inner in node.body:
        if (
            isinstance(inner, ast.ClassDef)
            and not inner.name.startswith("_")
            and ast.get_docstring(inner) is None
        ):
            yield f"{where}.{inner.name}"
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) or inner.name.startswith(
            ("_", *HANDLERS)
        ):
            continue
        promised = any(hasattr(base, inner.name) for base in found.__mro__[1:])
        protocol = getattr(found, "_is_protocol", False)
        setter = any(
            ast.unparse(d).endswith(".setter") or "overload" in ast.unparse(d) for d in inner.decorator_list
        )
        if ast.get_docstring(inner) is None and not promised and not protocol and not setter:
            yield f"{where}.{inner.name}"


def test_public_names_have_docstrings() -> None:
    """Modules, classes, functions and methods say what they promise; what a base class promises is said there."""
    skip = ("maildesk.locale.", "maildesk.store.migrations", "maildesk.__main__")
    found = [
        wrong for name in modules() if not name.startswith(skip) for wrong in _undocumented(name) if wrong
    ]
    assert not found


DRAWN = ("Static", "Label", "Button", "Option", "Checkbox", "RadioButton", "Collapsible", "Tab", "Tooltip")
TITLES = ("border_title", "border_subtitle", "tooltip")


def _gives_content() -> set[str]:
    """Functions and methods that are annotated to give back Content."""
    names = {"content", "joined", "Content", "assemble", "styled"}
    for _, module in code_modules():
        for node in ast.walk(module):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.returns is None:
                continue
            if ast.unparse(node.returns).strip("'\"") in ("Content", "Content | None"):
                names.add(node.name)
    return names


def _harmless(node: ast.expr, gives: set[str]) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Call():
            return called(node) in gives
        case ast.IfExp(body=body, orelse=orelse):
            return _harmless(body, gives) and _harmless(orelse, gives)
    return False


def _drawn() -> Iterator[tuple[str, ast.AST, ast.expr, bool]]:
    """Where a widget gets a text: place, node, the text, whether markup was said to be off."""
    for name, module in code_modules():
        if not name.startswith(("maildesk.app", "maildesk.screens", "maildesk.widgets")):
            continue
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                off = any(
                    k.arg == "markup" and isinstance(k.value, ast.Constant) and k.value.value is False
                    for k in node.keywords
                )
                if (called(node) in DRAWN and node.args) or (called(node) == "notify" and node.args):
                    yield name, node, node.args[0], off
                for keyword in node.keywords:
                    if keyword.arg == "tooltip" and called(node) in DRAWN:
                        yield name, node, keyword.value, off
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and target.attr in TITLES:
                        yield name, node, node.value, False


def test_no_widget_reads_markup_in_data() -> None:
    """``[/]`` in a name would end the app, ``[@click=…]`` run an action: widgets get Content, or markup is off."""
    gives = _gives_content()
    wrong = [
        f"{name}:{getattr(node, 'lineno', 0)}: {ast.unparse(text)[:60]}"
        for name, node, text, off in _drawn()
        if not off and not _harmless(text, gives) and called_widget(node) != "Tab"
    ]
    assert not wrong


def called_widget(node: ast.AST) -> str:
    """The widget of a call, '' for an assignment."""
    return called(node) if isinstance(node, ast.Call) else ""


def test_the_lint_sees_markup() -> None:
    """The rule above finds what it is for."""
    gives = _gives_content()
    for wrong in ("t('a.b')", "f'{name}'", "summary.subject", "str(error)", "a + b"):
        assert not _harmless(ast.parse(wrong, mode="eval").body, gives), wrong
    for right in ("content(t('a.b'))", "joined('a', 'b')", "'Esc'", "content(a) if x else ''"):
        assert _harmless(ast.parse(right, mode="eval").body, gives), right


def test_no_update_with_a_bare_string() -> None:
    """``Static.update`` reads markup too."""
    wrong = []
    for name, module in code_modules():
        if not name.startswith(("maildesk.app", "maildesk.screens", "maildesk.widgets")):
            continue
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and called(node) == "update" and len(node.args) == 1:
                text = node.args[0]
                if isinstance(text, ast.JoinedStr) or (
                    isinstance(text, ast.Call) and called(text) in ("t", "safe", "safe_line", "str")
                ):
                    wrong.append(f"{name}:{node.lineno}")
    assert not wrong


def test_the_package_has_no_drawer_for_everything() -> None:
    """A module called utils has no subject. (``locale/common.py`` holds words that all use.)"""
    never = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "data", "info"}
    assert not [n for n in modules() if n.rpartition(".")[2] in never and n != "maildesk.locale.common"]
    assert PACKAGE.is_dir()


def test_every_setting_does_something() -> None:
    """A setting that nobody reads is a promise that nobody keeps: ``found.ui.theme`` stands somewhere."""
    read = {
        (node.value.attr, node.attr)
        for name, module in code_modules()
        if not name.startswith("maildesk.config")
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }
    assert not [s.key for s in SETTINGS if tuple(s.key.split(".")) not in read]
