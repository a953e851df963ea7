"""Standard output and standard error: what happens when they are closed, full, a broken pipe or not UTF-8."""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

_BROKEN_PIPE = 128 + 13
"""The exit status of a filter that SIGPIPE ends."""

_WRITE_ERRORS = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def run_and_flush(run: Callable[[], int]) -> int:
    """Return the exit status of `run`. If its output cannot be written: 1 with a message; 141 for a broken pipe.

    Output is flushed here. Python would do it at the exit, and print a traceback or exit with 120 if it fails.
    """
    try:
        return _run_and_flush_stdout(run)
    finally:
        if sys.stderr is not None:
            try:
                sys.stderr.flush()  # the screen is drawn there: its terminal may be gone
            except OSError:
                _drop(sys.stderr)


def _run_and_flush_stdout(run: Callable[[], int]) -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as on standard error: names may be in any script
    try:
        try:
            status = run()
        except SystemExit as end:  # of argparse, after --help and --version
            status = int(end.code or 0)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in _WRITE_ERRORS:
            raise
        _drop(sys.stdout)
        if error.errno == errno.EPIPE:  # `| head`: its reader has seen enough
            return _BROKEN_PIPE
        from ucdn_tui.i18n import _  # here, as --version imports nothing

        complain("ucdn-tui: " + _("Cannot write the output. {why}.").format(why=error.strerror))
        return 1
    return status


def complain(message: str) -> None:
    """Print a line to standard error, if that is open: `print` would use standard output instead."""
    if sys.stderr is not None:
        try:
            print(message, file=sys.stderr, flush=True)
        except OSError:
            _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Send what is still buffered nowhere: it would fail again at the exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def has_terminal() -> bool:
    """Return whether the user can be asked: standard input and standard error are a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))  # None: closed
