"""Opening a URL in the user's browser, without disturbing the terminal."""

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future

from ucdn_tui import daemon_thread
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.links import LIMIT, link_of

_DESKTOPS = frozenset({"darwin", "win32"})
"""The platforms that always have a graphical browser."""

_BROWSER_VARIABLES = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""Elsewhere one of these must be set: without them Python starts a browser in the terminal, such as w3m."""


class BrowserError(UcdnTuiError):
    """A URL cannot be opened: it is not a link, there is no browser, or it cannot be started."""


_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open_new_tab(sys.argv[1]))"


def open_in_browser(url: str, environ: Mapping[str, str], platform: str = sys.platform) -> Future[int]:
    """Start the browser that Python's `webbrowser` finds, and return at once.

    The future gets 0 once a browser has the URL, or another number if none took it. Some browsers run on until then.
    The browser is found by `environ` and inherits it, without the UCLOUD_ variables. Raises BrowserError.
    """
    link = link_of(url)
    if link is None:
        raise BrowserError(
            _("Not a web URL; can't open it"),
            advice=_(
                "Only http and https URLs with a host, without a user, up to {limit} characters can be opened."
            ).format(limit=LIMIT),
        )
    if platform not in _DESKTOPS and not any(environ.get(name) for name in _BROWSER_VARIABLES):
        raise BrowserError(
            _("No graphical browser found"),
            advice=_("Copy the URL instead, or set BROWSER to a command that opens it."),
        )
    try:
        # -P: otherwise a webbrowser.py in the current folder would run instead.
        process = subprocess.Popen(  # noqa: S603 - no shell, and the link starts with http
            [sys.executable, "-P", "-c", _OPEN, link],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # without our terminal: it cannot draw there, and survives its closing
            env={name: value for name, value in environ.items() if not name.startswith("UCLOUD_")},
        )
    except OSError as error:
        raise BrowserError(
            _("Browser did not start: {why}").format(why=error.strerror or type(error).__name__),
            advice=_("Copy the URL instead."),
        ) from None
    # Waited for in a thread, as a browser may run for hours; without waiting it would remain as a zombie.
    return daemon_thread.start(process.wait, "browser")
