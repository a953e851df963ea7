"""Shortened URLs: they fit, they are sanitized, and URLs that differ look different."""

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.data.hostile import URLS
from ucdn_tui.text import sanitize
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE, Glyphs
from ucdn_tui.ui.text.short_url import short_url
from ucdn_tui.watch.listing.url_index import UrlIndex

HOSTILE = [
    *URLS,
    "http://" + "/活" * 900 + "?" + "&\x1b" * 900,
    "http://h/\0\0nul",
    "http://h/" + "x" * 5_000 + "\u202e" + "y" * 5_000,
    "https://",
    "/",
    "?#&",
    "...",
]

TEXTS = st.text(st.characters() | st.sampled_from("/?&#.:活\0…~"), max_size=80) | st.sampled_from(HOSTILE)
"""Any text, lone surrogates and controls included."""

ASSET = "https://img.static.example.com/shop/2026/photos/large/asset-0000.jpg?v=7&w=200"


def shortened(urls: Sequence[str], width: int, glyphs: Glyphs = UNICODE) -> list[str]:
    index = UrlIndex(urls)
    return [short_url(url, width, glyphs, index) for url in urls]


class TestOneUrl:
    def test_what_fits_is_whole_but_for_the_scheme(self) -> None:
        assert short_url("https://cdn.example.com/a.jpg", 21, UNICODE) == "cdn.example.com/a.jpg"
        assert short_url("http://h/abcdef", 8, UNICODE) == "h/abcdef"
        assert short_url("HTTPS://H/a", 8, UNICODE) == "H/a"
        assert short_url("ftp://h/a", 20, UNICODE) == "ftp://h/a"

    def test_parts_go_in_the_order_of_what_they_say(self) -> None:
        """Labels of the host, folders from the left, parameters from the right, the file name; a wide room first."""
        shown = [short_url(ASSET, width, UNICODE) for width in (70, 69, 66, 59, 48, 46, 41, 34, 28, 23, 16, 10)]
        assert shown == [
            "img.static.example.com/shop/2026/photos/large/asset-0000.jpg?v=7&w=200",
            "….static.example.com/shop/2026/photos/large/asset-0000.jpg?v=7&w=200",
            "….example.com/shop/2026/photos/large/asset-0000.jpg?v=7&w=200",
            "…/shop/2026/photos/large/asset-0000.jpg?v=7&w=200",
            "…/2026/photos/large/asset-0000.jpg?v=7&w=200",
            "…/2026/photos/large/asset-0000.jpg?v=7&w=200",
            "…/photos/large/asset-0000.jpg?v=7&w=200",
            "…/large/asset-0000.jpg?v=7&w=200",
            "…/asset-0000.jpg?v=7&w=200",
            "…/asset-0000.jpg?v=7…",
            "…/asse…0000.jpg…",
            "…/as….jpg…",
        ]

    def test_long_part_that_had_to_go_leaves_its_room_to_others(self) -> None:
        url = "https://www.example.com/a/b/name.html?token=" + "0123456789" * 6
        assert short_url(url, 40, UNICODE) == "www.example.com/a/b/name.html…"

    def test_missing_url_is_a_dash(self) -> None:
        assert short_url("", 20, UNICODE) == "—"
        assert short_url("", 20, ASCII) == "-"

    def test_prefix_of_the_list_is_left_out(self) -> None:
        start = len("https://img.static.example.com/shop/")
        assert short_url(ASSET, 60, UNICODE, start=start) == "2026/photos/large/asset-0000.jpg?v=7&w=200"
        assert short_url(ASSET, 30, UNICODE, start=start) == "…/asset-0000.jpg?v=7&w=200"
        assert short_url(ASSET, 18, UNICODE, start=ASSET.index("asset")) == "asset-0000.jpg…", "a name is no host"
        assert short_url("https://h/a/", 30, UNICODE, start=len("https://h/a/")) == "https://h/a/", "something is left"

    def test_markup_is_text(self) -> None:
        assert short_url("http://h/[/nope][red]", 30, UNICODE) == "h/[/nope][red]"

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://h/\x1b[2J", "h/\\x1b[2J"),
            ("http://h/\x9b2J", "h/\\x9b2J"),
            ("http://h/a\nb\tc\r", "h/a\\nb\\tc\\r"),
            ("http://h/\u202egnp.exe", "h/\\u202egnp.exe"),
            ("http://h/\ud800", "h/\\ud800"),
            ("http://h/a\u200bb", "h/a\\u200bb"),
            ("http://h/a\0\0b", "h/a\\x00\\x00b"),
        ],
    )
    def test_control_characters_are_made_visible(self, url: str, shown: str) -> None:
        assert short_url(url, 60, UNICODE) == shown

    def test_ellipsis_in_a_url_stays(self) -> None:
        assert short_url("http://h/a……b~~c", 40, UNICODE) == "h/a……b~~c"
        assert short_url("http://www.long-host.example.com/a~~b", 10, ASCII) == "~/a~~b"

    def test_very_long_url_shows_both_ends(self) -> None:
        shown = short_url("http://h/begin" + "a" * 9_000 + "end.jpg", 40, UNICODE)
        assert shown.startswith("h/begin")
        assert shown.endswith("end.jpg")
        assert 38 <= cell_len(shown) <= 40

    @given(st.text("活动双十一主会场a/", min_size=1, max_size=40), st.integers(6, 30))
    def test_wide_characters_stay_whole(self, text: str, width: int) -> None:
        shown = short_url("https://例.test/" + text, width, UNICODE)
        assert cell_len(shown) <= width
        assert set(shown) <= set("例.test/…活动双十一主会场a")

    @given(TEXTS, st.lists(TEXTS, max_size=5), st.integers(0, 60), st.integers(0, 20), st.integers(0, 90))
    def test_any_url_is_one_sanitized_line_of_its_width(
        self, url: str, others: list[str], width: int, start: int, at: int
    ) -> None:
        for glyphs in (UNICODE, ASCII):
            index = UrlIndex([url, *others])
            for keep in (range(0), range(at, at + 4)):
                shown = short_url(url, width, glyphs, index, start=start, keep=keep)
                assert shown or not width
                assert cell_len(shown) <= max(width, not url)
                assert shown.isprintable()
                assert sanitize(shown) == shown


class TestScheme:
    def test_http_stays_only_among_several_schemes(self) -> None:
        assert shortened(["http://h/a", "http://h/b"], 40) == ["h/a", "h/b"]
        assert shortened(["http://h/a", "https://h/a"], 40) == ["http://h/a", "h/a"]
        assert short_url("http://h/a", 40, UNICODE, UrlIndex(["https://h/b"])) == "h/a", "not a URL of the list"

    def test_http_stays_in_a_shortened_url(self) -> None:
        twins = [ASSET, ASSET.replace("https:", "http:")]
        for width in range(20, 80):
            secure, plain = shortened(twins, width)
            assert "http:" in plain
            assert "http" not in secure


class TestList:
    def test_what_differs_stays_and_the_rest_goes(self) -> None:
        for differing in ("img", "static", "example", "shop", "2026", "photos", "large", "0000", "v=7", "w=200"):
            urls = [ASSET.replace(differing, f"x{number}y", 1) for number in range(12)]
            for shown, number in zip(shortened(urls, 40), range(12), strict=True):
                assert f"x{number}y" in shown

    def test_folder_stays_that_begins_as_another_one(self) -> None:
        urls = [f"https://cdn.example.com/assets/{name}/images/large/asset-0000.jpg" for name in ("v1", "v10", "v11")]
        assert shortened(urls, 30) == [f"…/{name}…/large/asset-0000.jpg" for name in ("v1", "v10", "v11")]

    def test_label_stays_that_begins_as_another_one(self) -> None:
        urls = [f"https://img{number}.static.example.com/images/large/asset-0000.jpg" for number in ("", "1", "10")]
        assert shortened(urls, 30) == [f"img{number}…/large/asset-0000.jpg" for number in ("", "1", "10")]

    def test_parameter_stays_that_others_lack(self) -> None:
        urls = [f"https://cdn.example.com/images/asset-0000.jpg{query}" for query in ("", "?v=1", "?v=1&w=2", "?v=2")]
        assert shortened(urls, 26) == [
            "…/images/asset-0000.jpg",
            "…/asset-0000.jpg?v=1",
            "…/asset-0000.jpg?v=1&w=2",
            "…/asset-0000.jpg?v=2",
        ]

    def test_rows_of_one_pattern_are_shortened_alike(self) -> None:
        urls = [ASSET.replace("2026", f"{number:04d}") for number in range(2000)]
        assert shortened(urls, 34)[:3] == [f"…/{number:04d}…/asset-0000.jpg?v=7&w=200" for number in range(3)]

    def test_long_part_is_cut_around_several_differences(self) -> None:
        digest = "3f2a9bc0" * 5
        urls = [f"https://cdn.example.com/{first}{digest}{last}.js" for first in "ab" for last in "yz"]
        for shown, ends in zip(shortened(urls, 24), ["ay", "az", "by", "bz"], strict=True):
            assert ends[0] + "3f2" in shown
            assert "bc0" + ends[1] in shown

    def test_both_ends_of_a_long_part_stay(self) -> None:
        names = [f"https://cdn.example.com/app/{first}{'3f2a9bc0' * 5}.js" for first in "ab"]
        assert [shown[:3] + shown[-4:] for shown in shortened(names, 30)] == ["…/a0.js", "…/b0.js"]
        folders = [f"https://cdn.example.com/{first}{'a' * 9_000}/index.html" for first in "xy"]
        assert all(shown.endswith("a/index.html") for shown in shortened(folders, 40))

    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize(("width", "is_long"), [(20, False), (30, False), (40, False), (40, True), (60, True)])
    def test_different_urls_look_different(self, seed: int, width: int, is_long: bool) -> None:
        rng = random.Random(seed)
        for _ in range(25):
            urls = sorted(generated_urls(rng, is_long=is_long))
            shown = shortened(urls, width)
            assert max(map(cell_len, shown)) <= width
            assert len(set(shown)) == len(urls), list(alike(urls, shown))

    def test_many_urls_that_begin_with_each_other_look_different(self) -> None:
        urls = ["https://h.test/" + "deep/" * depth for depth in range(12)]
        assert len(set(shortened(urls, 40))) == 12


def generated_urls(rng: random.Random, *, is_long: bool) -> set[str]:
    """Return up to 40 URLs that share hosts, folders, names and queries at random."""
    words = "a v1 v10 img static assets 2026 11 product-images releases zh-cn 活动 双十一主会场 thumbnails-large x"
    pool = rng.sample(words.split(), rng.randint(2, 6))

    def word() -> str:
        if is_long and rng.random() < 0.1:
            return f"{rng.getrandbits(128):032x}"
        return rng.choice(pool) + (str(rng.randrange(rng.choice([3, 30, 3000]))) if rng.random() < 0.4 else "")

    def several(most: int, separator: str, begin: str = "", end: str = "") -> str:
        return "".join(f"{begin}{word()}{end}{separator}" for _ in range(rng.randint(0, most)))

    domains = ["example.com", "bigshop.test", "cdn-x.com.cn"]
    hosts = [several(2, ".") + rng.choice(domains) for _ in range(rng.randint(1, 3))]
    folders = [several(8 if is_long else 6, "/") for _ in range(rng.randint(1, 5))]
    names = [rng.choice(["", "index.html", f"{word()}-{word()}.webp", word()]) for _ in range(rng.randint(1, 6))]
    queries = ["", *("?v=" + word() + several(2, "", "&w=") for _ in range(rng.randint(0, 2)))]
    schemes = ["https", *(["http"] if rng.random() < 0.3 else [])]
    return {
        f"{rng.choice(schemes)}://{rng.choice(hosts)}/{rng.choice(folders)}{rng.choice(names)}{rng.choice(queries)}"
        for _ in range(rng.randint(2, 40))
    }


def alike(urls: Iterable[str], shown: Sequence[str]) -> Iterable[tuple[str, str]]:
    return ((url, text) for url, text in zip(urls, shown, strict=True) if shown.count(text) > 1)


class TestKeep:
    @pytest.mark.parametrize("word", ["static", "shop/2026/photos", "2026", "v=7", "asset", "img", "example.com/shop"])
    def test_match_stays_visible(self, word: str) -> None:
        at = ASSET.index(word)
        for width in range(30, 70):
            assert word in short_url(ASSET, width, UNICODE, keep=range(at, at + len(word)))

    @given(st.integers(0, 60), st.integers(1, 12), st.integers(40, 60), st.integers(0, 9))
    def test_any_match_stays_visible_beside_what_differs(self, at: int, length: int, width: int, seed: int) -> None:
        urls = [ASSET, *(ASSET.replace(old, "x") for old in random.Random(seed).sample(ASSET.split("/"), 3))]
        at = min(len("https://") + at, len(ASSET) - length)
        assert ASSET[at : at + length] in short_url(ASSET, width, UNICODE, UrlIndex(urls), keep=range(at, at + length))

    def test_match_in_the_middle_of_a_very_long_url_stays_visible(self) -> None:
        url = "http://h/" + "a" * 5_000 + "needle" + "b" * 5_000
        at = url.index("needle")
        assert "needle" in short_url(url, 40, UNICODE, keep=range(at, at + 6))
        others = [f"{url[:place]}x{url[place:]}" for place in range(20, len(url), 1000)]
        assert "needle" in short_url(url, 60, UNICODE, UrlIndex([url, *others]), keep=range(at, at + 6))

    def test_match_among_wide_and_hidden_characters_stays_visible(self) -> None:
        url = "http://www.example.com/活动\u202e/双十一/主会场/首页横幅大图.jpg"
        at = url.index("双十一")
        assert "双十一" in short_url(url, 26, UNICODE, keep=range(at, at + 3))
