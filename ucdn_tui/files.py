"""Files of the user: private folders, atomic replacement, a lock for changes, and who else can change them."""

import errno
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ucdn_tui.i18n import _

LOCK_LIMIT: Final = 5.0
"""Seconds to wait for another instance's change, which takes some milliseconds."""

_ABANDONED: Final = 3600.0
"""Seconds after which a temporary file belongs to no running instance."""


def home_folder() -> Path | None:
    """Return the user's home folder; None if there is neither HOME nor an entry in the list of users."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def platform_folder(find: Callable[[], Path]) -> Path | None:
    """Return the folder that a function of platformdirs finds; None if it needs a home folder and there is none."""
    try:
        folder = find()
    except RuntimeError:
        return None
    return None if folder.parts[:1] == ("~",) else folder  # of older releases of platformdirs


def state_file(name: str) -> Path | None:
    """Return the path of a file in the program's state folder; None if there is no home folder."""
    from platformdirs import user_state_path

    folder = platform_folder(lambda: user_state_path("ucdn-tui", appauthor=False))
    return folder and folder / name


def make_private_folder(folder: Path) -> None:
    """Create the folder and its parents, as far as they are missing, each for the user only; raises OSError."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    with suppress(FileExistsError):  # another instance was faster
        folder.mkdir(mode=0o700)  # `parents=True` would give the parents the mode of the umask


def read_regular(path: Path, limit: int = -1) -> bytes:
    """Return a file's content, or its first `limit` bytes.

    Raises OSError also for a pipe or a device, for which one could wait without end.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, _("Not a regular file"))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(handle)


def replace_file(path: Path, text: str, *, lasting: bool = True) -> None:
    """Write the text into the file, readable by its owner only; raises OSError. Line ends stay as they are.

    After a crash, either the old or the new file is there. Without `lasting` it does not wait for the disk, so a power
    failure may lose the text.
    """
    target = Path(os.path.realpath(path))  # a symbolic link, such as into a dotfiles repository, stays one
    make_private_folder(target.parent)
    _remove_abandoned(target)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Hold the lock for changes of the file. Raises TimeoutError after LOCK_LIMIT, OSError without a folder to lock.

    The lock is on the folder, which `replace_file` does not replace. The system releases it if the program is killed.
    On Windows, and where the file system has no locks, there is none.
    """
    folder = Path(os.path.realpath(path)).parent
    make_private_folder(folder)
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _wait_for_lock(handle)
        yield
    finally:
        os.close(handle)


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the lock of this file, which stays empty. Raises BlockingIOError if another process or thread holds it.

    The system releases it if the program is killed. On Windows, and where the file system has no locks, there is none.
    Raises OSError if the file cannot be written.
    """
    if sys.platform == "win32":
        yield
        return
    make_private_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take_lock(handle)
        yield
    finally:
        os.close(handle)


def changeable_by_others(path: Path) -> Path | None:
    """Return the file or folder by which another user can change this file; None if there is none. Raises OSError.

    Root is trusted. In the home folder, the folders up to it count as well; elsewhere only the one with the file.
    """
    if sys.platform == "win32":
        return None
    home, places = home_folder(), []
    for file in dict.fromkeys((path.absolute(), Path(os.path.realpath(path)))):
        places.append(file)
        for folder in file.parents:
            places.append(folder)
            if home is None or folder == home or not folder.is_relative_to(home):
                break
    return next((place for place in places if _is_changeable(place)), None)


def _take_lock(handle: int) -> None:
    """Take the lock, if the file system has locks. Raises BlockingIOError if another process or thread holds it."""
    import fcntl  # here, as Windows lacks it

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # some network file systems have no locks
        pass


def _wait_for_lock(handle: int) -> None:
    end = time.monotonic() + LOCK_LIMIT
    while True:
        try:
            return _take_lock(handle)
        except BlockingIOError:
            if time.monotonic() > end:
                raise TimeoutError from None
            time.sleep(0.01)  # flock itself waits for ever or not at all: it has no time limit


def _remove_abandoned(target: Path) -> None:
    """Remove temporary files of instances that were killed while they wrote."""
    pattern = re.compile(re.escape(f".{target.name}.") + r"[a-z0-9_]{8}\.tmp")
    with suppress(OSError):
        for entry in os.scandir(target.parent):
            if pattern.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > _ABANDONED:
                os.unlink(entry.path)


def _is_changeable(place: Path) -> bool:
    """Return whether another user than root can write there. A folder like /tmp protects what it contains."""
    state = place.stat()
    if state.st_uid not in (0, os.geteuid()):
        return True
    if stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX:
        return False
    by_group = state.st_mode & stat.S_IWGRP and not _is_own_group(state.st_gid)
    return bool(by_group or state.st_mode & stat.S_IWOTH)


def _is_own_group(number: int) -> bool:
    """Return whether the group is the user's own, as many systems make one for each user."""
    import grp  # here, as Windows lacks them
    import pwd

    try:
        group, name = grp.getgrgid(number), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return group.gr_name == name and set(group.gr_mem) <= {name}
