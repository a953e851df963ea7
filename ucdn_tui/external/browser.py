"""Opening a URL in the user's browser, without a trace on the screen that the dashboard draws."""

import subprocess
import sys
from collections.abc import Mapping

from ucdn_tui import daemon_thread
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.links import LIMIT, link_of

_DESKTOPS = frozenset({"darwin", "win32"})
"""The platforms on which there is always a browser to be had."""

_WAYS = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""What leads to a browser elsewhere; without any of it, Python falls back to one in the terminal, such as w3m."""


class BrowserError(UcdnTuiError):
    """A URL cannot be opened: it is no link, there is no browser, or none can be started."""


def open_in_browser(url: str, environ: Mapping[str, str], platform: str = sys.platform) -> None:
    """Start the browser that Python finds, and return at once; whether it shows the page is not known.

    `environ` is where a browser is looked for, and what it gets, except for this program's own settings and keys.
    Raises BrowserError.
    """
    link = link_of(url)
    if link is None:
        raise BrowserError(
            _("Not opened"),
            _("This URL is nothing to hand to a browser."),
            _("It has to be http or https, with a host, without a user, and of up to {limit} characters.").format(
                limit=LIMIT
            ),
        )
    if platform not in _DESKTOPS and not any(environ.get(name) for name in _WAYS):
        raise BrowserError(
            _("No browser"),
            _("There is no desktop here to open a browser on."),
            _("Copy the URL instead, or set BROWSER to a command that opens it."),
        )
    try:
        # -P: or a webbrowser.py in the folder in which the dashboard was started would run instead.
        process = subprocess.Popen(  # noqa: S603 - no shell, and the link begins with http
            [sys.executable, "-P", "-m", "webbrowser", "-t", link],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so it has no terminal to draw on, and lives on when this one is closed
            env={name: value for name, value in environ.items() if not name.startswith("UCLOUD_")},
        )
    except OSError as error:
        raise BrowserError(
            _("Not opened"),
            _("No browser could be started ({why}).").format(why=error.strerror or type(error).__name__),
            _("Copy the URL instead."),
        ) from None
    # Somebody has to wait for it, or it stays behind as a zombie; and a browser may live for hours.
    daemon_thread.start(process.wait, "browser")
