"""Where tests put their files: in memory where there is enough of it, for no test needs them after a power cut."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 3 << 30
"""Bytes: two or three databases of each process, the demo's mail, and room."""


def in_memory() -> None:
    """Let temporary folders be in memory, also those of processes that are started from here.

    Not where ``TMPDIR`` says otherwise, where the memory file system is small, as in most containers, or where programs
    may not run from it: PostgreSQL's may be copied there.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(MEMORY).free < ENOUGH:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
