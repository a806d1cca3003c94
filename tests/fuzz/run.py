"""``python tests/fuzz/run.py [--seconds N] [TARGET…]``: fuzz each target for so long, in an environment of its own.

atheris is no part of the ordinary environment: it is compiled for one Python after the other, and its 3.0.0 has wheels
for Python 3.11 to 3.13. Where pip finds none for this Python the script says so and ends with 3. An input on which a
target fails is kept in ``tests/fuzz/corpus/TARGET/crash-…``; from then on the tests replay it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
CORPUS = HERE / "corpus"
NAMES = ("parser", "header", "html", "reply", "template")


def environment(folder: Path) -> Path:
    """The Python of the fuzzing environment, made at the first call."""
    python = folder / "bin" / "python"
    stamp = folder / "ready"
    wanted = hashlib.sha256(
        (TOP / "requirements.lock").read_bytes() + (HERE / "requirements.txt").read_bytes()
    ).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(TOP / "requirements.lock")], check=True)
    if subprocess.run(
        [*pip, "--only-binary", ":all:", "-r", str(HERE / "requirements.txt")], check=False
    ).returncode:
        version = ".".join(map(str, sys.version_info[:2]))
        print(
            f"no atheris for Python {version}: fuzz with Python 3.11 (make fuzz PY=python3.11)",
            file=sys.stderr,
        )
        sys.exit(3)
    stamp.write_text(wanted)
    return python


def fuzz(python: Path, name: str, seconds: int, work: Path) -> tuple[int, list[Path]]:
    """Run one target. How often it was run, and the inputs on which it failed, kept."""
    seeds, grown, found = CORPUS / name, work / name, work / f"{name}-found"
    for folder in (seeds, grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(python), str(HERE / "one.py"), name, str(grown), str(seeds), f"-max_total_time={seconds}",
        "-timeout=10", "-rss_limit_mb=1024", "-max_len=16384", f"-artifact_prefix={found}/", "-print_final_stats=1",
    ]  # fmt: skip
    environment = dict(os.environ) | {"PYTHONPATH": str(TOP)}
    done = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    runs = re.findall(r"number_of_executed_units:\s*(\d+)", done.stderr)
    kept = []
    for artifact in sorted(found.iterdir()):
        digest = hashlib.sha256(artifact.read_bytes()).hexdigest()[:12]
        place = seeds / f"crash-{digest}"
        place.write_bytes(artifact.read_bytes())
        kept.append(place)
        artifact.unlink()
    if kept or not runs:
        print(done.stderr[-3000:], file=sys.stderr)
    return int(runs[-1]) if runs else 0, kept


def main() -> int:
    """Fuzz and say what was found. 1: some target failed."""
    parser = argparse.ArgumentParser(description="Fuzz what reads strangers' bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)} (all)")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--venv", type=Path, default=TOP / ".venv-fuzz")
    given = parser.parse_args()
    if unknown := set(given.targets) - set(NAMES):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    python = environment(given.venv)
    failed = False
    for name in given.targets or NAMES:
        runs, kept = fuzz(python, name, given.seconds, given.venv / "corpus")
        words = f"{len(kept)} failed: {', '.join(k.name for k in kept)}" if kept else "nothing found"
        print(f"{name:10} {runs:>10} runs in {given.seconds} s, {words}", flush=True)
        failed = failed or bool(kept) or not runs
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
