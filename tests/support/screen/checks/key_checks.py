"""What each key of the dashboard does: a table of checks, for any way to run its action."""

from collections.abc import Awaitable, Callable
from datetime import timedelta, timezone
from typing import Any

from textual.command import CommandPalette
from textual.screen import Screen

from support.screen.checks.user import FAILED, LAST, User
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.dialogs.profiles import ProfilesDialog, ProjectDialog
from ucdn_tui.ui.submit.quotas import QuotaDialog
from ucdn_tui.ui.submit.screen import SubmitScreen
from ucdn_tui.ui.verify.screen import VerifyDialog

Check = Callable[[User], Awaitable[None]]


def moves(to: Callable[[User], int], *first: str) -> Check:
    """Check that the cursor moves to a row; `first` are keys that move it to its start."""

    async def check(u: User) -> None:
        await u.arrange(*first)
        await u.sees(lambda: u.row == to(u))

    return check


def opens(kind: type[Screen[Any]], title: str = "") -> Check:
    return lambda user: user.opens(kind, title)


def only(word: str) -> Check:
    """Check that only tasks in one status are listed, and all after a second time."""

    async def check(u: User) -> None:
        await u.arrange()
        listed = u.ui.dashboard.task_pane.listed
        await u.sees(lambda: 0 < len(listed()) < LAST + 1 and all(word in row for row in u.ui.tasks()))
        await u.sees(lambda: len(listed()) == LAST + 1)

    return check


async def every_status(u: User) -> None:
    await u.arrange("3")
    await u.sees(lambda: len(u.ui.dashboard.task_pane.listed()) == LAST + 1)


async def only_active(u: User) -> None:
    await u.arrange("G")
    await u.sees(lambda: len(u.ui.dashboard.task_pane.listed()) == LAST - 2)
    await u.sees(lambda: len(u.ui.dashboard.task_pane.listed()) == LAST + 1)


async def selects(u: User) -> None:
    await u.arrange("j")
    await u.sees(lambda: u.ui.dashboard.details.table.has_focus)
    assert u.row == 1


async def other_pane(u: User) -> None:
    await u.arrange()
    await u.sees(lambda: u.ui.dashboard.details.table.has_focus)
    await u.sees(lambda: u.ui.dashboard.tasks.has_focus)


async def zooms(u: User) -> None:
    await u.arrange()
    await u.sees(lambda: not u.ui.dashboard.details.region.area)
    await u.sees(lambda: u.ui.dashboard.details.region.area)


def moves_the_split(way: int) -> Check:
    async def check(u: User) -> None:
        await u.arrange()
        before = u.ui.dashboard.task_pane.region.width
        await u.sees(lambda: (u.ui.dashboard.task_pane.region.width - before) * way > 0)

    return check


async def changes_the_time_zone(u: User) -> None:
    u.ui.dashboard._zone = timezone(timedelta(hours=8))
    await u.arrange()
    await u.sees(lambda: " +08" in u.ui.summary())
    await u.sees(lambda: " UTC" in u.ui.summary())


async def goes_back(u: User) -> None:
    await u.arrange("3", "enter")
    await u.sees(lambda: u.ui.dashboard.tasks.has_focus)
    await u.sees(lambda: not u.ui.dashboard.task_pane.criteria)


async def filters(u: User) -> None:
    await u.arrange()
    bar = u.ui.dashboard.task_pane.filter_bar
    await u.sees(lambda: bar.typing)
    await u.ui.press(*"sk-07")
    assert len(u.ui.tasks()) == 1
    await u.ui.press("escape")


async def clears_the_filter(u: User) -> None:
    await u.arrange("slash", *"sk-07")
    bar = u.ui.dashboard.task_pane.filter_bar
    await u.sees(lambda: not bar.typing)
    assert (bar.text, len(u.ui.dashboard.task_pane.listed())) == ("", LAST + 1)


async def goes_to_the_list(u: User) -> None:
    await u.arrange("slash", *"sk-07")
    bar = u.ui.dashboard.task_pane.filter_bar
    await u.sees(lambda: u.ui.dashboard.tasks.has_focus)
    assert (bar.text, len(u.ui.dashboard.task_pane.listed())) == ("sk-07", 1)


async def reverses(u: User) -> None:
    await u.arrange()
    order = u.ui.dashboard.task_pane.listed
    there, back = order(), order()[::-1]
    await u.sees(lambda: order() == back)
    await u.sees(lambda: order() == there)


async def follows(u: User) -> None:
    await u.arrange("G")
    await u.sees(lambda: "following" in u.ui.screen())
    assert u.row == 0
    await u.sees(lambda: "following" not in u.ui.screen())


async def flags(u: User) -> None:
    await u.arrange()
    await u.sees(lambda: "1 flagged" in u.ui.screen())
    assert u.row == 1
    await u.ui.press("k")
    await u.sees(lambda: "flagged" not in u.ui.screen())


async def clears_flags(u: User) -> None:
    await u.arrange("space", "space")
    await u.sees(lambda: "flagged" not in u.ui.screen())


async def verifies(u: User) -> None:
    await u.arrange("G", "k")  # a task that has ended
    await u.sees(lambda: isinstance(u.ui.app.screen, VerifyDialog))
    await u.ui.press("escape")
    assert u.ui.app.screen is u.ui.dashboard


async def refreshes(u: User) -> None:
    await u.arrange()
    await u.ui.pass_time(2)
    u.ui.service.requests.clear()
    await u.act()
    await u.ui.pass_time(1)
    assert min(int(request["BeginTime"]) for request in u.ui.asked()) <= u.ui.clock.server_now() - 86_400


async def pauses(u: User) -> None:
    await u.arrange()
    await u.sees(lambda: "PAUSED" in u.ui.top_line())
    await u.sees(lambda: "PAUSED" not in u.ui.top_line())


def polls_every(seconds: float) -> Check:
    async def check(u: User) -> None:
        await u.arrange()
        u.ui.dashboard._session.set_interval(5.0)
        await u.sees(lambda: u.ui.dashboard._session.interval == seconds)

    return check


async def browses(u: User) -> None:
    await u.arrange("j")
    u.notifications.toasts.clear()
    await u.sees(lambda: "Opening cdn.test/task-01-1.jpg" in u.notifications.words())


def leaves(how: str) -> Check:
    async def check(u: User) -> None:
        await u.arrange()
        await u.sees(lambda: u.left == {how: 1})

    return check


async def quits_the_second_time(u: User) -> None:
    await u.arrange()
    u.notifications.toasts.clear()
    await u.ui.pass_time(3)
    await u.sees(lambda: "Press Ctrl+C again to quit." in u.notifications.words())
    await u.sees(lambda: u.left == {"exit": 1})


CHECKS: dict[str, Check] = {
    "table.up": moves(lambda _: 1, "j", "j"),
    "table.down": moves(lambda _: 1),
    "table.first": moves(lambda _: 0, "G"),
    "table.last": moves(lambda _: LAST),
    "table.page-up": moves(lambda u: LAST - u.lines + 1, "G"),
    "table.page-down": moves(lambda u: u.lines - 1),
    "table.half-page-up": moves(lambda u: LAST - u.lines // 2, "G"),
    "table.half-page-down": moves(lambda u: u.lines // 2),
    "table.select": selects,
    "table.pane": other_pane,
    "table.zoom": zooms,
    "table.larger": moves_the_split(1),
    "table.smaller": moves_the_split(-1),
    "table.back": goes_back,
    "find.type": filters,
    "find.process": only("running"),
    "find.wait": only("queued"),
    "find.failure": only("failed"),
    "find.success": only("success"),
    "find.unknown": only("unknown"),
    "find.all": every_status,
    "find.active": only_active,
    "find.next-failed": moves(lambda _: FAILED),
    "find.previous-failed": moves(lambda _: FAILED, "G"),
    "find.sort": opens(Picker, "Sort by"),
    "find.reverse": reverses,
    "find.follow": follows,
    "find.mark": flags,
    "find.unmark": clears_flags,
    "filter.clear": clears_the_filter,
    "filter.done": goes_to_the_list,
    "submit.new": opens(SubmitScreen),
    "submit.again": opens(SubmitScreen),
    "submit.quota": opens(QuotaDialog),
    "edge.verify": verifies,
    "watch.refresh": refreshes,
    "watch.window": opens(Picker, "Time range"),
    "watch.pause": pauses,
    "watch.faster": polls_every(2.0),
    "watch.slower": polls_every(10.0),
    "watch.utc": changes_the_time_zone,
    "watch.profiles": opens(ProfilesDialog, "Profiles"),
    "watch.projects": opens(ProjectDialog, "Projects"),
    "take.copy": opens(Picker, "Copy"),
    "take.open": browses,
    "take.export": opens(Picker, "Export "),
    "app.help": opens(HelpDialog),
    "app.leave": leaves("exit"),
    "app.quit": leaves("exit"),
    "app.copy-or-quit": quits_the_second_time,
    "app.suspend": leaves("suspend"),
    "app.palette": opens(CommandPalette),
    "app.theme": opens(Picker, "Theme"),
}
"""The checks by binding id."""
