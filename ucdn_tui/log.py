"""The log file: what a maintainer needs, readable by its owner only, and never large."""

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import cast

_SIZE = 1_000_000
"""Bytes after which a log file is put aside; three such are kept."""


def log_to(path: str) -> None:
    """Write the package's log to this file; raises OSError where that cannot be done."""
    handler = _PrivateFileHandler(path, maxBytes=_SIZE, backupCount=3, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("ucdn_tui")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _PrivateFileHandler(RotatingFileHandler):
    """Creates its files with mode 0600."""

    def _open(self) -> TextIOWrapper:
        def private(name: str, flags: int) -> int:
            return os.open(name, flags, 0o600)

        stream = open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private)  # noqa: SIM115
        return cast("TextIOWrapper", stream)
