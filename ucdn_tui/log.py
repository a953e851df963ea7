"""The log file: what a maintainer needs, readable by its owner only, and never large."""

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import cast

from ucdn_tui.text import sanitize

_SIZE = 1_000_000
"""Bytes after which a log file is put aside; three such are kept."""


def log_to(path: str) -> None:
    """Write the package's log to this file; raises OSError where that cannot be done."""
    handler = _PrivateFileHandler(path, maxBytes=_SIZE, backupCount=3, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(_SanitizingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("ucdn_tui")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _SanitizingFormatter(logging.Formatter):
    """Shows controls as escapes: a log is read in a terminal, and an exception may quote what came from outside."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(sanitize(line, len(line)) for line in super().format(record).split("\n"))


class _PrivateFileHandler(RotatingFileHandler):
    """Keeps its files readable by their owner only, also one that was there before."""

    def _open(self) -> TextIOWrapper:
        def private(name: str, flags: int) -> int:
            handle = os.open(name, flags, 0o600)
            with suppress(OSError):  # not ours: then we could open it, and that is that
                os.chmod(handle, 0o600)
            return handle

        stream = open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private)  # noqa: SIM115
        return cast("TextIOWrapper", stream)
