"""Whether a mail is what it says it is: what our own mail server found out, and what a careful reader would notice.

A header field is a claim of whoever wrote it. Only ``Authentication-Results`` that our own server put on top are
believed (RFC 8601 section 5), and they are believed for the domain that stands in From only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from maildesk.domain.address import Address

METHODS = ("spf", "dkim", "dmarc")


class Verdict(StrEnum):
    """What our server's findings say about the address in From."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One method of an ``Authentication-Results`` field: its result and the domain that it was found for."""

    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class AuthenticationField:
    """One ``Authentication-Results`` field. ``by`` is who says so (authserv-id); ``hops`` are the hosts of the
    ``Received`` fields above it, from the top."""

    by: str
    findings: tuple[Finding, ...] = ()
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authentication:
    """What our server found: the result of each method ('' where it looked at none), and what follows for From."""

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    by: str = ""
    verdict: Verdict = Verdict.UNKNOWN


def authenticate(
    fields: Sequence[AuthenticationField], authserv_id: str, from_domain: str
) -> Authentication | None:
    """What the server named ``authserv_id`` says of a mail from ``from_domain``; None: nothing that can be believed.

    ``fields`` stand in the order of the mail. Believed are all fields of that name above the first ``Received``; where
    there is none, the topmost one, unless a server that is not ours has handled the mail above it.
    """
    wanted = authserv_id.strip().casefold()
    if not wanted:
        return None
    named = [f for f in fields if f.by.casefold() == wanted]
    chosen = [f for f in named if not f.hops]
    if not chosen:
        chosen = [f for f in named[:1] if not _left_us(f.hops, wanted)]
    if not chosen:
        return None
    results: dict[str, str] = {}
    aligned: set[str] = set()
    for finding in (one for f in chosen for one in f.findings):
        if finding.result == "pass" and _is_related(finding.domain, from_domain.casefold()):
            aligned.add(finding.method)
        if results.get(finding.method) != "pass":  # of two signatures one that holds is enough
            results[finding.method] = finding.result
    return Authentication(
        results.get("spf", ""),
        results.get("dkim", ""),
        results.get("dmarc", ""),
        wanted,
        _verdict(results, aligned),
    )


def _left_us(hops: Iterable[str], wanted: str) -> bool:
    """Whether below a server of ours there is one that is not: what stands below that is a stranger's."""
    inside = False
    for hop in hops:
        if _is_related(hop.casefold(), wanted) or _same_site(hop.casefold(), wanted):
            inside = True
        elif inside:
            return True
    return False


def _verdict(results: dict[str, str], aligned: set[str]) -> Verdict:
    dmarc = results.get("dmarc", "")
    if dmarc == "fail":
        return Verdict.FAIL
    if dmarc == "pass" or aligned & {"spf", "dkim"}:
        return Verdict.PASS
    if results.get("spf") == "fail" or results.get("dkim") == "fail":
        return Verdict.FAIL
    return Verdict.UNKNOWN


def _is_related(one: str, other: str) -> bool:
    """The same domain, or one below the other (relaxed alignment, RFC 7489 section 3.1, without a suffix list)."""
    one, other = one.rstrip("."), other.rstrip(".")
    return bool(one and other) and (one == other or one.endswith("." + other) or other.endswith("." + one))


def _same_site(host: str, authserv_id: str) -> bool:
    """Two hosts of one site: ``mx2.shop.example`` for ``mx1.shop.example``."""
    site = authserv_id.partition(".")[2]
    return site.count(".") >= 1 and host.endswith("." + site)


# ---- what a careful reader would notice

MIXED_SCRIPT = "mixed-script"
ADDRESS_IN_NAME = "address-in-name"
REPLY_TO_DIFFERS = "reply-to-differs"
FIRST_TIME = "first-time"
OWN_ADDRESS = "own-address"
AUTHENTICATION = "authentication"
WARNINGS = (OWN_ADDRESS, AUTHENTICATION, MIXED_SCRIPT, ADDRESS_IN_NAME, REPLY_TO_DIFFERS, FIRST_TIME)
"""Every mark that a mail can bear, the gravest first: From is one of our addresses and nothing proves it · our server
says that From is forged · the domain mixes scripts or imitates Latin letters · the name shows another address than the
real one · answers would go elsewhere · nobody has written from there before."""

_IN_NAME = re.compile(r"[^\s@<>()\[\]\"',;:]{1,64}@[^\s@<>()\[\]\"',;:]{1,200}")
_LATIN_LOOKALIKES = frozenset("аеорсухіјѕԁһӏԛԝвкмнтαορνικτυχ")
_JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"})


def warnings(
    sender: Address,
    reply_to: Sequence[Address],
    *,
    own: frozenset[str],
    verdict: Verdict = Verdict.UNKNOWN,
    unproven: bool = False,
    first_time: bool = False,
) -> tuple[str, ...]:
    """The marks of a mail that came in, from :data:`WARNINGS` in their order.

    Args:
        sender: who stands in From.
        reply_to: where answers are to go.
        own: keys of our own addresses.
        verdict: what our server found.
        unproven: From is ours and nothing proves it.
        first_time: no mail of this customer was known before.
    """
    other = [a for a in reply_to if a.key() and a.key() != sender.key()]
    found = {
        OWN_ADDRESS: unproven,
        AUTHENTICATION: verdict is Verdict.FAIL,
        MIXED_SCRIPT: any(imitates(a.domain) for a in (sender, *reply_to)),
        ADDRESS_IN_NAME: _names_another(sender),
        REPLY_TO_DIFFERS: bool(other)
        and sender.key() not in own,  # a contact form of ours names the customer there
        FIRST_TIME: first_time,
    }
    return tuple(name for name in WARNINGS if found[name])


def _names_another(sender: Address) -> bool:
    shown = _IN_NAME.findall(unicodedata.normalize("NFKC", sender.name[:1_000]))
    return any(Address("", one).key() != sender.key() for one in shown)


def imitates(domain: str) -> bool:
    """Whether a domain can be taken for another: a label in two scripts (Japanese ones count as one, and go together
    with Latin), or one of foreign letters that all look Latin (Unicode TS 39, highly restrictive)."""
    return any(_imitates(_label(label)) for label in domain.split(".") if label)


def _label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


def _imitates(label: str) -> bool:
    if label.isascii():
        return False
    letters = [c for c in label if c.isalpha()]
    scripts = {_script(c) for c in letters}
    if "FULLWIDTH" in scripts or len(scripts - _JAPANESE) > 1:
        return True
    if scripts & _JAPANESE:
        return bool(scripts - _JAPANESE - {"LATIN"})
    return bool(letters) and all(c.casefold() in _LATIN_LOOKALIKES for c in letters)


def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    return name.partition(" ")[0].partition("-")[0]
