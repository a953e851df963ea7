"""Writing an export into a new file: complete, private to its owner, never over another file."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.text import replace_surrogates, sanitize

_NAME_LIMIT = 100
"""Characters of a file's name, which leaves room for a number and a suffix on any file system."""

_NUMBERS = 1000
"""How many files of one name a folder may hold before it counts as full."""


class ExportError(UcdnTuiError):
    """A file could not be written in any of the folders; nothing is left of it."""


def write_new(folders: Sequence[Path], name: str, suffix: str, text: str) -> Path:
    """Write a new file into the first folder that takes it, and return its path; blocks until it is on the disk.

    Never over another file: after `name.csv` comes `name-2.csv`. `suffix` has its dot; in `name`, which may be from
    outside, anything but ASCII letters, digits and `._-` becomes `_`. The file is UTF-8, and its owner's only: a URL
    may hold a signature. Either all of it is written, or nothing stays behind and it raises ExportError.
    """
    data = replace_surrogates(text).encode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_NAME_LIMIT].lstrip(".-") or "export"
    failures = []
    for folder in dict.fromkeys(folders):
        try:
            return _write_numbered(folder, stem, suffix, data)
        except OSError as error:
            why = error.strerror or type(error).__name__
            failures.append(_("{folder}: {why}").format(folder=sanitize(str(folder), 200), why=why))
    raise ExportError(
        _("Not written"),
        "; ".join(failures) or _("There is no folder to write to."),
        _("Make room, or start ucdn-tui in a folder that you may write to."),
    )


def _write_numbered(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    for number in range(1, _NUMBERS):
        path = folder / (f"{stem}-{number}{suffix}" if number > 1 else f"{stem}{suffix}")
        with suppress(FileExistsError):
            _write(path, data)
            return path
    raise FileExistsError(0, _("too many files named {name}").format(name=stem))


def _write(path: Path, data: bytes) -> None:
    file = open(path, "xb", opener=_private)  # noqa: SIM115 - what cannot be opened is not ours, and not to be removed
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # there are file systems that say only now that the disk is full
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
