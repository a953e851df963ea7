"""Checks as JSON documents."""

import json
from pathlib import Path

import jsonschema
import pytest

from ucdn_tui.api.models import IpLocation, TaskKind
from ucdn_tui.edge.documents import check_document
from ucdn_tui.edge.models import Answer, Check, Failure, Obstacle, Probe, Purge, Subject
from ucdn_tui.edge.verdict import judge
from ucdn_tui.errors import Fault

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema.json").read_text(encoding="utf-8"))

URL = "https://img.example.com/a.jpg"
HIT = Answer(200, (("x-via-ucdn", "HIT by 192.0.2.1, MISS by 192.0.2.2"), ("age", "400"), ("etag", '"1"')))


def document(probe: Probe, purge: Purge | None = None, place: IpLocation | None = None) -> dict[str, object]:
    subject = Subject(URL, purge)
    found = check_document(Check(subject, probe, judge(subject, probe)), place)
    jsonschema.validate(found, {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/check"})
    return found


def test_an_old_copy_with_all_that_shows_it():
    purge = Purge(TaskKind.REFRESH, "file", 1_759_999_800.0, task_id="one")
    probe = Probe(URL, "192.0.2.1", 1_760_000_000.0, HIT)
    assert document(probe, purge, IpLocation("192.0.2.1", "China", "", "Hangzhou")) == {
        "url": URL,
        "task_id": "one",
        "address": "192.0.2.1",
        "place": {"area": "China", "isp": "", "city": "Hangzhou"},
        "at": "2025-10-09T08:53:20Z",
        "status": 200,
        "location": None,
        "claim": "old-copy",
        "doubt": None,
        "edge": "hit",
        "parent": "miss",
        "cache_header": {"name": "x-via-ucdn", "value": "HIT by 192.0.2.1, MISS by 192.0.2.2"},
        "age": 400,
        "fetched": "2025-10-09T08:46:40Z",
        "etag": '"1"',
        "last_modified": None,
        "content_length": None,
        "failure": None,
    }


def test_a_redirect_has_its_target():
    found = document(Probe(URL, "192.0.2.1", 0.0, Answer(301, (("location", "https://example.com/"),))))
    assert (found["claim"], found["doubt"], found["location"]) == ("not-checked", "redirect", "https://example.com/")


@pytest.mark.parametrize("reason", [*Obstacle, *Fault], ids=str)
def test_each_reason_for_no_answer_is_in_the_schema(reason):
    found = document(Probe(URL, "", 0.0, failure=Failure(reason, "words")))
    assert found["failure"] == {"reason": reason.value, "detail": "words"}
    assert (found["claim"], found["status"], found["at"]) == ("not-checked", None, None)
