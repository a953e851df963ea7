"""The filter: its words, fields and statuses, for tasks and URLs."""

import pytest

from support.summaries import summary, url
from ucdn_tui.api.models import Status, TaskKind
from ucdn_tui.watch.listing.filter import STATUS_WORDS, Criteria, Word, parse_words, statuses_of

FIRST = "https://cdn.example.com/a.jpg"


def shows(text: str, *, urls: str = FIRST, **fields: object) -> bool:
    """Return whether a task with these URLs is found by a text."""
    return Criteria(parse_words(text)).shows_task(summary(**fields), lambda: urls.lower())  # type: ignore[arg-type]


class TestParsing:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", ()),
            ("   ", ()),
            ("Cat", (Word("cat"),)),
            ("cat dog", (Word("cat"), Word("dog"))),
            ("!cat", (Word("cat", inverted=True),)),
            ("!", ()),
            ("status:Failure", (Word("failure", "status"),)),
            ("!kind:prefetch", (Word("prefetch", "kind", inverted=True),)),
            ("status:", ()),
            ("https://cdn.test/a:b", (Word("https://cdn.test/a:b"),)),
            ("color:red", (Word("color:red"),)),
        ],
    )
    def test_a_text_is_parsed_into_words(self, text: str, words: tuple[Word, ...]) -> None:
        assert parse_words(text) == words

    def test_a_long_text_is_cut(self) -> None:
        assert sum(len(word.text) for word in parse_words("x" * 100_000)) == 500


class TestTasks:
    @pytest.mark.parametrize("text", ["a.jpg", "EXAMPLE", "4d8031", "success", "refresh", "file", "succ 4d80"])
    def test_a_task_matches_everything_its_row_shows(self, text: str) -> None:
        assert shows(text)

    def test_a_task_matches_any_of_its_urls(self) -> None:
        assert shows("video/7.mp4", urls=f"{FIRST}\nhttps://cdn.example.com/video/7.mp4")

    def test_all_words_must_match(self) -> None:
        assert not shows("a.jpg dog")

    def test_an_inverted_word_must_not_occur_in_any_url(self) -> None:
        assert not shows("!7.mp4", urls=f"{FIRST}\nhttps://cdn.example.com/video/7.mp4")
        assert shows("!8.mp4")

    def test_a_field_restricts_the_search(self) -> None:
        assert not shows("kind:success")
        assert shows("status:success kind:refresh type:file id:2025 url:cdn")

    def test_urls_are_decompressed_only_if_needed(self) -> None:
        def fail_if_called() -> str:
            raise AssertionError

        assert Criteria(parse_words("a.jpg success")).shows_task(summary(), fail_if_called)
        assert not Criteria(parse_words("video"), status=Status.WAIT).shows_task(summary(), fail_if_called)

    @pytest.mark.parametrize(
        ("status", "spellings"),
        [
            ("wait", "queued wait que"),
            ("process", "running process run"),
            ("success", "success succeeded done suc"),
            ("failure", "failed failure fail"),
            ("unknow", "unknown unknow unk"),
            ("Halted", "halted hal"),
        ],
    )
    def test_a_status_matches_by_the_word_on_the_screen_and_by_the_apis(self, status: str, spellings: str) -> None:
        everything = {spelling for status in Status for spelling in STATUS_WORDS[status]}
        for spelling in spellings.split():
            assert shows(f"status:{spelling}", status=status)
            assert shows(spelling, status=status)
        for other in everything - set(spellings.split()) - ({"unknown", "unknow"} if status == "Halted" else set()):
            assert not shows(f"status:{other}", status=status), other

    def test_a_status_matches_from_its_beginning(self) -> None:
        assert not shows("ess")

    @pytest.mark.parametrize(
        ("fields", "statuses"),
        [
            ({"status": "success", "succeeded": 3}, {"success"}),
            ({"status": "success", "succeeded": 27, "failed": 3}, {"failure"}),
            ({"status": "process", "processing": 2, "failed": 1}, {"process", "failure"}),
            ({"status": "success", "succeeded": 1, "processing": 2}, {"success", "process"}),
            ({"status": "process", "processing": 1, "waiting": 9}, {"process"}),
            ({"status": "wait", "waiting": 9}, {"wait"}),
            ({"status": "success", "succeeded": 1, "waiting": 2}, {"success", "wait"}),
            ({"status": "halted"}, {"unknow"}),
            ({"status": ""}, {"unknow"}),
        ],
    )
    def test_a_task_matches_each_status_its_row_shows(self, fields: dict[str, object], statuses: set[str]) -> None:
        task = summary(**fields)
        assert statuses_of(task) == statuses
        for status in ("process", "wait", "failure", "success", "unknow"):
            assert Criteria(status=status).shows_task(task, str) == (status in statuses)

    def test_a_task_with_an_active_url_is_active(self) -> None:
        running = summary(status="success", succeeded=1, processing=1)
        assert Criteria(active=True).shows_task(running, str)
        assert not Criteria(active=True).shows_task(summary(), str)


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
        assert Criteria(parse_words(text)).shows_url(url(), self.TASK) is found

    def test_a_url_matches_the_kind_and_id_of_its_task(self) -> None:
        assert Criteria(parse_words("kind:prefetch id:4d80")).shows_url(url(), self.TASK)
        assert not Criteria(parse_words("kind:refresh")).shows_url(url(), self.TASK)

    def test_a_url_matches_by_quick_filter(self) -> None:
        assert Criteria(status=Status.FAILURE).shows_url(url(status="failure"), self.TASK)
        assert not Criteria(status=Status.FAILURE).shows_url(url(), self.TASK)
        assert Criteria(status=Status.UNKNOWN).shows_url(url(status="halted"), self.TASK)
        assert Criteria(active=True).shows_url(url(status="wait"), self.TASK)
        assert not Criteria(active=True).shows_url(url(), self.TASK)


class TestHighlightPattern:
    def test_inverted_words_are_not_highlighted(self) -> None:
        pattern = Criteria(parse_words("cat !dog url:a+b")).highlight_pattern()
        assert pattern is not None
        assert [match.group() for match in pattern.finditer("Cat dog A+B aab")] == ["Cat", "A+B"]

    def test_the_longest_word_is_highlighted(self) -> None:
        pattern = Criteria(parse_words("ca cat")).highlight_pattern()
        assert pattern is not None
        assert pattern.findall("cat") == ["cat"]

    def test_without_words_nothing_is_highlighted(self) -> None:
        assert Criteria(parse_words("!dog"), status=Status.WAIT).highlight_pattern() is None
