"""What an import brings along, looked at in a fresh interpreter. Who may import whom is checked by ``make contracts``."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT, modules, tree

HEAVY = (
    "textual",
    "sqlalchemy",
    "keyring",
    "imapclient",
    "jinja2",
    "alembic",
    "psycopg",
    "asyncio",
)


def loaded_by(statement: str) -> set[str]:
    """The top-level packages and the modules of ours that ``statement`` loads."""
    program = f"import sys, json\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    names: list[str] = json.loads(run.stdout.splitlines()[-1])
    return {name for name in names if "." not in name or name.startswith("maildesk.")}


@pytest.mark.parametrize(
    "module", ["maildesk", "maildesk.__main__", "maildesk.cli", "maildesk.cli.parsing", "maildesk.wiring"]
)
def test_the_command_line_starts_light(module: str) -> None:
    """``maildesk --help`` pays for no library."""
    assert not loaded_by(f"import {module}") & set(HEAVY)


def test_showing_help_loads_no_library() -> None:
    """The list of verbs needs neither the app nor the store."""
    loaded = loaded_by(
        "import contextlib, io, maildesk.cli\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out: code = maildesk.cli.run(['--help'])\n"
        "assert code == 0 and 'maildesk' in out.getvalue()"
    )
    assert not loaded & set(HEAVY)


def test_the_app_draws_before_the_store_is_loaded() -> None:
    """The frame does not wait for SQLAlchemy, the mail libraries or the templates."""
    loaded = loaded_by("import maildesk.app")
    assert "textual" in loaded
    assert not loaded & {
        "sqlalchemy",
        "alembic",
        "psycopg",
        "imapclient",
        "keyring",
        "jinja2",
        "selectolax",
    }
    assert not {
        name for name in loaded if name.startswith(("maildesk.store", "maildesk.sync", "maildesk.wiring"))
    }


def test_the_desk_runs_without_a_terminal() -> None:
    """Scripts and the worker load no Textual."""
    assert "textual" not in loaded_by("import maildesk.desk, maildesk.sync.worker")


def test_an_area_of_words_is_loaded_when_asked_for() -> None:
    """Start-up does not pay for the words of screens nobody opened."""
    loaded = loaded_by("from maildesk.locale import t\nt('common.new')")
    assert {name for name in loaded if name.startswith("maildesk.locale.")} == {"maildesk.locale.common"}


def test_screens_and_widgets_import_no_store() -> None:
    """Also not inside functions, and not only for types: they know the desk's values."""
    wrong = []
    for name, path in modules().items():
        if not name.startswith(("maildesk.screens", "maildesk.widgets", "maildesk.app")):
            continue
        for node in ast.walk(tree(path)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            wrong += [
                f"{name}: {found}"
                for found in names
                if found.startswith(("maildesk.store", "maildesk.sync", "maildesk.wiring", "maildesk.cli"))
            ]
    assert not wrong
