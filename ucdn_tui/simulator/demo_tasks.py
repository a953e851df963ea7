"""The fixed tasks of the demo account, each at an instructive stage."""

from collections.abc import Collection
from dataclasses import dataclass

from ucdn_tui.simulator.generator import UrlFolder
from ucdn_tui.simulator.plan import NEVER, Kind, Outcome

_MINUTE = 60.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One task of the demo; `ago`, `queue` and `work` are seconds."""

    kind: Kind = "refresh"
    type: str | None = None
    folder: UrlFolder
    ago: float
    queue: float = 4
    work: float
    failing: Collection[int] = ()
    stuck: Collection[int] = ()
    unknown: Collection[int] = ()
    outcome: Outcome | None = None
    is_dcdn: bool = False


_SHOP = "https://img.example.com/products/"
_SALE = "https://www.cn.example.com/活动/双十一/"
_STATIC = "https://static.example.com/assets/"
_DOWNLOADS = "https://dl.example.com/releases/"
_VIDEO = "https://vod.example.com/series/"

SCENES = (
    # Active, from just started to nearly done.
    Scene(type="dir", folder=UrlFolder(_STATIC + "v5.2.0/", ("js", "css", "fonts"), "/", 3), ago=3, queue=40, work=70),
    Scene(folder=UrlFolder(_SHOP + "70412/", ("hero", "front", "back", "detail"), ".webp", 16), ago=15, work=75),
    Scene(folder=UrlFolder(_SALE, ("主会场", "分会场", "优惠券", "直播间"), ".html", 8), ago=65, queue=9, work=100),
    Scene(folder=UrlFolder(_STATIC + "v5.1.9/", ("app", "vendor", "search"), ".js", 24), ago=260, work=420),
    Scene(
        type="m3u8",
        folder=UrlFolder("https://live.example.com/news/", ("1080p", "720p", "480p"), "/index.m3u8", 3),
        ago=40,
        work=55,
    ),
    Scene(
        kind="prefetch",
        folder=UrlFolder(_VIDEO + "north/", ("episode", "trailer", "recap", "making-of"), ".mp4", 128),
        ago=9 * _MINUTE,
        queue=20,
        work=25 * _MINUTE,
        failing=(17,),
    ),
    Scene(
        kind="prefetch",
        folder=UrlFolder(_DOWNLOADS + "4.8/", ("setup-x64", "setup-arm64", "portable"), ".exe", 3),
        ago=7 * _MINUTE,
        queue=15,
        work=8 * _MINUTE,
    ),
    # Failed, partly failed, stuck or unknown.
    Scene(
        folder=UrlFolder(_SHOP + "70388/", ("hero", "front", "back", "detail", "box", "swatch"), ".webp", 30),
        ago=22 * _MINUTE,
        work=95,
        failing=(4, 11, 26),
    ),
    Scene(
        folder=UrlFolder("https://www.example.com/news/", ("index", "sport", "weather"), ".html", 12),
        ago=3 * _HOUR,
        work=62,
        failing=(2, 7),
        outcome="success",
    ),
    Scene(
        type="dir",
        folder=UrlFolder("http://old.example.net/wp-content/", ("uploads", "themes"), "/", 2),
        ago=5 * _HOUR,
        work=48,
        failing=(0, 1),
    ),
    Scene(
        kind="prefetch",
        folder=UrlFolder("https://dl.cn.example.com/安装包/", ("安卓版", "鸿蒙版", "电脑版"), ".zip", 6),
        ago=47 * _MINUTE,
        queue=12,
        work=18 * _MINUTE,
        stuck=(4, 5),
    ),
    Scene(folder=UrlFolder(_STATIC + "v5.1.8/", ("app",), ".css", 1), ago=16 * _MINUTE, queue=NEVER, work=60),
    Scene(
        kind="prefetch",
        folder=UrlFolder("https://game.example.net/patch/81/", ("base", "textures"), ".pak", 2),
        ago=11 * _HOUR,
        work=14 * _MINUTE,
        unknown=(0, 1),
    ),
    # Whole-site acceleration: listed only with IsDcdn.
    Scene(
        type="dir",
        folder=UrlFolder("https://app.example.org/api/", ("catalogue", "prices"), "/", 2),
        ago=2 * _HOUR,
        work=51,
        is_dcdn=True,
    ),
    Scene(folder=UrlFolder("https://app.example.org/", ("index",), ".html", 1), ago=30, work=80, is_dcdn=True),
)
