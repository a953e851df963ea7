"""Checks: rows in their order, and what an answer proves after the ones before it."""

from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.models import Answer, Check, Claim, Doubt, Probe, Purge, Subject
from ucdn_tui.edge.verdict import judge
from ucdn_tui.ui.verify.checks import Checks, with_purges

NOW = 1_760_000_000.0
URL = "https://a.example.com/1"
PREFETCH = Purge(TaskKind.PREFETCH, "", NOW - 300, NOW - 200, task_id="p")


def check(tiers: str, age: int | None = None, at: float = NOW, address: str = "192.0.2.1") -> Check:
    subject = Subject(URL, PREFETCH)
    headers = (("x-via-ucdn", tiers), *([("age", str(age))] if age is not None else []))
    probe = Probe(URL, address, at, answer=Answer(200, headers))
    return Check(subject, probe, judge(subject, probe))


def checks() -> Checks:
    found = Checks([Subject(URL, PREFETCH)])
    found.expect([(Subject(URL, PREFETCH), address) for address in ("192.0.2.1", "192.0.2.2")], NOW)
    return found


def claims(found: Checks) -> list[tuple[Claim, Doubt | None]]:
    return [(each.verdict.claim, each.verdict.doubt) for each in found.last]


def test_a_url_has_a_row_before_its_addresses_are_known_and_then_one_for_each():
    other = Subject("https://b.example.com/")
    found = Checks([Subject(URL), other])
    assert [row.key for row in found.rows({})] == [(URL, ""), (other.url, "")]

    found.expect([(Subject(URL), "192.0.2.1"), (Subject(URL), "192.0.2.2")], NOW)

    rows = found.rows({"192.0.2.2": "Hangzhou"}, held_back={other.url})
    assert [row.key for row in rows] == [(URL, "192.0.2.1"), (URL, "192.0.2.2"), (other.url, "")]
    assert [row.is_first for row in rows] == [True, False, True]
    assert [row.place for row in rows] == ["", "Hangzhou", ""]
    assert [row.is_held_back for row in rows] == [False, False, True]


def test_a_copy_from_before_the_checks_shows_that_the_prefetch_worked():
    found = checks()
    found.add(check("HIT by 192.0.2.1", age=100))
    assert claims(found) == [(Claim.PREFETCHED, None)]


def test_a_copy_that_another_edges_check_may_have_fetched_proves_nothing():
    found = checks()
    found.add(check("MISS by 192.0.2.1, MISS by 192.0.2.9"))
    found.add(check("MISS by 192.0.2.2, HIT by 192.0.2.9", age=0, address="192.0.2.2"))
    assert claims(found) == [(Claim.NOT_PREFETCHED, None), (Claim.CANNOT_TELL, Doubt.OWN_CHECK)]


def test_a_file_that_was_missing_stays_missing_although_the_check_fetched_it():
    found = checks()
    found.add(check("MISS by 192.0.2.1, MISS by 192.0.2.9"))
    assert found.add(check("HIT by 192.0.2.1", age=10, at=NOW + 10))
    assert claims(found) == [(Claim.NOT_PREFETCHED, None)]


def test_another_judgement_of_an_answer_is_no_further_answer():
    found = checks()
    first = check("HIT by 192.0.2.1", age=100)
    found.add(first)
    judged = Check(first.subject, first.probe, check("HIT by 192.0.2.1", age=400).verdict)

    assert not found.add(judged)
    assert found.last == [judged]
    assert found.earlier(judged) == []


def test_a_late_judgement_does_not_replace_a_newer_answer():
    found = checks()
    first, second = check("HIT by 192.0.2.1", age=100), check("HIT by 192.0.2.1", age=110, at=NOW + 10)
    found.add(first)
    found.add(second)
    found.judge_anew(first)

    assert found.last == [second]
    assert found.earlier(second) == [first]


def test_a_check_gets_the_purge_as_it_is_now():
    ended = Subject(URL, PREFETCH._replace(is_success=False))
    assert [each.subject for each in with_purges([check("HIT by 192.0.2.1")], [ended])] == [ended]
