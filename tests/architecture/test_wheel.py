"""What is needed to run is in the wheel, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built as `make wheel` does."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_every_file_of_the_package_is_packed(wheel: zipfile.ZipFile) -> None:
    """Styles, migrations, words, the type marker: all that is not compiled."""
    names = set(wheel.namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= names
    assert {
        "maildesk/py.typed",
        "maildesk/screens/app.tcss",
        "maildesk/store/migrations/script.py.mako",
    } <= names
    assert any(name.startswith("maildesk/store/migrations/versions/") for name in names)


def test_nothing_else_is_packed(wheel: zipfile.ZipFile) -> None:
    """No tests, no documentation, nothing of a developer's."""
    others = {name for name in wheel.namelist() if not name.startswith("maildesk/")}
    assert {Path(name).parts[0].rpartition(".")[2] for name in others} == {"dist-info"}


def test_the_command_is_declared(wheel: zipfile.ZipFile) -> None:
    """`maildesk` is there after an install."""
    entry = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "maildesk = maildesk.__main__:main" in wheel.read(entry).decode()


def test_the_wheel_runs_by_itself(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The packed files are enough to show the help."""
    wheel.extractall(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "maildesk", "--lang", "en", "--help"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "maildesk" in run.stdout
