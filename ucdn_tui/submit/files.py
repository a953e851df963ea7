"""Reading a file with URLs."""

from pathlib import Path
from typing import Final

from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

LIMIT: Final = 32 * 1024 * 1024
"""Bytes of a file with URLs."""


def read_urls(path: Path) -> str:
    """Return a file's text; raises UsageError if it cannot be read, is too large, or is not UTF-8."""
    shown = sanitize(str(path), 200)
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(LIMIT + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: `~` without a home folder
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(_("Cannot read {path} ({why})").format(path=shown, why=why)) from None
    return decode_urls(content, shown)


def decode_urls(content: bytes, name: str) -> str:
    """Return the text of a file or of standard input; raises UsageError if it is too large, or not UTF-8."""
    if len(content) > LIMIT:
        raise UsageError(_("{path} is larger than 32 MB").format(path=name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(_("{path} is not UTF-8 (line {line})").format(path=name, line=line)) from None
