"""What the test support shares: timeouts, and an environment without the developer's settings."""

import os
from collections.abc import Mapping

PATIENCE = 60.0
"""Timeout in seconds that is long enough on any machine. Only failing tests wait this long."""

_NAMES = {
    # Colour and layout of Textual, Rich and argparse.
    *("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"),
    # The terminal around us, to which programs adapt their output.
    *("TMUX", "TMUX_PANE", "STY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"),
    # Proxies: HTTP_PROXY applies to loopback, too.
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    # Certificates: they take as long to load as many tests take.
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"),
    # The developer's keyring.
    "DBUS_SESSION_BUS_ADDRESS",
    "LANGUAGE",
}
REMOTE = {"SSH_TTY": "/dev/null"}
"""What makes a session count as remote, so that no test writes to the clipboard of the developer's desktop."""

# PYTHON*: warnings, encodings, the keyring's backend. Without PYTHONDONTWRITEBYTECODE programs also start sooner.
_PREFIXES = ("PYTHON", "TEXTUAL", "UCLOUD_", "LC_", "XDG_")


def is_personal(name: str) -> bool:
    """Return whether a variable could expose the developer's settings, keys or proxies, or change the screen."""
    return name.upper() in _NAMES or name.startswith(_PREFIXES)


def clean_environment(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the environment for a program under test: a plain remote colour terminal, English, nothing personal.

    `extra` is applied last; None removes a variable.
    """
    environment: dict[str, str | None] = {k: v for k, v in os.environ.items() if not is_personal(k)}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **REMOTE}
    environment |= extra or {}
    return {name: value for name, value in environment.items() if value is not None}
