"""``login`` and ``logout``: a person signs a mailbox in at its provider, or out again.

Everything is kept at the end and at once, so a login that is cancelled leaves nothing.
"""

from __future__ import annotations

import argparse
import os
import select
import shlex
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk import wiring
from maildesk.cli.context import Context
from maildesk.cli.read import chosen_mailbox
from maildesk.cli.shapes import instant
from maildesk.errors import ConfigError, LoginRefused, MailServerError, NotPermitted
from maildesk.locale import t

if TYPE_CHECKING:
    from maildesk.domain.mailbox import Mailbox
    from maildesk.domain.oauth import OAuthApp
    from maildesk.domain.secret import SecretRef
    from maildesk.store.engine import Store
    from maildesk.store.tokens import Kept
    from maildesk.sync.oauth.flows import Code, Invitation, Tokens

NEEDED = LoginRefused.exit_code
"""How ``login --status`` ends where somebody has to sign in."""


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """What each verb takes."""
    parser.add_argument("mailbox", metavar="MAILBOX", nargs="?", help=t("cli.mailbox"))
    if verb == "login":
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--status", action="store_true", help=t("cli.login.status"))
        how.add_argument("--browser", action="store_true", help=t("cli.login.browser"))
        how.add_argument("--paste", action="store_true", help=t("cli.login.paste"))


def run(context: Context, given: argparse.Namespace) -> int:
    """Do it."""
    from maildesk.store import grants, mailboxes

    with context.store() as store:
        with store.reading() as tx:
            if not grants.may_work(tx):
                raise NotPermitted("oauth_login_worker")
            boxes = mailboxes.all_mailboxes(tx)
        signing = [box for box in boxes if box.oauth is not None]
        if given.verb == "login" and given.status:
            shown = signing if given.mailbox is None else [chosen_mailbox(boxes, given.mailbox)]
            return _status(context, given, store, shown)
        box = chosen_mailbox(boxes if given.mailbox else signing, given.mailbox)
        if box.oauth is None:
            raise ConfigError("oauth_none", mailbox=box.name)
        if given.verb == "logout":
            return _logout(context, given, store, box, box.oauth)
        return _login(context, given, store, box, box.oauth)


# ---- in


def _login(context: Context, given: argparse.Namespace, store: Store, box: Mailbox, app: OAuthApp) -> int:
    from maildesk.sync.oauth import keeper
    from maildesk.sync.oauth.vault import Vault

    resolve = _resolver(context)
    secret = keeper.client_secret(store, box, resolve)
    key = keeper.token_key(store, box, resolve)
    if key == "" and store.is_sqlite:
        _refuse_loose_store(context)
    found = _tokens(context, given, box, app, secret)
    if key is None:
        from maildesk.sync import secrets

        key = keeper.new_key()
        secrets.store(keeper.key_account(box), key, context.settings.paths.secrets_file)
    keeper.keep(store, box, Vault(box.id, key), found)
    user = next((e.user for e in (box.imap, box.smtp) if e is not None and e.user), "")
    if given.json:
        context.out.json(
            {"mailbox": box.name, "step": "done", "account": found.account or None, "sealed": bool(key)}
        )
    else:
        context.out.line(t("login.done", mailbox=box.name))
    if found.account and user and found.account.casefold() != user.casefold():
        context.out.say(t("login.other_account", account=found.account, user=user))
    if not key:
        context.out.say(t("login.not_sealed"))
    context.out.say(t("login.next"))
    return 0


def _tokens(context: Context, given: argparse.Namespace, box: Mailbox, app: OAuthApp, secret: str) -> Tokens:
    """What the provider gives when the person has said yes, the way that was asked for or suits the provider."""
    from maildesk.sync.oauth import flows

    by_code = bool(app.addresses.device) and not (given.browser or given.paste)
    if not by_code and not app.addresses.auth:
        raise ConfigError("oauth_no_flow", mailbox=box.name)
    if by_code:
        return flows.by_device(app, secret, lambda code: _show_code(context, given, box, code))

    def show(invitation: Invitation) -> None:
        _show_address(context, given, box, app, invitation)

    if not given.paste:
        return flows.by_browser(app, secret, show)
    return flows.by_paste(app, secret, show, lambda: _pasted(flows.BROWSER_SECONDS))


def _show_code(context: Context, given: argparse.Namespace, box: Mailbox, code: Code) -> None:
    if given.json:
        context.out.json(
            {
                "mailbox": box.name,
                "step": "code",
                "url": code.url,
                "code": code.code,
                "seconds": round(code.seconds),
            }
        )
    else:
        context.out.line(t("login.code", url=code.url, minutes=round(code.seconds / 60)))
        context.out.styled([(f"    {code.code}", "bold")])
    context.out.flush()
    context.out.say(t("login.cancel"))


def _show_address(
    context: Context, given: argparse.Namespace, box: Mailbox, app: OAuthApp, invitation: Invitation
) -> None:
    tunnel = "" if given.paste else tunnel_command(context.environ.get("SSH_CONNECTION", ""), invitation.port)
    if given.json:
        context.out.json(
            {
                "mailbox": box.name,
                "step": "open",
                "url": invitation.url,
                "port": None if given.paste else invitation.port,
                "tunnel": tunnel or None,
                "seconds": round(invitation.seconds),
            }
        )
    else:
        if tunnel:
            context.out.line(t("login.tunnel"))
            context.out.line(f"    {tunnel}")
        context.out.line(t("login.open", mailbox=box.name, minutes=round(invitation.seconds / 60)))
        context.out.line(invitation.url)
        if given.paste:
            context.out.line(t("login.paste", host=app.redirect_host, port=invitation.port))
    context.out.flush()
    context.out.say(t("login.cancel"))


def tunnel_command(connection: str, port: int) -> str:
    """The ``ssh -L`` that lets a browser on the other end of this SSH session reach ``port`` here; '' outside SSH.
    ``connection`` is ``SSH_CONNECTION``: the client's address and port, the server's address and port."""
    words = connection.split()
    if len(words) != 4:
        return ""
    other = "" if words[3] == "22" else f"-p {words[3]} "
    user = wiring.os_user()
    host = words[2] if words[2] not in ("127.0.0.1", "::1") else socket.gethostname()
    return f"ssh {other}-L {port}:127.0.0.1:{port} {shlex.quote(f'{user}@{host}' if user else host)}"


def _pasted(seconds: float) -> str:
    """A line from standard input. Raises LoginRefused where none comes in time."""
    try:
        ready = bool(select.select([sys.stdin], [], [], seconds)[0])
    except (OSError, ValueError):  # no file of the system: then it is there already
        ready = True
    if not ready:
        raise LoginRefused("oauth_expired")
    return sys.stdin.readline()


def _refuse_loose_store(context: Context) -> None:
    """Tokens that cannot be sealed may only lie in a file that nobody else reads."""
    from maildesk.config.tomlfile import refuse_loose

    path = Path(wiring.sqlite_path(context.settings.store.url))
    refuse_loose(path, os.stat(path).st_mode)


def _resolver(context: Context) -> Callable[[SecretRef, str], str]:
    settings = context.settings
    return lambda ref, account: wiring.resolve_secret(settings, ref, account)


# ---- how it stands


def _status(context: Context, given: argparse.Namespace, store: Store, boxes: list[Mailbox]) -> int:
    from maildesk.store import tokens
    from maildesk.sync.oauth.vault import is_sealed

    if not boxes and not given.json:
        context.out.say(t("login.none"))
    needed = False
    for box in boxes:
        if box.oauth is None:
            raise ConfigError("oauth_none", mailbox=box.name)
        with store.reading() as tx:
            kept = tokens.get(tx, box.id)
        state = _state(kept)
        needed = needed or state in ("login", "never")
        if given.json:
            context.out.json(
                {
                    "mailbox": box.name,
                    "step": "status",
                    "provider": box.oauth.provider,
                    "state": state,
                    "reason": (kept.refused or None) if kept else None,
                    "signed_in_at": instant(kept.obtained_at) if kept else None,
                    "used_at": instant(kept.used_at) if kept else None,
                    "expires_at": instant(kept.expires_at) if kept else None,
                    "sealed": is_sealed(kept.refresh) if kept else None,
                }
            )
            continue
        words = t(
            f"login.state.{state}",
            reason=kept.refused if kept else "",
            days=int(kept.unused_days) if kept else 0,
        )
        used = t("login.used", at=context.clock(kept.used_at)) if kept else ""
        context.out.styled(
            [
                (f"{box.name}  ", "bold"),
                (words, "green" if state == "ok" else "yellow" if state == "unused" else "red"),
                (f"  {used}", None),
            ]
        )
    return NEEDED if needed else 0


def _state(kept: Kept | None) -> str:
    from maildesk.store.tokens import UNUSED_DAYS

    if kept is None:
        return "never"
    if kept.refused:
        return "login"
    return "unused" if kept.unused_days > UNUSED_DAYS else "ok"


# ---- out


def _logout(context: Context, given: argparse.Namespace, store: Store, box: Mailbox, app: OAuthApp) -> int:
    from maildesk.sync.oauth import keeper

    told = False
    try:
        found, told = keeper.forget(store, box, app, _resolver(context))
    except MailServerError as error:
        context.out.error(error)
        found = True
    if given.json:
        context.out.json(
            {"mailbox": box.name, "result": "forgotten" if found else "nothing", "revoked": told}
        )
    else:
        context.out.line(t("login.forgotten" if found else "login.nothing", mailbox=box.name))
    if found and not told:
        context.out.say(t("login.not_revoked"))
    return 0
