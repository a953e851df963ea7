"""UrlIndex: at which places the URLs of a list differ. Pure."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable

_BULK = 8
"""When more than one in eight URLs is added, sorting all of them is cheaper than inserting each."""

_PART = re.compile(r"[/?&#.]")
"""Begins a part of a URL."""


class UrlIndex:
    """The URLs of a list in alphabetical order, so that neighbours have the longest common beginnings.

    Costs a few binary searches per URL that is added, removed or looked up, and a pointer of memory each.
    """

    def __init__(self, urls: Iterable[str] = ()) -> None:
        self._urls = sorted(urls)
        self.version = 0
        """Increases when the parts that distinguish some URL of the list change. A new URL that differs from the others
        only in parts that already distinguished them leaves it."""

    def __len__(self) -> int:
        return len(self._urls)

    def count(self, url: str) -> int:
        """Return how often the list has this URL."""
        start, end = self._range(url, len(url))
        return bisect_left(self._urls, f"{url}\0", start, end) - start

    @property
    def has_several_schemes(self) -> bool:
        """Whether some URLs begin with http:// and others with https://."""
        ranges = (self._range(scheme, len(scheme)) for scheme in ("http://", "https://"))
        return all(start < end for start, end in ranges)

    def branches(self, url: str) -> list[int]:
        """Return the positions at which other URLs of the list branch off from this one, in ascending order.

        A position equal to its length means that a longer URL begins with it. The characters at these positions
        together distinguish it from all others.
        """
        urls, found = self._urls, []
        start, end = 0, len(urls)
        while start < end:
            first, last = urls[start], urls[end - 1]
            at = common_length(first, last)
            if (own := common_length(url, first)) < at or first == last:
                if own < max(len(url), len(first)):
                    found.append(own)
                break
            found.append(at)
            if at == len(url):
                break
            start, end = self._range(url, at + 1, start, end)
        return found

    def add(self, urls: list[str]) -> None:
        """Add URLs to the list."""
        if len(urls) * _BULK > len(self._urls):
            self._urls += urls
            self._urls.sort()
            self.version += 1
            return
        for url in urls:
            if self._is_only_branch(url):
                self.version += 1
            insort(self._urls, url)

    def remove(self, url: str) -> None:
        """Remove a URL once; raises ValueError if the list does not have it."""
        at = bisect_left(self._urls, url)
        if self._urls[at : at + 1] != [url]:
            raise ValueError("no such URL")
        del self._urls[at]
        if self._is_only_branch(url):
            self.version += 1

    def _is_only_branch(self, url: str) -> bool:
        """Return whether adding or removing this URL, which the list lacks, changes what distinguishes the others.

        That part begins where this URL has its longest common beginning with any of them.
        """
        urls, at = self._urls, bisect_left(self._urls, url)
        shared = max((common_length(url, other) for other in urls[max(0, at - 1) : at + 1]), default=0)
        if shared == len(url) or not urls:
            return bool(urls) and self.count(url) == 0
        begins = max((match.start() for match in _PART.finditer(url, 0, shared)), default=-1) + 1
        start, end = self._range(url, begins)
        first, last = urls[start], urls[end - 1]
        part = _PART.search(first, begins)
        return common_length(first, last) >= (part.start() + 1 if part else len(first))

    def _range(self, url: str, length: int, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Return the range of URLs that begin as this one does, for `length` characters."""
        urls, end = self._urls, len(self._urls) if end is None else end
        if not length:
            return start, end
        start = bisect_left(urls, url[:length], start, end)
        following = ord(url[length - 1]) + 1
        if following > 0x10FFFF:
            return start, end
        return start, bisect_left(urls, url[: length - 1] + chr(following), start, end)


def common_length(one: str, other: str) -> int:
    """Return the length of the common beginning of two strings."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
