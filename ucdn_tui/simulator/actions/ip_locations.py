"""QueryIpLocation: where addresses are."""

from collections.abc import Mapping
from typing import Any

from ucdn_tui.simulator.actions.parameters import members, missing
from ucdn_tui.simulator.edges.nodes import EDGES, PARENTS

_NODES = {node.address: node for node in (*PARENTS, *(edge.node for edge in EDGES))}


def ip_locations(params: Mapping[str, str]) -> dict[str, Any]:
    """Return a row for each address. Only those of edges and parents are known: `Exist` tells."""
    addresses = members(params, "Ip")
    if not addresses:
        raise missing("Ip.0")
    return {"Data": [_row(address) for address in addresses]}


def _row(address: str) -> dict[str, Any]:
    node = _NODES.get(address)
    if node is None:
        return {"Ip": address, "Area": "", "Isp": "", "City": "", "Exist": False}
    return {"Ip": address, "Area": node.area, "Isp": node.isp, "City": node.city, "Exist": True}
