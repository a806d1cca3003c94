"""What is fuzzed: one function each, which takes bytes and must return. Also used by the tests, without a fuzzer.

A target raises for anything that must not happen: an exception, a control character that reaches the screen, a text
that has grown beyond reason.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from maildesk.domain.safetext import safe
from maildesk.domain.template import Template
from maildesk.errors import TemplateError
from maildesk.mail import header, html, reply
from maildesk.mail.parse import parse
from maildesk.templates.rendering import lint, render

VALUES = {"顧客名": "{{ 7*7 }} 様", "注文番号": "{% for x in y %}", "件名": "\x1b[2J"}


def parser(data: bytes) -> None:
    """A whole mail."""
    read = parse(data)
    assert len(read.text) <= 8 * len(data) + 10_000
    _shown(read.text)
    _shown(read.subject)
    for address in (read.from_, *read.to, *read.cc):
        _shown(address.name)
    for file in read.attachments:
        _shown(file.name)


def header_words(data: bytes) -> None:
    """A header field of each kind."""
    _shown(header.text(data))
    for address in header.addresses(data):
        assert "\n" not in address.address
        _shown(address.name)
    header.date(data)
    header.parameters(data)
    for one in header.message_ids(data):
        assert one.startswith("<")
        assert one.endswith(">")


def html_text(data: bytes) -> None:
    """A page made readable."""
    text = html.to_text(data.decode("utf-8", "replace"))
    assert len(text) <= 40 * len(data) + 10_000
    _shown(text)


def reply_trim(data: bytes) -> None:
    """What somebody wrote himself, apart from what he quotes: nothing is lost, nothing is made up."""
    text = data.decode("utf-8", "replace")
    pieces = reply.split(text)
    assert len(reply.reply_text(text)) <= len(text) + 1
    if text.strip():
        assert pieces


def template(data: bytes) -> None:
    """A template is refused in words, or filled in; it never runs for long and reaches nothing."""
    source = data.decode("utf-8", "replace")
    lint(source)
    try:
        filled = render(Template(0, "x", "", "", source), VALUES)
    except TemplateError:
        return
    assert len(filled.body) <= 300_000


def _shown(text: str) -> None:
    """What the screen gets holds nothing that a terminal obeys."""
    for char in safe(text):
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"), repr(char)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "parser": parser,
    "header": header_words,
    "html": html_text,
    "reply": reply_trim,
    "template": template,
}
