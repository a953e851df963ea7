"""Synthetic answers of DescribeNewUcdnRefreshCacheTask as bytes, reproducible from a seed."""

from collections.abc import Iterator
from random import Random

NOW = 1_760_000_000
"""Default creation time of the newest task, in Unix seconds."""

_INTERVAL = 8
"""Seconds between two tasks: ten thousand of them fill the API's default window of a day."""

# The simulator numbers its names, which compresses better than real ones: build tools put a content hash into file
# names. These have 32 random bits instead.
_PLACES = (
    ("https://img.example.com/catalogue/{n:05d}/large/", "product-detail", "webp"),
    ("https://static.example.com/shop/release-{n:05d}/assets/", "checkout.chunk", "js"),
    ("https://cdn.example.net/themes/spring-{n:05d}/styles/", "landing-page", "css"),
    ("https://media.example.org/newsroom/2025/{n:05d}/gallery/", "photo", "jpg"),
    ("https://vod.example.com/series/{n:05d}/season-02/1080p/", "segment", "ts"),
)
"""Prefix, stem and suffix of a task's URLs: 60 to 90 bytes each."""

_TYPES = ("file", "file", "file", "dir", "m3u8")

_FAILURE_RATE = 33
"""One in this many tasks fails, with every tenth of its URLs."""


def answer(
    tasks: int, urls: int, *, active: int = 0, seed: int = 1, now: int = NOW, offset: int = 0, step: int = 0
) -> bytes:
    """Return one page: `tasks` tasks of `urls` URLs each, newest first, starting at `offset` in the list.

    The newest `active` tasks of the list are in `process`, with more progress at each `step`. Pages and steps of one
    seed are consistent: a task is the same on every page.
    """
    rows = ",".join(_task(number, urls, number < active, seed, now, step) for number in range(offset, offset + tasks))
    head = '{"Action":"DescribeNewUcdnRefreshCacheTaskResponse","RetCode":0,"TaskList":['
    return f'{head}{rows}],"TotalCount":{tasks}}}'.encode()


def pages(
    tasks: int, urls: int, *, size: int = 100, active: int = 0, seed: int = 1, offset: int = 0
) -> Iterator[bytes]:
    """Yield a list of `tasks` tasks page by page, starting at `offset`; pages are generated lazily."""
    for start in range(offset, tasks, size):
        yield answer(min(size, tasks - start), urls, active=active, seed=seed, offset=start)


def _task(number: int, urls: int, is_active: bool, seed: int, now: int, step: int) -> str:
    rng = Random(f"{seed} {number}")
    created = now - number * _INTERVAL
    failing = not is_active and rng.randrange(_FAILURE_RATE) == 0
    status = "process" if is_active else "failure" if failing else "success"
    prefix, stem, suffix = rng.choice(_PLACES)
    prefix = prefix.format(n=rng.randrange(100_000))
    names = [f"{prefix}{stem}-{index:03d}.{rng.getrandbits(32):08x}.{suffix}" for index in range(urls)]
    work = rng.randrange(20, 120)
    rows = ",".join(
        _running(name, created, rng.randrange(150) + 3 * step)
        if is_active
        else _finished(name, created, created + work * index // urls + rng.randrange(10), failing and index % 10 == 0)
        for index, name in enumerate(names)
    )
    return (
        f'{{"TaskId":"20251009{number:06d}_{rng.getrandbits(32):08x}","CreateTime":{created},'
        f'"Status":"{status}","UrlLists":[{rows}],"Type":"{rng.choice(_TYPES)}"}}'
    )


def _finished(url: str, created: int, finished: int, failed: bool) -> str:
    status, progress = ("failure", 40) if failed else ("success", 100)
    return f'{{"Url":"{url}","CreateTime":{created},"Status":"{status}","Progress":{progress},"FinishTime":{finished}}}'


def _running(url: str, created: int, done: int) -> str:
    """Return a URL that waits while `done` is below 100, and is in process from then on."""
    status, progress = ("process", min(done - 100, 99)) if done >= 100 else ("wait", 0)
    return f'{{"Url":"{url}","CreateTime":{created},"Status":"{status}","Progress":{progress}}}'
