"""A command line to test: in this process for speed, with its own home, every JSON line checked against its schema."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from maildesk import cli, locale
from tests.support.desk import SmallDesk, small_desk

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
TWO_WORDS = ("template", "keys", "config", "customer")


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """The schema of a verb, itself checked."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON objects printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def row(self) -> dict[str, Any]:
        """The only JSON object printed."""
        (row,) = self.rows
        return row


class CommandLine:
    """Call it with the words of a command. ``environ`` holds what the command finds in its environment."""

    def __init__(self, home: Path, desk: SmallDesk | None) -> None:
        self.home = home
        self.desk = desk
        self.environ = clean_environment(home)
        if desk is not None:
            self.environ |= {"MAILDESK_STORE": desk.url, "MAILDESK_AGENT": "sato"}

    def __call__(self, *words: str, stdin: str = "", lang: str = "en") -> Ran:
        """Run it in this process."""
        given = ["--lang", lang, *words]
        old = dict(os.environ), sys.stdin, sys.stdout, sys.stderr
        out, err = io.BytesIO(), io.BytesIO()
        os.environ.clear()
        os.environ.update(self.environ)
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
        sys.stdout, sys.stderr = io.TextIOWrapper(out, "utf-8"), io.TextIOWrapper(err, "utf-8")
        try:
            code = cli.run(given)
            ran = Ran(code, out.getvalue().decode(), err.getvalue().decode())
        finally:
            os.environ.clear()
            os.environ.update(old[0])
            sys.stdin, sys.stdout, sys.stderr = old[1:]
            locale.use("ja")
        assert "\x1b" not in ran.out + ran.err, "an escape sequence in a pipe"
        if "--json" in words and code in (0, 1, 6):
            check(words, ran)
        return ran


def check(words: tuple[str, ...], ran: Ran) -> None:
    """Every line is one JSON object that its schema describes."""
    named = [word for word in words if not word.startswith("-")]
    verb = next(word for word in named if (SCHEMAS / f"{word}.json").exists() or word in TWO_WORDS)
    two = "-".join(named[named.index(verb) :][:2])
    name = two if verb in TWO_WORDS or (SCHEMAS / f"{two}.json").exists() else verb
    for row in ran.rows:
        validator(name).validate(row)


def clean_environment(home: Path) -> dict[str, str]:
    """An environment in which only ``home`` is known."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR", "SYSTEMROOT")}
    return kept | {"HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2])}


def run_process(*words: str, environ: Mapping[str, str], stdin: bytes = b"", **more: Any) -> Ran:
    """Run ``python -m maildesk`` as a process of its own, with pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "maildesk", *words],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
        env=dict(environ),
        **more,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    """An empty desk."""
    made = small_desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    folder = tmp_path / "home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def maildesk(home: Path, desk: SmallDesk) -> CommandLine:
    """The command line on the desk, as 佐藤."""
    return CommandLine(home, desk)


@pytest.fixture
def bare(home: Path) -> CommandLine:
    """The command line of somebody who has no desk yet."""
    return CommandLine(home, None)
