"""Sentences about lines, URLs and calls."""

import re

import pytest

from submit.batches import FILES, NOW
from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import Concern, Reason, UrlType, Warned
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.quota import Need, QuotaKind
from ucdn_tui.submit.records import DOUBTFUL, Call, CallState, Submission
from ucdn_tui.submit.words import (
    concern_words,
    directory_words,
    excess_words,
    outcome_words,
    reason_words,
    state_words,
    type_words,
)

(ENTRY,) = make_plan("http://a.com/x", TaskKind.REFRESH).accepted


def test_each_reason_concern_and_state_has_its_own_words() -> None:
    for words in (
        [reason_words(reason) for reason in Reason],
        [concern_words(Warned(ENTRY, concern)) for concern in Concern],
        [state_words(state) for state in CallState],
    ):
        assert all(each.isprintable() and each for each in words)
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("concern", [Concern.RUNNING, Concern.KEY_DOMAIN])
def test_detail_from_the_api_is_made_safe_to_show(concern: Concern) -> None:
    words = concern_words(Warned(ENTRY, concern, "\x1b[31mred\n" + "x" * 500))
    assert words.isprintable()
    assert "red" in words
    assert len(words) < 200


def test_urls_are_counted_by_type() -> None:
    words = [type_words(each, count) for each in UrlType for count in (1, 2)]
    expected = ["1 URL", "2 URLs", "1 directory", "2 directories", "1 playlist", "2 playlists", "1 URL", "2 URLs"]
    assert words == expected


def test_outcome_counts_urls_by_what_became_of_them() -> None:
    states = [CallState.ACCEPTED] * 3 + [CallState.REFUSED] * 2 + [CallState.NOT_SENT] * 4 + [CallState.ABSENT] * 5
    states += [CallState.UNKNOWN, *DOUBTFUL - {CallState.UNKNOWN, CallState.ABSENT}] * 3
    words = outcome_words(Submission("id", "account", NOW, [Call(FILES, state) for state in states]))
    assert re.findall(r"\d+", words) == ["6", "3", "4", "8", "10", "12"], words
    assert outcome_words(Submission("id", "account", NOW)) == "Nothing was sent."


def test_second_confirmation_names_whole_domains_first_and_counts_what_it_does_not_name() -> None:
    text = "\n".join([*(f"http://a.com/{number}/" for number in range(6)), "http://b.com/"])
    lines = directory_words(make_plan(text, TaskKind.REFRESH)).splitlines()
    assert lines[2:-2] == [
        "  the WHOLE DOMAIN http://b.com/",
        *(f"  http://a.com/{number}/" for number in range(4)),
        "  … and 2 more",
    ]


@pytest.mark.parametrize("kind", [*QuotaKind, None])
def test_excess_says_how_many_urls_are_left(kind: QuotaKind | None) -> None:
    words = excess_words(Need("a.com", kind, 7, 3))
    assert words.startswith("Nothing sent")
    assert "a.com" in words
    assert {"3", "7"} <= set(re.findall(r"\d+", words))
