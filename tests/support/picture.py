"""Renders SVG screenshots as PNG with a headless Chromium."""

import math
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
from pathlib import Path

PACKAGES = "chromium fonts-firacode fonts-noto-cjk fonts-noto-core fonts-noto-color-emoji"
"""The required Debian packages: the browser, and the fonts that `support.svg` names."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_TIMEOUT = 60.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--force-color-profile=srgb",
    "--default-background-color=00000000",
)


class PictureError(RuntimeError):
    """A picture could not be rendered; the message has the reason."""


def render_png(svg: str, out: Path, scale: float = 2) -> None:
    """Render an SVG (from `support.svg.grid_exact`) as a PNG, enlarged by `scale`."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise PictureError(f"no Chromium found. On Debian: apt-get install --no-install-recommends {PACKAGES}")
    box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    if box is None:
        raise PictureError("the SVG has no viewBox")
    width, height = math.ceil(float(box[1])), math.ceil(float(box[2]))
    with tempfile.TemporaryDirectory(prefix="ucdn-tui-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, png = folder / "page.html", folder / "page.png"
        page.write_text(_page(svg, width, height), encoding="utf-8")
        command = [
            program,
            *_FLAGS,
            f"--force-device-scale-factor={scale:g}",
            f"--window-size={width},{height}",
            f"--user-data-dir={folder / 'profile'}",
            f"--screenshot={png}",
            page.as_uri(),
        ]
        errors = _run(command, folder)
        if not png.exists():
            raise PictureError(f"Chromium drew nothing:\n{errors}")
        data = png.read_bytes()
    size = struct.unpack(">II", data[16:24])
    if size != (wanted := (round(width * scale), round(height * scale))):
        raise PictureError(f"Chromium drew {size[0]} × {size[1]} pixels instead of {wanted[0]} × {wanted[1]}")
    out.write_bytes(data)


def _page(svg: str, width: int, height: int) -> str:
    style = f"html,body{{margin:0;background:transparent}}svg{{display:block;width:{width}px;height:{height}px}}"
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style>{svg}'


def _run(command: list[str], home: Path) -> str:
    """Run Chromium until it exits; return its standard error. Its child processes end with it."""
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home)}
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as browser:
        try:
            _, errors = browser.communicate(timeout=_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(browser.pid, signal.SIGKILL)
            raise PictureError(f"Chromium was not done after {_TIMEOUT:g} s") from None
    if browser.returncode:
        raise PictureError(f"Chromium ended with {browser.returncode}:\n{errors}")
    return errors
