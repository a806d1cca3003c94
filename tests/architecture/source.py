"""The project's files and their syntax trees, for rules that are about all of them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "maildesk"


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def code_modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that is not only words, with its tree."""
    for name, path in modules().items():
        if not name.startswith("maildesk.locale."):
            yield name, tree(path)


def speaking_modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that says something to people: the package, and what writes the reference."""
    yield from code_modules()
    for path in sorted((ROOT / "scripts").glob("*.py")):
        yield f"scripts.{path.stem}", tree(path)


def tracked() -> list[Path]:
    """The files of the project as they will be published: what git knows, else everything but what is made."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True, text=True
        ).stdout.split("\0")
        files = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        made = {".git", ".venv", "__pycache__", "dist", "build", ".mypy_cache", ".ruff_cache", ".hypothesis"}
        files = [p for p in ROOT.rglob("*") if p.is_file() and not made & set(p.relative_to(ROOT).parts)]
    return [path for path in files if path.is_file()]


def called(node: ast.Call) -> str:
    """The last name of what is called: ``t``, ``notify``, ``Static``."""
    match node.func:
        case ast.Name(name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=ast.Name(name)):
            return name
    return ""
