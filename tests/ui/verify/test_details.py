"""What is said of one check: the sentence, the evidence, and the diagnosis."""

from datetime import UTC

from support.checks import ADDRESS, OLD, REFRESH, URL, check, failed_check
from support.data.summaries import NOW
from ucdn_tui.api.models import IpLocation
from ucdn_tui.edge.diagnosis import Evidence, diagnose
from ucdn_tui.edge.models import Check
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE
from ucdn_tui.ui.verify.details import Moments, check_text, findings_text, place_words, plain_text

MOMENTS = Moments(NOW, UTC)


def lines(of: Check, place: str = "") -> list[str]:
    return plain_text(of, place, MOMENTS, UNICODE).split("\n")


class TestOneCheck:
    def test_the_sentence_comes_first_and_then_the_evidence_as_it_came(self) -> None:
        more = (("etag", '"1"'), ("last-modified", "Thu, 09 Oct 2025 08:00:00 GMT"), ("content-length", "5"))
        assert lines(check(OLD + more), "Berlin Telekom") == [
            "✖ OLD COPY  The copy is older than the refresh.",
            URL,
            f"{ADDRESS} · Berlin Telekom · checked 08:53:20 · refresh file · task-1",
            "HTTP 200 · x-via-ucdn: HIT by 192.0.2.1, HIT by 192.0.2.9",
            "age: 400 · copy fetched 08:46:40 · task created 08:48:20",
            'etag: "1" · last-modified: Thu, 09 Oct 2025 08:00:00 GMT · content-length: 5',
        ]

    def test_what_is_missing_is_named(self) -> None:
        assert lines(check((), purge=None))[2:] == [
            f"{ADDRESS} · checked 08:53:20",
            "HTTP 200 · no cache header",
            "no age",
        ]

    def test_an_age_that_is_no_number_is_shown_and_not_used(self) -> None:
        assert lines(check((OLD[0], ("age", "soon"))))[4] == "age: soon · task created 08:48:20"

    def test_without_an_answer_there_is_no_evidence(self) -> None:
        assert lines(failed_check())[0] == "! not checked  The answer is not HTTP."
        assert len(lines(failed_check())) == 3

    def test_a_url_and_a_type_with_escape_sequences_are_shown_without_them(self) -> None:
        evil = "\x1b]0;owned\x07\u202e[red]"
        shown = "\n".join(lines(check(url=URL + evil, purge=REFRESH._replace(type=evil, task_id=evil))))
        assert not {"\x1b", "\x07", "\u202e"}.intersection(shown)
        assert shown.count("[red]") == 3

    def test_no_character_needs_unicode_where_the_terminal_has_none(self) -> None:
        text = check_text(check(), "", MOMENTS, ASCII).plain
        assert text.split("  ")[0] == f"{ASCII.failure} OLD COPY"


class TestPlaces:
    def test_the_city_stands_for_the_area(self) -> None:
        assert place_words(IpLocation(ADDRESS, area="East", city="Nanjing", isp="Telecom")) == "Nanjing Telecom"
        assert place_words(IpLocation(ADDRESS, area="East")) == "East"
        assert place_words(None) == ""

    def test_a_place_is_sanitized_and_cut(self) -> None:
        assert "\x1b" not in place_words(IpLocation(ADDRESS, city="\x1b[31m"))
        assert len(place_words(IpLocation(ADDRESS, city="x" * 99))) == 40


class TestDiagnosis:
    def test_likely_causes_come_first_each_with_its_evidence(self) -> None:
        of = check(OLD, url="https://cdn.example.com/a.jpg?v=1")
        shown = findings_text(diagnose(Evidence(of)), UNICODE).plain.split("\n")
        titles = [line for line in shown if line in ("Likely causes", "Not known", "Not the cause")]
        assert titles == ["Likely causes", "Not known", "Not the cause"]
        assert shown[1:4] == [
            "Likely causes",
            "! The edge is late",
            "  The copy is older than the refresh. Check again in some minutes.",
        ]

    def test_a_title_without_causes_is_left_out(self) -> None:
        found = [each for each in diagnose(Evidence(check())) if each.standing.name == "UNLIKELY"]
        assert findings_text(found, UNICODE).plain.split("\n")[1] == "Not the cause"
