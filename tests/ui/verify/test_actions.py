"""What `v` does: one session for all dialogs of a dashboard, closed with it."""

from support.clock import FakeClock
from support.screen.dashboard import account, running_dashboard
from support.screen.edges import edges_at
from support.servers.raw_server import RawServer
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.edge.session import EdgeSession
from ui.verify.dialog import ADDRESSES, GONE, OLD, add, answered, rows


async def test_the_session_is_made_once_when_it_is_needed_and_closed_at_the_end(clock: FakeClock) -> None:
    made: list[EdgeSession] = []
    connect = edges_at(clock, {"cdn.test": ADDRESSES})

    def counted(connection: Connection, client: LazyClient) -> EdgeSession:
        made.append(connect(connection, client))
        return made[-1]

    simulated = account(clock)
    async with RawServer(OLD, OLD, GONE) as server:
        add(simulated, server)
        async with running_dashboard(simulated, clock, edges=counted) as ui:
            assert made == []
            await ui.press("v")
            await answered(ui)
            assert rows(ui)[0].startswith("✖ OLD COPY")
            await ui.press("escape", "v")
            await answered(ui)
            assert rows(ui)[0].startswith("✔ no copy"), "a new dialog asks anew"
            (session,) = made
            assert not session._prober._http.is_closed
    assert session._prober._http.is_closed
