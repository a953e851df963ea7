"""The log file: private to its owner, sanitized, and limited in size."""

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import cast

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
    """Makes its files readable by their owner only, existing files too."""

    def _open(self) -> TextIOWrapper:
        def private(name: str, flags: int) -> int:
            handle = os.open(name, flags, 0o600)
            with suppress(OSError):  # the file belongs to another user
                os.chmod(handle, 0o600)
            return handle

        stream = open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private)  # noqa: SIM115
        return cast("TextIOWrapper", stream)
