"""The origin of all domains: which version of a file it has at a time."""

from collections import defaultdict
from typing import NamedTuple
from zlib import crc32

_HOUR = 3600
_STEADY = 90 * 24 * _HOUR
"""Seconds between two versions of a file that hardly ever changes: half of all files."""


class File(NamedTuple):
    """One version of a file."""

    modified: int
    """Last-Modified in Unix seconds."""

    body: bytes

    @property
    def etag(self) -> str:
        return f'"{self.modified:x}-{len(self.body):x}"'


class Origin:
    """Has every file but those with `missing` in their path. Files change at times that follow from their names.

    A file is named by its cache key: host, path and query. `publish` adds a version.
    """

    def __init__(self) -> None:
        self._published: defaultdict[str, list[float]] = defaultdict(list)

    def publish(self, key: str, now: float) -> None:
        """Change a file."""
        self._published[key].append(now)

    def file(self, key: str, now: float) -> File | None:
        """Return the version that the origin has at a time; None if it has no such file."""
        if "missing" in key.partition("/")[2]:
            return None
        seed = crc32(key.encode())
        period = _STEADY if seed % 2 else _HOUR * (2 + seed % 11)
        regular = now - (now - seed) % period
        latest = max((moment for moment in self._published[key] if moment <= now), default=0.0)
        modified = int(max(regular, latest))
        count = sum(moment <= now for moment in self._published[key])  # two versions may share a second
        return File(modified, f"{key}\nversion {modified}{'+' * count}\n".encode())
