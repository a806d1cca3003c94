"""The command line as a process: speed, imports, pipes, terminals, homes, signals."""

from __future__ import annotations

import os
import pty
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, clean_environment, run_process
from tests.support.desk import SmallDesk

HEAVY = (
    "textual",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "imapclient",
    "keyring",
    "jinja2",
    "selectolax",
)


def imported(words: list[str], environ: dict[str, str]) -> set[str]:
    """The heavy packages that a command imports."""
    script = (
        "import sys\nfrom maildesk.__main__ import main\ncode = main(sys.argv[1:])\n"
        f"print('IMPORTED', *[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environ,
    )
    return set(done.stderr.splitlines()[-1].split()[1:])


def test_help_imports_nothing_heavy(home: Path) -> None:
    assert imported(["--help"], clean_environment(home)) == set()
    assert imported(["reply", "--help"], clean_environment(home)) == set()


def test_settings_and_mail_files_need_neither_store_nor_screens(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"Subject: x\n\nx")
    for words in (["config", "list"], ["version"], ["keys", "check"], ["parse", str(file)]):
        assert imported(words, clean_environment(home)) <= {"selectolax"}


@pytest.mark.slow
def test_commands_never_import_the_screens(maildesk: CommandLine, desk: SmallDesk) -> None:
    desk.mail()
    for words in (["list", "--json"], ["show", "1001"], ["counts"], ["doctor", "--quick"]):
        assert "textual" not in imported(words, maildesk.environ)


def test_help_takes_less_than_150_ms_of_cpu(home: Path) -> None:
    """The best of several runs: others use this machine too."""
    environ = clean_environment(home)
    run_process("--help", environ=environ)  # compiles
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run_process("--help", environ=environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.150


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(maildesk: CommandLine, desk: SmallDesk) -> None:
    for n in range(3):
        desk.mail(f"{n}", "x" * 70_000)
    script = f"{sys.executable} -m maildesk show - --json <numbers | head -c 10; exit ${{PIPESTATUS[0]}}"
    (maildesk.home / "numbers").write_text("1001\n1002\n1003\n")
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60, cwd=maildesk.home,
        env=maildesk.environ,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_output_is_utf8_in_a_pipe_whatever_the_locale(maildesk: CommandLine, desk: SmallDesk) -> None:
    desk.mail("髙島屋 ①")
    for locale in (
        {"LANG": "C"},
        {"LC_ALL": "POSIX"},
        {"LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    ):
        ran = run_process("list", environ=maildesk.environ | locale)
        assert "髙島屋 ①" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize("extra", [{}, {"NO_COLOR": ""}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}])
def test_no_escape_sequence_in_a_pipe(maildesk: CommandLine, desk: SmallDesk, extra: dict[str, str]) -> None:
    desk.mail("\u202e", "x")
    for words in (["--help"], ["list"], ["list", "--json"], ["show", "1001"]):
        assert "\x1b" not in run_process(*words, environ=maildesk.environ | extra).out


# ---- where the app cannot open


def test_the_app_needs_a_terminal(maildesk: CommandLine) -> None:
    ran = run_process(environ=maildesk.environ | {"TERM": "xterm"})
    assert (ran.code, ran.out) == (2, "")
    assert "maildesk list" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize("term", [None, "", "dumb", "unknown"])
def test_the_app_needs_a_terminal_that_can_draw(maildesk: CommandLine, term: str | None) -> None:
    code, shown = on_terminal(
        ["--lang", "en"], maildesk.environ | ({"TERM": term} if term is not None else {})
    )
    assert code == 2
    assert "TERM" in shown
    assert "\x1b" not in shown


def on_terminal(words: list[str], environ: dict[str, str], answer: bytes = b"") -> tuple[int, str]:
    """Run a command on a terminal of its own. Returns its exit code and what it showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", "maildesk", *words], environ)
    shown = b""
    deadline = time.monotonic() + 30
    os.write(terminal, answer)
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode("utf-8", "replace")


@pytest.mark.slow
def test_colour_is_for_terminals_that_want_it(maildesk: CommandLine, desk: SmallDesk) -> None:
    desk.mail("件名")
    environ = maildesk.environ | {"TERM": "xterm-256color"}
    assert "\x1b[1m" in on_terminal(["list"], environ)[1]
    assert "\x1b[1m" in on_terminal(["list"], environ | {"NO_COLOR": ""})[1]
    assert "\x1b" not in on_terminal(["list"], environ | {"NO_COLOR": "1"})[1]
    assert "\x1b" not in on_terminal(["list"], environ | {"TERM": "dumb"})[1]


def test_a_row_fits_the_terminal(maildesk: CommandLine, desk: SmallDesk) -> None:
    from rich.cells import cell_len

    desk.mail("とても長い件名" * 30)
    _, shown = on_terminal(["list"], maildesk.environ | {"TERM": "dumb", "COLUMNS": "80"})
    assert [cell_len(line) <= 80 for line in shown.splitlines()] == [True]


@pytest.mark.slow
def test_an_outbox_decision_is_asked_for_on_a_terminal(maildesk: CommandLine, desk: SmallDesk) -> None:
    number = str(desk.mail())
    sent = maildesk("reply", number, "--body", "-", "--send", "--json", stdin="x").row["outbox"]
    environ = maildesk.environ | {"TERM": "dumb"}
    assert on_terminal(["outbox", "--cancel", str(sent)], environ, b"n\n")[0] == 1
    assert maildesk("outbox", "--json").row["state"] == "queued"
    assert on_terminal(["outbox", "--cancel", str(sent)], environ, b"y\n")[0] == 0
    assert maildesk("outbox", "--json").row["state"] == "cancelled"


def test_doctor_measures_the_terminal_and_survives_one_that_is_silent(maildesk: CommandLine) -> None:
    code, shown = on_terminal(["--lang", "en", "doctor", "--quick"], maildesk.environ | {"TERM": "xterm"})
    assert code == 0
    assert "does not tell where its cursor is" in shown


# ---- homes


@pytest.mark.slow
def test_no_home_and_a_home_that_cannot_be_written(
    maildesk: CommandLine, desk: SmallDesk, tmp_path: Path
) -> None:
    desk.mail()
    no_home = {k: v for k, v in maildesk.environ.items() if k != "HOME"} | {
        "XDG_CONFIG_HOME": str(tmp_path / "c")
    }
    assert run_process("list", "--json", environ=no_home).code == 0
    for home in ("/proc/1/none", "/dev/null"):
        assert run_process("list", "--json", environ=maildesk.environ | {"HOME": home}).code == 0


def test_a_desk_in_a_home_that_cannot_be_written_says_so(home: Path) -> None:
    ran = run_process("--lang", "en", "list", environ=clean_environment(Path("/dev/null")))
    assert ran.code == 1
    assert ran.err.startswith("maildesk: ")
    assert "Traceback" not in ran.err


# ---- signals and defects


def test_ctrl_c_ends_with_130_and_without_a_traceback(maildesk: CommandLine) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "maildesk", "show", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=maildesk.environ,
    )  # fmt: skip
    assert process.stdin is not None
    wait_for_reading(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")


def wait_for_reading(process: subprocess.Popen[bytes]) -> None:
    """Until the process waits for its standard input."""
    deadline = time.monotonic() + 30
    state = Path(f"/proc/{process.pid}/wchan")
    syscall = Path(f"/proc/{process.pid}/syscall")
    while time.monotonic() < deadline:
        try:
            waits = "pipe" in state.read_text() or syscall.read_text().startswith("0 0x0 ")
        except OSError:
            waits = False
        if waits:
            return
        select.select([], [], [], 0.02)
    raise AssertionError("it never reads")


def test_a_defect_is_logged_without_mail_and_told_in_one_line(
    maildesk: CommandLine, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maildesk.cli import read

    def broken(*_: object) -> None:
        secret = "canary@customer.example"
        raise RuntimeError(f"failed with {secret}")

    monkeypatch.setattr(read, "_counts", broken)
    ran = maildesk("counts")
    log = maildesk.home / ".local" / "state" / "maildesk" / "maildesk.log"
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert str(log) in ran.err
    logged = log.read_text("utf-8")
    assert "RuntimeError" in logged
    assert "canary" not in logged + ran.err


def test_output_that_cannot_be_written_is_no_success(maildesk: CommandLine, desk: SmallDesk) -> None:
    """Half a list must not be taken for all of it."""
    desk.mail()
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "maildesk", "list", "--json"],
            env=maildesk.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (done.returncode, b"Traceback" in done.stderr, bool(done.stderr)) == (1, False, True)


def test_closed_streams_are_no_defect(maildesk: CommandLine, desk: SmallDesk) -> None:
    """``>&-`` and ``<&-``: nobody listens, nothing comes."""
    number = desk.mail()
    command = f'"{sys.executable}" -m maildesk'
    script = f"{command} list >&-; echo $?; {command} claim - <&-; echo $?; {command} comment {number} - <&-; echo $?"
    done = subprocess.run(
        ["sh", "-c", script], env=maildesk.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.split(), "Traceback" in done.stderr, "defect" in done.stderr) == (
        ["0", "0", "1"],
        False,
        False,
    )
