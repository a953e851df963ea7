"""What accepted URLs are warned about. A warning changes nothing of what is sent."""

import pytest

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import Concern, DomainFacts, Known
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.url_identity import identity

FACTS = {
    "a.com": DomainFacts("ucdn-a"),
    "dl.com": DomainFacts("ucdn-dl", ignores_query=True),
    "twin.com": DomainFacts("ucdn-twin", cache_host="a.com"),
    "own.com": DomainFacts("ucdn-own", cache_host="own.com"),
    ".wild.com": DomainFacts("ucdn-wild", ignores_query=True, is_dcdn=True),
    "plain.wild.com": DomainFacts("ucdn-plain"),
}


ACCOUNT = Known(FACTS)


def concerns(url: str, kind: TaskKind = TaskKind.REFRESH, known: Known = ACCOUNT) -> list[tuple[Concern, str]]:
    plan = make_plan(url, kind, known=known)
    assert [entry.url for entry in plan.accepted] == [url]
    assert [batch.urls for batch in plan.batches] == [(url,)]
    assert all(warned.entry is plan.accepted[0] for warned in plan.warned)
    return [(warned.concern, warned.detail) for warned in plan.warned]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.com/x?y=1", []),
        ("http://unknown.com/x", [(Concern.DOMAIN, "")]),
        ("http://sub.a.com/x", [(Concern.DOMAIN, "")]),
        ("http://dl.com/x", []),
        ("http://dl.com/x?y=1", [(Concern.QUERY, "")]),
        ("http://dl.com/x?", [(Concern.QUERY, "")]),
        ("http://a.com/%E4%B8%AD", [(Concern.ENCODED, "")]),
        ("http://a.com/x?y=%ff", [(Concern.ENCODED, "")]),
        ("http://a.com/%20%2F%7e", []),
        ("http://a.com/中文", []),
        ("http://a.com/%中E4", []),
        ("http://a.com/%", []),
        ("http://A.com/x", [(Concern.CAPITALS, "")]),
        ("http://A.com/?to=a.com", [(Concern.CAPITALS, "")]),
        ("http://a.com/X", []),
        ("HTTP://a.com:80/x", []),
        ("http://twin.com/x", []),
        ("http://twin.com/d/", [(Concern.KEY_DOMAIN, "a.com")]),
        ("http://own.com/d/", []),
        ("http://a.com/d/", []),
    ],
)
def test_url_is_warned_about(url: str, expected: list[tuple[Concern, str]]) -> None:
    assert concerns(url) == expected


@pytest.mark.parametrize("domains", [None, {}])
def test_no_domain_is_called_unknown_if_the_list_is(domains: dict[str, DomainFacts] | None) -> None:
    assert concerns("http://a.com/x", known=Known(domains)) == ([] if domains is None else [(Concern.DOMAIN, "")])


def test_prefetch_of_a_directory_is_warned_about() -> None:
    assert concerns("http://twin.com/d/", TaskKind.PREFETCH) == [(Concern.PREFETCH_DIR, "")]
    assert concerns("http://a.com/x?y=/", TaskKind.PREFETCH) == []


@pytest.mark.parametrize(
    ("host", "id_"),
    [
        ("x.wild.com", "ucdn-wild"),
        ("x.y.wild.com", "ucdn-wild"),
        ("plain.wild.com", "ucdn-plain"),
        ("x.plain.wild.com", "ucdn-wild"),
        ("wild.com", None),
        ("xwild.com", None),
        ("com", None),
        (".", None),
        ("", None),
    ],
)
def test_wildcard_domain_has_all_hosts_below_it_but_not_itself(host: str, id_: str | None) -> None:
    facts = Known(FACTS).domain(host)
    assert (facts and facts.id) == id_


def test_call_says_whether_its_domain_is_one_of_whole_site_acceleration() -> None:
    plan = make_plan("http://x.wild.com/x\nhttp://a.com/x\nhttp://u.com/x", TaskKind.REFRESH, known=Known(FACTS))
    assert {batch.host: batch.is_dcdn for batch in plan.batches} == {"x.wild.com": True, "a.com": False, "u.com": False}


@pytest.mark.parametrize("url", ["http://a.com/x", "https://A.com:443/x"])
def test_url_of_a_running_task_or_of_a_lost_answer_is_warned_about(url: str) -> None:
    is_capital = [(Concern.CAPITALS, "")] if "A" in url else []
    name = identity("http://a.com/x")
    assert concerns(url, known=Known(running={name: "task-1"})) == [*is_capital, (Concern.RUNNING, "task-1")]
    assert concerns(url, known=Known(doubtful=frozenset({name}))) == [*is_capital, (Concern.REPEATED, "")]
    assert concerns(url, known=Known(running={"a.com/y": "1"}, doubtful=frozenset({"a.com/y"}))) == is_capital


def test_one_url_can_have_several_warnings() -> None:
    known = Known(FACTS, {"dl.com/%e4?a": "t"}, frozenset({"dl.com/%e4?a"}))
    found = [concern for concern, _ in concerns("http://DL.com/%e4?a", known=known)]
    assert found == [Concern.QUERY, Concern.ENCODED, Concern.CAPITALS, Concern.RUNNING, Concern.REPEATED]
