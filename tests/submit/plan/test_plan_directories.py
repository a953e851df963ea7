"""Types of URLs, and directories, which cover the files and directories below them."""

from itertools import permutations

import pytest

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import Plan, Reason, UrlType
from ucdn_tui.submit.plan import make_plan


def refresh(*lines: str, type_: UrlType | None = None) -> Plan:
    return make_plan("\n".join(lines), TaskKind.REFRESH, type_)


def urls(plan: Plan) -> set[str]:
    return {entry.url for entry in plan.accepted}


def test_url_that_ends_in_a_slash_is_a_directory_and_any_other_a_file() -> None:
    plan = refresh("http://a.com/x", "http://a.com/dir/", "http://a.com/list.m3u8", "http://b.com/")
    assert [entry.type for entry in plan.accepted] == [UrlType.FILE, UrlType.DIR, UrlType.FILE, UrlType.DIR]


@pytest.mark.parametrize("url", ["http://a.com/login?next=/", "http://a.com/dir/?v=1", "http://a.com/dir/?"])
def test_url_with_a_query_is_never_a_directory(url: str) -> None:
    assert [entry.type for entry in refresh(url).accepted] == [UrlType.FILE]
    (line,) = refresh(url, type_=UrlType.DIR).dropped
    assert line.reason is Reason.NOT_DIR


@pytest.mark.parametrize("type_", [UrlType.FILE, UrlType.M3U8])
def test_explicit_type_is_that_of_all_urls_and_covers_nothing(type_: UrlType) -> None:
    plan = refresh("http://a.com/dir/", "http://a.com/dir/x", type_=type_)
    assert [entry.type for entry in plan.accepted] == [type_, type_]
    assert plan.directories == ()


def test_what_is_not_a_directory_is_dropped_if_directories_are_wanted() -> None:
    plan = refresh("http://a.com/dir/", "http://a.com/x", "http://a.com/dir/x", type_=UrlType.DIR)
    assert urls(plan) == {"http://a.com/dir/"}
    assert [(line.line, line.reason) for line in plan.dropped] == [(2, Reason.NOT_DIR), (3, Reason.NOT_DIR)]


def test_prefetch_has_no_types_and_no_directories() -> None:
    plan = make_plan("http://a.com/\nhttp://a.com/x", TaskKind.PREFETCH)
    assert [entry.type for entry in plan.accepted] == [UrlType.NONE, UrlType.NONE]
    assert plan.directories == ()
    typed = make_plan("http://a.com/\nhttp://a.com/x", TaskKind.PREFETCH, UrlType.DIR)
    assert typed == plan, "the type is that of the form's last refresh"


@pytest.mark.parametrize(
    "order", list(permutations(["http://a.com/d/", "http://a.com/d/sub/", "http://a.com/d/x", "http://a.com/d/sub/y"]))
)
def test_directory_covers_files_and_subdirectories_in_any_order(order: tuple[str, ...]) -> None:
    plan = refresh(*order)
    line = order.index("http://a.com/d/") + 1
    assert urls(plan) == {"http://a.com/d/"}
    assert [(drop.reason, drop.other) for drop in plan.dropped] == [(Reason.COVERED, line)] * 3
    assert [drop.line for drop in plan.dropped] == [n for n in (1, 2, 3, 4) if n != line]


@pytest.mark.parametrize(
    ("directory", "covered"),
    [
        ("http://a.com/d/", "https://a.com/d/x"),
        ("https://a.com/d/", "http://A.com:80/d/x"),
        ("http://a.com/", "https://a.com/x"),
        ("http://a.com/", "http://a.com/d/"),
        ("http://a.com/d/", "http://a.com/d/x?y=1"),
        ("http://a.com/d/", "http://a.com/d/?y=1"),
        ("http://a.com/中文/", "http://a.com/中文/文件"),
    ],
)
def test_directory_covers_what_is_below_it_with_either_scheme(directory: str, covered: str) -> None:
    for lines in ((directory, covered), (covered, directory)):
        plan = refresh(*lines)
        assert urls(plan) == {directory}
        assert [line.reason for line in plan.dropped] == [Reason.COVERED]


@pytest.mark.parametrize(
    ("directory", "other"),
    [
        ("http://a.com/ab/", "http://a.com/abc"),
        ("http://a.com/ab/", "http://a.com/ab"),
        ("http://a.com/ab/", "http://a.com/AB/x"),
        ("http://a.com/ab/", "http://b.com/ab/x"),
        ("http://a.com/", "http://www.a.com/x"),
        ("http://a.com/", "http://a.com:8080/x"),
        ("http://a.com/ab/", "http://a.com/x?y=/ab/"),
        ("http://a.com/x/", "http://a.com/?y=/x/"),
    ],
)
def test_directory_does_not_cover_what_only_looks_similar(directory: str, other: str) -> None:
    assert urls(refresh(directory, other)) == urls(refresh(other, directory)) == {directory, other}


def test_whole_domains_come_first_among_the_directories() -> None:
    plan = refresh("http://a.com/d/", "http://b.com/", "http://c.com/x", "http://C.com:80/e/", "https://d.com:8080/")
    found = [(entry.url, entry.is_whole_domain) for entry in plan.directories]
    assert found == [
        ("http://b.com/", True),
        ("https://d.com:8080/", True),
        ("http://a.com/d/", False),
        ("http://C.com:80/e/", False),
    ]
