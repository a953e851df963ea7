"""The text with the URLs of a command: from its arguments, a file, or standard input."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.submit.files import LIMIT, decode_urls, read_urls


def url_text(words: Sequence[str], file: str | None) -> str:
    """Return the text, one URL a line. Raises UsageError unless there is one source, which can be read."""
    if bool(words) == bool(file):
        raise UsageError(_("name URLs, - for standard input, or --file (see ucdn-tui --help)"))
    if file:
        return read_urls(Path(file))
    if list(words) != ["-"]:
        return "\n".join(words)
    if sys.stdin is None:
        raise UsageError(_("standard input is closed"))
    try:
        return decode_urls(sys.stdin.buffer.read(LIMIT + 1), _("standard input"))
    except OSError as error:
        raise UsageError(_("standard input cannot be read ({why})").format(why=error.strerror)) from None
