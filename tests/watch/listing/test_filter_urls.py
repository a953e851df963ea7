"""The filter: which URLs of a task it shows, what it highlights, and its words in Chinese."""

from typing import Any

import pytest

from support.data.summaries import summary, url
from ucdn_tui.api.models import Status, TaskKind
from ucdn_tui.watch.listing.filter import Criteria, FilterContext, Word, parse_words
from watch.listing.shown import NO_CONTEXT, shows


def shows_url(text: str, *, stuck: bool = False, flagged: bool = False, **fields: Any) -> bool:
    """Return whether a URL of a prefetch is found by a text."""
    facts = FilterContext(is_stuck=lambda _task: stuck, is_flagged=lambda _key: flagged)
    return Criteria(parse_words(text)).shows_url(url(**fields), summary(kind=TaskKind.PREFETCH, type=""), facts)


class TestUrls:
    TASK = summary(kind=TaskKind.PREFETCH, type="")

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("a.jpg", True),
            ("A.JPG", True),
            ("success", True),
            ("status:fail", False),
            ("!a.jpg", False),
            ("7.mp4", False),
        ],
    )
    def test_a_url_matches_by_address_and_status(self, text: str, found: bool) -> None:
        assert Criteria(parse_words(text)).shows_url(url(), self.TASK, NO_CONTEXT) is found

    def test_a_url_matches_the_kind_and_id_of_its_task(self) -> None:
        assert Criteria(parse_words("kind:prefetch id:4d80")).shows_url(url(), self.TASK, NO_CONTEXT)
        assert not Criteria(parse_words("kind:refresh")).shows_url(url(), self.TASK, NO_CONTEXT)

    def test_a_url_matches_by_host_and_state(self) -> None:
        assert shows_url("host:cdn")
        assert not shows_url("host:a.jpg")
        assert shows_url("is:active is:running", status="process")
        assert not shows_url("is:active", status="failure")
        assert shows_url("is:failed status:fail", status="failure")
        assert shows_url("is:flagged", flagged=True)
        assert not shows_url("is:flagged")

    def test_of_a_stuck_task_only_the_active_urls_are_stuck(self) -> None:
        assert shows_url("is:stuck", status="wait", stuck=True)
        assert not shows_url("is:stuck", status="success", stuck=True)
        assert not shows_url("is:stuck", status="wait")

    def test_a_url_matches_by_quick_filter(self) -> None:
        assert Criteria(status=Status.FAILURE).shows_url(url(status="failure"), self.TASK, NO_CONTEXT)
        assert not Criteria(status=Status.FAILURE).shows_url(url(), self.TASK, NO_CONTEXT)
        assert Criteria(status=Status.UNKNOWN).shows_url(url(status="halted"), self.TASK, NO_CONTEXT)
        assert Criteria(active=True).shows_url(url(status="wait"), self.TASK, NO_CONTEXT)
        assert not Criteria(active=True).shows_url(url(), self.TASK, NO_CONTEXT)


class TestHighlightPatterns:
    def test_inverted_words_are_not_highlighted(self) -> None:
        pattern = Criteria(parse_words("cat !dog url:a+b is:done")).highlight_patterns()["url"]
        assert [match.group() for match in pattern.finditer("Cat dog A+B aab")] == ["Cat", "A+B"]

    def test_the_longest_word_is_highlighted(self) -> None:
        pattern = Criteria(parse_words("ca cat")).highlight_patterns()["url"]
        assert pattern.findall("cat") == ["cat"]

    def test_without_words_nothing_is_highlighted(self) -> None:
        assert not Criteria(parse_words("!dog"), status=Status.WAIT).highlight_patterns()

    def test_a_word_about_one_field_is_highlighted_only_there(self) -> None:
        patterns = Criteria(parse_words("status:run host:img kind:pre cat")).highlight_patterns()
        found = {name: sorted(pattern.pattern.split("|")) for name, pattern in patterns.items()}
        assert found == {"url": ["cat", "img"], "status": ["cat", "run"], "kind": ["cat", "pre"], "type": ["cat"]}


class TestInChinese:
    """What is on the screen can be typed; what can be typed in English still can."""

    @pytest.mark.parametrize(
        ("status", "word"),
        [("wait", "排队中"), ("process", "处理中"), ("success", "成功"), ("failure", "失败"), ("unknow", "未知")],
    )
    def test_a_status_matches_by_its_word(self, chinese: None, status: str, word: str) -> None:
        for text in (word, word[0], STATUS_OF_ENGLISH[status]):
            assert shows(f"status:{text}", status=status), text
            assert shows(text, status=status), text
            assert not shows(f"!status:{text}", status=status), text
        others = {"wait", "process", "success", "failure"} - {status}
        assert not any(shows(f"status:{word}", status=other) for other in others)

    def test_states_match_by_their_words(self, chinese: None) -> None:
        assert shows("is:卡住", stuck=True)
        assert not shows("is:卡住")
        assert shows("is:已标记", flagged=True)
        assert shows("is:进行中", status="process", processing=1)
        assert shows("is:失败", status="failure")
        assert parse_words("is:失败") == (Word("failed", "is"),)
        assert Criteria(parse_words("is:卡住")).asks_whether("stuck")

    def test_a_kind_matches_by_its_word(self, chinese: None) -> None:
        for text in ("kind:预取", "kind:预", "预取", "kind:prefetch"):
            assert shows(text, kind=TaskKind.PREFETCH), text
            assert not shows(text, kind=TaskKind.REFRESH), text

    def test_other_words_are_unknown(self, chinese: None) -> None:
        for text in ("status:完了", "is:完了", "kind:完了"):
            assert Criteria(parse_words(text)).unknown, text

    def test_chinese_words_mean_nothing_in_english(self) -> None:
        assert Criteria(parse_words("status:失败")).unknown


STATUS_OF_ENGLISH = {"wait": "queued", "process": "run", "success": "succeeded", "failure": "failure", "unknow": "unk"}
"""A way to name each status in English."""
