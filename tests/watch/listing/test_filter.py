"""The filter: its words, fields and statuses, and which tasks it shows."""

from typing import Any

import pytest

from support.data.summaries import summary, url
from ucdn_tui.api.models import Status, TaskKind
from ucdn_tui.watch.listing.filter import Criteria, FilterContext, Word, parse_words, statuses_of
from ucdn_tui.watch.listing.names import STATUS_OF
from watch.listing.shown import FIRST, NO_CONTEXT, shows


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
            ("color:Red", (Word("red", "color"),)),
            ("status:!success", (Word("success", "status", inverted=True),)),
            ("!status:!success", (Word("success", "status"),)),
            ("!a !status:b", (Word("a", inverted=True), Word("b", "status", inverted=True))),
            ('"two Words" x', (Word("two words"), Word("x"))),
            ('!url:"two words"', (Word("two words", "url", inverted=True),)),
            ('url:"not yet clo', (Word("not yet clo", "url"),)),
            ('"status:failed"', (Word("status:failed"),)),
            ('a"b c"', (Word('a"b'), Word('c"'))),
            ('""', ()),
        ],
    )
    def test_a_text_is_parsed_into_words(self, text: str, words: tuple[Word, ...]) -> None:
        assert parse_words(text) == words

    @pytest.mark.parametrize(
        "text", ["https://img.test/a:b", "ftp://img.test", "img.test:8080", "localhost:8080/a", "/a:b", "a=b:c", "foo:"]
    )
    def test_a_scheme_and_a_port_name_no_field(self, text: str) -> None:
        assert parse_words(text) == (Word(text),)

    @pytest.mark.parametrize("text", ["foo:bar", "!foo:bar", "is:stuk", "is:act", "domain:img.test"])
    def test_a_word_with_an_unknown_field_or_value_is_named_and_ignored(self, text: str) -> None:
        criteria = Criteria(parse_words(f"{text} a.jpg"))
        assert criteria.unknown == criteria.words[:1]
        assert criteria.shows_task(summary(), NO_CONTEXT)
        assert criteria.shows_url(url(), summary(), NO_CONTEXT)
        assert criteria.highlight_patterns() == Criteria(parse_words("a.jpg")).highlight_patterns()

    @pytest.mark.parametrize("text", ["status:partial", "kind:dir", "!status:x"])
    def test_a_status_or_kind_that_none_has_is_named(self, text: str) -> None:
        criteria = Criteria(parse_words(f"{text} a.jpg"))
        assert criteria.unknown == criteria.words[:1]

    @pytest.mark.parametrize(
        ("text", "kinds"),
        [("r", {"refresh"}), ("p", {"prefetch"}), ("pu", {"refresh"}), ("pre", {"prefetch"}), ("etch", set())],
    )
    def test_a_kind_is_meant_by_its_beginning_or_the_columns_letter(self, text: str, kinds: set[str]) -> None:
        criteria = Criteria(parse_words(f"kind:{text}"))
        assert {kind for kind in TaskKind if criteria.shows_task(summary(kind=kind), NO_CONTEXT)} == kinds

    def test_documented_words_are_known(self) -> None:
        text = "a status:failed kind:purge type:dir host:a url:b id:1 is:active is:stuck is:flagged is:failed is:done"
        assert not Criteria(parse_words(text)).unknown

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
        def fail_if_called(_key: object) -> str:
            raise AssertionError

        facts = FilterContext(fail_if_called)
        assert Criteria(parse_words("a.jpg success host:cdn")).shows_task(summary(), facts)
        assert not Criteria(parse_words("video"), status=Status.WAIT).shows_task(summary(), facts)

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
        everything = set(STATUS_OF)
        for spelling in spellings.split():
            assert shows(f"status:{spelling}", status=status)
            assert shows(spelling, status=status)
        for other in everything - set(spellings.split()) - ({"unknown", "unknow"} if status == "Halted" else set()):
            assert not shows(f"status:{other}", status=status), other

    def test_purge_is_another_word_for_refresh(self) -> None:
        for text in ("kind:purge", "kind:refresh", "purge"):
            assert shows(text)
            assert not shows(text, kind=TaskKind.PREFETCH)
        assert shows("kind:prefetch", kind=TaskKind.PREFETCH)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("host:img", True),
            ("host:IMG.test", True),
            ("host:img.test:8080", True),
            ("host:test:80", True),
            ("host:cdn", True),
            ("host:https", False),
            ("host:user", False),
            ("host:secret", False),
            ("host:pics", False),
            ("host:evil", False),
            ("!host:evil", True),
        ],
    )
    def test_a_host_is_that_of_any_url(self, text: str, found: bool) -> None:
        urls = "https://cdn.test/a.jpg\nhttps://user:secret@img.test:8080/pics/https://evil.test\nhttp://b?x=@evil.test"
        assert shows(text, urls=urls, first_url="https://cdn.test/a.jpg") is found

    @pytest.mark.parametrize(
        ("text", "fields"),
        [
            ("is:active", {"status": "process", "processing": 1}),
            ("is:active", {"status": "success", "waiting": 1}),
            ("is:failed", {"status": "process", "processing": 1, "failed": 1}),
            ("is:failure", {"status": "failure", "failed": 1}),
            ("is:done", {"status": "success"}),
            ("is:queued", {"status": "wait", "waiting": 1}),
            ("is:unknown", {"status": "halted"}),
            ("is:stuck", {"stuck": True}),
            ("is:flagged", {"flagged": True}),
        ],
    )
    def test_a_task_is_what_its_row_says(self, text: str, fields: dict[str, Any]) -> None:
        assert shows(text, **fields)
        assert not shows(f"!{text}", **fields)
        assert not shows(text, status="success" if "done" not in text else "failure")

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
            assert Criteria(status=status).shows_task(task, NO_CONTEXT) == (status in statuses)

    def test_a_task_with_an_active_url_is_active(self) -> None:
        running = summary(status="success", succeeded=1, processing=1)
        assert Criteria(active=True).shows_task(running, NO_CONTEXT)
        assert not Criteria(active=True).shows_task(summary(), NO_CONTEXT)
