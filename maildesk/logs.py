"""Logging: to a file, never to the terminal (Textual draws on standard error).

What may be logged is decided in ADR 8: identifiers, states, sizes and durations; no subject, no body, no address and
no secret at any level. Tracebacks are written without local variables.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import time
from pathlib import Path

_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """One JSON object per line: time (ISO 8601, UTC), level, logger, event, and the fields given by ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {k: v for k, v in record.__dict__.items() if k not in _FIELDS}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def to_file(path: Path, level: int = logging.INFO) -> None:
    """Send the ``maildesk`` loggers to ``path`` (5 × 1 MiB, rotating). Where it cannot be written, log nowhere."""
    logger = logging.getLogger("maildesk")
    logger.setLevel(level)
    logger.propagate = False
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=1 << 20, backupCount=4, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
