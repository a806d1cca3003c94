"""What a verb works with: the flags, the settings behind them, where to print."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from maildesk import wiring
from maildesk.cli.output import Output
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.cli.journal import Act
    from maildesk.config import Settings
    from maildesk.desk import Desk
    from maildesk.store.engine import Store


class Context:
    """One command."""

    def __init__(self, flags: wiring.Flags, environ: Mapping[str, str], output: Output) -> None:
        self.flags = flags
        self.environ = environ
        self.out = output
        self._tries = False

    @cached_property
    def settings(self) -> Settings:
        """The settings in force; the log is open from now on. Raises ConfigError."""
        from maildesk import logs

        found = wiring.settings(self.flags, self.environ)
        logs.to_file(found.paths.log_file)
        if found.ui.ambiguous == "wide":
            from maildesk.widgets import cells

            cells.measure("wide")
        return found

    @cached_property
    def zone(self) -> tzinfo | None:
        """The team's time zone; None is this computer's."""
        return wiring.zone(self.settings)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The desk, as the agent who I am. Raises StoreError, NotFound, NotPermitted, ConfigError."""
        with wiring.command_desk(self.settings) as desk:
            yield desk

    @contextmanager
    def trying(self, desk: Desk, given: argparse.Namespace) -> Iterator[None]:
        """With ``--dry-run`` what is done within is only tried: nothing of it stays, and what is printed comes when the
        store is free again. What is within asks nobody and reads no standard input. Raises StoreError."""
        if not getattr(given, "dry_run", False):
            yield
            return
        self._tries = True
        try:
            with self.out.later(), desk.triage.rehearsing():
                yield
        finally:
            self._tries = False
        self.out.say(t("cli.dry_run.only"))

    def did(self, desk: Desk, verb: str, act: Act) -> None:
        """Write down what was done, so that ``maildesk undo`` can take it back."""
        from maildesk.cli.journal import Journal

        if not self._tries:
            Journal(self.settings.paths.journal_file, self.settings.store.url, desk.me.login).add(verb, act)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, for work that no agent does: syncing, importing."""
        store = wiring.open_store_for(self.settings)
        try:
            yield store
        finally:
            store.close()

    def clock(self, at: datetime | None) -> str:
        """A time for people, in the team's zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else "—"
