"""Generates realistic random tasks: what a shop, a newsroom and a video site would submit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from random import Random
from typing import overload
from urllib.parse import urlsplit

from ucdn_tui.simulator.account import draw_task_id
from ucdn_tui.simulator.plan import NEVER, Kind, Outcome, Plan
from ucdn_tui.simulator.timing import UrlSchedule, draw_queue, draw_work, outcome_of


@dataclass(frozen=True, slots=True)
class UrlFolder(Sequence[str]):
    """URLs of one folder, built on access: each stem in turn, then again with a number."""

    prefix: str
    stems: tuple[str, ...]
    suffix: str
    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[str]:
        return map(self._name, range(self.size))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        numbers = range(self.size)[index]
        return self._name(numbers) if isinstance(numbers, int) else [self._name(number) for number in numbers]

    def _name(self, number: int) -> str:
        cycle, stem = divmod(number, len(self.stems))
        return f"{self.prefix}{self.stems[stem]}{f'-{cycle + 1}' if cycle else ''}{self.suffix}"


_PLACES: Mapping[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "file": (
        ("https://img.example.com/products/{n}/", ("hero", "front", "back", "detail", "box", "swatch"), ".webp"),
        ("https://static.example.com/assets/v{n}/", ("app", "vendor", "checkout", "account", "search"), ".js"),
        ("https://static.example.net/themes/{n}/", ("main", "print", "fonts", "rtl"), ".css"),
        ("https://www.example.com/news/{n}/", ("index", "comments", "gallery", "sources"), ".html"),
        ("https://www.cn.example.com/活动/双十一-{n}/", ("主会场", "分会场", "优惠券", "直播间"), ".html"),
        ("http://img.cn.example.com/商品/{n}/", ("主图", "细节图", "尺码表", "白底图"), ".jpg"),
    ),
    "dir": (
        ("https://static.example.com/assets/v{n}/", ("js", "css", "fonts", "img"), "/"),
        ("https://www.example.org/docs/{n}/", ("guide", "reference", "tutorial"), "/"),
        ("https://www.cn.example.com/帮助中心/{n}/", ("配送", "退换货", "支付"), "/"),
    ),
    "m3u8": (
        ("https://live.example.com/channel-{n}/", ("1080p", "720p", "480p", "audio"), "/index.m3u8"),
        ("https://vod.cn.example.com/发布会/{n}/", ("超清", "高清", "标清"), "/index.m3u8"),
    ),
    "prefetch": (
        ("https://dl.example.com/releases/4.{n}/", ("setup-x64", "setup-arm64", "portable"), ".exe"),
        ("https://vod.example.com/series/{n}/", ("episode", "trailer", "recap", "making-of"), ".mp4"),
        ("https://game.example.net/patch/{n}/", ("base", "textures", "audio", "maps", "shaders"), ".pak"),
        ("https://dl.cn.example.com/安装包/{n}/", ("安卓版", "鸿蒙版", "电脑版"), ".zip"),
    ),
}


_WHOLE_SITE = "app.example.org"
"""Host of the whole-site tasks."""


def generate_folder(rng: Random, kind: Kind, type: str | None, count: int) -> UrlFolder:  # noqa: A002
    """Return `count` URLs that would be submitted together; every host is in a reserved example domain."""
    prefix, stems, suffix = rng.choice(_PLACES["prefetch" if kind == "prefetch" else type or "file"])
    return UrlFolder(prefix.format(n=rng.randrange(100, 10_000)), stems, suffix, count)


def generate_task(
    rng: Random, created: float, project_id: str, *, urls: int | None = None, is_dcdn: bool | None = None
) -> Plan:
    """Return a random task: often a refresh of a few files, usually a success, rarely stuck."""
    kind: Kind = "refresh" if rng.random() < 0.7 else "prefetch"
    type = rng.choices(("file", "dir", "m3u8"), (7, 2, 1))[0] if kind == "refresh" else None  # noqa: A001
    count = urls or _draw_count(rng, type)
    queue = NEVER if rng.random() < 0.003 else draw_queue(rng, kind)
    work = draw_work(rng, kind)
    ends = _draw_ends(rng, count)
    task_id = draw_task_id(rng, created)
    folder, url_seed = generate_folder(rng, kind, type, count), rng.getrandbits(32)
    outcome = _draw_outcome(rng, ends, count)
    is_dcdn = rng.random() < 0.05 if is_dcdn is None else is_dcdn
    if is_dcdn:
        folder = replace(folder, prefix=f"https://{_WHOLE_SITE}{urlsplit(folder.prefix).path}")
    return Plan(
        task_id=task_id,
        kind=kind,
        urls=UrlSchedule(folder, url_seed, queue, work, ends),
        created=created,
        queue=queue,
        work=work,
        outcome=outcome,
        type=type,
        is_dcdn=is_dcdn,
        project_id=project_id,
    )


def _draw_count(rng: Random, type: str | None) -> int:  # noqa: A002
    limit = 10 if type in {"dir", "m3u8"} else 200
    return max(1, min(int(rng.lognormvariate(log(6), 1.1)), limit))


def _draw_ends(rng: Random, count: int) -> dict[int, Outcome]:
    chance = rng.random()
    if chance < 0.03:
        return dict.fromkeys(range(count), "failure")
    if chance < 0.09:
        return dict.fromkeys(rng.sample(range(count), max(1, count // 10)), "failure")
    if chance < 0.095:
        return dict.fromkeys(rng.sample(range(count), max(1, count // 5)), "process")
    return {}


def _draw_outcome(rng: Random, ends: Mapping[int, Outcome], count: int) -> Outcome:
    """Return the task's own status; one in three partial failures is reported as a success."""
    outcome = outcome_of(ends)
    if outcome == "failure" and len(ends) < count and rng.random() < 1 / 3:
        return "success"
    return outcome


def arrivals(rng: Random, start: float, project_id: str) -> Iterator[Plan]:
    """Yield tasks forever, one every 20 to 40 seconds after the start; the first one sooner."""
    moment = start + rng.uniform(6, 12)
    while True:
        yield generate_task(rng, moment, project_id)
        moment += rng.uniform(20, 40)
