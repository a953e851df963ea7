"""StoredTask: one task as the store keeps it: its summary, and its URLs, compressed once the task is settled."""

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
        """Return whether the row says nothing new."""
        stored = self._row
        if stored is not None:
            # Mostly decided at the first URL; a fingerprint needs all of them.
            return _content(stored) == _content(row)
        return self._fingerprint == _fingerprint(row)

    def urls(self) -> list[UrlRow]:
        """Return the task's URLs in the API's order."""
        row = self._row
        return _DECODER.decode(zlib.decompress(self._compressed)) if row is None else row.url_lists or []

    def compress(self) -> None:
        """Keep the URLs in a twentieth of the memory: those of most settled tasks are never read again.

        Safe in a thread while others read: the compressed form is in place before the row goes.
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
    """Return what of a row can change: not its id. A missing list of URLs counts as an empty one."""
    return row.status, row.type, row.create_time, row.url_lists or []


def _fingerprint(row: TaskRow) -> int:
    return hash((row.status, row.type, row.create_time, *(row.url_lists or ())))
