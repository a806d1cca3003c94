"""The command line: one module per group of verbs, imported when one of its verbs is used.

A group module has ``arguments(verb, parser)``, which says what a verb takes, and ``run(context, given)``, which does
it and returns the exit code. What a verb prints is data on standard output; what it has to say is narration on
standard error. Errors are raised as :class:`~maildesk.errors.MaildeskError`; :func:`run` tells them to the user and
turns them into exit codes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import locale
from maildesk.errors import MaildeskError

if TYPE_CHECKING:
    from maildesk.cli.output import Output

INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Run ``maildesk ARGUMENTS`` and return the exit code. Nothing escapes: an unexpected error goes to the log, and
    one line about it to the user."""
    from maildesk.cli.output import Output

    locale.use(locale.from_environment(os.environ))
    _open_closed_streams()
    output = Output(sys.stdout, sys.stderr, os.environ)
    try:
        code = _run(arguments, output)
        output.finish()
        return code
    except MaildeskError as error:
        output.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.abandon()
        return 0
    except Exception as error:  # a defect: the user gets a line, the log gets the place
        return _defect(error, output)
    finally:
        output.flush()


def _open_closed_streams() -> None:
    """A shell may start us without standard input, output or error (``>&-``): then nothing comes, nobody listens."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  # for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _run(arguments: Sequence[str], output: Output) -> int:
    from maildesk.cli import parsing
    from maildesk.cli.context import Context

    parsing.speak(arguments, os.environ)
    given = parsing.parse(arguments, output)
    if given is None:
        return 0
    context = Context(parsing.flags(given), os.environ, output)
    return parsing.group(given.verb).run(context, given)


def _defect(error: Exception, output: Output) -> int:
    """Log where it happened, without messages and local variables: they may hold mail."""
    import traceback

    from maildesk.locale import t

    kind = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    stack = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    try:
        import logging

        from maildesk import logs
        from maildesk.config import user_paths

        file = user_paths().log_file
        logs.to_file(file)
        logging.getLogger("maildesk.cli").error("defect", extra={"error": kind, "stack": stack})
    except Exception:  # no log to write to: the place is all that can be said
        output.say(t("cli.defect.here", kind=kind, place=stack[-1] if stack else "?"))
    else:
        output.say(t("cli.defect", kind=kind, file=file))
    return 1
