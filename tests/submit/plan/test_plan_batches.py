"""The calls of a plan, and making one in slices."""

from collections import Counter

import pytest

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import BATCH_LIMIT, PREFETCH_SPACING, Batch, Plan, UrlType
from ucdn_tui.submit.plan import make_plan, plan_in_slices


def files(host: str, count: int) -> list[str]:
    return [f"http://{host}/{number}" for number in range(count)]


def batches(lines: list[str], kind: TaskKind = TaskKind.REFRESH, type_: UrlType | None = None) -> tuple[Batch, ...]:
    return make_plan("\n".join(lines), kind, type_).batches


def test_each_call_has_one_type_and_one_domain_and_keeps_the_order() -> None:
    lines = ["http://b.com/2", "http://a.com/1", "https://b.com/d/", "http://b.com/1", "http://b.com:8080/1"]
    found = batches([*lines, "https://B.com/3"])
    assert found == (
        Batch(TaskKind.REFRESH, UrlType.FILE, "b.com", ("http://b.com/2", "http://b.com/1", "https://B.com/3")),
        Batch(TaskKind.REFRESH, UrlType.FILE, "a.com", ("http://a.com/1",)),
        Batch(TaskKind.REFRESH, UrlType.DIR, "b.com", ("https://b.com/d/",)),
        Batch(TaskKind.REFRESH, UrlType.FILE, "b.com:8080", ("http://b.com:8080/1",)),
    )


@pytest.mark.parametrize(("kind", "limit"), [(TaskKind.REFRESH, 100), (TaskKind.PREFETCH, 1000)])
@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_calls_have_as_many_urls_as_the_api_takes(kind: TaskKind, limit: int, extra: int) -> None:
    urls = files("a.com", 2 * limit + extra)
    found = batches(urls, kind)
    assert BATCH_LIMIT[kind] == limit
    assert [url for batch in found for url in batch.urls] == urls
    assert [len(batch.urls) for batch in found] == {
        -1: [limit, limit - 1],
        0: [limit, limit],
        1: [limit, limit, 1],
    }[extra]
    assert {batch.kind for batch in found} == {kind}


def test_explicit_type_is_sent_with_each_call() -> None:
    assert [batch.type for batch in batches(files("a.com", 101), type_=UrlType.M3U8)] == [UrlType.M3U8] * 2


def test_seconds_are_those_between_prefetch_calls() -> None:
    def seconds(kind: TaskKind, count: int) -> float:
        return make_plan("\n".join(files("a.com", count)), kind).seconds

    counts = (0, 1, 1000, 1001, 3000)
    assert [seconds(TaskKind.PREFETCH, count) for count in counts] == [0, 0, 0, PREFETCH_SPACING, 2 * PREFETCH_SPACING]
    assert seconds(TaskKind.REFRESH, 3000) == 0


@pytest.mark.parametrize("kind", TaskKind)
def test_plan_in_slices_pauses_often_and_ends_with_the_same_plan(
    kind: TaskKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pauses no step handles more lines than a slice has."""
    handled = _counting(monkeypatch)
    lines = [*files("a.com", 9000), "http://a.com/d/", *files("a.com/d", 9000), *files("b.com", 2), "nonsense"]
    slices = plan_in_slices("\n".join(lines), kind)
    found: list[Plan] = []
    most: Counter[str] = Counter()
    for plan in slices:
        for step, count in handled.items():
            most[step] = max(most[step], count)
        handled.clear()
        found += [plan] if plan is not None else []
    assert found == [make_plan("\n".join(lines), kind)]
    assert set(most) >= {"read", "warnings"}
    assert max(most.values()) <= 2000, most


def _counting(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the lines that each step of making a plan handles."""
    from ucdn_tui.submit import plan

    handled: Counter[str] = Counter()

    def count(owner: object, name: str, step: str) -> None:
        original = getattr(owner, name)

        def counted(*args: object) -> object:
            handled[step] += 1
            return original(*args)

        monkeypatch.setattr(owner, name, counted)

    count(plan._Parser, "read", "read")
    count(plan, "_directory_above", "covers")
    count(plan, "_warnings", "warnings")
    return handled
