"""``doctor``: looks at everything that maildesk needs and says what to do about what is wrong."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import wiring
from maildesk.cli.context import Context
from maildesk.domain.safetext import safe_line
from maildesk.errors import MaildeskError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.domain.endpoint import Endpoint
    from maildesk.domain.mailbox import Mailbox
    from maildesk.domain.oauth import Credential
    from maildesk.store.engine import Store
    from maildesk.sync.probe import Step
    from maildesk.sync.wires import Wire, Wires

ENOUGH = 200 << 20
"""Bytes that should be free where the store is."""
DRIFT = timedelta(seconds=10)
"""How far this computer's clock may be from the store's: claims count by the store's, people read this one's."""
WAITING = timedelta(minutes=10)
"""A reply that waits longer than this waits for a worker."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` is '' where there is nothing to do."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--quick", action="store_true", help=t("cli.doctor.quick"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it. 1 if anything is not as it should be."""
    wrong = 0
    for finding in _findings(context, quick=given.quick):
        wrong += not finding.ok
        if given.json:
            context.out.json(
                {
                    "check": finding.check,
                    "ok": finding.ok,
                    "detail": finding.detail,
                    "remedy": finding.remedy or None,
                }
            )
        else:
            mark = t("cli.doctor.ok" if finding.ok else "cli.doctor.wrong")
            context.out.styled(
                [(mark, "green" if finding.ok else "red"), (f" {finding.check}: {finding.detail}", None)]
            )
            if finding.remedy:
                context.out.line(f"    → {finding.remedy}")
        context.out.out.flush()
    if not given.json:
        context.out.say(t("cli.doctor.wrong_count", count=wrong) if wrong else t("cli.doctor.all_ok"))
    return 1 if wrong else 0


def _failed(check: str, error: MaildeskError) -> Finding:
    return Finding(check, False, str(error), error.hint)


def _findings(context: Context, *, quick: bool) -> Iterator[Finding]:
    yield Finding("python", True, f"{platform.python_version()} ({platform.system()})")
    try:
        settings = context.settings
    except MaildeskError as error:
        yield _failed("config", error)
        return
    yield Finding("config", True, str(settings.file) if settings.file else t("cli.doctor.no_config"))
    if sys.stdin.isatty() and sys.stdout.isatty():
        from maildesk.cli import terminal

        for check, ok, detail, remedy in terminal.findings(context.environ, settings.ui.ambiguous):
            yield Finding(check, ok, detail, remedy)
    yield _keyring(context)
    try:
        store = wiring.open_store_for(settings)
    except MaildeskError as error:
        yield _failed("store", error)
        return
    try:
        yield from _store(context, store)
        yield from _mail(context, store, quick=quick)
    finally:
        store.close()


def _keyring(context: Context) -> Finding:
    from maildesk.sync import secrets

    try:
        ring = secrets.os_keyring(context.environ)
    except MaildeskError as error:
        return _failed("keyring", error)
    if ring is not None:
        return Finding("keyring", True, type(ring).__module__.rpartition(".")[2])
    return Finding("keyring", True, t("cli.doctor.no_keyring", file=context.settings.paths.secrets_file))


def _store(context: Context, store: Store) -> Iterator[Finding]:
    from maildesk.config.urls import masked
    from maildesk.store import schema

    settings = context.settings
    yield Finding("store", True, masked(settings.store.url))
    with store.reading() as tx:
        yield Finding("schema", True, str(schema.version(tx)))
    drift = abs(store.now() - datetime.now(UTC))
    remedy = "" if drift < DRIFT else t("cli.doctor.set_clock")
    yield Finding(
        "clock", drift < DRIFT, t("cli.doctor.drift", seconds=f"{drift.total_seconds():.1f}"), remedy
    )
    yield _disk(settings.store.url if store.is_sqlite else "", settings.paths.state)
    try:
        me = wiring.identify(store, settings)
    except MaildeskError as error:
        yield _failed("agent", error)
        return
    yield Finding("agent", True, f"{me.login} ({me.name}, {me.role.value})")
    from maildesk.desk import Desk

    yield from _outbox(Desk(store, me))


def _disk(url: str, state: Path) -> Finding:
    place = Path(url.removeprefix("sqlite:///").partition("?")[0]).absolute().parent if url else state
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    detail = t("cli.doctor.free", place=place, size=f"{free / (1 << 30):.1f}")
    return Finding("disk", free >= ENOUGH, detail, "" if free >= ENOUGH else t("cli.doctor.make_room"))


def _outbox(desk: Desk) -> Iterator[Finding]:
    health = desk.sync.health()
    oldest = health.oldest_queued_at
    late = oldest is not None and desk.now() - oldest > WAITING
    detail = t("cli.doctor.outbox", queued=health.queued, attention=health.attention, workers=health.workers)
    yield Finding("outbox", not late, detail, t("cli.doctor.start_worker") if late else "")


# ---- mail servers


def _mail(context: Context, store: Store, *, quick: bool) -> Iterator[Finding]:
    from maildesk.store import grants, mailboxes
    from maildesk.sync.wires import Wires

    settings = context.settings
    with store.reading() as tx:
        if not grants.may_work(tx):
            yield Finding("mailboxes", True, t("cli.doctor.worker_only"))
            return
        boxes = mailboxes.all_mailboxes(tx)
    if not boxes:
        yield Finding("mailboxes", False, t("cli.doctor.no_mailbox"), t("cli.doctor.add_mailbox"))
    for box in boxes:
        if box.imap is None and box.smtp is None:
            yield Finding(f"{box.name}", True, t("cli.doctor.no_servers"))
        yield from _unnamed(store, box)
        if box.oauth is not None:
            yield from _unused_token(store, box)
        wires = Wires(store, box, lambda ref, account: wiring.resolve_secret(settings, ref, account))
        if box.imap is not None:
            yield from _server(wires, "imap", box.imap, quick=quick)
        if box.smtp is not None:
            yield from _server(wires, "smtp", box.smtp, quick=quick)


def _unnamed(store: Store, box: Mailbox) -> Iterator[Finding]:
    """Addresses for which mail comes in and that nobody has named as ours."""
    from maildesk.store import mailboxes

    with store.reading() as tx:
        found = [address for _, address in mailboxes.learned_addresses(tx, box.id)]
    if found:
        words = t("cli.doctor.unnamed", addresses=safe_line(", ".join(found[:5])))
        yield Finding(f"{box.name} aliases", True, f"{words}. {t('cli.doctor.name_aliases')}")


def _unused_token(store: Store, box: Mailbox) -> Iterator[Finding]:
    """Nobody syncs this mailbox any more, and its provider is about to forget the sign-in."""
    from maildesk.store import tokens

    with store.reading() as tx:
        kept = tokens.get(tx, box.id)
    if kept is not None and kept.unused_days > tokens.UNUSED_DAYS:
        words = t("login.state.unused", days=int(kept.unused_days))
        yield Finding(f"{box.name} OAuth", False, words, t("cli.doctor.start_worker"))


def _server(wires: Wires, wire: Wire, endpoint: Endpoint, *, quick: bool) -> Iterator[Finding]:
    box = wires.box
    name = f"{box.name} {wire.upper()}"
    password: Credential = ""
    if endpoint.user:
        try:
            password = wires.credential(wire, endpoint)
        except MaildeskError as error:
            yield _failed(f"{name} {t('cli.doctor.step.secret')}", error)
            return
        ref = wires.password(wire, endpoint)
        yield Finding(f"{name} {t('cli.doctor.step.secret')}", True, ref.kind if ref else "OAuth")
    if quick:
        return
    from maildesk.sync import probe

    given: Callable[[], Credential] = lambda: password  # noqa: E731
    steps: Iterator[Step] = (
        probe.try_imap(endpoint, given, box.folders) if wire == "imap" else probe.try_smtp(endpoint, given)
    )
    for step in steps:
        check = f"{name} {t(f'cli.doctor.step.{step.name}')}"
        if step.error is not None:
            yield _failed(check, step.error)
        else:
            where = f"{endpoint.host}: " if step.name == "dns" else ""
            yield Finding(check, True, f"{where}{step.detail}")
