"""The log file is private, limited in size, and never has a secret in it."""

import errno
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from support.clock import FakeClock
from support.screen.demo_app import ENDPOINT
from support.servers.client_calls import KEYS, PRIVATE_KEY, PUBLIC_KEY, client_of
from support.servers.raw_server import Behaviour, RawServer, answer, reset
from ucdn_tui.api.client import DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.errors import ApiError, Fault, HttpStatusError, RetCodeError, TransportError
from ucdn_tui.log import log_to
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport

OURS = logging.getLogger("ucdn_tui")


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Restore the logging configuration after a test."""
    handlers, level = list(OURS.handlers), OURS.level
    yield
    for handler in set(OURS.handlers) - set(handlers):
        OURS.removeHandler(handler)
        handler.close()
    OURS.setLevel(level)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ucdn-tui.log"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_lines_have_time_level_logger_and_message(file: Path) -> None:
    log_to(str(file))
    logging.getLogger("ucdn_tui.watch").info("all is well")
    logging.getLogger("httpx").error("another logger")
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert line.endswith(" INFO ucdn_tui.watch: all is well")
    assert line[:4].isdecimal()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_the_log_and_its_rotated_files(file: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        log_to(str(file))
        for _ in range(3):
            OURS.info("x" * 600_000)
    finally:
        os.umask(before)
    files = sorted(file.parent.glob("ucdn-tui.log*"))
    assert [path.name for path in files] == ["ucdn-tui.log", "ucdn-tui.log.1", "ucdn-tui.log.2"]
    assert {mode(path) for path in files} == {0o600}


def test_the_log_is_rotated_and_limited_in_size(file: Path) -> None:
    log_to(str(file))
    for _ in range(30):
        OURS.info("x" * 400_000)
    files = list(file.parent.glob("ucdn-tui.log*"))
    assert len(files) == 4
    assert sum(path.stat().st_size for path in files) < 4_100_000


def test_an_existing_log_is_appended_to(file: Path) -> None:
    file.write_text("from before\n", encoding="utf-8")
    log_to(str(file))
    OURS.info("after")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "from before"
    assert lines[1].endswith("after")


def test_any_text_can_be_logged(file: Path) -> None:
    log_to(str(file))
    OURS.info("a lone surrogate \ud800, 活动")
    assert r"a lone surrogate \ud800, 活动" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["missing/folder/log", ""])
def test_an_unwritable_path_raises_os_error(tmp_path: Path, path: str) -> None:
    before = list(OURS.handlers)
    with pytest.raises(OSError):
        log_to(str(tmp_path / path))
    assert list(OURS.handlers) == before


def test_a_full_disk_is_reported_once_without_a_traceback(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    log_to(str(file))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OURS.handlers[-1], "flush", full)
        for _ in range(3):
            OURS.info("something")
    assert capsys.readouterr().err == "ucdn-tui: Cannot write the log file: No space left on device.\n"


def made(path: Path, kind: str) -> Path:
    """Make what is no regular file of ours."""
    match kind:
        case "link":
            (path.parent / "victim").write_text("", encoding="utf-8")
            (path.parent / "victim").chmod(0o644)
            path.symlink_to("victim")
        case "pipe":
            os.mkfifo(path, 0o644)
        case "folder":
            path.mkdir()
        case "device":
            return Path(os.devnull)
    return path


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device"])
def test_what_is_no_regular_file_is_refused_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / "log", kind)
    before = path.stat().st_mode
    with pytest.raises(OSError, match="not a regular file" if kind != "folder" else "directory"):
        log_to(str(path))
    assert path.stat().st_mode == before


def test_another_users_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.touch(0o644)
    file.chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(OSError, match="belongs to another user"):
        log_to(str(file))
    assert file.stat().st_mode & 0o777 == 0o644


class SignatureRecorder(SimulatorTransport):
    """Records the signatures of all requests."""

    def __init__(self, service: Service, signatures: list[str]) -> None:
        super().__init__(service)
        self.signatures = signatures

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.signatures += parse_qs((await request.aread()).decode())["Signature"]
        return await super().handle_async_request(request)


@pytest.fixture
def debug_logging(file: Path) -> Iterator[None]:
    """Log everything, including httpx and httpcore."""
    log_to(str(file))
    root, handler = logging.getLogger(), OURS.handlers[-1]
    level = root.level
    for logger in (OURS, root):
        logger.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.usefixtures("debug_logging")
async def test_no_key_or_signature_is_logged_even_at_debug_level(file: Path, clock: FakeClock) -> None:
    signatures: list[str] = []
    for private_key in (PRIVATE_KEY, "another"):
        simulated = Account(clock.server_now, public_key=PUBLIC_KEY, private_key=private_key)
        async with UcdnClient(
            ENDPOINT, KEYS, clock, transport=SignatureRecorder(Service(simulated), signatures)
        ) as client:
            try:
                await client.describe_refresh_tasks(begin=1)
            except RetCodeError:
                OURS.exception("refused")
    text = file.read_text(encoding="utf-8")
    assert "DescribeNewUcdnRefreshCacheTask: 0 rows" in text
    assert "RetCode 171" in text
    assert "httpx" in text
    assert len(signatures) == 2
    assert not [secret for secret in (PRIVATE_KEY, PUBLIC_KEY, *signatures) if secret in text]


@pytest.mark.parametrize(
    ("behaviour", "logged"),
    [
        (answer(b"<html>"), f"{DESCRIBE_REFRESH}: unexpected response: got a web page, not JSON, request id "),
        (answer(b'{"RetCode":0,"TaskList":1}'), f"{DESCRIBE_REFRESH}: unexpected response: TaskList is not a list, "),
        (answer(b"x", headers={"Content-Encoding": "br"}), ": unexpected response: unsupported compression: br, "),
        (answer(b"", 500), f"{DESCRIBE_REFRESH}: HTTP 500, request id "),
        (answer(b'{"RetCode":171,"Message":"no"}'), f"{DESCRIBE_REFRESH}: RetCode 171, request id "),
        (reset(b"HTTP/1.1 200"), f"{DESCRIBE_REFRESH}: broken, 127.0.0.1"),
    ],
    ids=["page", "no list", "compression", "status", "RetCode", "reset"],
)
async def test_lines_are_in_english_in_any_language(
    chinese: None, file: Path, behaviour: Behaviour, logged: str
) -> None:
    log_to(str(file))
    async with RawServer(behaviour) as server, client_of(server) as client:
        with pytest.raises(ApiError) as caught:
            await client.describe_refresh_tasks()
    assert not str(caught.value).isascii()
    lines = file.read_text(encoding="utf-8")
    assert logged in lines
    assert lines.isascii()


@pytest.mark.parametrize("error", [HttpStatusError(429), RetCodeError(153, "慢"), TransportError(Fault.DNS, "h.test")])
def test_an_error_is_logged_in_english(chinese: None, error: ApiError) -> None:
    assert error.log_text in ("HTTP 429", "RetCode 153", "dns, h.test")
