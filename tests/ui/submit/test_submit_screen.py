"""The form: URLs, the preview and files; nothing for a read-only account; quotas."""

from asyncio import Event as Arrival
from pathlib import Path
from threading import Event

import httpx
import pytest
from textual.widgets import Static

from support import PATIENCE
from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard, text_of
from ucdn_tui.ui.submit import screen
from ucdn_tui.ui.submit.quotas import QuotaDialog
from ui.submit.form import IMG, form, message, paste, preview, screen_of, submit, submitted, urls


class TestPreview:
    async def test_says_what_is_sent_dropped_and_warned_about(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            lines = [*urls(120), "http://img.example.com/0.jpg", "ftp://x/", IMG + "shop/", IMG + "shop/a.css"]
            await paste(ui, "\n".join([*lines, "https://other.test/a"]), "left today")
            await ui.settle(lambda: "not in this account" in preview(ui))
            shown = preview(ui).splitlines()
            assert shown[0] == "122 URLs in 4 calls  ✖ 3 dropped  ! 1 warning"
            assert shown[1] == "! 1 directory, with all in it"
            assert "  120 URLs  left today: 700 → 580" in shown
            assert "  1 directory  left today: 20 → 19" in shown
            assert "  line 121: listed with http and https, which share a cache" in shown
            assert "  line 122: no http:// or https://" in shown
            assert "  line 124: inside a directory that is listed" in shown
            assert "  line 125: domain not in this account" in shown
            assert submitted(ui) == {}

    async def test_follows_kind_and_type(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, "\n".join(urls(2)), "2 URLs in 1 call")
            await ui.press("f3", "f3")
            await ui.settle(lambda: "No URL to submit" in preview(ui))
            assert "not a directory: no / at the end" in preview(ui)
            await ui.press("f2")
            await ui.settle(lambda: "2 URLs in 1 call" in preview(ui))

    async def test_a_prefetch_says_how_long_the_calls_take(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await ui.press("f2")
            await paste(ui, "\n".join([*urls(1), "https://www.example.com/1", "https://dl.example.com/1"]), "3 calls")
            assert "Takes 20s or more: prefetch calls are 10 s apart." in preview(ui)

    async def test_a_key_does_not_stop_the_domains_from_being_asked_for(self, clock: FakeClock) -> None:
        arrived, asked = Arrival(), list[httpx.Request]()

        def gate_of(request: httpx.Request) -> Arrival | None:
            if b"GetUcdnDomainInfoList" not in request.content:
                return None
            asked.append(request)
            return arrived

        async with form(clock, gate_of=gate_of) as ui:
            await paste(ui, "https://other.test/a")
            await ui.settle(lambda: asked)
            await ui.press("b")
            arrived.set()
            await ui.settle(lambda: "domain not in this account" in preview(ui))
            assert len(asked) == 1

    async def test_a_task_that_works_on_the_same_url_is_named(self, clock: FakeClock) -> None:
        simulated = account(clock)
        task_id = add(simulated, "same", queue=3600.0)
        async with form(clock, simulated) as ui:
            await paste(ui, "http://cdn.test/same-1.jpg")
            await ui.settle(lambda: f"task {task_id} is still working on it" in preview(ui))

    async def test_without_the_right_to_list_domains_nothing_is_warned_about(self, clock: FakeClock) -> None:
        async with form(clock) as ui:

            def no_right(request: httpx.Request) -> httpx.Response:
                if b"GetUcdnDomainInfoList" in request.content:
                    return httpx.Response(200, json={"RetCode": 299, "Message": "no right"})
                return ui.service_answer(request)

            ui.transport.fault = no_right
            await paste(ui, "https://other.test/a", "quota unknown")
            assert "not in this account" not in preview(ui)
            await submit(ui)
            await ui.settle(lambda: "Domain [other.test] not found" in ui.screen())

    async def test_ten_thousand_pasted_lines_leave_the_screen_alive(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, "\n".join(urls(10_000)), "10000 URLs in 100 calls")
            await ui.settle(lambda: "only 700 left today" in preview(ui))
            await ui.press("ctrl+s")
            await ui.settle(lambda: message(ui))
            assert message(ui) == ("Nothing sent: of img.example.com, 700 files may be refreshed today, not 10000.")
            assert submitted(ui) == {}

    async def test_of_many_whole_domains_some_are_named(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, "\n".join(f"https://h{number}.test/" for number in range(50)), "50 URLs in 50 calls")
            assert preview(ui).count("the whole domain h") == 20
            assert "… and 30 more domains" in preview(ui)


class TestFiles:
    async def test_a_dropped_file_is_read(self, clock: FakeClock, tmp_path: Path) -> None:
        file = tmp_path / "my urls.txt"
        file.write_text("\ufeff" + "\r\n".join(urls(3)), encoding="utf-8")
        async with form(clock) as ui:
            await paste(ui, f"'{file}' ", "3 URLs in 1 call")

    async def test_a_file_is_added_to_what_is_there(self, clock: FakeClock, tmp_path: Path) -> None:
        (tmp_path / "urls.txt").write_text("\n".join(urls(3)), encoding="utf-8")
        async with form(clock) as ui:
            await paste(ui, IMG + "first.jpg")
            await ui.press("ctrl+o")
            await ui.press(*str(tmp_path / "urls.txt"), "enter")
            await ui.settle(lambda: "4 URLs in 1 call" in preview(ui))

    @pytest.mark.parametrize(
        ("before", "lines"),
        [
            (tuple("half"), ["halfway", *urls(2)]),
            ((), [*urls(2), "way"]),
            (("a", "enter"), ["a", *urls(2), "way"]),
            (("a", "enter", "up"), ["waya", *urls(2), ""]),
            (("a", "shift+left"), ["way", *urls(2)]),
        ],
    )
    async def test_what_the_user_types_joins_no_line_of_the_file(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...], lines: list[str]
    ) -> None:
        may_end = Event()

        def read(_path: Path) -> str:
            may_end.wait(PATIENCE)
            return "\n".join(urls(2))

        monkeypatch.setattr(screen, "read_urls", read)
        async with form(clock) as ui:
            await ui.press("ctrl+o", "x", "enter", *before)
            may_end.set()
            await ui.settle(lambda: urls(2)[1] in screen_of(ui).draft.text)
            await ui.press(*"way")
            assert screen_of(ui).draft.text.split("\n") == lines

    @pytest.mark.parametrize(
        ("content", "words"),
        [(None, "Cannot read "), (b"http://a.test/1\nhttp://a.test/\xe4", "is not UTF-8 (line 2)")],
        ids=["missing", "not UTF-8"],
    )
    async def test_an_unusable_file_is_named(
        self, clock: FakeClock, tmp_path: Path, content: bytes | None, words: str
    ) -> None:
        if content is not None:
            (tmp_path / "urls.txt").write_bytes(content)
        async with form(clock) as ui:
            await paste(ui, IMG + "first.jpg")
            await ui.press("ctrl+o")
            await ui.press(*str(tmp_path / "urls.txt"), "enter")
            await ui.settle(lambda: words in message(ui))
            assert screen_of(ui).draft.text == IMG + "first.jpg"


class TestReadOnly:
    async def test_no_way_to_submit_is_left(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "task")
        async with running_dashboard(simulated, clock, notifications=True, read_only=True) as ui:
            assert "read-only" in ui.top_line()
            assert " New" not in ui.screen().splitlines()[-1]
            for key in ("n", "R"):
                await ui.press(key)
                assert ui.app.screen is ui.dashboard
            assert "Read-only: nothing can be submitted." in ui.screen()
            await ui.press("ctrl+p", *"submit")
            assert "Submit a refresh" not in ui.screen()
            await ui.press("escape", "question_mark", "slash", *"submit")
            assert "Submit a refresh" not in ui.screen()


class TestQuotas:
    async def test_domains_of_the_listed_tasks_come_first(self, clock: FakeClock) -> None:
        simulated = account(clock)
        simulated.add("refresh", ["https://live.example.com/a.m3u8"])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("u")
            assert isinstance(ui.app.screen, QuotaDialog)
            await ui.settle(lambda: "700/700" in ui.screen())
            rows = text_of(ui.app.screen.query_one("#rows", Static)).splitlines()
            assert rows[0].split() == ["Domain", "Files", "Directories", "Prefetches"]
            assert rows[1].split() == ["live.example.com", "700/700", "20/20", "500/500"]
