"""Who may open a connection: the wires to the mail servers, the database's driver, the demo's own servers, and nothing
that reads mail (``failures.md`` row 66). A remote picture, a link or an attachment is never fetched."""

from __future__ import annotations

import ast

from tests.architecture.source import modules, tree

NETWORK = frozenset(
    {"socket", "ssl", "http", "imaplib", "smtplib", "ftplib", "poplib", "socketserver", "webbrowser"}
    | {"urllib.request", "xmlrpc", "requests", "httpx", "aiohttp", "urllib3"}
)
ALLOWED = {
    "maildesk.sync": "the mail servers and the provider of logins",
    "maildesk.demo": "its own servers, on loopback",
    "maildesk.wiring.wizard": "the names of network errors",
    "maildesk.cli.login": "the answer of a login, on loopback",
}


def imported(name: str) -> set[str]:
    """What a module imports, as written."""
    found: set[str] = set()
    for node in ast.walk(tree(modules()[name])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_that_reads_mail_can_fetch_anything() -> None:
    """No module outside of the wires imports what opens a connection."""
    speaking = {
        name: sorted(seen)
        for name in modules()
        if not any(name == place or name.startswith(f"{place}.") for place in ALLOWED)
        and (seen := {one for one in imported(name) if any(f"{one}.".startswith(f"{n}.") for n in NETWORK)})
    }
    assert not speaking


def test_what_may_is_needed() -> None:
    """An exception that nobody needs any more goes."""
    for place in ALLOWED:
        assert any(
            {one.partition(".")[0] for one in imported(name)} & NETWORK
            for name in modules()
            if name == place or name.startswith(f"{place}.")
        ), place
