"""The machines of the simulated CDN: four edges, two parents behind them, the origin; all on loopback addresses."""

from typing import NamedTuple


class Node(NamedTuple):
    """An edge or a parent, and its place as QueryIpLocation tells it."""

    address: str
    area: str
    isp: str
    city: str


class Edge(NamedTuple):
    """A machine that visitors reach, and the one that it asks for what it lacks."""

    node: Node
    parent: Node
    restarts_age: bool
    """Whether Age begins anew when the origin confirms a copy. Not documented, so one edge of each parent does that."""

    @property
    def address(self) -> str:
        return self.node.address


_EAST = Node("127.0.20.11", "华东", "电信", "南京")
_NORTH = Node("127.0.20.12", "华北", "联通", "天津")

PARENTS = (_EAST, _NORTH)

EDGES = (
    Edge(Node("127.0.20.1", "华东", "电信", "上海"), _EAST, restarts_age=True),
    Edge(Node("127.0.20.2", "华东", "移动", "杭州"), _EAST, restarts_age=False),
    Edge(Node("127.0.20.3", "华北", "联通", "北京"), _NORTH, restarts_age=True),
    Edge(Node("127.0.20.4", "华北", "移动", "青岛"), _NORTH, restarts_age=False),
)

ORIGIN = "127.0.20.100"
"""Address of the origin of all domains. It is no machine of the CDN: QueryIpLocation does not know it."""
