"""Writing an export to a new file: whole or not at all, private to its owner, never over another file."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.files import home_folder
from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled, listed
from ucdn_tui.text import replace_surrogates, sanitize

_NAME_LIMIT = 100
"""Maximum characters of a file's name, leaving room for a number and a suffix on any file system."""

_NUMBERS = 1000
"""The highest number that is added to a name, plus one."""


class ExportError(UcdnTuiError):
    """The file could not be written to any of the folders; no partial file remains."""


def target_folders() -> list[Path]:
    """Return where files go: the current folder, or else the home folder."""
    found = []
    with suppress(OSError):  # the folder was removed
        found.append(Path.cwd())
    if home := home_folder():
        found.append(home)
    return found


def write_new(folders: Sequence[Path], name: str, suffix: str, text: str) -> Path:
    """Write a new file to the first folder that can be written to; return its path once it is on the disk.

    An existing file is never replaced: after `name.csv` comes `name-2.csv`. `suffix` includes the dot. In `name`, which
    may be outside text, everything but ASCII letters, digits and `._-` becomes `_`. The file is UTF-8 and readable by
    its owner only, as URLs may contain signatures. Raises ExportError, leaving no partial file.
    """
    data = replace_surrogates(text).encode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_NAME_LIMIT].lstrip(".-") or "export"
    failures = []
    for folder in dict.fromkeys(folders):
        try:
            return _write_numbered(folder, stem, suffix, data)
        except OSError as error:
            why = error.strerror or type(error).__name__
            failures.append(labelled(sanitize(str(folder), 200), why))
    raise ExportError(
        _("Export failed: {reasons}").format(reasons=listed(failures) or _("no folder to write to")),
        advice=_("Free some space, or start ucdn-tui in a folder that you can write to."),
    )


def _write_numbered(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    for number in range(1, _NUMBERS):
        path = folder / (f"{stem}-{number}{suffix}" if number > 1 else f"{stem}{suffix}")
        with suppress(FileExistsError):
            _write(path, data)
            return path
    raise FileExistsError(0, _("too many files named {name}").format(name=stem))


def _write(path: Path, data: bytes) -> None:
    file = open(path, "xb", opener=_private)  # noqa: SIM115 - only a file that we created may be removed
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # some file systems report a full disk only now
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
