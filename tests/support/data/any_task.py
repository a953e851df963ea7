"""Tasks and URLs with any text, time and number in them, for exports."""

import re

from hypothesis import strategies as st

from support.data.summaries import NOW, summary, url
from ucdn_tui.api.models import Task, TaskKind, UrlProgress

EVIL = "\x1b]52;c;x\x07\x9b2J\x7f\r\n\t\"',;=[/b]{}%s\u202e\u2028\ud800\U000e0041图"

CHARACTERS = st.characters(exclude_categories=()) | st.sampled_from(
    "\x1b\x9c\r\n\t\"',;=+-@＝ \u202e\u2028\x85\ud800\x00"
)

ANY_TEXT = st.lists(CHARACTERS, max_size=10).map("".join)

TIMES = st.none() | st.integers(-(2**53), 2**53) | st.integers(0, 2 * NOW)

COUNTS = st.integers(0, 1000)

KINDS = st.sampled_from(TaskKind)

STATUSES = st.sampled_from(["success", "failure", "process", "wait", "unknow", ""]) | ANY_TEXT

TASKS = st.builds(
    summary,
    ANY_TEXT,
    KINDS,
    status=STATUSES,
    type=ANY_TEXT,
    is_dcdn=st.booleans(),
    created=TIMES,
    finished=TIMES,
    last_change=TIMES | st.floats(),
    percent=st.integers(0, 100),
    succeeded=COUNTS,
    failed=COUNTS,
    processing=COUNTS,
    waiting=COUNTS,
    other=COUNTS,
    first_url=ANY_TEXT,
)

URLS = st.builds(url, ANY_TEXT, status=STATUSES, percent=st.integers(0, 100), created=TIMES, finished=TIMES)

SOME_URLS = st.lists(URLS, max_size=4)


def evil_task() -> Task:
    return summary(EVIL, status=EVIL, type=EVIL, first_url=EVIL)


def evil_url() -> UrlProgress:
    return url(EVIL, status=EVIL)


def replaced(text: str) -> str:
    """Return the text as it is read back: lone surrogates become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
