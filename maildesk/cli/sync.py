"""``sync``, ``reconcile`` and ``reparse``: the worker from a shell, the comparison of store and server, and reading
again what could not be read."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING

from maildesk import wiring
from maildesk.cli.context import Context
from maildesk.errors import UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.errors import MaildeskError
    from maildesk.store.engine import Store
    from maildesk.sync.worker import Worker


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    if verb == "sync":
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--once", action="store_true", help=t("cli.sync.once"))
        how.add_argument("--watch", action="store_true", help=t("cli.sync.watch"))
        parser.add_argument("--only", choices=("in", "out"), help=t("cli.sync.only"))
        parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    if verb == "reparse":
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("message", nargs="?", type=int, metavar="N", help=t("cli.reparse.message"))
        which.add_argument("--quarantined", action="store_true", help=t("cli.reparse.quarantined"))
        return
    parser.add_argument("--mailbox", metavar="M", help=t("cli.mailbox"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    with context.store() as store:
        if given.verb == "reparse":
            return _reparse(context, given, store)
        worker = worker_for(context, store)
        if given.verb == "reconcile":
            return _reconcile(context, given, worker)
        if given.watch:
            return _watch(context, given, worker)
        code = _once(context, given, worker)
        if given.only is None:
            _tidy(store, worker)
        return code


def worker_for(context: Context, store: Store) -> Worker:
    """The worker of the settings, at a store."""
    from maildesk.sync.worker import Worker

    settings = context.settings
    return Worker(
        store, lambda ref, account: wiring.resolve_secret(settings, ref, account), state=settings.paths.state
    )


def _once(context: Context, given: argparse.Namespace, worker: Worker) -> int:
    """One pass. The exit code is that of the worst error: 5 for a refused login, 4 for the network, 3, 1."""
    from maildesk.sync.folder import FolderReport

    failures: list[MaildeskError] = []
    for report in worker.passing(given.only, given.mailbox):
        if report.error is not None:
            failures.append(report.error)
            context.out.error(report.error)
        if given.json:
            context.out.json(report.json() | {"error": str(report.error) if report.error else None})
        elif isinstance(report, FolderReport):
            if report.error is None:
                context.out.line(
                    t(
                        "cli.sync.folder",
                        mailbox=report.mailbox,
                        folder=report.folder,
                        new=report.new,
                        duplicate=report.duplicate,
                        quarantined=report.quarantined,
                        gone=report.gone,
                        seconds=f"{report.seconds:.1f}",
                    )
                )
        else:
            state = t(f"cli.outbox.in.{report.result.value}")
            context.out.line(t("cli.sync.sent", outbox=report.outbox, state=state))
        context.out.out.flush()
    return max((error.exit_code for error in failures), default=0)


def _tidy(store: Store, worker: Worker) -> None:
    """What a worker that stays does beside syncing: index, read files, archive. An agent's own login may not."""
    from maildesk.errors import StoreRefused
    from maildesk.sync import indexing

    with contextlib.suppress(StoreRefused):
        indexing.once(store, worker.spool)


def _watch(context: Context, given: argparse.Namespace, worker: Worker) -> int:
    """Work until SIGTERM or Ctrl-C; with ``--with-parent`` until standard input ends, as it does with the app."""
    if given.only or given.mailbox:
        raise UsageError(
            "usage_together", argument_name="--watch", value="--only / --mailbox", prog="maildesk sync"
        )
    stop = threading.Event()
    interrupted = threading.Event()

    def end(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            interrupted.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    if given.with_parent:
        threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()
    context.out.say(t("cli.sync.watching"))
    worker.run(stop)
    return 130 if interrupted.is_set() else 0


def _end_with_parent(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stop.set()


def _reconcile(context: Context, given: argparse.Namespace, worker: Worker) -> int:
    """1 if the server has a mail that the store has not."""
    missing = False
    for row in worker.reconcile(given.mailbox):
        uids = row["missing"]
        missing = missing or bool(uids)
        if given.json:
            context.out.json(row)
            continue
        context.out.line(t("cli.reconcile.folder", **row | {"missing": _some(uids)}))
    if missing:
        context.out.say(t("cli.reconcile.missing"))
    return 1 if missing else 0


def _reparse(context: Context, given: argparse.Namespace, store: Store) -> int:
    """Read mails in quarantine again; where this login may not, ask whoever syncs. 1 if one is still unreadable."""
    from maildesk.errors import NotFound
    from maildesk.store import grants, quarantine, seats

    with store.transaction() as tx:
        chosen = quarantine.kept(tx) if given.quarantined else [given.message]
        for message in chosen:
            if not quarantine.ask(tx, message):
                raise NotFound("not_quarantined", message=message)
        seats.want(tx)
        may = grants.may_work(tx)
    readable = worker_for(context, store).read_again() if may else 0
    if given.json:
        context.out.json({"asked": len(chosen), "readable": readable if may else None})
    else:
        key = "cli.reparse.done" if may else "cli.reparse.asked"
        context.out.line(t(key, asked=len(chosen), readable=readable))
    return 1 if may and readable < len(chosen) else 0


def _some(uids: object) -> str:
    found = [str(uid) for uid in uids] if isinstance(uids, list | tuple) else []
    return "—" if not found else " ".join(found[:20]) + (" …" if len(found) > 20 else "")
