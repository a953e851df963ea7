"""Journal: what was submitted from here, written before and after each call, so that a crash leaves the truth.

One JSON object a line: a `plan` with its calls, a `send` before each call, and the call's outcome after it. A call with
`send` and without an outcome may have been received. A call without `send` was not sent.
"""

import errno
import json
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import ExitStatus, UcdnTuiError
from ucdn_tui.files import exclusive_lock, make_private_folder, read_regular, replace_file
from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled
from ucdn_tui.submit.models import Batch
from ucdn_tui.submit.records import DOUBTFUL, UNRESOLVED, Call, CallState, Submission, apply, event_id, replay
from ucdn_tui.text import replace_surrogates
from ucdn_tui.url_identity import identity

log = logging.getLogger(__name__)

SIZE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of the file from which the oldest submissions are dropped: some 100,000 URLs."""

COUNT_LIMIT: Final = 1000
"""Submissions of which the file has the types at most."""

DOUBT_LIMIT: Final = 7 * 86400.0
"""Seconds after which a call without an answer is of no interest any more."""


class JournalError(UcdnTuiError):
    """The journal cannot be written or is gone, or another instance is submitting. No call was made after that."""

    exit_status = ExitStatus.NO_ANSWER


class JournalBusyError(JournalError):
    """Another instance is submitting. Nothing was sent."""


class Journal:
    """The file, and what it says of one account. Only the holder of `writing` changes it.

    Reading never raises: an unreadable line is skipped. Without a path (the demo) nothing is saved.
    """

    def __init__(self, path: Path | None, account: str) -> None:
        """account: names the endpoint, the project and the keys' owner: `UcdnClient.account`."""
        self._path = path
        self._account = account
        self._submissions: dict[str, Submission] = {}
        self._version: tuple[int, int] | None = None
        """Inode and size of the file that `_submissions` was read from; None if it has to be read again."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock for submitting.

        Raises JournalBusyError if another instance holds it, JournalError if no file can be written.

        The system releases the lock if the program is killed, so a call without an outcome then belongs to no one.
        """
        if self._path is None:
            yield
            return
        with ExitStack() as lock:
            try:
                lock.enter_context(exclusive_lock(self._path.with_suffix(".lock")))
            except BlockingIOError:
                raise JournalBusyError(
                    _("Another ucdn-tui is submitting"),
                    _("Nothing was sent."),
                    _("Wait until it has finished, then try again."),
                ) from None
            except OSError as error:
                raise _cannot_write(self._path, error) from None
            self._compact()
            yield

    def read(self) -> Mapping[str, Submission]:
        """Return this account's submissions by id, oldest first, also those of other instances."""
        if self._path is not None:
            try:
                version = _version(self._path.stat())
                if version != self._version:
                    self._submissions = replay(read_regular(self._path).splitlines())
                    self._version = version
            except OSError:  # there is none, or it cannot be read: writing says so
                self._submissions, self._version = {}, None
        return {key: each for key, each in self._submissions.items() if each.account == self._account}

    def submission(self, key: str) -> Submission:
        """Return one of this account's submissions. Raises JournalError if it is no longer in the file."""
        if (submission := self.read().get(key)) is None:
            raise JournalError(
                _("The journal of submissions was removed"),
                str(self._path),
                _("See which tasks there are before you submit again."),
            )
        return submission

    def calls(self) -> list[Call]:
        """Return the calls of all submissions of this account, the oldest first."""
        return [call for each in self.read().values() for call in each.calls]

    def types(self) -> dict[str, str]:
        """Return the Type of each known task by TaskId: describe answers may lack it."""
        return {call.task_id: call.batch.type for call in self.calls() if call.task_id and call.batch.type}

    def doubtful(self, kind: TaskKind) -> frozenset[str]:
        """Return the URLs of this kind, by `identity`, whose last call has no known outcome."""
        found = set[str]()
        for call in (call for call in self.calls() if call.batch.kind is kind):
            if call.state in DOUBTFUL:
                found.update(map(identity, call.batch.urls))
            elif call.state is CallState.ACCEPTED:
                found.difference_update(map(identity, call.batch.urls))
        return frozenset(found)

    def accepted_after(self, submission: Submission) -> frozenset[str]:
        """Return the URLs of this submission, by `identity`, that a later one has submitted."""
        every = list(self.read().values())
        later = every[next((at for at, each in enumerate(every, 1) if each.id == submission.id), len(every)) :]
        theirs = {url for each in later for url in each.urls_in(CallState.ACCEPTED)}
        return frozenset(url for _kind, url in submission.urls_in(*CallState) & theirs)

    def unresolved(self) -> list[tuple[str, int, Call]]:
        """Return the calls without an outcome, with their submission's id and their number in it."""
        return [
            (key, number, call)
            for key, each in self.read().items()
            for number, call in enumerate(each.calls)
            if call.state in UNRESOLVED
        ]

    def last_sent(self, kind: TaskKind) -> float:
        """Return when a call of this kind was sent last, in Unix seconds; 0 if never."""
        return max((call.sent for call in self.calls() if call.batch.kind is kind), default=0.0)

    # While `writing` is held

    def begin(self, batches: Iterable[Batch], now: float) -> str:
        """Write down a confirmed plan, before anything is sent; return its id. Raises JournalError."""
        from uuid import uuid4  # here, as the dashboard reads the journal at each start

        key = uuid4().hex
        calls = [
            {
                "kind": batch.kind,
                "type": batch.type,
                "host": batch.host,
                "dcdn": batch.is_dcdn,
                "urls": batch.urls,
            }
            for batch in batches
        ]
        self._append({"event": "plan", "id": key, "account": self._account, "at": now, "calls": calls})
        return key

    def record(
        self, key: str, number: int, state: CallState, now: float, *, task_id: str = "", reason: str = ""
    ) -> None:
        """Write down that a call is being sent, or its outcome. Raises JournalError."""
        event = {"event": state, "id": key, "call": number, "at": now, "task_id": task_id, "reason": reason}
        self.submission(key)
        self._append({name: value for name, value in event.items() if value != ""})

    def end(self, key: str, now: float) -> None:
        """Write down that nothing more of this submission will be sent. Raises JournalError."""
        self.submission(key)
        self._append({"event": "end", "id": key, "at": now})

    def _append(self, event: dict[str, Any]) -> None:
        line = replace_surrogates(json.dumps({"schema": 1, **event}, ensure_ascii=False)).encode() + b"\n"
        if self._path is not None:
            self._write(self._path, line)
        if self._path is None or self._version is not None:
            apply(self._submissions, json.loads(line))

    def _write(self, path: Path, line: bytes) -> None:
        """Append a line. If others had changed the file, it has to be read again."""
        known, self._version = self._version, None
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                before = os.fstat(handle)
                if before.st_size and os.pread(handle, 1, before.st_size - 1) != b"\n":  # a full disk or a crash cut it
                    line = b"\n" + line
                if os.write(handle, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
                if _version(before) == known:
                    self._version = _version(os.fstat(handle))
            finally:
                os.close(handle)
        except OSError as error:
            raise _cannot_write(path, error) from None

    def _compact(self) -> None:
        """Drop the oldest submissions beyond the limits, and with them what cannot be read."""
        if self._path is None:
            return
        try:
            make_private_folder(self._path.parent)
            content = read_regular(self._path) if self._path.exists() else b""
            lines = content.splitlines()
            if len(content) <= SIZE_LIMIT and len(lines) <= COUNT_LIMIT:  # each submission has a line at least
                return
            every, ids = replay(lines), [event_id(line) for line in lines]
            if len(content) <= SIZE_LIMIT and len(every) <= COUNT_LIMIT:
                return
            kept = _worth_keeping(every, lines, ids)
            text = b"".join(line + b"\n" for key, line in zip(ids, lines, strict=True) if key in kept)
            if len(text) < len(content):
                replace_file(self._path, text.decode("utf-8", "replace"))
        except OSError as error:
            raise _cannot_write(self._path, error) from None


def _cannot_write(path: Path, error: OSError) -> JournalError:
    log.info("journal: not written: %s", error.strerror)
    return JournalError(
        _("Cannot write the journal of submissions"),
        labelled(str(path), error.strerror or ""),
        _("Set XDG_STATE_HOME to a folder that can be written."),
    )


def _version(state: os.stat_result) -> tuple[int, int]:
    return state.st_ino, state.st_size


def _worth_keeping(every: dict[str, Submission], lines: Sequence[bytes], ids: Sequence[str]) -> set[str]:
    """Return the ids of the newest submissions up to half of the limits, and of those whose outcome is of interest."""
    sizes = Counter[str]()
    for key, line in zip(ids, lines, strict=True):
        sizes[key] += len(line)
    newest = max((each.created for each in every.values()), default=0.0)
    kept, size = set[str](), 0
    for key, each in reversed(every.items()):
        size += sizes[key]
        is_doubtful = bool(each.in_state(*UNRESOLVED)) and newest - each.created < DOUBT_LIMIT
        if not kept or is_doubtful or (size <= SIZE_LIMIT // 2 and len(kept) < COUNT_LIMIT // 2):
            kept.add(key)
    return kept
