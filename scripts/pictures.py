"""The pictures of README and documentation, made by the app itself: ``make pictures``.

The app is shown without a terminal on a copy of the desk of :mod:`scripts.stage`, and the keys of a scene
(:mod:`scripts.scenes`) are pressed. Each picture is written as SVG, some as PNG too where ``rsvg-convert`` is there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from maildesk import locale
from maildesk.app import MaildeskApp, UiSettings
from maildesk.demo.world import sit_down
from maildesk.domain.status import Tab
from scripts import svg
from scripts.scenes import PICTURES, RECEIPT, Picture
from scripts.stage import NOW, Clock, Stage, make_pattern, stopped

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"


async def take(shot: Picture, pattern: Path, folder: Path, clock: Clock) -> str:
    """One picture, on a copy of the desk, as SVG."""
    locale.use(shot.language)
    clock.at = NOW
    path = folder / f"{shot.name}.db"
    shutil.copy(pattern, path)
    url = f"sqlite:///{path}"
    others = {login: sit_down(url, login) for login in ("suzuki", "takahashi")}
    rows = others["suzuki"].inbox.page(Tab.ALL, limit=200).rows
    others["suzuki"].claims.take(next(row.id for row in rows if row.subject == RECEIPT))
    settings = UiSettings(theme=shot.theme, zone=ZoneInfo("Asia/Tokyo"), downloads=folder)
    app = MaildeskApp(lambda: sit_down(url, "sato"), settings)
    try:
        async with app.run_test(size=(shot.width, shot.height), notifications=True) as pilot:
            stage = Stage(app, pilot, clock, others)
            await stage.settle()
            if stage.open_start():
                await stage.press("escape")
            await shot.script(stage)
            await stage.settle()
            return svg.picture(app, "maildesk")
    finally:
        for desk in others.values():
            desk.close()


def main(arguments: Sequence[str]) -> int:
    """Make the pictures that are named, or all. ``--into FOLDER`` writes them elsewhere."""
    into = FOLDER
    names = list(arguments)
    if "--into" in names:
        at = names.index("--into")
        into = Path(names[at + 1])
        del names[at : at + 2]
    into.mkdir(parents=True, exist_ok=True)
    os.environ.update(LANG="C.UTF-8", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="maildesk-pictures-") as temporary, stopped(clock):
        folder = Path(temporary)
        os.environ["HOME"] = temporary
        pattern = folder / "pattern.db"
        make_pattern(pattern)
        for shot in PICTURES:
            if names and shot.name not in names:
                continue
            target = into / f"{shot.name}.svg"
            target.write_text(asyncio.run(take(shot, pattern, folder, clock)), encoding="utf-8")
            print(target.name)
            if shot.png:
                convert(target)
    return 0


def convert(target: Path) -> None:
    """The PNG beside an SVG, where ``rsvg-convert`` is there."""
    if (program := shutil.which("rsvg-convert")) is not None:
        png = target.with_suffix(".png")
        subprocess.run([program, "-o", str(png), str(target)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
