"""The user's own command, run when a task ends: without a shell, never in the program's way, and not ended with it."""

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
"""Seconds."""

_AT_ONCE: Final = 4
"""Commands that run at a time: a purge of everything ends a hundred tasks in one moment."""

_GRACE: Final = 5.0
"""Seconds until a killed command is gone; one that is not (by sudo it is somebody else's) is waited for no longer."""

_SECRET: Final = "UCLOUD_PRIVATE_KEY"  # noqa: S105 - the name of it

_KEPT: Final = 1000
"""Bytes of what a command complains of that are kept; the rest is thrown away as it comes."""


def parse_command(value: object) -> tuple[str, ...]:
    """Return the command that a configuration asks for, () for none; raises ValueError with a sentence for people."""
    if value is None:
        return ()
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            raise ValueError(_("It has a quotation mark or a backslash without its counterpart.")) from None
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = [str(word) for word in value]
    else:
        raise ValueError(_("It has to be a command, as a list of strings or as one string."))
    if words and not words[0]:
        raise ValueError(_("It has to begin with the name of a program."))
    return tuple(words)


class FinishHook:
    """Runs a command for each document, at most four at once and the rest in order; tells once if that fails."""

    def __init__(
        self,
        command: Sequence[str],
        report: Callable[[str], None],
        *,
        environ: Mapping[str, str] | None = None,
        limit: float = TIME_LIMIT,
    ) -> None:
        """`report` gets one sentence, the first time that the command fails; `limit` is in seconds.

        The command has the given environment (None: ours), without the private key.
        """
        self._command = list(command)
        self._report = report
        environ = os.environ if environ is None else environ
        self._environ = {name: value for name, value in environ.items() if name != _SECRET}
        self._limit = limit
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._reported = False
        self._closed = False

    def run(self, document: str) -> None:
        """Have the command run, now or when it is its turn, with the document and a newline on its standard input."""
        if self._closed or not self._command:
            return
        task = asyncio.get_running_loop().create_task(self._run(document), name="on-finish")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Drop what waits for its turn, and let go of what runs: it goes on by itself, and nothing is told of it."""
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
        log.warning("on-finish: %s", failure)
        if not self._reported:
            self._reported = True
            self._report(failure)

    async def _failure(self, document: str) -> str:
        """Run the command; return a sentence about how it failed, or "" where it did not."""
        program = sanitize(self._command[0], 80)  # not its arguments: there may be a token among them
        try:
            process = self._start(document)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return _("The command {program} cannot be started: {why}.").format(program=program, why=sanitize(why, 120))
        complaints = _Complaints(cast("IO[bytes]", process.stderr))
        ended = asyncio.wrap_future(daemon_thread.start(process.wait, "on-finish"))
        try:
            await asyncio.wait([ended], timeout=self._limit)
            if late := not ended.done():
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                await asyncio.wait([ended], timeout=_GRACE)
            gone = ended.done()
        finally:
            ended.cancel()
            complaints.close()
        if late:
            killed = _("The command {program} took longer than {limit:g} s, and was killed.")
            lives = _("The command {program} takes longer than {limit:g} s, and cannot be killed.")
            return (killed if gone else lives).format(program=program, limit=self._limit)
        return _outcome(program, ended.result(), complaints.first_line)

    def _start(self, document: str) -> "subprocess.Popen[bytes]":
        # Not by asyncio, which kills a process when it closes, or collects, what belongs to it. And with a file, not a
        # pipe: nobody has to wait for the reader, or finds that there is none.
        with tempfile.TemporaryFile() as stdin:
            stdin.write(replace_surrogates(document).encode() + b"\n")
            stdin.seek(0)
            return subprocess.Popen(  # noqa: S603 - it is the user's own command
                self._command,
                bufsize=0,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,  # out of reach of the terminal's Ctrl+C
            )


class _Complaints:
    """What a command writes to its standard error, read as it comes, so that it never waits for us."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = b""
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(pipe.fileno(), self._read)

    @property
    def first_line(self) -> str:
        lines = self._kept.decode(errors="replace").strip().splitlines()
        return sanitize(lines[0], 200) if lines else ""

    def close(self) -> None:
        self._loop.remove_reader(self._pipe.fileno())
        if not self._ended:
            self._leave_to_others()
        self._pipe.close()

    def _read(self) -> None:
        data = os.read(self._pipe.fileno(), 65536)
        self._kept += data[: _KEPT - len(self._kept)]
        if not data:
            self._ended = True
            self._loop.remove_reader(self._pipe.fileno())

    def _leave_to_others(self) -> None:
        """Have somebody read on who outlives us: a writer whose pipe nobody holds any more is killed by SIGPIPE."""
        with suppress(OSError):
            reader = subprocess.Popen(
                ["cat"],  # noqa: S607 - whichever there is
                stdin=self._pipe,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},  # what we have in ours is nobody's business
                start_new_session=True,
            )
            daemon_thread.start(reader.wait, "on-finish")


def _outcome(program: str, status: int, complaint: str) -> str:
    """Return a sentence about a command that has ended badly, or "" for one that has not."""
    if not status:
        return ""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:  # a real-time signal
            name = str(-status)
        told = _("The command {program} was killed by signal {name}").format(program=program, name=name)
    else:
        told = _("The command {program} failed with exit status {status}").format(program=program, status=status)
    return f"{told}: {complaint}" if complaint else f"{told}."
