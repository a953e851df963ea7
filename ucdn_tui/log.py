"""The log file: private to its owner, sanitized, and limited in size."""

import errno
import logging
import os
import stat
import sys
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import cast

from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled, sentence
from ucdn_tui.text import sanitize

_SIZE = 1_000_000
"""Bytes after which the log file is rotated; three old files remain."""


def log_to(path: str) -> None:
    """Write the package's log to this file; raises OSError."""
    handler = _PrivateFileHandler(path, maxBytes=_SIZE, backupCount=3, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(_SanitizingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("ucdn_tui")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _SanitizingFormatter(logging.Formatter):
    """Sanitizes each line: logs are read in terminals, and an exception may quote outside text."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(sanitize(line, len(line)) for line in super().format(record).split("\n"))


class _PrivateFileHandler(RotatingFileHandler):
    """Makes its files readable by their owner only, existing files too. Says once if they cannot be written."""

    _has_complained = False

    def _open(self) -> TextIOWrapper:
        # Not in a `with` block: the handler closes it.
        stream = open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_open_private)  # noqa: SIM115
        return cast("TextIOWrapper", stream)

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say on standard error why nothing is logged. Python would print a traceback for each line."""
        error = sys.exception()
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        if not self._has_complained and sys.stderr is not None:
            self._has_complained = True
            with suppress(OSError):
                sys.stderr.write("ucdn-tui: " + sentence(labelled(_("Cannot write the log file"), why)) + "\n")


def _open_private(name: str, flags: int) -> int:
    """Open a regular file of ours, and make it private. Raises OSError for any other: a device, a link, a pipe."""
    # O_NONBLOCK: opening a named pipe would wait for its reader. Windows has neither flag.
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(name, flags | careful, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a symbolic link; a named pipe
            raise OSError(error.errno, _("not a regular file")) from None
        raise
    try:
        _make_private(handle)
    except OSError:
        os.close(handle)
        raise
    return handle


def _make_private(handle: int) -> None:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, _("not a regular file"))
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise OSError(errno.EPERM, _("it belongs to another user"))
    if hasattr(os, "fchmod"):
        os.fchmod(handle, 0o600)
