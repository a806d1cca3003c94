"""Inside the fuzzing environment: run one target until libFuzzer's limits are reached."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["maildesk"], enable_loader_override=False):
    from tests.fuzz.targets import TARGETS

atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()
