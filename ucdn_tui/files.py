"""Writing a file as a whole: whatever happens in between, either the old or the new one is there."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, text: str, *, lasting: bool = True) -> None:
    """Write the text into the file, readable by its owner only where it is new; raises OSError.

    What is not `lasting` may be lost with the power, and is written without waiting for the disk.
    """
    target = Path(os.path.realpath(path))  # where it is a link into somebody's collection, it stays one
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
