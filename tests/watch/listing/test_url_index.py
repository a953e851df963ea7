"""UrlIndex: equal to a comparison of each URL with every other one."""

import random
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.watch.listing.url_index import UrlIndex, common_length


def shared(one: str, other: str) -> int:
    """Return the length of the common beginning, character by character."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def branches_of(url: str, urls: Iterable[str]) -> list[int]:
    return sorted({shared(url, other) for other in urls if other != url})


def distinguishing_parts(url: str, urls: Iterable[str]) -> set[int]:
    """Return the numbers of the parts of a URL that distinguish it. A part ends with its separator."""
    return {len(re.findall(r"[/?&#.]", url[:at])) for at in branches_of(url, urls)}


TEXTS = st.one_of(
    st.text("ab/", max_size=6),
    st.text("abc/?.", max_size=12),
    st.builds("https://{}.test/{}/{}".format, *[st.sampled_from(["a", "ab", "b", "1", "10", "a.b"])] * 3),
    st.sampled_from(["", "\0", "a\0", "\U0010ffff", "a\U0010ffff", "\ud800", "例", "例子", "http://h/", "https://h/"]),
)
LISTS = st.lists(TEXTS, max_size=12)


class TestLookup:
    @given(LISTS, TEXTS)
    def test_branches_are_where_the_url_differs_from_each_other_one(self, urls: list[str], other: str) -> None:
        index = UrlIndex(urls)
        assert len(index) == len(urls)
        for url in [*urls, other]:
            assert index.branches(url) == branches_of(url, urls)

    @given(LISTS, TEXTS)
    def test_counts_equal_urls(self, urls: list[str], other: str) -> None:
        index = UrlIndex(urls)
        assert [index.count(url) for url in [*urls, other]] == [urls.count(url) for url in [*urls, other]]

    def test_characters_at_the_branches_distinguish_a_url_from_all_others(self) -> None:
        rng = random.Random(1)
        urls = [f"https://{rng.choice('abc')}.test/{rng.randrange(30)}/{rng.randrange(30)}.jpg" for _ in range(300)]
        index = UrlIndex(urls)
        for url in urls:
            at = index.branches(url)
            alike = {other for other in urls if [other[i : i + 1] for i in at] == [url[i : i + 1] for i in at]}
            assert alike == {url}

    @given(TEXTS, TEXTS)
    def test_common_length_is_that_of_the_common_beginning(self, one: str, other: str) -> None:
        assert common_length(one, other) == shared(one, other)

    @pytest.mark.parametrize(
        ("urls", "several"),
        [
            ([], False),
            (["https://a/"], False),
            (["https://a/", "https://b/"], False),
            (["http://a/", "http://b/"], False),
            (["http://a/", "https://a/"], True),
            (["ftp://a/", "http://a/", "https://a/", "x"], True),
            (["a/", "https://a/"], False),
            (["", "a/", "http://a/"], False),
        ],
    )
    def test_knows_whether_there_are_several_schemes(self, urls: list[str], several: bool) -> None:
        assert UrlIndex(urls).has_several_schemes is several


def test_a_url_that_is_not_there_cannot_be_removed() -> None:
    index = UrlIndex(["a", "c"])
    for url in ("b", "d", ""):
        with pytest.raises(ValueError, match="no such URL"):
            index.remove(url)
    assert len(index) == 2


class TestChanges:
    @given(LISTS, st.lists(st.tuples(st.booleans(), st.lists(TEXTS, min_size=1, max_size=3)), max_size=12))
    def test_changed_index_equals_a_new_one(self, urls: list[str], steps: list[tuple[bool, list[str]]]) -> None:
        index, present = UrlIndex(urls), list(urls)
        for come, changed in steps:
            before, version = list(present), index.version
            if come:
                index.add(changed)
                present += changed
            else:
                for url in changed:
                    if url in present:
                        index.remove(url)
                        present.remove(url)
            new = UrlIndex(reversed(present))  # the order of insertion does not matter
            assert len(index) == len(present)
            for url in [*before, *present]:
                assert index.branches(url) == new.branches(url) == branches_of(url, present)
                assert index.count(url) == present.count(url)
            if any(distinguishing_parts(url, before) != distinguishing_parts(url, present)
                   for url in set(before) & set(present)):  # fmt: skip
                assert index.version != version

    @pytest.mark.parametrize("count", [1, 2, 12, 40, 400])
    def test_version_changes_with_the_parts_that_distinguish(self, count: int) -> None:
        """With single additions and removals in a long list, where the index does not sort everything again."""
        rng = random.Random(count)
        vocabulary = [f"https://{host}.test/{folder}/{name}" for host in "ab" for folder in ("x", "xy", "y/z", "z.z")
                      for name in ("1", "10", "11", "2?v=1", "2?v=2", "2?v=2&w=1", "", "2#a")]  # fmt: skip
        present = [rng.choice(vocabulary[: 1 + count // 2]) for _ in range(count)]
        index = UrlIndex(present)
        for _ in range(min(60, 6000 // count)):
            before, version = list(present), index.version
            if rng.random() < 0.5 and present:
                index.remove(gone := rng.choice(present))
                present.remove(gone)
            else:
                present.append(rng.choice(vocabulary))
                index.add(present[-1:])
            if any(distinguishing_parts(url, before) != distinguishing_parts(url, present)
                   for url in set(before) & set(present)):  # fmt: skip
                assert index.version != version, (before, present)

    def test_version_stays_while_the_same_parts_distinguish(self) -> None:
        """Or the rows would be painted again with each task that arrives."""
        index = UrlIndex(f"https://a.test/photos/{number}.jpg" for number in range(100, 200))
        version = index.version
        for number in range(200, 300):
            index.add([f"https://a.test/photos/{number}.jpg"])
        for number in range(100, 150):
            index.remove(f"https://a.test/photos/{number}.jpg")
        index.add(["https://a.test/photos/250.jpg"])
        assert index.version == version
        index.add(["https://a.test/videos/250.jpg"])
        assert index.version == version + 1
        index.remove("https://a.test/videos/250.jpg")
        assert index.version == version + 2

    def test_removing_one_of_equal_urls_leaves_the_other(self) -> None:
        index = UrlIndex(["a", "b", "a"])
        index.remove("a")
        assert (index.count("a"), index.count("b"), len(index)) == (1, 1, 2)
