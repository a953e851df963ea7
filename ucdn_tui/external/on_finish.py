"""Running the user's own command when a task ends: without a shell, in the background, outliving the program."""

import asyncio
import logging
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final, cast

from ucdn_tui import daemon_thread
from ucdn_tui.i18n import _
from ucdn_tui.text import replace_surrogates, sanitize

log = logging.getLogger(__name__)

TIME_LIMIT: Final = 60.0
"""Seconds until a command is killed."""

_CONCURRENT: Final = 4
"""Commands that run at the same time: a large purge can end a hundred tasks at once."""

_GRACE: Final = 5.0
"""Seconds to wait for a killed command. One that runs as another user (sudo) cannot be killed."""

_SECRETS: Final = frozenset({"UCLOUD_PRIVATE_KEY", "UCLOUD_SECURITY_TOKEN"})
"""Variables that the command does not get."""

_STDERR_LIMIT: Final = 1000
"""Bytes of a command's standard error that are stored; the rest is read and dropped."""


def parse_command(value: object) -> tuple[str, ...]:
    """Return the configured command, () for none; raises ValueError with a sentence to show."""
    if value is None:
        return ()
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            raise ValueError(_("It has an unclosed quotation mark, or ends in a backslash.")) from None
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = [str(word) for word in value]
    else:
        raise ValueError(_("It must be a command, as a list of strings or as one string."))
    if words and not words[0]:
        raise ValueError(_("It must begin with the name of a program."))
    return tuple(words)


class FinishHook:
    """Runs a command for each document, at most four at the same time, in order. Reports the first failure."""

    def __init__(
        self,
        command: Sequence[str],
        report: Callable[[str], None],
        *,
        environ: Mapping[str, str] | None = None,
        limit: float = TIME_LIMIT,
    ) -> None:
        """`report` gets a sentence when the command fails for the first time; `limit` is in seconds.

        The command runs with `environ` (None: our environment), without the private key and the security token.
        """
        self._command = list(command)
        self._report = report
        environ = os.environ if environ is None else environ
        self._environ = {name: value for name, value in environ.items() if name not in _SECRETS}
        self._limit = limit
        self._turns = asyncio.Semaphore(_CONCURRENT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._reported = False
        self._closed = False

    def run(self, document: str) -> None:
        """Schedule the command, with the document and a newline on its standard input."""
        if self._closed or not self._command:
            return
        task = asyncio.get_running_loop().create_task(self._run(document), name="on-finish")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Drop commands that have not started. Running ones continue by themselves, and are no longer reported."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, document: str) -> None:
        async with self._turns:
            failure = await self._failure(document)
        if not failure:
            return
        if not self._reported:
            self._reported = True
            self._report(failure)

    async def _failure(self, document: str) -> str:
        """Run the command; return a sentence about its failure, or ""."""
        program = sanitize(self._command[0], 80)  # without its arguments, which may contain a token
        try:
            process = self._start(document)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            log.warning("on-finish: not started: %s", sanitize(why, 120))
            return _("The command {program} cannot be started: {why}.").format(program=program, why=sanitize(why, 120))
        errors = _ErrorOutput(cast("IO[bytes]", process.stderr))
        ended = asyncio.wrap_future(daemon_thread.start(process.wait, "on-finish"))
        try:
            await asyncio.wait([ended], timeout=self._limit)
            if late := not ended.done():
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                await asyncio.wait([ended], timeout=_GRACE)
            killed = ended.done()
        finally:
            ended.cancel()
            errors.close()
        if late:
            log.warning("on-finish: longer than %g s, %s", self._limit, "killed" if killed else "cannot be killed")
            words = (
                _("The command {program} took longer than {limit:g} s and was killed.")
                if killed
                else _("The command {program} takes longer than {limit:g} s and cannot be killed.")
            )
            return words.format(program=program, limit=self._limit)
        if status := ended.result():
            what = "signal" if status < 0 else "exit status"
            log.warning("on-finish: %s %d %s", what, abs(status), errors.first_line)
        return _outcome(program, status, errors.first_line)

    def _start(self, document: str) -> "subprocess.Popen[bytes]":
        # Not with asyncio, which kills the process when its transport is closed or collected. And with a file instead
        # of a pipe: the document need not be written while the command reads, and the command may leave it unread.
        with tempfile.TemporaryFile() as stdin:
            stdin.write(replace_surrogates(document).encode() + b"\n")
            stdin.seek(0)
            return subprocess.Popen(  # noqa: S603 - the user's own command
                self._command,
                bufsize=0,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,  # so that the terminal's Ctrl+C does not reach it
            )


class _ErrorOutput:
    """A command's standard error, read as it arrives, so that the command never blocks on the pipe."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._start = b""
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(pipe.fileno(), self._read)

    @property
    def first_line(self) -> str:
        lines = self._start.decode(errors="replace").strip().splitlines()
        return sanitize(lines[0], 200) if lines else ""

    def close(self) -> None:
        self._loop.remove_reader(self._pipe.fileno())
        if not self._ended:
            self._drain()
        self._pipe.close()

    def _read(self) -> None:
        data = os.read(self._pipe.fileno(), 65536)
        self._start += data[: _STDERR_LIMIT - len(self._start)]
        if not data:
            self._ended = True
            self._loop.remove_reader(self._pipe.fileno())

    def _drain(self) -> None:
        """Start a process that reads the rest: when we exit, SIGPIPE would kill the command at its next write."""
        with suppress(OSError):
            reader = subprocess.Popen(
                ["cat"],  # noqa: S607 - any cat on PATH will do
                stdin=self._pipe,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},  # ours may hold keys
                start_new_session=True,
            )
            daemon_thread.start(reader.wait, "on-finish")


def _outcome(program: str, status: int, message: str) -> str:
    """Return a sentence about a command that failed, or ""."""
    if not status:
        return ""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:  # a real-time signal
            name = str(-status)
        words = (
            _("The command {program} was killed by signal {name}: {message}")
            if message
            else _("The command {program} was killed by signal {name}.")
        )
        return words.format(program=program, name=name, message=message)
    words = (
        _("The command {program} failed with exit status {status}: {message}")
        if message
        else _("The command {program} failed with exit status {status}.")
    )
    return words.format(program=program, status=status, message=message)
