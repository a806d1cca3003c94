"""Real servers and helpers for the tests.

Each server is a context manager that finds its binaries, starts in a temporary folder on free ports or a
private socket, polls until it answers, and takes down what it started::

    with dovecot.server({"info@shop.example": "secret"}) as imap, postgres.server() as database: ...

:mod:`tests.support.install` says what is there and installs what may be installed.
"""
