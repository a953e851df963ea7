"""Replacing a file atomically: after a crash, either the old or the new file is there."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, text: str, *, lasting: bool = True) -> None:
    """Write the text into the file, readable by its owner only; raises OSError.

    Without `lasting` it does not wait for the disk, so a power failure may lose the text.
    """
    target = Path(os.path.realpath(path))  # a symbolic link, such as into a dotfiles repository, stays one
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
