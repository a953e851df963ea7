"""`verify`: what it prints, its JSON and exit statuses, with real edges on loopback addresses."""

import ssl
from pathlib import Path

import pytest
import trustme

from cli.scripts.documents import document
from cli.scripts.edge.checks import FAST, claims, refreshed
from support.program import Command
from support.servers.edge_server import running_edges
from support.servers.scripted_edges import HOST, Reply, edges, hit, miss
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.edges.quirks import Quirk


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
