"""What the tests' support has in common: an environment in which nothing of the developer's own is left."""

import os
from collections.abc import Mapping

PATIENCE = 60.0
"""Seconds after which what has not come will not come, however busy the machine is. Only failing tests wait so long."""

_NAMES = {
    # Colour and layout: Textual, Rich and argparse would draw something else.
    *("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"),
    # The terminal around us: programs change what they write when they think that they know it.
    *("TMUX", "TMUX_PANE", "STY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"),
    # Proxies: HTTP_PROXY takes loopback traffic too.
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    # The way to the developer's keyring.
    *("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"),
    "LANGUAGE",
}
_PREFIXES = ("TEXTUAL", "UCLOUD_", "LC_", "XDG_")


def is_personal(name: str) -> bool:
    """Tell whether a variable could lead to the developer's settings, keys or proxies, or change what is drawn."""
    return name.upper() in _NAMES or name.startswith(_PREFIXES)


def clean_environment(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the environment for a program under test: a plain colour terminal, English, nothing personal.

    `extra` is laid on top; None takes a variable away.
    """
    environment: dict[str, str | None] = {k: v for k, v in os.environ.items() if not is_personal(k)}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    environment |= extra or {}
    return {name: value for name, value in environment.items() if value is not None}
