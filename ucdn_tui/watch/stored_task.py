"""StoredTask: a task's summary and its URLs, which are compressed once the task is settled."""

import zlib
from collections.abc import Iterable

import msgspec

from ucdn_tui.api.models import Task, TaskRow, UrlRow

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[UrlRow])


class StoredTask:
    """A task and its URLs."""

    __slots__ = ("_compressed", "_fingerprint", "_row", "task")

    def __init__(self, task: Task, row: TaskRow) -> None:
        self.task = task
        self._row: TaskRow | None = row
        self._compressed = b""
        self._fingerprint = 0

    def is_same(self, row: TaskRow) -> bool:
        """Return whether the row has the same content as the stored one."""
        stored = self._row
        if stored is not None:
            # Rows that differ mostly differ in the first URL; a fingerprint would read all URLs.
            return _content(stored) == _content(row)
        return self._fingerprint == _fingerprint(row)

    def urls(self) -> list[UrlRow]:
        """Return the task's URLs in the API's order."""
        row = self._row
        return _DECODER.decode(zlib.decompress(self._compressed)) if row is None else row.url_lists or []

    def compress(self) -> None:
        """Compress the URLs to about 5 % of their memory: those of most settled tasks are never read again.

        It may run in a thread while other threads read: the compressed form is set before the row is released.
        """
        row = self._row
        if row is not None:
            self._compressed = zlib.compress(_ENCODER.encode(row.url_lists or ()), 1)
            self._fingerprint = _fingerprint(row)
            self._row = None


def compress(tasks: Iterable[StoredTask]) -> None:
    """Compress the URLs of all these tasks."""
    for task in tasks:
        task.compress()


def _content(row: TaskRow) -> tuple[object, ...]:
    """Return the fields of a row that can change (not its id). A missing list of URLs equals an empty one."""
    return row.status, row.type, row.create_time, row.url_lists or []


def _fingerprint(row: TaskRow) -> int:
    return hash((row.status, row.type, row.create_time, *(row.url_lists or ())))
