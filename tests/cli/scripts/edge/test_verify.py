"""`verify` and `--verify`: what they print, their JSON and exit statuses, with real edges on loopback addresses."""

import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trustme

from support import PATIENCE, clean_environment
from support.program import PROGRAM, Command, variables
from support.servers.edge_server import running_edges
from support.servers.scripted_edges import HOST, Reply, edges, hit, miss
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account, ScaledClock
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.domains import Domain
from ucdn_tui.simulator.edges.quirks import Quirk

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "schema.json").read_text(encoding="utf-8"))

FAST = ("--interval", "1s")


@pytest.fixture
def simulated() -> Account:
    return Account(time.time, seed=1, domains=(Domain(name=HOST), Domain(name="localhost")))


@pytest.fixture
def environment(simulated: Account, tmp_path: Path) -> Iterator[dict[str, str]]:
    with running_server(Service(simulated)) as url:
        folders = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        yield {**variables(url, simulated.public_key, simulated.private_key), **folders}


@pytest.fixture
def run(environment: dict[str, str]) -> Command:
    """The program with keys of an account whose API is on loopback: loopback edges may be asked."""
    return Command(environment)


@pytest.fixture
def alone(tmp_path: Path) -> Command:
    """The program without any keys."""
    return Command({"HOME": str(tmp_path)})


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the JSON on standard output, after checking it against the schema."""
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["exit_status"] == done.returncode
    return found


def claims(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [check["claim"] for check in document(done)["checks"]]


def refreshed(simulated: Account, *urls: str, kind: Any = "refresh", ago: float = 300.0, **fields: Any) -> str:
    """Add a task that was created so many seconds ago, and has ended after 60 s."""
    return simulated.add(kind, urls, created=time.time() - ago, queue=0.0, work=60.0, **fields)


class TestWithoutKeys:
    """No account is needed: then only copies are told."""

    def test_the_table_is_the_result_and_the_rest_goes_to_standard_error(self, alone: Command) -> None:
        with edges(hit(4000), miss()) as served:
            done = alone("verify", "--allow-private", "--resolve", served.resolve, served.url())
        first, second = served.addresses
        width = len(served.url())
        assert done.stdout.splitlines() == [
            f"{'URL':{width}}  {'ADDRESS':{len(first)}}  CLAIM       EDGE · PARENT  AGE",
            f"{served.url()}  {first}  has a copy  HIT · HIT      1h06m",
            f"{served.url()}  {second}  no copy     MISS · MISS    -",
        ]
        assert done.returncode == 0
        assert "verifying 1 URL at the edge" in done.stderr
        assert "One place of many" in done.stderr
        assert done.stderr.splitlines()[-1].endswith("; nothing is proved.")

    def test_json(self, alone: Command) -> None:
        with edges(hit(4000, ETag='"1"')) as served:
            done = alone("verify", "--json", "--allow-private", "--resolve", served.resolve, served.url())
        (check,) = document(done)["checks"]
        assert (check["claim"], check["task_id"], check["age"], check["etag"]) == ("held", "", 4000, '"1"')
        assert (check["address"], check["cache_header"]["name"]) == (served.addresses[0], "x-via-ucdn")

    def test_urls_come_from_standard_input_or_a_file(self, alone: Command, tmp_path: Path) -> None:
        with edges(hit(10)) as served:
            flags = ("verify", "--json", "--allow-private", "--resolve", served.resolve)
            text = f"\ufeff# comment\r\n{served.url('a')}\r\n\r\n{served.url('b')}\n{served.url('a')}\n"
            (tmp_path / "urls.txt").write_text(text, encoding="utf-8")
            found = [alone(*flags, "-", feed=text), alone(*flags, "--file", str(tmp_path / "urls.txt"))]
        assert [[check["url"] for check in document(done)["checks"]] for done in found] == [
            [served.url("a"), served.url("b")]
        ] * 2

    def test_loopback_addresses_are_refused_unless_allowed(self, alone: Command) -> None:
        with edges(hit(10)) as served:
            done = alone("verify", "--json", "--resolve", served.resolve, served.url())
        assert (done.returncode, document(done)["outcome"]) == (6, "not-checked")
        assert document(done)["checks"][0]["failure"]["reason"] == "not-public"
        assert "the address is not a public one" in done.stderr.splitlines()[-1]
        assert served.asked == []

    def test_head_is_sent_on_request(self, alone: Command) -> None:
        with edges(hit(10)) as served:
            alone("verify", "--head", "--allow-private", "--resolve", served.resolve, served.url())
        assert [each.method for each in served.asked] == ["HEAD"]

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (["img.example.com/a"], "line 1 is no URL that can be verified"),
            (["https://ok.example.com/", "https://me:secret@img.example.com/"], "line 2 is no URL"),
            (["https://img.example.com/", "--resolve", "a=fe80::1%a b"], "invalid --resolve 'a=fe80::1%a b'"),
            (["https://img.example.com/", "--resolve", "img.example.com"], "invalid --resolve 'img.example.com'"),
            (["https://img.example.com/", "--task", "1"], "name URLs or --task, not both"),
            (["--no-task", "--task", "1"], "--no-task is for URLs"),
            ([], "name URLs, - for standard input, or --file"),
        ],
        ids=str,
    )
    def test_usage(self, alone: Command, arguments: list[str], reason: str) -> None:
        done = alone("verify", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert reason in done.stderr
        assert "secret" not in done.stderr

    def test_a_task_needs_keys(self, alone: Command) -> None:
        done = alone("verify", "--json", "--task", "20261129_4d8031d5")
        assert (done.returncode, document(done)["outcome"]) == (4, "no-credentials")


class TestTasks:
    """With keys the URL's task is looked up, or named."""

    def test_an_old_copy_is_status_6_with_its_cause(self, run: Command, simulated: Account) -> None:
        with edges(hit(4000), miss()) as served:
            task_id = refreshed(simulated, served.url())
            done = run("verify", "--json", "--resolve", served.resolve, served.url())
        assert (done.returncode, document(done)["outcome"]) == (6, "old-copy")
        assert claims(done) == ["old-copy", "no-copy"]
        assert {check["task_id"] for check in document(done)["checks"]} == {task_id}
        assert f"{served.url()}: The edge is late. " in done.stderr
        assert "Old copy at 1 of 2 addresses" in done.stderr.splitlines()[-1]

    def test_what_is_new_is_status_0(self, run: Command, simulated: Account) -> None:
        with edges(hit(100), miss()) as served:
            refreshed(simulated, served.url())
            done = run("verify", "--json", "--resolve", served.resolve, served.url())
        assert (done.returncode, claims(done)) == (0, ["new-copy", "no-copy"])
        assert "In effect at 2 of 2 addresses" in done.stderr.splitlines()[-1]

    def test_it_goes_on_until_nothing_is_old(self, run: Command, simulated: Account) -> None:
        with edges([hit(4000), hit(4000), miss()], miss()) as served:
            refreshed(simulated, served.url())
            done = run("verify", "--timeout", "1m", *FAST, "--resolve", served.resolve, served.url())
        assert done.returncode == 0, done.stderr
        assert [served.asked_of(address) for address in served.addresses] == [3, 1]
        assert "Checking again every 1s." in done.stderr

    def test_a_prefetched_file_that_is_missing_is_status_6(self, run: Command, simulated: Account) -> None:
        with edges(miss("HIT"), miss()) as served:
            refreshed(simulated, served.url(), kind="prefetch")
            done = run("verify", "--json", "--timeout", "1m", "--resolve", served.resolve, served.url())
        assert (done.returncode, document(done)["outcome"]) == (6, "not-prefetched")
        assert claims(done) == ["prefetched", "not-prefetched"]
        assert [served.asked_of(address) for address in served.addresses] == [1, 1]

    def test_a_directory_above_the_url_counts(self, run: Command, simulated: Account) -> None:
        with edges(hit(4000)) as served:
            task_id = refreshed(simulated, served.url("shop/"), type="dir")
            done = run("verify", "--json", "--resolve", served.resolve, served.url("shop/a.jpg"))
        (check,) = document(done)["checks"]
        assert (check["task_id"], check["claim"], check["doubt"]) == (task_id, "cannot-tell", "directory")
        assert done.returncode == 0

    def test_a_url_without_a_task_is_said(self, run: Command) -> None:
        with edges(hit(4000)) as served:
            done = run("verify", "--json", "--resolve", served.resolve, served.url())
        assert claims(done) == ["held"]
        assert f"No task of the last 24h has {served.url()}: there is nothing to compare" in done.stderr

    def test_no_task_asks_the_api_for_nothing(self, run: Command) -> None:
        with edges(hit(4000)) as served:
            flags = ("--json", "--no-task", "--allow-private", "--resolve", served.resolve)
            done = run("verify", *flags, served.url(), UCLOUD_API_BASE_URL="http://127.0.0.1:9")
        assert (done.returncode, claims(done)) == (0, ["held"])

    def test_without_an_answer_of_the_api_nothing_is_claimed(self, run: Command) -> None:
        with edges(hit(4000)) as served:
            done = run(
                "verify", "--json", "--resolve", served.resolve, served.url(), UCLOUD_API_BASE_URL="http://127.0.0.1:9"
            )
        assert (done.returncode, document(done)["outcome"]) == (5, "no-answer")
        assert "--no-task verifies without." in done.stderr
        assert served.asked == []

    def test_the_urls_of_a_task_are_sampled_and_failed_ones_come_first(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            urls = [served.url(str(number)) for number in range(12)]
            task_id = refreshed(simulated, *urls, failing=(11,))
            done = run("verify", "--json", "--task", task_id, "--resolve", served.resolve)
            every = run("verify", "--json", "--all-urls", "--task", task_id, "--resolve", served.resolve)
        checks = document(done)["checks"]
        assert [check["url"] for check in checks] == [urls[11], *urls[:9]]
        assert (checks[0]["claim"], checks[0]["doubt"]) == ("cannot-tell", "not-successful")
        assert "10 of 12 URLs are verified." in done.stderr
        assert len(document(every)["checks"]) == 12

    def test_an_unknown_task(self, run: Command) -> None:
        done = run("verify", "--json", "--task", "20251009165320_00000000")
        assert (done.returncode, document(done)["outcome"]) == (2, "unknown-id")
        assert document(done)["checks"] == []


class TestSimulatedEdges:
    """The edges of the same account, with an origin."""

    def test_a_late_edge_is_old_and_the_others_are_new(self, run: Command, simulated: Account) -> None:
        with running_edges(simulated) as served:
            url = served.url(HOST)
            served.make_stale(served.addresses[2], url, seconds=3600.0)
            served.purge_finished(url)
            flags = ("verify", "--json", "--resolve", f"{HOST}={','.join(served.addresses)}", url)
            done, again = run(*flags), run(*flags)
        assert (done.returncode, claims(done)[2]) == (6, "old-copy")
        # The first one at a parent finds no copy, and fills it for the other one.
        assert {"no-copy"} <= set(claims(done)) <= {"no-copy", "new-copy", "old-copy"}
        assert "Old copy at 1 of 4 addresses" in done.stderr.splitlines()[-1]
        assert {check["place"]["city"] for check in document(done)["checks"]} == {"上海", "杭州", "北京", "青岛"}
        assert "no-copy" not in claims(again)  # the first check has filled these edges

    def test_the_origin_is_asked_on_request_and_its_answer_judged(self, run: Command, simulated: Account) -> None:
        with running_edges(simulated) as served:
            served.set_quirk(HOST, Quirk.ZERO_AGE)
            url = served.url(HOST)
            served.purge_finished(url)
            flags = ("verify", "--json", "--resolve", f"{HOST}={served.addresses[0]}", url)
            run(*flags)  # fills the edge
            by_age, by_origin = run(*flags), run(*flags, "--origin")
            served.publish(url)
            after = run(*flags, "--origin")
        assert claims(by_age) == ["cannot-tell"]
        assert claims(by_origin) == ["unchanged"]
        assert claims(after) == ["differs"]
        assert f"{url}: The refresh came too early. " in after.stderr
        assert "The refresh came too early." not in by_origin.stderr


class TestSubmitted:
    """`refresh --verify` against an account whose minutes are seconds."""

    @pytest.fixture
    def simulated(self) -> Account:
        domains = (Domain(name=HOST), Domain(name="localhost"))
        return Account(ScaledClock(time.time, 60.0), seed=2, domains=domains)

    def test_it_waits_for_the_task_and_for_the_edges(self, run: Command, simulated: Account) -> None:
        with edges([hit(86_000), miss()], miss()) as served:
            done = run("refresh", "--verify", "--timeout", "1m", *FAST, "--resolve", served.resolve, served.url())
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert [served.asked_of(address) for address in served.addresses] == [2, 1]
        assert "Old copy at 1 of 2 addresses" in done.stderr
        assert "In effect at 2 of 2 addresses" in done.stderr.splitlines()[-1]

    def test_what_was_submitted_as_a_directory_is_judged_as_one(self, run: Command) -> None:
        with edges(hit(86_000)) as served:
            done = run("refresh", "--json", "--yes", "--verify", *FAST, "--resolve", served.resolve, served.url("a/"))
        (check,) = document(done)["checks"]
        assert (done.returncode, check["claim"], check["doubt"]) == (0, "cannot-tell", "directory")

    def test_what_was_not_sent_is_not_verified(self, run: Command) -> None:
        with edges(miss()) as served:
            done = run("refresh", "--json", "--verify", "--read-only", "--resolve", served.resolve, served.url())
        assert (done.returncode, document(done)["outcome"], served.asked) == (5, "nothing-sent", [])


class TestNothingThatCanBeChecked:
    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (Reply(403), "HTTP 403: the edge refuses this program."),
            (Reply(301, {"Location": "https://img.example.com/"}), "HTTP 301: redirects to https://img.example.com/."),
            (Reply(is_reset=True), "The connection broke before the answer."),
            (Reply(502), "HTTP 502: the edge could not serve it."),
        ],
        ids=["forbidden", "redirect", "reset", "error"],
    )
    def test_it_is_status_6_of_its_own(self, run: Command, simulated: Account, reply: Reply, words: str) -> None:
        with edges(reply) as served:
            refreshed(simulated, served.url())
            done = run("verify", "--json", "--resolve", served.resolve, served.url())
        assert (done.returncode, document(done)["outcome"]) == (6, "not-checked")
        assert words in done.stderr.splitlines()[-1]

    def test_a_certificate_for_another_name(self, run: Command, simulated: Account, tmp_path: Path) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        for name, outcome in ((HOST, "done"), ("other.example.com", "not-checked")):
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(name).configure_cert(tls)
            with edges(miss(), tls=tls) as served:
                refreshed(simulated, served.url())
                flags = ("verify", "--json", "--resolve", served.resolve, served.url())
                done = run(*flags, SSL_CERT_FILE=str(tmp_path / "authority.pem"))
            assert document(done)["outcome"] == outcome, done.stderr
        assert "The certificate is not trusted." in done.stderr

    def test_certificates_that_cannot_be_read_end_it_before_a_submission(
        self, run: Command, simulated: Account
    ) -> None:
        done = run("refresh", "--json", "--verify", f"https://{HOST}/a", SSL_CERT_FILE="/missing")
        assert (done.returncode, document(done)["outcome"]) == (2, "usage")
        assert simulated.tasks("refresh") == []


class TestAfterTasks:
    """`--verify` of refresh, prefetch and wait. A missing prefetch is final, so nothing waits for another round."""

    def test_urls_that_are_not_in_effect_are_the_result_of_wait(self, run: Command, simulated: Account) -> None:
        with edges(miss(), miss("HIT")) as served:
            task_id = refreshed(simulated, served.url(), kind="prefetch")
            flags = ("wait", "--verify", "--resolve", served.resolve)
            done, as_json = run(*flags, task_id), run(*flags, "--json", task_id)
        assert (done.returncode, done.stdout) == (6, f"{served.url()}\n")
        assert f"{served.addresses[0]}  NOT THERE" in done.stderr
        found = document(as_json)
        assert (found["outcome"], [task["task_id"] for task in found["tasks"]]) == ("not-prefetched", [task_id])
        assert claims(as_json) == ["not-prefetched", "prefetched"]

    def test_wait_ends_when_the_edges_are_new(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            done = run("wait", "--verify", "--resolve", served.resolve, refreshed(simulated, served.url()))
        assert (done.returncode, done.stdout) == (0, "")
        assert "In effect at 1 of 1 address" in done.stderr.splitlines()[-1]

    def test_quiet_says_only_what_is_wrong(self, run: Command, simulated: Account) -> None:
        with edges([miss("HIT"), miss()]) as served:
            flags = ("wait", "--verify", "--quiet", "--resolve", served.resolve)
            task_id = refreshed(simulated, served.url(), kind="prefetch")
            new, old = run(*flags, task_id), run(*flags, task_id)
        assert (new.returncode, new.stdout, new.stderr) == (0, "", "")
        assert (old.returncode, old.stderr.count("\n")) == (6, 1)

    def test_a_failed_task_keeps_its_status(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            task_id = refreshed(simulated, served.url(), failing=(0,))
            done = run("wait", "--json", "--verify", "--resolve", served.resolve, task_id)
        assert (done.returncode, document(done)["outcome"]) == (3, "failed-urls")
        assert "checks" not in document(done)
        assert served.asked == []

    def test_a_time_out_of_a_task_keeps_its_status(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            task_id = simulated.add("refresh", [served.url()], queue=0.0, work=600.0)
            done = run("wait", "--verify", "--timeout", "1s", *FAST, "--resolve", served.resolve, task_id)
        assert (done.returncode, served.asked) == (124, [])

    def test_a_stream_has_a_line_for_each_check(self, run: Command, simulated: Account) -> None:
        with edges(miss(), miss()) as served:
            task_id = refreshed(simulated, served.url())
            done = run("wait", "--stream", "--verify", "--resolve", served.resolve, task_id)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["check"]["claim"] for line in lines] == ["no-copy", "no-copy"]

    def test_github_gets_an_annotation_and_a_row(self, run: Command, simulated: Account, tmp_path: Path) -> None:
        summary = tmp_path / "summary.md"
        with edges(miss(), miss()) as served:
            task_id = refreshed(simulated, served.url(), kind="prefetch")
            github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
            done = run("wait", "--verify", "--resolve", served.resolve, task_id, **github)
        where = "%2C ".join(served.addresses)
        assert f"::error title=verify {where}::NOT THERE: {served.url()}" in done.stderr.splitlines()
        rows = summary.read_text(encoding="utf-8")
        assert f"| verify | `{task_id}` | NOT THERE | `{served.addresses[1]} {served.url()}` |" in rows


class TestSurroundings:
    def test_hostile_headers_reach_neither_terminal_nor_github(self, run: Command, simulated: Account) -> None:
        bad = "\x1b]0;pwn\x07\u202e##[error]"
        with edges(Reply(301, {"Location": f"https://x/{bad}", "X-Via-Ucdn": f"HIT by {bad}", "ETag": bad})) as served:
            refreshed(simulated, served.url())
            flags = ("verify", "--resolve", served.resolve, served.url())
            done, as_json = run(*flags, GITHUB_ACTIONS="true"), run(*flags, "--json")
        assert all(line.isprintable() and "##[" not in line for line in done.stdout.splitlines())
        assert all(line.isprintable() and "##[" not in line for line in done.stderr.splitlines())
        assert as_json.stdout.isprintable() or all(line.isprintable() for line in as_json.stdout.splitlines())
        assert document(as_json)["outcome"] == "not-checked"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_keeps_what_is_known(
        self, environment: dict[str, str], simulated: Account, number: signal.Signals
    ) -> None:
        with edges(hit(4000), Reply(is_silent=True)) as served:
            refreshed(simulated, served.url())
            command = [PROGRAM, "verify", "--json", "--timeout", "1h", *FAST, "--resolve", served.resolve]
            with subprocess.Popen(
                [*command, served.url()],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment(environment),
                encoding="utf-8",
            ) as process:
                wait_for(lambda: len(served.asked) == 2)
                process.send_signal(number)
                output, errors = process.communicate(timeout=PATIENCE)
        found = json.loads(output)
        jsonschema.validate(found, SCHEMA)
        assert (process.returncode, found["outcome"]) == (128 + number, "interrupted")
        assert "Traceback" not in errors

    def test_a_closed_pipe_ends_it_without_a_word(self, environment: dict[str, str]) -> None:
        with edges(hit(4000)) as served:
            urls = " ".join(served.url(str(number)) for number in range(50))
            flags = f"--quiet --no-task --allow-private --resolve {served.resolve}"
            line = f"{PROGRAM} verify --json {flags} {urls} | head -1"
            done = subprocess.run(
                ["bash", "-c", line],
                capture_output=True,
                encoding="utf-8",
                env=clean_environment(environment),
                timeout=PATIENCE,
            )
        assert (done.stdout, done.stderr) == ("{\n", "")

    def test_the_demo_needs_no_network(self, alone: Command) -> None:
        done = alone("verify", "--demo", "--json", "https://img.example.com/a.jpg")
        found = document(done)
        assert (done.returncode, len(found["checks"])) == (0, 4)
        assert {check["claim"] for check in found["checks"]} == {"held"}

    def test_it_does_not_import_textual(self) -> None:
        code = "import sys, ucdn_tui.cli.scripts.verify\nassert 'textual' not in sys.modules"
        subprocess.run([os.path.join(os.path.dirname(PROGRAM), "python"), "-c", code], check=True, timeout=PATIENCE)


def wait_for(condition: Any) -> None:
    """Wait until a condition holds that another thread makes true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
