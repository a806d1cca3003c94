"""Submission step by step: what is delivered, what is refused, and what is known after each fault."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.domain.clock import boottime
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.safetext import SafeText
from maildesk.errors import (
    ConnectionLost,
    DeliveryError,
    LoginRefused,
    MaildeskError,
    Refused,
    TryLater,
    Uncertain,
)
from maildesk.locale import use
from maildesk.sync import smtp
from maildesk.sync.smtp import (
    Abandoned,
    Delivery,
    SmtpSession,
    envelope_forms,
    prepare_body,
    unique_recipients,
)
from tests.support.smtp import SmtpServer, Step, Tls, throw_away

MESSAGE_ID = "<md.0a1b2c@shop.example>"
MAIL = (
    f"From: shop@shop.example\r\nTo: tanaka@customer.example\r\nMessage-ID: {MESSAGE_ID}\r\n"
    "Subject: =?utf-8?b?44GU5rOo5paH?=\r\n\r\nfirst\r\n.\r\n..two\r\n.three\r\nlast\r\n"
).encode()
SHOP = "shop@shop.example"
CUSTOMER = "tanaka@customer.example"
OTHER = "suzuki@customer.example"
PASSWORD = "ひみつ pässword"


def yes() -> bool:
    return True


def not_asked() -> bool:
    pytest.fail("asked for the dot although the mail was lost or refused before it")


@contextlib.contextmanager
def fails(kind: type[MaildeskError], key: str) -> Iterator[None]:
    """The block raises ``kind`` with the text ``key``."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.key == key


def send(
    server: SmtpServer,
    *recipients: str,
    before_dot: Callable[[], bool] = yes,
    data: bytes = MAIL,
    timeout: float = 5.0,
    answer_timeout: float = 5.0,
    mail_from: str = SHOP,
) -> Delivery | Abandoned:
    """One mail over one connection."""
    with SmtpSession.open(server.endpoint(), None, timeout) as session:
        return session.deliver(
            mail_from, recipients or (CUSTOMER,), data, before_dot, answer_timeout=answer_timeout
        )


# -- what goes through


def test_a_mail_arrives_once_as_it_is() -> None:
    """The bytes at the server are the bytes that were given, dots at line starts included."""
    with SmtpServer() as server:
        assert send(server) == Delivery(SafeText("250 2.0.0 queued as 1"))
        (mail,) = server.mails
    assert (mail.mail_from, mail.recipients, mail.raw) == (SHOP, (CUSTOMER,), MAIL)


def test_a_last_line_without_an_end_gets_one() -> None:
    with SmtpServer() as server:
        send(server, data=MAIL.removesuffix(b"\r\n"))
        assert server.mails[0].raw == MAIL


def test_a_large_mail_arrives_whole() -> None:
    data = MAIL + b".0123456789abcdef\r\n" * 300_000
    with SmtpServer() as server:
        send(server, data=data, timeout=20)
        assert server.mails[0].raw == data


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"])
def test_signs_in_under_tls_with_a_password_that_is_not_ascii(tls: Tls, mechanisms: str) -> None:
    with SmtpServer({"shop": PASSWORD}, tls, mechanisms=mechanisms) as server:
        with SmtpSession.open(server.endpoint("shop"), PASSWORD, 5) as session:
            session.deliver(SHOP, [CUSTOMER], MAIL, yes)
        (mail,) = server.mails
        assert (mail.user, mail.encrypted) == ("shop", True)
        assert not any(line.startswith(("AUTH", "MAIL")) for line in server.clear_commands)


def test_two_mails_over_one_connection() -> None:
    """A refused mail does not spoil the session for the next one."""
    with SmtpServer() as server, SmtpSession.open(server.endpoint(), None, 5) as session:
        server.refuse["nobody@customer.example"] = "550 5.1.1 no such user"
        with pytest.raises(Refused):
            session.deliver(SHOP, ["nobody@customer.example"], MAIL, yes)
        assert isinstance(session.deliver(SHOP, [CUSTOMER], MAIL, yes), Delivery)
        assert isinstance(session.deliver(SHOP, [OTHER], MAIL, yes), Delivery)
        assert [mail.recipients for mail in server.mails] == [(CUSTOMER,), (OTHER,)]


def test_a_refused_data_leaves_no_mail_open() -> None:
    with SmtpServer() as server, SmtpSession.open(server.endpoint(), None, 5) as session:
        server.fault("data", reply="554 5.7.1 not now, not ever")
        with pytest.raises(Refused):
            session.deliver(SHOP, [CUSTOMER], MAIL, yes)
        assert isinstance(session.deliver(SHOP, [OTHER], MAIL, yes), Delivery)
        assert [mail.recipients for mail in server.mails] == [(OTHER,)]


def test_says_hello_with_an_address_and_not_with_the_name_of_this_machine() -> None:
    with SmtpServer() as server:
        send(server)
        assert server.commands[0] == "ehlo [127.0.0.1]"


# -- encryption and sign-in


def test_clear_text_to_another_machine_cannot_be_said() -> None:
    for host in ("smtp.shop.example", "192.0.2.1", "0.0.0.0", "127.0.0.1.shop.example", "::2"):
        with pytest.raises(ValueError, match="clear text"):
            Endpoint(host, 25, "loopback", "")


def test_clear_text_needs_a_loopback_address_at_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hosts file that sends ``localhost`` elsewhere does not get the mail."""
    monkeypatch.setattr(smtp, "_is_loopback_peer", lambda connection: False)
    with SmtpServer({"shop": "x"}) as server:
        with pytest.raises(ConnectionLost) as caught:
            SmtpSession.open(server.endpoint("shop", "localhost"), "x", 5)
        assert caught.value.key == "smtp_not_loopback"
        assert server.commands == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.10"])
def test_loopback_peers_are_recognised(host: str) -> None:
    listener = socket.create_server(("0.0.0.0" if host == "127.8.9.10" else "127.0.0.1", 0))
    with listener, socket.create_connection((host, listener.getsockname()[1])) as connection:
        assert smtp._is_loopback_peer(connection)


def test_a_stripped_starttls_ends_the_connection_before_the_login() -> None:
    with SmtpServer({"shop": PASSWORD}, "starttls", offer_starttls=False) as server:
        with pytest.raises(ConnectionLost) as caught:
            SmtpSession.open(server.endpoint("shop"), PASSWORD, 5)
        assert caught.value.key == "smtp_no_starttls"
        assert [line.split()[0] for line in server.commands] == ["ehlo"]


def test_a_refused_starttls_ends_the_connection_before_the_login() -> None:
    with SmtpServer({"shop": PASSWORD}, "starttls") as server:
        server.fault("starttls", reply="454 4.7.0 TLS not available")
        with pytest.raises(ConnectionLost):
            SmtpSession.open(server.endpoint("shop"), PASSWORD, 5)
        assert not any("AUTH" in line for line in server.commands)


def test_what_was_injected_before_tls_is_dropped() -> None:
    """An answer pushed in behind the 220 to STARTTLS is not taken for the first answer under TLS."""
    with SmtpServer({"shop": "x"}, "starttls") as server:
        server.fault("starttls", reply="220 go ahead\r\n250-evil.example\r\n250 AUTH PLAIN")
        with pytest.raises(ConnectionLost):
            SmtpSession.open(server.endpoint("shop"), "x", 2)
        assert not any("AUTH" in line for line in server.clear_commands)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["authority", "name", "expired"])
def test_a_certificate_that_is_not_trusted_ends_the_connection(tls: Tls, wrong: str) -> None:
    shown = {
        "authority": throw_away(),
        "name": throw_away("other.example", None),
        "expired": throw_away(expired=True),
    }[wrong]
    with SmtpServer({"shop": "x"}, tls, shown=shown) as server:
        right = server.endpoint("shop")
        endpoint = right if wrong != "authority" else Endpoint(right.host, right.port, right.security, "shop")
        with pytest.raises(ConnectionLost) as caught:
            SmtpSession.open(endpoint, "x", 5)
        assert caught.value.key == "smtp_certificate"
        assert not any("AUTH" in line for line in server.commands)


def test_a_server_that_speaks_no_tls_is_a_clear_error() -> None:
    with SmtpServer() as server, pytest.raises(ConnectionLost) as caught:
        SmtpSession.open(Endpoint("127.0.0.1", server.port, "tls", ""), None, 5)
    assert caught.value.key == "smtp_unreachable"


def test_a_missing_ca_file_is_named() -> None:
    with SmtpServer(tls="implicit") as server, pytest.raises(ConnectionLost) as caught:
        SmtpSession.open(Endpoint("127.0.0.1", server.port, "tls", "", "/nowhere/ca.pem"), None, 5)
    assert "/nowhere/ca.pem" in str(caught.value)


def test_a_wrong_password_is_refused_with_the_servers_words_and_without_the_password() -> None:
    with SmtpServer({"shop": "right"}, "implicit") as server, pytest.raises(LoginRefused) as caught:
        SmtpSession.open(server.endpoint("shop"), "wrong-canary", 5)
    assert "535 5.7.8 authentication failed" in str(caught.value)
    assert "wrong-canary" not in f"{caught.value!r} {caught.value} {caught.value.hint} {caught.value.values}"
    assert caught.value.exit_code == 5


def test_a_login_that_fails_for_the_moment_can_be_tried_later() -> None:
    with SmtpServer({"shop": "x"}, "implicit") as server:
        server.fault("auth", reply="454 4.7.0 try again")
        with pytest.raises(TryLater):
            SmtpSession.open(server.endpoint("shop"), "x", 5)


def test_a_server_without_a_mechanism_we_know_says_what_it_offers() -> None:
    with (
        SmtpServer({"shop": "x"}, "implicit", mechanisms="GSSAPI") as server,
        pytest.raises(LoginRefused) as caught,
    ):
        SmtpSession.open(server.endpoint("shop"), "x", 5)
    assert "GSSAPI" in str(caught.value)


def test_nobody_listens() -> None:
    with SmtpServer() as server:
        endpoint = server.endpoint()
    with pytest.raises(ConnectionLost) as caught:
        SmtpSession.open(endpoint, None, 5)
    assert caught.value.exit_code == 4
    assert caught.value.hint


def test_a_session_tells_no_secret() -> None:
    with (
        SmtpServer({"shop": "canary"}, "implicit") as server,
        SmtpSession.open(server.endpoint("shop"), "canary", 5) as session,
    ):
        assert "canary" not in repr(session)
        assert "canary" not in repr(vars(session))


# -- faults: where it is lost decides what is known

BEFORE: list[Step] = ["mail", "rcpt", "data"]


@pytest.mark.parametrize("step", BEFORE)
@pytest.mark.parametrize("fault", ["drop", "silent", "4xx"])
def test_everything_lost_before_the_dot_is_try_later(step: Step, fault: str) -> None:
    with SmtpServer() as server:
        server.fault(
            step, drop=fault == "drop", silent=fault == "silent", reply="451 4.3.0 later" * (fault == "4xx")
        )
        with pytest.raises(TryLater):
            send(server, before_dot=not_asked, timeout=0.3)
        assert server.mails == []


@pytest.mark.parametrize("step", ["greeting", "ehlo"])
@pytest.mark.parametrize("fault", ["drop", "silent"])
def test_a_server_that_goes_away_at_the_start_is_connection_lost(step: Step, fault: str) -> None:
    with SmtpServer() as server:
        server.fault(step, drop=fault == "drop", silent=fault == "silent")
        with pytest.raises(ConnectionLost):
            send(server, timeout=0.3)


def test_a_server_that_is_busy_at_the_start_is_try_later() -> None:
    with SmtpServer() as server:
        server.fault("greeting", reply="421 4.3.2 too busy")
        with fails(TryLater, "smtp_greeting"):
            send(server)


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_5xx_before_the_dot_is_refused_with_the_servers_words(step: Step) -> None:
    with SmtpServer() as server:
        server.fault(step, reply="550 5.7.1 not \x1b[31mhere")
        with pytest.raises(Refused) as caught:
            send(server)
        assert server.mails == []
    assert "550 5.7.1 not ␛[31mhere" in caught.value.reply


def test_a_server_that_goes_away_inside_the_body_is_try_later_and_nobody_is_asked() -> None:
    """Where the end is seen before the dot, *committing* is not even written."""
    with SmtpServer() as server:
        server.fault("body", drop=True)
        with pytest.raises(TryLater):
            send(server, data=MAIL + b"x" * 70 + b"\r\n" * 4_000_000, before_dot=not_asked)
        assert server.mails == []


def test_a_server_that_refuses_inside_the_body_is_heard_before_the_dot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look = smtp._spoken

    def look_when_it_is_there(connection: socket.socket) -> bytes | None:
        select.select([connection], [], [], 5)
        return look(connection)

    monkeypatch.setattr(smtp, "_spoken", look_when_it_is_there)
    with SmtpServer() as server:
        server.fault("body", reply="552 5.3.4 too much")
        with pytest.raises(Refused) as caught:
            send(server, before_dot=not_asked)
        assert server.mails == []
    assert caught.value.reply == "552 5.3.4 too much"


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("fault", ["drop", "silent", "nonsense"])
def test_no_answer_to_the_dot_is_uncertain_whether_taken_or_not(taken: bool, fault: str) -> None:
    """The client cannot know, and says so; the server has it at most once."""
    with SmtpServer() as server:
        server.fault(
            "dot",
            accept=taken,
            drop=fault == "drop",
            silent=fault == "silent",
            reply="hello" * (fault == "nonsense"),
        )
        with pytest.raises(Uncertain) as caught:
            send(server, answer_timeout=0.3)
        assert server.count(MESSAGE_ID) == taken
    assert caught.value.hint


def test_waits_for_a_slow_answer_to_the_dot() -> None:
    """The answer may take longer than any command may."""
    with SmtpServer() as server:
        server.fault("dot", accept=True, delay=0.8)
        assert isinstance(send(server, timeout=0.4, answer_timeout=10), Delivery)
        assert server.count(MESSAGE_ID) == 1


def test_the_answer_to_the_dot_decides() -> None:
    with SmtpServer() as server, SmtpSession.open(server.endpoint(), None, 5) as session:
        server.fault("dot", reply="451 4.7.1 greylisted")
        with pytest.raises(TryLater) as later:
            session.deliver(SHOP, [CUSTOMER], MAIL, yes)
        server.fault("dot", reply="554 5.7.1 spam")
        with pytest.raises(Refused) as refused:
            session.deliver(SHOP, [CUSTOMER], MAIL, yes)
        assert server.mails == []
        assert isinstance(session.deliver(SHOP, [CUSTOMER], MAIL, yes), Delivery)
        assert server.count(MESSAGE_ID) == 1
    assert (later.value.reply, refused.value.reply) == ("451 4.7.1 greylisted", "554 5.7.1 spam")


EVERY_FAULT: list[tuple[Step, str]] = [
    (step, fault)
    for step in ("greeting", "ehlo", "mail", "rcpt", "data", "body", "dot")
    for fault in ("drop", "451 4.3.0 later", "taken, then drop")
]


@pytest.mark.parametrize(("step", "fault"), EVERY_FAULT)
def test_trying_again_only_on_try_later_never_delivers_twice(step: Step, fault: str) -> None:
    """What the outbox does with these errors: at every position of the fault, at most one delivery."""
    with SmtpServer() as server:
        server.fault(
            step, drop="drop" in fault, accept="taken" in fault, reply="" if "drop" in fault else fault
        )
        outcome: Delivery | Abandoned | Uncertain | None = None
        for _ in range(2):
            with contextlib.suppress(TryLater, ConnectionLost):
                try:
                    outcome = send(server)
                except Uncertain as error:
                    outcome = error
                break
        if isinstance(outcome, Uncertain):
            assert step in ("body", "dot")  # a short body is gone before its end can be seen
            assert server.count(MESSAGE_ID) == (step == "dot" and "taken" in fault)
        else:
            assert isinstance(outcome, Delivery)
            assert server.count(MESSAGE_ID) == 1


# -- the question before the dot


def test_the_question_comes_when_all_but_the_dot_is_written() -> None:
    """At that moment the server has nothing that it could deliver."""
    seen: list[int] = []
    with SmtpServer() as server:

        def before_dot() -> bool:
            seen.append(len(server.mails))
            assert server.commands[-1] == "DATA"
            return True

        send(server, before_dot=before_dot)
        assert (seen, len(server.mails)) == ([0], 1)


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_no_means_no_dot(tls: Tls) -> None:
    """The server sees the connection end inside the body and delivers nothing."""
    with SmtpServer(tls=tls) as server:
        with SmtpSession.open(server.endpoint(), None, 5) as session:
            assert session.deliver(SHOP, [CUSTOMER], MAIL, lambda: False) == Abandoned("forbidden")
            assert not session.usable
        server.wait(unfinished=1)
        assert server.mails == []


def test_an_interrupt_inside_the_body_ends_the_connection_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more is written, not even QUIT: it would stand in the body."""

    def interrupted(connection: socket.socket) -> bytes | None:
        raise KeyboardInterrupt

    monkeypatch.setattr(smtp, "_spoken", interrupted)
    with SmtpServer() as server:
        with pytest.raises(KeyboardInterrupt):
            send(server)
        server.wait(unfinished=1)
        assert server.mails == []
        assert b"QUIT" not in server.unfinished[0].upper()


def test_an_error_in_the_question_means_no_dot() -> None:
    """A COMMIT whose outcome is unknown counts as not marked."""

    def broken() -> bool:
        raise OSError("the database went away")

    with SmtpServer() as server:
        with pytest.raises(OSError, match="database"):
            send(server, before_dot=broken)
        server.wait(unfinished=1)
        assert server.mails == []


@pytest.mark.parametrize(("pause", "result"), [(4.9, Delivery), (5.1, Abandoned)])
def test_a_machine_that_slept_after_the_question_writes_no_dot(pause: float, result: type) -> None:
    now = [100.0]

    def before_dot() -> bool:
        now[0] += pause
        return True

    with SmtpServer() as server:
        with SmtpSession.open(server.endpoint(), None, 5, clock=lambda: now[0]) as session:
            outcome = session.deliver(SHOP, [CUSTOMER], MAIL, before_dot)
        assert isinstance(outcome, result)
        assert outcome == Abandoned("slept") or server.count(MESSAGE_ID) == 1


def test_the_clock_of_the_guard_goes_on() -> None:
    earlier = boottime()
    assert boottime() >= earlier
    assert abs(boottime() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1


# -- recipients


def test_some_refused_go_on_and_are_listed() -> None:
    """One DATA for all: nobody gets a second copy because somebody else was refused."""
    with SmtpServer() as server:
        server.refuse = {
            "a@customer.example": "550 5.1.1 no such user",
            "b@customer.example": "452 4.2.2 full",
        }
        outcome = send(server, "a@customer.example", CUSTOMER, "b@customer.example")
        assert isinstance(outcome, Delivery)
        assert [(r.address, r.code) for r in outcome.refused] == [
            ("a@customer.example", 550),
            ("b@customer.example", 452),
        ]
        assert str(outcome.refused[0]) == "a@customer.example: 550 5.1.1 no such user"
        assert [mail.recipients for mail in server.mails] == [(CUSTOMER,)]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (["550 5.1.1 no", "550 5.1.1 no"], Refused),
        (["550 5.1.1 no", "450 4.2.1 later"], TryLater),
        (["550 5.1.1 no", "350 what"], TryLater),
    ],
)
def test_all_refused(answers: list[str], error: type[DeliveryError]) -> None:
    with SmtpServer() as server:
        server.refuse = dict(zip((CUSTOMER, OTHER), answers, strict=True))
        with pytest.raises(error) as caught:
            send(server, CUSTOMER, OTHER)
        assert "DATA" not in server.commands
    assert all(answer in caught.value.reply for answer in answers)


def test_no_recipient_is_refused_before_anything_is_sent() -> None:
    with SmtpServer() as server, SmtpSession.open(server.endpoint(), None, 5) as session:
        with fails(Refused, "smtp_no_recipients"):
            session.deliver(SHOP, [], MAIL, yes)
        assert len(server.commands) == 1


def test_each_recipient_once() -> None:
    with SmtpServer() as server:
        send(server, CUSTOMER, OTHER, CUSTOMER.replace("customer", "CUSTOMER"))
        assert server.mails[0].recipients == (CUSTOMER, OTHER)
    assert unique_recipients(["a@Shop.example", "b@x.example", "a@shop.EXAMPLE", "A@shop.example"]) == (
        "a@Shop.example",
        "b@x.example",
        "A@shop.example",
    )


@pytest.mark.parametrize(
    ("address", "forms"),
    [
        ("tanaka@customer.example", ("tanaka@customer.example",)),
        ("a..b@docomo.example", ('"a..b"@docomo.example', "a..b@docomo.example")),
        ("a.@docomo.example", ('"a."@docomo.example', "a.@docomo.example")),
        (".a@docomo.example", ('".a"@docomo.example', ".a@docomo.example")),
        ("...@docomo.example", ('"..."@docomo.example', "...@docomo.example")),
        ('"a..b"@docomo.example', ('"a..b"@docomo.example', "a..b@docomo.example")),
        ('"e x"@docomo.example', ('"e x"@docomo.example',)),
        ("a b@x.example", ('"a b"@x.example',)),
        ('a"b@x.example', ('"a\\"b"@x.example',)),
        ("a>b@x.example", ('"a>b"@x.example',)),
        ("a@店.example", ("a@xn--hxt.example",)),
        ("a@[192.0.2.1]", ("a@[192.0.2.1]",)),
    ],
)
def test_how_an_address_is_written(address: str, forms: tuple[str, ...]) -> None:
    assert envelope_forms(address) == forms


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b\r\nRCPT TO:<c@d>",
        "a\n@b",
        "a@b>",
        "a@b c",
        "a@b> SIZE=1",
        "a\x00@b",
        "a@[b]>",
        "a@b\u2028",
    ],
)
def test_what_is_no_address_never_reaches_the_wire(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|label|idna"):
        envelope_forms(address)


def test_an_address_that_cannot_be_written_is_listed_as_refused() -> None:
    with SmtpServer(extensions=()) as server:
        outcome = send(
            server, "x\r\nRCPT TO:<evil@evil.example>@b.example", "田中@customer.example", CUSTOMER
        )
        assert isinstance(outcome, Delivery)
        assert [r.code for r in outcome.refused] == [553, 553]
        assert [mail.recipients for mail in server.mails] == [(CUSTOMER,)]
        assert not any("evil" in line for line in server.commands)


def test_a_mobile_address_is_sent_quoted() -> None:
    with SmtpServer() as server:
        send(server, "a..b@docomo.example")
        assert server.mails[0].recipients == ('"a..b"@docomo.example',)


def test_a_mobile_address_is_tried_bare_once_where_the_quotes_are_a_syntax_error() -> None:
    with SmtpServer() as server:
        server.refuse['"a..b"@docomo.example'] = "501 5.1.3 bad recipient address syntax"
        assert send(server, "a..b@docomo.example") == Delivery(SafeText("250 2.0.0 queued as 1"))
        assert server.mails[0].recipients == ("a..b@docomo.example",)


def test_a_mobile_address_is_not_tried_again_where_it_is_unknown() -> None:
    with SmtpServer() as server:
        server.refuse['"a..b"@docomo.example'] = "550 5.1.1 user unknown"
        with pytest.raises(Refused):
            send(server, "a..b@docomo.example")
        assert sum(line.startswith("RCPT") for line in server.commands) == 1


def test_an_address_in_japanese_goes_where_the_server_can_take_it() -> None:
    with SmtpServer() as server:
        send(server, "田中@customer.example")
        assert server.mails[0].recipients == ("田中@customer.example",)
        assert any(line.endswith(" SMTPUTF8") for line in server.commands)


def test_a_sender_that_cannot_be_written_is_refused() -> None:
    with SmtpServer() as server, fails(Refused, "smtp_address"):
        send(server, mail_from="shop@shop.example> BODY=8BITMIME")


# -- the body


@pytest.mark.parametrize(
    "data", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\r\n", b"a\r\n.\nb\r\n", b"\na", b"a\r", b"a\0b\r\n"]
)
def test_a_lone_line_end_is_refused_before_the_envelope(data: bytes) -> None:
    """Servers that take a lone LF for a line end could be made to see a second mail (smuggling)."""
    with SmtpServer() as server, fails(Refused, "smtp_line_ends"):
        send(server, data=data)
    assert not any(line.startswith("MAIL") for line in server.commands)


@given(st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x.", b"MAIL FROM:<a@b>", b"x" * 998])))
def test_dots_are_doubled_and_can_be_undone(lines: list[bytes]) -> None:
    """No line of the body is the final dot, and the server gets back what was given."""
    data = b"".join(line + b"\r\n" for line in lines) or b"\r\n"
    body = prepare_body(data)
    sent = body.split(b"\r\n")
    assert b"." not in sent
    assert b"\r\n".join(line[1:] if line.startswith(b".") else line for line in sent) == data


def test_too_large_is_said_before_sending() -> None:
    with SmtpServer(extensions=("SIZE 1048576",)) as server, pytest.raises(Refused) as caught:
        send(server, data=MAIL + b"x\r\n" * 400_000)
    assert "1.0 MiB" in str(caught.value)
    assert not any(line.startswith("MAIL") for line in server.commands)


@pytest.mark.parametrize("announced", ["SIZE", "SIZE 0", "SIZE many", "SIZE ²"])
def test_a_size_that_says_nothing_limits_nothing(announced: str) -> None:
    with SmtpServer(extensions=(announced,)) as server:
        assert isinstance(send(server), Delivery)


def test_eight_bit_only_where_it_is_offered() -> None:
    data = MAIL + "日本\r\n".encode()
    with SmtpServer() as server:
        send(server, data=data)
        assert server.mails[0].raw == data
    with SmtpServer(extensions=()) as server, fails(Refused, "smtp_eight_bit"):
        send(server, data=data)


# -- the words


def test_every_error_has_words_and_the_lasting_ones_a_remedy() -> None:
    """Both languages; ``ja`` is what the tests end with."""
    with SmtpServer() as server:
        server.fault("mail", drop=True)
        with pytest.raises(TryLater) as caught:
            send(server)
    error = caught.value
    use("en")
    try:
        assert str(error).startswith(
            "the connection to the outgoing server 127.0.0.1 was lost too early (MAIL:"
        )
        assert error.hint == "it will be tried again by itself"
    finally:
        use("ja")
    assert "途中で切れました" in str(error)


def test_tls_is_at_least_1_2_and_verified() -> None:
    context = smtp._tls(Endpoint("smtp.shop.example", 465, "tls", ""))
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
