"""Free ports, what greets there, and throw-away certificates."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
from pathlib import Path


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment. Another process may still take it before
    the caller does, so servers that cannot be handed a socket are started again with another port when that
    happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def greets(port: int, greeting: bytes) -> bool:
    """Whether a server on 127.0.0.1:``port`` says ``greeting`` first."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.settimeout(2)
            return line.recv(len(greeting)) == greeting
    except OSError:
        return False


def certificate(
    folder: Path, name: str = "localhost", address: str | None = "127.0.0.1", expired: bool = False
) -> Path:
    """Write ``cert.pem`` and ``key.pem`` (self-signed, for ``name`` and ``address``) into ``folder``; return
    the path of the certificate. ``expired`` makes one that ended years ago."""
    key, cert, request = folder / "key.pem", folder / "cert.pem", folder / "request.pem"
    names = f"DNS:{name}" + (f",IP:{address}" if address else "")
    _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
             "-keyout", str(key), "-out", str(request))  # fmt: skip
    today = dt.datetime.now(dt.UTC).date()
    start, end = (dt.date(2001, 1, 1), dt.date(2002, 1, 1)) if expired else (
        today - dt.timedelta(days=1), today + dt.timedelta(days=2))  # fmt: skip
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("01\n")
    (folder / "ca.conf").write_text(
        f"[ca]\ndefault_ca=me\n[me]\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\n"
        "default_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n"
        f"[ext]\nsubjectAltName={names}\nbasicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n"
    )
    _openssl("ca", "-batch", "-notext", "-selfsign", "-config", str(folder / "ca.conf"), "-in", str(request),
             "-keyfile", str(key), "-out", str(cert),
             "-startdate", f"{start:%Y%m%d}000000Z", "-enddate", f"{end:%Y%m%d}000000Z")  # fmt: skip
    return cert


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
