"""What somebody looks for: words, fields, statuses; in tasks and in their URLs."""

import pytest

from support.summaries import summary, url
from ucdn_tui.api.models import Status, TaskKind
from ucdn_tui.watch.listing.filter import Criteria, Word, parse_words, statuses_of

FIRST = "https://cdn.example.com/a.jpg"


def shows(text: str, *, urls: str = FIRST, **fields: object) -> bool:
    """Return whether a task with these URLs is found by a text."""
    return Criteria(parse_words(text)).shows_task(summary(**fields), lambda: urls.lower())  # type: ignore[arg-type]


class TestWhatIsTyped:
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
    def test_becomes_words(self, text: str, words: tuple[Word, ...]) -> None:
        assert parse_words(text) == words

    def test_is_cut_where_it_is_absurdly_long(self) -> None:
        assert sum(len(word.text) for word in parse_words("x" * 100_000)) == 500


class TestATask:
    @pytest.mark.parametrize("text", ["a.jpg", "EXAMPLE", "4d8031", "success", "refresh", "file", "succ 4d80"])
    def test_is_found_by_whatever_its_row_says(self, text: str) -> None:
        assert shows(text)

    def test_is_found_by_a_url_that_is_not_its_first(self) -> None:
        assert shows("video/7.mp4", urls=f"{FIRST}\nhttps://cdn.example.com/video/7.mp4")

    def test_needs_every_word(self) -> None:
        assert not shows("a.jpg dog")

    def test_is_hidden_by_a_word_that_must_not_be_there_in_any_of_its_urls(self) -> None:
        assert not shows("!7.mp4", urls=f"{FIRST}\nhttps://cdn.example.com/video/7.mp4")
        assert shows("!8.mp4")

    def test_is_narrowed_to_a_field(self) -> None:
        assert not shows("kind:success")
        assert shows("status:success kind:refresh type:file id:2025 url:cdn")

    def test_is_not_unpacked_where_its_row_tells_already(self) -> None:
        def unpack() -> str:
            raise AssertionError

        assert Criteria(parse_words("a.jpg success")).shows_task(summary(), unpack)
        assert not Criteria(parse_words("video"), status=Status.WAIT).shows_task(summary(), unpack)

    def test_that_the_api_does_not_know_is_found_by_its_spelling_and_by_the_word_that_is_shown(self) -> None:
        assert shows("status:unknow", status="unknow")
        assert shows("status:unknown", status="unknow")

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
    def test_is_under_each_status_that_its_row_names(self, fields: dict[str, object], statuses: set[str]) -> None:
        task = summary(**fields)
        assert statuses_of(task) == statuses
        for status in ("process", "wait", "failure", "success", "unknow"):
            assert Criteria(status=status).shows_task(task, str) == (status in statuses)

    def test_is_active_where_anything_of_it_is(self) -> None:
        running = summary(status="success", succeeded=1, processing=1)
        assert Criteria(active=True).shows_task(running, str)
        assert not Criteria(active=True).shows_task(summary(), str)


class TestAUrl:
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
    def test_is_found_by_its_address_and_its_status(self, text: str, found: bool) -> None:
        assert Criteria(parse_words(text)).shows_url(url(), self.TASK) is found

    def test_has_the_kind_and_the_id_of_its_task(self) -> None:
        assert Criteria(parse_words("kind:prefetch id:4d80")).shows_url(url(), self.TASK)
        assert not Criteria(parse_words("kind:refresh")).shows_url(url(), self.TASK)

    def test_is_chosen_by_status(self) -> None:
        assert Criteria(status=Status.FAILURE).shows_url(url(status="failure"), self.TASK)
        assert not Criteria(status=Status.FAILURE).shows_url(url(), self.TASK)
        assert Criteria(status=Status.UNKNOWN).shows_url(url(status="halted"), self.TASK)
        assert Criteria(active=True).shows_url(url(status="wait"), self.TASK)
        assert not Criteria(active=True).shows_url(url(), self.TASK)


class TestMarks:
    def test_are_put_on_what_is_looked_for_and_not_on_what_must_not_be_there(self) -> None:
        pattern = Criteria(parse_words("cat !dog url:a+b")).highlight_pattern()
        assert pattern is not None
        assert [match.group() for match in pattern.finditer("Cat dog A+B aab")] == ["Cat", "A+B"]

    def test_prefer_the_longer_word(self) -> None:
        pattern = Criteria(parse_words("ca cat")).highlight_pattern()
        assert pattern is not None
        assert pattern.findall("cat") == ["cat"]

    def test_are_none_where_nothing_is_looked_for(self) -> None:
        assert Criteria(parse_words("!dog"), status=Status.WAIT).highlight_pattern() is None
