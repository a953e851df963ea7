"""A command that fails at the end of a task: what is reported of it, once; and the configuration that names it."""

import asyncio
import errno
import logging
import os
import signal
import tracemalloc
from pathlib import Path

import pytest

from external.commands import DOCUMENT, Make, done, script, text, until
from ucdn_tui.external import on_finish
from ucdn_tui.external.on_finish import FinishHook, parse_command


class TestFailure:
    async def failure(self, hook: FinishHook, reports: list[str]) -> str:
        hook.run(DOCUMENT)
        await done(hook)
        (report,) = reports
        return report

    async def test_to_start_is_reported(self, make: Make, tmp_path: Path, reports: list[str]) -> None:
        shown = await self.failure(make(str(tmp_path / "missing"), "--token=hush"), reports)
        assert shown.startswith("The command /")
        assert shown.endswith("/missing cannot be started: No such file or directory.")

    async def test_to_start_a_plain_file_is_reported(self, make: Make, tmp_path: Path, reports: list[str]) -> None:
        (tmp_path / "plain").touch(0o644)
        shown = await self.failure(make(str(tmp_path / "plain")), reports)
        assert shown.endswith("/plain cannot be started: Permission denied.")

    async def test_to_start_an_invalid_name_is_reported(self, make: Make, reports: list[str]) -> None:
        shown = await self.failure(make("a\0b"), reports)
        assert shown == r"The command a\x00b cannot be started: embedded null byte."

    async def test_is_reported_with_exit_status_and_first_error_line(self, make: Make, reports: list[str]) -> None:
        command = r"printf '\n no route\033[31m\033]0;x\007 to host\nsecond line\n' >&2; exit 3"
        shown = await self.failure(make("sh", "-c", command), reports)
        assert shown == r"The command sh failed with exit status 3: no route\x1b[31m\x1b]0;x\x07 to host"

    async def test_without_output_is_reported_with_the_exit_status(self, make: Make, reports: list[str]) -> None:
        assert await self.failure(make("false"), reports) == "The command false failed with exit status 1."

    async def test_by_a_signal_is_reported_with_its_name(self, make: Make, reports: list[str]) -> None:
        shown = await self.failure(make("sh", "-c", "kill -SEGV $$"), reports)
        assert shown == "The command sh was killed by signal SIGSEGV."

    @pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="there are no real-time signals here")
    async def test_by_an_unnamed_signal_is_reported_with_its_number(self, make: Make, reports: list[str]) -> None:
        number = signal.SIGRTMIN + 3
        shown = await self.failure(make("sh", "-c", f"kill -{number} $$"), reports)
        assert shown == f"The command sh was killed by signal {number}."

    async def test_never_reports_the_arguments_or_the_document(
        self, make: Make, reports: list[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        hook = make("sh", "-c", "exit 1", "--token=hush")
        for _ in range(3):
            hook.run(DOCUMENT)
        await done(hook)
        for shown in (*reports, *(record.getMessage() for record in caplog.records)):
            assert "hush" not in shown
            assert "task-1" not in shown

    async def test_is_reported_once_and_then_only_logged(
        self, make: Make, tmp_path: Path, reports: list[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        hook = make(script(tmp_path, 'read status; exit "$status"'))
        for status in (0, 7, 0, 8, 9):
            hook.run(str(status))
            await done(hook)
        (report,) = reports
        assert report.endswith("failed with exit status 7.")
        logged = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert logged == [f"on-finish: exit status {status} " for status in (7, 8, 9)]

    async def test_to_end_in_time_kills_the_command_and_its_children(
        self, make: Make, tmp_path: Path, reports: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fifo, loop = tmp_path / "fifo", asyncio.get_running_loop()
        os.mkfifo(fifo)
        handle = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            hook = make("sh", "-c", 'trap "" TERM; (echo here; exec sleep 600) > "$0" & wait', str(fifo), limit=90.0)
            hook.run(DOCUMENT)
            await until(lambda: _read(handle) == b"here\n")
            real_time = loop.time
            monkeypatch.setattr(loop, "time", lambda: real_time() + 90)
            await done(hook)
            assert reports == ["The command sh took longer than 90 s and was killed."]
            await until(lambda: _read(handle) == b"", "what it has started lives on")
        finally:
            os.close(handle)

    async def test_to_be_killed_is_reported_without_waiting(
        self, make: Make, tmp_path: Path, reports: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(group: int, number: int) -> None:
            """Refuse as the system does for a command that runs as another user (sudo)."""
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "killpg", refuse)
        monkeypatch.setattr(on_finish, "_GRACE", 0.05)
        go, out = tmp_path / "go", tmp_path / "out"
        body = f'while [ ! -e "{go}" ]; do sleep 0.02; done; echo late >&2; touch "{out}"'
        shown = await self.failure(make("sh", "-c", body, limit=0.05), reports)
        assert shown == "The command sh takes longer than 0.05 s and cannot be killed."
        go.touch()
        await until(out.exists, "it was not let go")

    async def test_with_endless_error_output_does_not_fill_the_memory(self, make: Make, reports: list[str]) -> None:
        hook = make("sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x >&2; exit 1")
        tracemalloc.start()
        try:
            shown = await self.failure(hook, reports)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()
        assert shown.startswith("The command sh failed with exit status 1: xxxx")
        assert len(shown) < 300

    async def test_lets_the_next_command_run(self, make: Make, tmp_path: Path) -> None:
        hook = make(script(tmp_path, f'read n; echo "$n" >> "{tmp_path}/out"; exit 1'))
        for number in range(9):
            hook.run(str(number))
        await done(hook)
        assert sorted(text(tmp_path / "out").split()) == [str(number) for number in range(9)]


def _read(handle: int) -> bytes | None:
    try:
        return os.read(handle, 100)
    except BlockingIOError:  # the other end is open, without data
        return None


class TestParsing:
    @pytest.mark.parametrize(
        ("value", "command"),
        [
            (None, ()),
            ("", ()),
            ("  ", ()),
            ([], ()),
            ("notify-send 'All done' --urgency=low", ("notify-send", "All done", "--urgency=low")),
            (["notify.sh", "a b", "$HOME", ""], ("notify.sh", "a b", "$HOME", "")),
            ("echo #no comment", ("echo", "#no", "comment")),
        ],
    )
    def test_a_command_is_a_list_or_one_quoted_string(self, value: object, command: tuple[str, ...]) -> None:
        assert parse_command(value) == command

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (True, "as a list of strings or as one string."),
            (5, "as a list of strings or as one string."),
            ({"command": "x"}, "as a list of strings or as one string."),
            (["notify", 5], "as a list of strings or as one string."),
            ("notify 'All done", "an unclosed quotation mark, or ends in a backslash."),
            ("notify \\", "an unclosed quotation mark, or ends in a backslash."),
            (["", "x"], "begin with the name of a program."),
            ("'' x", "begin with the name of a program."),
        ],
    )
    def test_an_invalid_command_is_refused_with_a_sentence(self, value: object, why: str) -> None:
        with pytest.raises(ValueError) as caught:
            parse_command(value)
        assert str(caught.value).endswith(why)
        assert str(caught.value).startswith("It ")
