"""Which lines of a text are accepted, exactly as typed, and why the others are dropped."""

import pytest

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import URL_LIMIT, Dropped, Plan, Reason, UrlType
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.url_identity import identity

BOTH = pytest.mark.parametrize("kind", TaskKind)


def refresh(text: str, type_: UrlType | None = None) -> Plan:
    return make_plan(text, TaskKind.REFRESH, type_)


def accepted(plan: Plan) -> list[tuple[int, str]]:
    return [(entry.line, entry.url) for entry in plan.accepted]


def dropped(plan: Plan) -> list[tuple[int, Reason, int]]:
    return [(line.line, line.reason, line.other) for line in plan.dropped]


# Reading lines


@BOTH
@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\r\n\r\n", "  \n\t\n", "# http://a.com/\n  # two\n#"])
def test_text_without_urls_has_an_empty_plan(kind: TaskKind, text: str) -> None:
    assert make_plan(text, kind) == Plan(kind)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system_and_are_numbered_as_in_an_editor(end: str) -> None:
    text = end.join(["\ufeffhttp://a.com/one", "", "# comment", "  http://a.com/two\t", "", "http://a.com/three"])
    assert accepted(refresh(text)) == [(1, "http://a.com/one"), (4, "http://a.com/two"), (6, "http://a.com/three")]
    assert accepted(refresh(text + end)) == accepted(refresh(text))


def test_only_the_first_line_has_a_byte_order_mark() -> None:
    plan = refresh("\ufeffhttp://a.com/one\n\ufeffhttp://a.com/two")
    assert accepted(plan) == [(1, "http://a.com/one")]
    assert dropped(plan) == [(2, Reason.CHARACTER, 0)]


@BOTH
@pytest.mark.parametrize(
    "url",
    [
        "http://a.com/",
        "HTTP://a.com/x",
        "https://WWW.Example.COM/Index.HTML",
        "http://a.com/中文/文件.jpg",
        "http://中文.com/x",
        "http://a.com/%E4%B8%AD%e6%96%87?q=%20+&b=%",
        "http://a.com:80/x",
        "http://a.com:8080/x",
        "http://a.com./x",
        "http://10.0.0.1/x",
        "http://under_score.a-b.com/x",
        "http://a.com/x?y=http://b.com/z&@=:",
        "http://a.com/user:name@host",
        "http://a.com//a//../b;c/",
        "http://a.com/'\"<>[]{}|\\^`",
        "http://a.com/\U0001f600",
        "http://a.com/" + "x" * (URL_LIMIT - 13),
    ],
)
def test_url_is_sent_exactly_as_typed(kind: TaskKind, url: str) -> None:
    plan = make_plan(f" {url} \n", kind)
    assert [entry.url for entry in plan.accepted] == [url]
    assert [batch.urls for batch in plan.batches] == [(url,)]


@BOTH
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a.com/x", Reason.SCHEME),
        ("ftp://a.com/x", Reason.SCHEME),
        ("//a.com/x", Reason.SCHEME),
        ("http:/a.com/x", Reason.SCHEME),
        ("httpſ://a.com/x", Reason.SCHEME),
        ("x", Reason.SCHEME),
        ("http://", Reason.HOST),
        ("http:///x", Reason.HOST),
        ("http://?x", Reason.HOST),
        ("http://.a.com/x", Reason.HOST),
        ("http://a..com/x", Reason.HOST),
        ("http://a.com:/x", Reason.HOST),
        ("http://a.com:port/x", Reason.HOST),
        ("http://a.com:123456/x", Reason.HOST),
        ("http://[::1]/x", Reason.HOST),
        ("http://a,b.com/x", Reason.HOST),
        ("http://me@a.com/x", Reason.USER),
        ("http://me:secret@a.com/x", Reason.USER),
        ("http://@a.com/x", Reason.USER),
        ("http://a.com", Reason.PATH),
        ("http://a.com?x=/", Reason.PATH),
        ("http://*.a.com/x", Reason.WILDCARD),
        ("http://a.com/*.jpg", Reason.WILDCARD),
        ("http://a.com/x?y=*", Reason.WILDCARD),
        ("http://a.com/x#top", Reason.FRAGMENT),
        ("http://a.com#top", Reason.FRAGMENT),
        ("http://a.com/a b", Reason.CHARACTER),
        ("http://a.com/x http://a.com/y", Reason.CHARACTER),
        ("http://a.com/a\tb", Reason.CHARACTER),
        ("http://a.com/a\x00", Reason.CHARACTER),
        ("http://a.com/a\x1b[31m", Reason.CHARACTER),
        ("http://a.com/a\u200b", Reason.CHARACTER),
        ("http://a.com/\u202egpj.exe", Reason.CHARACTER),
        ("http://a.com/a\u2028b", Reason.CHARACTER),
        ("http://a.com/\ud800", Reason.CHARACTER),
        ("http://a.com/" + "x" * (URL_LIMIT - 12), Reason.TOO_LONG),
    ],
)
def test_line_that_is_no_url_of_a_file_is_dropped_with_the_reason(kind: TaskKind, line: str, reason: Reason) -> None:
    plan = make_plan(f"http://a.com/good\n{line}\n", kind)
    assert dropped(plan) == [(2, reason, 0)]
    assert accepted(plan) == [(1, "http://a.com/good")]


@pytest.mark.parametrize(
    "line",
    [
        "http://me:secret@a.com/x",
        "http://secret@a.com/x",
        "http://me:se@secret@a.com/x",
        "http://me:pa/secret@a.com/x",
        "http://me:pa?secret@a.com/x",
        "http://me:pa#secret@a.com/x",
        "http://me: secret@a.com/x",
        "http://me:pa /secret@a.com/x",
        "ftp://me:secret@a.com/x",
        "me:secret@a.com/x",
        "http:/me:secret@a.com/x",
        "http://a.com/x http://me:secret@b.com/x",
        "http://me:secret@a.com/" + "x" * URL_LIMIT,
    ],
)
def test_dropped_line_shows_no_password(line: str) -> None:
    (entry,) = refresh(line).dropped
    assert "secret" not in entry.text
    assert "…@" in entry.text


def test_dropped_line_is_shown_as_typed_if_its_host_is_valid() -> None:
    line = "http://a.com/@scope/package#top"
    assert refresh(line).dropped == (Dropped(1, line, Reason.FRAGMENT),)


# URLs that are one for the CDN


@BOTH
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://a.com/x", "http://a.com/x"),
        ("http://a.com/x", "HTTP://a.com/x"),
        ("http://a.com/x", "http://A.Com/x"),
        ("http://a.com/x", "http://a.com:80/x"),
        ("https://a.com:443/x", "https://A.com/x"),
    ],
)
def test_url_that_differs_only_in_host_case_or_default_port_is_a_duplicate(
    kind: TaskKind, first: str, second: str
) -> None:
    for one, other in ((first, second), (second, first)):
        plan = make_plan(f"{one}\n\n{other}", kind)
        assert accepted(plan) == [(1, one)]
        assert dropped(plan) == [(3, Reason.DUPLICATE, 1)]


@BOTH
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://a.com/x", "https://a.com/x"),
        ("http://a.com/x", "HTTPS://A.COM:443/x"),
        ("http://a.com:80/x?y", "https://a.com/x?y"),
        ("http://a.com/", "https://a.com/"),
    ],
)
def test_http_and_https_of_one_url_are_submitted_once(kind: TaskKind, first: str, second: str) -> None:
    for one, other in ((first, second), (second, first)):
        plan = make_plan(f"{one}\n{other}\n{one}", kind)
        assert accepted(plan) == [(1, one)]
        assert dropped(plan) == [(2, Reason.TWIN, 1), (3, Reason.DUPLICATE, 1)]


@BOTH
@pytest.mark.parametrize(
    "other",
    [
        "http://a.com/X",
        "http://a.com/x/",
        "http://a.com/x?",
        "http://a.com/%78",
        "http://b.com/x",
        "http://a.com:443/x",
        "http://a.com:8080/x",
    ],
)
def test_urls_that_may_differ_for_the_cdn_are_both_accepted(kind: TaskKind, other: str) -> None:
    assert len(make_plan(f"http://a.com/x\n{other}", kind).accepted) == 2
    assert identity("http://a.com/x") != identity(other)


def test_identity_of_something_else_is_empty() -> None:
    assert identity("a.com/x") == identity("") == ""
    assert identity("HTTPS://A.com:443/X") == identity("http://a.com:80/X") == "a.com/X"
