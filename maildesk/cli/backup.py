"""``backup``, ``verify``, ``restore``: the whole desk in one file, and back."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import wiring
from maildesk.cli.context import Context
from maildesk.config.urls import is_store_url, masked, shown
from maildesk.domain.safetext import safe_line
from maildesk.errors import MaildeskError, UsageError
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.store.backup import Manifest


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    match verb:
        case "backup":
            parser.add_argument("file", metavar="PATH", type=Path, help=t("backup.file"))
            parser.add_argument("--force", action="store_true", help=t("backup.force"))
        case "verify":
            parser.add_argument("file", metavar="PATH", type=Path, help=t("backup.read"))
        case "restore":
            parser.add_argument("file", metavar="PATH", type=Path, help=t("backup.read"))
            parser.add_argument("--to", metavar="URL", help=t("backup.to"))
            parser.add_argument("--force", action="store_true", help=t("backup.replace"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    match given.verb:
        case "backup":
            return _backup(context, given)
        case "verify":
            return _verify(context, given)
        case _:
            return _restore(context, given)


def _backup(context: Context, given: argparse.Namespace) -> int:
    from maildesk.store import backup

    target: Path = given.file
    if target.is_dir():
        target = target / f"maildesk-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup"
    if target.exists() and not given.force:
        raise MaildeskError("backup_exists", file=safe_line(str(target)))
    with context.store() as store:
        manifest = backup.make(store, target)
    size = target.stat().st_size
    if given.json:
        context.out.json({"file": str(target), "size": size, **_told(manifest)})
        return 0
    counts = manifest.counts
    context.out.line(
        t(
            "backup.made",
            file=target,
            size=f"{size / 2**20:.1f} MiB",
            mails=counts.get("raw", 0),
            conversations=counts.get("conversation", 0),
        )
    )
    context.out.say(t("backup.tokens"))
    return 0


def _verify(context: Context, given: argparse.Namespace) -> int:
    """1 when the backup is not whole, or could not be looked into."""
    from maildesk.store import backup

    manifest, checks = backup.verify(given.file, _server(context, given.file))
    good = all(check.ok for check in checks)
    if given.json:
        context.out.json(
            {
                "file": str(given.file),
                "ok": good,
                **_told(manifest),
                "checks": [asdict(check) for check in checks],
            }
        )
        return 0 if good else 1
    context.out.line(
        t(
            "backup.about",
            taken_at=_at(context, manifest),
            kind=manifest.kind,
            schema=manifest.schema,
            version=manifest.maildesk,
        )
    )
    for check in checks:
        mark = t("backup.ok" if check.ok else "backup.wrong")
        detail = f": {check.detail}" if check.detail and not check.ok else ""
        context.out.styled(
            [(mark, "green" if check.ok else "red"), (f" {t(f'backup.check.{check.check}')}{detail}", None)]
        )
    if any(check.check == "scratch" and not check.ok for check in checks):
        context.out.say(t("backup.no_scratch"))
    else:
        context.out.say(t("backup.good" if good else "backup.bad"))
    return 0 if good else 1


def _server(context: Context, file: Path) -> str:
    """Where a dump of PostgreSQL is looked into; a backup of SQLite needs no settings."""
    from maildesk.store import backup

    if backup.read(file).kind != "postgresql":
        return ""
    return wiring.store_url(context.settings.store.url)


def _restore(context: Context, given: argparse.Namespace) -> int:
    from maildesk.store import backup

    if given.to is not None and not is_store_url(given.to):
        raise UsageError(
            "usage_value", argument_name="--to", type="URL", value=shown(given.to), prog="restore"
        )
    url = wiring.store_url(given.to or context.settings.store.url)
    done = backup.restore(given.file, url, force=given.force)
    if given.json:
        context.out.json(
            {
                "store": masked(url),
                "epoch": done.epoch,
                "held": "restored",
                "kept": str(done.kept) if done.kept else None,
                "sql": list(done.left),
                **_told(done.manifest),
            }
        )
    else:
        context.out.line(t("backup.restored", store=masked(url), taken_at=_at(context, done.manifest)))
        if done.kept is not None:
            context.out.line(t("backup.kept", file=done.kept))
    if done.left:
        context.out.say(t("backup.left"))
        for statement in done.left:
            context.out.say(f"  {statement}")
    for line in t("backup.next").splitlines():
        context.out.say(line)
    return 0


def _at(context: Context, manifest: Manifest) -> str:
    return context.clock(datetime.fromisoformat(manifest.taken_at))


def _told(manifest: Manifest) -> dict[str, object]:
    return {
        "kind": manifest.kind,
        "schema": manifest.schema,
        "maildesk": manifest.maildesk,
        "taken_at": manifest.taken_at,
        "counts": dict(manifest.counts),
        "digests": dict(manifest.digests),
        "left_out": list(manifest.left_out),
    }
