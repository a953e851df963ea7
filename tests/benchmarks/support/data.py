"""Synthetic answers of DescribeNewUcdnRefreshCacheTask, as the bytes that come over the wire; the same for a seed."""

from collections.abc import Iterator
from random import Random

NOW = 1_760_000_000
"""The moment at which the newest task is created, unless another one is given; Unix seconds."""

_APART = 8
"""Seconds between two tasks: ten thousand of them fill the day that the API looks back by itself."""

# The simulator's own names are numbered one by one, which packs better than what people purge: a build's files have
# the hash of their content in their names, and so have these, with 32 bits that nothing can foresee.
_PLACES = (
    ("https://img.example.com/catalogue/{n:05d}/large/", "product-detail", "webp"),
    ("https://static.example.com/shop/release-{n:05d}/assets/", "checkout.chunk", "js"),
    ("https://cdn.example.net/themes/spring-{n:05d}/styles/", "landing-page", "css"),
    ("https://media.example.org/newsroom/2025/{n:05d}/gallery/", "photo", "jpg"),
    ("https://vod.example.com/series/{n:05d}/season-02/1080p/", "segment", "ts"),
)
"""Where a task's URLs are, what their names begin with, and how they end: 60 to 90 bytes each."""

_TYPES = ("file", "file", "file", "dir", "m3u8")

_FAILING = 33
"""One task in so many fails, with every tenth of its URLs."""


def answer(
    tasks: int, urls: int, *, active: int = 0, seed: int = 1, now: int = NOW, offset: int = 0, step: int = 0
) -> bytes:
    """Return one page: `tasks` tasks of `urls` URLs each, newest first, from the one at `offset` in the list on.

    The newest `active` tasks of the list are in `process`, and each of them has made other progress at each `step`, so
    pages and ticks of one seed belong together: a task is the same on whatever page it comes.
    """
    rows = ",".join(_task(number, urls, number < active, seed, now, step) for number in range(offset, offset + tasks))
    head = '{"Action":"DescribeNewUcdnRefreshCacheTaskResponse","RetCode":0,"TaskList":['
    return f'{head}{rows}],"TotalCount":{tasks}}}'.encode()


def pages(
    tasks: int, urls: int, *, size: int = 100, active: int = 0, seed: int = 1, offset: int = 0
) -> Iterator[bytes]:
    """Yield a list of so many tasks page by page, from the task at `offset` on; each page is made when asked for."""
    for at in range(offset, tasks, size):
        yield answer(min(size, tasks - at), urls, active=active, seed=seed, offset=at)


def _task(number: int, urls: int, is_active: bool, seed: int, now: int, step: int) -> str:
    rng = Random(f"{seed} {number}")
    created = now - number * _APART
    failing = not is_active and rng.randrange(_FAILING) == 0
    status = "process" if is_active else "failure" if failing else "success"
    prefix, stem, suffix = rng.choice(_PLACES)
    prefix = prefix.format(n=rng.randrange(100_000))
    names = [f"{prefix}{stem}-{index:03d}.{rng.getrandbits(32):08x}.{suffix}" for index in range(urls)]
    work = rng.randrange(20, 120)
    rows = ",".join(
        _running(name, created, rng.randrange(150) + 3 * step)
        if is_active
        else _over(name, created, created + work * index // urls + rng.randrange(10), failing and index % 10 == 0)
        for index, name in enumerate(names)
    )
    return (
        f'{{"TaskId":"20251009{number:06d}_{rng.getrandbits(32):08x}","CreateTime":{created},'
        f'"Status":"{status}","UrlLists":[{rows}],"Type":"{rng.choice(_TYPES)}"}}'
    )


def _over(url: str, created: int, finished: int, failed: bool) -> str:
    status, progress = ("failure", 40) if failed else ("success", 100)
    return f'{{"Url":"{url}","CreateTime":{created},"Status":"{status}","Progress":{progress},"FinishTime":{finished}}}'


def _running(url: str, created: int, done: int) -> str:
    """Return one that waits for its turn below 100, and from there on is on its way."""
    status, progress = ("process", min(done - 100, 99)) if done >= 100 else ("wait", 0)
    return f'{{"Url":"{url}","CreateTime":{created},"Status":"{status}","Progress":{progress}}}'
