"""An account with its edges, a clock moved by hand, and requests to each edge."""

from simulator.harness import ManualClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.edges.network import EdgeNetwork, Reply, Request
from ucdn_tui.simulator.edges.nodes import EDGES, ORIGIN
from ucdn_tui.simulator.plan import Kind, Outcome

URL = "http://img.example.com/a.jpg"
FIRST, SECOND, THIRD, FOURTH = (edge.address for edge in EDGES)
"""The first two have one parent, the others another."""


class World:
    """What the tests of edges do: ask, publish, submit, let time pass."""

    def __init__(self, now: ManualClock, *, stale_every: int = 0) -> None:
        self.now = now
        self.account = Account(now)
        self.edges = EdgeNetwork(self.account, stale_every=stale_every)

    def ask(self, url: str = URL, address: str = FIRST, method: str = "GET", **headers: str) -> Reply:
        """Request a URL, which has to be in ASCII; `if_none_match="…"` is a header."""
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.edges.answer(address, Request(method, scheme, host, slash + path, named))

    def tiers(self, url: str = URL, address: str = FIRST) -> str:
        """Return what edge and parent say, such as `MISS HIT`."""
        told = header(self.ask(url, address), "X-Via-Ucdn")
        return " ".join(member.strip().split()[0] for member in told.split(","))

    def age(self, url: str = URL, address: str = FIRST) -> int | None:
        """Return the Age; None if there is none."""
        age = header(self.ask(url, address), "Age")
        return int(age) if age else None

    def origin(self, url: str = URL, **headers: str) -> Reply:
        return self.ask(url, ORIGIN, **headers)

    def finish(self, url: str = URL, kind: Kind = "refresh", outcome: Outcome = "success", **fields: str) -> None:
        """Have a task run for a minute and end."""
        ends = {"failing": [0]} if outcome == "failure" else {"stuck": [0]} if outcome == "process" else {}
        self.account.add(kind, [url], queue=5, work=55, **ends, **fields)
        self.now.advance(61)


def header(reply: Reply, name: str) -> str:
    """Return a header's value; "" without it."""
    return next((value for each, value in reply.headers if each == name), "")
