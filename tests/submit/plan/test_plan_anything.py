"""Plans of any text: nothing raises, no line is lost, and no URL is submitted twice."""

import re
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import BATCH_LIMIT, Plan, UrlType
from ucdn_tui.submit.plan import make_plan, plan_in_slices
from ucdn_tui.url_identity import identity

# Few hosts and paths, so that duplicates, twins and covered URLs are frequent.
URLS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "https://"]),
        st.sampled_from(["a.com", "A.com", "a.com:80", "b.com:8080"]),
        st.sampled_from(["/", "/d/", "/d", "/d/e/", "/d/e/f", "/x", "/x?y=/"]),
    ),
)

ODD_URLS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "HTTP://", "", "ftp://", "http://me:pw@", "http:/"]),
        st.sampled_from(["a.com", "a.com:443", "中文.com", "", "*.com", "İ.com"]),
        st.sampled_from(["", "/", "/中文", "/%E4%B8%AD", "/d//", "/d/../x", "/*"]),
        st.sampled_from(["", "", "?", "?x=1", "#top", " ", "\u200b", "/"]),
    ),
)

LINES = st.one_of(URLS, URLS, URLS, ODD_URLS, st.text(), st.just("# comment"), st.just("\ufeff"))

TEXTS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r", "\n\n"])), max_size=20).map(
    lambda lines: "".join(part for line in lines for part in line)
)

KINDS = st.one_of(
    st.tuples(st.just(TaskKind.PREFETCH), st.none()),
    st.tuples(st.just(TaskKind.REFRESH), st.sampled_from([None, UrlType.FILE, UrlType.DIR, UrlType.M3U8])),
)


@given(st.one_of(TEXTS, TEXTS, st.text()), KINDS)
@example("http://a.com/x\x85http://a.com/y\u2028\x0chttp://a.com/z", (TaskKind.REFRESH, None))
def test_plan_of_any_text_submits_each_url_once(text: str, kind_and_type: tuple[TaskKind, UrlType | None]) -> None:
    kind, type_ = kind_and_type
    plan = make_plan(text, kind, type_)
    _check_each_line_is_accepted_or_dropped(text, plan)
    _check_each_url_is_in_one_call(plan)
    urls = [entry.url for entry in plan.accepted]
    names = [entry.identity for entry in plan.accepted]
    assert len(set(names)) == len(names), "the CDN gets a URL twice"
    assert names == [identity(url) for url in urls]
    assert "me:pw" not in "".join(line.text for line in plan.dropped)
    again = make_plan("\n".join(urls), kind, type_)
    assert again.dropped == ()
    assert [entry[1:] for entry in again.accepted] == [entry[1:] for entry in plan.accepted]
    assert again.batches == plan.batches
    assert [found for found in plan_in_slices(text, kind, type_) if found is not None] == [plan]


def _check_each_line_is_accepted_or_dropped(text: str, plan: Plan) -> None:
    lines = dict(enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), 1))
    wanted = {number: line.strip() for number, line in lines.items() if line.strip() and line.strip()[0] != "#"}
    found = Counter([entry.line for entry in plan.accepted] + [line.line for line in plan.dropped])
    assert found == Counter(list(wanted))
    assert all(entry.url == wanted[entry.line] for entry in plan.accepted)
    assert all(line.other in wanted or line.other == 0 for line in plan.dropped)
    assert [line.line for line in plan.dropped] == sorted(line.line for line in plan.dropped)


def _check_each_url_is_in_one_call(plan: Plan) -> None:
    called = [(url, batch.type, batch.host) for batch in plan.batches for url in batch.urls]
    assert Counter(called) == Counter((entry.url, entry.type, entry.host) for entry in plan.accepted)
    assert all(0 < len(batch.urls) <= BATCH_LIMIT[plan.kind] for batch in plan.batches)
    assert {batch.kind for batch in plan.batches} <= {plan.kind}
